"""Scoped writing: the only way to insert, update or delete tenant rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Column, ColumnElement, FromClause, Table, and_, delete, exists, false, func, insert, literal, or_, select, true, update

from pao_core.access.rights import DATA_IMPORT, OPERATOR, AccessDenied
from pao_core.store import bulk, row_security
from pao_core.store.engine import Writing
from pao_core.store.schema import STUBBED, TENANT, key_matches, metadata, resellers


@dataclass(frozen=True)
class Applied:
    """What an upsert did, in rows."""

    inserted: int
    updated: int
    unchanged: int


def differing(table: Table, stage: Table, values: Sequence[str]) -> ColumnElement[bool]:
    """The condition that a row of `table` is not what its row of `stage` says: a value differs, or it is but a stub."""
    return or_(
        *(table.c[name].is_distinct_from(stage.c[name]) for name in values),
        *([table.c.stub.is_(True)] if "stub" in table.c else []),
        false(),
    )


class ScopedWriting:
    """A writing transaction that refuses rows outside `allowed` reseller sites (None: every reseller)."""

    def __init__(self, writing: Writing, allowed: tuple[str, ...] | None, operator: bool) -> None:
        self.allowed = allowed
        self.operator = operator
        self.connection = writing.connection
        self.txn = writing.txn
        self.at = writing.at
        self.audit = writing.audit
        self._writing = writing

    def nothing_replicated(self) -> None:
        """This transaction writes no replicated row: it takes no change number."""
        self._writing.touches_replica = False

    def upsert(self, table: Table, stage: Table, columns: Sequence[str], for_new: Sequence[str] = ()) -> Applied:
        """Write the rows of `stage` into `table` by its key: new ones inserted, differing ones updated, equal ones left.

        `stage` holds `columns` (the key among them), one row a key. Columns not named keep their value; so do those of
        `for_new`, which only new rows take from the stage. Raises AccessDenied, before anything is written, for a
        reseller outside the scope or a shared table without the right.
        """
        self._check(table, stage)
        _refuse_owner_columns(table, {*columns, *for_new} - {"reseller_site_number"})
        values = [name for name in columns if name not in table.info["key"]]
        fixed: dict[str, Any] = {"txn": self.txn} | ({"stub": False} if "stub" in table.c else {})
        fresh = self._adopts_distributor(table, stage, columns)
        updated = self.connection.execute(
            update(table).where(key_matches(table, stage), differing(table, stage, values)).values({name: stage.c[name] for name in values} | fixed)
        ).rowcount
        inserted = self._insert_new(table, stage, [*columns, *for_new], fixed)
        self._spread_distributor(fresh)
        total = self.connection.scalar(select(func.count()).select_from(stage)) or 0
        return Applied(inserted, updated, total - inserted - updated)

    def insert_missing(self, table: Table, stage: Table, columns: Sequence[str], **fixed: Any) -> int:
        """Insert the rows of `stage` whose key `table` does not have; others are left as they are. Gives the count.

        The way to stubs: a shared row that a file names and nobody has loaded yet (`stub=True`). Of shared tables, who
        is not the operator adds nothing but stubs of agreements, sites and parts.
        """
        if table in TENANT or not (self.allowed and table in STUBBED and fixed.get("stub") is True):
            self._check(table, stage)
        return self._insert_new(table, stage, columns, fixed | {"txn": self.txn})

    def fill(self, table: Table, batches: Iterable[pa.Table]) -> int:
        """Insert rows by column, values as the store holds them, into a table without rows of these keys; gives the count.

        The fast way for very many: no row is compared or checked, so it is for a writer of every reseller alone.
        """
        assert self.allowed is None and self.operator, "filling checks no row"
        with bulk.growing(self.connection, table):
            return sum(bulk.insert(self.connection, table, self._stamped(table, rows)) for rows in batches)

    def _stamped(self, table: Table, rows: pa.Table) -> pa.Table:
        """The rows with what the door adds to each: the transaction, and the reseller's distributor."""
        for name, value in {"txn": self.txn, **({"stub": False} if "stub" in table.c else {})}.items():
            rows = rows.append_column(name, pa.repeat(value, len(rows)))
        if table in TENANT and "distributor_site_number" in table.c:
            found = self.connection.execute(select(resellers.c.site_number, resellers.c.distributor_site_number)).all()
            place = pc.index_in(rows["reseller_site_number"], pa.array([row[0] for row in found]))
            rows = rows.append_column("distributor_site_number", pa.array([row[1] for row in found], pa.string()).take(place))
        return rows

    def update(self, table: Table, condition: ColumnElement[bool], **values: Any) -> int:
        """Set `values` on the rows of `condition` that are in scope; gives how many there were. No row changes its owner."""
        _refuse_owner_columns(table, values)
        if table not in TENANT and not self.operator:
            return 0
        return self.connection.execute(
            update(table).where(condition, self._own(table)).values(txn=self.txn, **values)
        ).rowcount

    def delete(self, table: Table, condition: ColumnElement[bool]) -> int:
        """Delete the rows of `condition` that are in scope; gives how many there were."""
        if table not in TENANT and not self.operator:
            return 0
        return self.connection.execute(delete(table).where(condition, self._own(table))).rowcount

    def withdraw(self, table: Table, txn: int) -> int:
        """Delete the stubs that the transaction `txn` made and that nothing refers to; gives how many there were.

        The way back from `insert_missing`: what others refer to by now, or the operator has loaded since, stays.
        """
        key = table.c[table.info["key"][0]]
        unused = (~exists().where(column == key) for child, column in references_to(table) if child is not table)
        with row_security.outside(self.connection):  # whether others' rows refer to it
            return self.connection.execute(delete(table).where(table.c.stub, table.c.txn == txn, *unused)).rowcount

    def _own(self, table: Table) -> ColumnElement[bool]:
        return true() if table not in TENANT or self.allowed is None else table.c.reseller_site_number.in_(self.allowed)

    def _check(self, table: Table, stage: FromClause) -> None:
        if table not in TENANT:
            if not self.operator:
                raise AccessDenied(OPERATOR)
        elif self.allowed is not None:
            foreign = or_(stage.c.reseller_site_number.not_in(self.allowed), stage.c.reseller_site_number.is_(None))
            if self.connection.scalar(select(func.count()).select_from(stage).where(foreign)):
                raise AccessDenied(DATA_IMPORT)

    def _insert_new(self, table: Table, stage: Table, columns: Sequence[str], fixed: dict[str, Any]) -> int:
        new = stage.outerjoin(table, key_matches(table, stage))
        selected: list[ColumnElement[Any]] = [stage.c[name] for name in columns]
        names = list(columns)
        if "distributor_site_number" in table.c and table in TENANT:
            new = new.outerjoin(resellers, resellers.c.site_number == stage.c.reseller_site_number)
            selected.append(resellers.c.distributor_site_number)
            names.append("distributor_site_number")
        selected += [literal(value, table.c[name].type) for name, value in fixed.items()]
        source = select(*selected).select_from(new).where(table.c.id.is_(None))
        # Without the option psycopg's count of an INSERT ... SELECT is lost (-1).
        return self.connection.execute(
            insert(table).from_select([*names, *fixed], source, include_defaults=False), execution_options={"preserve_rowcount": True},
        ).rowcount

    def _adopts_distributor(self, table: Table, stage: Table, columns: Sequence[str]) -> list[tuple[str, str]]:
        """The stub resellers that `stage` gives a distributor for the first time, each with it."""
        if table is not resellers or "distributor_site_number" not in columns:
            return []
        rows = self.connection.execute(
            select(stage.c.site_number, stage.c.distributor_site_number)
            .join(resellers, resellers.c.site_number == stage.c.site_number)
            .where(and_(resellers.c.stub, stage.c.distributor_site_number.is_not(None)))
        )
        return [(row[0], row[1]) for row in rows]

    def _spread_distributor(self, adopted: list[tuple[str, str]]) -> None:
        for reseller, distributor in adopted:
            for table in TENANT:
                if "distributor_site_number" in table.c:
                    self.connection.execute(
                        update(table)
                        .where(table.c.reseller_site_number == reseller, table.c.distributor_site_number.is_(None))
                        .values(distributor_site_number=distributor, txn=self.txn)
                    )


def references_to(table: Table) -> list[tuple[Table, Column[Any]]]:
    """The columns of any table whose foreign keys point at `table`, each with its table."""
    return [
        (child, key.parent) for child in metadata.sorted_tables for key in child.foreign_keys if key.column.table is table
    ]


def _refuse_owner_columns(table: Table, names: Iterable[str]) -> None:
    """Who owns a tenant row and who reads along is decided once, here, when it is inserted: never by a file or a page."""
    if table in TENANT and (given := {"reseller_site_number", "distributor_site_number"}.intersection(names)):
        raise ValueError(f"{', '.join(sorted(given))} of {table.name} cannot be set")
