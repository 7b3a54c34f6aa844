"""Settings > My account: what is one's own is changed by oneself alone, in the same moment, and audited."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cast import AURORA, BOREAL, CEDRO
from keys import ANA, NOW, PASSWORD, open_shop, settle_ana, ticket_of_ana
from sqlalchemy import insert, select, update

from pao_core.access import AccessDenied, Viewer
from pao_core.access.entry import links, new_password, sessions
from pao_core.access.entry.sign_in import sign_in
from pao_core.access.entry.throttle import Throttled
from pao_core.access.rights import PRESETS, TOOLS
from pao_core.locale import Refused
from pao_core.settings import my_account
from pao_core.store.engine import Store
from pao_core.store.schema import audit, memberships, outbox
from pao_core.store.schema import sessions as sessions_table
from pao_core.store.schema import users as users_table

HOME = "203.0.113.7"
ANOTHER = "nine blue lanterns sing"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


@pytest.fixture
def sid(store: Store, operator: Viewer) -> str:
    """A session of Ana, who is the primary contact of Boreal and a reader at Cedro."""
    open_shop(store)
    settle_ana(operator)
    with store.writing("test") as writing:
        user_id = writing.connection.scalar(select(users_table.c.id))
        writing.connection.execute(insert(memberships).values(
            user_id=user_id, reseller_site_number=CEDRO, role="user", privileges={"reporting": "view", "quotes": "create"}))
    return opened(store)


def opened(store: Store, agent: str | None = CHROME) -> str:
    found = sessions.exchange(store, ticket_of_ana(store), NOW, HOME, agent)
    assert found is not None
    return found


def looking(store: Store, sid: str) -> Viewer:
    found = sessions.viewer(store, sid, NOW)
    assert found is not None
    return found


def audited(store: Store, act: str) -> list[tuple[bool, dict[str, object]]]:
    with store.reading() as connection:
        return [(row.refused, row.facts) for row in connection.execute(select(audit).where(audit.c.act == act).order_by(audit.c.id))]


def letters(store: Store) -> list[str]:
    with store.reading() as connection:
        return list(connection.scalars(select(outbox.c.letter).order_by(outbox.c.id)))


# -- who one is -------------------------------------------------------------------------------------------------------
def test_name_and_language_hold_from_the_next_look_on_and_are_audited(store: Store, sid: str) -> None:
    viewer = looking(store, sid)
    my_account.rename(viewer, " Ana Prado Lima ")
    my_account.speak(viewer, "es")
    my_account.speak(viewer, "es")
    now = looking(store, sid)
    assert (now.name, now.language) == ("Ana Prado Lima", "es")
    assert audited(store, "account.changed") == [
        (False, {"before": {"name": "Ana Prado"}, "after": {"name": "Ana Prado Lima"}}),
        (False, {"before": {"language": None}, "after": {"language": "es"}}),
    ]


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "Ana\u202eodarP", "Ana\x07"])
def test_a_name_that_cannot_be_shown_is_refused(store: Store, sid: str, name: str) -> None:
    with pytest.raises(Refused):
        my_account.rename(looking(store, sid), name)
    assert looking(store, sid).name == "Ana Prado"


def test_an_unknown_language_is_refused(store: Store, sid: str) -> None:
    with pytest.raises(Refused):
        my_account.speak(looking(store, sid), "tlh")


def test_letters_about_requests_are_wanted_until_one_says_no(store: Store, sid: str) -> None:
    viewer = looking(store, sid)
    assert my_account.hears_of_requests(viewer)
    my_account.hear_of_requests(viewer, False)
    assert not my_account.hears_of_requests(viewer)
    my_account.hear_of_requests(viewer, True)
    assert my_account.hears_of_requests(viewer)


# -- where one belongs ------------------------------------------------------------------------------------------------
def test_every_place_is_listed_with_the_level_of_every_tool(store: Store, sid: str) -> None:
    boreal, cedro = my_account.places(looking(store, sid))
    assert (boreal.site, boreal.name, boreal.role, boreal.levels) == (BOREAL, "Boreal", "primary", PRESETS["primary"])
    assert (cedro.site, cedro.role) == (CEDRO, "user")
    assert cedro.levels == dict.fromkeys(TOOLS, "none") | {"reporting": "view", "quotes": "create"}


def test_the_site_on_display_narrows_every_right_at_once_and_in_this_session_alone(store: Store, sid: str) -> None:
    other = opened(store)
    my_account.choose_site(looking(store, sid), sid, CEDRO)
    here = looking(store, sid)
    assert (here.at_site, here.sites(), here.belongs_to) == (CEDRO, (CEDRO,), (BOREAL, CEDRO))
    assert not here.may("data.import") and here != looking(store, other)
    assert looking(store, other).sites() == (BOREAL, CEDRO)
    assert [place.site for place in my_account.places(here)] == [BOREAL, CEDRO]
    my_account.choose_site(here, sid, None)
    assert looking(store, sid) == looking(store, other)


@pytest.mark.parametrize("site", [AURORA, "9999999", "", "' OR 1=1 --", 7])
def test_a_site_of_others_is_never_on_display(store: Store, sid: str, site: str) -> None:
    with pytest.raises(Refused, match="no such site"):
        my_account.choose_site(looking(store, sid), sid, site)
    sessions.choose_site(store, sid, str(site))  # as if the row had been tampered with
    assert looking(store, sid).sites() == (BOREAL, CEDRO)


def test_a_place_that_is_lost_is_on_display_no_longer(store: Store, sid: str) -> None:
    my_account.choose_site(looking(store, sid), sid, CEDRO)
    with store.writing("test") as writing:
        writing.connection.execute(update(memberships).where(memberships.c.reseller_site_number == CEDRO).values(suspended_at=NOW))
    assert looking(store, sid).sites() == (BOREAL,)


# -- sessions ---------------------------------------------------------------------------------------------------------
def test_sessions_are_listed_with_where_and_by_what_this_one_first(store: Store, sid: str) -> None:
    other = opened(store, "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1")
    sessions.viewer(store, other, NOW + timedelta(minutes=2))
    found = my_account.signed_in(looking(store, sid), sid, NOW + timedelta(minutes=2))
    assert [(one.browser, one.system, one.address, one.this) for one in found] == [
        ("Chrome", "Linux", HOME, True), ("Safari", "iPhone", HOME, False)]
    assert all(len(one.handle) >= 12 and one.handle not in (sid, other) for one in found)


def test_idle_and_expired_sessions_are_not_listed(store: Store, sid: str) -> None:
    assert my_account.signed_in(looking(store, sid), sid, NOW + timedelta(minutes=31)) == []


def test_one_session_is_ended_by_its_handle_and_the_handle_opens_nothing(store: Store, sid: str) -> None:
    other, viewer = opened(store), looking(store, sid)
    handle = my_account.signed_in(viewer, sid, NOW)[1].handle
    assert sessions.viewer(store, handle, NOW) is None
    my_account.end_session(viewer, handle)
    assert sessions.viewer(store, other, NOW) is None and sessions.viewer(store, sid, NOW) is not None
    with pytest.raises(Refused, match="over already"):
        my_account.end_session(viewer, handle)
    assert audited(store, "session.ended") == [(False, {"sessions": 1}), (True, {"why": my_account.NO_SESSION})]


def test_nobody_ends_a_session_of_somebody_else(store: Store, sid: str) -> None:
    with store.writing("test") as writing:
        bob = writing.connection.execute(insert(users_table).values(
            email="bob@cedro.example", name="Bob", status="active", operator=True, access_version=1, created_at=NOW,
        ).returning(users_table.c.id)).scalar_one()
    with store.reading() as connection:
        viewer = Viewer.of_user(store, bob, connection)
    handle = my_account.signed_in(looking(store, sid), sid, NOW)[0].handle
    assert viewer is not None
    with pytest.raises(Refused):
        my_account.end_session(viewer, handle)
    assert sessions.viewer(store, sid, NOW) is not None


def test_all_others_are_ended_at_once_with_what_could_become_one(store: Store, sid: str) -> None:
    others, waiting = [opened(store) for _ in range(3)], ticket_of_ana(store)
    assert my_account.end_others(looking(store, sid), sid) == 3
    assert [sessions.viewer(store, other, NOW) for other in others] == [None] * 3 and sessions.viewer(store, sid, NOW) is not None
    assert sessions.exchange(store, waiting, NOW) is None


def test_what_a_browser_says_of_itself_is_kept_short_and_on_one_line(store: Store, sid: str) -> None:
    opened(store, "Mozilla\n\x1b[31m\u202e<script>" + "x" * 10_000)
    with store.desk_reading() as desk:
        kept = [agent for agent in desk.scalars(select(sessions_table.c.agent)) if agent != CHROME]
    assert len(kept) == 1 and len(kept[0]) == 300 and kept[0].isprintable()


@pytest.mark.parametrize(("agent", "words"), [
    (CHROME, ("Chrome", "Linux")), (CHROME.replace("Chrome", "HeadlessChrome"), ("Chromium", "Linux")), (f"{CHROME} Edg/140.0", ("Edge", "Linux")),
    ("Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0", ("Firefox", "Windows")), (None, (None, None)), ("curl/8", (None, None)),
    ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140 Mobile Safari/537.36", ("Chrome", "Android")),
    ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15", ("Safari", "macOS")),
])
def test_browsers_are_told_by_what_they_call_themselves(agent: str | None, words: tuple[str | None, str | None]) -> None:
    assert my_account._words(agent) == words


# -- password ---------------------------------------------------------------------------------------------------------
def change(viewer: Viewer, sid: str, old: object = PASSWORD, new: object = ANOTHER, again: object = None) -> None:
    new_password.by_old_one(viewer, sid, old, new, new if again is None else again, HOME, NOW)


def test_another_password_ends_every_other_session_and_link_and_this_one_goes_on(store: Store, sid: str) -> None:
    other, waiting, viewer = opened(store), ticket_of_ana(store), looking(store, sid)
    with store.writing("test") as writing:
        link = links.issue(writing.connection, viewer.user_id or 0, links.RESET, NOW)
    change(viewer, sid)
    assert sessions.viewer(store, sid, NOW) == viewer
    assert sessions.viewer(store, other, NOW) is None and sessions.viewer(store, sessions.exchange(store, waiting, NOW), NOW) is None
    assert links.state(store, link, links.RESET, NOW) == "late"
    assert sign_in(store, ANA, PASSWORD, HOME, NOW) is None and sign_in(store, ANA, ANOTHER, HOME, NOW) is not None
    assert letters(store)[-1] == "password_changed" and audited(store, "password.set") == [(False, {})]


@pytest.mark.parametrize(("given", "sentence"), [
    ({"old": "wrong"}, "current password"), ({"old": None}, "current password"), ({"again": "other"}, "differ"), ({"new": PASSWORD}, "the old one"),
    ({"new": "short"}, "12 to 128"), ({"new": "password1234"}, "too easy"), ({"new": f"{ANA}1"}, "too easy"), ({"new": ["x" * 20]}, "12 to 128"),
])
def test_what_may_not_become_the_password_changes_nothing(store: Store, sid: str, given: dict[str, object], sentence: str) -> None:
    other = opened(store)
    with pytest.raises(Refused, match=sentence):
        change(looking(store, sid), sid, **given)
    assert sessions.viewer(store, other, NOW) is not None
    assert sign_in(store, ANA, PASSWORD, HOME, NOW) is not None


def test_guessing_the_old_password_is_throttled_and_told_in_the_audit(store: Store, sid: str) -> None:
    viewer = looking(store, sid)
    for _ in range(5):
        with pytest.raises(Refused, match="current password"):
            change(viewer, sid, old="wrong")
    with pytest.raises(Throttled):
        change(viewer, sid)
    assert [refused for refused, _facts in audited(store, "password.set")] == [True] * 5


def test_a_suspended_user_changes_nothing_of_its_own_in_a_page_still_open(store: Store, sid: str) -> None:
    viewer = looking(store, sid)
    with store.writing("test") as writing:
        writing.connection.execute(update(users_table).values(status="suspended"))
    for act in (lambda: my_account.rename(viewer, "X"), lambda: my_account.speak(viewer, "es"), lambda: my_account.end_others(viewer, sid),
                lambda: my_account.hear_of_requests(viewer, False), lambda: change(viewer, sid)):
        with pytest.raises(AccessDenied):
            act()
    with store.reading() as connection:
        row = connection.execute(select(users_table)).one()
    assert (row.name, row.language, row.notifications) == ("Ana Prado", None, None)
    assert [refused for refused, _facts in audited(store, "account.changed")] == [True] * 3
