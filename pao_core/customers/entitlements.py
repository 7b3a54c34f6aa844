"""Customers > Entitlements: what all customers are entitled to, in which state it is, and what of it is deployed.

The state of a row is that of the customer's inventory (`inventory.py`), where the rules are told.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, case, func, select, type_coerce

from pao_core import columns as usual
from pao_core.access import Viewer, scope
from pao_core.access.rights import REPORTING_VIEW
from pao_core.customers import inventory
from pao_core.explain import Formula
from pao_core.filters import Filters, conditions
from pao_core.locale import N_
from pao_core.report import Column
from pao_core.store.kept import kept
from pao_core.store.sql import agreed, count_distinct, ratio, total

NAME = "entitlements"
RIGHT = REPORTING_VIEW
TITLE = N_("Entitlements")
NEEDS = ("entitlements",)
DEFINITION = N_(
    "Entitlements of your reseller sites, and those sold through you. Active: the coverage includes today, both days included. Future: it has "
    "not begun. Renewed: a renewal or reinstatement of the product at the site stands in its place. Expired: over, and none does. A row that "
    "was renewed is counted beside its renewal, so add up those of one state. A product is a license part with its renewal and reinstatement "
    "parts. Country is the site's; From and To act on the last day of coverage, both days included; order type, status and quote number do not "
    "touch entitlements. Deployed is what was last entered or imported for the row; its share is against the entitled quantity of the rows "
    "that were counted, and what exceeds it is added row by row. Quantities are added whatever their metric."
)
COLUMNS = (
    Column("state", N_("State"), "entitlement_state"),
    usual.CUSTOMER,
    Column("product_name", N_("Product")),
    Column("product", N_("Product code"), "code", N_("Part number of the license")),
    usual.PRODUCT_GROUP, usual.CHARGE_METRIC, usual.CUSTOMER_NAME, usual.AGREEMENT, usual.AGREEMENT_NUMBER, usual.SITE, usual.SITE_NUMBER,
    usual.SITE_NAME, usual.COUNTRY, usual.PROGRAM, usual.PART_NUMBER, usual.PART_DESCRIPTION,
    Column("kind", N_("Kind"), "entitlement_kind"),
    usual.CUSTOMERS,
    Column("entitlements", N_("Entitlements"), "integer"),
    Column("quantity", N_("Entitled"), "quantity"),
    Column("counted", N_("Counted"), "integer", N_("Entitlements of which it is known what is deployed")),
    Column("counted_quantity", N_("Entitled where counted"), "quantity", N_("Entitled quantity of the entitlements that were counted")),
    Column("deployed_quantity", N_("Deployed"), "quantity"),
    Column("deployed_share", N_("Deployed share"), "percent", N_("Deployed against entitled; above 100 % more is in use than was bought")),
    Column("over_deployed", N_("Over-deployed"), "integer", N_("Entitlements of which more is deployed than there is a right to")),
    Column("over_quantity", N_("Deployed above entitled"), "quantity"),
    usual.COVERAGE_START, usual.COVERAGE_END, usual.RESELLER_SITE_NUMBER, usual.RESELLER,
)
MEASURES = ("customers", "entitlements", "quantity", "counted", "counted_quantity", "deployed_quantity", "deployed_share", "over_deployed",
            "over_quantity")
KNOWN: Mapping[str, Any] = {"where": lambda columns, _today: columns["deployed_quantity"].is_not(None),
                            "where_words": N_("it is known what is deployed")}
FORMULAS = {
    "entitlements": Formula("rows"), "counted": Formula("rows", **KNOWN), "counted_quantity": Formula("sum", ("quantity",), **KNOWN),
    "deployed_share": Formula("ratio", ("deployed_quantity", "quantity"), **KNOWN),
    "over_deployed": Formula("rows", where=lambda columns, _today: columns["over_quantity"].is_not(None),
                             where_words=N_("more is deployed than entitled")),
}
BY = ("state", "kind", "product", "product_group", "customer", "agreement", "site", "country", "program", "charge_metric", "reseller")
# What needs attention first: more deployed than entitled.
SORTS = {"summary": "-entitlements", "detail": "-deployed_share"}
KEYS = inventory.KEYS
DETAIL = (
    "state", "customer", "product_name", "product", "product_group", "charge_metric", "customer_name", "agreement_number", "site_number",
    "site_name", "country", "program", "part_number", "part_description", "kind", "quantity", "deployed_quantity", "deployed_share",
    "over_quantity", "coverage_start", "coverage_end", "reseller_site_number",
)
# What a word of BY is called in a detail row, where it is called otherwise; and the name that stands beside a code in a summary.
CALLED = {"site": "site_number", "agreement": "agreement_number", "reseller": "reseller_site_number"}
NAMED = {"customer": "customer_name", "agreement": "customer_name", "site": "site_name", "product": "product_name"}
ACTIVE = inventory.ACTIVE


def summary(viewer: Viewer, filters: Filters, by: tuple[str, ...], today: date, measures: tuple[str, ...] = MEASURES) -> Select[Any]:
    """Customers, entitlements and what is deployed of them for each value of `by`."""
    rows = _chosen(viewer, filters, today)
    keys = {word: rows.c[CALLED.get(word, word)] for word in by}
    beside = dict.fromkeys(NAMED[word] for word in by if word in NAMED)
    found = _measures(rows)
    return select(
        *(key.label(word) for word, key in keys.items()), *(agreed(rows.c[name]).label(name) for name in beside),
        *(found[name].label(name) for name in measures),
    ).group_by(*keys.values())


def detail(viewer: Viewer, filters: Filters, today: date) -> Select[Any]:
    """The entitlements themselves, with their customer, product and state today."""
    return select(*_chosen(viewer, filters, today).c)


def _chosen(viewer: Viewer, filters: Filters, today: date) -> FromClause:
    """The filtered entitlements with every column of a detail row, kept: the figures, charts and groupings of a page ask for the same."""
    rows, own = inventory.known_of(viewer, filters, today), viewer.sites()
    joined, site = scope.with_sites(rows, rows, own)
    excess = rows.c.deployed_quantity - rows.c.quantity
    columns: dict[str, ColumnElement[Any]] = {
        **site, **{column.name: column for column in rows.c}, "state": rows.c.entitlement_state, "country": site["site_country"],
        "over_quantity": type_coerce(case((excess > 0, excess), else_=None), rows.c.quantity.type),
        "deployed_share": ratio(rows.c.deployed_quantity, rows.c.quantity, inventory.SHARE_DECIMALS),
    }
    matching = conditions(filters, {
        "agreement": site["agreement_number"], "site": rows.c.site_number, "customer": site["customer_folded"], "country": site["site_country"],
        "program": site["program"], "anniversary": site["anniversary_date"], "date": rows.c.coverage_end,
        "reseller": rows.c.reseller_site_number, "product_group": rows.c.product_group, "kind": rows.c.kind, "state": columns["state"],
    })
    if filters.account_manager:
        matching.append(scope.assigned(rows, own, filters.account_manager))
    return kept(select(*(columns[name].label(name) for name in DETAIL)).select_from(joined).where(*matching), "entitlements")


def _measures(rows: FromClause) -> dict[str, ColumnElement[Any]]:
    deployed = rows.c.deployed_quantity
    counted = case((deployed.is_not(None), rows.c.quantity), else_=None)
    return {
        "customers": count_distinct(rows.c.customer), "entitlements": func.count(), "quantity": total(rows.c.quantity),
        "counted": func.count(deployed), "counted_quantity": total(counted), "deployed_quantity": total(deployed),
        "deployed_share": ratio(func.sum(deployed), func.sum(counted), inventory.SHARE_DECIMALS),
        "over_deployed": func.count(rows.c.over_quantity), "over_quantity": total(rows.c.over_quantity),
    }
