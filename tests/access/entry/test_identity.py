"""A company account is mapped to the same users: whoever the service vouches for comes in, nobody becomes a user by it."""

from __future__ import annotations

import logging
from datetime import timedelta

import pyotp
import pytest
from cast import BOREAL
from keys import ANA, NOW, PASSWORD, RUI, ticket_of_ana
from sqlalchemy import select, update

from pao_core.access import Viewer
from pao_core.access.entry import identity, links, new_password, second_factor, sessions, sign_in
from pao_core.access.people import users
from pao_core.locale import Refused
from pao_core.settings import my_account
from pao_core.store.engine import Store
from pao_core.store.schema import audit, memberships, one_time_links, sign_ins
from pao_core.store.schema import users as users_table

HOME = "203.0.113.7"
GOOD = {"is_logged_in": True, "email": ANA, "email_verified": True, "iat": NOW.timestamp(), "sub": "0815", "iss": "https://login.boreal.example"}


def ticket(store: Store, **claims: object) -> str | sign_in.Challenge | None:
    return identity.sign_in(store, GOOD | claims, HOME, NOW)


def viewer(store: Store, found: object) -> Viewer | None:
    return sessions.viewer(store, sessions.exchange(store, found, NOW), NOW)


def test_a_verified_e_mail_of_an_active_user_gives_a_session_in_any_case_and_width(store: Store, ana: str) -> None:
    for email in (ana, "ANA@Boreal.example", " ａｎａ@boreal.example"):
        found = viewer(store, ticket(store, email=email))
        assert found is not None and found.email == ana and found.sites() == (BOREAL,)


@pytest.mark.parametrize("claims", [
    {"email_verified": False}, {"email_verified": None}, {"email_verified": "true"}, {"email_verified": 1}, {"email": None}, {"email": ""},
    {"email": "nobody@boreal.example"}, {"email": [ANA]}, {"email": {"$ne": ""}}, {"email": "a" * 10_000 + "@x.example"}, {"email": f"{ANA}\0"},
    {"email": "' OR 1=1 --@x"}, {"iat": None}, {"iat": "now"}, {"iat": True}, {"iat": float("nan")}, {"iat": -1}, {"iat": 2**80},
    {"iat": (NOW - timedelta(minutes=5)).timestamp()}, {"iat": (NOW + timedelta(minutes=2)).timestamp()},
])
def test_what_is_not_verified_not_fresh_or_nobodys_is_refused_alike_with_a_line(
    store: Store, ana: str, claims: dict[str, object], caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="pao_core.access.entry.identity")
    assert ticket(store, **claims) is None
    assert [record.getMessage() for record in caplog.records] == [f"refused a company account from {HOME}"]


def test_without_the_claims_there_is_no_session(store: Store, ana: str) -> None:
    for name in ("email", "email_verified", "iat"):
        assert identity.sign_in(store, {key: value for key, value in GOOD.items() if key != name}, HOME, NOW) is None


def test_who_is_suspended_removed_or_without_a_place_is_refused_like_a_stranger(store: Store, ana: str) -> None:
    with store.writing("test") as writing:
        writing.connection.execute(update(users_table).values(status="suspended"))
    assert ticket(store) is None
    with store.writing("test") as writing:
        writing.connection.execute(update(users_table).values(status="active"))
        writing.connection.execute(update(memberships).values(suspended_at=NOW))
    assert ticket(store) is None


def test_who_was_invited_is_active_from_then_on_without_a_password_and_audited(store: Store, operator: Viewer) -> None:
    token = users.add(operator, RUI, "Rui Lopes", BOREAL, "user")
    found = viewer(store, ticket(store, email=RUI))
    assert found is not None and found.email == RUI and not my_account.has_password(found)
    assert links.state(store, token, links.ACTIVATION, NOW) == "late"
    with store.reading() as connection:
        row = connection.execute(select(audit).where(audit.c.act == "account.activated")).one()
        assert (row.actor, row.facts) == (RUI, {"before": {"status": "invited"}, "after": {"status": "active"}})
        assert connection.execute(select(users_table.c.status, users_table.c.password_hash)).one() == ("active", None)
    assert sign_in.sign_in(store, RUI, "", HOME, NOW) is None and sign_in.sign_in(store, RUI, PASSWORD, HOME, NOW) is None


def test_an_invited_person_without_a_place_stays_invited(store: Store, operator: Viewer) -> None:
    users.add(operator, RUI, "Rui Lopes", BOREAL, "user")
    with store.writing("test") as writing:
        writing.connection.execute(update(memberships).values(suspended_at=NOW))
    assert ticket(store, email=RUI) is None
    with store.reading() as connection:
        assert connection.scalar(select(users_table.c.status)) == "invited"


def test_the_session_ends_with_suspension_removal_and_the_first_password(store: Store, operator: Viewer) -> None:
    users.add(operator, RUI, "Rui Lopes", BOREAL, "user")
    for change in ({"status": "suspended"}, {"status": "invited"}, {"password_hash": "$argon2id$first"}):
        sid = sessions.exchange(store, ticket(store, email=RUI), NOW)
        assert sessions.viewer(store, sid, NOW) is not None
        with store.writing("test") as writing:
            writing.connection.execute(update(users_table).values(change))
        assert sessions.viewer(store, sid, NOW) is None
        with store.writing("test") as writing:
            writing.connection.execute(update(users_table).values(status="active", password_hash=None))


def test_a_second_factor_here_is_asked_for_too(store: Store, ana: str) -> None:
    sid = sessions.exchange(store, ticket_of_ana(store), NOW)
    own = sessions.viewer(store, sid, NOW)
    assert own is not None
    app = pyotp.TOTP(second_factor.begin(own).secret)
    second_factor.confirm(own, sid, app.at(NOW), NOW)
    challenge = ticket(store)
    assert isinstance(challenge, sign_in.Challenge)
    assert sign_in.second_step(store, challenge, app.at(NOW), HOME, NOW) is None
    later = NOW + timedelta(seconds=30)
    assert viewer(store, sign_in.second_step(store, challenge, app.at(later), HOME, later)) is not None


def test_guessing_passwords_shuts_nobodys_company_account_out(store: Store, ana: str) -> None:
    for _ in range(5):
        sign_in.sign_in(store, ana, "wrong", HOME, NOW)
    with pytest.raises(Refused):
        sign_in.sign_in(store, ana, PASSWORD, HOME, NOW)
    assert viewer(store, ticket(store)) is not None
    with store.desk_reading() as desk:
        assert desk.scalars(select(sign_ins.c.succeeded).order_by(sign_ins.c.id)).all() == [False] * 5 + [True]


def test_nobody_without_a_password_changes_one_by_an_empty_old_one(store: Store, operator: Viewer) -> None:


    users.add(operator, RUI, "Rui Lopes", BOREAL, "user")
    sid = sessions.exchange(store, ticket(store, email=RUI), NOW)
    found = sessions.viewer(store, sid, NOW)
    assert found is not None
    for old in ("", None):
        with pytest.raises(Refused, match="current password"):
            new_password.by_old_one(found, sid, old, PASSWORD, PASSWORD, HOME, NOW)
    with store.reading() as connection:
        assert connection.scalar(select(one_time_links.c.used_at)) is None
