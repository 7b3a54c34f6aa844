"""Home, my morning: what is due and overdue, which quotes expire, what was renewed, which prices come, and what to do first.

Seven days are today and the six after it; thirty days are the first bucket of the renewals reports, today to the 30th day after it;
the quarter is the calendar's. What counts is what the reports behind count, with the filters that each figure carries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from types import ModuleType
from typing import Any

from sqlalchemy import case, func, select

from pao_core import replica
from pao_core.access import Viewer, scope
from pao_core.access.rights import REPORTING_VIEW, SIGNED_IN
from pao_core.filters import Filters
from pao_core.locale import N_, _
from pao_core.orders import order_history
from pao_core.renewals import lines, price_figures, price_notifications, renewals
from pao_core.report import Column, rows_of, run, totals_of
from pao_core.store.sql import by_code_point

RIGHT = SIGNED_IN
TITLE = N_("Home")
WEEKS = 8
QUEUE = 24  # lines of the queue, half of them overdue when there are as many of both
SHARE_DECIMALS = Decimal("0.001")
OVERDUE, SOON = ("overdue",), ("0-30",)
EXPIRED, EXPIRING = "expired", "expiring"
RENEWAL, RENEWED = "renewal", "renewed"
# What to do with a line first: ours, in the order in which the rules are asked (`next_step`).
NEXT_STEPS = {
    "reinstate": N_("Call, with a new quote"), "call": N_("Call: renew or reinstate"), "requote": N_("Ask for a new quote"),
    "close": N_("Close: quote expires soon"), "confirm": N_("Confirm the quantity"),
}
# The columns of the queue on screen, and those that lead behind a line.
SHOWN = ("bucket", "due_date", "customer_name", "part_description", "currency", "amount")
LINE_OF_QUEUE = (*renewals.KEYS, *SHOWN, "quote_state")
NEXT_STEP = Column("next_step", N_("Next step"), help=N_(
    "Overdue: call, to renew or reinstate, with a new quote where the old one has expired. Not yet due: ask for a new quote where it has "
    "expired, close before it does in its last 14 days, else confirm the quantity."))
COLUMNS = (*(column for name in SHOWN for column in renewals.COLUMNS if column.name == name), NEXT_STEP)


@dataclass(frozen=True)
class Worth:
    """What the lines behind a figure are worth: `amount` in one currency; `elsewhere` of the `lines` are in others and not in it.

    `expired` of the lines have a quote that holds no longer. `filters` are those of the `report` that has exactly these lines.
    """

    filters: Filters
    currency: str
    amount: Decimal
    lines: int
    elsewhere: int = 0
    expired: int = 0
    report: ModuleType = renewals


@dataclass(frozen=True)
class Coming:
    """The first price edition after today at which the list price of open renewal lines changes, or else the first there is; `change` is
    that of the value of the lines in the currency of most. `filters` find these lines among the price notifications, as they look at that
    edition; None, as their number, for who may not read these."""

    starts: date
    lines: int | None = None
    currency: str | None = None
    change: Decimal | None = None
    filters: Filters | None = None


def may_see_lines(viewer: Viewer) -> bool:
    """Whether the viewer has any reseller's rows to look at."""
    return viewer.may(REPORTING_VIEW)


def has_portfolio(viewer: Viewer) -> bool:
    """Whether the viewer is the account manager of any site."""
    assignments = viewer.assignments()
    mine = select(assignments.c.site_number).where(assignments.c.account_manager == viewer.email).limit(1)
    return bool(replica.reader(viewer.store).rows(mine, viewer))


# -- due --------------------------------------------------------------------------------------------------------------
def windows(whose: Filters, today: date) -> dict[str, Filters]:
    """The filters of what is overdue, due today, in seven and in thirty days, and of quotes that expire soon."""
    return {
        "overdue": whose.but(due=OVERDUE), "today": whose.but(from_=today, to=today), "week": whose.but(from_=today, to=today + timedelta(6)),
        "month": whose.but(due=SOON), "expiring": whose.but(quote_state=(EXPIRING,)),
    }


def currency(viewer: Viewer, whose: Filters, today: date) -> str | None:
    """The currency of Home's figures: the one that is asked for, else that of most open lines; None without an open line."""
    rows = _standing(viewer, whose, today) if may_see_lines(viewer) else []
    return (whose.in_currency or _most(rows)) if rows else None


def expired(viewer: Viewer, whose: Filters, today: date) -> int:
    """How many open lines have a quote that holds no longer."""
    return sum(row["lines"] for row in _standing(viewer, whose, today) if row["quote_state"] == EXPIRED)


def due(viewer: Viewer, whose: Filters, shown: str, today: date) -> dict[str, Worth]:
    """The worth of each of `windows` in the currency `shown`, or where no line of a window has it, in that of most of them."""
    by_day = run(renewals, viewer, whose.but(due=(*OVERDUE, *SOON)), today=today, by=("due_date", "quote_state"), measures=("lines", "amount"),
                 totals=False).rows
    found = {}
    for name, filters in windows(whose, today).items():
        rows = _by_state(viewer, filters, today, "lines", "amount") if filters.quote_state else [
            row for row in by_day if _within(filters, row["due_date"], today)]
        found[name] = _worth(filters, rows, shown)
    return found


def _within(filters: Filters, day: date, today: date) -> bool:
    """Whether a line that is overdue or due in 30 days is in a window."""
    if filters.due:
        return (day < today) == (filters.due == OVERDUE)
    return filters.from_ is not None and filters.to is not None and filters.from_ <= day <= filters.to


def _standing(viewer: Viewer, whose: Filters, today: date) -> list[dict[str, Any]]:
    """Open lines by the state of their quote and their own currency."""
    return _by_state(viewer, whose.but(in_currency=None), today, "lines")


def _by_state(viewer: Viewer, filters: Filters, today: date, *measures: str) -> list[dict[str, Any]]:
    return run(renewals, viewer, filters, today=today, by="quote_state", measures=measures, totals=False).rows


def _most(rows: Sequence[dict[str, Any]]) -> str:
    """The currency of most lines."""
    counted: dict[str, int] = {}
    for row in rows:
        counted[row["currency"]] = counted.get(row["currency"], 0) + row["lines"]
    return min(counted, key=lambda currency: (-counted[currency], currency))


def _worth(filters: Filters, rows: Sequence[dict[str, Any]], shown: str, report: ModuleType = renewals) -> Worth:
    if rows and all(row["currency"] != shown for row in rows):
        shown = _most(rows)
    return Worth(
        filters, shown, sum((row["amount"] for row in rows if row["currency"] == shown), Decimal(0)), sum(row["lines"] for row in rows),
        sum(row["lines"] for row in rows if row["currency"] != shown), sum(row["lines"] for row in rows if row.get("quote_state") == EXPIRED), report,
    )


def by_week(viewer: Viewer, whose: Filters, shown: str, today: date) -> list[dict[str, Any]]:
    """What falls due in the currency `shown` from today to the end of the eighth week, this one included: a row for each week."""
    monday = today - timedelta(today.weekday())
    weeks = [monday + timedelta(7 * at) for at in range(WEEKS)]
    rows = run(renewals, viewer, whose.but(from_=today, to=weeks[-1] + timedelta(6)), today=today, by="week", measures=("amount",), totals=False,
               currency=shown).rows
    found = {row["week"]: row["amount"] for row in rows}
    return [{"week": week, "currency": shown, "amount": found.get(week, Decimal(0))} for week in weeks]


def in_week(whose: Filters, monday: date, today: date) -> Filters:
    """What finds the lines of a week of `by_week`."""
    return whose.but(from_=max(monday, today), to=monday + timedelta(6))


def queue(viewer: Viewer, whose: Filters, shown: str, today: date) -> list[dict[str, Any]]:
    """The lines to begin with: the overdue, then those due in 30 days, each the most valuable first, by the rates of their days in
    the currency `shown`; lines without a rate come last. They have COLUMNS and the report's KEYS; amounts are each in its own
    currency, or in the one that is asked for where a rate is known."""
    viewer.require(renewals.RIGHT)
    found = lines.listed(viewer, whose.but(due=(*OVERDUE, *SOON), in_currency=shown), today, LINE_OF_QUEUE).subquery("found")
    order = (found.c.amount_in.desc().nulls_last(), *(by_code_point(found.c[name]) for name in renewals.KEYS))
    place = func.row_number().over(partition_by=found.c.bucket, order_by=order).label("place")
    ranked = select(found, place).subquery("ranked")
    columns = [ranked.c[name] for name in (*LINE_OF_QUEUE, "amount_in", "in_currency")]
    rows = rows_of(renewals, viewer, select(*columns).where(ranked.c.place <= QUEUE).order_by(ranked.c.bucket, ranked.c.place))
    late = [row for row in rows if row["bucket"] in OVERDUE]
    soon = rows[len(late):]
    kept = late[:max(QUEUE // 2, QUEUE - len(soon))]
    return [row | _reported(row, whose) | {"next_step": _(NEXT_STEPS[next_step(row)])} for row in kept + soon[:QUEUE - len(kept)]]


def _reported(row: Mapping[str, Any], whose: Filters) -> dict[str, Any]:
    known = whose.in_currency is not None and row["in_currency"] is not None
    return {"currency": row["in_currency"], "amount": row["amount_in"]} if known else {}


def whole(viewer: Viewer, row: Mapping[str, Any], today: date) -> dict[str, Any] | None:
    """A line of the queue with all columns of the renewals report; None when it is open no longer."""
    of_quote = Filters(reseller=(row["reseller_site_number"],), quote=(row["quote_number"],))
    rows = run(renewals, viewer, of_quote, today=today, form="detail", totals=False).rows
    return next((line for line in rows if line["line_number"] == row["line_number"]), None)


def next_step(row: Mapping[str, Any]) -> str:
    """What to do first with a line of the renewals report: a key of NEXT_STEPS."""
    if row["bucket"] in OVERDUE:
        return "reinstate" if row["quote_state"] == EXPIRED else "call"
    return {EXPIRED: "requote", EXPIRING: "close"}.get(row["quote_state"], "confirm")


# -- renewed, and prices ahead ----------------------------------------------------------------------------------------
def renewed(viewer: Viewer, whose: Filters, shown: str | None, today: date) -> Worth | None:
    """The renewal orders of this quarter up to today, in the currency `shown` or that of most of them; None without any."""
    viewer.require(REPORTING_VIEW)
    filters = whose.but(order_type=(RENEWAL,), from_=_quarter(today), to=today)
    rows = totals_of(order_history, viewer, filters, today)
    return _worth(filters, rows, shown or whose.in_currency or _most(rows), order_history) if rows else None


def on_time(viewer: Viewer, whose: Filters, today: date) -> Decimal | None:
    """Of the renewal lines renewed this quarter, the share renewed on their due date or before; None without any."""
    viewer.require(REPORTING_VIEW)
    rows = viewer.renewals()
    found = select(func.count().label("lines"), func.count(case((rows.c.renewed_on <= rows.c.due_date, 1))).label("in_time")).where(
        rows.c.status == RENEWED, rows.c.renewed_on.between(_quarter(today), today))
    if whose.account_manager:
        found = found.where(scope.assigned(rows, viewer.sites(), whose.account_manager))
    row = replica.reader(viewer.store).rows(found, viewer)[0]
    return (Decimal(row.in_time) / row.lines).quantize(SHARE_DECIMALS, ROUND_HALF_UP) if row.lines else None


def _quarter(today: date) -> date:
    return date(today.year, (today.month - 1) // 3 * 3 + 1, 1)


def prices_ahead(viewer: Viewer, whose: Filters, today: date) -> Coming | None:
    """The next prices, and what they do to open renewal lines; None when no price is to come. Raises AccessDenied without the right
    to price files."""
    days = price_figures.editions(viewer, today)
    if not viewer.may(price_notifications.RIGHT):
        return Coming(days[0]) if days else None
    for day in days:
        changed = whose.but(edition=day, effect=(price_notifications.RISES, price_notifications.FALLS))
        rows = run(price_notifications, viewer, changed, today=today, by="edition", measures=("lines", "old_amount", "difference"), totals=False).rows
        if rows:
            most = _most(rows)
            change = next(row["change"] for row in rows if row["currency"] == most)
            return Coming(day, sum(row["lines"] for row in rows), most, change, changed)
    return Coming(days[0], 0, filters=whose.but(edition=days[0])) if days else None
