"""The customers whom a price notification is for: one row for each customer and contact, to be merged into letters or mail."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Select, and_, func, select

from pao_core.access import Viewer
from pao_core.access.rights import PRICED_LINES
from pao_core.filters import Filters
from pao_core.locale import N_
from pao_core.renewals import price_notifications
from pao_core.report import Column
from pao_core.store.sql import total

NAME = "price-mailing"
RIGHT = PRICED_LINES
TITLE = N_("Customers to write to")
DEFINITION = N_(
    "One row for each customer with open renewal lines of your own reseller sites whose list price rises, and each contact of the sites that "
    "those lines are for; a customer without a contact has one row without a name. Amounts are sums of those lines in their own currency, "
    "before and after, as the price notifications have them; a customer with several currencies or editions has a row for each."
)
COLUMNS = (
    Column("customer", N_("Customer code"), "code"), Column("customer_name", N_("Customer")), Column("contact_name", N_("Name")),
    Column("email", N_("E-mail"), "email"), Column("role", N_("Contact role"), "contact_role"),
    Column("country", N_("Country/region"), "country"), Column("edition", N_("Prices from"), "date"), Column("order_before", N_("Order by"), "date"),
    Column("lines", N_("Lines"), "integer"), Column("currency", N_("Currency"), "code"), Column("old_amount", N_("Amount now"), "money"),
    Column("new_amount", N_("New amount"), "money"), Column("difference", N_("Difference"), "money"),
)
MEASURES: tuple[str, ...] = ()
BY: tuple[str, ...] = ()
SORTS = {"detail": "customer_name"}
KEYS = ("customer", "currency", "edition", "email")
ONCE = ("customer", "currency", "edition")


def detail(viewer: Viewer, filters: Filters, today: date) -> Select[Any]:
    """The rows; the currency that amounts are asked in changes nothing."""
    rising = filters.but(effect=(price_notifications.RISES,), in_currency=None)
    lines = price_notifications.detail(viewer, rising, today).subquery("rising")
    # A distributor reads what its resellers sell, and does not write to their customers.
    own = select(lines).where(lines.c.reseller_site_number.in_(viewer.sites())).cte("own_lines")
    key = [own.c[name] for name in ONCE]
    sums = select(
        *key, func.min(own.c.customer_name).label("customer_name"), func.min(own.c.order_before).label("order_before"), func.count().label("lines"),
        *(total(own.c[name]).label(name) for name in ("old_amount", "new_amount", "difference")),
    ).group_by(*key).subquery("sums")
    contacts = viewer.contacts()
    at = select(*key, own.c.site_number, own.c.country).distinct().subquery("at")
    of = [at.c[name] for name in ONCE]
    people = select(
        *of, contacts.c.email, func.min(contacts.c.name).label("contact_name"), func.min(contacts.c.role).label("role"),
        func.min(at.c.country).label("country"),
    ).select_from(at.join(contacts, contacts.c.site_number == at.c.site_number)).group_by(*of, contacts.c.email).subquery("people")
    joined = sums.outerjoin(people, and_(*(people.c[name] == sums.c[name] for name in ONCE)))
    told = {**dict(sums.c), **{name: people.c[name] for name in ("contact_name", "email", "role", "country")}}
    return select(*(told[column.name].label(column.name) for column in COLUMNS)).select_from(joined)
