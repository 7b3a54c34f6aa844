"""Imports of the web run in a process of their own: their state is on the desk, and a cancel leaves the store as it was."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest
from files import csv_rows, csv_text, order, orders
from sqlalchemy import func, insert, select

from pao_core.access import Viewer
from pao_core.config import Settings
from pao_core.importing import batches, jobs
from pao_core.importing.options import ImportOptions
from pao_core.locale import Refused, use
from pao_core.store import schema
from pao_core.store.engine import Store

MAKING = ImportOptions(create_missing=True)


def ended(viewer: Viewer, job: str) -> jobs.JobState:
    """The state of a job after its process has ended."""
    jobs._children[job].wait(60)
    return jobs.state(viewer, job)


def many(lines: int) -> bytes:
    """A file of so many lines, put together from one: three hundred thousand would take a second each by themselves."""
    head, line = csv_text(orders(order(line_number="NUMBER"))).splitlines()
    before, after = line.split("NUMBER")
    return "\n".join([head, *(f"{before}{number}{after}" for number in range(1, lines)), ""]).encode()


def loaded(store: Store) -> int:
    with store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(schema.orders)) or 0


def test_a_job_loads_as_its_user_and_tells_what_it_did(people: dict[str, Viewer]) -> None:
    ana = people["ana"]
    content = csv_text(orders(order(), order(line_number="2", currency="?"))).encode()
    job = jobs.start(ana, content, "orders", ImportOptions(create_missing=True, skip_rejected=True), "../../pedidos ção.csv")
    state = ended(ana, job)
    assert (state.state, state.over, state.refusal) == ("done", True, None)
    assert state.result is not None
    assert (state.result["read"], state.result["loaded"], state.result["rejected"], state.result["refused"]) == (2, 1, 1, False)
    assert csv_rows(jobs.rejected_rows(ana, job))[0]["currency"] == "?"
    batch = batches.listed(ana)[0]
    assert (batch["id"], batch["actor"], batch["file_name"]) == (state.result["batch"], ana.email, "../../pedidos ção.csv")
    assert list((ana.store.settings.data_dir / "import-jobs").iterdir()) == []


def test_a_refusal_reaches_the_person_in_its_language(people: dict[str, Viewer]) -> None:
    with use("pt_BR"):
        state = ended(people["ana"], jobs.start(people["ana"], b"%PDF-1.7", "orders", MAKING, "pedidos.pdf"))
    assert state.state == "refused"
    assert (state.refusal or "").startswith("pedidos.pdf")
    assert "not a table" not in (state.refusal or "")


def test_who_may_not_import_has_a_refused_job(people: dict[str, Viewer]) -> None:
    state = ended(people["bob"], jobs.start(people["bob"], many(3), "orders", MAKING, "f.csv"))
    assert (state.state, loaded(people["bob"].store)) == ("refused", 0)


def test_one_person_has_so_many_imports_under_way_and_no_more(people: dict[str, Viewer]) -> None:
    ana, carla = people["ana"], people["carla"]
    started = []
    for _place in range(jobs.AT_ONCE):
        started.append(jobs.start(ana, many(3), "orders", MAKING, "f.csv"))
        os.kill(jobs._children[started[-1]].pid, signal.SIGSTOP)
    with pytest.raises(Refused, match="3 imports under way"):
        jobs.start(ana, many(3), "orders", MAKING, "f.csv")
    assert jobs.cancel(carla, jobs.start(carla, many(3), "orders", MAKING, "f.csv")).over
    assert jobs.cancel(ana, started[0]).state == "cancelled"
    started.append(jobs.start(ana, many(3), "orders", MAKING, "f.csv"))
    assert all(jobs.cancel(ana, job).over for job in started[1:])


def test_a_job_is_its_own_persons_alone(people: dict[str, Viewer]) -> None:
    job = jobs.start(people["ana"], many(3), "orders", MAKING, "f.csv")
    for ask in (jobs.state, jobs.cancel, jobs.rejected_rows):
        with pytest.raises(Refused, match="not known"):
            ask(people["carla"], job)
    assert ended(people["ana"], job).state == "done"


def test_a_cancelled_job_leaves_the_store_as_it_was_and_nothing_behind(people: dict[str, Viewer]) -> None:
    ana = people["ana"]
    job = jobs.start(ana, many(300_000), "orders", MAKING, "f.csv")
    child = jobs._children[job]
    assert jobs.state(ana, job).state == "running"
    state = jobs.cancel(ana, job)
    assert (state.state, state.over) == ("cancelled", True)
    assert child.returncode == -signal.SIGKILL
    assert loaded(ana.store) == 0
    assert list((ana.store.settings.data_dir / "import-jobs").iterdir()) == []
    assert jobs.cancel(ana, job).state == "cancelled"


def test_a_cancel_that_comes_after_the_commit_says_done(people: dict[str, Viewer]) -> None:
    ana = people["ana"]
    job = jobs.start(ana, many(3), "orders", MAKING, "f.csv")
    assert ended(ana, job).state == "done"
    # As if the process had been killed between its commit and telling the desk.
    folder = ana.store.settings.data_dir / "import-jobs" / job
    folder.mkdir(parents=True)
    with ana.store.reading() as connection:
        sha256 = connection.scalar(select(schema.batches.c.file_sha256))
    (folder / "job.json").write_text(f'{{"sha256": "{sha256}", "dataset": "orders", "user_id": {ana.user_id}}}')
    with ana.store.desk_writing() as connection:
        connection.execute(schema.import_jobs.update().values(state="running", result=None))
    state = jobs.cancel(ana, job)
    assert (state.state, (state.result or {})["loaded"]) == ("done", 2)


def test_a_job_whose_process_died_has_failed(people: dict[str, Viewer]) -> None:
    ana = people["ana"]
    job = jobs.start(ana, many(300_000), "orders", MAKING, "f.csv")
    os.killpg(jobs._children[job].pid, signal.SIGKILL)
    assert ended(ana, job).state == "failed"
    assert loaded(ana.store) == 0


def test_another_web_process_sees_whether_a_job_is_alive(people: dict[str, Viewer]) -> None:
    ana = people["ana"]
    job = jobs.start(ana, many(300_000), "orders", MAKING, "f.csv")
    child = jobs._children.pop(job)
    assert jobs.state(ana, job).state == "running"
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    assert jobs.state(ana, job).state == "failed"


def test_the_command_lines_password_is_not_among_a_jobs_arguments(people: dict[str, Viewer], monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []

    class Recorded(subprocess.Popen[bytes]):
        def __init__(self, args: list[str], **more: object) -> None:
            seen.append(args)
            super().__init__(args, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(jobs.subprocess, "Popen", Recorded)
    ended(people["ana"], jobs.start(people["ana"], many(3), "orders", MAKING, "f.csv"))
    assert not any("postgresql" in argument or "sqlite" in argument for argument in seen[0])


def test_the_desk_keeps_what_a_job_said(sqlite_store: Store, tmp_path: Path) -> None:
    operator = Viewer.of_command_line(sqlite_store)
    with sqlite_store.desk_writing() as connection:
        connection.execute(
            insert(schema.import_jobs).values(
                id="x", started_at=Settings.now(), state="done", step="Loading", done=3, total=9, result={"result": {"loaded": 3}}
            )
        )
    state = jobs.state(operator, "x")
    assert (state.step, state.done, state.total, state.result) == ("Loading", 3, 9, {"loaded": 3})
