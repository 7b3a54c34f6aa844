"""Build a replica file from nothing, in a process of its own: `python -m pao_core.replica.build`, orders on stdin.

Bulk reading goes through ADBC, whose SQLite is not Python's: two of them in one process lose commits silently, so this
never runs inside a process that has the store open.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import duckdb
import pyarrow as pa
from sqlalchemy import Column, Table

from pao_core.replica.columns import arrow_type, create
from pao_core.store.schema import REPLICATED

# SQLite columns have no type that ADBC could read, so it takes the first rows'; a null there would mislead it.
NO_NUMBER = -(2**63)
NO_TEXT = "\x01"


def build(store_url: str, target: str, memory_mb: int, threads: int) -> int:
    """Copy every replicated table, as of one moment, into the new DuckDB file `target`; gives the change number copied."""
    with _source(store_url) as cursor, closing(duckdb.connect(target)) as replica:
        replica.execute(f"SET memory_limit = '{memory_mb}MB'")
        replica.execute(f"SET threads = {threads}")
        cursor.execute("SELECT value FROM counters WHERE name = 'change'")
        number = int(cursor.fetchone()[0])
        for table in REPLICATED:
            _copy(cursor, replica, table, store_url.startswith("sqlite"))
        replica.execute("CREATE TABLE replica_state (number BIGINT)")
        replica.execute("INSERT INTO replica_state VALUES (?)", [number])
        replica.execute("CHECKPOINT")
    return number


def _copy(cursor: Any, replica: duckdb.DuckDBPyConnection, table: Table, untyped: bool) -> None:
    read = ", ".join(_read(column) if untyped else f'"{column.name}"' for column in table.columns)
    cursor.execute(f'SELECT {read} FROM "{table.name}"')
    replica.execute(create(table))
    replica.register("source", cursor.fetch_record_batch())
    write = ", ".join(_write(column) if untyped else f'"{column.name}"' for column in table.columns)
    order = ", ".join(f'"{name}"' for name in table.info["sort"])
    replica.execute(f'INSERT INTO "{table.name}" SELECT {write} FROM source ORDER BY {order}')
    replica.unregister("source")


def _read(column: Column[object]) -> str:
    """A column of SQLite, its nulls replaced by a sign that has the column's type."""
    if not column.nullable:
        return f'"{column.name}"'
    sign = f"char({ord(NO_TEXT)})" if arrow_type(column) in (pa.string(), pa.date32()) else str(NO_NUMBER)
    return f'coalesce("{column.name}", {sign}) AS "{column.name}"'


def _write(column: Column[object]) -> str:
    """The same column as DuckDB keeps it."""
    kind = arrow_type(column)
    value = f'"{column.name}"'
    if column.nullable:
        value = f"nullif({value}, {f'chr({ord(NO_TEXT)})' if kind in (pa.string(), pa.date32()) else NO_NUMBER})"
    if kind == pa.date32():
        return f"CAST({value} AS DATE)"
    return f"CAST({value} AS BOOLEAN)" if kind == pa.bool_() else value


@contextmanager
def _source(store_url: str) -> Iterator[Any]:
    """A cursor whose statements all see one moment of the store."""
    if store_url.startswith("sqlite"):
        import adbc_driver_sqlite.dbapi as sqlite

        with sqlite.connect(f"file:{store_url.removeprefix('sqlite:///')}?mode=ro") as connection, connection.cursor() as cursor:
            cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": "65536"})
            yield cursor  # ADBC begins a transaction with the first statement
    else:
        import adbc_driver_postgresql.dbapi as postgresql

        with postgresql.connect(store_url) as connection, connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield cursor


if __name__ == "__main__":
    print(json.dumps({"number": build(**json.load(sys.stdin))}))
