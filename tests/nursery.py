"""Where a served product comes from: forked from a process that has imported what it needs and has done nothing else.

Such a server is as cold as one that a command started, and is there in a fraction of the time, most of which goes into imports.
"""

from __future__ import annotations

import multiprocessing
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

from pao_core.config import PROJECT

_NURSERY = multiprocessing.get_context("forkserver")
_NURSERY.set_forkserver_preload(["warmed"])


def born(listening: socket.socket, environment: dict[str, str], log: Path, command: bool) -> BaseProcess:
    """A process that serves the product on this socket, with this environment and no other, and writes into this log.

    `command`: it becomes the command that an operator gives, with nothing imported.
    """
    process = _NURSERY.Process(target=_serve, args=(listening, environment, log, command), daemon=True)
    with _of_the_nursery():
        process.start()
    return process


@contextmanager
def _of_the_nursery() -> Iterator[None]:
    """The environment of the process that is forked from, should it only start now: it finds its modules and has one thread."""
    before = dict(os.environ)
    os.environ |= {"PYTHONPATH": os.pathsep.join([str(PROJECT), str(Path(__file__).parent)]), "OPENBLAS_NUM_THREADS": "1"}
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _serve(listening: socket.socket, environment: dict[str, str], log: Path, command: bool) -> None:
    import uvicorn

    os.environ.clear()
    os.environ.update(environment)
    os.chdir(PROJECT)
    with log.open("ab") as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    if command:
        os.set_inheritable(listening.fileno(), True)
        os.execv(sys.executable, [sys.executable, "-m", "uvicorn", "app:app", "--fd", str(listening.fileno()), "--no-access-log"])
    uvicorn.Server(uvicorn.Config("app:app", access_log=False)).run([listening])
