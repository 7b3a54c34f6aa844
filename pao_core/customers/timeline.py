"""Customers > Customer > Timeline: what happened at a customer, the newest first, a page at a time.

Orders, renewals, coverage and subscriptions are read from the copy for reading; notes, which are few and in the store itself, are put
between them by their day.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Integer, Row, Select, Text, case, cast, func, literal, null, select, union_all

from pao_core import exchange, replica
from pao_core.access import Viewer, scope
from pao_core.access.rights import REPORTING_VIEW
from pao_core.customers import notes, place
from pao_core.filters import Filters
from pao_core.locale import N_
from pao_core.money import QUANTITY_DECIMALS, from_minor
from pao_core.report import Column
from pao_core.store.sql import by_code_point, total
from pao_core.store.types import Minor, Scaled

RIGHT = REPORTING_VIEW
DEFINITION = N_(
    "What happened at this customer up to today, of your reseller sites and sold through you: orders, one row for each order, day and currency; "
    "renewals on the day on which they were made, and lapsed lines on their due date, by quote; the first day of coverage, and the last one "
    "once it is over, by site and part; subscriptions when they were ordered, began and ended; and your site's own notes and steps, on the "
    "days on which they were written and done. Amounts are of one currency each."
)
# What can be asked for, each with the kinds of rows that it has.
TOPICS: dict[str, tuple[str, ...]] = {
    "orders": ("ordered",), "renewals": ("renewed", "lapsed"), "coverage": ("coverage_began", "coverage_ended"),
    "subscriptions": ("subscription_ordered", "subscription_began", "subscription_ended"), "notes": ("note", "step", "step_done"),
}
TOPIC_TEXTS = {"orders": N_("Orders"), "renewals": N_("Renewals"), "coverage": N_("Coverage"), "subscriptions": N_("Subscriptions"),
               "notes": N_("Notes")}
COLUMNS = (
    Column("on", N_("Date"), "date"), Column("kind", N_("What happened"), "timeline_kind"), Column("number", N_("Number"), "code"),
    Column("what", N_("About")), Column("quantity", N_("Quantity"), "quantity"), Column("lines", N_("Lines"), "integer"),
    Column("currency", N_("Currency"), "code"), Column("amount", N_("Amount"), "money"), Column("site_number", N_("Site number"), "code"),
)
ORDER_LINE = ("reseller_site_number", "order_number", "order_date", "site_number", "currency", "amount")
RENEWAL_LINE = ("reseller_site_number", "quote_number", "site_number", "currency", "amount", "due_date", "status", "renewed_on")
ENTITLEMENT = ("reseller_site_number", "site_number", "part_number", "quantity", "coverage_start", "coverage_end")
SUBSCRIPTION = ("reseller_site_number", "subscription_number", "site_number", "part_number", "ordered_on", "start", "end", "entitled_quantity")
KEY = ("kind", "number", "site_number", "part_number", "currency", "reseller_site_number")  # ends the order of a day


@dataclass(frozen=True)
class Happened:
    """One row: `kind` is a word of TOPICS, `number` that of the order, quote or subscription, or of the note; `what` names the part or is
    the note's text. What a kind has not is None."""

    on: date
    kind: str
    number: str | None
    what: str | None = None
    part_number: str | None = None
    site_number: str | None = None
    quantity: Decimal | None = None
    lines: int | None = None
    currency: str | None = None
    amount: Decimal | None = None
    reseller_site_number: str | None = None

    @property
    def topic(self) -> str:
        """The word of TOPICS that has this kind."""
        return next(topic for topic, kinds in TOPICS.items() if self.kind in kinds)


@dataclass(frozen=True)
class Page:
    """Some of `count` rows."""

    rows: list[Happened]
    count: int


def page(viewer: Viewer, filters: Filters, today: date, topics: Collection[str] = (), *, limit: int, offset: int = 0) -> Page:
    """At most `limit` rows of the customer that the filters name, from `offset` on, the newest first; of these TOPICS alone, or of all."""
    viewer.require(RIGHT)
    asked = [topic for topic in TOPICS if topic in topics or not topics]
    own = _written(viewer, filters, today) if "notes" in asked else []
    parts = [_ASKED[topic](viewer, filters, today) for topic in asked if topic in _ASKED]
    if not parts:
        return Page(own[offset:offset + limit], len(own))
    reader, found = replica.reader(viewer.store), union_all(*parts).subquery("happened")
    count = int(reader.rows(select(func.count()).select_from(found), viewer)[0][0])
    # Among so many rows before the page are at most all of the notes: what the page needs of the others begins no earlier.
    first = max(0, offset - len(own))
    ordered = select(found).order_by(found.c.on.desc(), *(by_code_point(found.c[name]).asc().nulls_last() for name in KEY))
    rows = [_happened(row) for row in reader.rows(ordered.limit(offset + limit - first).offset(first), viewer)]
    return Page(_cut(own, rows, first, offset, limit), count + len(own))


def _cut(own: Sequence[Happened], rows: Sequence[Happened], first: int, offset: int, limit: int) -> list[Happened]:
    """The rows of a page: each knows its place among all, a note before what else happened on its day."""
    placed = [(place + sum(row.on > note.on for row in rows) + first, note) for place, note in enumerate(own)]
    placed += [(place + first + sum(note.on >= row.on for note in own), row) for place, row in enumerate(rows)]
    return [row for place, row in sorted(placed, key=lambda one: one[0]) if offset <= place < offset + limit]


def _written(viewer: Viewer, filters: Filters, today: date) -> list[Happened]:
    """The notes and steps of the viewer's own site, the newest first, on the days of the installation's time zone."""
    zone = viewer.store.settings.timezone

    def on(moment: datetime) -> date:
        return moment.astimezone(zone).date()

    found = []
    for note in notes.listed(viewer, filters):
        written = Happened(on(note.written_at), note.kind, str(note.id), note.now.text, None, note.site, reseller_site_number=note.reseller)
        found.append((note.written_at, note.id, written))
        if note.now.done_at:
            found.append((note.now.done_at, note.id, replace(written, on=on(note.now.done_at), kind="step_done")))
    newest = sorted(found, key=lambda one: one[:2], reverse=True)
    return [happened for _at, _id, happened in newest if happened.on <= today]


def _happened(row: Row[Any]) -> Happened:
    amount = None if row.amount is None else from_minor(int(row.amount), row.currency)
    return Happened(row.on, row.kind, row.number, row.what, row.part_number, row.site_number, row.quantity, row.lines, row.currency, amount,
                    row.reseller_site_number)


# -- what happened, by topic: statements of one shape ------------------------------------------------------------------
NOTHING: dict[str, ColumnElement[Any]] = {
    "number": cast(null(), Text), "what": cast(null(), Text), "part_number": cast(null(), Text),
    "quantity": cast(null(), Scaled(QUANTITY_DECIMALS)), "lines": cast(null(), Integer), "currency": cast(null(), Text),
    "amount": cast(null(), Minor),
}


def _shaped(on: ColumnElement[Any], kind: ColumnElement[Any], site: ColumnElement[Any], reseller: ColumnElement[Any],
            **told: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    """The columns of every part, in one order; what the part does not tell is null."""
    return [on.label("on"), kind.label("kind"), site.label("site_number"), reseller.label("reseller_site_number"),
            *((told.get(name, nothing)).label(name) for name, nothing in NOTHING.items())]


def _one(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The value that all rows of a group share; null when there are several."""
    return case((func.min(column) == func.max(column), func.min(column)), else_=None)


def _orders(viewer: Viewer, filters: Filters, today: date) -> Select[Any]:
    lines = exchange.reported(place.at(viewer.orders(), filters, ORDER_LINE), "order_date", filters.in_currency, today)
    by = (lines.c.order_date, lines.c.reseller_site_number, lines.c.order_number, lines.c.currency)
    return select(*_shaped(
        lines.c.order_date, literal("ordered"), _one(lines.c.site_number), lines.c.reseller_site_number, number=lines.c.order_number,
        lines=func.count(), currency=lines.c.currency, amount=total(lines.c.amount),
    )).where(lines.c.order_date <= today).group_by(*by)


def _renewals(viewer: Viewer, filters: Filters, today: date) -> Select[Any]:
    lines = exchange.reported(place.at(viewer.renewals(), filters, RENEWAL_LINE), "due_date", filters.in_currency, today)
    day = case((lines.c.status == "renewed", lines.c.renewed_on), (lines.c.status == "lapsed", lines.c.due_date), else_=None)
    on = select(*lines.c, day.label("on")).where(lines.c.status.in_(TOPICS["renewals"])).subquery("settled")
    by = (on.c.on, on.c.status, on.c.reseller_site_number, on.c.quote_number, on.c.currency)
    return select(*_shaped(
        on.c.on, on.c.status, _one(on.c.site_number), on.c.reseller_site_number, number=on.c.quote_number, lines=func.count(),
        currency=on.c.currency, amount=total(on.c.amount),
    )).where(on.c.on <= today).group_by(*by)


def _coverage(viewer: Viewer, filters: Filters, today: date) -> CompoundSelect[Any]:
    rows = place.at(viewer.entitlements(), filters, ENTITLEMENT)

    def edge(kind: str, day: ColumnElement[Any], so_far: ColumnElement[bool]) -> Select[Any]:
        joined, part = scope.with_parts(rows, rows, viewer.sites())
        by = (day, rows.c.reseller_site_number, rows.c.site_number, rows.c.part_number)
        return select(*_shaped(
            day, literal(kind), rows.c.site_number, rows.c.reseller_site_number, what=func.min(part["part_description"]),
            part_number=rows.c.part_number, quantity=total(rows.c.quantity),
        )).select_from(joined).where(so_far).group_by(*by)

    return union_all(edge("coverage_began", rows.c.coverage_start, rows.c.coverage_start <= today),
                     edge("coverage_ended", rows.c.coverage_end, rows.c.coverage_end < today))


def _subscriptions(viewer: Viewer, filters: Filters, today: date) -> CompoundSelect[Any]:
    rows = place.at(viewer.subscriptions(), filters, SUBSCRIPTION)

    def edge(kind: str, day: ColumnElement[Any], so_far: ColumnElement[bool]) -> Select[Any]:
        joined, part = scope.with_parts(rows, rows, viewer.sites())
        return select(*_shaped(
            day, literal(kind), rows.c.site_number, rows.c.reseller_site_number, number=rows.c.subscription_number,
            what=part["part_description"], part_number=rows.c.part_number, quantity=rows.c.entitled_quantity,
        )).select_from(joined).where(so_far)

    return union_all(edge("subscription_ordered", rows.c.ordered_on, rows.c.ordered_on <= today),
                     edge("subscription_began", rows.c.start, rows.c.start <= today),
                     edge("subscription_ended", rows.c.end, rows.c.end < today))


_ASKED: dict[str, Callable[[Viewer, Filters, date], Any]] = {
    "orders": _orders, "renewals": _renewals, "coverage": _coverage, "subscriptions": _subscriptions,
}
