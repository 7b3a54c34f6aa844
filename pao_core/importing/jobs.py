"""Imports for the web: each in a process of its own, its state on the desk, so that no page waits and a cancel is a kill.

`python -m pao_core.importing.jobs FOLDER` is the process: the folder holds the upload and job.json.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update

from pao_core.access import Viewer
from pao_core.config import PROJECT, Settings
from pao_core.importing.options import ImportOptions
from pao_core.importing.run import ImportResult, import_file, sha256
from pao_core.importing.workroom import LOCK
from pao_core.locale import N_, Refused, language, use
from pao_core.store.engine import Store
from pao_core.store.schema import batches, import_jobs

RUNNING, DONE, REFUSED, CANCELLED, FAILED = "running", "done", "refused", "cancelled", "failed"
TOLD_SECONDS = 0.5  # how often the desk hears of progress
AT_ONCE = 3  # imports of one user under way: each has two processes and their memory
WAITING = N_("Waiting")
_children: dict[str, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True)
class JobState:
    """`state` is running, done, refused, cancelled or failed. `result` is ImportResult.to_json() with `refused` and `examples`;
    `refusal` is the one sentence of a file that could not be imported."""

    state: str
    step: str
    done: int
    total: int | None
    result: dict[str, Any] | None = None
    refusal: str | None = None

    @property
    def over(self) -> bool:
        return self.state != RUNNING


def start(viewer: Viewer, upload: bytes | Path, dataset: str, options: ImportOptions, file_name: str) -> str:
    """Import in a process of its own; gives the job's id. The upload is copied under a name of ours and removed at the end. Raises Refused
    while AT_ONCE of the viewer's are under way."""
    store = viewer.store
    if len(_under_way(viewer)) >= AT_ONCE:
        raise Refused(N_("You have {most} imports under way, which is the most. Wait until one has ended, or cancel one."), most=AT_ONCE)
    job = secrets.token_urlsafe(16)
    folder = _folder(store, job)
    folder.mkdir(mode=0o700, parents=True)
    content = upload.read_bytes() if isinstance(upload, Path) else upload
    (folder / "upload").write_bytes(content)
    (folder / "job.json").write_text(json.dumps({
        "job": job, "user_id": viewer.user_id, "dataset": dataset, "options": options.to_json(), "file_name": file_name, "language": language(),
        "sha256": sha256(folder / "upload"),
    }))
    with store.desk_writing() as connection:
        connection.execute(insert(import_jobs).values(
            id=job, user_id=viewer.user_id, started_at=Settings.now(), state=RUNNING, step=WAITING, done=0,
        ))
    child = _children[job] = _process(store.settings, folder)
    with store.desk_writing() as connection:
        connection.execute(update(import_jobs).where(import_jobs.c.id == job).values(pid=child.pid))
    return job


def _under_way(viewer: Viewer) -> list[str]:
    """The viewer's jobs whose process lives."""
    mine = import_jobs.c.state == RUNNING, import_jobs.c.user_id.is_not_distinct_from(viewer.user_id)
    with viewer.store.desk_reading() as connection:
        return [job for job in connection.scalars(select(import_jobs.c.id).where(*mine)) if _alive(viewer.store, job)]


def _process(settings: Settings, folder: Path) -> subprocess.Popen[bytes]:
    """The job's process. It inherits a lock on its folder, so that any process can tell, from the first moment on, that it lives."""
    with (folder / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return subprocess.Popen(
            [sys.executable, "-m", "pao_core.importing.jobs", str(folder)], env=_environment(settings), cwd=PROJECT,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True, pass_fds=(lock.fileno(),),
        )


def state(viewer: Viewer, job: str) -> JobState:
    """Where the viewer's own job stands. A job whose process is gone without a word has failed."""
    row = _row(viewer, job)
    if row.state == RUNNING and not _alive(viewer.store, job):
        row = _row(viewer, job)  # it may have ended between the two looks
        if row.state == RUNNING:
            _settle(viewer.store, job, FAILED)
            row = _row(viewer, job)
    return JobState(row.state, row.step, row.done, row.total, (row.result or {}).get("result"), (row.result or {}).get("refusal"))


def rejected_rows(viewer: Viewer, job: str) -> bytes:
    """The job's rejected rows as CSV; empty when there is none."""
    packed = _row(viewer, job).rejected_rows
    return ImportResult.unpacked(packed) if packed else b""


def cancel(viewer: Viewer, job: str) -> JobState:
    """Stop the job: nothing is loaded, unless it had been loaded already; then the state says done."""
    row = _row(viewer, job)
    if row.state == RUNNING:
        _kill(job, row.pid)
        _settle(viewer.store, job, CANCELLED)
    return state(viewer, job)


def _settle(store: Store, job: str, otherwise: str) -> None:
    """Write the end of a job that could not do so itself: a commit that it made just before stands and is told."""
    folder = _folder(store, job)
    values: dict[str, Any] = {"state": otherwise}
    if (folder / "job.json").exists():
        values |= _committed(store, job, json.loads((folder / "job.json").read_text()))
    with store.desk_writing() as connection:
        connection.execute(update(import_jobs).where(import_jobs.c.id == job, import_jobs.c.state == RUNNING).values(values))
    shutil.rmtree(folder, ignore_errors=True)


def _committed(store: Store, job: str, about: dict[str, Any]) -> dict[str, Any]:
    with store.desk_reading() as connection:
        started = connection.scalar(select(import_jobs.c.started_at).where(import_jobs.c.id == job))
    same = (
        (batches.c.file_sha256 == about["sha256"]) & (batches.c.dataset == about["dataset"]) & (batches.c.loaded_at >= started)
        & batches.c.user_id.is_not_distinct_from(about["user_id"])
    )
    with store.reading() as connection:
        row = connection.execute(select(batches).where(same).order_by(batches.c.id.desc()).limit(1)).one_or_none()
    if row is None:
        return {}
    names = ("dataset", "read", "loaded", "unchanged", "rejected", "warned", "stubs")
    told = {"batch": row.id, "seconds": float(row.seconds), "refused": False, "examples": [], **{name: getattr(row, name) for name in names}}
    return {"state": DONE, "result": {"result": told}, "rejected_rows": row.rejected_rows}


def _row(viewer: Viewer, job: str) -> Any:
    with viewer.store.desk_reading() as connection:
        row = connection.execute(select(import_jobs).where(
            import_jobs.c.id == job, import_jobs.c.user_id.is_not_distinct_from(viewer.user_id),
        )).one_or_none()
    if row is None:
        raise Refused(N_("This import is not known."))
    return row


def _folder(store: Store, job: str) -> Path:
    return store.settings.data_dir / "import-jobs" / job


def _alive(store: Store, job: str) -> bool:
    """Whether the job's process lives: its lock tells, for a process id may be somebody else's by now."""
    if job in _children:
        _children[job].poll()  # an ended child is let go
    try:
        with (_folder(store, job) / LOCK).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return False
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False


def _kill(job: str, pid: int | None) -> None:
    """Kill the process and the reading process below it: they are a session of their own."""
    if pid is not None:
        try:
            os.killpg(pid, signal.SIGKILL)
        except ProcessLookupError:
            return
    child = _children.pop(job, None)
    if child is not None:
        child.wait()


def _environment(settings: Settings) -> dict[str, str]:
    """What the process needs to open the same store; it is our own code, the file is read by its child."""
    limits = settings.limits
    return {
        "PATH": os.environ.get("PATH", os.defpath), "PYTHONPATH": str(PROJECT), "PYTHONUTF8": "1",
        "PAO_DATABASE_URL": settings.database_url.render_as_string(hide_password=False), "PAO_DATA_DIR": str(settings.data_dir),
        "PAO_TIMEZONE": settings.timezone.key, "PAO_MAX_FILE_MB": str(limits.file_bytes // 1024**2),
        "PAO_MAX_UNPACKED_MB": str(limits.unpacked_bytes // 1024**2), "PAO_MAX_ROWS": str(limits.rows), "PAO_MAX_COLUMNS": str(limits.columns),
    }


# -- the process ------------------------------------------------------------------------------------------------------
def main(folder: Path) -> None:
    """Run the job of this folder to its end."""
    about = json.loads((folder / "job.json").read_text())
    store = Store(Settings.from_environment())
    with use(about["language"]):
        try:
            values = _run(store, about, folder / "upload")
        except Refused as refusal:
            values = {"state": REFUSED, "result": {"refusal": str(refusal)}}
        with store.desk_writing() as connection:
            connection.execute(update(import_jobs).where(import_jobs.c.id == about["job"], import_jobs.c.state == RUNNING).values(values))
        shutil.rmtree(folder, ignore_errors=True)


def _run(store: Store, about: dict[str, Any], upload: Path) -> dict[str, Any]:
    viewer = _viewer(store, about["user_id"])
    if viewer is None:
        raise Refused(N_("You are no longer signed in."))
    result = import_file(
        viewer, upload, about["dataset"], options=ImportOptions(**about["options"]), progress=_Teller(store, about["job"]).tell,
        file_name=about["file_name"],
    )
    told = result.to_json() | {"refused": result.refused, "examples": list(result.examples)}
    return {"state": DONE, "result": {"result": told}, "rejected_rows": result.rejected_file or None}


def _viewer(store: Store, user_id: int | None) -> Viewer | None:
    if user_id is None:
        return Viewer.of_command_line(store)
    with store.reading() as connection:
        return Viewer.of_user(store, user_id, connection)


class _Teller:
    """Tells the desk how far the job is, not oftener than a person can see."""

    def __init__(self, store: Store, job: str) -> None:
        self._store = store
        self._job = job
        self._told = float("-inf")
        self._step = ""

    def tell(self, step: str, done: int, total: int | None) -> None:
        now = time.monotonic()
        if step == self._step and now - self._told < TOLD_SECONDS:
            return
        self._told, self._step = now, step
        with self._store.desk_writing() as connection:
            connection.execute(update(import_jobs).where(import_jobs.c.id == self._job).values(step=step, done=done, total=total))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
