"""The command that sends what waits, and what the doctor says of mail."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from keys import RUI
from letterbox import Desk
from post_office import PostOffice, served_by
from shell import pao

from pao_core.access import Viewer
from pao_core.access.people import users
from pao_core.config import Settings
from pao_core.store.engine import Store


@pytest.fixture
def desk(sqlite_store: Store, office: PostOffice) -> Desk:
    """An installation that the command line opens, with an invited operator."""
    operator = Viewer.of_command_line(sqlite_store)
    users.add(operator, RUI, "Rui Lopes", None, "operator")
    return Desk(served_by(sqlite_store, office.environment), operator, Settings.now())


def said_of_mail(**environment: str) -> tuple[bool, str]:
    findings = json.loads(pao("doctor", "--format", "json", **environment).stdout)["findings"]
    return next((finding["ok"], finding["says"]) for finding in findings if finding["check"] == "mail")


def test_one_command_sends_what_waits(desk: Desk, office: PostOffice) -> None:
    desk.put("activation", RUI, user_id=desk.id_of(RUI))
    done = pao("mail", "--format", "json", **office.environment)
    assert (done.returncode, json.loads(done.stdout)) == (0, {"sent": 1, "failed": 0, "dropped": 0, "waiting": 0})
    assert [letter.to for letter in office.letters] == [(RUI,)]
    assert pao("mail", **office.environment).stdout == "Sent 0, not sent 0, dropped 0; 0 wait.\n"


def test_it_fails_when_a_letter_was_not_sent_and_without_a_server(desk: Desk, office: PostOffice) -> None:
    office.stop()
    desk.put("activation", RUI, user_id=desk.id_of(RUI))
    away = pao("mail", "--format", "json", **office.environment)
    assert (away.returncode, json.loads(away.stdout)["failed"]) == (1, 1)
    assert "tried again later" in away.stderr
    none = pao("mail")
    assert (none.returncode, none.stdout) == (1, "")
    assert "Set PAO_SMTP_URL" in none.stderr


def test_the_doctor_knows_whether_letters_would_go_out(desk: Desk, office: PostOffice, tmp_path: Path) -> None:
    assert said_of_mail() == (True, "no mail server: the operator hands the links over")
    assert said_of_mail(**office.environment) == (True, f"localhost:{office.port} answers")
    office.stop()
    ok, says = said_of_mail(**office.environment)
    assert not ok
    assert "cannot be reached" in says
    wrong = pao("doctor", PAO_SMTP_URL="smtp://ana:hidden@mail.example")
    assert (wrong.returncode, "PAO_SMTP_URL" in wrong.stdout, "hidden" in wrong.stdout + wrong.stderr) == (1, True, False)
