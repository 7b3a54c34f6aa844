"""Orders in figures for one currency: value, orders, value per order, renewals' share, and the same of the period before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from pao_core import choices
from pao_core.access import Viewer
from pao_core.dates import add_months
from pao_core.filters import Filters
from pao_core.orders import order_history
from pao_core.report import run, totals_of

RENEWAL = "renewal"
NO_FILTERS = Filters()


@dataclass(frozen=True)
class Figures:
    """What was ordered, in one currency. A share or average of nothing is None."""

    amount: Decimal
    orders: int
    renewals: Decimal

    @property
    def per_order(self) -> Decimal | None:
        return self.amount / self.orders if self.orders else None

    @property
    def renewal_share(self) -> float | None:
        return float(self.renewals / self.amount) if self.amount > 0 else None


def figures(viewer: Viewer, filters: Filters, currency: str, today: date) -> Figures:
    """The figures of the order lines that match."""
    whole = next((row for row in totals_of(order_history, viewer, filters, today) if row["currency"] == currency), None)
    renewals = sum(_renewals(viewer, filters, currency, today).values(), Decimal(0))
    return Figures(whole["amount"], whole["orders"], renewals) if whole else Figures(Decimal(0), 0, Decimal(0))


def by_month(viewer: Viewer, filters: Filters, currency: str, today: date) -> list[Figures]:
    """The figures of each month that has lines, in order."""
    newest_first = run(order_history, viewer, filters, today=today, by="month", sort="-month", totals=False).rows
    renewals = _renewals(viewer, filters, currency, today)
    return [Figures(row["amount"], row["orders"], renewals.get(row["month"], Decimal(0)))
            for row in reversed(newest_first) if row["currency"] == currency]


def _renewals(viewer: Viewer, filters: Filters, currency: str, today: date) -> dict[str, Decimal]:
    """What was renewed in each month."""
    rows = run(order_history, viewer, filters, today=today, by=("month", "order_type"), measures=("amount",), totals=False,
               currency=currency).rows
    return {row["month"]: row["amount"] for row in rows if row["order_type"] == RENEWAL}


def of_renewals(filters: Filters) -> Filters:
    """The filters of the renewals among what matches; when the filters leave none, those of the filters themselves."""
    return filters.but(order_type=(RENEWAL,)) if not filters.order_type or RENEWAL in filters.order_type else filters


def before(filters: Filters, today: date) -> Filters | None:
    """The filters with the period of the same length just before theirs; None when they have no beginning."""
    if filters.from_ is None:
        return None
    until = filters.to or today
    if until < filters.from_:
        return None
    months = _whole_months(filters.from_, until)
    since = add_months(filters.from_, -months) if months else filters.from_ - (until - filters.from_) - timedelta(days=1)
    return filters.but(from_=since, to=filters.from_ - timedelta(days=1))


def figures_before(viewer: Viewer, filters: Filters, currency: str, today: date) -> Figures | None:
    """The figures of the period just before; None when the filters have no beginning."""
    earlier = before(filters, today)
    return figures(viewer, earlier, currency, today) if earlier else None


def _whole_months(since: date, until: date) -> int:
    """How many months the period is exactly; 0 when it is none."""
    end = until + timedelta(days=1)
    months = (end.year - since.year) * 12 + end.month - since.month
    return months if months > 0 and add_months(since, months) == end else 0


def behind(viewer: Viewer, filters: Filters, by: str, value: Any) -> Filters:
    """The filters that find the lines of one summary row; a value that nothing can be filtered by changes
    nothing. `by` may also be "quarter", whose value is its first month."""
    if value is None:
        return filters
    if by in ("month", "quarter"):
        first = date.fromisoformat(f"{value}-01")
        last = add_months(first, 1 if by == "month" else 3) - timedelta(days=1)
        return filters.within(first, last)
    if by == "customer":
        return choices.of_customer(viewer, filters, value)
    return filters.but(**{by: (value,)})
