"""Signing in: who comes in, what is refused, and that the refusal tells nothing."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from keys import NOW, PASSWORD
from sqlalchemy import select, update

from pao_core.access import Viewer
from pao_core.access.entry import passwords, sessions
from pao_core.access.entry.sign_in import sign_in
from pao_core.access.entry.throttle import Throttled
from pao_core.access.people import users
from pao_core.store.engine import Store
from pao_core.store.schema import sign_ins
from pao_core.store.schema import users as users_table

HOME = "203.0.113.7"


def test_the_right_password_gives_a_ticket_to_a_session(store: Store, ana: str) -> None:
    sid = sessions.exchange(store, sign_in(store, ana, PASSWORD, HOME, NOW), NOW)
    viewer = sessions.viewer(store, sid, NOW)
    assert viewer is not None and viewer.email == ana and viewer.sites() == ("7000002",)


@pytest.mark.parametrize("written", ["ANA@BOREAL.EXAMPLE", " ana@boreal.example ", "ａｎａ@boreal.example"])
def test_an_e_mail_is_the_same_in_any_case_and_width(store: Store, ana: str, written: str) -> None:
    assert sign_in(store, written, PASSWORD, HOME, NOW) is not None


WRONG = [PASSWORD + " ", " " + PASSWORD, PASSWORD.upper(), "", PASSWORD * 20, "\ud800", "\0", None, 7, [PASSWORD]]
NOBODIES = ["nobody@boreal.example", "", "ana", "a" * 300 + "@x.example", "' OR 1=1 --@x", "ana@boreal.example\0", None, {"$ne": 1}]


@pytest.mark.parametrize("password", WRONG)
def test_a_password_is_taken_exactly_as_received(store: Store, ana: str, password: object) -> None:
    assert sign_in(store, ana, password, HOME, NOW) is None


@pytest.mark.parametrize("email", NOBODIES)
def test_what_names_nobody_is_refused_without_an_error(store: Store, ana: str, email: object) -> None:
    assert sign_in(store, email, PASSWORD, HOME, NOW) is None


def test_who_is_invited_or_suspended_is_refused_like_a_stranger(store: Store, operator: Viewer, ana: str) -> None:
    users.add(operator, "rui@boreal.example", "Rui", "7000002", "user")
    assert sign_in(store, "rui@boreal.example", PASSWORD, HOME, NOW) is None
    with store.writing("test") as writing:
        writing.connection.execute(update(users_table).where(users_table.c.email == ana).values(status="suspended"))
    assert sign_in(store, ana, PASSWORD, HOME, NOW) is None


def test_a_stranger_costs_the_same_work_as_a_user_with_a_wrong_password(store: Store, ana: str, monkeypatch: pytest.MonkeyPatch) -> None:
    worked: list[str] = []
    verify = passwords._argon2.verify_and_update
    monkeypatch.setattr(passwords._argon2, "verify_and_update", lambda given, kept: worked.append(kept) or verify(given, kept))
    for email in (ana, "nobody@boreal.example", "no e-mail"):
        assert sign_in(store, email, "eleven wrong elephants", HOME, NOW) is None
    assert [kept.rsplit("$", 2)[0] for kept in worked] == ["$argon2id$v=19$m=65536,t=3,p=4"] * 3


def test_every_attempt_is_in_the_log_of_sign_ins_and_no_password_in_any(store: Store, ana: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    sign_in(store, ana, "eleven wrong elephants", HOME, NOW)
    sign_in(store, ana, PASSWORD, HOME, NOW)
    with store.desk_reading() as connection:
        rows = connection.execute(select(sign_ins).order_by(sign_ins.c.id)).all()
    assert [(row.email, row.address, row.succeeded, row.at) for row in rows] == [(ana, HOME, False, NOW), (ana, HOME, True, NOW)]
    assert "elephants" not in caplog.text and PASSWORD not in caplog.text


def test_a_sixth_failure_from_one_place_within_a_quarter_hour_is_throttled(store: Store, ana: str) -> None:
    for second in range(5):
        assert sign_in(store, ana, "wrong", HOME, NOW + timedelta(seconds=second)) is None
    with pytest.raises(Throttled):
        sign_in(store, ana, PASSWORD, HOME, NOW + timedelta(minutes=14))
    assert sign_in(store, ana, PASSWORD, HOME, NOW + timedelta(minutes=15, seconds=1)) is not None
