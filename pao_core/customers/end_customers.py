"""Customers > End customers: the end-user customer report, a row for each customer site that the viewer has a row of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Subquery, and_, func, literal, or_, select, union_all

from pao_core import columns as usual
from pao_core.access import Viewer, scope
from pao_core.access.rights import REPORTING_VIEW
from pao_core.customers import inventory
from pao_core.explain import Formula
from pao_core.filters import Filters, conditions
from pao_core.locale import N_
from pao_core.report import Column
from pao_core.store.kept import kept
from pao_core.store.sql import agreed, count_distinct, listed, total

NAME = "end-customers"
RIGHT = REPORTING_VIEW
TITLE = N_("End customers")
NEEDS = ("orders", "renewals", "entitlements", "subscriptions")
DEFINITION = N_(
    "End customers: every customer site with an order, renewal, entitlement or subscription of yours or sold through you, a row for each reseller "
    "whose rows you see there. Contacts are those of the site. First and last order are of the lines that you see. Active entitlements are "
    "those whose coverage includes today and that no renewal has replaced; running subscriptions have begun and are not over. Product "
    "groups are those of both; the filter by product group counts those of it and leaves out sites that hold none. Country is the site's; "
    "From and To act on the last order, both days included; order type, status and quote number do not touch this report. In a "
    "summary a site and its contacts count once, whichever of your resellers sell there; by product group, a site counts in each group it holds."
)
COLUMNS = (
    usual.CUSTOMER, usual.CUSTOMER_NAME, usual.AGREEMENT, usual.AGREEMENT_NUMBER, usual.SITE, usual.SITE_NUMBER, usual.SITE_NAME,
    Column("site_role", N_("Site role"), "site_role"),
    Column("ibm_customer_number", N_("IBM customer number"), "code"),
    usual.COUNTRY,
    Column("state", N_("State or province")),
    Column("city", N_("City")),
    Column("industry", N_("Industry")),
    usual.PROGRAM, usual.CUSTOMER_TYPE, usual.PRICE_LEVEL, usual.ANNIVERSARY_DATE, usual.PRODUCT_GROUP, usual.CUSTOMERS, usual.SITES,
    Column("contacts", N_("Contacts"), "integer"),
    Column("entitlements", N_("Active entitlements"), "integer"),
    Column("subscriptions", N_("Running subscriptions"), "integer"),
    Column("holds", N_("Product groups held")),
    Column("first_order", N_("First order"), "date"),
    Column("last_order", N_("Last order"), "date"),
    usual.RESELLER_SITE_NUMBER, usual.RESELLER,
)
MEASURES = ("customers", "sites", "contacts", "entitlements", "subscriptions")
FORMULAS = {
    "contacts": Formula("sum", again=N_("A site at which several of your resellers sell stands in a row for each, and its contacts count once in the "
                                        "total.")),
}
BY = ("customer", "agreement", "site", "country", "industry", "program", "product_group", "customer_type", "price_level", "reseller")
SORTS = {"summary": "-sites", "detail": "customer_name"}
KEYS = ("reseller_site_number", "site_number")
PLACE = ("reseller_site_number", "site_number")
SUMS = ("entitlements", "subscriptions")
OWN = ("customer", "customer_name", "agreement_number", "site_number", "site_name", "site_role", "ibm_customer_number", "state", "city", "industry",
       "program", "customer_type", "price_level", "anniversary_date", "reseller_site_number")
NAMED = {"customer": "customer_name", "agreement": "customer_name", "site": "site_name"}


def summary(viewer: Viewer, filters: Filters, by: tuple[str, ...], today: date, measures: tuple[str, ...] = MEASURES) -> Select[Any]:
    """Customers, sites, contacts and what they hold for each value of `by`."""
    held = _held(viewer, filters, today, (*PLACE, *(["product_group"] if "product_group" in by else [])))
    joined, columns, matching = _joined(viewer, filters, held)
    keys = [columns[word] for word in by]
    beside = tuple(dict.fromkeys(NAMED[word] for word in by if word in NAMED))
    # First each site once, whichever resellers sell there.
    rows = select(
        *(key.label(word) for word, key in zip(by, keys, strict=True)), columns["site_number"],
        func.min(columns["customer"]).label("customer_code"),
        *(agreed(columns[name]).label(name) for name in beside), func.max(columns["contacts"]).label("contacts"),
        *(total(columns[name]).label(name) for name in SUMS),
    ).select_from(joined).where(*matching).group_by(*keys, columns["site_number"]).subquery("rows")
    found = {"customers": count_distinct(rows.c.customer_code), "sites": func.count()} | {
        name: total(rows.c[name]) for name in ("contacts", *SUMS)}
    return select(
        *(rows.c[word] for word in by), *(agreed(rows.c[name]).label(name) for name in beside),
        *(found[name].label(name) for name in measures),
    ).group_by(*(rows.c[word] for word in by))


def detail(viewer: Viewer, filters: Filters, today: date) -> Select[Any]:
    """One row for each reseller and site."""
    joined, columns, matching = _joined(viewer, filters, _held(viewer, filters, today, PLACE))
    names = (*OWN, "country", "contacts", *SUMS, "holds", "first_order", "last_order")
    order = {column.name: place for place, column in enumerate(COLUMNS)}
    return select(*(columns[name].label(name) for name in sorted(names, key=order.__getitem__))).select_from(joined).where(*matching)


def _joined(
    viewer: Viewer, filters: Filters, held: FromClause,
) -> tuple[FromClause, dict[str, ColumnElement[Any]], list[ColumnElement[bool]]]:
    """The visible sites with their orders, contacts and what is `held` there; every column by name, and the filters as conditions."""
    seen, ordered, reached = viewer.customers(), _ordered(viewer), _reached(viewer)
    joined = (
        seen.outerjoin(ordered, and_(*(ordered.c[name] == seen.c[name] for name in PLACE)))
        .outerjoin(reached, reached.c.site_number == seen.c.site_number)
        .join(held, and_(*(held.c[name] == seen.c[name] for name in PLACE)), isouter=not filters.product_group and "product_group" not in held.c)
    )
    nothing = literal(0)
    columns: dict[str, ColumnElement[Any]] = {
        **{column.name: column for column in seen.c}, "country": seen.c.site_country, "site": seen.c.site_number,
        "agreement": seen.c.agreement_number, "reseller": seen.c.reseller_site_number, "contacts": func.coalesce(reached.c.contacts, nothing),
        **{name: func.coalesce(held.c[name], nothing) for name in SUMS}, "first_order": ordered.c.first_order, "last_order": ordered.c.last_order,
        **{name: held.c[name] for name in ("holds", "product_group") if name in held.c},
    }
    matching = conditions(filters, {
        "agreement": seen.c.agreement_number, "site": seen.c.site_number, "customer": seen.c.customer_folded, "country": seen.c.site_country,
        "program": seen.c.program, "anniversary": seen.c.anniversary_date, "reseller": seen.c.reseller_site_number, "date": ordered.c.last_order,
    })
    if filters.account_manager:
        matching.append(scope.assigned(seen, viewer.sites(), filters.account_manager))
    return joined, columns, matching


def _ordered(viewer: Viewer) -> FromClause:
    """First and last order of each reseller and site, kept: every grouping asks for the same."""
    lines = viewer.orders()
    by = [lines.c[name] for name in PLACE]
    days = lines.c.order_date
    return kept(select(*by, func.min(days).label("first_order"), func.max(days).label("last_order")).group_by(*by), "ordered_at")


def _reached(viewer: Viewer) -> FromClause:
    """How many contacts each site has."""
    people = viewer.contacts()
    return kept(select(people.c.site_number, func.count().label("contacts")).group_by(people.c.site_number), "reached_at")


def _held(viewer: Viewer, filters: Filters, today: date, by: Sequence[str]) -> Subquery:
    """Active entitlements and running subscriptions for each value of `by` (PLACE, and the product group on wish); of places
    alone also the groups in words."""
    known = inventory.known_of(viewer, Filters(), today)
    rows = viewer.subscriptions()
    joined, part = scope.with_parts(rows, rows, viewer.sites())
    running = and_(rows.c.start <= today, or_(rows.c.end.is_(None), rows.c.end >= today))
    one, none = literal(1), literal(0)
    each = kept(union_all(
        select(*(known.c[name] for name in PLACE), known.c.product_group, one.label("entitlements"), none.label("subscriptions"))
        .where(known.c.entitlement_state == inventory.ACTIVE),
        select(*(rows.c[name] for name in PLACE), part["product_group"], none, one).select_from(joined).where(running),
    ).subquery().select(), "held_at")
    keys = [each.c[name] for name in by]
    words = [] if "product_group" in by else [listed(each.c.product_group).label("holds")]
    return select(*keys, *(total(each.c[name]).label(name) for name in SUMS), *words).where(
        *conditions(filters, {"product_group": each.c.product_group})).group_by(*keys).subquery("held")
