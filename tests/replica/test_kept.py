"""Kept parts of statements: computed once for each version of the data, and never told to anybody else."""

from __future__ import annotations

import threading
from typing import Any

import world as worlds
from cast import settle
from sqlalchemy import Select, func, insert, select, update

from pao_core import replica
from pao_core.access import Viewer
from pao_core.replica.reader import REMEMBERED_CELLS, REMEMBERED_ROWS, REMEMBERED_STATEMENTS, Remembered
from pao_core.store.engine import Store
from pao_core.store.kept import Kept, identity, kept, parts
from pao_core.store.schema import agreements, sites


def held(statement: Select[Any]) -> list[Kept]:
    """The kept parts of a statement."""
    return parts(statement, identity(statement))


def names(viewer: Viewer) -> set[str]:
    """What the viewer's customers are called."""
    return {row.customer_name for row in replica.reader(viewer.store).rows(select(viewer.customers().c.customer_name))}


def test_a_kept_part_is_read_anew_after_a_commit(store: Store) -> None:
    people, world = settle(store), worlds.make(3)
    world.write(store)
    before = names(people["ana"])
    with store.writing("test") as writing:
        writing.connection.execute(update(agreements).values(customer_name="Novo Nome", txn=writing.txn))
    assert "Novo Nome" in names(people["ana"]) and "Novo Nome" not in before


def test_two_viewers_never_share_a_kept_part(store: Store) -> None:
    people, world = settle(store), worlds.make(3)
    world.write(store)
    (of_ana,), (of_bob,) = held(people["ana"].customers().select()), held(people["bob"].customers().select())
    assert of_ana.name != of_bob.name
    assert held(people["ana"].customers().select())[0].name == of_ana.name
    for name, own in (("ana", worlds.BOREAL), ("bob", worlds.CEDRO)):
        seen = select(people[name].customers().c.site_number)
        assert {row.site_number for row in replica.reader(store).rows(seen)} == {site for _reseller, site in worlds.links(world, own)}


def test_values_make_another_part(store: Store) -> None:
    def of(number: str) -> str:
        return held(kept(select(sites.c.name).where(sites.c.site_number == number), "named").select())[0].name

    assert of("7101") == of("7101") != of("7102")


def test_kept_parts_stay_right_while_many_read_and_one_writes(sqlite_store: Store) -> None:
    people, world = settle(sqlite_store), worlds.make(3)
    world.write(sqlite_store)
    reader, wrong = replica.reader(sqlite_store), []
    seen = len(worlds.links(world, worlds.BOREAL))

    def read() -> None:
        for _ in range(25):
            rows = people["ana"].customers()
            found = reader.rows(select(func.count(), func.max(rows.c.price_level)).select_from(rows))[0]
            if found[0] != seen:
                wrong.append(found)

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for place in range(15):
        with sqlite_store.writing("test") as writing:
            writing.connection.execute(insert(agreements).values(
                agreement_number=f"N{place}", customer_name="x", customer_name_folded="x", stub=False, txn=writing.txn))
    for thread in threads:
        thread.join()
    assert wrong == []


def test_what_is_remembered_is_the_newest_and_no_more_than_memory_has_room_for() -> None:
    remembered, row = Remembered(), tuple(range(30))
    large: list[Any] = [row] * REMEMBERED_ROWS
    room = REMEMBERED_CELLS // (REMEMBERED_ROWS * len(row))
    for at in range(3 * room):
        remembered.keep(at, large)
        remembered.keep(at, large)
    assert [at for at in range(3 * room) if remembered.get(at)] == list(range(2 * room, 3 * room))
    for at in range(2 * REMEMBERED_STATEMENTS):
        remembered.keep(f"small {at}", [])
    assert sum(remembered.get(f"small {at}") is not None for at in range(2 * REMEMBERED_STATEMENTS)) == REMEMBERED_STATEMENTS
    remembered.keep("too large", [*large, row])
    assert remembered.get("too large") is None
