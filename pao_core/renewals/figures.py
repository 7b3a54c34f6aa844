"""Renewals in figures for one currency: what is open, overdue, due soon, with an expiring quote; by bucket, week, month; and the
filters that find the lines behind a figure.

Everything here is summed from one summary of a report, so charts and figures are the table's own rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from types import ModuleType
from typing import Any

from pao_core import choices
from pao_core.access import Viewer
from pao_core.dates import add_months
from pao_core.filters import Filters
from pao_core.renewals import buckets
from pao_core.report import run

SOON, NEAR = ("0-30",), ("0-30", "31-60", "61-90")  # due in 30, in 90 days
OVERDUE, EXPIRING = (buckets.OVERDUE,), ("expiring",)
# Quotes that hold today; the others need a new one.
IN_FORCE = ("expiring", "valid")
NOTHING = Decimal(0)
NO_FILTERS = Filters()
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Figure:
    """How many lines, and their amount; `filters` find them."""

    lines: int
    amount: Decimal
    filters: Filters


def spread(report: ModuleType, viewer: Viewer, filters: Filters, currency: str, today: date, step: str) -> list[dict[str, Any]]:
    """Lines and amount of a report by bucket, `step` (week or month) and state of the quote, without the filters by days and quote."""
    return run(report, viewer, whole(filters), today=today, by=("bucket", step, "quote_state"), measures=("lines", "amount"), totals=False,
               currency=currency).rows


def whole(filters: Filters) -> Filters:
    """The filters without those that the figures themselves set."""
    return filters.but(due=(), quote_state=())


def narrowed(rows: Iterable[Row], filters: Filters) -> list[Row]:
    """The rows of `spread` that the filters by days and quote leave."""
    return [row for row in rows if (not filters.due or row["bucket"] in filters.due)
            and (not filters.quote_state or row["quote_state"] in filters.quote_state)]


def figure(rows: Iterable[Row], filters: Filters, due: Sequence[str] = (), quote_state: Sequence[str] = ()) -> Figure:
    """What is open in all these buckets and states of the quote, of all when none is named."""
    found = whole(filters).but(due=tuple(due), quote_state=tuple(quote_state))
    matching = narrowed(rows, found)
    return Figure(sum(row["lines"] for row in matching), sum((row["amount"] for row in matching), NOTHING), found)


def by_bucket(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Lines and amount of each bucket that has any, in time."""
    found: dict[str, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: buckets.PLACES[row["bucket"]]):
        of = found.setdefault(row["bucket"], {"bucket": row["bucket"], "lines": 0, "amount": NOTHING})
        of["lines"] += row["lines"]
        of["amount"] += row["amount"]
    return list(found.values())


def by_step(rows: Sequence[Row], step: str, *, by_quote: bool = False) -> list[dict[str, Any]]:
    """The amount of each week or month, in two parts, with and without a quote in force, if so wished. What is overdue stands together,
    unless all is."""
    parts = ("with_quote", "without_quote") if by_quote else ("amount",)
    late = any(row["bucket"] != buckets.OVERDUE for row in rows)
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        key = buckets.OVERDUE if late and row["bucket"] == buckets.OVERDUE else str(row[step])
        of = found.setdefault(key, {step: key, **dict.fromkeys(parts, NOTHING)})
        of[parts[by_quote and row["quote_state"] not in IN_FORCE]] += row["amount"]
    return list(found.values())


def behind(viewer: Viewer, filters: Filters, by: str, value: Any, today: date) -> Filters:
    """The filters that find the lines of one bar or summary row; a value that nothing can be filtered by changes nothing."""
    if value is None or by in ("end_month", "term_months"):
        return filters
    if by == "bucket":
        return filters.but(due=(value,)) if value in buckets.AHEAD else filters.within(*buckets.dates(value, today))
    if by in ("week", "month", "due_date"):
        return filters.within(*_days(by, value))
    if by == "customer":
        return choices.of_customer(viewer, filters, value)
    return filters.but(**{by: (value,)})


def of_column(filters: Filters, columns: Iterable[Row], step: str, key: str, today: date) -> Filters:
    """The filters that find the lines of one of the columns of `by_step`. Beside a column of all that is overdue, the others hold no day
    before today."""
    if key == buckets.OVERDUE:
        return filters.but(due=OVERDUE)
    first, last = _days(step, key)
    return filters.within(max(first, today) if any(row[step] == buckets.OVERDUE for row in columns) else first, last)


def clicked(filters: Filters, stood_for: Filters, *fields: str) -> Filters:
    """What a click on a bar leads to: the filters that it stood for; when they held already, the same without those of `fields`."""
    return stood_for if stood_for != filters else filters.but(**{name: getattr(NO_FILTERS, name) for name in fields})


def _days(by: str, value: date | str) -> tuple[date, date]:
    """The first and the last day of a day, of the week of a Monday, or of a month `2026-11`."""
    if by == "month":
        first = date.fromisoformat(f"{value}-01")
        return first, add_months(first, 1) - timedelta(1)
    first = value if isinstance(value, date) else date.fromisoformat(value)
    return first, first + timedelta(6 if by == "week" else 0)
