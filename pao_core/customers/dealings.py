"""What a customer ordered and is to renew, in figures by currency; and what happened last.

Amounts are of one currency each and never added to others. With a reporting currency (Filters.in_currency) each line is
converted by the rate of its order or due date, where there is one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, Select, and_, case, func, literal, select, type_coerce, union_all

from pao_core import exchange, replica
from pao_core.access import Viewer, scope
from pao_core.access.rights import REPORTING_VIEW
from pao_core.customers import place
from pao_core.dates import add_months
from pao_core.filters import Filters
from pao_core.money import from_minor
from pao_core.store.kept import kept
from pao_core.store.sql import by_code_point, count_distinct, total
from pao_core.store.types import Scaled

RIGHT = REPORTING_VIEW
MONTHS = 12
OPEN, RENEWED, LAPSED = "open", "renewed", "lapsed"
ORDER_LINE = ("reseller_site_number", "order_number", "order_date", "order_type", "site_number", "part_number", "quantity", "currency", "amount")
RENEWAL_LINE = (
    "reseller_site_number", "quote_number", "site_number", "part_number", "quantity", "currency", "amount", "coverage_start", "due_date",
    "quote_expires", "status", "renewed_on",
)
LATEST = 6


@dataclass(frozen=True)
class Ordered:
    """Order lines of one currency: how many in all, and their value in the twelve months up to today and the twelve before."""

    currency: str
    lines: int
    amount: Decimal
    before: Decimal


@dataclass(frozen=True)
class Due:
    """Open renewal lines of one currency, and those of them that are overdue."""

    currency: str
    lines: int
    amount: Decimal
    lines_overdue: int
    amount_overdue: Decimal


@dataclass(frozen=True)
class Dealings:
    """`orders` counts the distinct orders ever; `points` are those of the lines of twelve months, whatever their currency."""

    orders: int
    points: Decimal
    ordered: tuple[Ordered, ...]
    due: tuple[Due, ...]

    @property
    def lines_due(self) -> int:
        return sum(due.lines for due in self.due)

    @property
    def lines_overdue(self) -> int:
        return sum(due.lines_overdue for due in self.due)

    def totals(self) -> list[dict[str, Any]]:
        """How many lines there are of each currency, ordered and to renew: what the choice of one goes by."""
        counted: Counter[str] = Counter()
        for currency, lines in [(of.currency, of.lines) for of in self.ordered] + [(of.currency, of.lines) for of in self.due]:
            counted[currency] += lines
        return [{"currency": currency, "lines": lines} for currency, lines in counted.items()]


@dataclass(frozen=True)
class Quote:
    """The open lines of one quote that fall due on one day."""

    number: str
    due_date: date
    expires: date | None
    currency: str
    lines: int
    amount: Decimal


@dataclass(frozen=True)
class Event:
    """Something that happened: an order, or lines of a quote that were renewed or lapsed; `kind` is ordered, renewed or lapsed."""

    kind: str
    on: date
    number: str
    currency: str
    amount: Decimal
    lines: int


def dealings(viewer: Viewer, filters: Filters, today: date) -> Dealings:
    """The figures of the customer that the filters name."""
    viewer.require(RIGHT)
    orders = _orders(viewer, filters, today)
    since = add_months(today, -MONTHS)
    recent = orders.c.order_date.between(since + timedelta(days=1), today)
    earlier = orders.c.order_date.between(add_months(since, -MONTHS) + timedelta(days=1), since)
    # Quantity and points have three decimals each, so their product has six.
    points = type_coerce(orders.c.quantity, BigInteger) * type_coerce(orders.c.points, BigInteger)
    reader = replica.reader(viewer.store)
    sold = reader.rows(select(
        orders.c.currency, func.count().label("lines"), total(case((recent, orders.c.amount), else_=None)).label("amount"),
        total(case((earlier, orders.c.amount), else_=None)).label("before"),
        type_coerce(func.coalesce(func.sum(case((recent, points), else_=None)), 0), Scaled(6)).label("points"),
        select(count_distinct(orders.c.reseller_site_number, orders.c.order_number)).scalar_subquery().label("orders"),
    ).group_by(orders.c.currency).order_by(by_code_point(orders.c.currency)))
    lines = _renewals(viewer, filters, today)
    overdue = lines.c.due_date < today
    due = reader.rows(select(
        lines.c.currency, func.count().label("lines"), total(lines.c.amount).label("amount"), func.count(case((overdue, 1))).label("lines_overdue"),
        total(case((overdue, lines.c.amount), else_=None)).label("amount_overdue"),
    ).where(lines.c.status == OPEN).group_by(lines.c.currency).order_by(by_code_point(lines.c.currency)))
    return Dealings(
        sold[0].orders if sold else 0, sum((row.points for row in sold), Decimal(0)),
        tuple(Ordered(row.currency, row.lines, from_minor(row.amount, row.currency), from_minor(row.before, row.currency)) for row in sold),
        tuple(Due(row.currency, row.lines, from_minor(row.amount, row.currency), row.lines_overdue, from_minor(row.amount_overdue, row.currency))
              for row in due),
    )


def quotes(viewer: Viewer, filters: Filters, today: date) -> list[Quote]:
    """The open renewal lines of the customer by quote, due date and currency, the first due first."""
    viewer.require(RIGHT)
    lines = _renewals(viewer, filters, today)
    by = (lines.c.due_date, lines.c.reseller_site_number, lines.c.quote_number, lines.c.currency, lines.c.quote_expires)
    found = replica.reader(viewer.store).rows(
        select(*by, func.count().label("lines"), total(lines.c.amount).label("amount")).where(lines.c.status == OPEN).group_by(*by)
        .order_by(*(by_code_point(column).nulls_last() for column in by)))
    return [Quote(row.quote_number, row.due_date, row.quote_expires, row.currency, row.lines, from_minor(row.amount, row.currency)) for row in found]


def priced_lines(viewer: Viewer, filters: Filters, price_level: str) -> Select[Any]:
    """The open renewal lines of the customer as `pao_core.prices.effect` asks for them, at one price level."""
    lines = place.at(viewer, viewer.renewals(), filters, RENEWAL_LINE)
    joined, of_site = scope.with_sites(lines, lines, viewer.sites())
    return select(lines.c.part_number, of_site["site_country"].label("country"), lines.c.currency, literal(price_level).label("price_level"),
                  lines.c.quantity, lines.c.coverage_start).select_from(joined).where(lines.c.status == OPEN)


def latest(viewer: Viewer, filters: Filters, today: date) -> list[Event]:
    """What happened last up to today, the newest first: orders, renewed lines, lapsed lines (on their due date)."""
    viewer.require(RIGHT)
    orders, lines = _orders(viewer, filters, today), _renewals(viewer, filters, today)
    happened = union_all(
        _events("ordered", orders, orders.c.order_date, orders.c.order_number, orders.c.order_date <= today),
        _events(RENEWED, lines, lines.c.renewed_on, lines.c.quote_number, and_(lines.c.status == RENEWED, lines.c.renewed_on <= today)),
        _events(LAPSED, lines, lines.c.due_date, lines.c.quote_number, and_(lines.c.status == LAPSED, lines.c.due_date <= today)),
    ).subquery("happened")
    key = (happened.c.kind, happened.c.number, happened.c.reseller, happened.c.currency)
    found = replica.reader(viewer.store).rows(select(happened).order_by(happened.c.on.desc(), *map(by_code_point, key)).limit(LATEST))
    return [Event(row.kind, row.on, row.number, row.currency, from_minor(row.amount, row.currency), row.lines) for row in found]


def _events(kind: str, rows: FromClause, day: ColumnElement[Any], number: ColumnElement[Any], condition: ColumnElement[bool]) -> Select[Any]:
    by = (day, number, rows.c.reseller_site_number, rows.c.currency)
    return select(literal(kind).label("kind"), day.label("on"), number.label("number"), rows.c.reseller_site_number.label("reseller"),
                  rows.c.currency, func.count().label("lines"), total(rows.c.amount).label("amount")).where(condition).group_by(*by)


def _orders(viewer: Viewer, filters: Filters, today: date) -> FromClause:
    """The customer's order lines with the points of their parts."""
    lines = exchange.reported(place.at(viewer, viewer.orders(), filters, ORDER_LINE), "order_date", filters.in_currency, today)
    joined, part = scope.with_parts(lines, lines, viewer.sites())
    return kept(select(*(lines.c[name] for name in ORDER_LINE), part["points"].label("points")).select_from(joined), "ordered")


def _renewals(viewer: Viewer, filters: Filters, today: date) -> FromClause:
    return exchange.reported(place.at(viewer, viewer.renewals(), filters, RENEWAL_LINE), "due_date", filters.in_currency, today)
