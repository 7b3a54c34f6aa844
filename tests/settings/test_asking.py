"""A report or file that is refused is in the audit, whoever asks for it: on a page, in the thread that makes files, or at the command line."""

from __future__ import annotations

import ast
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import streamlit as st
from cast import settle, store_in
from keys import NOW
from shell import pao
from staff import audit_since
from streamlit.delta_generator import DeltaGenerator

from pages.parts import download
from pages.parts.session import Scene
from pao_core import report_csv
from pao_core.access import Viewer
from pao_core.config import PROJECT
from pao_core.filters import Filters
from pao_core.importing import batches
from pao_core.locale import N_, Refused
from pao_core.renewals import renewals

NO_RIGHT = "You do not have the right to do this. Your site's primary contact can grant it."


def too_large(_viewer: Viewer) -> bytes:
    raise Refused(N_("A file holds at most {most} entries. Choose a shorter period."), most=20_000)


@pytest.mark.parametrize(("make", "why"), [
    (lambda viewer: report_csv.of_report(renewals, viewer, Filters(), today=NOW.date()), NO_RIGHT),
    (lambda viewer: batches.rejected_rows(viewer, 7), "No import has the number {batch}."),
    (too_large, "A file holds at most {most} entries. Choose a shorter period."),
])
def test_a_download_that_is_refused_is_in_the_audit_with_who_asked_from_where(
    people: dict[str, Viewer], monkeypatch: pytest.MonkeyPatch, make: Callable[[Viewer], bytes], why: str,
) -> None:
    dora, store = people["dora"], people["dora"].store
    place = DeltaGenerator()
    monkeypatch.setitem(st.session_state, "_scene", Scene(dora, Filters(), NOW.date(), "renewals", None, place, place))
    given, before = download.noted(lambda: make(dora), "renewals.csv"), len(audit_since(store, 0))
    with ThreadPoolExecutor(1) as other, pytest.raises(Refused):
        other.submit(given).result()
    (line,) = audit_since(store, before)
    assert (line.act, line.object, line.refused, line.user_id, line.address) == ("file.asked", "renewals.csv", True, dora.user_id, "127.0.0.1")
    assert line.facts == {"why": why}


def test_what_is_given_leaves_no_line(people: dict[str, Viewer]) -> None:
    ana, before = people["ana"], len(audit_since(people["ana"].store, 0))
    with ana.asking("renewals.csv"):
        assert report_csv.of_report(renewals, ana, Filters(), today=NOW.date())
    assert len(audit_since(ana.store, before)) == 0


def test_every_button_of_a_file_makes_it_so_that_a_refusal_is_noted() -> None:
    made = {}
    for path in PROJECT.glob("pages/**/*.py"):
        for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
            if ast.unparse(call.func) == "st.download_button":
                made[path.name, call.lineno] = ast.unparse(call.args[1])
    assert made and all(data.startswith(("noted(", "download.noted(")) for data in made.values()), made


def test_what_is_refused_at_the_command_line_is_in_the_audit_of_the_user_whose_rows_count(tmp_path: Path) -> None:
    store, who = store_in(tmp_path), ("--as", "dora@desk.example")
    settle(store)
    file = ("prices", "--family", "software", "--when", "current", "--country", "BR", "--currency", "BRL")
    before = len(audit_since(store, 0))
    for way in (("report", "renewals"), file):
        done = pao(*way, *who, PAO_DATA_DIR=str(tmp_path / "data"))
        assert (done.returncode, done.stderr.strip()) == (1, NO_RIGHT), way
    found = audit_since(store, before)
    assert {(line.act, line.refused, line.actor, line.facts["why"]) for line in found} == {("file.asked", True, who[1], NO_RIGHT)}
    assert [line.object.partition("-")[0] for line in found] == ["renewals", "software"]
