"""The workbench of one import: an embedded DuckDB in its folder, with the file's rows and what is wrong with them."""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import pyarrow as pa
from duckdb.func import SPECIAL

from pao_core.access.people.names import email_key
from pao_core.locale import N_, Refused, _
from pao_core.store.types import fold

# Each column of dates or words is a join of `checking.convert`, and each join takes some twenty of it however short its table.
MEMORY = "256MB"
THREADS = 2
GROUP_ROWS = 10_240
SHOWN_CHARACTERS = 60


class Sql(str):
    """A piece of SQL of ours; facts of sentences that are not Sql are values."""

    def shown(self) -> str:
        """SQL: the text of it that a sentence shows, and never null."""
        return f"coalesce(left(CAST({self} AS VARCHAR), {SHOWN_CHARACTERS}), '')"


class Whole(Sql):
    """SQL of a text that a sentence shows whole."""

    def shown(self) -> str:
        return str(self)


class Bench:
    """Tables: `raw` (the file: line, width, c0 ...), `given` (line, t_NAME: each column's text), `rows` (line, v_NAME: its
    value), `problems` and `notices` (line, reason): a row with a problem is rejected, one with a notice is warned of."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self._connection = duckdb.connect(str(work / "bench.duckdb"), config={
            "memory_limit": MEMORY, "threads": THREADS, "temp_directory": str(work / "spill"), "preserve_insertion_order": False,
            "autoinstall_known_extensions": False, "autoload_known_extensions": False,
        })
        # Nothing of the bench outlives the import: what is never committed is written to no journal, and waits for no disk.
        self.run("BEGIN")
        self.run("CREATE TABLE problems (line BIGINT, reason VARCHAR)")
        self.run("CREATE TABLE notices (line BIGINT, reason VARCHAR)")
        self._connection.create_function("fold", fold, ["VARCHAR"], "VARCHAR")
        self._connection.create_function("email_key", email_key, ["VARCHAR"], "VARCHAR", null_handling=SPECIAL)

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._connection.close()

    def run(self, sql: str) -> duckdb.DuckDBPyConnection:
        """Execute one statement. Raises Refused when it needs more memory than the bench has."""
        try:
            return self._connection.execute(sql)
        except duckdb.OutOfMemoryException as error:
            raise Refused(N_("Checking the file takes more memory than is allowed. Split the file. Nothing was loaded.")) from error

    def all(self, sql: str) -> list[Any]:
        """All rows of a query."""
        return self.run(sql).fetchall()

    def one(self, sql: str) -> Any:
        """The first value of a query."""
        row = self.run(sql).fetchone()
        return row[0] if row else None

    def count(self, table: str) -> int:
        """How many rows a table or view has."""
        return int(self.one(f"SELECT count(*) FROM {table}"))

    def load(self, table: Path, rows: int) -> None:
        """Take over the file that the reading process wrote, with so many rows."""
        if rows <= GROUP_ROWS:
            # One group of rows is the work of one thread: others would only be woken, for each of a hundred small statements.
            self.run("SET threads = 1")
        self.run(f"CREATE VIEW raw AS SELECT * FROM read_parquet('{table}')")

    def keep_rows(self, sql: str) -> None:
        """Make `rows` from a query. A Parquet file: written and read in a stream, where a wide table of DuckDB's own would not
        fit the memory allowed."""
        path = self.work / "rows.parquet"
        self.run(f"COPY ({sql}) TO '{path}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {GROUP_ROWS})")
        self.run(f"CREATE VIEW rows AS SELECT * FROM read_parquet('{path}')")

    def see_good(self) -> None:
        """From here on the view `good` has the rows that are not rejected so far."""
        self.run("CREATE VIEW good AS SELECT rows.* FROM rows ANTI JOIN problems USING (line)")

    def insert(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        """Append rows, given in the order of the table's columns."""
        if rows:
            names = [name for name, *_rest in self.all(f"DESCRIBE {table}")]
            arrow = pa.table(dict(zip(names, (list(column) for column in zip(*rows, strict=True)), strict=True)))
            self._connection.register("arrived", arrow)
            self.run(f"INSERT INTO {table} SELECT * FROM arrived")
            self._connection.unregister("arrived")

    def batches(self, sql: str, rows: int = 5_000) -> Iterator[list[list[Any]]]:
        """The result of a query, some rows at a time, as columns."""
        for batch in self.run(sql).to_arrow_reader(rows):
            yield [column.to_pylist() for column in batch.columns]

    def words(self, name: str, values: Mapping[str, str | None]) -> None:
        """Make the table `name` (text, value) of these pairs."""
        pairs = pa.table({"text": pa.array(values.keys(), pa.string()), "value": pa.array(values.values(), pa.string())})
        self._connection.register("pairs", pairs)
        self.run(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM pairs")
        self._connection.unregister("pairs")

    def reject(self, where: str, template: str, source: str = "rows", **facts: object) -> None:
        """Every row of `source` for which `where` holds is rejected with this sentence."""
        self.run(f"INSERT INTO problems SELECT line, {said(template, **facts)} FROM {source} WHERE {where}")

    def warn(self, where: str, template: str, source: str = "rows", **facts: object) -> None:
        """Every row of `source` for which `where` holds is warned of with this sentence."""
        self.run(f"INSERT INTO notices SELECT line, {said(template, **facts)} FROM {source} WHERE {where}")


def literal(value: object) -> str:
    """The value as SQL."""
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"


def said(template: str, **facts: object) -> str:
    """The SQL that says a marked sentence in the reader's language, with facts taken from the row where they are Sql: their
    first characters, or the whole of a Whole."""
    pieces = []
    for text, fact, _spec, _conversion in string.Formatter().parse(_(template)):
        if text:
            pieces.append(literal(text))
        if fact is not None:
            value = facts[fact]
            pieces.append(value.shown() if isinstance(value, Sql) else literal(value))
    return " || ".join(pieces)


def listed(values: Iterable[str]) -> str:
    """Values as an SQL list; never empty."""
    return ", ".join(literal(value) for value in values) or "NULL"
