"""Bring a replica up to a change number: the rows changed since are deleted and inserted again, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
from sqlalchemy import Connection, Select, Table, func, select, type_coerce

from pao_core.replica.columns import arrow_type, plain
from pao_core.store import history
from pao_core.store.schema import REPLICATED, commits, counters, row_history

# Above this a rebuild is faster than a refresh, and it can go on beside while the old file is read.
REBUILD_ROWS = 50_000


class TooManyChanges(Exception):
    """More rows changed than a refresh should carry, or some went without history."""


@dataclass(frozen=True)
class Changes:
    """What a table's rows became between two change numbers: `rows` as they are now, `gone` the ids of all touched."""

    table: Table
    rows: pa.Table
    gone: pa.Table


def changes_since(connection: Connection, number: int) -> tuple[int, list[Changes]]:
    """The current change number and what changed after `number`, all of one moment. Raises TooManyChanges."""
    if history.forgotten_since(connection, number):
        raise TooManyChanges
    now = connection.scalar(select(counters.c.value).where(counters.c.name == "change")) or 0
    newer = select(commits.c.txn).where(commits.c.number > number)
    found = []
    left = REBUILD_ROWS
    for table in REPLICATED:
        left -= connection.scalar(select(func.count()).select_from(table).where(table.c.txn.in_(newer))) or 0
        if left < 0:
            raise TooManyChanges
        found.append(_changes(connection, table, newer))
    return now, [change for change in found if change.gone.num_rows]


def _changes(connection: Connection, table: Table, newer: Select[Any]) -> Changes:
    # The replica holds scaled integers, not the decimals that the columns' own types would give.
    kept = [type_coerce(column, plain(column)).label(column.name) for column in table.columns]
    found = connection.execute(select(*kept).where(table.c.txn.in_(newer))).all()
    values = zip(*found, strict=True) if found else ([] for _ in kept)
    rows = pa.table([pa.array(list(column), arrow_type(of)) for of, column in zip(table.columns, values, strict=True)],
                    names=[column.name for column in table.columns])
    deleted = connection.scalars(
        select(row_history.c.row_id).where(row_history.c.table_name == table.name, row_history.c.deleted, row_history.c.txn.in_(newer))
    ).all()
    return Changes(table, rows, pa.table({"id": pa.array([*rows["id"].to_pylist(), *deleted], pa.int64())}))


def apply(replica: duckdb.DuckDBPyConnection, number: int, changes: Sequence[Changes]) -> None:
    """Write the changes and the number that they bring the replica to, in one transaction."""
    replica.execute("BEGIN")
    try:
        for change in changes:
            replica.register("changed", change.rows)
            replica.register("gone", change.gone)
            replica.execute(f'DELETE FROM "{change.table.name}" WHERE id IN (SELECT id FROM gone)')
            replica.execute(f'INSERT INTO "{change.table.name}" SELECT * FROM changed')
            replica.unregister("changed")
            replica.unregister("gone")
        replica.execute("UPDATE replica_state SET number = ?", [number])
        replica.execute("COMMIT")
    except BaseException:
        replica.execute("ROLLBACK")
        raise
