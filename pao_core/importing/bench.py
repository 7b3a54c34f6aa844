"""The workbench of one import: an embedded DuckDB in its folder, with the file's rows and what is wrong with them."""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import pyarrow as pa

from pao_core.locale import _
from pao_core.store.types import fold

MEMORY = "160MB"
THREADS = 2
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
    """Tables: `raw` (the file: line, width, c0 ...), `rows` (line, width, t_NAME texts, v_NAME values), `problems` and
    `notices` (line, reason): a row with a problem is rejected, a row with a notice is loaded and warned of."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self._connection = duckdb.connect(str(work / "bench.duckdb"), config={
            "memory_limit": MEMORY, "threads": THREADS, "temp_directory": str(work / "spill"), "preserve_insertion_order": False,
            "autoinstall_known_extensions": False, "autoload_known_extensions": False,
        })
        self.run("CREATE TABLE problems (line BIGINT, reason VARCHAR)")
        self.run("CREATE TABLE notices (line BIGINT, reason VARCHAR)")
        self._connection.create_function("fold", fold, ["VARCHAR"], "VARCHAR")  # type: ignore[list-item, arg-type]

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._connection.close()

    def run(self, sql: str, parameters: list[Any] | None = None) -> duckdb.DuckDBPyConnection:
        """Execute one statement."""
        return self._connection.execute(sql, parameters)

    def all(self, sql: str) -> list[Any]:
        """All rows of a query."""
        return self.run(sql).fetchall()

    def one(self, sql: str) -> Any:
        """The first value of a query."""
        row = self.run(sql).fetchone()
        return row[0] if row else None

    def interrupt(self) -> None:
        """Stop the statement that another thread is running."""
        self._connection.interrupt()

    def load(self, table: Path) -> None:
        """Take over the Arrow file that the reading process wrote, batch by batch."""
        with pa.OSFile(str(table)) as source:
            file = pa.ipc.open_file(source)
            batches = (file.get_batch(index) for index in range(file.num_record_batches))
            reader = pa.RecordBatchReader.from_batches(file.schema, batches)
            self._connection.register("arrived", reader)
            self.run("CREATE TABLE raw AS SELECT * FROM arrived")
            self._connection.unregister("arrived")

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

    def batches(self, sql: str, rows: int = 20_000) -> Iterator[list[list[Any]]]:
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
