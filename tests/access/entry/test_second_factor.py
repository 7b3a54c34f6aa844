"""The second factor: codes of an app, recovery codes, and signing in by two steps."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pyotp
import pytest
from keys import ANA, NOW, PASSWORD, ticket_of_ana
from sqlalchemy import event, func, select, update

from pao_core.access import AccessDenied, Viewer
from pao_core.access.entry import second_factor, sessions
from pao_core.access.entry.sign_in import NO_CODE, Challenge, second_step, sign_in
from pao_core.access.entry.throttle import Throttled
from pao_core.config import Settings
from pao_core.locale import Refused
from pao_core.store.engine import Store
from pao_core.store.schema import audit, challenges, memberships, outbox, recovery_codes, second_factors, sign_ins
from pao_core.store.schema import sessions as sessions_table
from pao_core.store.schema import users as users_table

HOME = "203.0.113.7"
STEP = timedelta(seconds=30)
LATER = NOW + timedelta(minutes=10)


@pytest.fixture
def sid(store: Store, ana: str) -> str:
    found = sessions.exchange(store, ticket_of_ana(store), NOW)
    assert found is not None
    return found


@pytest.fixture
def viewer(store: Store, sid: str) -> Viewer:
    found = sessions.viewer(store, sid, NOW)
    assert found is not None
    return found


@pytest.fixture
def app(viewer: Viewer) -> pyotp.TOTP:
    """Ana's app, which knows the secret; the factor is not on yet."""
    return pyotp.TOTP(second_factor.begin(viewer).secret)


@pytest.fixture
def codes(viewer: Viewer, sid: str, app: pyotp.TOTP) -> list[str]:
    """Ana's recovery codes: the factor is on."""
    return second_factor.confirm(viewer, sid, app.at(NOW), NOW)


def challenged(store: Store, now: datetime = LATER) -> Challenge:
    found = sign_in(store, ANA, PASSWORD, HOME, now)
    assert isinstance(found, Challenge)
    return found


def enter(store: Store, code: object, now: datetime = LATER) -> str | None:
    return second_step(store, challenged(store, now), code, HOME, now)


def comes_in(store: Store, code: object, now: datetime = LATER) -> bool:
    return sessions.viewer(store, sessions.exchange(store, enter(store, code, now), now), now) is not None


def test_without_a_confirmed_app_the_password_is_enough(store: Store, app: pyotp.TOTP) -> None:
    assert isinstance(sign_in(store, ANA, PASSWORD, HOME, NOW), str)


def test_with_one_the_password_gives_no_session_and_the_code_does(store: Store, codes: list[str], app: pyotp.TOTP) -> None:
    challenge = challenged(store)
    assert sessions.exchange(store, challenge.token, LATER) is None
    assert app.at(LATER) not in repr(challenge) and challenge.token not in repr(challenge)
    assert comes_in(store, app.at(LATER))


WRONG = ["", "12345", "1234567", None, 123456, ["123456"], "٠١٢٣٤٥", "0" * 10_000, {"code": "123456"}, "123 45x", "\ud800", "' OR 1=1"]


@pytest.mark.parametrize("code", WRONG)
def test_what_is_no_code_is_refused(store: Store, viewer: Viewer, codes: list[str], code: object) -> None:
    assert not second_factor.use(store, viewer.user_id or 0, ANA, code, LATER)


@pytest.mark.parametrize("steps", [-2, 2, 100])
def test_a_code_of_another_time_is_refused(store: Store, viewer: Viewer, codes: list[str], app: pyotp.TOTP, steps: int) -> None:
    assert not second_factor.use(store, viewer.user_id or 0, ANA, app.at(LATER + steps * STEP), LATER)


def test_a_code_may_be_typed_with_spaces(store: Store, codes: list[str], app: pyotp.TOTP) -> None:
    assert comes_in(store, f" {app.at(LATER)[:3]} {app.at(LATER)[3:]} ")


def test_an_apps_clock_may_be_a_step_off_either_way(store: Store, codes: list[str], app: pyotp.TOTP) -> None:
    assert comes_in(store, app.at(LATER - STEP))
    assert comes_in(store, app.at(LATER + STEP))


def test_a_code_is_good_once_and_so_are_those_before_it(store: Store, codes: list[str], app: pyotp.TOTP) -> None:
    assert comes_in(store, app.at(LATER))
    assert not comes_in(store, app.at(LATER)) and not comes_in(store, app.at(LATER - STEP))
    assert comes_in(store, app.at(LATER + STEP), LATER + STEP)


def test_the_code_that_turned_the_factor_on_signs_nobody_in(store: Store, codes: list[str], app: pyotp.TOTP) -> None:
    assert not comes_in(store, app.at(NOW), NOW)


def test_of_sixteen_who_show_one_code_one_comes_in(store: Store, viewer: Viewer, codes: list[str], app: pyotp.TOTP) -> None:
    for code in (app.at(LATER), codes[0]):
        with ThreadPoolExecutor(16) as threads:
            found = list(threads.map(lambda _, code=code: second_factor.use(store, viewer.user_id or 0, ANA, code, LATER), range(16)))
        assert sum(found) == 1


def test_of_sixteen_with_one_challenge_and_codes_of_their_own_one_comes_in(store: Store, codes: list[str]) -> None:
    challenge = challenged(store)

    def one(code: str) -> str | None:
        try:
            return second_step(store, challenge, code, None, LATER)
        except Refused:
            return None

    with ThreadPoolExecutor(10) as threads:
        assert sum(ticket is not None for ticket in threads.map(one, codes[:4])) == 1


def test_ten_recovery_codes_each_good_once_however_typed(store: Store, viewer: Viewer, codes: list[str]) -> None:
    assert len(set(codes)) == 10 and all(len(code.replace("-", "")) == 16 for code in codes)
    written = [codes[0].upper(), codes[1].replace("-", " "), codes[2].replace("0", "O").replace("1", "l")]
    assert [comes_in(store, code) for code in written] == [True] * 3
    assert [comes_in(store, code) for code in codes[:2]] == [False] * 2
    assert second_factor.state(viewer) == second_factor.State(True, 7)


def test_the_store_keeps_neither_secret_nor_recovery_code(store: Store, codes: list[str], app: pyotp.TOTP) -> None:
    with store.reading() as connection:
        kept = " ".join(str(value) for table in (second_factors, recovery_codes, audit, outbox)
                        for row in connection.execute(select(table)) for value in row)
    for secret in (app.secret, *codes, *(code.replace("-", "") for code in codes)):
        assert secret not in kept and secret.lower() not in kept


def test_a_secret_sealed_for_one_user_or_key_opens_for_no_other(store: Store, viewer: Viewer, codes: list[str], app: pyotp.TOTP) -> None:
    other_key = Store(replace(store.settings, cookie_key="k" * 40))
    assert not second_factor.use(other_key, viewer.user_id or 0, ANA, app.at(LATER), LATER)
    assert second_factor.use(other_key, viewer.user_id or 0, ANA, codes[0], LATER)
    other_key.dispose()
    with store.reading() as connection:
        sealed = connection.scalar(select(second_factors.c.secret))
    assert second_factor._unseal(store, (viewer.user_id or 0) + 1, sealed or "") is None and second_factor._unseal(store, 1, "?") is None


def test_a_challenge_is_good_for_five_minutes_and_once(store: Store, codes: list[str], app: pyotp.TOTP) -> None:
    challenge = challenged(store)
    with pytest.raises(Refused, match="took too long"):
        second_step(store, challenge, codes[0], HOME, LATER + timedelta(minutes=5))
    assert second_step(store, challenge, codes[0], HOME, LATER + timedelta(minutes=4)) is not None
    with pytest.raises(Refused, match="took too long"):
        second_step(store, challenge, codes[1], HOME, LATER + timedelta(minutes=4))


def test_a_wrong_code_leaves_the_challenge_for_another_try(store: Store, codes: list[str]) -> None:
    challenge = challenged(store)
    assert second_step(store, challenge, "000000", HOME, LATER) is None and "recovery code" in NO_CODE
    assert second_step(store, challenge, codes[0], HOME, LATER) is not None


@pytest.mark.parametrize("change", [{"password_hash": "$argon2id$another"}, {"status": "suspended"}])
def test_a_challenge_of_who_has_another_password_or_is_suspended_is_dead(store: Store, codes: list[str], change: dict[str, str]) -> None:
    challenge = challenged(store)
    with store.writing("test") as writing:
        writing.connection.execute(update(users_table).values(change))
    with pytest.raises(Refused, match="took too long"):
        second_step(store, challenge, codes[0], HOME, LATER)


def test_a_forged_challenge_opens_nothing_and_the_desk_keeps_none(store: Store, codes: list[str]) -> None:
    challenge = challenged(store)
    with store.desk_reading() as desk:
        kept = desk.execute(select(challenges)).one()
    assert challenge.token not in str(kept)
    for token in ("", "x", kept.challenge_hash, challenge.token.swapcase(), "é" * 43, "a" * 10_000):
        with pytest.raises(Refused, match="took too long"):
            second_step(store, Challenge(token), codes[0], HOME, LATER)


def test_codes_are_throttled_like_passwords_and_a_right_password_clears_nothing(store: Store, codes: list[str], app: pyotp.TOTP) -> None:
    for second in range(5):
        assert enter(store, "000000", LATER + timedelta(seconds=second)) is None
    with pytest.raises(Throttled):
        sign_in(store, ANA, PASSWORD, HOME, LATER + timedelta(seconds=9))
    assert comes_in(store, codes[0], LATER + timedelta(minutes=16))


def test_a_right_password_and_a_right_code_count_as_one_success(store: Store, codes: list[str]) -> None:
    assert comes_in(store, codes[0])
    with store.desk_reading() as desk:
        rows = desk.execute(select(sign_ins.c.email, sign_ins.c.succeeded)).all()
    assert rows == [(ANA, True)]


def test_wrong_passwords_before_a_right_one_without_a_code_still_count(store: Store, codes: list[str]) -> None:
    for _ in range(4):
        sign_in(store, ANA, "wrong", HOME, LATER)
    assert enter(store, "000000") is None
    with pytest.raises(Throttled):
        sign_in(store, ANA, PASSWORD, HOME, LATER)


def test_a_stranger_costs_as_many_statements_as_a_user_with_a_wrong_password(store: Store, codes: list[str]) -> None:
    said: list[str] = []
    for engine in {store.engine, store.desk}:
        event.listen(engine, "before_cursor_execute", lambda _c, _u, statement, *_: said.append(statement))
    counted = []
    for email in (ANA, "nobody@boreal.example"):
        said.clear()
        assert sign_in(store, email, "eleven wrong elephants", "198.51.100.1", LATER) is None
        counted.append(list(said))
    assert counted[0] == counted[1]


def test_turning_it_on_ends_the_other_sessions_and_writes_a_letter(store: Store, viewer: Viewer, sid: str, app: pyotp.TOTP) -> None:
    other = sessions.exchange(store, ticket_of_ana(store), NOW)
    with pytest.raises(Refused, match="does not fit"):
        second_factor.confirm(viewer, sid, "000000", NOW)
    assert not second_factor.state(viewer).on
    second_factor.confirm(viewer, sid, app.at(NOW), NOW)
    assert sessions.viewer(store, sid, NOW) is not None and sessions.viewer(store, other, NOW) is None
    with store.reading() as connection:
        assert connection.execute(select(outbox.c.letter, outbox.c.recipient, outbox.c.facts)).one() == (
            "second_factor_changed", ANA, {"user_id": viewer.user_id, "on": True})
        assert connection.execute(select(audit.c.act, audit.c.refused).where(audit.c.act == "second_factor.on")).all() == [
            ("second_factor.on", True), ("second_factor.on", False)]


def test_it_is_turned_off_by_password_or_code_and_by_nothing_else(store: Store, viewer: Viewer, sid: str, codes: list[str], app: pyotp.TOTP) -> None:
    other = sessions.exchange(store, ticket_of_ana(store), NOW)
    for proof in ("", "000000", None, PASSWORD + " "):
        with pytest.raises(Refused, match="neither your password nor a code"):
            second_factor.turn_off(viewer, sid, proof, HOME, LATER)
    assert second_factor.state(viewer).on and sessions.viewer(store, other, NOW) is not None
    second_factor.turn_off(viewer, sid, codes[0], HOME, LATER)
    assert second_factor.state(viewer) == second_factor.State(False, 0)
    assert sessions.viewer(store, sid, NOW) is not None and sessions.viewer(store, other, NOW) is None
    assert isinstance(sign_in(store, ANA, PASSWORD, HOME, LATER), str)
    with store.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(audit).where(audit.c.act == "second_factor.off", audit.c.refused)) == 4


def test_the_proof_to_turn_it_off_is_throttled(viewer: Viewer, sid: str, codes: list[str]) -> None:
    for _ in range(5):
        with pytest.raises(Refused, match="neither"):
            second_factor.turn_off(viewer, sid, "000000", HOME, LATER)
    with pytest.raises(Throttled):
        second_factor.turn_off(viewer, sid, PASSWORD, HOME, LATER)


def test_new_recovery_codes_replace_the_old_ones(store: Store, viewer: Viewer, codes: list[str]) -> None:
    fresh = second_factor.renew_codes(viewer, PASSWORD, HOME, LATER)
    assert not set(fresh) & set(codes)
    assert not comes_in(store, codes[0]) and comes_in(store, fresh[0])


def test_what_is_on_is_not_begun_again_and_what_is_off_not_ended(viewer: Viewer, sid: str, codes: list[str]) -> None:
    with pytest.raises(Refused, match="on already"):
        second_factor.begin(viewer)
    with pytest.raises(Refused, match="on already"):
        second_factor.confirm(viewer, sid, "000000", LATER)
    second_factor.turn_off(viewer, sid, PASSWORD, HOME, LATER)
    with pytest.raises(Refused, match="is off"):
        second_factor.turn_off(viewer, sid, PASSWORD, HOME, LATER)


def test_the_operator_turns_off_the_factor_of_who_has_lost_it_and_nobody_else_does(
    store: Store, operator: Viewer, viewer: Viewer, sid: str, codes: list[str],
) -> None:
    with pytest.raises(AccessDenied):
        second_factor.reset(viewer, ANA, LATER)
    second_factor.reset(operator, ANA, LATER)
    assert sessions.viewer(store, sid, NOW) is None
    assert isinstance(sign_in(store, ANA, PASSWORD, HOME, LATER), str)
    for email in (ANA, "nobody@boreal.example"):
        with pytest.raises(Refused, match="with a second factor"):
            second_factor.reset(operator, email, LATER)


def test_who_was_suspended_meanwhile_turns_nothing_on(store: Store, viewer: Viewer, sid: str, app: pyotp.TOTP) -> None:
    with store.writing("test") as writing:
        writing.connection.execute(update(memberships).values(suspended_at=Settings.now()))
    with pytest.raises(AccessDenied):
        second_factor.confirm(viewer, sid, app.at(NOW), NOW)
    with store.reading() as connection:
        assert connection.scalar(select(second_factors.c.confirmed_at)) is None


def test_a_session_waits_for_no_code_in_the_desk(store: Store, codes: list[str]) -> None:
    challenged(store)
    with store.desk_reading() as desk:
        assert desk.scalar(select(func.count()).select_from(sessions_table)) == 1  # Ana's own, of before
