"""Bring a store to this program's schema, whole or not at all; a store newer than the program is refused."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, text

from pao_core.locale import N_, Refused
from pao_core.store import row_security
from pao_core.store.engine import Store, reachable
from pao_core.store.schema import desk_metadata, metadata

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLES = {"store": "alembic_version", "desk": "alembic_version_desk"}


def migrate(store: Store) -> None:
    """Create or upgrade both databases. Raises Refused for a store that a newer program made, and where PostgreSQL's user may not make
    the second wall."""
    with reachable():
        for part, engine in (("store", store.engine), ("desk", store.desk)):
            _make_private(engine)
            if not is_current(engine, part):
                _upgrade(engine, part)


def wall_in(store: Store) -> None:
    """Make the second wall anew, where somebody has taken something out of it."""
    with reachable(), store.engine.begin() as connection:
        row_security.build(connection)


def _make_private(engine: Engine) -> None:
    """Make the file of an embedded database before SQLite does, for its owner alone; its -wal and -shm files follow."""
    if engine.dialect.name == "sqlite" and engine.url.database:
        with suppress(OSError):  # a folder that is not there is told by the connection
            Path(engine.url.database).touch(mode=0o600)


def is_current(engine: Engine, part: str) -> bool:
    """Whether the database has exactly the newest schema of this program."""
    with engine.connect() as connection:
        found = _found(connection, part)
    script = ScriptDirectory.from_config(config(part))
    if found is not None and found not in {revision.revision for revision in script.walk_revisions()}:
        raise Refused(N_("This database was made by a newer version of PAO Desk. Install that version, or restore a backup."))
    return found == script.get_current_head()


def _found(connection: Connection, part: str) -> str | None:
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLES[part]})
    return context.get_current_revision()


def _upgrade(engine: Engine, part: str) -> None:
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # Rebuilding a table drops it, and foreign keys would then delete what points at it. The connection is not
            # given back to the pool, where the next one to get it would go without them too.
            connection.detach()
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(text("SELECT pg_advisory_xact_lock(7230115)"))
        try:
            command.upgrade(config(part, connection), "head")
            if part == "store":
                row_security.build(connection)
            connection.commit()
        except BaseException:
            connection.rollback()
            raise


def config(part: str, connection: Connection | None = None) -> Config:
    """Alembic's configuration for one of the two databases; also for writing a new migration (docs/operations.md)."""
    target: MetaData = metadata if part == "store" else desk_metadata
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.set_main_option("version_locations", str(MIGRATIONS / part))
    made.set_main_option("path_separator", "os")
    made.attributes.update(connection=connection, metadata=target, version_table=VERSION_TABLES[part])
    return made
