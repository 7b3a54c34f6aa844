"""Welcome > Reset, and asking for a link: the same answer and the same work for everybody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cast import BOREAL
from keys import ANA, NOW, PASSWORD, RUI, kept, open_shop, settle_ana
from sqlalchemy import event, func, select, update

from pao_core.access import Viewer
from pao_core.access.entry import links, new_password, throttle
from pao_core.access.entry.sign_in import sign_in
from pao_core.access.people import users
from pao_core.locale import Refused
from pao_core.store.engine import Store
from pao_core.store.schema import memberships, one_time_links, open_acts, outbox
from pao_core.store.schema import users as users_table
from pao_core.welcome import activation, reset

HOME = "203.0.113.7"
SUSPENDED = "sergio@boreal.example"
ANOTHER = "nine blue lanterns sing"


@pytest.fixture
def everybody(store: Store, operator: Viewer) -> dict[str, str]:
    """Who may ask, by what the store knows of them."""
    open_shop(store)
    settle_ana(operator)
    users.add(operator, RUI, "Rui Lopes", BOREAL, "user")
    users.add(operator, SUSPENDED, "Sergio Dias", BOREAL, "user")
    with store.writing("test") as writing:
        writing.connection.execute(update(users_table).where(users_table.c.email == SUSPENDED).values(status="suspended", password_hash=kept()))
    return {"active": ANA, "invited": RUI, "suspended": SUSPENDED, "unknown": "nobody@boreal.example"}


def letters(store: Store) -> list[tuple[str, str]]:
    with store.reading() as connection:
        return [(row.letter, row.recipient) for row in connection.execute(select(outbox).order_by(outbox.c.id))]


def reset_link(store: Store) -> str:
    with store.writing("test") as writing:
        user_id = writing.connection.scalar(select(users_table.c.id).where(users_table.c.email == ANA))
        assert user_id is not None
        return links.issue(writing.connection, user_id, links.RESET, NOW)


def test_everyone_who_asks_costs_the_same_statements_and_one_letter(store: Store, everybody: dict[str, str]) -> None:
    said: list[str] = []
    for engine in {store.engine, store.desk}:
        event.listen(engine, "before_cursor_execute", lambda _c, _u, statement, *_: said.append(statement))
    counted = {}
    for known, email in everybody.items():
        said.clear()
        new_password.ask(store, email, HOME, NOW)
        counted[known] = list(said)
    assert counted["active"] == counted["invited"] == counted["suspended"] == counted["unknown"] != []


def test_who_is_invited_gets_the_link_to_activate_and_everyone_else_the_one_to_a_new_password(store: Store, everybody: dict[str, str]) -> None:
    before = len(letters(store))
    for email in everybody.values():
        new_password.ask(store, email.upper(), HOME, NOW)
    assert letters(store)[before:] == [("reset", ANA), ("activation", RUI), ("reset", SUSPENDED), ("reset", "nobody@boreal.example")]


def test_no_link_is_drawn_and_none_ends_before_the_letter_goes_out(store: Store, everybody: dict[str, str]) -> None:
    link = reset_link(store)
    new_password.ask(store, ANA, HOME, NOW)
    assert links.state(store, link, links.RESET, NOW) == "valid"


def test_a_mailbox_is_asked_for_three_times_an_hour_known_or_not(store: Store, everybody: dict[str, str]) -> None:
    said = set()
    for email in everybody.values():
        for _ in range(3):
            new_password.ask(store, email, None, NOW)
        with pytest.raises(throttle.TooOften) as refused:
            new_password.ask(store, email, None, NOW)
        said.add(str(refused.value))
        new_password.ask(store, email, None, NOW + timedelta(minutes=61))
    assert said == {"This was asked too often. Wait an hour, then try again."}


@pytest.mark.parametrize("email", ["", "ana", None, 7, {"$ne": ""}, ["ana@boreal.example"], "a" * 300 + "@x.example", "ana@boreal.example\0"])
def test_what_is_no_e_mail_is_refused_and_counted_for_nobody(store: Store, email: object) -> None:
    with pytest.raises(Refused, match="is not an e-mail address"):
        new_password.ask(store, email, HOME, NOW)
    with store.desk_reading() as desk:
        assert desk.scalar(select(func.count()).select_from(open_acts)) == 0


def test_a_link_sets_a_new_password_and_the_owner_is_told(store: Store, everybody: dict[str, str]) -> None:
    link = reset_link(store)
    assert new_password.refusal(store, link, reset.PURPOSE, NOW) is None and new_password.refusal(store, link, activation.PURPOSE, NOW) is not None
    with pytest.raises(Refused, match="differ"):
        new_password.by_link(store, link, reset.PURPOSE, ANOTHER, ANOTHER.upper(), NOW)
    new_password.by_link(store, link, reset.PURPOSE, ANOTHER, ANOTHER, NOW)
    assert sign_in(store, ANA, ANOTHER, None, NOW) is not None and sign_in(store, ANA, PASSWORD, None, NOW) is None
    assert letters(store)[-1] == ("password_changed", ANA)
    assert "used already" in (new_password.refusal(store, link, reset.PURPOSE, NOW) or "")


def test_who_was_removed_meanwhile_sets_no_password_by_an_old_link(store: Store, everybody: dict[str, str]) -> None:
    link = reset_link(store)
    with store.writing("test") as writing:
        writing.connection.execute(memberships.delete())
        writing.connection.execute(update(users_table).where(users_table.c.email == ANA).values(status="invited", password_hash=None))
    with pytest.raises(Refused, match="no longer valid"):
        new_password.by_link(store, link, reset.PURPOSE, ANOTHER, ANOTHER, NOW)
    with store.reading() as connection:
        assert connection.scalar(select(one_time_links.c.used_at)) is None
