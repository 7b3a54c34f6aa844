"""The rows of `subscriptions`, of their `usage` by month, and of the forms behind them (`provisioning`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pao_core.demo import chance
from pao_core.demo.book import Book
from pao_core.demo.contacts import People
from pao_core.demo.contracts import Trade
from pao_core.demo.customers import RESELLERS
from pao_core.demo.days import NO_DAY, dates, first_day
from pao_core.demo.order_table import Orders
from pao_core.demo.services import AWAITING_FORM, BILLED, BILLINGS, ORDERED, REASONS, RENEWAL_TYPES, STATUSES
from pao_core.demo.tables import Rows, numbers, slices, thousandths, where, words

FIRST_SUBSCRIPTION = 100_001
FORMS_DAYS = 365  # how long a form is kept after the order
# What a form asks: whether it must be answered, and the answers. Which fields real forms have is not public (domain.md 7): ours.
FORM = (
    ("Administrator e-mail", True, None), ("Data centre", True, ("São Paulo", "Dallas", "Frankfurt", "Madrid")),
    ("Tenant name", True, None), ("Single sign-on", False, ("SAML", "OIDC", "None")), ("Technical contact", False, None),
)
ADMINISTRATOR, TENANT, TECHNICAL = 0, 2, 4
LEFT_OUT = 0.4  # share of the optional elements without a value
LATEST_ANSWER = 0.7  # of the time until a service is provisioned
ANSWERED = 0.5  # share of a form's required elements that have a value while the form is awaited; the administrator's never


@dataclass(frozen=True)
class Subscribed:
    """The subscriptions in the order of the table: `place` of each in the book, and its number within its reseller."""

    place: np.ndarray
    reseller: np.ndarray
    running: np.ndarray
    of_contract: np.ndarray  # by contract: the place in the table, -1 without one

    def numbers(self, places: np.ndarray) -> pa.Array:
        """The subscription numbers at places of the table."""
        return numbers("SUB-", FIRST_SUBSCRIPTION + self.running[places])


def arranged(book: Book) -> Subscribed:
    """By reseller, then by date of order."""
    found = book.subscriptions
    reseller = book.reseller[found.contract]
    place = np.lexsort((found.contract, found.ordered_on, reseller))
    begins = np.searchsorted(reseller[place], np.arange(len(RESELLERS)))
    of_contract = np.full(len(book.reseller), -1, dtype=np.int32)
    of_contract[found.contract[place]] = np.arange(len(place))
    return Subscribed(place, reseller[place], np.arange(len(place)) - begins[reseller[place]], of_contract)


def subscriptions(trade: Trade, book: Book, subscribed: Subscribed, orders: Orders) -> Rows:
    """The rows of `subscriptions`, by reseller and number."""
    everyone = np.arange(len(subscribed.place))
    for rows in slices(len(everyone)):
        some = book.subscriptions.take(subscribed.place[rows])
        yield pa.table({
            "reseller_site_number": words([number for number, *_rest in RESELLERS], subscribed.reseller[rows]),
            "subscription_number": subscribed.numbers(everyone[rows]),
            "site_number": words(trade.customers.site_numbers, some.site),
            "part_number": words(trade.parts.numbers, some.part),
            "order_number": orders.first_of(book, some.contract),
            "ordered_on": dates(some.ordered_on), "provisioned_on": dates(some.provisioned_on),
            "start": dates(some.start), "end": dates(some.end),
            "entitled_quantity": thousandths(some.quantity),
            "billing": words(BILLINGS, some.billing), "renewal_type": words(RENEWAL_TYPES, some.renews),
            "fulfillment_status": words(STATUSES, some.status),
        })


def usage(book: Book, subscribed: Subscribed) -> Rows:
    """The rows of `usage`, by reseller, subscription and month."""
    used = book.usage
    holder = subscribed.of_contract[used.contract]
    order = np.lexsort((used.month, holder))
    order = order[holder[order] >= 0]
    for rows in slices(len(order)):
        some, at = used.take(order[rows]), holder[order[rows]]
        suppressed = some.reason != BILLED
        yield pa.table({
            "reseller_site_number": words([number for number, *_rest in RESELLERS], subscribed.reseller[at]),
            "subscription_number": subscribed.numbers(at),
            "period_start": dates(first_day(some.month)), "period_end": dates(first_day(some.month + 1) - 1),
            "used_quantity": thousandths(some.used), "overage_quantity": thousandths(some.overage),
            "suppressed": suppressed, "suppression_reason": words((*REASONS, None), some.reason),
        })


def provisioning(trade: Trade, book: Book, subscribed: Subscribed, people: People) -> Rows:
    """The rows of `provisioning`: the forms of the services ordered within a year, an element a row."""
    everyone = np.arange(len(subscribed.place))
    found = book.subscriptions.take(subscribed.place)
    asked = np.flatnonzero(found.service & (found.ordered_on > trade.today - FORMS_DAYS) & (found.status != ORDERED))
    names = np.array([name for name, *_rest in FORM])
    by_name = np.argsort(names)
    must = np.array([required for _name, required, _choices in FORM])
    for rows in slices(len(asked) * len(FORM)):
        number = np.arange(rows.start, rows.stop)
        at, element = asked[number // len(FORM)], by_name[number % len(FORM)]
        some = found.take(at)
        waits = some.status == AWAITING_FORM
        draw = chance.share(trade.seed, "element", some.contract, element)
        answered = np.where(waits, (element != ADMINISTRATOR) & (draw < ANSWERED), must[element] | (draw >= LEFT_OUT))
        until = np.where(some.provisioned_on == NO_DAY, trade.today, some.provisioned_on)
        submitted = some.ordered_on + np.floor((until - some.ordered_on) * draw * LATEST_ANSWER).astype(np.int64)
        yield pa.table({
            "reseller_site_number": words([number for number, *_rest in RESELLERS], subscribed.reseller[at]),
            "subscription_number": subscribed.numbers(everyone[at]),
            "element": words(names.tolist(), element), "required": must[element],
            "value": where(answered, _answers(trade, people, some.site, some.contract, element)),
            "submitted_on": dates(np.where(answered, submitted, NO_DAY)),
            "submitted_by": where(answered, people.names_at(some.site)),
        })


def _answers(trade: Trade, people: People, site: np.ndarray, contract: np.ndarray, element: np.ndarray) -> pa.Array:
    """The value of each element, were it answered."""
    draw = chance.share(trade.seed, "answer", contract, element)
    answers = pc.if_else(pa.array(element == TENANT), pc.binary_join_element_wise("tenant-", people.domains_at(site), ""), people.names_at(site))
    answers = pc.if_else(pa.array(element == ADMINISTRATOR), people.emails_at(site), answers)
    for place, (_name, _must, choices) in enumerate(FORM):
        if choices:
            answers = pc.if_else(pa.array(element == place), words(choices, np.floor(draw * len(choices)).astype(np.int64)), answers)
    return answers
