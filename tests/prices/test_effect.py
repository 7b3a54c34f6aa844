"""What editions to come do to renewal lines equals a loop over lines and prices."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
import world as worlds
from cast import BOREAL, settle, times
from price_lists import START, Price, by_key, in_force, price_lists
from sqlalchemy import insert

from pao_core.access import AccessDenied, Viewer
from pao_core.filters import Filters
from pao_core.prices.effect import LINE, Effect, effects
from pao_core.renewals import lines
from pao_core.store.engine import Store
from pao_core.store.schema import prices

TODAYS = (date(2024, 2, 29), date(2025, 8, 31), date(2025, 12, 31), date(2026, 11, 24))


def expected(world: worlds.World, found: list[Price], own: str, today: date) -> list[Effect]:
    keys = by_key(found)
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


def test_it_equals_plain_python_read_on_postgresql(direct_store: Store) -> None:
    check(direct_store, times(6, 200), 2)


def test_who_may_not_have_price_files_is_told_no_effect(sqlite_store: Store) -> None:
    dora: Viewer = settle(sqlite_store)["dora"]
    with pytest.raises(AccessDenied):
        effects(dora, lines.listed(dora, Filters(), TODAYS[0], LINE), TODAYS[0])
