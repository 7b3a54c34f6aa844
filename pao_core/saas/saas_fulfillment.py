"""SaaS > Fulfillment: where the fulfillment of each subscription stands, how long it has taken, and whom it waits for."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, FromClause, Integer, Select, Subquery, and_, case, cast, func, or_, select, type_coerce

from pao_core.access import Viewer
from pao_core.access.rights import REPORTING_VIEW
from pao_core.explain import Formula
from pao_core.filters import Filters
from pao_core.locale import N_
from pao_core.report import Column
from pao_core.saas import subscribed
from pao_core.saas.subscribed import Expressions
from pao_core.store.sql import count_distinct, month, quotient, total
from pao_core.store.types import Scaled

NAME = "saas-fulfillment"
RIGHT = REPORTING_VIEW
TITLE = N_("Fulfillment")
DEFINITION = N_(
    "Subscriptions of your reseller sites, and those sold through you, by fulfillment status. Ordered, awaiting form and provisioning are "
    "waiting: their days count from the order to today. Whom a subscription waits for is our reading: ordered and provisioning wait for the "
    "vendor; awaiting form waits for the customer, or for the vendor once the form is loaded and every required element has a value; "
    "suspended waits for you, to find out why; active and expired wait for nobody. Days to provision run from the order to the day of "
    "provisioning; their mean is that of the subscriptions with both days. Country is the site's; From and To act on the day of the order, "
    "both days included."
)
NEEDS = ("subscriptions",)
COLUMNS = (
    *subscribed.columns("fulfillment_status"),
    Column("waits_for", N_("Waits for"), "waits_for"),
    Column("days_since_ordered", N_("Days since ordered"), "integer", N_("Of a subscription that is still waiting")),
    Column("days_to_provision", N_("Days to provision"), "integer", N_("From the order to the day of provisioning")),
    Column("missing", N_("Missing elements"), "integer", N_("Required elements of the provisioning form that have no value")),
    *subscribed.columns(
        "month", "subscription_number", "customer", "customer_name", "agreement", "agreement_number", "site", "site_number", "site_name", "country",
        "program", "reseller_site_number", "reseller", "part", "part_number", "part_description", "product_group", "part_type", "charge_metric",
        "order_number", "ordered_on", "provisioned_on", "start", "end", "entitled_quantity", "billing", "renewal_type", "subscriptions", "customers"),
    Column("waiting", N_("Waiting"), "integer", N_("Ordered and not active yet")),
    Column("waiting_for_customer", N_("Waiting for the customer"), "integer"),
    Column("provisioned", N_("Provisioned"), "integer", N_("With a day of the order and one of provisioning")),
    Column("longest_wait", N_("Longest wait, days"), "integer"),
    Column("mean_days", N_("Mean days to provision"), "quantity"),
)
BY = ("fulfillment_status", "waits_for", "month", *(word for word in subscribed.BY if word != "fulfillment_status"))
MEASURES = ("subscriptions", "customers", "waiting", "waiting_for_customer", "provisioned", "days_to_provision")
WAITING, CUSTOMER = ("ordered", "awaiting_form", "provisioning"), "customer"
FORMULAS = {
    "waiting": Formula("rows", where=lambda columns, _today: columns["fulfillment_status"].in_(WAITING), where_words=N_("ordered and not active yet"),
                       filters={"status": WAITING}),
    "waiting_for_customer": Formula("rows", where=lambda columns, _today: columns["waits_for"] == CUSTOMER,
                                    where_words=N_("it waits for the customer")),
    "provisioned": Formula("rows", where=lambda columns, _today: columns["days_to_provision"].is_not(None),
                           where_words=N_("with a day of the order and one of provisioning")),
}
SORTS = {"summary": "-subscriptions", "detail": "-days_since_ordered"}
KEYS = subscribed.KEYS
DETAIL = (
    "fulfillment_status", "waits_for", "days_since_ordered", "days_to_provision", "missing", "subscription_number", "customer", "customer_name",
    "agreement_number", "site_number", "site_name", "country", "program", "reseller_site_number", "part_number", "part_description", "product_group",
    "part_type", "charge_metric", "order_number", "ordered_on", "provisioned_on", "start", "end", "entitled_quantity", "billing", "renewal_type",
)
OF_FORM = frozenset({"waits_for", "missing"})
# What each measure is taken from.
OF_MEASURE = {"customers": "customer", "waiting": "fulfillment_status", "waiting_for_customer": "waits_for", "provisioned": "days_to_provision",
              "days_to_provision": "days_to_provision"}
MEAN_DECIMALS = 1


def summary(viewer: Viewer, filters: Filters, by: tuple[str, ...], today: date, measures: tuple[str, ...] = MEASURES) -> Select[Any]:
    """Subscriptions, customers, how many wait and were provisioned, for each value of `by`; how long stands beside it."""
    timed = by and measures == MEASURES
    asked = {*by, *subscribed.beside(by), *(OF_MEASURE[name] for name in measures if name in OF_MEASURE), *(("days_since_ordered",) if timed else ())}
    found = _found(viewer, filters, today, asked).subquery("found")
    measured = [_measure(found, name).label(name) for name in measures]
    return subscribed.summed(found, by, [*measured, *(_times(found) if timed else ())])


def detail(viewer: Viewer, filters: Filters, today: date) -> Select[Any]:
    """The subscriptions themselves, with their customer and part."""
    return _found(viewer, filters, today, DETAIL)


def _measure(found: FromClause, name: str) -> ColumnElement[Any]:
    if name == "customers":
        return count_distinct(found.c.customer)
    if name == "waiting":
        return func.count(case((found.c.fulfillment_status.in_(WAITING), 1)))
    if name == "waiting_for_customer":
        return func.count(case((found.c.waits_for == CUSTOMER, 1)))
    if name == "provisioned":
        return func.count(found.c.days_to_provision)
    return total(type_coerce(found.c.days_to_provision, BigInteger)) if name == "days_to_provision" else func.count()


def _times(found: FromClause) -> list[ColumnElement[Any]]:
    """The longest wait of what still waits, and the mean from order to provisioning."""
    took = found.c.days_to_provision
    mean = quotient(total(type_coerce(took, BigInteger)), func.count(took), scaled_by=10**MEAN_DECIMALS)
    known = case((func.count(took) > 0, mean), else_=None)
    return [func.max(found.c.days_since_ordered).label("longest_wait"), type_coerce(known, Scaled(MEAN_DECIMALS)).label("mean_days")]


def _found(viewer: Viewer, filters: Filters, today: date, names: Collection[str]) -> Select[Any]:
    rows = subscribed.matching(viewer, filters, viewer.subscriptions(), "ordered_on")
    if OF_FORM & {*names}:
        rows = _with_form(viewer, rows)
    status = rows.c.fulfillment_status
    return subscribed.described(viewer, filters, rows, names, {
        "month": lambda known: month(known["ordered_on"]), "waits_for": _waits_for,
        "days_since_ordered": lambda known: case((status.in_(WAITING), _days(cast(today, Date), known["ordered_on"])), else_=None),
        "days_to_provision": lambda known: _days(known["provisioned_on"], known["ordered_on"]),
    })


def _days(until: ColumnElement[Any], since: ColumnElement[Any]) -> ColumnElement[int]:
    return cast(until - since, Integer)


def _with_form(viewer: Viewer, rows: FromClause) -> Subquery:
    """The subscriptions with the number of required elements of their form that have no value; null without a form."""
    elements = viewer.provisioning()
    key = [elements.c[name] for name in KEYS]
    lacking = func.count(case((and_(elements.c.required.is_(True), elements.c.value.is_(None)), 1)))
    forms = select(*key, lacking.label("missing")).group_by(*key).subquery("forms")
    same = and_(*(forms.c[name] == rows.c[name] for name in KEYS))
    return select(rows, forms.c.missing).select_from(rows.outerjoin(forms, same)).subquery("with_form")


def _waits_for(known: Expressions) -> ColumnElement[Any]:
    """One of words.WAITED_FOR; null without a status."""
    status, done = known["fulfillment_status"], known["missing"] == 0
    return case(
        (or_(status.in_(("ordered", "provisioning")), and_(status == "awaiting_form", done)), "vendor"), (status == "awaiting_form", CUSTOMER),
        (status == "suspended", "reseller"), (status.in_(("active", "expired")), "nobody"), else_=None)
