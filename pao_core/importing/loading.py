"""The good rows into the store: staged beside it, applied in one transaction with the batch, its audit and its stubs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select
from sqlalchemy.exc import IntegrityError

from pao_core.access import Viewer
from pao_core.access.turn import take_turn
from pao_core.access.writing import Applied, ScopedWriting, differing
from pao_core.importing import stubs
from pao_core.importing.bench import Bench, literal
from pao_core.importing.columns import Dataset, Kind
from pao_core.importing.mapping import Mapped
from pao_core.importing.references import may_make
from pao_core.importing.rules import RULES
from pao_core.importing.staging import WARNED, Staged, Staging
from pao_core.locale import N_, Refused
from pao_core.store.engine import Store
from pao_core.store.schema import batches, key_matches, metadata, stub_names

TOLD = ("dataset", "file_name", "file_sha256", "read", "loaded", "unchanged", "rejected", "warned", "stubs")
CHANGED = N_("Something that this file refers to was changed while it was loaded. Nothing was loaded. Try again.")
# Enough for the pages of the indexes that a large import touches at random.
SQLITE_CACHE_KIB = 32_768


@dataclass(frozen=True)
class Loaded:
    """What an import did, or would do: `batch` is None when nothing was written. `warned` counts loaded rows."""

    batch: int | None
    applied: Applied
    warned: int
    stubs: dict[str, int]

    @property
    def rows(self) -> int:
        return self.applied.inserted + self.applied.updated


class Loading:
    """One import's way into the store."""

    def __init__(self, bench: Bench, mapped: Mapped, viewer: Viewer, progress: Callable[[int], None]) -> None:
        self._bench = bench
        self._viewer = viewer
        self._dataset = mapped.dataset
        self._for_new = tuple(name for name in RULES[mapped.dataset.name].for_new if name not in mapped.given)
        self._values = self._stored_columns(mapped)
        self._staging = Staging(bench, bench.work, viewer.store.on_postgresql, progress)

    def stage(self) -> None:
        """Write the rows beside the store, ordered by key so that its indexes grow in order."""
        select_ = ", ".join(f'{sql} AS "{name}"' for name, sql in self._values.items())
        key = ", ".join(f'"v_{name}"' for name in self._dataset.key)
        warned = f"CAST(line IN (SELECT line FROM notices) AS INTEGER) AS {WARNED}"
        rows = Staged(self._dataset.name, self._dataset.table, tuple(self._values), f"SELECT {select_}, {warned} FROM good ORDER BY {key}", (WARNED,))
        made = [
            Staged(f"stub_{stub.table}", metadata.tables[stub.table], tuple(stub.columns), f"SELECT * FROM stub_{stub.table} ORDER BY 1")
            for stub in self._stubs()
        ]
        self._staging.fill([rows, *made, Staged("stub_names", stub_names, stubs.NAMES, "SELECT * FROM stub_names ORDER BY ALL")])

    def compare(self) -> Loaded:
        """What loading would do now; writes nothing."""
        store = self._viewer.store
        if not store.on_postgresql:
            with store.reading(self._staging.attached) as connection:
                return self._would_load(connection)
        # A temporary table cannot be made in a read-only transaction; this one takes no lock and is rolled back.
        with store.engine.connect() as connection, self._viewer.walled(connection, writes=True):
            return self._would_load(connection)

    def apply(self, facts: dict[str, Any], elapsed: Callable[[], Decimal]) -> Loaded:
        """Write everything in one transaction. `facts` are the batch's columns that are known before, `elapsed` its seconds."""
        try:
            with self._viewer.writing(self._staging.attached) as writing:
                _make_room(writing.connection, self._viewer.store, self._dataset)
                return self._write(writing, facts, elapsed)
        except IntegrityError as error:
            raise Refused(CHANGED) from error

    def _stored_columns(self, mapped: Mapped) -> dict[str, str]:
        """Column of the store -> SQL over `good`, for what the file gives and what is derived."""
        found = {}
        for column in self._dataset.stored:
            if column.name in mapped.given or column.key or column.name in self._for_new:
                value = f'"v_{column.name}"'
                value = f"coalesce({value}, {literal(column.fallback)})" if column.fallback else value
                found[column.name] = f"CAST({value} AS VARCHAR)" if column.kind is Kind.DATE else value
        return found | RULES[self._dataset.name].derived

    def _would_load(self, connection: Connection) -> Loaded:
        table, stage = self._dataset.table, self._staging.table(connection, self._dataset.name)
        joined = select(func.count(), func.coalesce(func.sum(stage.c[WARNED]), 0)).select_from(stage.join(table, key_matches(table, stage)))
        changed = differing(table, stage, self._compared())
        total, warned = connection.execute(select(func.count(), func.coalesce(func.sum(stage.c[WARNED]), 0)).select_from(stage)).one()
        present = connection.execute(joined).one()[0]
        unchanged, unchanged_warned = connection.execute(joined.where(~changed)).one()
        applied = Applied(total - present, present - unchanged, unchanged)
        return Loaded(None, applied, int(warned) - int(unchanged_warned), stubs.count(self._bench, self._dataset))

    def _compared(self) -> list[str]:
        return [name for name in self._values if name not in self._dataset.key and name not in self._for_new]

    def _write(self, writing: ScopedWriting, facts: dict[str, Any], elapsed: Callable[[], Decimal]) -> Loaded:
        made = self._write_stubs(writing)
        table, stage = self._dataset.table, self._staging.table(writing.connection, self._dataset.name)
        if self._dataset.under is not None:
            _refuse_unplaced(writing.connection, metadata.tables[self._dataset.under], stage)
        applied = writing.upsert(table, stage, [*self._dataset.key, *self._compared()], self._for_new)
        named = writing.insert_missing(stub_names, self._staging.table(writing.connection, stub_names.name), stubs.NAMES)
        if not (applied.inserted or applied.updated or any(made.values()) or named):
            writing.nothing_replicated()
        loaded = Loaded(None, applied, _warned(writing, table, stage), self._counted(made))
        return Loaded(self._record(writing, loaded, facts | {"seconds": elapsed()}), loaded.applied, loaded.warned, loaded.stubs)

    def _write_stubs(self, writing: ScopedWriting) -> dict[str, int]:
        return {
            stub.table: writing.insert_missing(
                metadata.tables[stub.table], self._staging.table(writing.connection, f"stub_{stub.table}"), tuple(stub.columns),
                stub=True, **stub.fixed,
            )
            for stub in self._stubs()
        }

    def _stubs(self) -> list[stubs.StubTable]:
        return [stub for stub in stubs.STUBS if stub.table in self._dataset.references and may_make(self._viewer, stub.table)]

    def _counted(self, made: dict[str, int]) -> dict[str, int]:
        """For a user the stubs asked for: were only the made ones counted, the number would tell what others have."""
        return made if self._viewer.operator else stubs.count(self._bench, self._dataset)

    def _record(self, writing: ScopedWriting, loaded: Loaded, facts: dict[str, Any]) -> int:
        values = facts | {
            "txn": writing.txn, "loaded_at": writing.at, "loaded": loaded.rows, "unchanged": loaded.applied.unchanged,
            "warned": loaded.warned, "stubs": loaded.stubs, "dataset": self._dataset.name,
        }
        batch = writing.connection.execute(insert(batches).values(values).returning(batches.c.id)).scalar_one()
        told = {name: values[name] for name in TOLD}
        writing.audit("import", f"batch {batch}", facts["reseller_site_number"], **told)
        return int(batch)


def _warned(writing: ScopedWriting, table: Table, stage: Table) -> int:
    loaded = (table.c.txn == writing.txn) & (stage.c[WARNED] == 1)
    return writing.connection.scalar(select(func.count()).select_from(stage.join(table, key_matches(table, stage))).where(loaded)) or 0


def _refuse_unplaced(connection: Connection, above: Table, stage: Table) -> None:
    """What the rows are under may have been undone since they were checked; no foreign key tells."""
    alone = select(func.count()).select_from(stage.outerjoin(above, key_matches(above, stage))).where(above.c.id.is_(None))
    if connection.scalar(alone):
        raise Refused(CHANGED)


def _make_room(connection: Connection, store: Store, dataset: Dataset) -> None:
    if not store.on_postgresql:
        connection.exec_driver_sql(f"PRAGMA cache_size=-{SQLITE_CACHE_KIB}")
    for name in filter(None, (dataset.name, dataset.under)):
        wait_for_others(connection, name)


def wait_for_others(connection: Connection, dataset: str) -> None:
    """Two imports of one dataset wait for each other here, so that they cannot mix; so does its undoing."""
    take_turn(connection, f"import of {dataset}")
