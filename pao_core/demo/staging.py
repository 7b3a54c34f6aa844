"""Columns into the store: staged in a temporary table, then through the scoped door that imports use."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv
from sqlalchemy import Column, Connection, MetaData, Table

from pao_core.access.writing import ScopedWriting
from pao_core.store.schema import metadata

CHUNK = 50_000


def put(writing: ScopedWriting, name: str, rows: pa.Table) -> int:
    """Insert the rows of the table `name`, values as the store holds them; gives how many. For a table without them."""
    table = metadata.tables[name]
    stage = Table(f"demonstration_{name}", MetaData(), *(Column(column, table.c[column].type) for column in rows.column_names),
                  prefixes=["TEMPORARY"])
    stage.create(writing.connection)
    copy = _copy if writing.connection.dialect.name == "postgresql" else _insert
    for start in range(0, len(rows), CHUNK):
        copy(writing.connection, stage.name, rows.slice(start, CHUNK))
    fixed = {"stub": False} if "stub" in table.c else {}
    inserted = writing.insert_missing(table, stage, rows.column_names, **fixed)
    stage.drop(writing.connection)
    return inserted


def _copy(connection: Connection, stage: str, rows: pa.Table) -> None:
    text = io.BytesIO()
    csv.write_csv(rows, text, csv.WriteOptions(include_header=False))
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {stage} FROM STDIN (FORMAT csv)") as copy:
        copy.write(text.getvalue())


def _insert(connection: Connection, stage: str, rows: pa.Table) -> None:
    plain = [pc.cast(column, pa.string()) if pa.types.is_date32(column.type) else column for column in rows.columns]
    marks = ", ".join("?" * len(plain))
    connection.exec_driver_sql(
        f"INSERT INTO {stage} VALUES ({marks})",
        list(zip(*(column.to_pylist() for column in plain), strict=True)),
    )
