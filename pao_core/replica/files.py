"""The replica's files: each claimed by one process through a lock, named anew at every build, deleted when stale.

A file is never renamed over: a reconnect in the same process would still see the old one.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout
from sqlalchemy import select

from pao_core.locale import N_, Refused
from pao_core.replica.columns import create
from pao_core.store.engine import Store
from pao_core.store.schema import REPLICATED, settings

SPARES_KEPT = 2


class ReplicaNotBuilt(Refused):
    """The reading copy could not be made; the reason is in the server's log."""


@dataclass
class Claim:
    """A replica file that this process alone uses until `release`."""

    path: Path
    lock: FileLock

    def release(self, keep: bool = True) -> None:
        """Give the file back for the next process, or delete it."""
        if not keep:
            self.path.unlink(missing_ok=True)
            Path(f"{self.path}.wal").unlink(missing_ok=True)
        self.lock.release()
        if not keep:
            Path(self.lock.lock_file).unlink(missing_ok=True)


def store_id(store: Store) -> str:
    """The name that this store was born with; a restored one gets a new name, so that no stale copy is taken for it."""
    with store.reading() as connection:
        return str(connection.scalar(select(settings.c.value).where(settings.c.name == "store_id")))


def claim(store: Store) -> Claim:
    """An unused replica file of this store if there is one, else a new one built from the store."""
    folder = _folder(store)
    shape = _fingerprint(store)
    for path in sorted(folder.glob(f"{shape}-*.duckdb"), key=lambda found: found.stat().st_mtime, reverse=True):
        lock = _try_lock(path)
        if lock and path.exists():
            sweep(store)
            return Claim(path, lock)
    return build(store)


def build(store: Store) -> Claim:
    """A replica file built whole, in a child process."""
    path = _folder(store) / f"{_fingerprint(store)}-{uuid4().hex[:12]}.duckdb"
    lock = _try_lock(path)
    assert lock is not None, "a new name is free"
    limits = store.settings
    orders = {
        "store_url": limits.database_url.set(drivername=limits.database_url.get_backend_name()).render_as_string(hide_password=False),
        "target": str(path), "memory_mb": limits.replica_memory_mb, "threads": limits.replica_threads,
    }
    # The address may hold a password: it goes through stdin, not through the list of processes.
    child = subprocess.run(
        [sys.executable, "-m", "pao_core.replica.build"], input=json.dumps(orders), capture_output=True, text=True, check=False,
        cwd=Path(__file__).resolve().parents[2],
    )
    if child.returncode != 0:
        Claim(path, lock).release(keep=False)
        print(child.stderr, file=sys.stderr)
        raise ReplicaNotBuilt(
            N_("The reading copy of the database could not be built. Nothing is lost; see the server's log and `python -m pao_core doctor`.")
        )
    sweep(store)
    return Claim(path, lock)


def sweep(store: Store) -> None:
    """Delete the files that no process uses: those of another store or schema, and more spares than are kept."""
    shape = _fingerprint(store)
    spares = 0
    for path in sorted(_folder(store).glob("*.duckdb"), key=_age, reverse=True):
        lock = _try_lock(path)
        if lock is None:
            continue
        spares += path.name.startswith(shape)
        Claim(path, lock).release(keep=path.name.startswith(shape) and spares <= SPARES_KEPT)


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _folder(store: Store) -> Path:
    folder = store.settings.data_dir / "replica"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _fingerprint(store: Store) -> str:
    shape = store_id(store) + "".join(create(table) for table in REPLICATED)
    return hashlib.sha256(shape.encode()).hexdigest()[:12]


def _try_lock(path: Path) -> FileLock | None:
    lock = FileLock(f"{path}.lock", timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        return None
    return lock
