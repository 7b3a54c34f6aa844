"""The parent's side of reading: starts the child with a scrubbed environment and hard limits, watches it, kills it."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from pao_core.config import PROJECT, Limits
from pao_core.locale import N_, Refused

WATCH_SECONDS = 0.02
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
# A table is read in a stream; a file for which the child grows past this is refused, whatever it is.
CHILD_RESIDENT_BYTES = 300 * 1024**2
DIED = N_("{file}: damaged or hostile; the program that read it was stopped. Nothing of it was loaded.")
TOO_LONG = N_("{file}: reading it took longer than {limit} seconds. Split the file.")
TOO_MUCH = N_("{file}: reading it takes more memory than is allowed. Save it as CSV, or split it.")


class Cancelled(Refused):
    """The import was stopped by the person who started it; nothing was loaded."""

    def __init__(self) -> None:
        super().__init__(N_("The import was cancelled. Nothing was loaded."))


@dataclass(frozen=True)
class Read:
    """What the child read: the header row, how many rows, and the Parquet file with them."""

    headers: list[str]
    rows: int
    table: Path


class Child:
    """One reading process; it can read several files, one after the other. Use as a context manager."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.unforeseen: str | None = None
        self.peak_resident_bytes = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._pending = b""

    def __enter__(self) -> Child:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.kill()

    def read(self, path: Path, work: Path, *, file: str, sheet: str | None = None, rows_wanted: int | None = None,
             progress: Callable[[int], None] = lambda rows: None, cancelled: Callable[[], bool] = lambda: False) -> Read:
        """Read `path` into a Parquet file in the folder `work`. Raises Refused with one sentence, `file` being its name for people."""
        self._check_size(path, file)
        bounds = {
            "unpacked_bytes": self.limits.unpacked_bytes, "rows": self.limits.rows, "columns": self.limits.columns,
            "cell_characters": self.limits.cell_characters, "rows_wanted": rows_wanted,
        }
        request = {"path": str(path.resolve()), "out": str(work / "table.parquet"), "bounds": bounds, "sheet": sheet, "seconds": self.limits.seconds,
                   "address_space_bytes": self.limits.address_space_bytes}
        answer = self._ask(request, file, progress, cancelled)
        self.unforeseen = answer.get("unforeseen")
        if "refused" in answer:
            raise Refused(answer["refused"], **{"file": file, **answer["facts"]})
        return Read(answer["headers"], answer["rows"], work / "table.parquet")

    def kill(self) -> None:
        """Stop the process now."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
            self._pending = b""

    def _check_size(self, path: Path, file: str) -> None:
        try:
            size = path.stat().st_size
        except OSError as error:
            raise Refused(N_("{file}: cannot be opened ({reason})."), file=file, reason=error.strerror or str(error)) from error
        if not path.is_file():
            raise Refused(N_("{file}: is not a file."), file=file)
        if size > self.limits.file_bytes:
            raise Refused(N_("{file}: larger than {limit} MB. Split the file."), file=file, limit=self.limits.file_bytes // 1024**2)

    def _ask(self, request: dict[str, Any], file: str, progress: Callable[[int], None], cancelled: Callable[[], bool]) -> dict[str, Any]:
        process = self._process = self._process or _start()
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
        except OSError as error:
            self.kill()
            raise Refused(DIED, file=file) from error
        deadline = time.monotonic() + self.limits.seconds
        while True:
            for answer in self._answers(process, file):
                if "progress" not in answer:
                    return answer
                progress(answer["progress"])
            if cancelled():
                self.kill()
                raise Cancelled
            if time.monotonic() > deadline:
                self.kill()
                raise Refused(TOO_LONG, file=file, limit=self.limits.seconds)
            self._watch_memory(process, file)

    def _answers(self, process: subprocess.Popen[bytes], file: str) -> list[dict[str, Any]]:
        """What the child said within the watching time; raises Refused when it has died."""
        assert process.stdout is not None
        if not select.select([process.stdout], [], [], WATCH_SECONDS)[0]:
            return []
        said = os.read(process.stdout.fileno(), 65_536)
        if not said:
            self.kill()
            raise Refused(DIED, file=file)
        *lines, self._pending = (self._pending + said).split(b"\n")
        return [json.loads(line) for line in lines]

    def _watch_memory(self, process: subprocess.Popen[bytes], file: str) -> None:
        try:
            pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
        except (OSError, IndexError):
            return  # no /proc on this system, or the child is gone: its end is seen by `_answers`
        self.peak_resident_bytes = max(self.peak_resident_bytes, pages * PAGE_BYTES)
        if pages * PAGE_BYTES > CHILD_RESIDENT_BYTES:
            self.kill()
            raise Refused(TOO_MUCH, file=file)


def _start() -> subprocess.Popen[bytes]:
    """Nothing of our environment goes along: it holds addresses and keys of the databases."""
    # Arrow's own allocators reserve gigabytes of address space; the system's does not.
    environment = {"PYTHONPATH": str(PROJECT), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1", "ARROW_DEFAULT_MEMORY_POOL": "system",
                   "OMP_NUM_THREADS": "1", "PATH": os.defpath}
    return subprocess.Popen(
        [sys.executable, "-m", "pao_core.importing.reading"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=environment, cwd=PROJECT, start_new_session=True,
    )
