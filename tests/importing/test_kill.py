"""An import killed with SIGKILL at any moment leaves the store as before or after, never between."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from select import select as ready

from cast import times
from files import EVERY_DATASET, changed, csv_text, order, orders, written
from sqlalchemy import func, select

from pao_core.access import Viewer
from pao_core.config import PROJECT
from pao_core.importing.run import ImportOptions, import_file
from pao_core.store import schema
from pao_core.store.engine import Store

LINES = 1_500
# For each file it is told, it forks a process that imports it and is killed; it says which one. To start each anew would take
# longer than what is killed.
PARENT = """
import os
import sys
from pathlib import Path
from pao_core.access import Viewer
from pao_core.config import Settings
from pao_core.importing.run import ImportOptions, import_file
from pao_core.store.engine import Store
for line in sys.stdin:
    victim = os.fork()
    if not victim:
        os.setsid()
        viewer = Viewer.of_command_line(Store(Settings.from_environment()))
        print(os.getpid(), flush=True)
        import_file(viewer, Path(line.strip()), sys.argv[1], options=ImportOptions(create_missing=True))
        os._exit(0)
    os.waitpid(victim, 0)
    print("gone", flush=True)
"""


@contextmanager
def parent(store: Store, dataset: str) -> Iterator[subprocess.Popen[bytes]]:
    settings = store.settings
    environment = {
        "PYTHONPATH": str(PROJECT),
        "PATH": os.defpath,
        "PAO_DATA_DIR": str(settings.data_dir),
        "PAO_DATABASE_URL": settings.database_url.render_as_string(hide_password=False),
    }
    command, pipe = [sys.executable, "-c", PARENT, dataset], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, bufsize=0, env=environment) as process:
        yield process


def begin(process: subprocess.Popen[bytes], path: Path) -> int:
    """Have the file imported; gives the process that does it."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{path}\n".encode())
    process.stdin.flush()
    return int(process.stdout.readline())


def kill(process: subprocess.Popen[bytes], victim: int, after: float) -> None:
    """Kill the victim that many seconds from now, unless it has ended by then."""
    assert process.stdout is not None
    if not ready([process.stdout], [], [], after)[0]:
        with suppress(ProcessLookupError):
            os.killpg(victim, signal.SIGKILL)
    assert process.stdout.readline() == b"gone\n"


def quantities(store: Store, dataset: str) -> dict[str, int]:
    """How many lines the store has of each quantity; each file has its own."""
    quantity = schema.metadata.tables[dataset].c.quantity
    with store.reading() as connection:
        rows = connection.execute(select(quantity, func.count()).group_by(quantity))
        return {f"{quantity.normalize():f}": count for quantity, count in rows}


def batches(store: Store) -> int:
    with store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(schema.batches)) or 0


def file(folder: Path, dataset: str, quantity: int) -> Path:
    places = ((str(number // 10), str(number % 10 + 1), str(number % 50)) for number in range(LINES))
    if dataset == "orders":
        rows = orders(*(order(order_number=one, line_number=line, quantity=str(quantity), site_number=site) for one, line, site in places))
    else:
        lines = (changed(dataset, quote_number=one, line_number=line, quantity=str(quantity), site_number=site)[1] for one, line, site in places)
        rows = [EVERY_DATASET[dataset][0], *lines]
    return written(folder, csv_text(rows), f"{quantity}.csv")


def killed_rounds(store: Store, folder: Path, dataset: str, rounds: int) -> set[str]:
    """Kill imports that replace every line; gives whether each was found before or after."""
    operator = Viewer.of_command_line(store)
    import_file(operator, file(folder, dataset, 1), dataset, options=ImportOptions(create_missing=True))
    started = time.monotonic()
    import_file(operator, file(folder, dataset, 2), dataset, options=ImportOptions(create_missing=True))
    whole = time.monotonic() - started
    chance = random.Random(20260101)
    # Every other kill aims at the moment of the commit, and learns from the one before where that is on this machine.
    aim, now, found = whole, "2", set()
    with parent(store, dataset) as process:
        for number in range(rounds):
            following, done = str(number + 3), batches(store)
            victim = begin(process, file(folder, dataset, number + 3))
            kill(process, victim, aim if number % 2 else chance.uniform(0, 1.2 * aim))
            after = batches(store) > done
            now = following if after else now
            found.add("after" if after else "before")
            if number % 2:
                aim *= 0.9 if after else 1.12
            assert quantities(store, dataset) == {now: LINES}, f"round {number}"
            (folder / f"{following}.csv").unlink()
    return found


def test_sqlite(sqlite_store: Store, tmp_path: Path) -> None:
    assert killed_rounds(sqlite_store, tmp_path, "orders", times(52, 4_000)) == {"before", "after"}
    assert sound(sqlite_store)


def test_renewals_on_sqlite(sqlite_store: Store, tmp_path: Path) -> None:
    killed_rounds(sqlite_store, tmp_path, "renewals", times(8, 1_000))
    assert sound(sqlite_store)


def sound(store: Store) -> bool:
    with sqlite3.connect(str(store.settings.database_url.database)) as connection:
        whole = connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return whole and connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_postgresql(postgresql_store: Store, tmp_path: Path) -> None:
    killed_rounds(postgresql_store, tmp_path, "orders", times(5, 200))
