"""Order lines with the shape of a real book: deals, then their renewals, lapses, reinstatements, returns, month by month.

A *deal* is what a site buys from a reseller in one go, a *contract* one part of it. A contract's lines follow from it:
PA renews at the agreement's anniversary, PA Express and SaaS at the contract's own. A licence's first coverage runs to
the first anniversary at least six months ahead and is not prorated: that, and every probability here, is ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from pao_core.demo.customers import Customers
from pao_core.demo.markets import HISTORY_YEARS, YEARS, first_day, month_of
from pao_core.demo.parts import TERMS, Parts
from pao_core.demo.price_list import PriceList

MONTH_WEIGHTS = np.array([0.7, 0.75, 1.3, 0.8, 0.85, 1.4, 0.75, 0.85, 1.3, 0.9, 1.05, 2.0])  # ends of quarter and of year
GROWTH = 0.12  # of business a year
CONTRACTS_PER_DEAL = 1.9
ESTABLISHED = 0.7  # of the customers bought before the orders begin
PERPETUAL, TERM, SAAS, MONTHLY, MEDIA = range(5)
KIND_SHARES = np.array([0.56, 0.14, 0.18, 0.04, 0.08])
KEPT = np.array([0.9, 0.84, 0.91, 0.0, 0.0])  # share of contracts renewed at each anniversary
LATE, REINSTATED, RETURNED, OVERAGE, SPECIAL_BID = 0.16, 0.15, 0.015, 0.25, 0.15
PURCHASE, RENEWAL, MEDIA_ORDER, SAAS_ORDER = range(4)
ORDER_TYPES = ("purchase", "renewal", "media", "saas")
NONE = np.datetime64("NaT", "D")


@dataclass(frozen=True)
class Contracts:
    """What sites bought, by column; places in the customers' sites, the parts' families and the resellers."""

    site: np.ndarray
    reseller: np.ndarray
    day: np.ndarray
    kind: np.ndarray
    family: np.ndarray
    quantity: np.ndarray
    first_part: np.ndarray
    next_part: np.ndarray
    share: np.ndarray  # of the list price
    due: np.ndarray  # month of the first renewal


@dataclass(frozen=True)
class Lines:
    """Order lines by column; `contract` orders them, `priced` is the day whose price list counts."""

    contract: np.ndarray
    day: np.ndarray
    part: np.ndarray
    quantity: np.ndarray
    type: np.ndarray
    start: np.ndarray
    end: np.ndarray
    priced: np.ndarray

    def take(self, places: np.ndarray) -> Lines:
        """These lines alone."""
        return Lines(*(getattr(self, name)[places] for name in self.__dataclass_fields__))


def contracts(rng: np.random.Generator, deals: int, today: date, customers: Customers, parts: Parts) -> tuple[Contracts, np.ndarray]:
    """The contracts of so many deals (at least one a site), and the day of each customer's first."""
    sites = len(customers.site_numbers)
    weights = customers.site_weight / customers.site_weight.sum()
    site = np.r_[np.arange(sites), rng.choice(sites, size=max(deals - sites, 0), p=weights)]
    day, first = _days(rng, today, site, customers)
    draw = rng.random(len(site))
    reseller = (draw[:, None] > np.cumsum(customers.site_resellers, axis=1)[site][:, :-1]).sum(axis=1)
    size = rng.geometric(1 / CONTRACTS_PER_DEAL, size=len(site))
    deal = np.repeat(np.arange(len(site)), size)
    return _contracts(rng, deal, site, reseller, day, after_term(first), customers, parts), first


def _days(rng: np.random.Generator, today: date, site: np.ndarray, customers: Customers) -> tuple[np.ndarray, np.ndarray]:
    """The day of each deal by season and growth, none before the customer's first; and that first day.

    The first deals are one for each site, in order; a customer's first site has its first deal.
    """
    days = np.arange(np.datetime64(today) - HISTORY_YEARS * 365, np.datetime64(today) + 1)
    weekday = (days.astype(np.int64) + 3) % 7
    month = month_of(days)
    left = (first_day(month + 1) - days).astype(np.int64)
    rush = np.where((month % 3 == 2) & (left <= 10), 2.2, 1.0)
    weights = MONTH_WEIGHTS[month % 12] * rush * np.where(weekday > 4, 0.02, 1.0) * (1 + GROWTH) ** (np.arange(len(days)) / 365)
    reached = np.cumsum(weights / weights.sum())
    before = reached[-YEARS * 365]  # the share of business that is older than the orders
    count = len(customers.names)
    start = np.where(rng.random(count) < ESTABLISHED, rng.uniform(0, before, count), rng.uniform(before, 0.97, count))
    owner = customers.site_customer[site]
    later = rng.random(len(site))
    later[np.flatnonzero(customers.site_first)] = 0
    drawn = np.searchsorted(reached, start[owner] + later * (reached[-1] - start[owner]))
    return days[np.minimum(drawn, len(days) - 1)], days[np.searchsorted(reached, start)]


def after_term(day: np.ndarray) -> np.ndarray:
    """The month that follows twelve full months from a day: the initial term's anniversary (domain.md 2.2)."""
    month = month_of(day)
    following: np.ndarray = month + 12 + (day != first_day(month))
    return following


def _contracts(rng: np.random.Generator, deal: np.ndarray, site: np.ndarray, reseller: np.ndarray, day: np.ndarray,
               anniversary: np.ndarray, customers: Customers, parts: Parts) -> Contracts:
    count = len(deal)
    kind = rng.choice(len(KIND_SHARES), size=count, p=KIND_SHARES)
    family, first, following = _families(rng, kind, parts)
    site_of, day_of = site[deal], day[deal]
    owner = customers.site_customer[site_of]
    usual = np.array(parts.usual)[family]
    larger = np.clip(customers.site_weight / customers.site_weight.mean(), 0.5, 12)[site_of] ** 0.5
    licences = np.maximum(np.rint(usual * larger * rng.lognormal(-0.3, 0.8, count)), 1)
    quantity = np.where(kind == MEDIA, rng.integers(1, 5, size=count), licences)
    bid = np.where(rng.random(count) < SPECIAL_BID, 1 - rng.uniform(0.03, 0.3, count), 1.0)
    own, month = after_term(day_of), month_of(day_of)
    co_termed = anniversary[owner] + 12 * np.ceil((month + 6 - anniversary[owner]) / 12).astype(np.int64)
    coterms = customers.in_pa[owner] & (kind == PERPETUAL)
    return Contracts(site_of, reseller[deal], day_of, kind, family, quantity.astype(np.int64), first, following, bid,
                     np.where(coterms, co_termed, own))


def _families(rng: np.random.Generator, kind: np.ndarray, parts: Parts) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each contract a family that is sold so, the part first bought and the part that renews it."""
    term = np.max([parts.of(name) for name in TERMS], axis=0)
    pairs = {PERPETUAL: (parts.of("license"), parts.of("renewal")), TERM: (term, term), SAAS: (parts.of("saas"),) * 2,
             MONTHLY: (parts.of("monthly"),) * 2, MEDIA: (parts.of("media"),) * 2}
    family, first, following = (np.zeros(len(kind), dtype=np.int64) for _ in range(3))
    for which, (buys, renews) in pairs.items():
        places = np.flatnonzero(kind == which)
        sold = np.flatnonzero((buys >= 0) & (renews >= 0))
        weights = 1 / (rng.permutation(len(sold)) + 2.0)
        family[places] = rng.choice(sold, size=len(places), p=weights / weights.sum())
        first[places], following[places] = buys[family[places]], renews[family[places]]
    traded = parts.of("trade_up")[family]
    swaps = (kind == PERPETUAL) & (traded >= 0) & (rng.random(len(kind)) < 0.2)
    return family, np.where(swaps, traded, first), following


def lines_of(rng: np.random.Generator, bought: Contracts, parts: Parts, today: date) -> Lines:
    """Every line of the last years up to `today` that the contracts bring, in the order of the contracts, then of the days."""
    now = np.datetime64(today)
    pieces = [_first_lines(bought), *_renewals(rng, bought, parts, now), _monthly(rng, bought, now), _overage(rng, bought, parts, now),
              _returns(rng, bought, now)]
    joined = Lines(*(np.concatenate([getattr(piece, name) for piece in pieces]) for name in Lines.__dataclass_fields__))
    joined = joined.take(np.flatnonzero(joined.day > now - YEARS * 365))
    return joined.take(np.lexsort((joined.part, joined.day, joined.contract)))


def _first_lines(bought: Contracts) -> Lines:
    kind = bought.kind
    types = np.select([kind == MEDIA, kind == SAAS], [MEDIA_ORDER, SAAS_ORDER], PURCHASE)
    begins = np.where(kind == SAAS, first_day(month_of(bought.day) + 1), bought.day)
    ends = np.where(kind == MONTHLY, first_day(month_of(bought.day) + 1), first_day(bought.due)) - 1
    covered = kind != MEDIA
    return Lines(np.arange(len(kind)), bought.day, bought.first_part, bought.quantity, types, np.where(covered, begins, NONE),
                 np.where(covered, ends, NONE), bought.day)


def _renewals(rng: np.random.Generator, bought: Contracts, parts: Parts, now: np.datetime64) -> list[Lines]:
    """On time or late at each anniversary while it is kept; once let go, a few come back by reinstatement."""
    count, most = len(bought.site), HISTORY_YEARS + 1
    due = bought.due[:, None] + 12 * np.arange(most)[None, :]
    # A site renews everything that falls due together in one go.
    ahead = rng.integers(2, 85, size=(int(bought.site.max()) + 1, HISTORY_YEARS + 4))
    late = rng.random(ahead.shape) < LATE
    ahead = np.where(late, -rng.integers(1, 30, size=ahead.shape), ahead)
    year = np.clip(due // 12 - (int(month_of(bought.day).min()) // 12), 0, ahead.shape[1] - 1)
    day = first_day(due) - ahead[bought.site[:, None], year]
    day = np.maximum(day, bought.day[:, None] + 1)
    kept = np.cumprod(rng.random((count, most)) < KEPT[bought.kind][:, None], axis=1).astype(bool)
    grows = np.cumprod(rng.choice([1.0, 1.1, 1.25, 0.8], size=(count, most), p=[0.8, 0.09, 0.05, 0.06]), axis=1)
    quantity = np.maximum(np.rint(bought.quantity[:, None] * grows), 1).astype(np.int64)
    who, when = np.nonzero(kept & (day <= now))
    start, end = first_day(due[who, when]), first_day(due[who, when] + 12) - 1
    types = np.where(bought.kind[who] == SAAS, SAAS_ORDER, RENEWAL)
    renewed = Lines(who, day[who, when], bought.next_part[who], quantity[who, when], types, start, end, start)
    return [renewed, _reinstatements(rng, bought, parts, now, due, kept)]


def _reinstatements(
    rng: np.random.Generator, bought: Contracts, parts: Parts, now: np.datetime64, due: np.ndarray, kept: np.ndarray,
) -> Lines:
    part = parts.of("reinstatement")[bought.family]
    lapsed = kept.sum(axis=1)
    month = due[np.arange(len(lapsed)), np.minimum(lapsed, due.shape[1] - 1)]
    day = first_day(month) + rng.integers(30, 400, size=len(lapsed))
    returns = (part >= 0) & (rng.random(len(lapsed)) < REINSTATED)
    who = np.flatnonzero((bought.kind == PERPETUAL) & (lapsed < due.shape[1]) & returns & (day <= now))
    start = first_day(month_of(day[who]) + 1)
    end = first_day(month_of(start) + 12) - 1
    return Lines(who, day[who], part[who], bought.quantity[who], np.full(len(who), PURCHASE), start, end, day[who])


def _monthly(rng: np.random.Generator, bought: Contracts, now: np.datetime64) -> Lines:
    who = np.flatnonzero(bought.kind == MONTHLY)
    months = np.clip(rng.geometric(1 / 12, size=len(who)), 1, 36)  # domain.md 2.4: 1 to 36
    again = np.repeat(who, months - 1)
    later = np.arange(len(again)) - np.repeat(np.cumsum(months - 1) - (months - 1), months - 1) + 1
    start = first_day(month_of(bought.day[again]) + later)
    fits = start <= now
    again, start = again[fits], start[fits]
    return Lines(again, start, bought.next_part[again], bought.quantity[again], np.full(len(again), RENEWAL), start,
                 first_day(month_of(start) + 1) - 1, start)


def _overage(rng: np.random.Generator, bought: Contracts, parts: Parts, now: np.datetime64) -> Lines:
    day = first_day(month_of(bought.day) + rng.integers(3, 24, size=len(bought.site))) + 9
    who = np.flatnonzero((bought.kind == SAAS) & (rng.random(len(bought.site)) < OVERAGE) & (day <= now))
    used = np.maximum(np.rint(bought.quantity[who] * rng.uniform(0.02, 0.2, len(who))), 1).astype(np.int64)
    month = month_of(day[who]) - 1
    return Lines(who, day[who], parts.of("overage")[bought.family[who]], used, np.full(len(who), SAAS_ORDER), first_day(month),
                 first_day(month + 1) - 1, day[who])


def _returns(rng: np.random.Generator, bought: Contracts, now: np.datetime64) -> Lines:
    """Some of what was bought goes back, whole or half, within weeks: a negative quantity at the price paid."""
    day = bought.day + rng.integers(4, 40, size=len(bought.day))
    who = np.flatnonzero((bought.kind != MONTHLY) & (rng.random(len(bought.day)) < RETURNED) & (day <= now))
    half = rng.random(len(who)) < 0.5
    back = -np.where(half, np.maximum(bought.quantity[who] // 2, 1), bought.quantity[who])
    sold = _first_lines(bought).take(who)
    return Lines(who, day[who], sold.part, back, sold.type, np.full(len(who), NONE), np.full(len(who), NONE), bought.day[who])


def price(bought: Contracts, lines: Lines, prices: PriceList, customers: Customers) -> np.ndarray:
    """The unit price of each line in millionths: the list price at the site's level in the edition that counts, less what
    a special bid took off. New sales are priced by order date, renewals by coverage start (domain.md 1.2)."""
    site = bought.site[lines.contract]
    return prices.micro(lines.part, customers.site_market[site], customers.level[customers.site_customer[site]], prices.at(lines.priced),
                        bought.share[lines.contract])

