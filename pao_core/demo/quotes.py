"""Renewal quotes: what falls due together for a customer in a country, by its reseller; a great deal of it in several."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pao_core.demo import chance
from pao_core.demo.book import Book
from pao_core.demo.contracts import Trade
from pao_core.demo.customers import RESELLERS
from pao_core.demo.days import NO_DAY, dates, year_after
from pao_core.demo.life import STATUSES
from pao_core.demo.markets import DECIMALS, MARKETS
from pao_core.demo.tables import Rows, amounts, groups, numbered, numbers, slices, thousandths, where, words

FIRST_QUOTE = 10_000_001
CONTRACTS_A_QUOTE = 150  # about, at most
DUE_BITS, ACCOUNT_BITS, PART_BITS = 16, 20, 10  # of a key; days from 1970 to 2149
# When quotes expire, in days after the due date, with their shares; NO_DAY is no expiry known. All ours.
EXPIRES, EXPIRES_SHARES = np.array([0, 30, -10, NO_DAY]), np.array([0.5, 0.3, 0.12, 0.08])
QUOTED_AHEAD_DAYS, QUOTED_EARLY = 100, 0.15  # what is due later has no quote with an expiry yet, but for a share


@dataclass(frozen=True)
class Quotes:
    """Which quote each line belongs to."""

    account: np.ndarray  # by site: the first site of the same customer in the same country
    parts: np.ndarray  # by site: over how many quotes its account's lines are spread
    keys: np.ndarray  # of all quotes, in order
    begins: np.ndarray  # by reseller: the place of its first key

    def numbers(self, keys: np.ndarray) -> pa.Array:
        """The quote numbers of keys: each reseller counts its own quotes, by due date."""
        reseller = keys >> (DUE_BITS + ACCOUNT_BITS + PART_BITS)
        return numbers("Q", FIRST_QUOTE + np.searchsorted(self.keys, keys) - self.begins[reseller])

    def key(self, reseller: np.ndarray, site: np.ndarray, due: np.ndarray, contract: np.ndarray) -> np.ndarray:
        """The key of the quote that covers a contract when it falls due."""
        key = (reseller.astype(np.int64) << DUE_BITS | due) << ACCOUNT_BITS | self.account[site]
        whole: np.ndarray = key << PART_BITS | self.part(site, contract)
        return whole

    def part(self, site: np.ndarray, contract: np.ndarray) -> np.ndarray:
        """Which of its account's quotes takes a contract."""
        part: np.ndarray = contract % self.parts[site]
        return part


def of(trade: Trade, book: Book) -> Quotes:
    """The quotes behind the quote lines and the orders of a book."""
    customers, lines, quoted = trade.customers, book.lines.take(book.lines.due > 0), book.quotes
    pair = customers.site_customer * len(MARKETS) + customers.site_market
    _pairs, first, place = np.unique(pair, return_index=True, return_inverse=True)
    weight = np.bincount(place, weights=customers.site_weight) / customers.site_weight.sum()
    parts = np.clip(np.rint(weight * len(book.reseller) / CONTRACTS_A_QUOTE), 1, 2**PART_BITS).astype(np.int64)
    bare = Quotes(first[place], parts[place], np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    keys = np.union1d(bare.key(book.reseller[lines.contract], lines.site, lines.due, lines.contract),
                      bare.key(book.reseller[quoted.contract], quoted.site, quoted.due, quoted.contract))
    begins = np.searchsorted(keys, np.arange(len(RESELLERS)) << (DUE_BITS + ACCOUNT_BITS + PART_BITS))
    return Quotes(bare.account, bare.parts, keys, begins)


def table(trade: Trade, book: Book, quotes: Quotes) -> Rows:
    """The rows of `renewals`, by reseller and quote."""
    lines, customers = book.quotes, trade.customers
    keys = quotes.key(book.reseller[lines.contract], lines.site, lines.due, lines.contract)
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    first, group = groups(keys)
    line_number = numbered(first, group)
    for rows in slices(len(order)):
        some = lines.take(order[rows])
        market = customers.site_market[some.site]
        yield pa.table({
            "reseller_site_number": words([number for number, *_rest in RESELLERS], book.reseller[some.contract]),
            "quote_number": quotes.numbers(keys[rows]),
            "line_number": line_number[rows],
            "site_number": words(customers.site_numbers, some.site),
            "part_number": words(trade.parts.numbers, some.part),
            "quantity": thousandths(some.quantity),
            "unit_price": some.price,
            "currency": words([place.currency for place in MARKETS], market),
            "amount": amounts(some.quantity, some.price, DECIMALS[market]),
            "coverage_start": dates(some.due),
            "coverage_end": dates(year_after(some.due) - 1),
            "due_date": dates(some.due),
            "quote_expires": dates(_expires(trade, keys[rows], some.due)),
            "status": words(STATUSES, some.status),
            "renewed_on": dates(some.renewed_on),
            "prior_unit_price": where(some.prior > 0, pa.array(some.prior)),
        })


def _expires(trade: Trade, keys: np.ndarray, due_day: np.ndarray) -> np.ndarray:
    after = EXPIRES[chance.picked(chance.share(trade.seed, "expires", keys), EXPIRES_SHARES)]
    made_out = (due_day <= trade.today + QUOTED_AHEAD_DAYS) | (chance.share(trade.seed, "early", keys) < QUOTED_EARLY)
    return np.where(made_out & (after != NO_DAY), due_day + after, NO_DAY)
