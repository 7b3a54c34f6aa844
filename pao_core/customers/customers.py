"""Customers > Customers: the customer activity report, a row for each customer site and currency."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, Select, Subquery, and_, case, func, select, tuple_, type_coerce

from pao_core import columns as usual
from pao_core import exchange
from pao_core.access import Viewer, scope
from pao_core.access.rights import REPORTING_VIEW
from pao_core.dates import add_months
from pao_core.explain import Formula
from pao_core.filters import Filters, conditions
from pao_core.locale import N_
from pao_core.prices.points import with_points
from pao_core.report import Column
from pao_core.store.kept import kept
from pao_core.store.sql import count_distinct, total
from pao_core.store.types import Scaled

NAME = "customer-activity"
RIGHT = REPORTING_VIEW
NEEDS = ("orders",)
TITLE = N_("Customers")
DEFINITION = N_(
    "Customer sites with an order, renewal, entitlement or subscription of yours or sold through you. Country is the site's. The filters "
    "From and To act on the site's last order that you may see; product group, order type, status and quote number choose the order "
    "lines that are counted, and leave out sites without one. "
    "Open renewals are the value of the open renewal lines, overdue ones included, that product group and quote number choose. "
    "12-month amount counts lines ordered in the twelve months up to today. Points are those of your lines in the same months, not the "
    "agreement's; the level is the imported one."
)
COLUMNS = (
    usual.CUSTOMER, usual.CUSTOMER_NAME, usual.AGREEMENT_NUMBER, usual.SITE_NUMBER, usual.SITE, usual.SITE_NAME, usual.RESELLER_SITE_NUMBER,
    usual.COUNTRY, usual.PROGRAM,
    Column("site_role", N_("Site role"), "site_role"),
    usual.CUSTOMER_TYPE, usual.ANNIVERSARY_DATE, usual.PRICE_LEVEL,
    Column("last_order", N_("Last order"), "date"),
    usual.CURRENCY, usual.SITES,
    Column("orders", N_("Orders"), "integer"),
    usual.LINES, usual.QUANTITY,
    Column("amount_12_months", N_("12-month amount"), "money"),
    usual.AMOUNT,
    Column("open_renewals", N_("Open renewals"), "money"),
    Column("points_12_months", N_("Points of your lines, 12 months"), "quantity",
           N_("Quantity x points: of the price on the order's day, else of the part, as in Levels and points")),
)
MEASURES = ("sites", "orders", "lines", "quantity", "amount_12_months", "amount", "open_renewals")
FORMULAS = {
    "sites": Formula("distinct", ("site_number",)),
    "orders": Formula("sum", again=N_("An order that lies at several sites stands in the row of each, and counts once in the total.")),
}
BY = ("customer", "site", "country", "program")
# Amounts of different currencies have no order; orders and days have.
SORTS = {"summary": "-orders", "detail": "-last_order"}
KEYS = ("reseller_site_number", "site_number", "currency")
OF_SITE = ("reseller_site_number", "site_number", "currency")
# What may be added up from the sites of a customer; distinct orders may not.
SUMS = ("lines", "quantity", "amount_12_months", "amount", "open_renewals")
OPEN = "open"  # the status of a renewal line that is not decided


def summary(viewer: Viewer, filters: Filters, by: tuple[str, ...], today: date, measures: tuple[str, ...] = MEASURES) -> Select[Any]:
    """Sites and their orders, lines, quantity and amounts for each value of `by` and currency."""
    rows, sites, lines = _joined(viewer, filters, _summed(viewer, filters, today))
    keys = [_key(sites, word) for word in by]
    names = [func.min(sites.c.customer_name).label("customer_name")] if "customer" in by else []
    found = {"sites": func.count(sites.c.site_number.distinct())} | {name: total(lines.c[name]) for name in ("orders", *SUMS)}
    sums = rows.with_only_columns(
        *(key.label(word) for word, key in zip(by, keys, strict=True)), *names, lines.c.currency,
        *(found[name].label(name) for name in measures),
    ).group_by(*keys, lines.c.currency)
    return _each_order_once(sums, viewer, filters, by, today) if "orders" in measures else sums


def detail(viewer: Viewer, filters: Filters, today: date) -> Select[Any]:
    """One row for each reseller, site and currency; a site without a counted order or open renewal has no currency."""
    rows, sites, lines = _joined(viewer, filters, _summed(viewer, filters, today, points=True))
    own = ("customer", "customer_name", "agreement_number", "site_number", "site_name", "reseller_site_number")
    rest = ("program", "site_role", "customer_type", "anniversary_date", "price_level")
    return rows.with_only_columns(
        *(sites.c[name] for name in own), sites.c.site_country.label("country"), *(sites.c[name] for name in rest),
        lines.c.currency, lines.c.last_order,
        *(func.coalesce(lines.c[name], 0, type_=lines.c[name].type).label(name) for name in ("orders", *SUMS, "points_12_months")),
    )


def _key(sites: FromClause, word: str) -> ColumnElement[Any]:
    return {"customer": sites.c.customer, "site": sites.c.site_number, "country": sites.c.site_country, "program": sites.c.program}[word]


def _summed(viewer: Viewer, filters: Filters, today: date, *, points: bool = False) -> FromClause:
    """The counted lines and open renewals in sum for each reseller, site and currency, kept: filters by customer ask the same
    sites again."""
    lines, due = _counted(viewer, filters, today, points=points), _open_renewals(viewer, filters, today)
    by = tuple(lines.c[name] for name in OF_SITE)
    measures = (measure.label(name) for name, measure in _measures(lines, today).items())
    sold = select(*by, func.max(lines.c.order_date).label("last_order"), *measures).group_by(*by).subquery("sold")
    keys = (func.coalesce(sold.c[name], due.c[name]).label(name) for name in OF_SITE)
    found = (column for column in sold.c if column.name not in OF_SITE)
    whole = sold.join(due, and_(*(sold.c[name] == due.c[name] for name in OF_SITE)), isouter=True, full=True)
    return kept(select(*keys, *found, due.c.open_renewals).select_from(whole), "activity")


def _open_renewals(viewer: Viewer, filters: Filters, today: date) -> Subquery:
    """The value of the open renewal lines for each reseller, site and currency."""
    lines = exchange.reported(viewer.renewals(), "due_date", filters.in_currency, today)
    told: dict[str, ColumnElement[Any]] = {"quote": lines.c.quote_number}
    joined: FromClause = lines
    if filters.product_group:
        joined, part = scope.with_parts(lines, lines, viewer.sites())
        told["product_group"] = part["product_group"]
    by = tuple(lines.c[name] for name in OF_SITE)
    chosen = select(*by, total(lines.c.amount).label("open_renewals")).select_from(joined)
    return chosen.where(lines.c.status == OPEN, *conditions(filters, told)).group_by(*by).subquery("due")


def _across(viewer: Viewer, filters: Filters, today: date) -> FromClause:
    """The orders with lines at several sites, which are few: a row for each of their sites and currencies."""
    lines = _counted(viewer, filters, today)
    order = (lines.c.reseller_site_number, lines.c.order_number, lines.c.currency)
    several = select(*order).group_by(*order).having(func.min(lines.c.site_number) != func.max(lines.c.site_number))
    names = ("reseller_site_number", "site_number", "currency", "order_number")
    return kept(select(*(lines.c[name] for name in names)).where(tuple_(*order).in_(several)).distinct(), "across")


def _each_order_once(sums: Select[Any], viewer: Viewer, filters: Filters, by: tuple[str, ...], today: date) -> Select[Any]:
    """The sums of sites, but an order that lies at several sites of a group counts once in it."""
    rows, sites, lines = _joined(viewer, filters, _across(viewer, filters, today))
    keys = [_key(sites, word) for word in by]
    again = func.count(lines.c.order_number) - count_distinct(lines.c.reseller_site_number, lines.c.order_number)
    repeats = rows.with_only_columns(
        *(key.label(word) for word, key in zip(by, keys, strict=True)), lines.c.currency, again.label("orders"),
    ).where(lines.c.order_number.is_not(None)).group_by(*keys, lines.c.currency).subquery("repeats")
    summed = sums.subquery("summed")
    same = and_(summed.c.currency == repeats.c.currency, *(func.coalesce(summed.c[word], "") == func.coalesce(repeats.c[word], "") for word in by))
    orders = (summed.c.orders - func.coalesce(repeats.c.orders, 0)).label("orders")
    return select(*(orders if column.name == "orders" else column for column in summed.c)).select_from(summed.outerjoin(repeats, same))


def _joined(viewer: Viewer, filters: Filters, lines: FromClause) -> tuple[Select[Any], FromClause, FromClause]:
    """The filtered sites with `lines` (their order lines, or those in sum): a select to refine, the sites, the lines."""
    seen = viewer.customers()
    chosen = bool(filters.kinds() & {"product_group", "order_type", "status", "quote"})
    joined = seen.join(lines, and_(
        lines.c.site_number == seen.c.site_number, lines.c.reseller_site_number == seen.c.reseller_site_number,
    ), isouter=not chosen)
    matching = [lines.c.lines > 0] if chosen and "lines" in lines.c else []
    matching += conditions(filters, {
        "agreement": seen.c.agreement_number, "site": seen.c.site_number, "customer": seen.c.customer_folded,
        "country": seen.c.site_country, "program": seen.c.program, "anniversary": seen.c.anniversary_date,
        "reseller": seen.c.reseller_site_number,
    })
    if filters.account_manager:
        matching.append(scope.assigned(seen, viewer.sites(), filters.account_manager))
    if "date" in filters.kinds():
        matching.append(seen.c.site_number.in_(_last_ordered(viewer, filters)))
    return select(seen.c.site_number).select_from(joined).where(*matching), seen, lines


def _last_ordered(viewer: Viewer, filters: Filters) -> Select[Any]:
    """The sites whose last visible order, whichever reseller of the viewer's sold it, lies between the two dates."""
    lines = viewer.orders()
    last = kept(select(lines.c.site_number, func.max(lines.c.order_date).label("last_order")).group_by(lines.c.site_number), "last_orders")
    return select(last.c.site_number).where(*conditions(filters, {"date": last.c.last_order}))


def _counted(viewer: Viewer, filters: Filters, today: date, *, points: bool = False) -> Subquery:
    """The order lines that product group, order type, status and quote number choose, on wish each with the points of a unit."""
    lines = exchange.reported(viewer.orders(), "order_date", filters.in_currency, today)
    told: dict[str, ColumnElement[Any]] = {"order_type": lines.c.order_type, "status": lines.c.status, "quote": lines.c.quote_number}
    own = ("id", "reseller_site_number", "site_number", "order_number", "order_date", "currency", "quantity", "amount")
    columns: list[ColumnElement[Any]] = [lines.c[name] for name in own]
    joined: FromClause = lines
    if points or filters.product_group:
        joined, part = scope.with_parts(lines, lines, viewer.sites())
        told["product_group"] = part["product_group"]
    if points:
        joined, of_site = scope.with_sites(joined, lines, viewer.sites())
        joined, of_unit = with_points(joined, lines, exchange.of_line(lines, "currency"), of_site["price_level"], part["points"])
        columns.append(of_unit.label("points"))
    return select(*columns).select_from(joined).where(*conditions(filters, told)).subquery("counted")


def _measures(lines: FromClause, today: date) -> dict[str, ColumnElement[Any]]:
    recent = lines.c.order_date.between(add_months(today, -12) + timedelta(days=1), today)
    found = {
        "orders": count_distinct(lines.c.order_number),
        "lines": func.count(lines.c.id),
        "quantity": total(lines.c.quantity),
        "amount_12_months": total(case((recent, lines.c.amount), else_=None)),
        "amount": total(lines.c.amount),
    }
    if "points" in lines.c:
        # Quantity and points have three decimals each, so their product has six.
        points = type_coerce(lines.c.quantity, BigInteger) * type_coerce(lines.c.points, BigInteger)
        found["points_12_months"] = type_coerce(func.coalesce(func.sum(case((recent, points), else_=None)), 0), Scaled(6))
    return found
