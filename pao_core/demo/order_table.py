"""The rows of `orders`: lines grouped into orders, numbered by each reseller, with their papers and statuses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pao_core.demo import chance
from pao_core.demo.book import Book
from pao_core.demo.contracts import Trade
from pao_core.demo.customers import RESELLERS
from pao_core.demo.days import dates, month_of
from pao_core.demo.life import ORDER_TYPES
from pao_core.demo.markets import DECIMALS, MARKETS
from pao_core.demo.quotes import ACCOUNT_BITS, DUE_BITS, PART_BITS, Quotes
from pao_core.demo.tables import Rows, amounts, groups, numbered, numbers, slices, thousandths, where, words

FIRST_ORDER = 1_000_001
BY_YEAR = 1  # the reseller that numbers its orders within the year's name
HEADS = ("PO-", "OC ", "ENC-")
LEAST_PO, MOST_PO = 10_000, 999_999
SHIPPED_ABROAD, HAS_PO, HAS_QUOTE = 0.01, 0.7, 0.9
SETTLED_DAYS, UNDERWAY_DAYS = 25, 6
STATUSES = ("cancelled", "invoiced", "fulfilled", "accepted", "submitted")
CANCELLED, INVOICED, FULFILLED, ACCEPTED, SUBMITTED = range(5)
DAY_BITS = 11


@dataclass(frozen=True)
class Orders:
    """The lines of a book in the order of the table: `place` of each, its order, and where each order begins."""

    place: np.ndarray
    first: np.ndarray
    order: np.ndarray
    reseller: np.ndarray  # by order
    day: np.ndarray  # by order
    begins: np.ndarray  # by reseller: its first order

    def numbers(self, orders: np.ndarray) -> pa.Array:
        """The numbers of orders. Each reseller counts by date in its own way; two use the same numbers for different orders."""
        seller = self.reseller[orders]
        running = orders - self.begins[seller]
        years = pc.cast(pa.array(month_of(self.day[orders]) // 12 + 1970), pa.string())
        within = pc.binary_join_element_wise(years, numbers("", running + 1, 6), "-")
        return pc.if_else(pa.array(seller == BY_YEAR), within, numbers("", FIRST_ORDER + running))

    def first_of(self, book: Book, contracts: np.ndarray) -> pa.Array:
        """The numbers of the orders that contracts began with; null where that order is older than the orders are."""
        began = np.full(len(book.reseller), -1, dtype=np.int64)
        begins = book.lines.first[self.place]
        began[book.lines.contract[self.place[begins]]] = self.order[begins]
        order = began[contracts]
        return where(order >= 0, self.numbers(np.maximum(order, 0)))


def grouped(trade: Trade, book: Book, quotes: Quotes) -> Orders:
    """Lines of one reseller, day, site, type and quote are one order; returns and what is cancelled are orders of their own."""
    lines = book.lines
    reseller = book.reseller[lines.contract]
    key = reseller.astype(np.int64) << DAY_BITS | (lines.day - trade.orders_from)
    key = (key << ACCOUNT_BITS | lines.site) << 4 | lines.type << 2 | (lines.quantity < 0) << 1 | lines.called_off
    key = (key << DUE_BITS | lines.due) << PART_BITS | np.where(lines.due > 0, quotes.part(lines.site, lines.contract), 0)
    place = np.argsort(key, kind="stable").astype(np.int32)
    first, order = groups(key[place])
    begins = place[first]
    seller = reseller[begins]
    return Orders(place, first, order, seller, lines.day[begins], np.searchsorted(seller, np.arange(len(RESELLERS))))


def table(trade: Trade, book: Book, quotes: Quotes, orders: Orders) -> Rows:
    """The rows of `orders`, by reseller and order."""
    customers = trade.customers
    line_number = numbered(orders.first, orders.order).astype(np.int32)
    for rows in slices(len(orders.place)):
        some, order = book.lines.take(orders.place[rows]), orders.order[rows]
        reseller, market = book.reseller[some.contract], customers.site_market[some.site]
        quote = quotes.key(reseller, some.site, some.due, some.contract)
        named = (some.due > 0) & (chance.share(trade.seed, "named", quote) < HAS_QUOTE)
        abroad, draw = chance.share(trade.seed, "abroad", order), chance.share(trade.seed, "number", order)
        elsewhere = np.floor(len(MARKETS) * draw).astype(np.int64)
        papers = numbers("", LEAST_PO + np.floor((MOST_PO - LEAST_PO) * draw).astype(np.int64))
        yield pa.table({
            "reseller_site_number": words([number for number, *_rest in RESELLERS], reseller),
            "order_number": orders.numbers(order),
            "line_number": line_number[rows],
            "order_date": dates(some.day),
            "order_type": words(ORDER_TYPES, some.type),
            "site_number": words(customers.site_numbers, some.site),
            "country": words([place.country for place in MARKETS], np.where(abroad < SHIPPED_ABROAD, elsewhere, market)),
            "part_number": words(trade.parts.numbers, some.part),
            "quantity": thousandths(some.quantity),
            "unit_price": some.price,
            "currency": words([place.currency for place in MARKETS], market),
            "amount": amounts(some.quantity, some.price, DECIMALS[market]),
            "po_number": where(chance.share(trade.seed, "po", order) < HAS_PO,
                               pc.binary_join_element_wise(words(HEADS, reseller), papers, "")),
            "quote_number": where(named, quotes.numbers(np.where(named, quote, quotes.keys[0]))),
            "coverage_start": dates(some.start),
            "coverage_end": dates(some.end),
            "status": words(STATUSES, _status(trade, order, some.day, some.called_off)),
        })


def _status(trade: Trade, order: np.ndarray, day: np.ndarray, called_off: np.ndarray) -> np.ndarray:
    age, draw = trade.today - day, chance.share(trade.seed, "status", order)
    return np.select([called_off, age > SETTLED_DAYS, age > UNDERWAY_DAYS],
                     [CANCELLED, INVOICED, np.where(draw < 0.5, INVOICED, FULFILLED)], np.where(draw < 0.3, SUBMITTED, ACCEPTED))
