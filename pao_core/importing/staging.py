"""Rows on their way into the store: kept beside it, so that its lock is held only while they are applied.

On SQLite they wait in a database file of their own, attached to the writing transaction; on PostgreSQL they are copied
into temporary tables of that transaction, which lock nobody out.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy import Boolean, Column, Connection, Integer, MetaData, Table, text

from pao_core.importing.bench import Bench
from pao_core.store.types import Minor, Scaled

SCHEMA = "staged"
WARNED = "warned"


@dataclass(frozen=True)
class Staged:
    """The rows for the table `target`: `select` is their SQL on the bench, `columns` and then `flags` what it gives."""

    name: str
    target: Table
    columns: tuple[str, ...]
    select: str
    flags: tuple[str, ...] = ()

    def table(self, on_postgresql: bool) -> Table:
        """The staging table as statements see it."""
        return _table(self.name, self.target, self.columns, self.flags, on_postgresql)


class Staging:
    """What is staged of one import, filled once and applied in one transaction."""

    def __init__(self, bench: Bench, work: Path, on_postgresql: bool, progress: Callable[[int], None]) -> None:
        self._bench = bench
        self._work = work
        self._on_postgresql = on_postgresql
        self._progress = progress
        self._staged: dict[str, Staged] = {}

    @property
    def attached(self) -> dict[str, Path]:
        """The files to attach to the writing transaction."""
        return {} if self._on_postgresql else {SCHEMA: self._work / "staged.db"}

    def fill(self, staged: Sequence[Staged]) -> None:
        """Write the rows out of the bench, outside any transaction of the store."""
        self._staged = {stage.name: stage for stage in staged}
        for stage in staged:
            if self._on_postgresql:
                self._bench.run(f"COPY ({stage.select}) TO '{self._file(stage)}' (FORMAT csv, HEADER false)")
        if not self._on_postgresql:
            self._fill_sqlite(staged)

    def table(self, connection: Connection, name: str) -> Table:
        """The staging table `name`, ready to be read in this transaction."""
        stage = self._staged[name]
        table = stage.table(self._on_postgresql)
        if self._on_postgresql:
            table.create(connection)
            self._copy(connection, stage, table)
        return table

    def _fill_sqlite(self, staged: Sequence[Staged]) -> None:
        connection = sqlite3.connect(self._work / "staged.db", isolation_level=None)
        # The file lives no longer than the import: nothing of it needs to survive a crash.
        for pragma in ("journal_mode=OFF", "synchronous=OFF"):
            connection.execute(f"PRAGMA {pragma}")
        for stage in staged:
            columns = ", ".join(f'"{name}" {_sqlite_type(stage, name)}' for name in (*stage.columns, *stage.flags))
            connection.execute(f'CREATE TABLE "staged_{stage.name}" ({columns})')
            connection.execute("BEGIN")
            insert = f'INSERT INTO "staged_{stage.name}" VALUES ({", ".join("?" * (len(stage.columns) + len(stage.flags)))})'
            done = 0
            for columns_read in self._bench.batches(stage.select):
                connection.executemany(insert, zip(*columns_read, strict=True))
                done += len(columns_read[0])
                self._progress(done)
            connection.execute("COMMIT")
        connection.close()

    def _copy(self, connection: Connection, stage: Staged, table: Table) -> None:
        driver = connection.connection.driver_connection
        assert driver is not None
        columns = ", ".join(f'"{name}"' for name in (*stage.columns, *stage.flags))
        into = f"COPY {table.name} ({columns}) FROM STDIN (FORMAT csv)"
        with self._file(stage).open("rb") as rows, driver.cursor() as cursor, cursor.copy(into) as copy:
            while some := rows.read(1024**2):
                copy.write(some)
        connection.execute(text(f"ANALYZE {table.name}"))

    def _file(self, stage: Staged) -> Path:
        return self._work / f"staged_{stage.name}.csv"


@cache
def _table(name: str, target: Table, columns: tuple[str, ...], flags: tuple[str, ...], on_postgresql: bool) -> Table:
    """The same table for the same columns: statements on it are put together once in a process, not once an import."""
    found = [Column(name, target.c[name].type) for name in columns] + [Column(name, Integer) for name in flags]
    if on_postgresql:
        return Table(f"staged_{name}", MetaData(), *found, prefixes=["TEMPORARY"], postgresql_on_commit="DROP")
    return Table(f"staged_{name}", MetaData(), *found, schema=SCHEMA)


def _sqlite_type(stage: Staged, name: str) -> str:
    whole = name in stage.flags or isinstance(stage.target.c[name].type, (Boolean, Integer, Minor, Scaled))
    return "INTEGER" if whole else "TEXT"
