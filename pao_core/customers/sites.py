"""A customer's sites: their role, place and industry, which reseller sells there, and who looks after them."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Select, and_, select

from pao_core.access import Viewer
from pao_core.access.rights import REPORTING_VIEW
from pao_core.filters import Filters, conditions
from pao_core.locale import N_
from pao_core.report import Column

NAME = "sites"
RIGHT = REPORTING_VIEW
TITLE = N_("Sites")
DEFINITION = N_(
    "Sites of one customer with an order, renewal, entitlement or subscription of yours or sold through you; a row for each reseller whose rows "
    "you see there. Account managers are those of your own reseller sites."
)
COLUMNS = (
    Column("site_number", N_("Site number"), "code"), Column("site_name", N_("Site")), Column("site_role", N_("Site role"), "site_role"),
    Column("country", N_("Country/region"), "country"), Column("state", N_("State")), Column("city", N_("City")),
    Column("industry", N_("Industry")), Column("ibm_customer_number", N_("IBM customer number"), "code"),
    Column("price_level", N_("Price level"), "level"), Column("reseller_site_number", N_("Reseller"), "code"),
    Column("account_manager", N_("Account manager"), "code"),
)
MEASURES: tuple[str, ...] = ()
BY: tuple[str, ...] = ()
SORTS = {"detail": "-site_role"}  # originating before additional
KEYS = ("site_number", "reseller_site_number")


def detail(viewer: Viewer, filters: Filters, _today: date) -> Select[Any]:
    """The sites, with the account manager of the row's reseller where that is one of the viewer's own."""
    seen, assigned = viewer.customers(), viewer.assignments()
    same = and_(assigned.c.reseller_site_number == seen.c.reseller_site_number, assigned.c.site_number == seen.c.site_number)
    told = {"country": seen.c.site_country, "account_manager": assigned.c.account_manager}
    matching = conditions(filters, {"agreement": seen.c.agreement_number, "site": seen.c.site_number})
    names = [column.name for column in COLUMNS]
    return select(*((told[name] if name in told else seen.c[name]).label(name) for name in names)).select_from(
        seen.outerjoin(assigned, same)).where(*matching)
