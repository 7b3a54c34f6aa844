"""Sessions: the row in the desk is the authority; what a browser sends is a claim."""

from __future__ import annotations

import hashlib
import logging
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from itsdangerous import Signer
from keys import NOW, PASSWORD, set_by, ticket_of_ana
from sqlalchemy import delete, event, select, update

from pao_core.access import Viewer
from pao_core.access.entry import links, sessions
from pao_core.access.entry.sign_in import sign_in
from pao_core.access.people import users
from pao_core.store.engine import Store
from pao_core.store.schema import memberships, one_time_links, session_tickets
from pao_core.store.schema import sessions as sessions_table
from pao_core.store.schema import users as users_table

MINUTE = timedelta(minutes=1)


@pytest.fixture
def ticket(store: Store, ana: str) -> str:
    return ticket_of_ana(store)


@pytest.fixture
def sid(store: Store, ticket: str) -> str:
    found = sessions.exchange(store, ticket, NOW)
    assert found is not None
    return found


def another(store: Store, now: datetime = NOW) -> str:
    """A further session of Ana."""
    found = sessions.exchange(store, ticket_of_ana(store, now), now)
    assert found is not None
    return found


def set_status(store: Store, status: str) -> None:
    with store.writing("test") as writing:
        writing.connection.execute(update(users_table).values(status=status))


def test_a_ticket_is_good_once(store: Store, ticket: str) -> None:
    assert sessions.exchange(store, ticket, NOW) is not None
    assert sessions.exchange(store, ticket, NOW) is None


def test_a_ticket_is_good_for_sixty_seconds(store: Store, ticket: str) -> None:
    assert sessions.exchange(store, ticket, NOW + timedelta(seconds=60)) is None
    assert sessions.exchange(store, ticket, NOW) is None


def test_of_sixteen_who_exchange_one_ticket_exactly_one_gets_a_session(store: Store, ticket: str) -> None:
    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(lambda _: sessions.exchange(store, ticket, NOW), range(16)))
    assert sum(sid is not None for sid in found) == 1


@pytest.mark.parametrize("ticket", ["", "x", "é" * 43, "a" * 10_000, "\0", None, 5, b"bytes", ["a"], {"ticket": "a"}])
def test_what_is_no_ticket_opens_nothing(store: Store, ana: str, ticket: object) -> None:
    assert sessions.exchange(store, ticket, NOW) is None


def test_a_session_is_idle_after_half_an_hour_and_activity_keeps_it(store: Store, sid: str) -> None:
    assert sessions.viewer(store, sid, NOW + 29 * MINUTE) is not None
    assert sessions.viewer(store, sid, NOW + 58 * MINUTE) is not None
    assert sessions.viewer(store, sid, NOW + 88 * MINUTE) is None
    assert sessions.viewer(store, sid, NOW + 59 * MINUTE) is not None


def test_a_heartbeat_is_no_activity(store: Store, sid: str) -> None:
    assert sessions.viewer(store, sid, NOW + 29 * MINUTE, activity=False) is not None
    assert sessions.viewer(store, sid, NOW + 31 * MINUTE) is None


def test_a_session_ends_after_twelve_hours_however_busy(store: Store, sid: str) -> None:
    for minutes in range(0, 12 * 60, 20):
        assert sessions.viewer(store, sid, NOW + minutes * MINUTE) is not None
    assert sessions.viewer(store, sid, NOW + 12 * 60 * MINUTE) is None


def test_use_is_noted_at_most_once_a_minute(store: Store, sid: str) -> None:
    def used() -> object:
        with store.desk_reading() as connection:
            return connection.scalar(select(sessions_table.c.used_at))

    sessions.viewer(store, sid, NOW + timedelta(seconds=59))
    assert used() == NOW
    sessions.viewer(store, sid, NOW + timedelta(seconds=60))
    assert used() == NOW + timedelta(seconds=60)


def test_a_rerun_reads_four_rows_by_key_and_writes_nothing(store: Store, sid: str) -> None:
    said: list[str] = []
    for engine in {store.engine, store.desk}:
        event.listen(engine, "before_cursor_execute", lambda _c, _u, statement, *_: said.append(statement))
    assert sessions.viewer(store, sid, NOW) is not None
    assert sum(statement.startswith("SELECT") for statement in said) == 4
    assert not any(statement.startswith(("INSERT", "UPDATE", "DELETE")) for statement in said)


def test_signing_out_ends_the_session_everywhere(store: Store, sid: str, ana: str) -> None:
    other = another(store)
    sessions.end(store, sid)
    assert sessions.viewer(store, sid, NOW) is None and sessions.viewer(store, other, NOW) is not None


def test_a_sixth_session_ends_the_oldest(store: Store, ana: str) -> None:
    found = [another(store, NOW + second * timedelta(seconds=1)) for second in range(6)]
    later = NOW + timedelta(seconds=9)
    assert [sessions.viewer(store, sid, later) is not None for sid in found] == [False] + [True] * 5


def test_sixteen_at_once_leave_five_sessions(store: Store, ana: str) -> None:
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda _: another(store), range(16)))
    with store.desk_reading() as connection:
        assert len(connection.execute(select(sessions_table)).all()) == sessions.PER_USER


def test_a_suspended_user_is_out_at_once_and_stays_out(store: Store, sid: str, ana: str) -> None:
    other = another(store)
    set_status(store, "suspended")
    assert sessions.viewer(store, sid, NOW) is None
    set_status(store, "active")
    assert sessions.viewer(store, sid, NOW) is None and sessions.viewer(store, other, NOW) is None


def test_a_ticket_of_who_was_suspended_since_lets_nobody_in(store: Store, ticket: str) -> None:
    set_status(store, "suspended")
    assert sessions.viewer(store, sessions.exchange(store, ticket, NOW), NOW) is None


def test_another_password_ends_every_session_and_ticket(store: Store, sid: str, ana: str) -> None:
    with store.reading() as connection:
        user_id = connection.scalar(select(users_table.c.id).where(users_table.c.email == ana))
    waiting = ticket_of_ana(store)
    with store.writing("test") as writing:
        assert user_id is not None
        token = links.issue(writing.connection, user_id, links.ACTIVATION, NOW)
    set_by(store, token, links.ACTIVATION, "nine blue lanterns sing", NOW)
    assert sessions.viewer(store, sid, NOW) is None
    assert sessions.viewer(store, sessions.exchange(store, waiting, NOW), NOW) is None
    assert sessions.viewer(store, another(store), NOW) is not None


def test_another_password_ends_sessions_even_if_the_desk_never_hears_of_it(store: Store, sid: str) -> None:
    with store.writing("test") as writing:
        writing.connection.execute(update(users_table).values(password_hash="$argon2id$another"))
    assert sessions.viewer(store, sid, NOW) is None


def test_a_right_taken_away_is_gone_at_the_next_look(store: Store, sid: str) -> None:
    before = sessions.viewer(store, sid, NOW)
    assert before is not None and before.may("data.import")
    with store.writing("test") as writing:
        writing.connection.execute(update(memberships).values(privileges={"reporting": "view"}))
    after = sessions.viewer(store, sid, NOW)
    assert after is not None and after != before and not after.may("data.import")


def test_a_deleted_user_is_out(store: Store, sid: str) -> None:
    with store.writing("test") as writing:
        for table in (one_time_links, memberships, users_table):
            writing.connection.execute(delete(table))
    assert sessions.viewer(store, sid, NOW) is None


def test_the_desk_keeps_no_token_that_opens_anything(store: Store, ana: str, sid: str) -> None:
    waiting = ticket_of_ana(store)
    with store.desk_reading() as connection:
        kept = [str(value) for table in (sessions_table, session_tickets) for row in connection.execute(select(table)) for value in row]
    token = sid.split(".")[0]
    assert all(secret not in value for value in kept for secret in (sid, token, waiting))
    assert hashlib.sha256(token.encode()).hexdigest() in kept
    for stolen in kept:
        assert sessions.viewer(store, stolen, NOW) is None and sessions.exchange(store, stolen, NOW) is None


def test_a_cookie_signed_with_another_key_never_reaches_the_database(store: Store, sid: str) -> None:
    said: list[str] = []
    event.listen(store.desk, "before_cursor_execute", lambda _c, _u, statement, *_: said.append(statement))
    token = sid.rsplit(".", 1)[0]
    forged = Signer(b"k" * 32, salt=sessions.COOKIE, digest_method=hashlib.sha256).sign(token).decode()
    assert sessions.viewer(store, forged, NOW) is None and said == []


def mutated(sid: str, seed: int) -> object:
    """A cookie that a forger, a broken browser or a fuzzer might send."""
    dice = random.Random(seed)
    at = dice.randrange(len(sid))
    letter = chr(dice.choice([dice.randrange(0x80), dice.randrange(0x80, 0xD800), dice.randrange(0xE000, 0x110000), 0xDFFF]))
    return dice.choice([
        lambda: sid[:at] + letter + sid[at + 1:], lambda: sid[:at] + letter + sid[at:], lambda: sid[:at], lambda: sid[at + 1:],
        lambda: sid[:at] + sid[at + 1:], lambda: sid * dice.randrange(2, 400), lambda: sid.swapcase(), lambda: sid[::-1],
        lambda: sid.replace(".", dice.choice(["", "..", "%2E", " .", ".\0"])), lambda: letter * dice.randrange(1, 10_000),
        lambda: dice.randbytes(dice.randrange(200)), lambda: dice.randrange(-(2**70), 2**70), lambda: [sid], lambda: {"sid": sid},
        lambda: "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", lambda: sid.encode(), lambda: float("nan"), lambda: True, lambda: (sid,),
    ])()


def test_two_thousand_mutated_cookies_let_nobody_in_and_raise_nothing(store: Store, sid: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="pao_core.access.entry.sessions")
    tried = [cookie for cookie in (mutated(sid, seed) for seed in range(2_200)) if cookie != sid and cookie != ""][:2_000]
    assert len(tried) == 2_000
    assert [cookie for cookie in tried if sessions.viewer(store, cookie, NOW) is not None] == []
    assert len(caplog.records) == 2_000  # one line each, and none shows what was sent
    assert all(len(record.getMessage()) < 80 and sid[:20] not in record.getMessage() for record in caplog.records)
    assert sessions.viewer(store, sid, NOW) is not None


def test_mutated_tickets_open_nothing_and_leave_a_line_each(store: Store, ticket: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="pao_core.access.entry.sessions")
    tried = [one for one in (mutated(ticket, seed) for seed in range(600)) if one != ticket][:500]
    assert [one for one in tried if sessions.exchange(store, one, NOW) is not None] == []
    assert len(caplog.records) == 500 and all(ticket[:20] not in record.getMessage() for record in caplog.records)
    assert sessions.exchange(store, ticket, NOW) is not None


def test_another_cookie_key_ends_every_session(store: Store, sid: str) -> None:
    rotated = Store(replace(store.settings, cookie_key="another key of this installation"))
    assert sessions.viewer(rotated, sid, NOW) is None
    rotated.dispose()


def test_who_has_lost_every_place_is_out_at_once_and_is_refused_like_a_stranger(store: Store, sid: str, ana: str) -> None:
    with store.writing("test") as writing:
        writing.connection.execute(update(memberships).values(suspended_at=NOW))
    assert sessions.viewer(store, sid, NOW) is None
    assert sign_in(store, ana, PASSWORD, None, NOW) is None


def test_who_is_invited_anew_is_out_even_if_nobody_ended_its_sessions(store: Store, sid: str) -> None:
    with store.writing("test") as writing:
        writing.connection.execute(update(users_table).values(status="invited"))
    assert sessions.viewer(store, sid, NOW) is None


def test_no_cookie_is_no_event(store: Store, ana: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    assert sessions.viewer(store, None, NOW) is None and sessions.viewer(store, "", NOW) is None
    assert caplog.records == []


def test_a_stranger_to_every_reseller_has_a_session_and_no_rights(store: Store, operator: Viewer) -> None:
    users.add(operator, "op@desk.example", "Op", None, "operator", PASSWORD)
    viewer = sessions.viewer(store, sessions.exchange(store, sign_in(store, "op@desk.example", PASSWORD, None, NOW), NOW), NOW)
    assert viewer is not None and viewer.may("operator") and viewer.sites() == ()
