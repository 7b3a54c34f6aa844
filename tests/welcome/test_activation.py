"""Welcome > Activation: a link sets a password; without one the page tells nothing."""

from __future__ import annotations

import pytest
from cast import BOREAL
from keys import NOW, PASSWORD, RUI, open_shop
from sqlalchemy import select

from pao_core.access import Viewer
from pao_core.access.entry import new_password
from pao_core.access.entry.sign_in import sign_in
from pao_core.access.people import users
from pao_core.locale import Refused
from pao_core.store.engine import Store
from pao_core.store.schema import one_time_links
from pao_core.welcome import activation


@pytest.fixture
def token(store: Store, operator: Viewer) -> str:
    """The link of Rui, who is invited."""
    open_shop(store)
    found = users.add(operator, RUI, "Rui Lopes", BOREAL, "user")
    assert found is not None
    return found


def test_a_good_link_is_told_apart_from_a_used_a_late_and_a_strange_one(store: Store, token: str) -> None:
    with store.reading() as connection:
        end = connection.scalar(select(one_time_links.c.expires_at))
    assert end is not None
    now = end.replace(microsecond=0)
    assert new_password.refusal(store, token, activation.PURPOSE, now) is None
    assert new_password.refusal(store, token, activation.PURPOSE, end) == "This link is no longer valid. Ask for a new one."
    new_password.by_link(store, token, activation.PURPOSE, PASSWORD, PASSWORD, now)
    assert "used already" in (new_password.refusal(store, token, activation.PURPOSE, now) or "")
    assert sign_in(store, RUI, PASSWORD, None, now) is not None


def test_two_different_passwords_are_refused_and_the_link_stays_good(store: Store, token: str) -> None:
    now = NOW
    with pytest.raises(Refused, match="differ"):
        new_password.by_link(store, token, activation.PURPOSE, PASSWORD, PASSWORD + " ", now)
    assert new_password.refusal(store, token, activation.PURPOSE, now) is None


def test_who_has_no_link_learns_nothing_about_accounts(store: Store, token: str) -> None:
    now = NOW
    said = {new_password.refusal(store, guess, activation.PURPOSE, now) for guess in (None, "", RUI, "nobody@boreal.example", token[:-1], "A" * 43)}
    assert len(said) == 1 and RUI not in str(said)
