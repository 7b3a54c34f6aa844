"""What sites buy: deals by season and growth, and their contracts.

A *deal* is what a site buys from a reseller in one go, a *contract* one part of it. PA renews licences at the agreement's
anniversary, everything else at the contract's own date (domain.md 2.2, 2.4). A licence's first coverage runs to the first
anniversary that is far enough ahead and is not prorated: that, and every probability here, is ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import numpy as np

from pao_core.demo.columns import Columns
from pao_core.demo.customers import Customers
from pao_core.demo.days import NO_DAY, after_term, co_termed, day_of, first_day, month_of, weekday, year_after
from pao_core.demo.markets import HISTORY_YEARS, YEARS
from pao_core.demo.parts import TERMS, Parts
from pao_core.demo.price_list import PriceList
from pao_core.demo.retention import SEGMENTS
from pao_core.demo.vocabulary import CUSTOMER_TYPES, KINDS

MONTH_WEIGHTS = np.array([0.7, 0.75, 1.3, 0.8, 0.85, 1.4, 0.75, 0.85, 1.3, 0.9, 1.05, 2.0])  # ends of quarter and of year
RUSH, RUSH_DAYS = 2.2, 10  # the last days of a quarter
WEEKEND = 0.02
GROWTH = 0.04  # of business a year
CONTRACTS_PER_DEAL = 1.9
ESTABLISHED = 0.75  # of the customers bought before the orders begin
LEAVING = 0.35  # of the customers buy nothing new from some time on
PERPETUAL, TERM, SAAS, MONTHLY, MEDIA = range(5)
KIND_SHARES = np.array([0.56, 0.14, 0.18, 0.04, 0.08])
TRADED_UP = 0.2  # of the licences that have a trade-up part
SPECIAL_BID, LEAST_OFF, MOST_OFF = 0.15, 0.03, 0.3
RETURNED, CALLED_OFF = 0.015, 0.03
GOES_ON, CANCELLED, HALF_BACK, ALL_BACK = range(4)
READY_DAYS, READY_SPREAD, READY_MOST = 35.0, 0.9, 150  # median days until a service is provisioned


@dataclass(frozen=True)
class Contracts(Columns):
    """What sites bought; places in the customers' sites, the parts' families and the resellers, days as numbers."""

    SMALL: ClassVar = {"reseller": np.int8, "kind": np.int8, "fate": np.int8, "share": np.float64}

    site: np.ndarray
    reseller: np.ndarray
    day: np.ndarray
    kind: np.ndarray
    family: np.ndarray
    quantity: np.ndarray
    first_part: np.ndarray
    next_part: np.ndarray
    share: np.ndarray  # of the list price
    begins: np.ndarray  # day on which the first coverage begins: for a service, when it is provisioned
    due: np.ndarray  # day from which the first renewal covers
    fate: np.ndarray
    back_on: np.ndarray  # day on which some or all of it is returned


@dataclass(frozen=True)
class Trade:
    """What is there before anything is sold: customers with their first days, parts and prices, the seasons."""

    seed: int
    today: int
    customers: Customers
    parts: Parts
    prices: PriceList
    days: np.ndarray  # of the years of deals
    reached: np.ndarray  # share of business up to each day
    start: np.ndarray  # by customer: the share of business before its first day
    until: np.ndarray  # by customer: the share of business before its last deal
    popularity: dict[int, tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]  # by kind: families, weights, first and next parts
    customer_type: np.ndarray  # by customer, place in CUSTOMER_TYPES
    segment: np.ndarray  # by part, place in retention.SEGMENTS; -1 for one that renews nothing

    @property
    def first(self) -> np.ndarray:
        """The day of each customer's first order."""
        return self.days[np.searchsorted(self.reached, self.start)]

    @property
    def orders_from(self) -> int:
        """The first day of which there are orders."""
        return self.today - YEARS * 365 + 1

    @classmethod
    def opened(cls, rng: np.random.Generator, seed: int, today: date, customers: Customers, parts: Parts, prices: PriceList) -> Trade:
        """Draw what never changes."""
        now = day_of(today)
        days = np.arange(now - HISTORY_YEARS * 365, now + 1)
        month = month_of(days)
        rush = np.where((month % 3 == 2) & (first_day(month + 1) - days <= RUSH_DAYS), RUSH, 1.0)
        growth = (1 + GROWTH) ** (np.arange(len(days)) / 365)
        weights = MONTH_WEIGHTS[month % 12] * rush * np.where(weekday(days) > 4, WEEKEND, 1.0) * growth
        reached = np.cumsum(weights / weights.sum())
        before = reached[-YEARS * 365]  # the share of business that is older than the orders
        count = len(customers.names)
        start = np.where(rng.random(count) < ESTABLISHED, before * rng.random(count) ** 2, rng.uniform(before, 0.97, count))
        until = np.where(rng.random(count) < LEAVING, rng.uniform(start, 1.0), 1.0)
        types = np.array([CUSTOMER_TYPES.index(name) for name in KINDS])[customers.pattern]
        segment = np.array([SEGMENTS.index(kind) if (kind := str(row["part_type"])) in SEGMENTS else -1 for row in parts.rows])
        return cls(seed, now, customers, parts, prices, days, reached, start, until, _popularity(rng, parts), types, segment)


def _popularity(rng: np.random.Generator, parts: Parts) -> dict[int, tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """By kind the families sold so with their weights, and of each the part first bought and the part that renews it."""
    term = np.max([parts.of(name) for name in TERMS], axis=0)
    pairs = {PERPETUAL: (parts.of("license"), parts.of("renewal")), TERM: (term, term), SAAS: (parts.of("saas"),) * 2,
             MONTHLY: (parts.of("monthly"),) * 2, MEDIA: (parts.of("media"),) * 2}
    found = {}
    for kind, (buys, renews) in pairs.items():
        sold = np.flatnonzero((buys >= 0) & (renews >= 0))
        found[kind] = sold, 1 / (rng.permutation(len(sold)) + 2.0), buys[sold], renews[sold]
    return found


def signed(rng: np.random.Generator, trade: Trade, first_deal: int, deals: int) -> Contracts:
    """The contracts of so many deals from the `first_deal`th on. The first deals of all are one for each site, in order."""
    customers = trade.customers
    sites = len(customers.site_numbers)
    number = np.arange(first_deal, first_deal + deals)
    drawn = rng.choice(sites, size=deals, p=customers.site_weight / customers.site_weight.sum())
    site = np.where(number < sites, number, drawn)
    owner = customers.site_customer[site]
    later = rng.random(deals)
    later[(number < sites) & customers.site_first[np.minimum(number, sites - 1)]] = 0  # the customer's first order
    start = trade.start[owner]
    place = np.searchsorted(trade.reached, start + later * (trade.until[owner] - start))
    day = trade.days[np.minimum(place, len(trade.days) - 1)]
    draw = rng.random(deals)
    reseller = (draw[:, None] > np.cumsum(customers.site_resellers, axis=1)[site][:, :-1]).sum(axis=1)
    called_off = rng.random(deals) < CALLED_OFF
    deal = np.repeat(np.arange(deals), rng.geometric(1 / CONTRACTS_PER_DEAL, size=deals))
    return _contracts(rng, trade, site[deal], reseller[deal], day[deal], called_off[deal])


def _contracts(
    rng: np.random.Generator, trade: Trade, site: np.ndarray, reseller: np.ndarray, day: np.ndarray, called_off: np.ndarray,
) -> Contracts:
    count = len(site)
    customers = trade.customers
    kind = rng.choice(len(KIND_SHARES), size=count, p=KIND_SHARES)
    family, first, following = _families(rng, trade, kind)
    larger = np.clip(customers.site_weight / customers.site_weight.mean(), 0.5, 12)[site] ** 0.5
    licences = np.maximum(np.rint(np.array(trade.parts.usual)[family] * larger * rng.lognormal(-0.3, 0.8, count)), 1)
    quantity = np.where(kind == MEDIA, rng.integers(1, 5, size=count), licences).astype(np.int64)
    share = np.where(rng.random(count) < SPECIAL_BID, 1 - rng.uniform(LEAST_OFF, MOST_OFF, count), 1.0)
    ready = day + np.minimum(np.rint(READY_DAYS * rng.lognormal(0, READY_SPREAD, count)), READY_MOST).astype(np.int64)
    begins = np.where(kind == SAAS, ready, day)
    owner = customers.site_customer[site]
    anniversary = after_term(trade.first)[owner]
    due = np.select([kind == TERM, (kind == PERPETUAL) & customers.in_pa[owner]], [year_after(day), co_termed(anniversary, day)],
                    after_term(begins))
    draw = rng.random(count)
    back = np.where(draw < RETURNED / 2, HALF_BACK, np.where(draw < RETURNED, ALL_BACK, GOES_ON))
    back_on = day + rng.integers(4, 40, size=count)
    comes_back = (kind != MONTHLY) & (back != GOES_ON) & (back_on <= trade.today)
    fate = np.select([called_off, comes_back], [CANCELLED, back], GOES_ON)
    return Contracts(site, reseller, day, kind, family, quantity, first, following, share, begins, due, fate,
                     np.where(comes_back & ~called_off, back_on, NO_DAY))


def _families(rng: np.random.Generator, trade: Trade, kind: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each contract a family that is sold so, the part first bought and the part that renews it."""
    family, first, following = (np.zeros(len(kind), dtype=np.int64) for _ in range(3))
    for which, (sold, weights, buys, renews) in trade.popularity.items():
        places = np.flatnonzero(kind == which)
        chosen = rng.choice(len(sold), size=len(places), p=weights / weights.sum())
        family[places], first[places], following[places] = sold[chosen], buys[chosen], renews[chosen]
    traded = trade.parts.of("trade_up")[family]
    swaps = (kind == PERPETUAL) & (traded >= 0) & (rng.random(len(kind)) < TRADED_UP)
    return family, np.where(swaps, traded, first), following


