"""Home: what was ordered this month and in twelve months, how many customers, which prices come, how old the data are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from pao_core import replica
from pao_core.access import Viewer
from pao_core.access.rights import REPORTING_VIEW, SIGNED_IN
from pao_core.dates import add_months
from pao_core.filters import Filters
from pao_core.locale import N_
from pao_core.orders import order_history
from pao_core.prices import price_files
from pao_core.report import how_many, run, totals_of

RIGHT = SIGNED_IN
TITLE = N_("Home")
LATEST = 11
MONTHS = 12


@dataclass(frozen=True)
class Sold:
    """What was ordered in a period: the currency of most lines, and how many other currencies there are beside it."""

    filters: Filters
    currency: str
    amount: Decimal
    orders: int
    other_currencies: int
    change: Decimal | None  # against the same length of time before, None without anything then


@dataclass(frozen=True)
class Coming:
    """The next prices to come: their first day, how many they are, for how many countries."""

    effective_from: date
    prices: int
    countries: int


def may_see_orders(viewer: Viewer) -> bool:
    """Whether the viewer has any reseller's rows to look at."""
    return viewer.may(REPORTING_VIEW)


def this_month(viewer: Viewer, today: date) -> Sold | None:
    """Orders since the first of the month, against the same days of the month before; None without any."""
    first = today.replace(day=1)
    return _sold(viewer, Filters(from_=first, to=today), Filters(from_=add_months(first, -1), to=add_months(today, -1)), today)


def twelve_months(viewer: Viewer, today: date) -> Sold | None:
    """Orders of the twelve months up to today, against the twelve before; None without any."""
    first = add_months(today, -MONTHS) + timedelta(days=1)
    return _sold(viewer, Filters(from_=first, to=today), Filters(from_=add_months(first, -MONTHS), to=add_months(today, -MONTHS)), today)


def _sold(viewer: Viewer, filters: Filters, earlier: Filters, today: date) -> Sold | None:
    found = sorted(totals_of(order_history, viewer, filters, today), key=lambda total: (-total["lines"], total["currency"]))
    if not found:
        return None
    most = found[0]
    then = next((total["amount"] for total in totals_of(order_history, viewer, earlier, today) if total["currency"] == most["currency"]), None)
    change = (most["amount"] - then) / then if then and then > 0 else None
    return Sold(filters, most["currency"], most["amount"], most["orders"], len(found) - 1, change)


def by_month(viewer: Viewer, sold: Sold, today: date) -> list[dict[str, Any]]:
    """The amount of each month of the period, in its currency."""
    rows = run(order_history, viewer, sold.filters, today=today, by="month", measures=("amount",), totals=False).rows
    return [row for row in rows if row["currency"] == sold.currency]


def by_product_group(viewer: Viewer, sold: Sold, today: date) -> list[dict[str, Any]]:
    """The amount of each product group in the period, in its currency."""
    rows = run(order_history, viewer, sold.filters, today=today, by="product_group", measures=("amount",), sort="-amount", totals=False).rows
    return [row for row in rows if row["currency"] == sold.currency]


def customer_count(viewer: Viewer, today: date) -> tuple[int, int]:
    """How many customers the viewer has, and how many of them ordered in twelve months."""
    recent = Filters(from_=add_months(today, -MONTHS) + timedelta(days=1), to=today)
    viewer.require(REPORTING_VIEW)
    known = select(func.count(viewer.customers().c.customer.distinct()))
    return int(replica.reader(viewer.store).rows(known)[0][0]), how_many(order_history, viewer, recent, "customer", today=today)


def latest_orders(viewer: Viewer, today: date) -> list[dict[str, Any]]:
    """The newest order lines, future ones left out."""
    return run(order_history, viewer, Filters(to=today), today=today, form="detail", limit=LATEST, totals=False).rows


def next_edition(viewer: Viewer, today: date) -> Coming | None:
    """The next price edition; None when no price is to come. Raises AccessDenied without the right to price files."""
    ahead = [edition for edition in price_files.editions(viewer) if edition.effective_from > today]
    if not ahead:
        return None
    first = min(edition.effective_from for edition in ahead)
    starting = [edition for edition in ahead if edition.effective_from == first]
    return Coming(first, sum(edition.prices for edition in starting), len({edition.country for edition in starting}))
