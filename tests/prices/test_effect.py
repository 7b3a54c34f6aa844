"""What editions to come do to renewal lines equals a loop over lines and prices."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
import world as worlds
from cast import BOREAL, settle, store_in, times
from sqlalchemy import insert

from pao_core import replica
from pao_core.access import AccessDenied, Viewer
from pao_core.filters import Filters
from pao_core.prices.effect import LINE, Effect, effects
from pao_core.renewals import lines
from pao_core.store.engine import Store
from pao_core.store.schema import prices

TODAYS = (date(2024, 2, 29), date(2025, 8, 31), date(2025, 12, 31), date(2026, 11, 24))
START = date(2024, 1, 1)
Price = dict[str, Any]


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


def in_force(of_key: list[Price], day: date) -> Price | None:
    """The price of a key on a day: the last that began, unless it has ended."""
    begun = [price for price in of_key if price["effective_from"] <= day]
    last = max(begun, key=lambda price: price["effective_from"], default=None)
    return None if last is None or (last["effective_to"] and last["effective_to"] <= day) else last


def expected(world: worlds.World, found: list[Price], own: str, today: date) -> list[Effect]:
    keys: dict[tuple[Any, ...], list[Price]] = defaultdict(list)
    for price in found:
        keys[price["part_number"], price["country"], price["currency"], price["price_level"]].append(price)
    editions: dict[tuple[date, str], list[tuple[Decimal, Decimal]]] = defaultdict(list)
    for line in worlds.seen(world.renewals, own):
        site = world.sites[line["site_number"]]
        level = world.agreements.get(site["agreement_number"] or "", {}).get("price_level")
        of_key = keys[line["part_number"], site["country"], line["currency"], level]
        then, now = in_force(of_key, line["coverage_start"]), in_force(of_key, today)
        if line["status"] == "open" and then and then["effective_from"] > today:
            costs = (line["quantity"] * now["unit_price"], line["quantity"] * then["unit_price"]) if now else (Decimal(0), Decimal(0))
            editions[then["effective_from"], line["currency"]].append(costs)
    made = []
    for (starts, currency), costs in editions.items():
        now, then = (sum(side) for side in zip(*costs, strict=True))
        made.append(Effect(starts, currency, len(costs), (then / now - 1).quantize(Decimal("0.0001"), ROUND_HALF_UP) if now > 0 else None))
    return sorted(made, key=lambda effect: (effect.starts, -effect.lines, effect.currency))


def check(store: Store, rounds: int, seed: int) -> None:
    ana, world, pick = settle(store)["ana"], worlds.make(seed), random.Random(seed)
    found = price_lists(pick, world)
    world.write(store)
    with store.writing("test") as writing:
        writing.connection.execute(insert(prices), [price | {"txn": writing.txn} for price in found])
    counted = 0
    for at in range(rounds):
        today = TODAYS[at] if at < len(TODAYS) else START + timedelta(pick.randrange(1200))
        told = effects(ana, lines.listed(ana, Filters(), today, LINE), today)
        assert told == expected(world, found, BOREAL, today), today
        counted += len(told)
    assert counted


def test_it_equals_plain_python_read_through_duckdb(sqlite_store: Store) -> None:
    check(sqlite_store, times(12, 500), 1)


def test_it_equals_plain_python_read_on_postgresql(tmp_path: Path, postgresql_url: str) -> None:
    store = store_in(tmp_path, PAO_DATABASE_URL=postgresql_url, PAO_ANALYTICS_URL=postgresql_url)
    check(store, times(6, 200), 2)
    replica.forget(store)
    store.dispose()


def test_who_may_not_have_price_files_is_told_no_effect(sqlite_store: Store) -> None:
    dora: Viewer = settle(sqlite_store)["dora"]
    with pytest.raises(AccessDenied):
        effects(dora, lines.listed(dora, Filters(), TODAYS[0], LINE), TODAYS[0])
