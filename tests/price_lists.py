"""Price lists made up at random, and what is in force on a day by a loop over them.

Nothing here uses the product's queries.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import world as worlds

START = date(2024, 1, 1)
Price = dict[str, Any]
Key = tuple[str, str, str, str | None]


def price_lists(pick: random.Random, world: worlds.World) -> list[Price]:
    """Prices of most parts in most markets and levels, in editions that are open, that end with the next, or before it."""
    found = []
    for part in world.parts:
        for country in worlds.COUNTRIES:
            for currency in worlds.DECIMALS:
                for level in ("BL", "D", "H"):
                    days = sorted(pick.sample(range(0, 1500, 100), pick.randrange(0, 7)))
                    found += [{
                        "part_number": part, "country": country, "currency": currency, "price_level": level,
                        "effective_from": START + timedelta(day), "effective_to": pick.choice([None, None, START + timedelta(day + 60)]),
                        "unit_price": Decimal(pick.randrange(1, 10**9)).scaleb(-6),
                    } for day in days]
    return found


def by_key(prices: Iterable[Price]) -> dict[Key, list[Price]]:
    """The prices of each part, country, currency and level."""
    keys: dict[Key, list[Price]] = defaultdict(list)
    for price in prices:
        keys[price["part_number"], price["country"], price["currency"], price["price_level"]].append(price)
    return keys


def in_force(of_key: list[Price], day: date) -> Price | None:
    """The price of a key on a day: the last that began, unless it has ended."""
    begun = [price for price in of_key if price["effective_from"] <= day]
    last = max(begun, key=lambda price: price["effective_from"], default=None)
    return None if last is None or (last["effective_to"] and last["effective_to"] <= day) else last
