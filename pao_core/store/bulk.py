"""Many rows at once into a table, by each engine's fastest way; values as the store holds them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv
from sqlalchemy import Connection, Table, text

from pao_core.store import row_security

SQLITE_CACHE_KB = 256 * 1024


def insert(connection: Connection, table: Table, rows: pa.Table) -> int:
    """Insert the rows, whose columns are named as the table's; gives how many."""
    (_copy if connection.dialect.name == "postgresql" else _execute)(connection, table, rows)
    return len(rows)


@contextmanager
def growing(connection: Connection, table: Table) -> Iterator[None]:
    """Around many inserts: indexes that are no constraint are made anew at the end, which is faster than keeping them."""
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    for index in indexes:
        index.drop(connection)
    with row_security.filling(connection, table):
        yield
    for index in indexes:
        index.create(connection)


@contextmanager
def pointed_at(connection: Connection, table: Table) -> Iterator[None]:
    """Around the deletion of many rows of `table`: columns that point at it have an index meanwhile, lest the database reads
    all of their table for each row."""
    pointing = [key.parent for other in table.metadata.sorted_tables for key in other.foreign_keys if key.column.table is table]
    for column in pointing:
        connection.execute(text(f'CREATE INDEX pointing_{column.table.name}_{column.name} ON "{column.table.name}" ("{column.name}")'))
    yield
    for column in pointing:
        connection.execute(text(f"DROP INDEX pointing_{column.table.name}_{column.name}"))


@contextmanager
def roomy(connection: Connection) -> Iterator[None]:
    """Give SQLite a large page cache meanwhile: keys that come out of order would read the file again and again."""
    if connection.dialect.name == "postgresql":
        yield
        return
    before = connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
    connection.exec_driver_sql(f"PRAGMA cache_size=-{SQLITE_CACHE_KB}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size={before}")


def _copy(connection: Connection, table: Table, rows: pa.Table) -> None:
    text = io.BytesIO()
    csv.write_csv(rows, text, csv.WriteOptions(include_header=False))
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {_named(table, rows)} FROM STDIN (FORMAT csv)") as copy:
        copy.write(text.getvalue())


def _execute(connection: Connection, table: Table, rows: pa.Table) -> None:
    plain = [pc.cast(column, pa.string()) if pa.types.is_date32(column.type) else column for column in rows.columns]
    marks = ", ".join("?" * len(plain))
    driver: Any = connection.connection.driver_connection
    values = zip(*(column.to_pylist() for column in plain), strict=True)
    driver.executemany(f"INSERT INTO {_named(table, rows)} VALUES ({marks})", values)  # noqa: S608 - names of our own schema


def _named(table: Table, rows: pa.Table) -> str:
    names = ", ".join(f'"{name}"' for name in rows.column_names)
    return f'"{table.name}" ({names})'
