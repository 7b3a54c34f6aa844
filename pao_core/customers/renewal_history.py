"""A customer's renewal lines that are settled: renewed, lapsed or cancelled. The open ones are the renewals report's."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Select, select

from pao_core import exchange
from pao_core.access import Viewer, scope
from pao_core.access.rights import REPORTING_VIEW
from pao_core.customers import place
from pao_core.filters import Filters
from pao_core.locale import N_
from pao_core.renewals import lines
from pao_core.report import Column

NAME = "renewal-history"
RIGHT = REPORTING_VIEW
TITLE = N_("Settled renewals")
DEFINITION = N_(
    "Lines of renewal quotes of one customer that were renewed, have lapsed or were cancelled, of your reseller sites and those sold through "
    "you. Amount is quantity x unit price, rounded once per line to the currency's decimals."
)
SHOWN = (
    "status", "due_date", "renewed_on", "quote_number", "line_number", "site_number", "part_number", "part_description", "product_group",
    "quantity", "unit_price", "currency", "amount", "coverage_start", "coverage_end", "reseller_site_number",
)
_KNOWN = {column.name: column for column in lines.COLUMNS} | {"renewed_on": Column("renewed_on", N_("Renewed on"), "date")}
COLUMNS = (*(_KNOWN[name] for name in SHOWN), *exchange.COLUMNS)
MEASURES: tuple[str, ...] = ()
BY: tuple[str, ...] = ()
SORTS = {"detail": "-due_date"}
KEYS = lines.KEYS
OF_PART = ("part_description", "product_group")


def detail(viewer: Viewer, filters: Filters, today: date) -> Select[Any]:
    """The settled lines, with their part."""
    rows = place.at(viewer.renewals(), filters, [name for name in SHOWN if name not in OF_PART])
    settled = exchange.reported(rows, "due_date", filters.in_currency, today)
    joined, part = scope.with_parts(settled, settled, viewer.sites())
    named = part | {name: exchange.of_line(settled, name) for name in ("currency", "amount")}
    shown = ((named[name] if name in named else settled.c[name]).label(name) for name in SHOWN)
    return select(*shown, *exchange.beside(settled)).select_from(joined).where(settled.c.status != lines.OPEN)
