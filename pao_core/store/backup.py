"""Backup and restore of a store: SQLite through its own backup, PostgreSQL through pg_dump and pg_restore."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from uuid import uuid4

from sqlalchemy import select, update
from sqlalchemy.engine import URL

from pao_core.config import Settings
from pao_core.locale import N_, Refused
from pao_core.store.engine import Store
from pao_core.store.migrate import migrate
from pao_core.store.schema import settings, users


def backup(store: Store, target: Path) -> int:
    """Write one moment of the store to a new file of mode 0600, while others go on reading and writing; its size in bytes.

    Sessions are not in it: after a restore everyone signs in again.
    """
    if target.exists():
        raise Refused(N_("{path} exists already. Name a new file."), path=str(target))
    partial = target.with_name(f".{target.name}.{uuid4().hex[:8]}")
    try:
        partial.touch(mode=0o600)
        if store.on_postgresql:
            # pg_dump takes fright at policies that bind the tables' owner, unless told to read by them: he sees every row.
            _pg("pg_dump", store.settings.database_url, "--format=custom", f"--file={partial}", "--no-owner", "--enable-row-security")
        else:
            _copy_sqlite(Path(str(store.settings.database_url.database)), partial)
        partial.rename(target)
    except OSError as error:
        raise Refused(N_("{path} cannot be written: {reason}."), path=str(target), reason=error.strerror or str(error)) from error
    finally:
        partial.unlink(missing_ok=True)
    return target.stat().st_size


def restore(environment: Settings, source: Path) -> None:
    """Put a backup into the empty store of the environment. Raises Refused for a store in use or a file that is no backup."""
    if not source.is_file():
        raise Refused(N_("{path} cannot be read. Check the name and that you may open it."), path=str(source))
    if environment.database_url.get_backend_name() == "postgresql":
        _restore_postgresql(environment, source)
    else:
        _restore_sqlite(environment, source)
    store = Store(environment)
    migrate(store)
    # Copies for reading that were made of the store before must not be taken for the restored one.
    with store.writing("restore") as writing:
        writing.touches_replica = False
        writing.connection.execute(update(settings).where(settings.c.name == "store_id").values(value=uuid4().hex))
        writing.audit("store.restored", source.name)
    store.dispose()


def _restore_sqlite(environment: Settings, source: Path) -> None:
    target = Path(str(environment.database_url.database))
    if target.exists():
        _refuse_used(environment)
    _check_sqlite(source)
    partial = target.with_name(f".{target.name}.{uuid4().hex[:8]}")
    try:
        shutil.copyfile(source, partial)
        partial.chmod(0o600)
        for leftover in ("-wal", "-shm"):
            Path(f"{target}{leftover}").unlink(missing_ok=True)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _check_sqlite(source: Path) -> None:
    try:
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as connection:
            sound = connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            connection.execute("SELECT value FROM settings WHERE name = 'store_id'").fetchone()
    except sqlite3.DatabaseError as error:
        raise Refused(N_("{path} is no backup of PAO Desk, or it is damaged. Nothing was changed."), path=str(source)) from error
    if not sound:
        raise Refused(N_("{path} is no backup of PAO Desk, or it is damaged. Nothing was changed."), path=str(source))


def _restore_postgresql(environment: Settings, source: Path) -> None:
    _refuse_used(environment)
    _pg("pg_restore", environment.database_url, "--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error", source=source)


def _refuse_used(environment: Settings) -> None:
    store = Store(environment)
    try:
        migrate(store)
        with store.reading() as connection:
            used = connection.execute(select(users.c.id).limit(1)).one_or_none() is not None or store.change_number() > 0
    finally:
        store.dispose()
    if used:
        raise Refused(N_("This store holds data. Restore into an empty one: set another PAO_DATABASE_URL or PAO_DATA_DIR."))


def _copy_sqlite(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as connection, closing(sqlite3.connect(target)) as copy:
        connection.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")


def _pg(program: str, url: URL, *options: str, source: Path | None = None) -> None:
    """Run PostgreSQL's own program; the password goes through its environment, not through the list of processes."""
    if shutil.which(program) is None:
        raise Refused(N_("{program} is not installed here. Install PostgreSQL's client programs."), program=program)
    plain = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    command = [program, *options, f"--dbname={plain}", *([str(source)] if source else [])]
    done = subprocess.run(command, env=os.environ | {"PGPASSWORD": str(url.password or "")}, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Refused(N_("{program} failed: {reason}"), program=program, reason=done.stderr.strip().splitlines()[-1] if done.stderr else "")
