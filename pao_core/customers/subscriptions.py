"""A customer's subscriptions: where their fulfillment stands, what was used, what is over, and the form behind each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, FromClause, Select, and_, case, func, select, type_coerce

from pao_core import replica
from pao_core.access import Viewer, scope
from pao_core.access.rights import REPORTING_VIEW
from pao_core.customers import place
from pao_core.dates import add_months
from pao_core.filters import Filters
from pao_core.locale import N_
from pao_core.report import Column
from pao_core.store.sql import by_code_point, quotient, total
from pao_core.store.types import Scaled

NAME = "subscriptions"
RIGHT = REPORTING_VIEW
TITLE = N_("Subscriptions")
DEFINITION = N_(
    "Subscriptions of one customer that are yours or were sold through you. Used is the quantity of the last period of use up to today, "
    "against what is entitled; overage is that of the periods that began in the twelve months up to today, suppressed or not."
)
COLUMNS = (
    Column("fulfillment_status", N_("Fulfillment status"), "fulfillment_status"),
    Column("subscription_number", N_("Subscription number"), "code"),
    Column("part_description", N_("Part description")),
    Column("entitled_quantity", N_("Entitled"), "quantity"),
    Column("used_quantity", N_("Used"), "quantity", N_("In the last period of use")),
    Column("used_share", N_("Used share"), "percent", N_("Used in the last period against entitled; above 100 % is overage")),
    Column("overage_12_months", N_("Overage, 12 months"), "quantity"),
    Column("start", N_("Start"), "date"),
    Column("end", N_("End"), "date"),
    Column("billing", N_("Billing"), "billing"),
    Column("renewal_type", N_("Renewal type")),
    Column("ordered_on", N_("Ordered on"), "date"),
    Column("provisioned_on", N_("Provisioned on"), "date"),
    Column("site_number", N_("Site number"), "code"),
    Column("part_number", N_("Part number"), "code"),
    Column("order_number", N_("Order number"), "code"),
    Column("reseller_site_number", N_("Reseller"), "code"),
)
MEASURES: tuple[str, ...] = ()
BY: tuple[str, ...] = ()
SORTS = {"detail": "-start"}
KEYS = ("reseller_site_number", "subscription_number")
ROW = (
    *KEYS, "site_number", "part_number", "order_number", "ordered_on", "provisioned_on", "start", "end", "entitled_quantity", "billing",
    "renewal_type", "fulfillment_status",
)
SHARE_DECIMALS = 4
MONTHS = 12


@dataclass(frozen=True)
class Period:
    """A period of use, both days inclusive."""

    start: date
    end: date
    used: Decimal
    overage: Decimal | None
    suppressed: bool
    suppression_reason: str | None


@dataclass(frozen=True)
class Element:
    """A question of a provisioning form and its answer; `value` is None while it is open."""

    element: str
    required: bool
    value: str | None
    submitted_on: date | None


def detail(viewer: Viewer, filters: Filters, today: date) -> Select[Any]:
    """The subscriptions, with their use up to today."""
    rows = place.at(viewer.subscriptions(), filters, ROW)
    used = _used(viewer, rows, today)
    same = and_(used.c.reseller_site_number == rows.c.reseller_site_number, used.c.subscription_number == rows.c.subscription_number)
    joined, part = scope.with_parts(rows.outerjoin(used, same), rows, viewer.sites())
    entitled = rows.c.entitled_quantity
    share = quotient(type_coerce(used.c.used_quantity, BigInteger), type_coerce(entitled, BigInteger), scaled_by=10**SHARE_DECIMALS)
    told = {"part_description": part["part_description"], "used_quantity": used.c.used_quantity, "overage_12_months": used.c.overage_12_months,
            "used_share": type_coerce(case((entitled > 0, share), else_=None), Scaled(SHARE_DECIMALS))}
    names = [column.name for column in COLUMNS]
    return select(*((told[name] if name in told else rows.c[name]).label(name) for name in names)).select_from(joined)


def counted(viewer: Viewer, filters: Filters) -> dict[str, int]:
    """How many subscriptions there are by fulfillment status; one without a status counts under an empty word."""
    viewer.require(RIGHT)
    rows = place.at(viewer.subscriptions(), filters, ("fulfillment_status",))
    held = select(rows.c.fulfillment_status, func.count().label("held")).group_by(rows.c.fulfillment_status)
    found = replica.reader(viewer.store).rows(held, viewer)
    return {row.fulfillment_status or "": int(row.held) for row in found}


def periods(viewer: Viewer, filters: Filters, reseller: str, number: str) -> list[Period]:
    """The use of one subscription of the customer, the oldest period first; nothing of one that is not the customer's."""
    rows = _of_subscription(viewer, filters, viewer.usage(), reseller, number)
    found = replica.reader(viewer.store).rows(select(rows).order_by(rows.c.period_start), viewer)
    return [Period(row.period_start, row.period_end, row.used_quantity, row.overage_quantity, bool(row.suppressed), row.suppression_reason)
            for row in found]


def form(viewer: Viewer, filters: Filters, reseller: str, number: str) -> list[Element]:
    """The provisioning form of one subscription of the customer, what is required first."""
    rows = _of_subscription(viewer, filters, viewer.provisioning(), reseller, number)
    found = replica.reader(viewer.store).rows(select(rows).order_by(by_code_point(rows.c.element)), viewer)
    elements = [Element(row.element, bool(row.required), row.value, row.submitted_on) for row in found]
    return sorted(elements, key=lambda element: not element.required)


def _of_subscription(viewer: Viewer, filters: Filters, rows: FromClause, reseller: str, number: str) -> FromClause:
    viewer.require(RIGHT)
    held = place.at(viewer.subscriptions(), filters, ROW)
    there = select(held.c.subscription_number).where(held.c.reseller_site_number == reseller, held.c.subscription_number == number)
    mine = (rows.c.reseller_site_number == reseller, rows.c.subscription_number == number, there.exists())
    return select(rows).where(*mine).subquery("of_subscription")


def _used(viewer: Viewer, held: FromClause, today: date) -> FromClause:
    """The use of the last period of each of the subscriptions, and the overage of twelve months."""
    rows = viewer.usage()
    begun = select(rows).where(
        rows.c.period_start <= today, rows.c.subscription_number.in_(select(held.c.subscription_number))).subquery("begun")
    key = (begun.c.reseller_site_number, begun.c.subscription_number)
    last = func.max(begun.c.period_start).over(partition_by=key)
    placed = select(begun, last.label("last")).subquery("placed")
    recent = placed.c.period_start > add_months(today, -MONTHS)
    by = (placed.c.reseller_site_number, placed.c.subscription_number)
    return select(
        *by, func.max(case((placed.c.period_start == placed.c.last, placed.c.used_quantity), else_=None),
                      type_=placed.c.used_quantity.type).label("used_quantity"),
        total(case((recent, placed.c.overage_quantity), else_=None)).label("overage_12_months"),
    ).group_by(*by).subquery("used")
