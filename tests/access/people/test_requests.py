"""Requests for access: the same answer for everyone, the right queue, one decision."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from cast import AURORA, BOREAL, CEDRO, times
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keys import NOW, open_shop
from sqlalchemy import event, func, select
from staff import MANAGES, audit_since, audited, hire, refusal, role_at, rows, viewer

from pao_core.access import AccessDenied, Viewer
from pao_core.access.entry import throttle
from pao_core.access.entry.throttle import TooOften
from pao_core.access.people import requests, users
from pao_core.access.rights import PRESETS
from pao_core.locale import Refused
from pao_core.store.engine import Store
from pao_core.store.schema import access_requests, memberships, outbox, sign_ins
from pao_core.store.schema import users as users_table

ZOE = "zoe@new.example"
USER = PRESETS["user"]


@pytest.fixture
def ana(store: Store) -> Viewer:
    """The primary contact of Boreal; Cedro has none."""
    open_shop(store)
    return hire(store, "ana@boreal.example", BOREAL, "primary")


@pytest.fixture
def dora(store: Store, ana: Viewer) -> Viewer:
    """The operator."""
    return hire(store, "dora@desk.example", None, "user", operator=True)


def ask(store: Store, email: str = ZOE, site: str = BOREAL, claims: bool = False, *, now: datetime = NOW, user_id: int | None = None,
        **other: Any) -> None:
    given = {"name": "Zoe", "form": "self_nomination", "language": "pt_BR", "address": "192.0.2.7"} | other
    requests.ask(store, email, given["name"], site, given["form"], claims, given["language"], given["address"], now, user_id)


def asked(store: Store) -> list[Any]:
    with store.reading() as connection:
        return list(connection.execute(select(access_requests).order_by(access_requests.c.id)))


def letters(store: Store) -> list[tuple[str, str | None]]:
    with store.reading() as connection:
        return [(row.letter, row.recipient) for row in connection.execute(select(outbox).order_by(outbox.c.id))]


def emails(found: list[requests.Request]) -> list[str]:
    return [one.email for one in found]


def only(viewer: Viewer) -> int:
    (one,) = requests.waiting(viewer)
    return one.id


# -- asking -----------------------------------------------------------------------------------------------------------
def test_a_request_waits_for_the_primary_contact_of_the_site_and_a_letter_tells(store: Store, ana: Viewer, dora: Viewer) -> None:
    ask(store, " ZOE@new.example ", "0007000002")
    (one,) = requests.waiting(ana)
    assert (one.email, one.site, one.site_name, one.form, one.of_operator, one.proposed_role) == (
        ZOE, BOREAL, "Boreal", "self_nomination", False, "user")
    assert requests.waiting(dora) == [] and letters(store) == [("access_requested", None)]
    (line,) = audit_since(store, 0)
    assert (line.actor, line.act, line.object, line.reseller_site_number, line.refused) == ("stranger", "request.made", ZOE, BOREAL, False)


@pytest.mark.parametrize(("site", "claims"), [(BOREAL, True), (CEDRO, False), ("9999999", False)])
def test_a_claim_and_a_site_without_anybody_to_decide_wait_for_the_operator(store: Store, ana: Viewer, dora: Viewer, site: str, claims: bool) -> None:
    ask(store, site=site, claims=claims)
    assert emails(requests.waiting(dora)) == [ZOE] and requests.waiting(ana) == []
    assert requests.count_waiting(dora) == 1 and requests.count_waiting(ana) == 0
    with pytest.raises(Refused, match="no such request"):
        requests.grant(ana, only(dora), "user", USER)


def test_a_second_request_of_one_e_mail_for_one_site_is_the_same(store: Store, ana: Viewer) -> None:
    for email in (ZOE, "ZOE@new.example", "ｚｏｅ@new.example"):
        ask(store, email)
    assert len(asked(store)) == 1 and letters(store) == [("access_requested", None)]


def test_of_sixteen_at_once_one_waits(store: Store, ana: Viewer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "OPEN_BY_EMAIL", 100)
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda _at: ask(store), range(16)))
    assert len(asked(store)) == 1 and letters(store) == [("access_requested", None)]


def test_after_a_denial_one_may_ask_again(store: Store, ana: Viewer) -> None:
    ask(store)
    requests.deny(ana, only(ana), "Not known here")
    ask(store)
    assert [row.state for row in asked(store)] == ["denied", "waiting"]


def test_a_stranger_who_gives_a_members_e_mail_is_told_the_same_and_only_who_decides_sees_it(store: Store, ana: Viewer) -> None:
    hire(store, "uma@boreal.example", BOREAL, "user")
    ask(store, "uma@boreal.example")
    (one,) = requests.waiting(ana)
    assert one.member
    with pytest.raises(Refused, match="at the site already"):
        requests.grant(ana, one.id, "user", USER)
    assert asked(store)[0].state == "waiting"
    requests.deny(ana, one.id, "You have access already")


def test_a_grant_is_no_way_back_in_for_who_is_suspended(store: Store, ana: Viewer, dora: Viewer) -> None:
    hire(store, "carl@cedro.example", CEDRO, "user")
    users.suspend(dora, "carl@cedro.example", None)
    ask(store, "carl@cedro.example")
    with pytest.raises(Refused, match="suspended in this installation"):
        requests.grant(ana, only(ana), "user", USER)
    assert asked(store)[0].state == "waiting"


def test_who_is_signed_in_asks_for_a_further_site_by_the_own_e_mail(store: Store, ana: Viewer, dora: Viewer) -> None:
    ask(store, "other@somewhere.example", AURORA, user_id=ana.user_id, name="Somebody")
    row = asked(store)[0]
    assert (row.email, row.name, row.user_id, row.reseller_site_number) == (ana.email, ana.name, ana.user_id, AURORA)
    count = audited(store)
    with pytest.raises(Refused, match="at this site already"):
        ask(store, site=BOREAL, user_id=ana.user_id)
    assert [(line.actor, line.refused) for line in audit_since(store, count)] == [(ana.email, True)]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"email": "zoe"}, "not an e-mail"), ({"email": "z\0@x.example"}, "not an e-mail"), ({"name": " "}, "1 to 200"),
    ({"name": "Z" * 10_000}, "1 to 200"),
    ({"name": "Ana\u202egnp"}, "cannot be shown"), ({"name": "Zoe\ud800"}, "cannot be shown"), ({"site": ""}, "site number"),
    ({"site": "7" * 41}, "site number"), ({"site": "70\0"}, "site number"), ({"site": "\u202e7"}, "site number"), ({"form": "anything"}, "two forms"),
]


@pytest.mark.parametrize(("wrong", "said"), WRONG)
def test_what_is_not_right_is_refused_in_a_sentence_and_kept_nowhere(store: Store, ana: Viewer, wrong: dict[str, Any], said: str) -> None:
    before = rows(store)
    with pytest.raises(Refused, match=said):
        ask(store, **wrong)
    assert rows(store) == before


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "[x](javascript:alert(1))", "=1+1", "$x$", ":material/home:", "José 🙂 O’Neil"])
def test_a_name_is_kept_as_it_was_typed(store: Store, ana: Viewer, name: str) -> None:
    ask(store, name=name)
    assert asked(store)[0].name == name


def test_strangers_who_ask_too_often_wait_an_hour_and_are_told_the_same_whoever_they_name(store: Store, ana: Viewer) -> None:
    said = set()
    for email in (ZOE, "ana@boreal.example"):
        for at in range(throttle.OPEN_BY_EMAIL):
            ask(store, email, f"700{at}", address=f"198.51.100.{at}")
        with pytest.raises(TooOften) as refused:
            ask(store, email, address="203.0.113.1")
        said.add(str(refused.value))
    assert len(said) == 1
    ask(store, now=NOW + throttle.OPEN_WINDOW + timedelta(seconds=1))
    assert len({row.reseller_site_number for row in asked(store)}) == throttle.OPEN_BY_EMAIL + 1


def test_one_address_cannot_flood_the_queues(store: Store, ana: Viewer) -> None:
    refused = [refusal(ask, store, f"z{at}@new.example") for at in range(throttle.OPEN_BY_ADDRESS + 5)]
    assert sum(isinstance(one, TooOften) for one in refused) == 5


def test_asking_is_the_same_work_whatever_there_is(store: Store, ana: Viewer) -> None:
    hire(store, "carla@aurora.example", AURORA, "primary")
    said: list[str] = []
    for engine in {store.engine, store.desk}:
        event.listen(engine, "before_cursor_execute", lambda _c, _u, statement, *_: said.append(statement))
    work = {}
    for case, email, wanted in (("member", "ana@boreal.example", BOREAL), ("user elsewhere", "carla@aurora.example", BOREAL),
                                ("unknown", "z@new.example", BOREAL), ("no such site", "y@new.example", "8000001")):
        said.clear()
        ask(store, email, wanted)
        work[case] = list(said)
    assert len({tuple(statements) for statements in work.values()}) == 1 and work["unknown"]


# -- deciding ---------------------------------------------------------------------------------------------------------
def test_a_grant_makes_the_user_and_writes_the_letter(store: Store, ana: Viewer) -> None:
    ask(store)
    requests.grant(ana, only(ana), "user", USER | {"data": "import", "quotes": "none"})
    with store.reading() as connection:
        person = connection.execute(select(users_table).where(users_table.c.email == ZOE)).one()
        place = connection.execute(select(memberships).where(memberships.c.user_id == person.id)).one()
    assert (person.name, person.status, person.language, person.operator) == ("Zoe", "invited", "pt_BR", False)
    assert (place.role, place.privileges) == ("user", USER | {"data": "import"})
    assert letters(store)[-1] == ("access_granted", ZOE) and requests.waiting(ana) == []
    (one,) = requests.history(ana)
    assert (one.state, one.decided_by, one.member) == ("granted", ana.email, True)
    line = audit_since(store, 0)[-1]
    assert line.facts == {"before": {"request": "waiting"}, "after": {"request": "granted", "role": "user", "privileges": USER | {"data": "import"}}}


def test_who_has_an_account_elsewhere_keeps_it_and_its_name(store: Store, ana: Viewer) -> None:
    carla = hire(store, "carla@aurora.example", AURORA, "primary")
    ask(store, carla.email, name="Not Carla")
    requests.grant(ana, only(ana), "user", USER)
    now = viewer(store, carla.email)
    assert (now.name, now.belongs_to, role_at(store, carla.email, AURORA)) == ("Carla", (AURORA, BOREAL), "primary")


@pytest.mark.parametrize("reason", ["", " \n ", "x" * 501, "no\u202e"])
def test_a_denial_needs_a_reason(store: Store, ana: Viewer, reason: str) -> None:
    ask(store)
    with pytest.raises(Refused, match="1 to 500"):
        requests.deny(ana, only(ana), reason)
    assert asked(store)[0].state == "waiting"


def test_a_denial_tells_the_person_why(store: Store, ana: Viewer) -> None:
    ask(store)
    requests.deny(ana, only(ana), " Not known\nhere ")
    assert asked(store)[0].reason == "Not known here" and letters(store)[-1] == ("access_denied", ZOE)
    assert refusal(Viewer.of_email, store, ZOE) is not None


def test_a_claim_makes_the_primary_contact_only_by_the_operators_word(store: Store, ana: Viewer, dora: Viewer) -> None:
    ask(store, claims=True)
    request = only(dora)
    for seen in (None, "rui@boreal.example"):  # nobody was said to give way, or somebody who was the primary contact before
        with pytest.raises(Refused, match="has its primary contact: ana"):
            requests.grant(dora, request, "primary", {}, replaces=seen)
        assert role_at(store, ana.email, BOREAL) == "primary" and role_at(store, ZOE, BOREAL) is None
    requests.grant(dora, request, "primary", {}, replaces=ana.email)
    assert role_at(store, ana.email, BOREAL) == "secondary" and role_at(store, ZOE, BOREAL) == "primary"
    assert letters(store)[-2:] == [("access_granted", ZOE), ("primary_changed", ana.email)]
    assert viewer(store, ana.email).memberships[0].rights == viewer(store, ana.email).memberships[0].rights - {"access.update"}


def test_a_claim_may_be_granted_as_a_plain_user(store: Store, ana: Viewer, dora: Viewer) -> None:
    ask(store, claims=True)
    requests.grant(dora, only(dora), "user", USER)
    assert role_at(store, ZOE, BOREAL) == "user" and role_at(store, ana.email, BOREAL) == "primary"


def test_no_site_gives_the_primary_role_and_nobody_gives_above_its_own(store: Store, ana: Viewer) -> None:
    sara = hire(store, "sara@boreal.example", BOREAL, "secondary", {"reporting": "view", "access": "update"})
    ask(store)
    request = only(ana)
    before = rows(store)
    for who, role, privileges in (
        (ana, "primary", {}), (sara, "secondary", {}), (sara, "user", {"data": "import"}), (sara, "user", {"access": "root"}),
        (ana, "operator", {}), (ana, "user", {"is_primary": "update"}),
    ):
        assert refusal(requests.grant, who, request, role, privileges) is not None
    assert rows(store) == before
    requests.grant(sara, request, "user", {"reporting": "view"})
    assert role_at(store, ZOE, BOREAL) == "user"


def test_a_request_for_a_site_that_is_no_resellers_can_only_be_denied(store: Store, ana: Viewer, dora: Viewer) -> None:
    ask(store, site="8888888")
    with pytest.raises(Refused, match="no reseller"):
        requests.grant(dora, only(dora), "primary", {})
    requests.deny(dora, only(dora), "No such site")
    assert emails(requests.history(dora)) == [ZOE] and requests.history(ana) == []


def test_nobody_decides_the_own_request(store: Store, ana: Viewer, dora: Viewer) -> None:
    ask(store, site=CEDRO, user_id=dora.user_id)
    for act in (lambda: requests.grant(dora, only(dora), "primary", {}), lambda: requests.deny(dora, only(dora), "Me")):
        with pytest.raises(Refused, match="own request"):
            act()


def test_who_may_only_look_decides_nothing(store: Store, ana: Viewer) -> None:
    tom = hire(store, "tom@boreal.example", BOREAL, "secondary")
    ask(store)
    assert emails(requests.waiting(tom)) == [ZOE]
    with pytest.raises(AccessDenied):
        requests.grant(tom, only(tom), "user", USER)
    with pytest.raises(AccessDenied):
        requests.waiting(hire(store, "uma@boreal.example", BOREAL, "user"))


def test_a_privilege_taken_away_between_the_page_and_the_click_is_gone(store: Store, ana: Viewer) -> None:
    sara = hire(store, "sara@boreal.example", BOREAL, "secondary", MANAGES)
    ask(store)
    request = only(sara)  # the page is drawn
    users.change(ana, sara.email, BOREAL, 1, "secondary", PRESETS["secondary"])
    with pytest.raises(AccessDenied):
        requests.grant(sara, request, "user", USER)
    assert asked(store)[0].state == "waiting" and audit_since(store, 0)[-1].refused


def test_a_foreign_request_and_none_at_all_are_refused_in_the_same_words_and_name_nobody(store: Store, ana: Viewer) -> None:
    carlos = hire(store, "carlos@cedro.example", CEDRO, "primary")
    ask(store)
    count, said = audited(store), set()
    for number in (only(ana), 10**9):
        said.add(str(refusal(requests.grant, carlos, number, "user", USER)))
        said.add(str(refusal(requests.deny, carlos, number, "No")))
    assert len(said) == 1
    assert {(line.refused, line.reseller_site_number, ZOE in str(line.facts) + str(line.object)) for line in audit_since(store, count)} == {
        (True, None, False)}


def test_of_sixteen_decisions_at_once_one_holds_and_the_others_learn_whose(store: Store, ana: Viewer) -> None:
    sara = hire(store, "sara@boreal.example", BOREAL, "secondary", MANAGES)
    acts: list[Callable[[int], None]] = [
        lambda request: requests.grant(ana, request, "user", USER), lambda request: requests.deny(sara, request, "Not known here"),
        lambda request: requests.grant(sara, request, "user", USER), lambda request: requests.deny(ana, request, "Not known here"),
    ]
    with ThreadPoolExecutor(16) as threads:
        for at in range(times(40, 2_000)):
            ask(store, f"z{at}@new.example", now=NOW + at * timedelta(hours=1))
            request = only(ana)
            outcomes = list(threads.map(lambda which, request=request: refusal(acts[which % 4], request), range(16)))
            row = asked(store)[-1]
            assert outcomes.count(None) == 1 and row.state in ("granted", "denied")
            assert all(row.decided_by in str(one) and row.state in str(one) for one in outcomes if one is not None)
            assert (role_at(store, row.email, BOREAL) is not None) is (row.state == "granted")


def test_of_two_claims_granted_at_once_a_site_gets_one_primary_contact(store: Store, ana: Viewer, dora: Viewer) -> None:
    at_cedro = memberships.c.reseller_site_number == CEDRO
    with ThreadPoolExecutor(16) as threads:
        for turn in range(times(40, 2_000)):
            for name in ("zoe", "yan"):
                ask(store, f"{name}{turn}@new.example", CEDRO, claims=True, now=NOW + turn * timedelta(hours=1))
            ids = [one.id for one in requests.waiting(dora)]
            outcomes = list(threads.map(lambda at, ids=ids: refusal(requests.grant, dora, ids[at % 2], "primary", {}), range(16)))
            with store.reading() as connection:
                primaries = connection.scalar(select(func.count()).select_from(memberships).where(at_cedro, memberships.c.role == "primary"))
            assert outcomes.count(None) == 1 and primaries == 1
            with store.writing("test") as writing:
                writing.connection.execute(memberships.delete().where(at_cedro))
                writing.connection.execute(access_requests.delete())


def test_a_second_click_is_told_that_it_was_done(store: Store, ana: Viewer) -> None:
    ask(store)
    request = only(ana)
    requests.grant(ana, request, "user", USER)
    with pytest.raises(Refused, match=r"ana@boreal\.example granted this request already"):
        requests.grant(ana, request, "user", USER)
    assert letters(store).count(("access_granted", ZOE)) == 1


LEVELS = st.sampled_from(["none", "view", "update", "import", "admin", "", "primary"])
KEYS = st.sampled_from(["reporting", "access", "data", "site_id", "is_primary", "operator", "role", "user_id", "__class__"])


@given(privileges=st.one_of(st.dictionaries(KEYS, LEVELS), st.none(), st.lists(KEYS), st.dictionaries(KEYS, st.one_of(st.integers(), st.booleans()))))
@settings(max_examples=times(60, 2_000), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_only_tools_at_their_levels_are_ever_written(sqlite_store: Store, privileges: Any) -> None:
    with sqlite_store.reading() as connection:
        if not connection.scalar(select(func.count()).select_from(users_table)):
            open_shop(sqlite_store)
            hire(sqlite_store, "ana@boreal.example", BOREAL, "primary")
            hire(sqlite_store, "uma@boreal.example", BOREAL, "user")
    ana, before = viewer(sqlite_store, "ana@boreal.example"), rows(sqlite_store)
    version = next(one.version for one in users.people(ana) if one.email == "uma@boreal.example")
    problem = refusal(users.change, ana, "uma@boreal.example", BOREAL, version, "user", privileges)
    kept = next(one.privileges for one in users.people(ana) if one.email == "uma@boreal.example")
    if problem is None:
        assert kept == {tool: level for tool, level in privileges.items() if level != "none"}
        assert all(level in ("view", "update", "import") for level in kept.values())
    else:
        assert rows(sqlite_store) == before


def test_the_log_of_sign_ins_is_no_business_of_requests(store: Store, ana: Viewer) -> None:
    ask(store)
    with store.desk_reading() as desk:
        assert desk.scalar(select(func.count()).select_from(sign_ins)) == 0
