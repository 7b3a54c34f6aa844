"""The answer: a Parquet file of text columns, written in batches so that memory does not grow with the file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow._compute import call_function  # of pyarrow.compute, whose own start, a function for every name, is a third of the child's

from pao_core.importing.reading.unreadable import Bounds, Unreadable
from pao_core.locale import N_

# Turning rows into columns is twice as fast while they fit the processor's cache; a row group is better larger.
BATCH_ROWS = 2_000
BATCHES_TOGETHER = 10
# Long cells fill memory sooner than many rows do.
BATCH_CHARACTERS = 4 * 1024**2
TOGETHER_BYTES = 32 * 1024**2


class TextTable:
    """Rows of text, without white space around, under a header: columns `line` (in the file, from 1), `width` (cells found, where not as many
    as the headers; else null) and c0, c1, ... Enforces the limits on rows, columns and written bytes."""

    def __init__(self, out: Path, headers: Sequence[str], bounds: Bounds, progress: Callable[[int], None]) -> None:
        if len(headers) > bounds.columns:
            raise Unreadable(N_("{file}: {found} columns; at most {limit} can be read."), found=len(headers), limit=bounds.columns)
        self.headers = list(headers)
        self.count = 0
        self._bounds = bounds
        self._progress = progress
        self._written = 0
        self._characters = 0
        self._lines: list[int] = []
        self._rows: list[Sequence[str]] = []
        names = [f"c{index}" for index in range(len(headers))]
        self._schema = pa.schema([("line", pa.int64()), ("width", pa.int32()), *((name, pa.string()) for name in names)])
        self._batches: list[pa.RecordBatch] = []
        self._writer = pq.ParquetWriter(out, self._schema, compression="zstd", compression_level=1)

    def add(self, line: int, row: Sequence[str]) -> bool:
        """Take one row; False when no more are wanted. A wholly empty row is no row."""
        if not any(row):
            return True
        if self.count >= self._bounds.rows:
            raise Unreadable(N_("{file}: more than {limit} rows. Split the file."), limit=self._bounds.rows)
        self._lines.append(line)
        self._rows.append(row)
        self.count += 1
        self._characters += sum(map(len, row))
        if len(self._lines) >= BATCH_ROWS or self._characters > BATCH_CHARACTERS:
            self._flush()
        return self._bounds.rows_wanted is None or self.count < self._bounds.rows_wanted

    def close(self) -> None:
        """Write what is left; the file is complete afterwards."""
        self._flush()
        self._write()
        self._writer.close()

    def _flush(self) -> None:
        if not self._lines:
            return
        wanted = len(self.headers)
        widths: list[int | None] = [None] * len(self._lines)
        for index, row in enumerate(self._rows):
            if len(row) != wanted:
                widths[index] = _width(row, wanted)
                # Cells beyond the headers are kept in the last column: nothing of a row that is rejected for them vanishes.
                self._rows[index] = _evened(row, wanted)
        columns = [call_function("utf8_trim_whitespace", [pa.array(column, pa.string())]) for column in zip(*self._rows, strict=True)]
        batch = pa.record_batch([pa.array(self._lines, pa.int64()), pa.array(widths, pa.int32()), *columns], schema=self._schema)
        self._written += batch.nbytes
        if self._written > self._bounds.unpacked_bytes:
            raise Unreadable(N_("{file}: unpacks to more than {limit} MB. Split the file."), limit=self._bounds.unpacked_bytes // 1024**2)
        self._batches.append(batch)
        self._lines, self._rows, self._characters = [], [], 0
        if len(self._batches) == BATCHES_TOGETHER or sum(batch.nbytes for batch in self._batches) > TOGETHER_BYTES:
            self._write()

    def _write(self) -> None:
        self._writer.write_table(pa.Table.from_batches(self._batches, self._schema))
        self._batches = []
        self._progress(self.count)


def _width(row: Sequence[str], wanted: int) -> int | None:
    """How many cells there are, when that is wrong; empty cells at the end beyond the headers are a spreadsheet's habit."""
    if len(row) == wanted or (len(row) > wanted and not any(row[wanted:])):
        return None
    return len(row)


def _evened(row: Sequence[str], wanted: int) -> Sequence[str]:
    if len(row) < wanted:
        return [*row, *[""] * (wanted - len(row))]
    beyond = [cell for cell in row[wanted:] if cell]
    return [*row[: wanted - 1], " | ".join([row[wanted - 1], *beyond])]
