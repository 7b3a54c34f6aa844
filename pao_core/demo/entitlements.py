"""The rows of `entitlements`: what is covered now, soon or until lately, summed by site, part and first day of coverage."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pao_core.demo import chance
from pao_core.demo.book import Book
from pao_core.demo.contracts import Trade
from pao_core.demo.customers import RESELLERS
from pao_core.demo.days import dates
from pao_core.demo.tables import Rows, groups, slices, thousandths, where, words

KINDS = ("purchased", "renewed", "allocated", "future")
FUTURE = KINDS.index("future")
COUNTED, OVERDEPLOYED, MOST_OVER = 0.7, 0.06, 0.4  # share with a count of what is deployed, and of those above what is entitled
LEAST_DEPLOYED = 0.45
PART_BITS, DAY_BITS = 13, 16  # of a key; days from 1970 to 2149


def table(trade: Trade, book: Book) -> Rows:
    """Sorted by reseller, site and part, as text sorts them."""
    covers, customers = book.covers, trade.customers
    by_site, by_part = (np.argsort(np.argsort(np.array(names))) for names in (customers.site_numbers, trade.parts.numbers))
    key = book.reseller[covers.contract].astype(np.int64) * len(by_site) + by_site[covers.site]
    key = (key << PART_BITS | by_part[covers.part]) << DAY_BITS | covers.start
    place = np.argsort(key, kind="stable").astype(np.int32)
    first, _group = groups(key[place])
    quantity = np.add.reduceat(covers.quantity[place].astype(np.int64), first)
    end = np.maximum.reduceat(covers.end[place], first)
    for rows in slices(len(first)):
        some = covers.take(place[first[rows]])
        running = (some.start <= trade.today) & (end[rows] >= trade.today)
        counted = running & (chance.share(trade.seed, "counted", key[place[first[rows]]]) < COUNTED)
        yield pa.table({
            "reseller_site_number": words([number for number, *_rest in RESELLERS], book.reseller[some.contract]),
            "site_number": words(customers.site_numbers, some.site),
            "part_number": words(trade.parts.numbers, some.part),
            "coverage_start": dates(some.start),
            "quantity": thousandths(quantity[rows]),
            "kind": words(KINDS, np.where(some.start > trade.today, FUTURE, some.kind)),
            "coverage_end": dates(end[rows]),
            "deployed_quantity": where(counted, thousandths(_deployed(trade, key[place[first[rows]]], quantity[rows]))),
        })


def _deployed(trade: Trade, key: np.ndarray, quantity: np.ndarray) -> np.ndarray:
    draw = chance.share(trade.seed, "deployed", key)
    over = chance.share(trade.seed, "over", key) < OVERDEPLOYED
    within = np.minimum(LEAST_DEPLOYED + (1 - LEAST_DEPLOYED) * 1.25 * draw, 1.0)  # a fifth uses all
    deployed: np.ndarray = np.where(over, quantity + np.maximum(np.rint(quantity * MOST_OVER * draw), 1), np.rint(quantity * within))
    return deployed.astype(np.int64)
