"""Subscription updates equal an independent computation, on every engine; what the use speaks for at the end."""

from __future__ import annotations

from datetime import date, timedelta

import counted
import pytest
import subscription_rows as plain
import world as worlds
from cast import settle, times
from subscription_rows import TODAY, held, lay, rows_of, used

from pao_core import report
from pao_core.access import AccessDenied, Viewer
from pao_core.filters import Filters
from pao_core.renewals import subscription_updates
from pao_core.store.engine import Store


def check(world: worlds.World, people: dict[str, Viewer], rounds: int, seed: int) -> None:
    counted.check(subscription_updates, world, people, rounds, seed, listed=plain.updates, measured=plain.updates_measured, todays=plain.TODAYS,
                  more=plain.more_filters)


def test_it_equals_plain_python_read_through_duckdb(store: Store) -> None:
    people, world = settle(store), plain.make(81)
    world.write(store)
    check(world, people, times(100, 2_500), seed=112)


def test_it_equals_plain_python_read_on_postgresql(direct_store: Store) -> None:
    people, world = settle(direct_store), plain.make(83)
    world.write(direct_store)
    check(world, people, times(40, 1_000), seed=114)


@pytest.mark.parametrize(("quantity", "choice"), [(None, "unknown"), (11, "grow"), (10, "keep"), (5, "keep"), (4, "shrink"), (0, "stop")])
def test_the_use_of_the_last_period_speaks_for_a_choice_at_the_end(sqlite_store: Store, quantity: int | None, choice: str) -> None:
    earlier = used(1, 99, period_start=date(2026, 9, 1)) if quantity is not None else None
    to_come = used(1, 99, period_start=TODAY + timedelta(1))
    usage = [to_come, *([earlier, used(1, quantity)] if earlier and quantity is not None else [])]
    ana = lay(sqlite_store, subscriptions=[held(1)], usage=usage)
    (row,) = rows_of(subscription_updates, ana)
    assert (row["end_choice"], row["days_to_end"], row["effective_on"]) == (choice, 100, TODAY + timedelta(101))


@pytest.mark.parametrize(("direction", "days"), [(None, [0, 180]), ("last", [-180, 0])])
def test_the_window_holds_its_first_and_its_last_day(sqlite_store: Store, direction: str | None, days: list[int]) -> None:
    ana = lay(sqlite_store, subscriptions=[held(at, end=TODAY + timedelta(end)) for at, end in enumerate((-181, -180, 0, 180, 181))])
    assert [row["days_to_end"] for row in rows_of(subscription_updates, ana, direction=direction)] == days


def test_it_takes_the_right_to_reports(sqlite_store: Store) -> None:
    dora = settle(sqlite_store)["dora"]
    with pytest.raises(AccessDenied):
        report.run(subscription_updates, dora, Filters(), today=TODAY)
