"""Subscriptions with their customer, part and use: what the reports about them have in common, from the columns to the statements.

Country is the site's, status is the fulfillment status; From and To act on the day that each report names.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Subquery, and_, case, func, select

from pao_core import choices
from pao_core import columns as usual
from pao_core.access import Viewer, scope
from pao_core.dates import add_months
from pao_core.filters import Filters, conditions
from pao_core.locale import N_
from pao_core.report import Column
from pao_core.store.sql import agreed, ratio, total

KEYS = ("reseller_site_number", "subscription_number")
ROW = (
    *KEYS, "site_number", "part_number", "order_number", "ordered_on", "provisioned_on", "start", "end", "entitled_quantity", "billing",
    "renewal_type", "fulfillment_status",
)
_COLUMNS = (
    Column("fulfillment_status", N_("Fulfillment status"), "fulfillment_status"),
    usual.MONTH,
    Column("subscription", N_("Subscription number"), "code"),
    Column("subscription_number", N_("Subscription number"), "code"),
    usual.CUSTOMER, usual.CUSTOMER_NAME, usual.AGREEMENT, usual.AGREEMENT_NUMBER, usual.SITE, usual.SITE_NUMBER, usual.SITE_NAME, usual.COUNTRY,
    usual.PROGRAM, usual.PRICE_LEVEL, usual.RESELLER_SITE_NUMBER, usual.RESELLER,
    Column("part", N_("Part number"), "code"),
    usual.PART_NUMBER, usual.PART_DESCRIPTION, usual.PRODUCT_GROUP,
    Column("part_type", N_("Part type"), "part_type"),
    usual.CHARGE_METRIC,
    Column("order_number", N_("Order number"), "code"),
    Column("ordered_on", N_("Ordered on"), "date"),
    Column("provisioned_on", N_("Provisioned on"), "date"),
    Column("start", N_("Start"), "date"),
    Column("end", N_("End"), "date"),
    Column("entitled_quantity", N_("Entitled"), "quantity"),
    Column("used_quantity", N_("Used"), "quantity", N_("In the last period of use")),
    Column("used_share", N_("Used share"), "percent", N_("Used in the last period against entitled; above 100 % is overage")),
    Column("overage_12_months", N_("Overage, 12 months"), "quantity"),
    Column("billing", N_("Billing"), "billing"),
    Column("renewal_type", N_("Renewal type")),
    Column("subscriptions", N_("Subscriptions"), "integer"),
    usual.CUSTOMERS,
)
# What a summary may be grouped by in each of the reports, beside its own words.
BY = ("customer", "site", "agreement", "country", "product_group", "part", "fulfillment_status", "reseller")
# What stands beside a key in a summary, where the rows of the key agree on it.
BESIDE = {"customer": ("customer_name",), "agreement": ("customer_name",), "site": ("site_name", "customer_name"), "part": ("part_description",),
          "subscription": ("customer_name", "part_description", "site_number", "reseller_site_number")}
KEY_WORDS = {"site": "site_number", "subscription": "subscription_number", "part": "part_number", "reseller": "reseller_site_number"}
# Groupings that are filters.
FILTERED = ("month", "customer", "site", "agreement", "country", "product_group", "fulfillment_status", "reseller")
# What the row itself does not say: a statement joins only what it asks for.
OF_SITE = frozenset({"customer", "customer_name", "agreement", "agreement_number", "site_name", "country", "program", "price_level"})
OF_PART = frozenset({"part_description", "product_group", "part_type", "charge_metric", "overage_part"})
SHARE_DECIMALS = 4
MONTHS = 12
Expressions = Mapping[str, ColumnElement[Any]]
Computed = Mapping[str, Callable[[Expressions], ColumnElement[Any]]]


def columns(*names: str) -> tuple[Column, ...]:
    """The columns of these names, in this order."""
    known = {column.name: column for column in _COLUMNS}
    return tuple(known[name] for name in names)


def under(viewer: Viewer, beneath: FromClause, names: Sequence[str]) -> Subquery:
    """Rows that lie under subscriptions (periods of use, elements of forms): these columns of theirs, and all of their subscription."""
    held = viewer.subscriptions()
    return (
        select(*(held.c[name] for name in ROW), *(beneath.c[name] for name in names)).select_from(beneath.join(held, _same(beneath, held)))
    ).subquery("under")


def matching(viewer: Viewer, filters: Filters, found: FromClause, day: str, *own_conditions: ColumnElement[bool]) -> Subquery:
    """The rows that a report's own conditions and the filters leave, but for those by their part; From and To act on the column `day`."""
    own = viewer.sites()
    matches = conditions(filters, {"site": found.c.site_number, "date": found.c[day], "status": found.c.fulfillment_status,
                                   "reseller": found.c.reseller_site_number})
    if filters.kinds() & {"agreement", "customer", "country", "program", "anniversary"}:
        matches.append(scope.site_matches(found, own, lambda site: conditions(filters, {
            "agreement": site["agreement_number"], "customer": site["customer_folded"], "country": site["site_country"],
            "program": site["program"], "anniversary": site["anniversary_date"],
        })))
    if filters.account_manager:
        matches.append(scope.assigned(found, own, filters.account_manager))
    # Chosen before they are joined: DuckDB would else join every row first.
    return select(found).where(*own_conditions, *matches).subquery("matching")


def described(viewer: Viewer, filters: Filters, found: FromClause, names: Collection[str], computed: Computed) -> Select[Any]:
    """The rows with these columns: their own, those of their site and part, and what is `computed` from the others."""
    known: dict[str, ColumnElement[Any]] = {column.name: column for column in found.c}
    known |= {word: found.c[name] for word, name in KEY_WORDS.items()}
    joined = found
    if OF_SITE & {*names}:
        joined, of_sites = scope.with_sites(joined, found, viewer.sites())
        known |= of_sites | {"country": of_sites["site_country"], "agreement": of_sites["agreement_number"]}
    grouped: list[ColumnElement[bool]] = []
    if OF_PART & {*names, *filters.kinds()}:
        joined, of_parts = scope.with_parts(joined, found, viewer.sites())
        known |= of_parts
        grouped = conditions(filters, {"product_group": of_parts["product_group"]})
    told = (computed[name](known) if name in computed else known[name] for name in names)
    return select(*(column.label(name) for column, name in zip(told, names, strict=True))).select_from(joined).where(*grouped)


def beside(by: Sequence[str]) -> list[str]:
    """The names of what stands beside the keys of a summary."""
    return list(dict.fromkeys(name for word in by for name in BESIDE.get(word, ()) if name not in by))


def summed(found: FromClause, by: Sequence[str], measures: Sequence[ColumnElement[Any]]) -> Select[Any]:
    """The measures for each value of `by`, with what stands beside it; of no row nothing, even with no `by`."""
    keys = [found.c[word] for word in by]
    statement = select(*keys, *(agreed(found.c[name]).label(name) for name in beside(by)), *measures).group_by(*keys)
    return statement if keys else statement.having(func.count() > 0)


def behind(viewer: Viewer, filters: Filters, by: str, value: Any) -> Filters:
    """The filters that find the rows of one sum; a value that nothing can be filtered by changes nothing."""
    if value is None or by not in FILTERED:
        return filters
    if by == "month":
        first = date.fromisoformat(f"{value}-01")
        return filters.within(first, add_months(first, 1) - timedelta(1))
    if by == "customer":
        return choices.of_customer(viewer, filters, value)
    return filters.but(**{"status" if by == "fulfillment_status" else by: (value,)})


def with_use(viewer: Viewer, found: FromClause, today: date) -> Subquery:
    """The subscriptions with used_quantity (of the last period begun by today), overage_12_months and used_share."""
    used = _used(viewer, found, today)
    used_share = ratio(used.c.used_quantity, found.c.entitled_quantity, SHARE_DECIMALS).label("used_share")
    joined = found.outerjoin(used, _same(used, found))
    return select(found, used.c.used_quantity, used_share, used.c.overage_12_months).select_from(joined).subquery("with_use")


def _same(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    return and_(*(one.c[name] == other.c[name] for name in KEYS))


def _used(viewer: Viewer, held: FromClause, today: date) -> Subquery:
    """The use of the last period of each of the subscriptions, and the overage of twelve months."""
    use = viewer.usage()
    begun = select(use).where(
        use.c.period_start <= today, use.c.subscription_number.in_(select(held.c.subscription_number))).subquery("begun")
    last = func.max(begun.c.period_start).over(partition_by=[begun.c[name] for name in KEYS])
    placed = select(begun, last.label("last")).subquery("placed")
    recent = placed.c.period_start > add_months(today, -MONTHS)
    by = [placed.c[name] for name in KEYS]
    return select(
        *by, func.max(case((placed.c.period_start == placed.c.last, placed.c.used_quantity), else_=None),
                      type_=placed.c.used_quantity.type).label("used_quantity"),
        total(case((recent, placed.c.overage_quantity), else_=None)).label("overage_12_months"),
    ).group_by(*by).subquery("used")
