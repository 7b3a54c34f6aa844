"""Parquet: flat columns of any simple type, as text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pao_core.importing.reading import plain
from pao_core.importing.reading.text_table import TextTable
from pao_core.importing.reading.unpack import too_big
from pao_core.importing.reading.unreadable import Bounds, Unreadable
from pao_core.locale import N_


def read(path: Path, out: Path, bounds: Bounds, progress: Callable[[int], None]) -> TextTable:
    """Write the table to `out`; a row's line is its position counted from 2, as under a header."""
    source = pq.ParquetFile(path, memory_map=False, thrift_string_size_limit=CAPS, thrift_container_size_limit=CAPS)
    _check(source, bounds)
    table = TextTable(out, [field.name for field in source.schema_arrow], bounds, progress)
    line = 1
    for batch in source.iter_batches(batch_size=READ_ROWS, use_threads=False):
        columns = [_texts(column, field.name, bounds) for column, field in zip(batch.columns, batch.schema, strict=True)]
        for row in zip(*columns, strict=True):
            line += 1
            if not table.add(line, row):
                table.close()
                return table
    table.close()
    return table


READ_ROWS = 500  # of long texts that a dictionary keeps once, more would fill memory
CAPS = 10_000_000  # bytes and items of one piece of the file's own description


def _check(source: pq.ParquetFile, bounds: Bounds) -> None:
    about = source.metadata
    if about.num_rows > bounds.rows:
        raise Unreadable(N_("{file}: more than {limit} rows. Split the file."), limit=bounds.rows)
    if about.num_columns > bounds.columns:
        raise Unreadable(N_("{file}: {found} columns; at most {limit} can be read."), found=about.num_columns, limit=bounds.columns)
    if sum(about.row_group(index).total_byte_size for index in range(about.num_row_groups)) > bounds.unpacked_bytes:
        raise too_big(bounds)
    for field in source.schema_arrow:
        if pa.types.is_nested(field.type) or pa.types.is_binary(field.type):
            raise Unreadable(N_("{file}: column {column} is no simple column (it holds {kind})."), column=field.name, kind=str(field.type))


def _texts(column: pa.Array, name: str, bounds: Bounds) -> list[str]:
    texts = ["" if value is None else _text(value) for value in _in_microseconds(column).to_pylist()]
    if texts and max(map(len, texts)) > bounds.cell_characters:
        raise Unreadable(N_("{file}: a cell of column {column} has more than {limit} characters."), column=name, limit=bounds.cell_characters)
    return texts


def _in_microseconds(column: pa.Array) -> pa.Array:
    """Python's own times have no nanoseconds; pandas, which has, writes every time with them."""
    if pa.types.is_dictionary(column.type) and pa.types.is_temporal(column.type.value_type):
        column = column.dictionary_decode()
    kind = column.type
    if getattr(kind, "unit", None) != "ns":
        return column
    if pa.types.is_timestamp(kind):
        return column.cast(pa.timestamp("us", kind.tz), safe=False)
    return column.cast(pa.duration("us") if pa.types.is_duration(kind) else pa.time64("us"), safe=False)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return plain.number(repr(value))
    if isinstance(value, Decimal):
        return plain.decimal(value)
    return plain.moment(value) if isinstance(value, date) else str(value)
