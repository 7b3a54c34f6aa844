"""Renewals > Subscription updates: subscriptions that end in the days ahead, or did in the days past, and what changes then."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, Integer, Select, case, cast, func, literal, or_, type_coerce

from pao_core.access import Viewer
from pao_core.access.rights import REPORTING_VIEW
from pao_core.explain import Formula
from pao_core.filters import Filters
from pao_core.locale import N_
from pao_core.renewals import buckets, due_180_days
from pao_core.report import Column
from pao_core.saas import subscribed
from pao_core.saas.subscribed import Expressions
from pao_core.store.sql import count_distinct, month, total

NAME = "subscription-updates"
RIGHT = REPORTING_VIEW
TITLE = N_("Subscription updates")
DEFINITION = N_(
    "Subscriptions of your reseller sites, and those sold through you, that end from today to 180 days from today, both days included. The "
    "window takes other numbers of days; looking back, it holds those that ended in the days up to today. At the end a subscription is "
    "renewed, resized, switched or terminated; the change takes effect on the day after. The renewal type is the one that was loaded. What "
    "the use speaks for is our reading of the last period begun by today: more used than entitled, resize to more; nothing used, "
    "terminate or switch; less than half used, resize to less; otherwise renew as it is. Country is the site's; status is the fulfillment "
    "status; From and To act on the last day of the subscription too."
)
NEEDS = ("subscriptions",)
COLUMNS = (
    Column("bucket", N_("Ends"), "bucket", N_("Days from today to the last day")),
    *subscribed.columns("end", "month"),
    Column("days_to_end", N_("Days"), "integer", N_("Days from today to the last day; below zero: it has ended")),
    Column("effective_on", N_("Change takes effect"), "date", N_("The day after the last")),
    *subscribed.columns("renewal_type"),
    Column("end_choice", N_("The use speaks for"), "end_choice", N_("Our reading of the last period of use against the entitlement")),
    *subscribed.columns(
        "subscription", "subscription_number", "customer", "customer_name", "part", "part_description", "subscriptions", "customers",
        "entitled_quantity", "used_quantity", "used_share", "overage_12_months"),
    Column("above", N_("Above the entitlement"), "integer", N_("Subscriptions whose last period used more than is entitled")),
    Column("little_used", N_("Little or nothing used"), "integer"),
    Column("use_unknown", N_("No use known"), "integer"),
    *subscribed.columns(
        "billing", "start", "fulfillment_status", "agreement", "agreement_number", "site", "site_number", "site_name", "country", "program",
        "reseller_site_number", "reseller", "part_number", "product_group", "part_type", "charge_metric", "order_number"),
)
BY = ("month", "bucket", "renewal_type", "end_choice", "billing", "subscription", *subscribed.BY)
MEASURES = ("subscriptions", "customers", "entitled_quantity", "used_quantity", "above", "little_used", "use_unknown")
GROW, STOP, SHRINK, KEEP, UNKNOWN = "grow", "stop", "shrink", "keep", "unknown"
LITTLE = (SHRINK, STOP)
FORMULAS = {
    "above": Formula("rows", where=lambda columns, _today: columns["end_choice"] == GROW, where_words=N_("more used than entitled")),
    "little_used": Formula("rows", where=lambda columns, _today: columns["end_choice"].in_(LITTLE),
                           where_words=N_("less than half of what is entitled is used")),
    "use_unknown": Formula("rows", where=lambda columns, _today: columns["end_choice"] == UNKNOWN, where_words=N_("no use is known")),
}
SORTS = {"summary": "-subscriptions", "detail": "end"}
KEYS = subscribed.KEYS
DETAIL = (
    "bucket", "end", "days_to_end", "effective_on", "renewal_type", "end_choice", "subscription_number", "customer", "customer_name",
    "part_description", "entitled_quantity", "used_quantity", "used_share", "overage_12_months", "billing", "start", "fulfillment_status",
    "agreement_number", "site_number", "site_name", "country", "program", "reseller_site_number", "part_number", "product_group", "part_type",
    "charge_metric", "order_number",
)


def summary(viewer: Viewer, filters: Filters, by: tuple[str, ...], today: date, measures: tuple[str, ...] = MEASURES) -> Select[Any]:
    """Subscriptions, customers, what is entitled and used, for each value of `by`."""
    asked = {*by, *subscribed.beside(by), "customer", "entitled_quantity", "used_quantity", "end_choice"}
    found = _found(viewer, filters, today, asked).subquery("found")
    measured = {
        "subscriptions": func.count(), "customers": count_distinct(found.c.customer), "entitled_quantity": total(found.c.entitled_quantity),
        "used_quantity": total(found.c.used_quantity), "above": func.count(case((found.c.end_choice == GROW, 1))),
        "little_used": func.count(case((found.c.end_choice.in_(LITTLE), 1))), "use_unknown": func.count(case((found.c.end_choice == UNKNOWN, 1))),
    }
    return subscribed.summed(found, by, [measured[name].label(name) for name in measures])


def detail(viewer: Viewer, filters: Filters, today: date) -> Select[Any]:
    """The subscriptions themselves, with their customer, part, use and what the use speaks for."""
    return _found(viewer, filters, today, DETAIL)


def _found(viewer: Viewer, filters: Filters, today: date, names: Collection[str]) -> Select[Any]:
    held = viewer.subscriptions()
    asked = [or_(*(buckets.within(held.c.end, today, code) for code in filters.due))] if filters.due else []
    rows = subscribed.matching(viewer, filters, held, "end", held.c.end.between(*due_180_days.window(filters, today)), *asked)
    told = buckets.BACK if filters.direction == due_180_days.LAST else buckets.AHEAD
    return subscribed.described(viewer, filters, subscribed.with_use(viewer, rows, today), names, {
        "bucket": lambda known: buckets.place(known["end"], today, told), "month": lambda known: month(known["end"]),
        "days_to_end": lambda known: cast(known["end"] - cast(today, Date), Integer),
        "effective_on": lambda known: cast(known["end"] + literal(1, Integer), Date), "end_choice": _end_choice,
    })


def _end_choice(known: Expressions) -> ColumnElement[str]:
    """One of words.END_CHOICES."""
    entitled, used = (type_coerce(known[name], BigInteger) for name in ("entitled_quantity", "used_quantity"))
    return case((used.is_(None), UNKNOWN), (used > entitled, GROW), (used == 0, STOP), (used * 2 < entitled, SHRINK), else_=KEEP)
