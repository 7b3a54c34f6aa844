"""The points of a customer's order lines: what the figure on its page is made of."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Select, func, select, type_coerce

from pao_core.access import Viewer, scope
from pao_core.access.rights import REPORTING_VIEW
from pao_core.customers import place
from pao_core.filters import Filters, conditions
from pao_core.locale import N_
from pao_core.orders import order_history
from pao_core.prices.points import with_points
from pao_core.report import Column
from pao_core.store.sql import total
from pao_core.store.types import Scaled

NAME = "points"
RIGHT = REPORTING_VIEW
TITLE = N_("Points of your lines")
DEFINITION = N_("Points of the lines that you see. The agreement's level counts all its orders, so this is not its level.")
SHOWN = ("order_date", "order_number", "line_number", "order_type", "site_number", "part_number", "part_description", "country", "status",
         "reseller_site_number", "quantity")
_KNOWN = {column.name: column for column in order_history.COLUMNS}
COLUMNS = (
    *(_KNOWN[name] for name in SHOWN),
    Column("unit_points", N_("Points per unit"), "quantity"),
    Column("points", N_("Points"), "quantity", N_("Quantity x points per unit")),
)
LINE = (*(name for name in SHOWN if name != "part_description"), "currency")
MEASURES = ("points",)
BY: tuple[str, ...] = ()
SORTS = {"detail": "-order_date"}
KEYS = order_history.KEYS
DECIMALS = 6  # quantity and points of a unit have three each


def summary(viewer: Viewer, filters: Filters, _by: tuple[str, ...], today: date, measures: tuple[str, ...] = MEASURES) -> Select[Any]:
    """The points of all lines."""
    rows = detail(viewer, filters, today).subquery("rows")
    return select(*(total(rows.c[name]).label(name) for name in measures))


def detail(viewer: Viewer, filters: Filters, _today: date) -> Select[Any]:
    """The order lines with the points of a unit; From and To act on the order date."""
    lines, own = place.at(viewer.orders(), filters, LINE), viewer.sites()
    joined, part = scope.with_parts(lines, lines, own)
    joined, of_site = scope.with_sites(joined, lines, own)
    joined, of_unit = with_points(joined, lines, lines.c.currency, of_site["price_level"], part["points"])
    points = type_coerce(lines.c.quantity, BigInteger) * type_coerce(func.coalesce(of_unit, 0), BigInteger)
    told = {"part_description": part["part_description"], "unit_points": of_unit, "points": type_coerce(points, Scaled(DECIMALS))}
    names = [column.name for column in COLUMNS]
    return select(*((told[name] if name in told else lines.c[name]).label(name) for name in names)).select_from(joined).where(
        *conditions(filters, {"date": lines.c.order_date}))
