"""Provisioning forms equal an independent computation, on every engine."""

from __future__ import annotations

import counted
import pytest
import subscription_rows as plain
import world as worlds
from cast import settle, times
from subscription_rows import TODAY

from pao_core import report
from pao_core.access import AccessDenied, Viewer
from pao_core.filters import Filters
from pao_core.saas import saas_data_elements
from pao_core.store.engine import Store


def check(world: worlds.World, people: dict[str, Viewer], rounds: int, seed: int) -> None:
    counted.check(saas_data_elements, world, people, rounds, seed, listed=plain.elements, measured=plain.elements_measured, todays=plain.TODAYS,
                  more=plain.more_filters)


def test_it_equals_plain_python_read_through_duckdb(store: Store) -> None:
    people, world = settle(store), plain.make(81)
    world.write(store)
    check(world, people, times(100, 2_500), seed=92)


def test_it_equals_plain_python_read_on_postgresql(direct_store: Store) -> None:
    people, world = settle(direct_store), plain.make(83)
    world.write(direct_store)
    check(world, people, times(40, 1_000), seed=94)


def test_it_takes_the_right_to_reports(sqlite_store: Store) -> None:
    dora = settle(sqlite_store)["dora"]
    with pytest.raises(AccessDenied):
        report.run(saas_data_elements, dora, Filters(), today=TODAY)
