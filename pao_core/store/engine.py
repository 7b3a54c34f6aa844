"""Connections to the store: reading, and writing in one transaction with its change number.

A writing transaction draws its own id first and stamps rows with it; its last statement, under the lock of one counter
row, gives that id the next change number. So commit order is number order on both engines, and a reader that has seen
number n has seen every transaction up to n.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, select, text, update
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool, QueuePool

from pao_core.config import Settings
from pao_core.locale import N_, Refused
from pao_core.store.schema import audit, commits, counters

BUSY_SECONDS = 30
# Where the act comes from that this thread or task is doing: the browser's address, for the audit.
whence: ContextVar[str | None] = ContextVar("whence", default=None)


class StoreUnreachable(Refused):
    """The database cannot be reached, or is locked for longer than a person waits: never shown as 'no data'."""


@dataclass
class Writing:
    """One writing transaction. `txn` stamps every replicated row it writes; `facts` go into the audit with it."""

    connection: Connection
    txn: int
    actor: str
    user_id: int | None
    at: datetime
    touches_replica: bool = True

    def audit(self, act: str, object_: str | None = None, reseller: str | None = None, *, refused: bool = False, **facts: Any) -> None:
        """Write who did what to what and from where, in this transaction; `facts` are plain JSON values, never secrets: what a change
        replaced and what it wrote are `before` and `after`. `refused` is an attempt that came to nothing."""
        self.connection.execute(insert(audit).values(
            at=self.at, actor=self.actor, user_id=self.user_id, reseller_site_number=reseller, act=act, object=object_, facts=facts,
            address=whence.get(), refused=refused,
        ))


class Store:
    """The system of record and, beside it, the desk (sessions, sign-ins, jobs)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.engine = _engine(settings.database_url)
        # Files are attached to a connection of their own: a pooled one would keep them, and hand them to the next.
        self._alone = self.engine if self.on_postgresql else _engine(settings.database_url, pooled=False)
        self.desk = self.engine if self.on_postgresql else _engine(_desk_url(settings))

    @property
    def on_postgresql(self) -> bool:
        return self.engine.dialect.name == "postgresql"

    @contextmanager
    def reading(self, attached: Mapping[str, Path] | None = None) -> Iterator[Connection]:
        """A connection whose statements all see one moment of the store. `attached`: see `writing`."""
        with reachable(), self._connected(attached) as connection:
            if self.on_postgresql:
                connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
            else:
                connection.exec_driver_sql("BEGIN")
            yield connection
            connection.rollback()

    @contextmanager
    def writing(
        self, actor: str, user_id: int | None = None, attached: Mapping[str, Path] | None = None, patience: int = BUSY_SECONDS,
    ) -> Iterator[Writing]:
        """One transaction: all of the block is committed, with its change number, or nothing is.

        `attached` are SQLite files to read from inside it, by the name of their schema. Raises StoreUnreachable when
        SQLite's one writer is still another after `patience` seconds.
        """
        with reachable(), self._connected(attached) as connection:
            if not self.on_postgresql:
                connection.exec_driver_sql(f"PRAGMA busy_timeout={patience * 1000}")
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                writing = Writing(connection, self._draw(connection), actor, user_id, Settings.now())
                yield writing
                if writing.touches_replica:
                    self._number(writing)
                connection.commit()
            except BaseException:
                connection.rollback()
                raise

    @contextmanager
    def desk_writing(self) -> Iterator[Connection]:
        """One transaction on sessions, sign-ins and jobs: it takes no change number and waits for no import."""
        with reachable(), self.desk.connect() as connection:
            if not self.on_postgresql:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.commit()
            except BaseException:
                connection.rollback()
                raise

    @contextmanager
    def desk_reading(self) -> Iterator[Connection]:
        """A connection to sessions, sign-ins and jobs."""
        with reachable(), self.desk.connect() as connection:
            yield connection
            connection.rollback()

    @contextmanager
    def _connected(self, attached: Mapping[str, Path] | None) -> Iterator[Connection]:
        with (self._alone if attached else self.engine).connect() as connection:
            for name, path in (attached or {}).items():
                connection.exec_driver_sql(f"ATTACH DATABASE ? AS {name}", (str(path),))
            yield connection

    def change_number(self) -> int:
        """The number of the last commit that touched replicated tables; 0 for an empty store."""
        with self.reading() as connection:
            return connection.scalar(select(counters.c.value).where(counters.c.name == "change")) or 0

    def _draw(self, connection: Connection) -> int:
        if self.on_postgresql:
            txn = connection.scalar(text("SELECT nextval('txn_ids')"))
            # The history trigger of a delete has no new row to read the id from.
            connection.execute(text("SELECT set_config('pao.txn', :txn, true)"), {"txn": str(txn)})
        else:
            txn = connection.scalar(_next("txn"))
        assert txn is not None, "the store has no counter rows: it was not migrated"
        return int(txn)

    def _number(self, writing: Writing) -> None:
        number = writing.connection.scalar(_next("change"))
        writing.connection.execute(insert(commits).values(txn=writing.txn, number=number, at=writing.at))

    def give_back_space(self) -> None:
        """Make SQLite's file as small as its rows, unless somebody is at it; PostgreSQL sees to that itself."""
        if not self.on_postgresql:
            with suppress(OperationalError), self.engine.connect() as connection:
                connection.exec_driver_sql("VACUUM")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def dispose(self) -> None:
        """Close every connection."""
        for engine in (self.engine, self._alone, self.desk):
            engine.dispose()


@cache
def _next(counter: str) -> Any:
    return update(counters).where(counters.c.name == counter).values(value=counters.c.value + 1).returning(counters.c.value)


def _desk_url(settings: Settings) -> URL:
    database = settings.database_url.database
    assert database, "a SQLite store is a file"
    return settings.database_url.set(database=f"{database.removesuffix('.db')}-desk.db")


def _engine(url: URL, pooled: bool = True) -> Engine:
    if url.get_backend_name() == "postgresql":
        return create_engine(url, pool_size=5, max_overflow=10, pool_timeout=BUSY_SECONDS, pool_pre_ping=True,
                             connect_args={"connect_timeout": 5})
    engine = create_engine(url, poolclass=QueuePool if pooled else NullPool, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
                           **({"pool_size": 5, "max_overflow": 20, "pool_timeout": BUSY_SECONDS} if pooled else {}))
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # BEGIN is ours: sqlite3's own ignores the busy timeout when a read becomes a write
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_SECONDS * 1000}"):
        connection.execute(f"PRAGMA {pragma}")


@contextmanager
def reachable() -> Iterator[None]:
    """Turn what a driver says of a database that is away or locked into a sentence for a person."""
    try:
        yield
    except OperationalError as error:
        if "locked" in str(error.orig):
            raise StoreUnreachable(N_("The database is busy with another change. Try again in a minute; nothing was changed.")) from error
        raise StoreUnreachable(
            N_("The database cannot be reached or read. Nothing was changed. Check PAO_DATABASE_URL and that the server runs; "
               "`python -m pao_core doctor` says more."),
        ) from error
    except DBAPIError as error:
        if any(sign in str(error.orig) for sign in ("not a database", "malformed")):
            raise StoreUnreachable(
                N_("The database file is damaged or is no database. Restore a backup: `python -m pao_core restore FILE`.")
            ) from error
        if error.connection_invalidated:
            raise StoreUnreachable(N_("The connection to the database was lost. Nothing was changed. Try again.")) from error
        raise
