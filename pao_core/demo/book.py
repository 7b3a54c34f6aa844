"""The book of business: as many contracts as bring the order lines that are asked for, all in columns of numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pao_core.demo import life, services
from pao_core.demo.columns import OfContracts
from pao_core.demo.contracts import Contracts, Trade, signed
from pao_core.demo.life import Covers, Lines, QuoteLines
from pao_core.demo.services import Subscriptions, Usage

LINES_PER_DEAL = 4  # about
DEALS_AT_ONCE = 60_000  # bounds the memory while contracts live


@dataclass(frozen=True)
class Book:
    """What all contracts brought; `contract` is the place of the contract in `reseller` and `ordered_in`."""

    reseller: np.ndarray  # by contract
    lines: Lines
    quotes: QuoteLines
    covers: Covers
    subscriptions: Subscriptions
    usage: Usage


def filled(stream: np.random.SeedSequence, trade: Trade, lines: int) -> Book:
    """Exactly so many order lines up to today, and everything else that their contracts bring.

    Contracts are taken in order while they fit whole; what is then missing are contracts of one line.
    """
    deals = min(DEALS_AT_ONCE, lines // LINES_PER_DEAL)
    pieces: list[tuple[OfContracts, ...]] = []
    resellers: list[np.ndarray] = []
    counted, turn = 0, 0
    while counted < lines:
        rng = np.random.default_rng(stream.spawn(1)[0])
        bought, *columns = _lived(rng, trade, turn * deals, deals)
        found = columns[0]
        assert isinstance(found, Lines)
        taken = _taken(np.bincount(found.contract, minlength=len(bought)), lines - counted)
        number = np.where(taken, np.cumsum(taken) - 1 + sum(map(len, resellers)), -1)
        kept = [replace(some, contract=number[some.contract]).take(taken[some.contract]).kept() for some in columns]
        pieces.append(tuple(kept))
        resellers.append(bought.reseller[taken].astype(np.int8))
        counted, turn = counted + len(kept[0]), turn + 1
    joined = [type(some[0]).joined(some) for some in zip(*pieces, strict=True)]
    return Book(np.concatenate(resellers), *joined)


def _lived(rng: np.random.Generator, trade: Trade, first_deal: int, deals: int) -> tuple[Contracts, Lines, QuoteLines, Covers, Subscriptions, Usage]:
    bought = signed(rng, trade, first_deal, deals)
    lives = life.lived(rng, trade, bought)
    covers = Covers.joined(lives.covers)
    used, overage = services.usage(rng, trade, bought, covers)
    subscribed = services.subscriptions(rng, trade, bought, covers)
    lines = Lines.joined([*lives.lines, overage])
    lines = lines.take((lines.day >= trade.orders_from) & (lines.day <= trade.today))
    return bought, lines, QuoteLines.joined(lives.quotes), covers.take(_of_interest(trade, covers)), subscribed, used


def _of_interest(trade: Trade, covers: Covers) -> np.ndarray:
    """Coverage that runs, is to come or ended within a year; for good, within the years of quotes."""
    recent: np.ndarray = covers.end > trade.today - np.where(covers.last, life.HISTORY_DAYS, life.KEPT_COVER_DAYS)
    return recent


def _taken(count: np.ndarray, wanted: int) -> np.ndarray:
    """Which contracts, by their numbers of lines: the first while they fit, then single lines as long as any are wanted."""
    reached = np.cumsum(count)
    taken = reached <= wanted
    left = wanted - int(count[taken].sum())
    singles = np.flatnonzero(~taken & (count == 1))[:left]
    taken[singles] = True
    return taken
