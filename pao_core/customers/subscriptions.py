"""A customer's subscriptions: where their fulfillment stands, what was used, what is over, and the form behind each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import FromClause, Select, func, select

from pao_core import replica
from pao_core.access import Viewer
from pao_core.access.rights import REPORTING_VIEW
from pao_core.customers import place
from pao_core.filters import Filters
from pao_core.locale import N_
from pao_core.saas import subscribed
from pao_core.store.sql import by_code_point

NAME = "subscriptions"
RIGHT = REPORTING_VIEW
TITLE = N_("Subscriptions")
DEFINITION = N_(
    "Subscriptions of one customer that are yours or were sold through you. Used is the quantity of the last period of use up to today, "
    "against what is entitled; overage is that of the periods that began in the twelve months up to today, suppressed or not."
)
COLUMNS = subscribed.columns(
    "fulfillment_status", "subscription_number", "part_description", "entitled_quantity", "used_quantity", "used_share", "overage_12_months", "start",
    "end", "billing", "renewal_type", "ordered_on", "provisioned_on", "site_number", "part_number", "order_number", "reseller_site_number",
)
MEASURES: tuple[str, ...] = ()
BY: tuple[str, ...] = ()
SORTS = {"detail": "-start"}
KEYS = subscribed.KEYS


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
    rows = subscribed.with_use(viewer, place.at(viewer.subscriptions(), filters, subscribed.ROW), today)
    return subscribed.described(viewer, Filters(), rows, [column.name for column in COLUMNS], {})


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
    held = place.at(viewer.subscriptions(), filters, subscribed.ROW)
    there = select(held.c.subscription_number).where(held.c.reseller_site_number == reseller, held.c.subscription_number == number)
    mine = (rows.c.reseller_site_number == reseller, rows.c.subscription_number == number, there.exists())
    return select(rows).where(*mine).subquery("of_subscription")
