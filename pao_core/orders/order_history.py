"""Orders > Order history: every order line that the viewer may see, in sum and one by one."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, func, select

from pao_core import columns as usual
from pao_core import exchange
from pao_core.access import Viewer, scope
from pao_core.access.rights import REPORTING_VIEW
from pao_core.filters import Filters, conditions
from pao_core.locale import N_
from pao_core.report import Column
from pao_core.store.sql import count_distinct, month, total

NAME = "order-history"
RIGHT = REPORTING_VIEW
NEEDS = ("orders",)
TITLE = N_("Order history")
DEFINITION = N_(
    "Order lines of your reseller sites, and those sold through you. Dates act on the order date, both days included; country is the "
    "line's own. Amount is quantity x unit price, rounded once per line to the currency's decimals; totals are sums of line amounts, "
    "each currency by itself. Orders counts distinct order numbers of a reseller. Returns are negative and count; cancelled lines "
    "count unless filtered out. With one reporting currency, each line's amount is converted by the rate of its order date, or the last one "
    "before; a line without a rate is counted apart, in its own currency."
)
COLUMNS = (
    usual.MONTH, usual.CUSTOMER, usual.CUSTOMER_NAME, usual.SITE, usual.PRODUCT_GROUP, usual.RESELLER_SITE_NUMBER,
    Column("order_number", N_("Order number"), "code"),
    Column("line_number", N_("Line"), "integer"),
    Column("order_date", N_("Order date"), "date"),
    Column("order_type", N_("Order type"), "order_type"),
    usual.SITE_NUMBER, usual.SITE_NAME, usual.AGREEMENT_NUMBER, usual.COUNTRY, usual.PART_NUMBER, usual.PART_DESCRIPTION, usual.CURRENCY,
    Column("orders", N_("Orders"), "integer"),
    usual.LINES, usual.QUANTITY,
    Column("unit_price", N_("Unit price"), "unit_price"),
    usual.AMOUNT,
    Column("po_number", N_("Purchase order"), "code"),
    Column("quote_number", N_("Quote number"), "code"),
    usual.COVERAGE_START, usual.COVERAGE_END,
    Column("status", N_("Status"), "code"),
    *exchange.COLUMNS,
)
MEASURES = ("orders", "lines", "quantity", "amount")
BY = ("month", "site", "customer", "country", "product_group", "order_type")
# Amounts of different currencies have no order; lines and days have.
SORTS = {"summary": "-lines", "detail": "-order_date"}
KEYS = ("reseller_site_number", "order_number", "line_number")


# What the line itself does not say: a statement joins only what it asks for.
OF_SITE = frozenset({"agreement", "customer", "program", "anniversary"})
OF_PART = frozenset({"product_group"})


def summary(viewer: Viewer, filters: Filters, by: tuple[str, ...], today: date, measures: tuple[str, ...] = MEASURES) -> Select[Any]:
    """Orders, lines, quantity and amount for each value of `by` and currency; a customer's name stands beside it."""
    rows, columns, lines = _lines(viewer, filters, today, frozenset(by))
    own = {
        "month": month(lines.c.order_date), "site": lines.c.site_number, "country": lines.c.country, "order_type": lines.c.order_type,
    }
    keys = [own[word] if word in own else columns[word] for word in by]
    names = [func.min(columns["customer_name"]).label("customer_name")] if "customer" in by else []
    found = {
        "orders": count_distinct(lines.c.reseller_site_number, lines.c.order_number), "lines": func.count(),
        "quantity": total(lines.c.quantity), "amount": total(lines.c.amount),
    }
    return rows.with_only_columns(
        *(key.label(word) for word, key in zip(by, keys, strict=True)), *names, lines.c.currency,
        *(found[name].label(name) for name in measures),
    ).group_by(*keys, lines.c.currency)


def detail(viewer: Viewer, filters: Filters, today: date) -> Select[Any]:
    """The order lines themselves, with their customer and part."""
    rows, columns, lines = _lines(viewer, filters, today, OF_SITE | OF_PART)
    own = ("reseller_site_number", "order_number", "line_number", "order_date", "order_type", "site_number")
    own_amount = ("quantity", "unit_price", "currency", "amount")
    rest = ("po_number", "quote_number", "coverage_start", "coverage_end", "status")
    return rows.with_only_columns(
        *(lines.c[name] for name in own),
        *(columns[name].label(name) for name in ("site_name", "customer", "customer_name", "agreement_number")),
        lines.c.country, lines.c.part_number, *(columns[name].label(name) for name in ("part_description", "product_group")),
        *(exchange.of_line(lines, name) for name in own_amount), *(lines.c[name] for name in rest), *exchange.beside(lines),
    )


def _lines(
    viewer: Viewer, filters: Filters, today: date, asked: frozenset[str]
) -> tuple[Select[Any], dict[str, ColumnElement[Any]], FromClause]:
    """The filtered lines, joined to customer and part where `asked`: a select to refine, the joined columns, the lines."""
    lines, own = exchange.reported(viewer.orders(), "order_date", filters.in_currency, today), viewer.sites()
    matching = conditions(filters, {
        "site": lines.c.site_number, "country": lines.c.country, "date": lines.c.order_date, "order_type": lines.c.order_type,
        "status": lines.c.status, "reseller": lines.c.reseller_site_number, "quote": lines.c.quote_number,
    })
    set_ = filters.kinds()
    if set_ & OF_SITE:
        matching.append(scope.site_matches(lines, own, lambda site: conditions(filters, {
            "agreement": site["agreement_number"], "customer": site["customer_folded"], "program": site["program"],
            "anniversary": site["anniversary_date"],
        })))
    if filters.account_manager:
        matching.append(scope.assigned(lines, own, filters.account_manager))
    # Chosen before they are joined: DuckDB would else join every line first.
    lines = select(lines).where(*matching).subquery("chosen") if matching else lines
    joined, columns = lines, scope.Columns()
    if asked & OF_SITE:
        joined, columns = scope.with_sites(joined, lines, own)
    if (asked | set_) & OF_PART:
        joined, of_parts = scope.with_parts(joined, lines, own)
        columns = columns | of_parts
    grouped = conditions(filters, {"product_group": columns["product_group"]} if "product_group" in columns else {})
    return select(lines.c.order_number).select_from(joined).where(*grouped), columns, lines
