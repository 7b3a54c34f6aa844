"""The countries, currencies and price levels of the demonstration, and the dates on which prices change."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np

from pao_core.demo.days import first_day
from pao_core.money import decimals


class Market(NamedTuple):
    """A country's price list. `rate` is units of the currency for one US dollar (invented, near real), `share` of customers,
    `dial` what its telephone numbers begin with."""

    country: str
    currency: str
    rate: float
    share: float
    language: str
    dial: str


MARKETS = (
    Market("BR", "BRL", 5.6, 38, "pt", "+55"), Market("PT", "EUR", 0.93, 11, "pt", "+351"), Market("MX", "MXN", 18.9, 13, "es", "+52"),
    Market("CL", "CLP", 940, 7, "es", "+56"), Market("CO", "COP", 4100, 8, "es", "+57"), Market("AR", "USD", 1.05, 6, "es", "+54"),
    Market("US", "USD", 1, 6, "en", "+1"), Market("DE", "EUR", 0.96, 4, "de", "+49"), Market("ES", "EUR", 0.94, 4, "es", "+34"),
    Market("PE", "PEN", 3.8, 3, "es", "+51"),
    # A second price list of a country: nobody orders in it.
    Market("MX", "USD", 1.06, 0, "es", "+52"),
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


def editions(today: date) -> np.ndarray:
    """Every day on which prices changed, oldest first: each 1 January and 1 July; the last is the one after `today`."""
    now = (today.year - 1970) * 12 + today.month - 1
    current = now - now % HALF_YEAR
    back = (YEARS + 1) * 12 // HALF_YEAR
    return first_day(np.arange(current - back * HALF_YEAR, current + HALF_YEAR + 1, HALF_YEAR))
