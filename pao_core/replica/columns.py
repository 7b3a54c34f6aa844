"""How a store column is written in the replica: whole numbers, dates, booleans and text."""

from __future__ import annotations

import pyarrow as pa
from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, Table
from sqlalchemy.types import TypeDecorator, TypeEngine


def plain(column: Column[object]) -> TypeEngine[object]:
    """The column type without our conversions: what the store itself holds."""
    return column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type


def arrow_type(column: Column[object]) -> pa.DataType:
    """The Arrow type of a column's values as the store holds them (scaled and minor amounts as int64)."""
    kind = plain(column)
    if isinstance(kind, Boolean):
        return pa.bool_()
    if isinstance(kind, Date):
        return pa.date32()
    return pa.int64() if isinstance(kind, BigInteger | Integer) else pa.string()


def duckdb_type(column: Column[object]) -> str:
    """The DuckDB type of the same."""
    kind = arrow_type(column)
    names = {pa.bool_(): "BOOLEAN", pa.date32(): "DATE", pa.int64(): "BIGINT", pa.string(): "VARCHAR"}
    return names[kind]


def create(table: Table) -> str:
    """The statement that makes the replica's copy: no key, since keeping one makes a refresh ten times slower."""
    columns = ", ".join(f'"{column.name}" {duckdb_type(column)}' for column in table.columns)
    return f'CREATE TABLE "{table.name}" ({columns})'
