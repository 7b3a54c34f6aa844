"""SaaS > Provisioning: the elements of each subscription's provisioning form: what is asked, answered and still missing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, case, func

from pao_core.access import Viewer
from pao_core.access.rights import REPORTING_VIEW
from pao_core.explain import Formula
from pao_core.filters import Filters
from pao_core.locale import N_
from pao_core.report import Column
from pao_core.saas import subscribed
from pao_core.saas.subscribed import Expressions
from pao_core.store.sql import count_distinct, month

NAME = "saas-data-elements"
RIGHT = REPORTING_VIEW
TITLE = N_("Provisioning")
DEFINITION = N_(
    "Elements of the provisioning forms of subscriptions of your reseller sites, and those sold through you. An element is answered when it "
    "has a value; without one it is missing when the form requires it, else open. A form is complete when nothing that it requires is "
    "missing. Which elements real forms ask for is not published: these are the ones that were loaded. Country is the site's; status is the "
    "subscription's fulfillment status; From and To act on the day of its order, both days included."
)
NEEDS = ("subscriptions", "provisioning")
COLUMNS = (
    Column("element_state", N_("State"), "element_state"),
    *subscribed.columns("subscription", "subscription_number"),
    Column("element", N_("Element")),
    Column("required", N_("Required"), "yes_no"),
    Column("value", N_("Answer")),
    Column("submitted_on", N_("Submitted on"), "date"),
    Column("submitted_by", N_("Submitted by")),
    *subscribed.columns(
        "customer", "customer_name", "fulfillment_status", "month", "agreement", "agreement_number", "site", "site_number", "site_name", "country",
        "program", "reseller_site_number", "reseller", "part", "part_number", "part_description", "product_group", "order_number", "ordered_on",
        "provisioned_on"),
    Column("forms", N_("Forms"), "integer"),
    Column("elements", N_("Elements"), "integer"),
    Column("answered", N_("Answered"), "integer"),
    Column("missing", N_("Missing"), "integer", N_("Required and without a value")),
    Column("incomplete", N_("Incomplete forms"), "integer", N_("Forms with a required element without a value")),
    Column("last_submitted", N_("Last submitted"), "date"),
)
BY = ("subscription", "element", "element_state", "month", *subscribed.BY)
MEASURES = ("missing", "incomplete", "forms", "elements", "answered")
ANSWERED, MISSING, OPEN = "answered", "missing", "open"
FORMULAS = {
    "forms": Formula("distinct", subscribed.KEYS), "elements": Formula("rows"),
    "answered": Formula("rows", where=lambda columns, _today: columns["element_state"] == ANSWERED, where_words=N_("answered")),
    "missing": Formula("rows", where=lambda columns, _today: columns["element_state"] == MISSING, where_words=N_("missing")),
    "incomplete": Formula("distinct", subscribed.KEYS, where=lambda columns, _today: columns["element_state"] == MISSING, where_words=N_("missing")),
}
SORTS = {"summary": "-missing", "detail": "-ordered_on"}
KEYS = (*subscribed.KEYS, "element")
DETAIL = (
    "element_state", "subscription_number", "element", "required", "value", "submitted_on", "submitted_by", "customer", "customer_name",
    "fulfillment_status", "agreement_number", "site_number", "site_name", "country", "program", "reseller_site_number", "part_number",
    "part_description", "product_group", "order_number", "ordered_on", "provisioned_on",
)

def summary(viewer: Viewer, filters: Filters, by: tuple[str, ...], today: date, measures: tuple[str, ...] = MEASURES) -> Select[Any]:
    """Forms, elements, what is answered and what is missing, for each value of `by`; the day of the last answer stands beside it."""
    found = _found(viewer, filters, {*by, *subscribed.beside(by), *subscribed.KEYS, "element_state", "submitted_on"}).subquery("found")
    measured = [_measure(found, name).label(name) for name in measures]
    last = [func.max(found.c.submitted_on).label("last_submitted")] if by and measures == MEASURES else []
    return subscribed.summed(found, by, [*measured, *last])


def detail(viewer: Viewer, filters: Filters, today: date) -> Select[Any]:
    """The elements themselves, with their subscription and customer."""
    return _found(viewer, filters, DETAIL)


def _measure(found: FromClause, name: str) -> ColumnElement[Any]:
    state = found.c.element_state
    lacking = [case((state == MISSING, found.c[key]), else_=None) for key in subscribed.KEYS]
    return {
        "forms": count_distinct(*(found.c[key] for key in subscribed.KEYS)), "elements": func.count(),
        "answered": func.count(case((state == ANSWERED, 1))), "missing": func.count(case((state == MISSING, 1))),
        "incomplete": count_distinct(*lacking),
    }[name]


def _found(viewer: Viewer, filters: Filters, names: Collection[str]) -> Select[Any]:
    elements = subscribed.under(viewer, viewer.provisioning(), ("element", "required", "value", "submitted_on", "submitted_by"))
    rows = subscribed.matching(viewer, filters, elements, "ordered_on")
    must = rows.c.required.is_(True)

    def state(known: Expressions) -> ColumnElement[str]:
        return case((known["value"].is_not(None), ANSWERED), (must, MISSING), else_=OPEN)

    return subscribed.described(viewer, filters, rows, names, {
        "month": lambda known: month(known["ordered_on"]), "element_state": state, "required": lambda _known: case((must, "yes"), else_="no"),
    })
