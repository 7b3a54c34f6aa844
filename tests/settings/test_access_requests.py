"""Settings > Access requests: what whoever decides is told of a request; deciding is tried in access/test_requests.py."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from cast import BOREAL, CEDRO
from keys import NOW, open_shop
from staff import MANAGES, hire

from pao_core.access import Viewer
from pao_core.access.people import requests
from pao_core.locale import use
from pao_core.settings import access_requests
from pao_core.store.engine import Store


@pytest.fixture
def dora(store: Store) -> Viewer:
    open_shop(store)
    hire(store, "ana@boreal.example", BOREAL, "primary")
    return hire(store, "dora@desk.example", None, "user", operator=True)


def ask(store: Store, email: str, site: str, claims: bool = False) -> None:
    requests.ask(store, email, "Zoe", site, "authorization", claims, "en", None, NOW)


def test_what_must_not_be_overlooked_is_said(store: Store, dora: Viewer) -> None:
    hire(store, "uma@boreal.example", BOREAL, "user")
    ask(store, "a@new.example", BOREAL, claims=True)
    ask(store, "b@new.example", CEDRO)
    ask(store, "c@new.example", "8888888")
    ask(store, "uma@boreal.example", BOREAL, claims=True)
    with use("en"):
        said = {one.email: " ".join(access_requests.warnings(one)) for one in requests.waiting(dora)}
    assert "primary contact of the site is ana@boreal.example" in said["a@new.example"]
    assert "no primary contact yet" in said["b@new.example"] and "No reseller" in said["c@new.example"]
    assert "at the site already" in said["uma@boreal.example"] and "already" not in said["a@new.example"]


def test_the_proposed_role_comes_first(store: Store, dora: Viewer) -> None:
    ask(store, "a@new.example", BOREAL, claims=True)
    ask(store, "b@new.example", CEDRO)
    claim, plain = requests.waiting(dora)
    assert list(access_requests.roles_to_give(dora, claim)) == ["primary", "user", "secondary"]
    assert list(access_requests.roles_to_give(dora, plain)) == ["user", "secondary", "primary"]


def test_who_may_only_look_has_nothing_to_decide(store: Store, dora: Viewer) -> None:
    sara = hire(store, "sara@boreal.example", BOREAL, "secondary", MANAGES)
    tom = hire(store, "tom@boreal.example", BOREAL, "secondary")
    ask(store, "a@new.example", BOREAL)
    (one,) = requests.waiting(tom)
    assert [access_requests.may_decide(who, one) for who in (sara, tom, dora)] == [True, False, False]
    assert list(access_requests.roles_to_give(sara, one)) == ["user"]


def test_a_decided_request_says_by_whom_and_why(store: Store, dora: Viewer) -> None:
    ask(store, "a@new.example", CEDRO)
    requests.deny(dora, requests.waiting(dora)[0].id, "Not known")
    with use("en"):
        row = access_requests.row(requests.history(dora)[0], ZoneInfo("UTC"))
    assert (row["state"], row["decided_by"], row["reason"], row["form"]) == ("denied", dora.email, "Not known", "Authorization form")
