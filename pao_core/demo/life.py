"""What becomes of contracts: order lines, lines of renewal quotes and periods of coverage, which therefore agree.

At each due date a contract is renewed (as it was, resized, or at another site of the customer), lapses or is cancelled;
of the lapsed, a few come back by reinstatement. A line that today has not settled yet is open.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from pao_core.demo import chance, retention
from pao_core.demo.columns import OfContracts
from pao_core.demo.contracts import ALL_BACK, CANCELLED, HALF_BACK, MEDIA, MONTHLY, PERPETUAL, SAAS, Contracts, Trade
from pao_core.demo.days import NO_DAY, after_term, co_termed, first_day, month_of, year_after

PURCHASE, RENEWAL, MEDIA_ORDER, SAAS_ORDER = range(4)
ORDER_TYPES = ("purchase", "renewal", "media", "saas")
OPEN, RENEWED, LAPSED, CALLED_OFF = range(4)
STATUSES = ("open", "renewed", "lapsed", "cancelled")
PURCHASED, RENEWED_COVER, ALLOCATED = range(3)
AHEAD_DAYS = 365  # how far ahead lines of renewal quotes are there
HISTORY_DAYS, KEPT_COVER_DAYS = 3 * 365, 365  # of what is over: quotes and coverage, and coverage that another followed
LONGEST_MONTHLY, USUAL_MONTHS = 36, 12  # domain.md 2.4


@dataclass(frozen=True)
class Lines(OfContracts):
    """Order lines. `due` is the due date of the renewal quote that a line comes from, 0 without one."""

    SMALL: ClassVar = {"type": np.int8, "called_off": np.bool_, "first": np.bool_, "price": np.int64}

    site: np.ndarray
    day: np.ndarray
    part: np.ndarray
    quantity: np.ndarray
    price: np.ndarray  # millionths
    type: np.ndarray
    start: np.ndarray
    end: np.ndarray
    due: np.ndarray
    called_off: np.ndarray
    first: np.ndarray  # what the contract began with


@dataclass(frozen=True)
class QuoteLines(OfContracts):
    """Lines of renewal quotes. `prior` is the unit price paid a year before for the same part, 0 where it was another."""

    SMALL: ClassVar = {"status": np.int8, "price": np.int64, "prior": np.int64}

    site: np.ndarray
    part: np.ndarray
    quantity: np.ndarray
    price: np.ndarray
    prior: np.ndarray
    due: np.ndarray
    status: np.ndarray
    renewed_on: np.ndarray


@dataclass(frozen=True)
class Covers(OfContracts):
    """Periods of coverage, both days inclusive. `last` says that no other followed so far."""

    SMALL: ClassVar = {"kind": np.int8, "last": np.bool_}

    site: np.ndarray
    part: np.ndarray
    quantity: np.ndarray
    kind: np.ndarray
    start: np.ndarray
    end: np.ndarray
    last: np.ndarray


@dataclass
class Lives:
    """What contracts brought, in pieces."""

    lines: list[Lines] = field(default_factory=list)
    quotes: list[QuoteLines] = field(default_factory=list)
    covers: list[Covers] = field(default_factory=list)


@dataclass(frozen=True)
class _Running(OfContracts):
    """The contracts that are covered now: what they hold, and what was paid."""

    site: np.ndarray
    quantity: np.ndarray
    part: np.ndarray
    kind: np.ndarray
    begun: np.ndarray
    due: np.ndarray
    paid: np.ndarray
    after_late: np.ndarray
    turn: np.ndarray


def lived(rng: np.random.Generator, trade: Trade, bought: Contracts) -> Lives:
    """The lines, quote lines and coverage of the contracts up to today; `contract` counts within `bought`."""
    lives = Lives()
    running = _begun(trade, bought, lives)
    while len(running):
        running = _next(rng, trade, bought, running, lives)
    _monthly(rng, trade, bought, lives)
    return lives


def price(trade: Trade, bought: Contracts, contract: np.ndarray, site: np.ndarray, part: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Unit prices in millionths: the list price at the site's level in the edition that counts on `day`, less what a
    special bid took off. New sales are priced by order date, renewals by coverage start (domain.md 1.2)."""
    customers = trade.customers
    return trade.prices.micro(part, customers.site_market[site], customers.level[customers.site_customer[site]], trade.prices.at(day),
                              bought.share[contract])


def _begun(trade: Trade, bought: Contracts, lives: Lives) -> _Running:
    """The first lines, and the returns of some; gives the contracts that now run."""
    everyone, kind = np.arange(len(bought)), bought.kind
    paid = price(trade, bought, everyone, bought.site, bought.first_part, bought.day)
    covered = (kind != MEDIA) & (bought.begins <= trade.today)
    ends = np.where(kind == MONTHLY, first_day(month_of(bought.day) + 1), bought.due) - 1
    types = np.select([kind == MEDIA, kind == SAAS], [MEDIA_ORDER, SAAS_ORDER], PURCHASE)
    none, no = np.zeros(len(bought), dtype=np.int64), np.zeros(len(bought), dtype=bool)
    first = Lines(everyone, bought.site, bought.day, bought.first_part, bought.quantity, paid, types, np.where(covered, bought.begins, NO_DAY),
                  np.where(covered, ends, NO_DAY), none, bought.fate == CANCELLED, ~no)
    back = np.select([bought.fate == HALF_BACK, bought.fate == ALL_BACK], [np.maximum(bought.quantity // 2, 1), bought.quantity], 0)
    nothing = np.full(len(bought), NO_DAY)
    returned = replace(first, day=bought.back_on, quantity=-back, start=nothing, end=nothing, called_off=no, first=no)
    lives.lines += [first, returned.take(back > 0)]
    running = _Running(everyone, bought.site, bought.quantity - back, bought.first_part, none + PURCHASED, bought.begins, bought.due,
                       np.where(bought.first_part == bought.next_part, paid, 0), no, none)
    return running.take(covered & (kind != MONTHLY) & (bought.fate != CANCELLED) & (running.quantity > 0))


def _next(rng: np.random.Generator, trade: Trade, bought: Contracts, running: _Running, lives: Lives) -> _Running:
    """What becomes of the contracts at their next due date; gives those that run on from there."""
    ahead = running.due > trade.today + AHEAD_DAYS
    _cover(running.take(ahead), lives, last=np.ones(int(ahead.sum()), dtype=bool))
    running = running.take(~ahead)
    start = running.due
    customers, contract = trade.customers, running.contract
    owner, part = customers.site_customer[running.site], bought.next_part[contract]
    asked = price(trade, bought, contract, running.site, part, start)
    rise = np.where(running.paid > 0, asked / np.maximum(running.paid, 1) - 1, 0.0)
    likely = retention.probability(trade.segment[part], customers.program[owner], trade.customer_type[owner], running.turn == 0,
                                   running.after_late, rise)
    kept = rng.random(len(running)) < likely
    when = retention.renewed_on(trade.seed, running.site, start)
    called_off = rng.random(len(running)) < retention.CANCELLED
    settled = np.where(kept, when, retention.settled_on(trade.seed, running.site, start, called_off)) <= trade.today
    renewed, gone = kept & settled, ~kept & settled
    status = np.select([renewed, gone & called_off, gone], [RENEWED, CALLED_OFF, LAPSED], OPEN)
    quotes = QuoteLines(contract, running.site, part, running.quantity, asked, running.paid, start, status,
                        np.where(renewed, when, NO_DAY))
    lives.quotes.append(quotes.take(start > trade.today - HISTORY_DAYS))
    back_on = _back_on(rng, trade, bought, contract, gone & ~called_off, start)
    back = back_on != NO_DAY
    _cover(running, lives, last=~(renewed | back))
    return _Running.joined([
        _renewed(rng, trade, bought, running.take(renewed), part[renewed], asked[renewed], when[renewed], start[renewed], lives),
        _reinstated(trade, bought, running.take(back), back_on[back], lives),
    ])


def _renewed(rng: np.random.Generator, trade: Trade, bought: Contracts, running: _Running, part: np.ndarray, paid: np.ndarray,
             when: np.ndarray, start: np.ndarray, lives: Lives) -> _Running:
    """The order lines of renewals, resized or moved; gives the contracts in their new coverage."""
    factors, weights = np.array(list(retention.RESIZED)), np.array(list(retention.RESIZED.values()))
    factor = factors[chance.picked(rng.random(len(running)), weights)]
    quantity = np.maximum(np.rint(running.quantity * factor), 1).astype(np.int64)
    site = _moved(rng, trade, running.site)
    due = year_after(start)
    kind = np.where(site != running.site, ALLOCATED, RENEWED_COVER)
    types = np.where(bought.kind[running.contract] == SAAS, SAAS_ORDER, RENEWAL)
    no = np.zeros(len(running), dtype=bool)
    lives.lines.append(Lines(running.contract, site, when, part, quantity, paid, types, start, due - 1, start, no, no))
    return _Running(running.contract, site, quantity, part, kind, start, due, paid, when > start, running.turn + 1)


def _moved(rng: np.random.Generator, trade: Trade, site: np.ndarray) -> np.ndarray:
    """The sites after some licences have moved to another of the customer's in the same country."""
    customers = trade.customers
    owner = customers.site_customer[site]
    first = np.searchsorted(customers.site_customer, owner)
    count = np.searchsorted(customers.site_customer, owner, side="right") - first
    other = first + (site - first + 1 + np.floor(rng.random(len(site)) * np.maximum(count - 1, 1)).astype(np.int64)) % count
    moves = (rng.random(len(site)) < retention.MOVED) & (customers.site_market[other] == customers.site_market[site])
    return np.where(moves, other, site)


def _back_on(rng: np.random.Generator, trade: Trade, bought: Contracts, contract: np.ndarray, lapsed: np.ndarray, start: np.ndarray) -> np.ndarray:
    """The day on which some of the lapsed licences have come back by reinstatement, NO_DAY for all others."""
    away = rng.integers(retention.AWAY_LEAST_DAYS, retention.AWAY_MOST_DAYS, size=len(contract))
    returns = (rng.random(len(contract)) < retention.REINSTATED) & (bought.kind[contract] == PERPETUAL)
    possible = trade.parts.of("reinstatement")[bought.family[contract]] >= 0
    return np.where(lapsed & returns & possible & (start + away <= trade.today), start + away, NO_DAY)


def _reinstated(trade: Trade, bought: Contracts, lapsed: _Running, day: np.ndarray, lives: Lives) -> _Running:
    """The order lines of reinstatements, which cover from the next month on; gives the contracts in their new coverage."""
    customers, contract = trade.customers, lapsed.contract
    owner = customers.site_customer[lapsed.site]
    part = trade.parts.of("reinstatement")[bought.family[contract]]
    start = first_day(month_of(day) + 1)
    due = np.where(customers.in_pa[owner], co_termed(after_term(trade.first)[owner], start), year_after(start))
    none, no = np.zeros(len(lapsed), dtype=np.int64), np.zeros(len(lapsed), dtype=bool)
    paid = price(trade, bought, contract, lapsed.site, part, day)
    lives.lines.append(Lines(contract, lapsed.site, day, part, lapsed.quantity, paid, none + PURCHASE, start, due - 1, none, no, no))
    return _Running(contract, lapsed.site, lapsed.quantity, part, none + PURCHASED, start, due, none, no, lapsed.turn + 1)


def _cover(running: _Running, lives: Lives, last: np.ndarray) -> None:
    """Keep the running coverage of the contracts."""
    lives.covers.append(Covers(running.contract, running.site, running.part, running.quantity, running.kind, running.begun,
                               running.due - 1, last))


def _monthly(rng: np.random.Generator, trade: Trade, bought: Contracts, lives: Lives) -> None:
    """Monthly licences: a line a month until they are let go; the last month that was ordered is covered."""
    who = np.flatnonzero((bought.kind == MONTHLY) & (bought.fate != CANCELLED))
    months = np.clip(rng.geometric(1 / USUAL_MONTHS, size=len(who)), 1, LONGEST_MONTHLY)
    contract = np.repeat(who, months)
    later = np.arange(len(contract)) - np.repeat(np.cumsum(months) - months, months)
    month = month_of(bought.day[contract]) + later
    start = np.where(later == 0, bought.day[contract], first_day(month))
    end = first_day(month + 1) - 1
    ordered = start <= trade.today
    contract, later, start, end = contract[ordered], later[ordered], start[ordered], end[ordered]
    site, part, quantity = bought.site[contract], bought.next_part[contract], bought.quantity[contract]
    last = np.r_[contract[1:] != contract[:-1], np.ones(min(len(contract), 1), dtype=bool)]
    lives.covers.append(Covers(contract, site, part, quantity, np.full(len(contract), PURCHASED), start, end, last).take(last))
    no = np.zeros(len(contract), dtype=bool)
    lines = Lines(contract, site, start, part, quantity, price(trade, bought, contract, site, part, start), np.full(len(contract), RENEWAL),
                  start, end, np.zeros(len(contract), dtype=np.int64), no, no)
    lives.lines.append(lines.take(later > 0))
