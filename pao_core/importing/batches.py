"""What was imported: the list of batches, their rejected rows, and undoing one."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, cast, false, func, literal_column, or_, select, true, tuple_, update
from sqlalchemy.exc import IntegrityError

from pao_core.access import Viewer
from pao_core.access.changes import Since
from pao_core.access.rights import DATA_IMPORT
from pao_core.access.writing import ScopedWriting, references_to
from pao_core.importing.datasets import DATASETS
from pao_core.importing.loading import wait_for_others
from pao_core.importing.stubs import STUBS
from pao_core.locale import N_, Refused
from pao_core.store.schema import REPLICATED, TENANT, batches, metadata, row_history, stub_names

MOST = 200
NAMED = 5  # how many rows a refusal names
LISTED = (
    "id", "dataset", "file_name", "loaded_at", "actor", "reseller_site_number", "read", "loaded", "unchanged", "rejected", "warned", "stubs",
    "seconds",
)


def listed(viewer: Viewer, limit: int = MOST, since: Since | None = None) -> list[dict[str, Any]]:
    """The viewer's batches (those written since, when it is given), the newest first: columns LISTED and `undone`."""
    undone = batches.c.undone_by_txn.is_not(None).label("undone")
    statement = select(*(batches.c[name] for name in LISTED), undone).where(visible(viewer)).order_by(batches.c.id.desc()).limit(limit)
    if since is not None:
        statement = statement.where(since.wrote(batches.c.txn))
    with viewer.reading() as connection:
        return [dict(row._mapping) for row in connection.execute(statement)]


def rejected_rows(viewer: Viewer, batch: int) -> bytes:
    """CSV of the batch's rejected rows with their reasons, ready to be mended; empty when there was none."""
    return _kept(viewer, batch, "rejected_rows")


def warned_rows(viewer: Viewer, batch: int) -> bytes:
    """CSV of the rows that the batch loaded with a warning; empty when there was none."""
    return _kept(viewer, batch, "warned_rows")


def undo(viewer: Viewer, batch: int) -> int:
    """Bring back what was there before the batch, in one transaction; gives the number of rows that it takes back.

    The stubs that it made go too, but for those that somebody uses by now and for a reseller: its batches name it. Raises
    Refused when it is undone already, when a later change touched its rows, or when later rows depend on them.
    """
    try:
        with viewer.writing(act="import.undo", object_=f"batch {batch}") as writing:
            return _undo(writing, viewer, batch)
    except IntegrityError as error:
        raise Refused(N_("Later rows refer to what this import brought. Undo those first.")) from error


def _undo(writing: ScopedWriting, viewer: Viewer, batch: int) -> int:
    row = writing.connection.execute(select(batches).where(batches.c.id == batch, visible(viewer))).one_or_none()
    if row is None:
        raise _unknown(batch)
    if row.undone_by_txn is not None:
        raise Refused(N_("This import is undone already."))
    wait_for_others(writing.connection, row.dataset)
    count = _Undoing(writing, viewer, row.txn, DATASETS[row.dataset].table).run()
    writing.connection.execute(update(batches).where(batches.c.id == batch).values(undone_by_txn=writing.txn))
    writing.audit("import.undo", f"batch {batch}", row.reseller_site_number, dataset=row.dataset, rows=count)
    return count


def visible(viewer: Viewer) -> ColumnElement[bool]:
    """A reseller's batches show to those who may import for it; shared data's to the operator; what a user loaded for several
    of its resellers, to that user."""
    if viewer.every_reseller:
        return true()
    shared = [name for name, dataset in DATASETS.items() if not dataset.tenant]
    own = batches.c.user_id == viewer.user_id if viewer.may(DATA_IMPORT) else false()
    return or_(
        batches.c.reseller_site_number.in_(viewer.sites(DATA_IMPORT)),
        and_(batches.c.reseller_site_number.is_(None), own),
        batches.c.dataset.in_(shared) if viewer.operator else false(),
    )


def _kept(viewer: Viewer, batch: int, name: str) -> bytes:
    with viewer.reading() as connection:
        found = connection.execute(select(batches.c[name]).where(batches.c.id == batch, visible(viewer))).one_or_none()
    if found is None:
        raise _unknown(batch)
    return gzip.decompress(found[0]) if found[0] else b""


def _unknown(batch: int) -> Refused:
    return Refused(N_("No import has the number {batch}."), batch=batch)


class _Undoing:
    """One undo: the rows of the dataset first, then the names and the stubs that came with them."""

    def __init__(self, writing: ScopedWriting, viewer: Viewer, txn: int, table: Table) -> None:
        self.writing = writing
        self.viewer = viewer
        self.txn = txn
        self.table = table
        # Transactions that brought back exactly what this batch had written: the undo, by this one, of a later batch.
        self.again: dict[int, int] = {}

    def run(self) -> int:
        self._refuse_touched()
        added = self._added()
        self._refuse_used(self.table, added)
        self._refuse_those_below(added)
        restored = self._restore()
        deleted = self.writing.delete(self.table, added)
        if self.table is not stub_names:
            self.writing.delete(stub_names, stub_names.c.txn == self.txn)
        for stub in reversed(STUBS):
            table = metadata.tables[stub.table]
            if table is not self.table:
                self._refuse_used(table, and_(table.c.stub, table.c.txn == self.txn))
                self.writing.withdraw(table, self.txn)
        return restored + deleted

    def _refuse_touched(self) -> None:
        versions = [self.txn]
        for version in versions:
            later = select(row_history.c.txn, func.min(row_history.c.row_id), batches.c.undone_by_txn).where(
                row_history.c.old_txn == version, row_history.c.table_name == self.table.name,
            ).join_from(row_history, batches, batches.c.txn == row_history.c.txn, isouter=True).group_by(row_history.c.txn, batches.c.undone_by_txn)
            for txn, row_id, undone_by in self.writing.connection.execute(later).all():
                if undone_by is None:
                    raise self._touched(row_id)
                self.again[undone_by] = txn
                versions.append(undone_by)

    def _touched(self, row_id: int) -> Refused:
        key = [self.table.c[name] for name in self.table.info["key"]]
        row = self.writing.connection.execute(select(*key).where(self.table.c.id == row_id)).one_or_none()
        named = " ".join(str(value) for value in row) if row else str(row_id)
        return Refused(N_("A later change touched what this import wrote ({row}, for one). Undo that one first."), row=named)

    def _added(self) -> ColumnElement[bool]:
        """The condition of the rows that the batch added: they carry its version and have none before it."""
        carrying: list[ColumnElement[bool]] = [self.table.c.txn == self.txn]
        for undo_txn, undone_txn in self.again.items():
            carrying.append(and_(self.table.c.txn == undo_txn, self.table.c.id.in_(self._replaced_by(undone_txn, [self.txn, *self.again]))))
        return and_(or_(*carrying), self.table.c.id.not_in(self._replaced_by(self.txn)))

    def _replaced_by(self, txn: int, versions: Sequence[int] | None = None) -> Any:
        """The ids of the rows of which `txn` replaced a version (one of `versions`)."""
        found = select(row_history.c.row_id).where(row_history.c.txn == txn, row_history.c.table_name == self.table.name)
        return found if versions is None else found.where(row_history.c.old_txn.in_(versions))

    def _restore(self) -> int:
        fixed = {"id", "txn", "reseller_site_number", "distributor_site_number"} if self.table in TENANT else {"id", "txn"}
        values = {column.name: self._old(column.name) for column in self.table.columns if column.name not in fixed}
        replaced = and_(
            self.table.c.id == row_history.c.row_id, row_history.c.txn == self.txn, row_history.c.table_name == self.table.name,
            ~row_history.c.deleted,
        )
        return self.writing.update(self.table, replaced, **values)

    def _old(self, name: str) -> Any:
        if self.viewer.store.on_postgresql:
            return cast(row_history.c.old.op("->>")(literal_column(f"'{name}'")), self.table.c[name].type)
        return func.json_extract(row_history.c.old, f'$."{name}"')

    def _refuse_used(self, table: Table, rows: ColumnElement[bool]) -> None:
        """Refuse when rows that stay refer to these. What others' rows refer to stays for them, in silence."""
        for child, column in references_to(table):
            # A batch or a person that names a stub reseller keeps it, and stands in nobody's way.
            if child is table or child not in (REPLICATED if self.viewer.operator else TENANT):
                continue
            key = table.c[table.info["key"][0]]
            self._refuse(child, select(column).where(column.in_(select(key).where(rows))))

    def _refuse_those_below(self, rows: ColumnElement[bool]) -> None:
        """Refuse when rows of a dataset under this one stay: no foreign key holds them."""
        key = self.table.info["key"]
        going = select(*(self.table.c[name] for name in key)).where(rows)
        for below in (dataset.table for dataset in DATASETS.values() if dataset.under == self.table.name):
            self._refuse(below, select(below.c[key[-1]]).where(tuple_(*(below.c[name] for name in key)).in_(going)))

    def _refuse(self, child: Table, used: Select[Any]) -> None:
        """Refuse when there are rows that use what goes; a user is told of its own resellers' rows alone."""
        if not self.viewer.operator:
            used = used.where(child.c.reseller_site_number.in_(self.viewer.sites(DATA_IMPORT)))
        if found := self.writing.connection.scalars(used.distinct().limit(NAMED)).all():
            raise Refused(N_("Later rows of {table} refer to what this import brought: {rows}. Undo those first."),
                          table=child.name, rows=", ".join(found))
