"""Reading for reports: statements over the replica, never older than the last commit before the query."""

from __future__ import annotations

import atexit
import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol, cast

import duckdb
import pyarrow as pa
from duckdb_sqlalchemy import ConnectionWrapper
from sqlalchemy import Connection, CursorResult, Engine, Executable, Row, create_engine, select
from sqlalchemy.pool import NullPool

from pao_core.access import Viewer
from pao_core.locale import N_, Refused
from pao_core.replica import files
from pao_core.replica.refresh import TooManyChanges, apply, changes_since
from pao_core.store import kept, row_security
from pao_core.store.engine import Store, reachable
from pao_core.store.schema import commits, settings


class Reader(Protocol):
    """Where reports read. `number` and `as_of` tell the last data commit that the rows hold (0 and None: none yet);
    `behind` is true while an older copy is served because a newer one is being built."""

    number: int
    as_of: datetime | None
    behind: bool

    def rows(self, statement: Executable, viewer: Viewer | None = None) -> Sequence[Row[Any]]:
        """The rows of a Core statement over the replicated tables, which limits itself to what the viewer sees. PostgreSQL does so
        again: without a viewer it gives no row that belongs to anybody. Raises StoreUnreachable."""

    def table(self, statement: Executable, viewer: Viewer | None = None) -> pa.Table:
        """The same rows by column, for what is made of many: values as the database holds them, so scaled and minor amounts as whole
        numbers."""

    def close(self) -> None:
        """Give the copy back."""


_readers: dict[Store, Reader] = {}
_making = threading.Lock()


def reader(store: Store, patient: bool | None = None) -> Reader:
    """This process's reader of the store. An impatient one (the web) serves the old copy while a great change is rebuilt
    beside; a patient one (the command line, the default) waits."""
    with _making:
        made = _readers.get(store)
        if made is None:
            made = _readers[store] = OnPostgreSQL(store) if store.settings.analytics_url else OnDuckDB(store)
    if patient is not None and isinstance(made, OnDuckDB):
        made.patient = patient
    return made


REMEMBERED_STATEMENTS, REMEMBERED_ROWS = 512, 5_000
REMEMBERED_CELLS = 1_500_000  # of all results together, some 90 bytes each: one reader who asks in every order fills no memory
KEPT_PARTS, KEPT_BYTES = 64, 256 * 2**20


class Remembered:
    """The last small results, each by its whole statement (text, values, so also the viewer's scope) and change number."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._results: OrderedDict[Hashable, Sequence[Row[Any]]] = OrderedDict()
        self._cells = 0

    def get(self, asked: Hashable | None) -> Sequence[Row[Any]] | None:
        """The rows of the same question, or None."""
        with self._lock:
            if asked in self._results:
                self._results.move_to_end(asked)
            return self._results.get(asked)

    def keep(self, asked: Hashable | None, rows: Sequence[Row[Any]]) -> None:
        """Remember the rows, and forget the oldest when there are many."""
        if asked is None or len(rows) > REMEMBERED_ROWS:
            return
        with self._lock:
            self._cells += _cells(rows) - _cells(self._results.pop(asked, ()))
            self._results[asked] = rows
            while len(self._results) > REMEMBERED_STATEMENTS or self._cells > REMEMBERED_CELLS:
                _asked, forgotten = self._results.popitem(last=False)
                self._cells -= _cells(forgotten)


def _cells(rows: Sequence[Row[Any]]) -> int:
    return len(rows) * len(rows[0]) if rows else 0


class KeptParts:
    """The rows of the marked parts of statements, by name and change number: the last used, as many as there is room for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._parts: OrderedDict[tuple[str, int], pa.Table] = OrderedDict()

    def get(self, name: str, number: int) -> pa.Table | None:
        """The rows of a part, or None."""
        with self._lock:
            if (name, number) in self._parts:
                self._parts.move_to_end((name, number))
            return self._parts.get((name, number))

    def keep(self, name: str, number: int, rows: pa.Table) -> None:
        """Keep the rows of a part; what is of older data goes, then what was used longest ago."""
        with self._lock:
            self._parts[name, number] = rows
            for old in [key for key in self._parts if key[1] < number]:
                del self._parts[old]
            while len(self._parts) > KEPT_PARTS or sum(part.nbytes for part in self._parts.values()) > KEPT_BYTES:
                self._parts.popitem(last=False)


def forget(store: Store) -> None:
    """Give this store's copy back: the store is closed."""
    made = _readers.pop(store, None)
    if made is not None:
        made.close()


@atexit.register
def _forget_all() -> None:
    for store in list(_readers):
        forget(store)


class OnPostgreSQL:
    """The same statements on PostgreSQL: the store's own server or a physical copy of it."""

    def __init__(self, store: Store) -> None:
        assert store.settings.analytics_url
        self._engine = create_engine(store.settings.analytics_url, pool_pre_ping=True)
        self._store_id = files.store_id(store)
        self._known = False
        self.number = 0
        self.as_of: datetime | None = None
        self.behind = False

    def rows(self, statement: Executable, viewer: Viewer | None = None) -> Sequence[Row[Any]]:
        with self._asked(statement, viewer) as found:
            return found.all()

    def table(self, statement: Executable, viewer: Viewer | None = None) -> pa.Table:
        with self._asked(statement, viewer) as found:
            names, rows = list(found.keys()), found.cursor.fetchall()  # past SQLAlchemy, which would turn every value into ours
        return pa.table({name: pa.array([row[place] for row in rows]) for place, name in enumerate(names)})

    @contextmanager
    def _asked(self, statement: Executable, viewer: Viewer | None) -> Iterator[CursorResult[Any]]:
        one_moment = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with reachable(), self._engine.connect().execution_options(**one_moment) as connection:
            row_security.enter(connection, viewer.sees() if viewer else row_security.Scope())
            self._check(connection)
            self.number, self.as_of = last_commit(connection)
            yield cast("CursorResult[Any]", connection.execute(statement))

    def _check(self, connection: Connection) -> None:
        if not self._known and connection.scalar(select(settings.c.value).where(settings.c.name == "store_id")) != self._store_id:
            raise Refused(N_("PAO_ANALYTICS_URL names another store. Give the store's own PostgreSQL or a copy of that server."))
        self._known = True

    def close(self) -> None:
        self._engine.dispose()


class OnDuckDB:
    """A DuckDB file of this process, refreshed (single flight) whenever the store has a newer commit."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._rebuilding: threading.Thread | None = None
        self._claim: files.Claim | None = None
        self._engine: Engine | None = None
        self._replica: duckdb.DuckDBPyConnection | None = None
        self._remembered = Remembered()
        self._kept = KeptParts()
        self.patient = True
        self.number = 0
        self.as_of: datetime | None = None
        self.behind = False

    def rows(self, statement: Executable, viewer: Viewer | None = None) -> Sequence[Row[Any]]:
        engine, number = self._fresh(), self.number
        told = kept.identity(statement)
        asked = None if told is None else (number, told)
        found = self._remembered.get(asked)
        if found is None:
            with engine.connect() as connection:
                self._register(connection, statement, told, number)
                found = connection.execute(statement).all()
            self._remembered.keep(asked, found)
        return found

    def table(self, statement: Executable, viewer: Viewer | None = None) -> pa.Table:
        engine, number = self._fresh(), self.number
        with engine.connect() as connection:
            self._register(connection, statement, kept.identity(statement), number)
            return _by_column(connection, statement)

    def _register(self, connection: Connection, statement: object, told: kept.Identity | None, number: int) -> None:
        """Let this connection read the kept parts of the statement by their names, computing those that nobody asked for yet."""
        for part in kept.parts(statement, told):
            rows = self._kept.get(part.name, number)
            if rows is None:
                self._register(connection, part.rows, kept.identity(part.rows), number)
                rows = _by_column(connection, part.rows)
                self._kept.keep(part.name, number, rows)
            raw: Any = connection.connection.driver_connection
            raw.register(part.name, rows)

    def _fresh(self) -> Engine:
        with self._store.reading() as connection:
            number, as_of = last_commit(connection)
        if self._engine is None or number != self.number:
            with self._lock:
                self._catch_up()
        if not self.behind:
            self.as_of = as_of if number == self.number else self.as_of
        assert self._engine is not None
        return self._engine

    def _catch_up(self) -> None:
        if self._engine is None:
            self._open(files.claim(self._store))
        with self._store.reading() as connection:
            target, as_of = last_commit(connection)
            if target == self.number:
                self.as_of = as_of
                return
            try:
                if target < self.number:
                    raise TooManyChanges
                number, changes = changes_since(connection, self.number)
            except TooManyChanges:
                changes, number = None, target
        if changes is None:
            self._replace()
            return
        assert self._replica is not None
        with self._replica.cursor() as replica:
            apply(replica, number, changes)
        self.number, self.as_of, self.behind = number, as_of, False

    def _replace(self) -> None:
        """Build a new file: at once, or beside while the old one is served."""
        if self.patient:
            self._open(files.build(self._store))
            with self._store.reading() as connection:
                self.as_of = last_commit(connection)[1]
            return
        self.behind = True
        if self._rebuilding is None or not self._rebuilding.is_alive():
            self._rebuilding = threading.Thread(target=self._rebuild_beside, daemon=True)
            self._rebuilding.start()

    def _rebuild_beside(self) -> None:
        made = files.build(self._store)
        with self._lock:
            self._open(made)

    def wait_for_rebuild(self) -> None:
        """Return when no new copy is being built any more."""
        if self._rebuilding is not None:
            self._rebuilding.join()

    def _open(self, claim: files.Claim) -> None:
        limits = self._store.settings
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{limits.replica_memory_mb}MB", "threads": limits.replica_threads,
            "temp_directory": str(claim.path.with_suffix(".tmp")), "autoinstall_known_extensions": "false",
        }
        replica = duckdb.connect(str(claim.path), config=config)
        state = replica.execute("SELECT number FROM replica_state").fetchone()
        assert state is not None, "a built replica says its number"
        self.number = state[0]
        # Every reader gets a cursor of the one open database: that takes microseconds, and the file is opened once.
        engine = create_engine("duckdb://", creator=lambda: ConnectionWrapper(replica.cursor()), poolclass=NullPool)
        old, self._claim, self._engine, self._replica, self.behind = self._claim, claim, engine, replica, False
        if old:
            old.release(keep=False)

    def close(self) -> None:
        """Close the file and give it back for the next process."""
        with self._lock:
            if self._claim and self._replica:
                self._replica.close()
                self._claim.release()
            self._claim = self._engine = self._replica = None


def _by_column(connection: Connection, statement: Executable) -> pa.Table:
    cursor: Any = connection.execute(statement).cursor
    return cursor.to_arrow_table()


def last_commit(connection: Connection) -> tuple[int, datetime | None]:
    """The newest change number of the store and when it was committed; (0, None) for a store without data."""
    row = connection.execute(select(commits.c.number, commits.c.at).order_by(commits.c.number.desc()).limit(1)).one_or_none()
    return (row.number, row.at) if row else (0, None)
