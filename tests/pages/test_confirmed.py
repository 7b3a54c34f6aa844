"""What is granted is what the person saw: a browser that is behind confirms nothing that it has not shown, in each place that gives privileges.

A browser that is behind sends what it shows: here that is an element of an earlier run, which is clicked with all that stood around it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cast import BOREAL
from keys import NOW, open_shop
from staff import hire
from streamlit.testing.v1 import AppTest

from pages.parts import session
from pao_core.access import Viewer
from pao_core.access.people import requests, users
from pao_core.access.rights import JOBS, PRESETS, TOOLS
from pao_core.store.engine import Store

UMA, ZOE, RUI = "uma@boreal.example", "zoe@new.example", "rui@new.example"
OF_USERS, OF_SALES = PRESETS["user"], JOBS["sales"][1]
SET, ROLE = "Fill in a ready-made set", "Role"


@pytest.fixture
def ana(sqlite_store: Store) -> Iterator[Viewer]:
    """The primary contact of Boreal, where Uma is a user and Zoe asks for access; her pages open the same store."""
    open_shop(sqlite_store)
    hire(sqlite_store, UMA, BOREAL, "user")
    primary = hire(sqlite_store, "ana@boreal.example", BOREAL, "primary")
    requests.ask(sqlite_store, ZOE, "Zoe", BOREAL, "authorization", False, "en", None, NOW)
    session.store.cache_clear()
    yield primary
    session.store().dispose()
    session.store.cache_clear()


def changing(viewer: object) -> None:
    from pages.parts.access import person
    from pao_core.access.people import users

    person.card(viewer, next(one for one in users.people(viewer) if one.email == "uma@boreal.example"))


def granting(viewer: object) -> None:
    from pages.parts.access import asked
    from pao_core.access.people import requests

    for one in requests.waiting(viewer):
        asked.granting(viewer, one)


def adding(viewer: object) -> None:
    from pages.parts.access import people

    people.adding(viewer)


PLACES = {"Save": (changing, UMA, OF_USERS), "Grant access": (granting, ZOE, None), "Add and write the letter": (adding, RUI, None)}


def opened(place: Callable[[object], None], viewer: Viewer) -> AppTest:
    at = AppTest.from_function(place, default_timeout=30, args=(viewer,)).run()
    if place is adding:
        at.text_input(key="add_email").set_value(RUI)
        at.text_input(key="add_name").set_value("Rui").run()
    assert not at.exception
    return at


def box(at: AppTest, label: str) -> Any:
    return next(one for one in at.selectbox if one.label == label)


def button(at: AppTest, label: str) -> Any:
    return next(one for one in at.button if label in one.label)


def levels(at: AppTest) -> dict[str, str]:
    """What the controls of the tools show, without those at None."""
    shown = {tool: one.value for tool in TOOLS for one in at.segmented_control if str(one.key).endswith(f"_{tool}")}
    return {tool: level for tool, level in shown.items() if level != "none"}


def has(viewer: Viewer, email: str) -> tuple[str, dict[str, str]] | None:
    found = [(str(one.role), dict(one.privileges)) for one in users.people(viewer) if one.email == email]
    return found[0] if found else None


@pytest.mark.parametrize("label", PLACES)
@pytest.mark.parametrize("answered", [False, True], ids=["before the server answered", "before the answer was drawn"])
def test_a_click_at_once_after_a_ready_made_set_confirms_nothing_until_its_levels_were_shown(ana: Viewer, label: str, answered: bool) -> None:
    place, email, before = PLACES[label]
    at = opened(place, ana)
    chosen, confirm = box(at, SET), button(at, label)
    for control in at.segmented_control:
        control.set_value(control.value)  # what the browser shows of it stays what it sends
    chosen.set_value("sales")
    if answered:
        chosen.run()
    at = confirm.click().run()
    assert has(ana, email) == (before and ("user", before))
    assert levels(at) == OF_SALES
    button(at, label).click().run()
    assert has(ana, email) == ("user", OF_SALES)


@pytest.mark.parametrize("label", PLACES)
def test_a_click_at_once_after_a_role_gives_the_role_only_where_it_was_shown(ana: Viewer, label: str) -> None:
    place, email, before = PLACES[label]
    at = opened(place, ana)
    chosen, confirm = box(at, ROLE), button(at, label)
    chosen.set_value("secondary")
    at = confirm.click().run()
    assert has(ana, email) == (before and ("user", before))
    button(at, label).click().run()
    assert has(ana, email) == ("secondary", OF_USERS)


def test_a_level_that_was_clicked_is_confirmed_by_the_next_click_however_slow_the_server(ana: Viewer) -> None:
    at = opened(changing, ana)
    confirm = button(at, "Save")
    next(one for one in at.segmented_control if str(one.key).endswith("_data")).set_value("import")
    confirm.click().run()
    assert has(ana, UMA) == ("user", OF_USERS | {"data": "import"})


def test_a_set_gives_no_more_than_who_fills_it_in_may_give_and_none_brings_back_what_was_there(ana: Viewer) -> None:
    sara = hire(ana.store, "sara@boreal.example", BOREAL, "secondary", OF_USERS | {"access": "update", "ordering": "view"})
    at = opened(changing, sara)
    assert levels(at) == OF_USERS
    box(at, SET).set_value("operations").run()
    assert levels(at) == OF_USERS | {"ordering": "view"}
    box(at, SET).set_value(None).run()
    assert levels(at) == OF_USERS
    button(at, "Save").click().run()
    assert has(ana, UMA) == ("user", OF_USERS)
