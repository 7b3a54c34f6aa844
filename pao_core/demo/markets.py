"""The countries, currencies and price levels of the demonstration, and the dates on which prices change."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np

from pao_core.money import decimals


class Market(NamedTuple):
    """A country's price list. `rate` is units of the currency for one US dollar (invented, near real), `share` of customers."""

    country: str
    currency: str
    rate: float
    share: float
    language: str


MARKETS = (
    Market("BR", "BRL", 5.6, 38, "pt"), Market("PT", "EUR", 0.93, 11, "pt"), Market("MX", "MXN", 18.9, 13, "es"),
    Market("CL", "CLP", 940, 7, "es"), Market("CO", "COP", 4100, 8, "es"), Market("AR", "USD", 1.05, 6, "es"),
    Market("US", "USD", 1, 6, "en"), Market("DE", "EUR", 0.96, 4, "de"), Market("ES", "EUR", 0.94, 4, "es"),
    Market("PE", "PEN", 3.8, 3, "es"),
    # A second price list of a country: nobody orders in it.
    Market("MX", "USD", 1.06, 0, "es"),
)
RATES = np.array([market.rate for market in MARKETS])
DECIMALS = np.array([decimals(market.currency) for market in MARKETS])
STATES = {"BR": ("SP", "RJ", "MG", "RS", "PE", "BA", "PR", "CE"), "MX": ("JAL", "NLE", "PUE", "CMX"), "US": ("TX", "NY", "OH", "FL")}

LEVELS = ("BL", "D", "E", "F", "G", "H", "ED", "GV", "SRP")
# Share of the BL price. SRP is the single level of PA Express: the same as BL (domain.md 2.1).
LEVEL_FACTORS = np.array([1.0, 0.97, 0.935, 0.9, 0.86, 0.82, 0.55, 0.8, 1.0])

HALF_YEAR = 6
EDITIONS_KEPT = 3  # the past, the current and the future one are in the price list; older ones only priced old orders
YEARS = 5  # of orders up to today
HISTORY_YEARS = 11  # of deals: what was bought before the orders begin still renews


def month_of(days: np.ndarray) -> np.ndarray:
    """Months since 1970-01 of dates."""
    months: np.ndarray = days.astype("datetime64[M]").astype(np.int64)
    return months


def first_day(months: np.ndarray) -> np.ndarray:
    """The first day of months counted since 1970-01."""
    days: np.ndarray = months.astype("datetime64[M]").astype("datetime64[D]")
    return days


def editions(today: date) -> np.ndarray:
    """Every date on which prices changed, oldest first: each 1 January and 1 July; the last is the one after `today`."""
    now = (today.year - 1970) * 12 + today.month - 1
    current = now - now % HALF_YEAR
    back = (YEARS + 1) * 12 // HALF_YEAR
    return first_day(np.arange(current - back * HALF_YEAR, current + HALF_YEAR + 1, HALF_YEAR))
