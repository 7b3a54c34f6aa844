"""What goes when the demonstration goes: its resellers with all they did, its people, and its shared rows that nothing else needs."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, or_, select, update

from pao_core.access.writing import ScopedWriting
from pao_core.store import bulk, history
from pao_core.store.engine import Store
from pao_core.store.schema import (
    REPLICATED,
    TENANT,
    access_requests,
    desk_metadata,
    memberships,
    metadata,
    outbox,
    parts,
    resellers,
    sign_ins,
    users,
)


def take_away(writing: ScopedWriting, txn: int, sites: Sequence[str], user_ids: Sequence[int]) -> dict[int, str]:
    """Delete the demonstration that transaction `txn` loaded; gives the users that are gone, id -> e-mail.

    Its rows leave no history, lest the store keep all of it. That of parts stays: by it a price list is known to be another.
    """
    with history.forgetting(writing.connection, writing.txn, [table for table in REPLICATED if table is not parts]):
        gone = _users(writing.connection, sites, user_ids)
        for table in (access_requests, outbox):  # they name a site without pointing at it
            writing.connection.execute(delete(table).where(table.c.reseller_site_number.in_(sites)))
        writing.connection.execute(delete(outbox).where(outbox.c.recipient.in_(gone.values())))
        for table in reversed(metadata.sorted_tables):
            if table in TENANT:
                writing.delete(table, table.c.reseller_site_number.in_(sites))
            elif table not in REPLICATED and table is not memberships:
                _let_go(writing.connection, table, resellers, sites, keep=False)
        _let_go(writing.connection, memberships, resellers, sites, keep=False)
        for table in metadata.sorted_tables:
            _let_go(writing.connection, table, users, list(gone), keep=True)
        writing.connection.execute(delete(users).where(users.c.id.in_(gone)))
        for table in reversed(REPLICATED):
            if table not in TENANT:
                _delete_unneeded(writing, table, txn)
    return gone


def _delete_unneeded(writing: ScopedWriting, table: Table, txn: int) -> None:
    made = or_(table.c.txn == txn, table.c.stub) if "stub" in table.c else table.c.txn == txn
    with bulk.pointed_at(writing.connection, table):
        # A table may refer to itself: its leaves first, then what they held.
        while writing.delete(table, and_(made, *_unneeded(table))):
            pass


def sign_out(store: Store, gone: dict[int, str]) -> None:
    """Delete what the desk knows of the users that are gone."""
    with store.desk_writing() as connection:
        for table in desk_metadata.sorted_tables:
            if "user_id" in table.c:
                connection.execute(delete(table).where(table.c.user_id.in_(gone)))
        connection.execute(delete(sign_ins).where(sign_ins.c.email.in_(gone.values())))


def _users(connection: Connection, sites: Sequence[str], user_ids: Sequence[int]) -> dict[int, str]:
    """The demonstration's users, and whoever was added to its resellers and belongs nowhere else."""
    here = select(memberships.c.user_id).where(memberships.c.reseller_site_number.in_(sites))
    elsewhere = select(memberships.c.user_id).where(memberships.c.reseller_site_number.not_in(sites))
    added = and_(users.c.id.in_(here), users.c.id.not_in(elsewhere), users.c.operator.is_(False))
    rows = connection.execute(select(users.c.id, users.c.email).where(or_(users.c.id.in_(user_ids), added)))
    return {row.id: row.email for row in rows}


def _let_go(connection: Connection, table: Table, of: Table, values: Sequence[object], *, keep: bool) -> None:
    """Delete the rows of `table` that point at these rows of `of`; with `keep`, only unset the pointer where it may be empty."""
    for key in table.foreign_keys:
        if key.column.table is not of:
            continue
        points = key.parent.in_(values)
        unset = keep and key.parent.nullable
        connection.execute(update(table).where(points).values({key.parent.name: None}) if unset else delete(table).where(points))


def _unneeded(table: Table) -> list[ColumnElement[bool]]:
    """The conditions that no row of any table points at a row of `table`."""
    return [
        key.column.not_in(select(key.parent).where(key.parent.is_not(None)))
        for other in metadata.sorted_tables for key in other.foreign_keys if key.column.table is table
    ]
