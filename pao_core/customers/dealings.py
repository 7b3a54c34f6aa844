"""What a customer ordered and is to renew, in figures by currency; and what happened last.

Amounts are of one currency each and never added to others. With a reporting currency (Filters.in_currency) each line is
converted by the rate of its order or due date, where there is one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Date, FromClause, Row, Select, Text, and_, case, cast, func, literal, null, select, type_coerce, union_all

from pao_core import exchange, replica
from pao_core.access import Viewer, scope
from pao_core.access.rights import REPORTING_VIEW
from pao_core.customers import place
from pao_core.dates import add_months
from pao_core.filters import Filters
from pao_core.money import from_minor
from pao_core.prices.points import with_points
from pao_core.store.sql import by_code_point, total
from pao_core.store.types import Scaled

RIGHT = REPORTING_VIEW
MONTHS = 12
ORDERED, OPEN, RENEWED, LAPSED = "ordered", "open", "renewed", "lapsed"
ORDER_LINE = (
    "reseller_site_number", "order_number", "order_date", "order_type", "site_number", "part_number", "quantity", "country", "currency", "amount",
)
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


@dataclass(frozen=True)
class Dealings:
    """`orders` counts the distinct orders ever; `points` are those of the lines of twelve months, whatever their currency; `quotes` are
    the open ones, the first due first; `latest` is what happened last, the newest first."""

    orders: int
    points: Decimal
    ordered: tuple[Ordered, ...]
    quotes: tuple[Quote, ...]
    due: tuple[Due, ...]
    latest: tuple[Event, ...]

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


def dealings(viewer: Viewer, filters: Filters, today: date) -> Dealings:
    """The figures of the customer that the filters name, and what happened there last."""
    viewer.require(RIGHT)
    reader = replica.reader(viewer.store)
    orders, renewals = reader.rows(_ordered(viewer, filters, today), viewer), reader.rows(_renewals(viewer, filters, today), viewer)
    sums, last = [row for row in orders if row.on is None], [row for row in orders if row.on is not None]
    quotes = tuple(Quote(row.quote_number, row.due_date, row.quote_expires, row.currency, row.lines, from_minor(row.amount, row.currency))
                   for row in renewals if row.status == OPEN)
    events = [Event(ORDERED, row.on, row.number, row.currency, from_minor(row.amount, row.currency), row.lines) for row in last]
    return Dealings(
        sum(row.orders for row in sums), sum((row.points for row in sums), Decimal(0)),
        tuple(Ordered(row.currency, row.lines, from_minor(row.amount, row.currency), from_minor(row.before, row.currency)) for row in sums),
        quotes, _due(quotes, today), _latest([*events, *_settled(renewals, today)]),
    )


def _due(quotes: Sequence[Quote], today: date) -> tuple[Due, ...]:
    """The quotes in sum by currency."""
    found = []
    for currency in sorted({quote.currency for quote in quotes}):
        of = [quote for quote in quotes if quote.currency == currency]
        late = [quote for quote in of if quote.due_date < today]
        found.append(Due(currency, sum(quote.lines for quote in of), sum((quote.amount for quote in of), Decimal(0)),
                         sum(quote.lines for quote in late), sum((quote.amount for quote in late), Decimal(0))))
    return tuple(found)


def _settled(rows: Sequence[Row[Any]], today: date) -> list[Event]:
    """What was renewed up to today, and what has lapsed: a line that was not renewed did so on its due date."""
    summed: dict[tuple[Any, ...], tuple[int, int]] = {}
    for row in rows:
        day = {RENEWED: row.renewed_on, LAPSED: row.due_date}.get(row.status)  # of no other status
        if day is not None and day <= today:
            key = (row.status, day, row.quote_number, row.currency, row.reseller_site_number)
            lines, amount = summed.get(key, (0, 0))
            summed[key] = (lines + row.lines, amount + row.amount)
    return [Event(kind, day, number, currency, from_minor(amount, currency), lines)
            for (kind, day, number, currency, _reseller), (lines, amount) in summed.items()]


def _latest(events: Sequence[Event]) -> tuple[Event, ...]:
    return tuple(sorted(events, key=lambda event: (-event.on.toordinal(), event.kind, event.number, event.currency, event.amount))[:LATEST])


def months_to(last: date) -> tuple[date, date]:
    """The first and the last of the days of the MONTHS up to a day, both inclusive."""
    return add_months(last, -MONTHS) + timedelta(days=1), last


def _ordered(viewer: Viewer, filters: Filters, today: date) -> Select[Any]:
    """In one reading: the order lines in sum by currency, where an order in several counts with the first of them; and, with the day in
    `on`, the last orders up to today."""
    orders = _orders(viewer, filters, today)
    now = months_to(today)
    recent, earlier = (orders.c.order_date.between(*days) for days in (now, months_to(now[0] - timedelta(days=1))))
    # Quantity and points have three decimals each, so their product has six.
    points = type_coerce(orders.c.quantity, BigInteger) * type_coerce(orders.c.points, BigInteger)
    order = (orders.c.reseller_site_number, orders.c.order_number)
    each = select(
        *order, orders.c.currency, orders.c.order_date, func.min(orders.c.currency).over(partition_by=order).label("first"),
        func.row_number().over(partition_by=(*order, orders.c.currency), order_by=orders.c.order_date).label("day"),
        func.count().label("lines"), total(orders.c.amount).label("worth"),
        total(case((recent, orders.c.amount), else_=None)).label("amount"), total(case((earlier, orders.c.amount), else_=None)).label("before"),
        func.coalesce(func.sum(case((recent, points), else_=None)), 0).label("points"),
    ).group_by(*order, orders.c.currency, orders.c.order_date).cte("each_order")
    counted = func.count(case((and_(each.c.currency == each.c.first, each.c.day == 1), 1)))
    none = (cast(null(), Date).label("on"), cast(null(), Text).label("number"))
    sums = select(
        each.c.currency, counted.label("orders"), total(each.c.lines).label("lines"), total(each.c.amount).label("amount"),
        total(each.c.before).label("before"), func.sum(each.c.points, type_=Scaled(6)).label("points"), *none,
    ).group_by(each.c.currency)
    last = select(
        each.c.currency, literal(0), each.c.lines, each.c.worth, literal(0), literal(0), each.c.order_date, each.c.order_number,
    ).where(each.c.order_date <= today).order_by(
        each.c.order_date.desc(), *map(by_code_point, (each.c.order_number, each.c.reseller_site_number, each.c.currency))).limit(LATEST)
    both = union_all(sums, select(last.subquery("last"))).subquery("ordered")
    return select(both).order_by(by_code_point(both.c.currency))


def _renewals(viewer: Viewer, filters: Filters, today: date) -> Select[Any]:
    """The renewal lines by quote, days, status and currency, the first due first."""
    lines = exchange.reported(place.at(viewer.renewals(), filters, RENEWAL_LINE), "due_date", filters.in_currency, today)
    by = (lines.c.due_date, lines.c.reseller_site_number, lines.c.quote_number, lines.c.currency, lines.c.quote_expires, lines.c.status,
          lines.c.renewed_on)
    return select(*by, func.count().label("lines"), total(lines.c.amount).label("amount")).group_by(*by).order_by(
        *(by_code_point(column).nulls_last() for column in by))


def priced_lines(viewer: Viewer, filters: Filters, price_level: str) -> Select[Any]:
    """The open renewal lines of the customer as `pao_core.prices.effect` asks for them, at one price level."""
    lines = place.at(viewer.renewals(), filters, RENEWAL_LINE)
    joined, of_site = scope.with_sites(lines, lines, viewer.sites())
    return select(lines.c.part_number, of_site["site_country"].label("country"), lines.c.currency, literal(price_level).label("price_level"),
                  lines.c.quantity, lines.c.coverage_start).select_from(joined).where(lines.c.status == OPEN)


def _orders(viewer: Viewer, filters: Filters, today: date) -> FromClause:
    """The customer's order lines with the points of a unit."""
    lines = exchange.reported(place.at(viewer.orders(), filters, ORDER_LINE), "order_date", filters.in_currency, today)
    joined, part = scope.with_parts(lines, lines, viewer.sites())
    joined, of_site = scope.with_sites(joined, lines, viewer.sites())
    joined, of_unit = with_points(joined, lines, exchange.of_line(lines, "currency"), of_site["price_level"], part["points"])
    return select(*(lines.c[name] for name in ORDER_LINE), of_unit.label("points")).select_from(joined).subquery("ordered")
