"""Load the demonstration into an empty store, tell that it is there, and take it away again."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from pao_core.access import Viewer
from pao_core.access.turn import take_turn
from pao_core.access.writing import ScopedWriting
from pao_core.demo import office, people, removal, truth, world
from pao_core.demo.customers import RESELLERS
from pao_core.locale import N_, Refused
from pao_core.store import bulk
from pao_core.store.engine import Store
from pao_core.store.schema import REPLICATED, metadata, resellers, settings, users

LINES = 60_000
MARK = "demonstration"  # the row of `settings` that says what was loaded, or that it was and is gone


def load(store: Store, *, today: date, lines: int = LINES, seed: int = 1) -> list[dict[str, str]]:
    """Fill the empty store with so many order lines up to `today`, and what belongs to them; gives the log-ins
    ({email, password, name, reseller, role}).

    The same lines, seed and today give the same rows; passwords are new each time. One transaction. Raises Refused for a
    store that holds anything, and for a number of lines out of range.
    """
    with store.reading() as connection:
        _refuse_occupied(connection)
    tables = world.tables(lines, seed, today)
    log_ins, key = people.log_ins(), secrets.token_hex(8)
    with Viewer.of_command_line(store).writing() as writing:
        take_turn(writing.connection, MARK)
        _refuse_occupied(writing.connection)
        with bulk.roomy(writing.connection):
            for name, rows in tables:
                writing.fill(metadata.tables[name], rows)
        user_ids = people.enrol(writing, log_ins)
        office.settle(writing, today)
        _mark(writing, {
            "seed": seed, "lines": lines, "today": today.isoformat(), "txn": writing.txn, "users": user_ids, "key": key,
            "resellers": [number for number, *_rest in RESELLERS],
        })
        writing.audit("demonstration.loaded", lines=lines, seed=seed, today=today.isoformat())
        # Before the commit: whenever the users exist, so do the files that say how they sign in and what made the rows.
        truth.keep(store.settings, lines, seed, today)
        people.keep(store.settings, key, log_ins)
    return log_ins


def remove(store: Store) -> None:
    """Take away, in one transaction, what the demonstration put there and what was done at its resellers; rows that
    others loaded stay, with what they refer to. Raises Refused when there is none."""
    with Viewer.of_command_line(store).writing() as writing:
        mark = _found(writing.connection)
        if mark is None:
            raise Refused(N_("There is no demonstration to remove."))
        gone = removal.take_away(writing, mark["txn"], mark["resellers"], mark["users"])
        _mark(writing, {"removed": True})
        writing.audit("demonstration.removed")
    store.give_back_space()
    removal.sign_out(store, gone)
    people.forget(store.settings)
    truth.forget(store.settings)


def present(store: Store) -> bool:
    """Whether the store holds the demonstration: every screen says so."""
    with store.reading() as connection:
        return _found(connection) is not None


def wanted(store: Store) -> bool:
    """Whether a first `serve` loads it: no users, no resellers, and it was not removed before."""
    with store.reading() as connection:
        if connection.scalar(select(settings.c.name).where(settings.c.name == MARK)):
            return False
        return not any(connection.execute(select(table.c.id).limit(1)).first() for table in (users, resellers))


def log_ins(store: Store) -> list[dict[str, str]]:
    """How its people sign in, as `load` gave it; none without a demonstration."""
    with store.reading() as connection:
        mark = _found(connection)
    return people.kept(store.settings, mark["key"]) if mark else []


def _found(connection: Connection) -> dict[str, Any] | None:
    mark = connection.scalar(select(settings.c.value).where(settings.c.name == MARK))
    return None if mark is None or mark.get("removed") else mark


def _mark(writing: ScopedWriting, value: dict[str, Any]) -> None:
    writing.connection.execute(delete(settings).where(settings.c.name == MARK))
    writing.connection.execute(insert(settings).values(name=MARK, value=value))


def _refuse_occupied(connection: Connection) -> None:
    if _found(connection) is not None:
        raise Refused(N_("The demonstration is here already. Remove it first: `python -m pao_core demo --remove`."))
    if any(connection.execute(select(table.c.id).limit(1)).first() for table in (users, *REPLICATED)):
        raise Refused(N_("This store holds other data. Demonstration data goes into an empty store only: point PAO_DATA_DIR or "
                         "PAO_DATABASE_URL at one."))
