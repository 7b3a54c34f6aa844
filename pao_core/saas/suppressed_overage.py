"""SaaS > Suppressed overage: what was used beyond the entitlement and not billed, why, and what it would have cost."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Subquery, Text, and_, case, cast, func, literal, null, select, type_coerce

from pao_core import columns as usual
from pao_core import exchange
from pao_core.access import Viewer
from pao_core.access.rights import PRICES_DOWNLOAD, REPORTING_VIEW
from pao_core.filters import Filters
from pao_core.locale import N_
from pao_core.money import UNIT_PRICE_DECIMALS
from pao_core.prices import statements
from pao_core.report import Column
from pao_core.saas import subscribed
from pao_core.store.sql import count_distinct, line_amount, month, ratio, total
from pao_core.store.types import Minor, Scaled

NAME = "suppressed-overage"
RIGHT = REPORTING_VIEW
TITLE = N_("Suppressed overage")
DEFINITION = N_(
    "Periods of use of your subscriptions, and of those sold through you, with an overage above zero that was suppressed: used beyond the "
    "entitlement and not billed. What the vendor suppresses, and why, is not published: quantity and reason are the ones that were loaded. "
    "The amount is what the overage would have cost: overage quantity x list price of the overage part in the site's country, at the "
    "agreement's level, in force on the last day of the period (of several currencies there the first by its code), rounded once per period to the "
    "currency's decimals. A period for which no such price is known is counted apart, without a currency and an amount. Country is the site's; From "
    "and To act on the last day of the period, both days included; status is the subscription's fulfillment status. With one reporting "
    "currency, each amount is converted by the rate of that day, or the last one before; a period without a rate is counted apart, in its "
    "own currency."
)
NEEDS = ("subscriptions", "usage")
COLUMNS = (
    Column("month", N_("Month"), "month", N_("Of the last day of the period")),
    Column("suppression_reason", N_("Reason for the suppression")),
    Column("period_start", N_("From"), "date"),
    Column("period_end", N_("To"), "date"),
    *subscribed.columns("subscription", "subscription_number", "customer", "customer_name", "part", "part_description", "entitled_quantity"),
    Column("used_quantity", N_("Used"), "quantity", N_("In the period")),
    Column("overage_quantity", N_("Overage"), "quantity"),
    Column("overage_share", N_("Overage against entitled"), "percent"),
    Column("overage_part", N_("Overage part"), "code"),
    Column("overage_price", N_("Price of the overage"), "overage_price"),
    Column("unit_price", N_("Unit price"), "unit_price", N_("List price on the last day of the period")),
    usual.CURRENCY,
    *subscribed.columns("subscriptions", "customers"),
    Column("lines", N_("Periods"), "integer"),
    Column("amount", N_("Would have cost"), "money"),
    *subscribed.columns(
        "agreement", "agreement_number", "site", "site_number", "site_name", "country", "program", "price_level", "reseller_site_number", "reseller",
        "part_number", "product_group", "charge_metric", "fulfillment_status", "order_number", "start", "end"),
    *exchange.COLUMNS,
)
BY = ("month", "suppression_reason", "overage_price", "subscription", *subscribed.BY)
MEASURES = ("subscriptions", "customers", "lines", "overage_quantity", "amount")
SORTS = {"summary": "-lines", "detail": "-period_end"}
KEYS = (*subscribed.KEYS, "period_start")
PERIOD = ("period_start", "period_end", "used_quantity", "overage_quantity", "suppressed", "suppression_reason")
OWN = ("unit_price", "currency", "amount")
DETAIL = (
    "period_start", "period_end", "suppression_reason", "subscription_number", "customer", "customer_name", "part_description", "entitled_quantity",
    "used_quantity", "overage_quantity", "overage_share", "overage_part", "overage_price", "unit_price", "currency", "amount", "agreement_number",
    "site_number", "site_name", "country", "program", "price_level", "reseller_site_number", "part_number", "product_group", "charge_metric",
    "fulfillment_status", "order_number", "start", "end",
)
# What a price is looked up by, and the column that says it.
PRICED_BY = {"part_number": "overage_part", "country": "country", "price_level": "price_level", "day": "period_end"}
# Whether a price is known, and what it lacks.
LISTED, NO_RIGHT, NO_PART, NO_LEVEL, UNLISTED = "listed", "no_right", "no_part", "no_level", "unlisted"


def summary(viewer: Viewer, filters: Filters, by: tuple[str, ...], today: date, measures: tuple[str, ...] = MEASURES) -> Select[Any]:
    """Subscriptions, customers, periods, overage quantity and what it would have cost, for each value of `by` and currency."""
    asked = {*by, *subscribed.beside(by), *subscribed.KEYS, "customer", "overage_quantity", "currency", "amount"}
    found = _found(viewer, filters, today, asked)
    # Periods without a price stand by themselves: what they would have cost is not known, rather than nothing.
    amount = func.sum(found.c.amount, type_=found.c.amount.type)
    measured = {
        "subscriptions": count_distinct(*(found.c[key] for key in subscribed.KEYS)), "customers": count_distinct(found.c.customer),
        "lines": func.count(), "overage_quantity": total(found.c.overage_quantity), "amount": amount,
    }
    return subscribed.summed(found, (*by, "currency"), [measured[name].label(name) for name in measures])


def detail(viewer: Viewer, filters: Filters, today: date) -> Select[Any]:
    """The periods themselves, with their subscription, customer and price."""
    found = _found(viewer, filters, today, DETAIL)
    own = (exchange.of_line(found, name) if name in OWN else found.c[name] for name in DETAIL)
    return select(*own, *exchange.beside(found))


def _found(viewer: Viewer, filters: Filters, today: date, names: Collection[str]) -> FromClause:
    periods = subscribed.under(viewer, viewer.usage(), PERIOD)
    rows = subscribed.matching(viewer, filters, periods, "period_end", periods.c.suppressed.is_(True), periods.c.overage_quantity > 0)
    wanted = dict.fromkeys([name for name in names if name not in ("overage_price", *OWN)] + [*PRICED_BY.values(), "overage_quantity"])
    found = subscribed.described(viewer, filters, rows, [*wanted], {
        "month": lambda known: month(known["period_end"]),
        "overage_share": lambda known: ratio(known["overage_quantity"], known["entitled_quantity"], subscribed.SHARE_DECIMALS),
    }).subquery("found")
    return exchange.reported(_priced(viewer, found), "period_end", filters.in_currency, today)


def _priced(viewer: Viewer, found: FromClause) -> Subquery:
    """The periods with unit_price and currency of the overage part, the amount, and `overage_price`: whether there is one."""
    if not viewer.may(PRICES_DOWNLOAD):
        none = (cast(null(), Scaled(UNIT_PRICE_DECIMALS)).label("unit_price"), cast(null(), Text).label("currency"),
                cast(null(), Minor).label("amount"))
        return select(found, *none, literal(NO_RIGHT).label("overage_price")).subquery("priced")
    price = statements.on_day(select(*(found.c[name].label(word) for word, name in PRICED_BY.items())))
    same = and_(*(price.c[word] == found.c[name] for word, name in PRICED_BY.items()))
    known: ColumnElement[str] = case(
        (found.c.overage_part.is_(None), NO_PART), (price.c.unit_price.is_not(None), LISTED), (found.c.price_level.is_(None), NO_LEVEL),
        else_=UNLISTED)
    amount = type_coerce(line_amount(found.c.overage_quantity, price.c.unit_price, price.c.currency), Minor)
    return select(found, price.c.unit_price, price.c.currency, amount.label("amount"), known.label("overage_price")).select_from(
        found.outerjoin(price, same)).subquery("priced")
