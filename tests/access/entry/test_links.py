"""One-time activation links: good once, for a week, until a newer one; and they alone set a password."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from cast import BOREAL
from keys import PASSWORD, RUI, set_by
from sqlalchemy import select, update

from pao_core.access import Viewer
from pao_core.access.entry import links
from pao_core.access.entry.sign_in import sign_in
from pao_core.access.people import users
from pao_core.locale import Refused
from pao_core.store.engine import Store
from pao_core.store.schema import audit, one_time_links
from pao_core.store.schema import users as users_table


@pytest.fixture
def token(store: Store, operator: Viewer) -> str:
    """The link of Rui, who is invited."""
    found = users.add(operator, RUI, "Rui Lopes", BOREAL, "user")
    assert found is not None
    return found


@pytest.fixture
def made(store: Store, token: str) -> datetime:
    with store.reading() as connection:
        expires: datetime | None = connection.scalar(select(one_time_links.c.expires_at))
    assert expires is not None
    return expires - links.LIFE[links.ACTIVATION]


def renew(store: Store, now: datetime) -> str:
    with store.writing("test") as writing:
        user_id = writing.connection.scalar(select(users_table.c.id).where(users_table.c.email == RUI))
        assert user_id is not None
        return links.issue(writing.connection, user_id, links.ACTIVATION, now)


def test_a_link_sets_the_password_and_activates(store: Store, token: str, made: datetime) -> None:
    assert sign_in(store, RUI, PASSWORD, None, made) is None
    set_by(store, token, links.ACTIVATION, PASSWORD, made)
    assert sign_in(store, RUI, PASSWORD, None, made) is not None


def test_a_link_is_good_once(store: Store, token: str, made: datetime) -> None:
    set_by(store, token, links.ACTIVATION, PASSWORD, made)
    assert links.state(store, token, links.ACTIVATION, made) == "used"
    with pytest.raises(Refused, match="used already"):
        set_by(store, token, links.ACTIVATION, "nine blue lanterns sing", made)
    assert sign_in(store, RUI, PASSWORD, None, made) is not None


def test_of_sixteen_who_use_one_link_exactly_one_sets_the_password(store: Store, token: str, made: datetime) -> None:
    passwords = [f"lantern {word} umbrella sings" for word in "abcdefghijklmnop"]

    def redeem(password: str) -> bool:
        try:
            set_by(store, token, links.ACTIVATION, password, made)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(16) as threads:
        won = list(threads.map(redeem, passwords))
    assert sum(won) == 1
    assert sign_in(store, RUI, passwords[won.index(True)], None, made) is not None
    with store.reading() as connection:
        acts = connection.scalars(select(audit.c.act)).all()
    assert acts.count("password.set") == 1


def test_a_link_is_good_for_seven_days(store: Store, token: str, made: datetime) -> None:
    assert links.state(store, token, links.ACTIVATION, made + timedelta(days=7, seconds=-1)) == "valid"
    with pytest.raises(Refused, match="no longer valid"):
        set_by(store, token, links.ACTIVATION, PASSWORD, made + timedelta(days=7))


def reset_link(store: Store, now: datetime) -> str:
    with store.writing("test") as writing:
        user_id = writing.connection.scalar(select(users_table.c.id).where(users_table.c.email == RUI))
        assert user_id is not None
        return links.issue(writing.connection, user_id, links.RESET, now)


def test_a_reset_link_is_good_for_an_hour_and_for_who_is_active_alone(store: Store, token: str, made: datetime) -> None:
    early = reset_link(store, made)
    assert links.state(store, early, links.RESET, made) == "late"
    with pytest.raises(Refused):
        set_by(store, early, links.RESET, PASSWORD, made)
    set_by(store, renew(store, made), links.ACTIVATION, PASSWORD, made)
    link = reset_link(store, made)
    assert links.state(store, link, links.RESET, made + timedelta(minutes=59)) == "valid"
    assert links.state(store, link, links.RESET, made + timedelta(hours=1)) == "late"
    set_by(store, link, links.RESET, "nine blue lanterns sing", made)
    assert sign_in(store, RUI, "nine blue lanterns sing", None, made) is not None and sign_in(store, RUI, PASSWORD, None, made) is None


def test_a_link_is_good_for_its_own_purpose_alone(store: Store, token: str, made: datetime) -> None:
    assert links.state(store, token, links.RESET, made) == "unknown"
    with pytest.raises(Refused, match="not complete or not valid"):
        set_by(store, token, links.RESET, PASSWORD, made)


def test_a_newer_link_ends_the_older(store: Store, token: str, made: datetime) -> None:
    newer = renew(store, made)
    assert (links.state(store, token, links.ACTIVATION, made), links.state(store, newer, links.ACTIVATION, made)) == ("late", "valid")
    with pytest.raises(Refused, match="no longer valid"):
        set_by(store, token, links.ACTIVATION, PASSWORD, made)
    set_by(store, newer, links.ACTIVATION, PASSWORD, made)


def test_a_weak_password_does_not_use_the_link_up(store: Store, token: str, made: datetime) -> None:
    for weak in ("short", "password1234", RUI, "x" * 129, None, 7):
        with pytest.raises(Refused, match=r"12 to 128|too easy"):
            set_by(store, token, links.ACTIVATION, weak, made)
    set_by(store, token, links.ACTIVATION, PASSWORD, made)


BROKEN: list[Callable[[str], object]] = [
    lambda token: token[:-1], lambda token: token + "A", lambda token: token.swapcase(), lambda token: "", lambda token: None, lambda token: 5,
    lambda token: {"token": token}, lambda token: [token], lambda token: token.encode(), lambda token: "é" * 43, lambda token: "\0" * 43,
    lambda token: token * 1_000, lambda token: "' OR 1=1 --", lambda token: hashlib.sha256(token.encode()).hexdigest(),
]


@pytest.mark.parametrize("broken", BROKEN)
def test_what_is_no_link_is_refused_in_one_sentence(store: Store, token: str, made: datetime, broken: Callable[[str], object]) -> None:
    assert links.state(store, broken(token), links.ACTIVATION, made) == "unknown"
    with pytest.raises(Refused, match="not complete or not valid"):
        set_by(store, broken(token), links.ACTIVATION, PASSWORD, made)
    assert links.state(store, token, links.ACTIVATION, made) == "valid"


def test_who_is_suspended_does_not_come_back_by_a_link(store: Store, token: str, made: datetime) -> None:
    with store.writing("test") as writing:
        writing.connection.execute(update(users_table).values(status="suspended"))
    assert links.state(store, token, links.ACTIVATION, made) == "late"
    with pytest.raises(Refused):
        set_by(store, token, links.ACTIVATION, PASSWORD, made)
    with store.reading() as connection:
        assert connection.execute(select(users_table.c.status, users_table.c.password_hash)).one() == ("suspended", None)


def test_setting_a_password_is_audited_without_it(store: Store, token: str, made: datetime) -> None:
    set_by(store, token, links.ACTIVATION, PASSWORD, made)
    with store.reading() as connection:
        row = connection.execute(select(audit).where(audit.c.act == "password.set")).one()
    assert (row.actor, row.object, row.facts) == (RUI, RUI, {"activated": True, "by_link": "activation"})


def test_the_store_keeps_no_token_that_opens_anything(store: Store, token: str, made: datetime) -> None:
    with store.reading() as connection:
        kept = connection.scalars(select(one_time_links.c.token_hash)).all()
    assert token not in kept
    assert all(links.state(store, stolen, links.ACTIVATION, made) == "unknown" for stolen in kept)


def test_a_link_opens_the_activation_page_of_this_installation(store: Store, token: str) -> None:
    assert links.address(store.settings, token, links.ACTIVATION) == f"http://localhost:8501/activation?token={token}"
    assert len(token) >= 43  # 256 bits
