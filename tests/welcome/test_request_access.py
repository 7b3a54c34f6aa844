"""Welcome > Request access: one answer for everybody; asking itself is tried in access/test_requests.py."""

from __future__ import annotations

import pytest
from cast import BOREAL, CEDRO
from keys import NOW, open_shop
from staff import hire

from pao_core.access.people import requests
from pao_core.locale import Refused, use
from pao_core.store.engine import Store
from pao_core.welcome import request_access


def test_the_answer_is_the_same_whatever_there_is(store: Store) -> None:
    open_shop(store)
    ana = hire(store, "ana@boreal.example", BOREAL, "primary")
    said = {
        request_access.ask(store, None, email, "Zoe", site, "authorization", claims, None, NOW)
        for email in ("zoe@new.example", ana.email) for site, claims in ((BOREAL, False), ("8888888", True))
    }
    assert len(said) == 1


def test_the_request_is_in_the_language_of_the_page(store: Store) -> None:
    open_shop(store)
    ana = hire(store, "ana@boreal.example", BOREAL, "primary")
    with use("pt_BR"):
        request_access.ask(store, None, "zoe@new.example", "Zoe", BOREAL, "authorization", False, None, NOW)
    requests.grant(ana, requests.waiting(ana)[0].id, "user", {})
    with store.reading() as connection:
        person = requests.places.user(connection, "zoe@new.example")
    assert person is not None and person.language == "pt_BR"


def test_who_is_signed_in_asks_for_a_further_site_and_is_told_about_the_own(store: Store) -> None:
    open_shop(store)
    ana = hire(store, "ana@boreal.example", BOREAL, "primary")
    carlos = hire(store, "carlos@cedro.example", CEDRO, "primary")
    request_access.ask(store, ana, "", "", CEDRO, "self_nomination", False, None, NOW)
    assert [one.email for one in requests.waiting(carlos)] == [ana.email]
    with pytest.raises(Refused, match="at this site already"):
        request_access.ask(store, ana, "", "", BOREAL, "self_nomination", False, None, NOW)


def test_every_form_is_explained() -> None:
    assert request_access.forms().keys() == request_access.FORMS.keys()
