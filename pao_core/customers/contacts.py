"""A customer's contacts: whom to ask for, at which site."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Select, select

from pao_core import replica
from pao_core.access import Viewer
from pao_core.access.rights import REPORTING_VIEW
from pao_core.customers import place
from pao_core.filters import Filters
from pao_core.locale import N_
from pao_core.locale.words import CONTACT_ROLES
from pao_core.report import Column

NAME = "contacts"
RIGHT = REPORTING_VIEW
TITLE = N_("Contacts")
DEFINITION = N_("Contacts of the sites of one customer, as they were loaded; only of sites with a row of yours or sold through you.")
COLUMNS = (
    Column("name", N_("Name")), Column("role", N_("Contact role"), "contact_role"), Column("email", N_("E-mail"), "email"),
    Column("phone", N_("Phone"), "code"), Column("site_number", N_("Site number"), "code"),
)
MEASURES: tuple[str, ...] = ()
BY: tuple[str, ...] = ()
SORTS = {"detail": "name"}
KEYS = ("name", "site_number", "email")


def detail(viewer: Viewer, filters: Filters, _today: date) -> Select[Any]:
    """The contacts."""
    return _rows(viewer, filters)


def listed(viewer: Viewer, filters: Filters) -> list[dict[str, Any]]:
    """The contacts, the roles in the order of words.CONTACT_ROLES."""
    viewer.require(RIGHT)
    roles = list(CONTACT_ROLES)
    found = [dict(row._mapping) for row in replica.reader(viewer.store).rows(_rows(viewer, filters), viewer)]
    return sorted(found, key=lambda row: (roles.index(row["role"]) if row["role"] in roles else len(roles), row["name"], row["site_number"],
                                          row["email"]))


def _rows(viewer: Viewer, filters: Filters) -> Select[Any]:
    return select(place.at(viewer.contacts(), filters, [column.name for column in COLUMNS]))
