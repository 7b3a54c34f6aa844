"""What to know before a call: what is overdue, due next or expired, which prices come, what has no support, what waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from pao_core.access import Viewer
from pao_core.access.rights import PRICES_DOWNLOAD
from pao_core.customers import dealings
from pao_core.customers.customer import Customer
from pao_core.customers.dealings import Dealings, Quote
from pao_core.customers.inventory import Coverage, Product
from pao_core.filters import Filters
from pao_core.prices.effect import Effect, effects

AWAITING_FORM, SUSPENDED = "awaiting_form", "suspended"


@dataclass(frozen=True)
class Briefing:
    """`overdue` and `expired` are open quotes, the oldest first, `next_due` those of the next due date from today on; `price_changes`
    is empty for who may not see prices. The products are those of the coverage, the two counts are of subscriptions."""

    overdue: tuple[Quote, ...]
    next_due: tuple[Quote, ...]
    expired: tuple[Quote, ...]
    price_changes: tuple[Effect, ...]
    lapsed: tuple[Product, ...]
    over_deployed: tuple[Product, ...]
    awaiting_form: int
    suspended: int


def brief(
    viewer: Viewer, customer: Customer, filters: Filters, done: Dealings, coverage: Coverage, services: Mapping[str, int], today: date,
) -> Briefing:
    """What is true of the customer today; `filters` find its rows, the rest has been told of them: its dealings, its inventory's coverage,
    its subscriptions by fulfillment status."""
    quotes = done.quotes
    ahead = [quote for quote in quotes if quote.due_date >= today]
    return Briefing(
        overdue=tuple(quote for quote in quotes if quote.due_date < today),
        next_due=tuple(quote for quote in ahead if quote.due_date == ahead[0].due_date),
        expired=tuple(quote for quote in quotes if quote.expires and quote.expires < today),
        price_changes=_price_changes(viewer, customer, filters, today), lapsed=coverage.lapsed, over_deployed=coverage.over_deployed,
        awaiting_form=services.get(AWAITING_FORM, 0), suspended=services.get(SUSPENDED, 0),
    )


def _price_changes(viewer: Viewer, customer: Customer, filters: Filters, today: date) -> tuple[Effect, ...]:
    level = customer.agreement.price_level if customer.agreement else None
    if level is None or not viewer.may(PRICES_DOWNLOAD):
        return ()
    return tuple(effects(viewer, dealings.priced_lines(viewer, filters, level), today))
