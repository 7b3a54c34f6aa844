"""A visit ends when its user stays away; what the one before it was shown is told apart from what came since."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from keys import NOW
from sqlalchemy import func, insert, select, text

from pao_core.access.turn import take_turn
from pao_core.access.visits import ABSENCE, TOUCH_EVERY, Look, look
from pao_core.store.engine import Store
from pao_core.store.schema import visits

ANA, BOB = 7, 8
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def test_the_first_visit_ever_has_none_before_it_however_long_it_lasts(store: Store) -> None:
    for minutes in (0, 1, 20, 45):
        assert look(store, ANA, 3, NOW + minutes * MINUTE) is None


def test_a_visit_begins_after_half_an_hour_without_a_look_and_counts_from_the_last_one(store: Store) -> None:
    look(store, ANA, 3, NOW)
    look(store, ANA, 5, NOW + 20 * MINUTE)
    back = NOW + 20 * MINUTE + ABSENCE
    assert look(store, ANA, 9, back) == Look(NOW + 20 * MINUTE, 5)
    assert look(store, ANA, 11, back + MINUTE) == Look(NOW + 20 * MINUTE, 5)


def test_a_second_less_is_the_same_visit(store: Store) -> None:
    look(store, ANA, 3, NOW)
    assert look(store, ANA, 9, NOW + ABSENCE - SECOND) is None


def test_who_looks_all_morning_keeps_the_news_of_the_night(store: Store) -> None:
    look(store, ANA, 3, NOW)
    morning = NOW + timedelta(hours=15)
    told = {look(store, ANA, 4, morning + minutes * MINUTE) for minutes in range(0, 180, 10)}
    assert told == {Look(NOW, 3)}


def test_what_was_committed_while_a_look_was_not_written_down_is_told_again_rather_than_never(store: Store) -> None:
    look(store, ANA, 3, NOW)
    look(store, ANA, 4, NOW + TOUCH_EVERY - SECOND)
    before = look(store, ANA, 6, NOW + timedelta(hours=10))
    assert before
    assert before.number <= 4


def test_a_long_visit_writes_once_in_five_minutes(store: Store) -> None:
    look(store, ANA, 3, NOW)
    look(store, ANA, 4, NOW + 4 * MINUTE)
    assert seen(store) == NOW
    look(store, ANA, 4, NOW + 5 * MINUTE)
    assert seen(store) == NOW + 5 * MINUTE


def test_each_user_has_visits_of_its_own(store: Store) -> None:
    look(store, ANA, 3, NOW)
    assert look(store, BOB, 4, NOW + timedelta(hours=1)) is None
    assert look(store, ANA, 5, NOW + timedelta(hours=2)) == Look(NOW, 3)


@pytest.mark.parametrize("first_ever", [True, False])
def test_sixteen_tabs_opened_at_once_are_one_visit(store: Store, first_ever: bool) -> None:
    if not first_ever:
        look(store, ANA, 3, NOW)
    with ThreadPoolExecutor(16) as pool:
        told = set(pool.map(lambda _: look(store, ANA, 9, NOW + timedelta(hours=1)), range(16)))
    assert told == {None if first_ever else Look(NOW, 3)}
    with store.desk_reading() as connection:
        assert connection.scalar(select(func.count()).select_from(visits)) == 1


def test_a_look_waits_for_another_of_the_same_user_and_builds_on_it(postgresql_store: Store) -> None:
    with ThreadPoolExecutor(1) as pool:
        with postgresql_store.desk_writing() as first:
            take_turn(first, f"visit of {ANA}")
            first.execute(insert(visits).values(user_id=ANA, seen_at=NOW, seen_number=3))
            second = pool.submit(look, postgresql_store, ANA, 9, NOW + timedelta(hours=1))
            with postgresql_store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as watching:
                while not second.done() and not watching.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                    pass
        assert second.result(10) == Look(NOW, 3)


def test_a_look_waits_for_no_import(sqlite_store: Store) -> None:
    done = threading.Event()

    def come() -> None:
        look(sqlite_store, ANA, 0, NOW)
        done.set()

    with sqlite_store.writing("import"):
        thread = threading.Thread(target=come)
        thread.start()
        assert done.wait(10)
    thread.join()


def seen(store: Store) -> datetime | None:
    with store.desk_reading() as connection:
        return connection.scalar(select(visits.c.seen_at))
