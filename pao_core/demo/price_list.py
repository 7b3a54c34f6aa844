"""Prices by part, market, level and edition, and the price of any part on any day, all by column."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from pao_core.demo.days import NO_DAY, YEAR, dates, month_of
from pao_core.demo.markets import DECIMALS, EDITIONS_KEPT, LEVEL_FACTORS, LEVELS, MARKETS, RATES, editions
from pao_core.demo.parts import Parts
from pao_core.money import UNIT_PRICE_DECIMALS

MICRO = 10**UNIT_PRICE_DECIMALS
RISES = np.array([0.0, 0.03, 0.06, 0.085])  # announced ones were 3 to 6 per cent (domain.md 1.2)
JANUARY = np.array([0.15, 0.35, 0.3, 0.2])
JULY = np.array([0.75, 0.15, 0.07, 0.03])
SAME_AT_ALL_LEVELS = 0.2  # of the families
SMALL = 2.0  # dollars: below, a price has two decimals more


@dataclass(frozen=True)
class PriceList:
    """What every part costs: `micro` answers for columns of places."""

    parts: Parts
    editions: np.ndarray
    usd: np.ndarray
    small: np.ndarray
    levels: np.ndarray  # part x level: share of the BL price
    factors: np.ndarray  # part x edition: price level against the current edition's

    def at(self, days: np.ndarray) -> np.ndarray:
        """The place of the edition in force on each day."""
        places: np.ndarray = np.clip(np.searchsorted(self.editions, days, side="right") - 1, 0, len(self.editions) - 1)
        return places

    def micro(
        self, part: np.ndarray, market: np.ndarray, level: np.ndarray, edition: np.ndarray, share: np.ndarray | float = 1.0,
    ) -> np.ndarray:
        """The unit price in millionths of the market's currency, rounded to its decimals (two more for small prices).

        `share` is what a special bid leaves of it.
        """
        price = self.usd[part] * RATES[market] * self.levels[part, level] * self.factors[part, edition] * share
        places = DECIMALS[market] + 2 * self.small[part]
        whole = np.rint(price * 10.0**places).astype(np.int64)
        scaled: np.ndarray = np.maximum(whole, 1) * 10 ** (UNIT_PRICE_DECIMALS - places)
        return scaled


def build(rng: np.random.Generator, parts: Parts, today: date) -> PriceList:
    """Price every part: some rise at each edition, some cost the same at all levels (domain.md 1.2, since 2020)."""
    days = editions(today)
    january = month_of(days) % YEAR == 0
    rises = np.stack([rng.choice(RISES, size=parts.families, p=JANUARY if first else JULY) for first in january], axis=1)
    grown = np.cumprod(1 + rises, axis=1)
    current = len(days) - 2
    by_family = grown / grown[:, [current]]
    family = np.array(parts.family)
    usd = np.array(parts.usd)
    kinds = np.array([str(row["part_type"]) for row in parts.rows])
    flat = np.isin(kinds, ("media", "overage")) | (rng.random(parts.families) < SAME_AT_ALL_LEVELS)[family]
    levels = np.where(flat[:, None], 1.0, LEVEL_FACTORS[None, :])
    return PriceList(parts, days, usd, (usd < SMALL).astype(np.int64), levels, by_family[family])


def table(rng: np.random.Generator, prices: PriceList) -> pa.Table:
    """The rows of `prices`: the past, the current and the future edition. A few parts are not sold in a market, some come
    with a later edition, some are withdrawn at the future one (their current price then says its end)."""
    count = len(prices.usd)
    sold = rng.random((count, len(MARKETS))) > 0.05
    fate = rng.random(count)
    first = np.select([fate < 0.03, fate < 0.09], [2, 1], 0)
    last = np.where(fate > 0.97, 1, 2)
    part, market, level, kept = (axis.ravel() for axis in np.meshgrid(
        np.arange(count), np.arange(len(MARKETS)), np.arange(len(LEVELS)), np.arange(EDITIONS_KEPT), indexing="ij"))
    there = sold[part, market] & (kept >= first[part]) & (kept <= last[part])
    part, market, level, kept = part[there], market[there], level[there], kept[there]
    edition = kept + len(prices.editions) - EDITIONS_KEPT
    ends = np.where((last[part] == 1) & (kept == 1), prices.editions[-1], NO_DAY)
    points = np.array([round(float(str(row["points"])) * 1000) for row in prices.parts.rows])
    return pa.table({
        "part_number": pa.array(prices.parts.numbers).take(part),
        "country": pa.array([place.country for place in MARKETS]).take(market),
        "currency": pa.array([place.currency for place in MARKETS]).take(market),
        "price_level": pa.array(LEVELS).take(level),
        "effective_from": dates(prices.editions[edition]),
        "effective_to": dates(ends),
        "unit_price": pa.array(prices.micro(part, market, level, edition)),
        "points": pa.array(points[part]),
    })
