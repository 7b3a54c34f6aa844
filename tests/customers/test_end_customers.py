"""End customers: their sites, contacts and what they hold equal an independent computation, on every engine."""

from __future__ import annotations

from pathlib import Path

import counted
import holdings
from cast import settle, store_in, times
from customer_in_python import TODAYS
from holdings import Plain
from world import World

from pao_core import replica
from pao_core.access import Viewer
from pao_core.customers import end_customers
from pao_core.store.engine import Store


def check(world: World, people: dict[str, Viewer], rounds: int, seed: int) -> None:
    plain = Plain(world)
    counted.check(end_customers, world, people, rounds, seed, listed=plain.end_customers, measured=plain.customers_measured, todays=TODAYS,
                  groups_of=plain.groups_held)


def test_it_equals_plain_python_read_through_duckdb(store: Store) -> None:
    people, world = settle(store), holdings.make(71)
    world.write(store)
    check(world, people, times(100, 2_500), seed=78 if store.on_postgresql else 71)


def test_it_equals_plain_python_read_on_postgresql(tmp_path: Path, postgresql_url: str) -> None:
    store = store_in(tmp_path, PAO_DATABASE_URL=postgresql_url, PAO_ANALYTICS_URL=postgresql_url)
    people, world = settle(store), holdings.make(72)
    world.write(store)
    check(world, people, times(40, 1_000), seed=73)
    replica.forget(store)
    store.dispose()
