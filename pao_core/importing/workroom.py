"""A folder for one import's temporary files in the data folder; what a killed import left is swept by the next."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

LOCK, DOOR = "lock", "door"


@contextmanager
def workroom(data_dir: Path) -> Iterator[Path]:
    """A new empty folder, removed at the end. The kernel drops its lock when this process dies, however it dies."""
    rooms = data_dir / "importing"
    rooms.mkdir(mode=0o700, exist_ok=True)
    # One at a time through the door: a room that is made and not locked yet would look like one that was left.
    with (rooms / DOOR).open("w") as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        _sweep(rooms)
        room = Path(mkdtemp(dir=rooms))
        lock = (room / LOCK).open("w")
        fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)
        lock.close()


def _sweep(rooms: Path) -> None:
    for lock in rooms.glob(f"*/{LOCK}"):
        try:
            with lock.open("r+") as held:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(lock.parent, ignore_errors=True)
        except (BlockingIOError, FileNotFoundError):
            continue  # its import is at work, or has just ended
