"""The primary role: two acts to hand it over, one of the operator; a site that has a primary contact keeps exactly one."""

from __future__ import annotations

import random
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cast import AURORA, BOREAL, CEDRO, times
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from keys import open_shop
from sqlalchemy import select, update
from staff import MANAGES, Rows, audit_since, hire, put_back, refusal, role_at, rows, viewer

from pao_core.access import AccessDenied, Viewer
from pao_core.access.people import handover, users
from pao_core.access.rights import PRESETS, TOOLS
from pao_core.locale import Refused
from pao_core.store.engine import Store
from pao_core.store.schema import memberships, outbox, primary_offers
from pao_core.store.schema import users as users_table

ANA, TOM, UMA, CARLOS = "ana@boreal.example", "tom@boreal.example", "uma@boreal.example", "carlos@cedro.example"
SARA, CORA, DORA, BOTH = "sara@boreal.example", "cora@cedro.example", "dora@desk.example", "bea@both.example"


def settle(store: Store) -> None:
    """Boreal and Cedro with their people; bea has a place at both, Aurora has nobody."""
    open_shop(store)
    hire(store, ANA, BOREAL, "primary")
    hire(store, SARA, BOREAL, "secondary", MANAGES)
    hire(store, TOM, BOREAL, "secondary")
    hire(store, UMA, BOREAL, "user")
    hire(store, CARLOS, CEDRO, "primary")
    hire(store, CORA, CEDRO, "user")
    hire(store, BOTH, BOREAL, "user")
    hire(store, BOTH, CEDRO, "secondary", MANAGES)
    hire(store, DORA, None, "user", operator=True)


@pytest.fixture
def people(store: Store) -> dict[str, Viewer]:
    settle(store)
    return {email: viewer(store, email) for email in (ANA, SARA, TOM, UMA, CARLOS, CORA, BOTH, DORA)}


def letters(store: Store) -> list[tuple[str, str | None]]:
    with store.reading() as connection:
        return [(row.letter, row.recipient) for row in connection.execute(select(outbox).order_by(outbox.c.id))]


def test_an_offer_changes_nothing_until_it_is_accepted_and_then_both_at_once(store: Store, people: dict[str, Viewer]) -> None:
    handover.offer(people[ANA], UMA, BOREAL)
    assert role_at(store, ANA, BOREAL) == "primary" and letters(store) == [("primary_offered", UMA)]
    (one,) = handover.offers(people[UMA])
    assert (one.site, one.site_name, one.by_email, one.by_name) == (BOREAL, "Boreal", ANA, "Ana")
    handover.accept(people[UMA], BOREAL)
    assert (role_at(store, ANA, BOREAL), role_at(store, UMA, BOREAL)) == ("secondary", "primary")
    assert "access.update" in viewer(store, UMA).memberships[0].rights and not viewer(store, ANA).sites("access.update")
    assert letters(store)[1:] == [("primary_changed", ANA)] and handover.offers(people[UMA]) == []
    assert audit_since(store, 0)[-1].facts == {"before": {"primary": ANA}, "after": {"primary": UMA}}


def test_an_offer_can_be_declined_taken_back_and_replaced(store: Store, people: dict[str, Viewer]) -> None:
    handover.offer(people[ANA], UMA, BOREAL)
    handover.decline(people[UMA], BOREAL)
    handover.offer(people[ANA], TOM, BOREAL)
    handover.offer(people[ANA], UMA, BOREAL)
    assert handover.offers(people[TOM]) == []
    handover.withdraw(people[ANA], BOREAL)
    for who in (UMA, TOM):
        assert refusal(handover.accept, people[who], BOREAL) is not None
    assert refusal(handover.withdraw, people[ANA], BOREAL) is not None and role_at(store, ANA, BOREAL) == "primary"


def test_an_offer_ends_after_seven_days(store: Store, people: dict[str, Viewer]) -> None:
    handover.offer(people[ANA], UMA, BOREAL)
    with store.writing("test") as writing:
        writing.connection.execute(update(primary_offers).values(expires_at=writing.at))
    assert handover.offers(people[UMA]) == []
    with pytest.raises(Refused, match="no longer valid"):
        handover.accept(people[UMA], BOREAL)


@pytest.mark.parametrize("who", [SARA, TOM, UMA, CARLOS, DORA])
def test_only_the_primary_contact_offers_its_role(store: Store, people: dict[str, Viewer], who: str) -> None:
    before = rows(store)
    with pytest.raises(AccessDenied):
        handover.offer(people[who], TOM, BOREAL)
    assert rows(store) == before


def test_the_role_is_offered_only_to_who_can_take_it(store: Store, people: dict[str, Viewer]) -> None:
    hire(store, "ivo@boreal.example", BOREAL, "user", status="invited")
    users.suspend(people[ANA], TOM, BOREAL)
    before = rows(store)
    for email in ("ivo@boreal.example", TOM, CORA, "nobody@x.example", ANA):
        assert refusal(handover.offer, people[ANA], email, BOREAL) is not None, email
    assert rows(store) == before


def test_who_is_suspended_or_removed_after_the_offer_does_not_become_primary(store: Store, people: dict[str, Viewer]) -> None:
    handover.offer(people[ANA], UMA, BOREAL)
    users.suspend(people[ANA], UMA, BOREAL)
    assert refusal(handover.accept, people[UMA], BOREAL) is not None
    handover.offer(people[ANA], BOTH, BOREAL)
    users.remove(people[ANA], BOTH, BOREAL)
    users.invite(people[ANA], BOTH, "Bea", BOREAL, "user")
    assert refusal(handover.accept, viewer(store, BOTH), BOREAL) is not None
    assert role_at(store, ANA, BOREAL) == "primary"


def test_the_operator_appoints_and_the_one_until_now_becomes_a_secondary(store: Store, people: dict[str, Viewer]) -> None:
    handover.appoint(people[DORA], UMA, BOREAL)
    assert (role_at(store, ANA, BOREAL), role_at(store, UMA, BOREAL)) == ("secondary", "primary")
    assert sorted(letters(store)) == [("primary_changed", ANA), ("primary_changed", UMA)]
    users.suspend(people[DORA], ANA, None)  # who is primary no longer can be kept out


@pytest.mark.parametrize("act", ["remove", "suspend", "suspend everywhere", "change"])
def test_the_primary_contact_is_not_lost_by_any_act_of_the_operator(store: Store, people: dict[str, Viewer], act: str) -> None:
    before, dora = rows(store), people[DORA]
    acts = {
        "remove": lambda: users.remove(dora, ANA, BOREAL), "suspend": lambda: users.suspend(dora, ANA, BOREAL),
        "suspend everywhere": lambda: users.suspend(dora, ANA, None), "change": lambda: users.change(dora, ANA, BOREAL, 1, "user", {}),
    }
    assert refusal(acts[act]) is not None and rows(store) == before


def test_of_sixteen_at_once_who_accept_appoint_and_withdraw_the_site_keeps_one_primary(store: Store, people: dict[str, Viewer]) -> None:
    kept = rows(store)
    acts = [lambda: handover.accept(people[UMA], BOREAL), lambda: handover.appoint(people[DORA], TOM, BOREAL),
            lambda: handover.withdraw(people[ANA], BOREAL), lambda: users.remove(people[ANA], UMA, BOREAL)]
    with ThreadPoolExecutor(16) as threads:
        for _round in range(times(40, 2_000)):
            handover.offer(people[ANA], UMA, BOREAL)
            list(threads.map(lambda which: refusal(acts[which % 4]), range(16)))
            with store.reading() as connection:
                found = list(connection.scalars(select(memberships.c.user_id).where(
                    memberships.c.reseller_site_number == BOREAL, memberships.c.role == "primary")))
            assert len(found) == 1
            put_back(store, kept)


# -- any acts in any order --------------------------------------------------------------------------------------------
EVERYBODY, SITES = (ANA, SARA, TOM, UMA, CARLOS, CORA, BOTH, DORA), (BOREAL, CEDRO, AURORA)
PRIVILEGES: tuple[Mapping[str, str], ...] = (PRESETS["user"], PRESETS["secondary"], MANAGES, PRESETS["primary"], {}, {"access": "view"})
ACTS = ("invite", "change", "suspend", "restore", "remove", "invite_again", "sign_out", "suspend everywhere", "restore everywhere", "offer",
        "withdraw", "accept", "decline", "appoint")
State = dict[str, dict[str, tuple[str, Mapping[str, str], bool]]]


def state(store: Store) -> State:
    """Site -> e-mail -> (role, privileges, whether it may come in)."""
    found: State = {site: {} for site in SITES}
    with store.reading() as connection:
        for row in connection.execute(select(memberships, users_table.c.email, users_table.c.status).join(
                users_table, users_table.c.id == memberships.c.user_id)):
            live = row.suspended_at is None and row.status != "suspended"
            found[row.reseller_site_number][row.email] = row.role, row.privileges, live
    return found


def offers(store: Store) -> set[tuple[str, str]]:
    """The offers of the primary role: (site, to whom)."""
    with store.reading() as connection:
        return {(row[0], row[1]) for row in connection.execute(select(primary_offers.c.reseller_site_number, users_table.c.email).join(
            users_table, users_table.c.id == primary_offers.c.to_user_id))}


def level(privileges: Mapping[str, str], tool: str) -> int:
    return TOOLS[tool].index(privileges[tool]) + 1 if privileges.get(tool) else 0


def attempt(store: Store, actor: str, act: str, target: str, site: str, role: str, privileges: Mapping[str, str]) -> None:
    """Have somebody try something, and see that the house rules held."""
    before, offered = state(store), offers(store)
    try:
        who = viewer(store, actor)
    except Refused:
        return
    everybody = users.people(Viewer.of_command_line(store))
    version = next((one.version for one in everybody if (one.email, one.site) == (target, site)), 0)
    acts: dict[str, Any] = {
        "invite": lambda: users.invite(who, target, "Somebody", site, role, privileges),
        "change": lambda: users.change(who, target, site, version, role, privileges), "suspend": lambda: users.suspend(who, target, site),
        "restore": lambda: users.restore(who, target, site), "remove": lambda: users.remove(who, target, site),
        "invite_again": lambda: users.invite_again(who, target, site), "sign_out": lambda: users.sign_out(who, target, site),
        "suspend everywhere": lambda: users.suspend(who, target, None), "restore everywhere": lambda: users.restore(who, target, None),
        "offer": lambda: handover.offer(who, target, site), "withdraw": lambda: handover.withdraw(who, site),
        "accept": lambda: handover.accept(who, site), "decline": lambda: handover.decline(who, site),
        "appoint": lambda: handover.appoint(who, target, site),
    }
    problem = refusal(acts[act])
    after = state(store)
    if problem is not None:
        assert after == before, (actor, act, target, site, problem)
    assert act != "accept" or problem is not None or (site, actor) in offered
    check(before, after, actor, act, who.operator)


def check(before: State, after: State, actor: str, act: str, operator: bool) -> None:
    case = actor, act
    for site in SITES:
        was, now = before[site], after[site]
        primaries = [email for email, place in now.items() if place[0] == "primary"]
        assert len(primaries) <= 1, case
        assert primaries or not any(place[0] == "primary" for place in was.values()), case
        assert all(now[email][1] == PRESETS["primary"] and now[email][2] for email in primaries), case
        mine = was.get(actor)
        if not operator and (mine is None or not mine[2]):
            same = {email: place[:2] for email, place in was.items()} == {email: place[:2] for email, place in now.items()}
            assert same, case
        if mine is None or mine[0] == "primary":
            continue
        own = now.get(actor)
        if own is not None and act != "accept":
            assert own[0] == mine[0] and all(level(own[1], tool) <= level(mine[1], tool) for tool in TOOLS), case
        for email, (role, privileges, _live) in now.items():
            changed = was.get(email)
            if operator or act == "accept" or changed == now[email]:
                continue
            assert role == "user" and (changed is None or changed[0] == "user"), case
            had = changed[1] if changed else {}
            assert all(level(privileges, tool) <= max(level(mine[1], tool), level(had, tool)) for tool in TOOLS), case


class AnyActs(RuleBasedStateMachine):
    """Users, suspensions, removals, offers and appointments in any order."""

    store: Store
    kept: Rows

    def __init__(self) -> None:
        super().__init__()
        put_back(self.store, self.kept)
        self.done = 0

    @rule(actor=st.sampled_from(EVERYBODY), act=st.sampled_from(ACTS), whom=st.sampled_from(EVERYBODY), site=st.sampled_from(SITES),
          role=st.sampled_from(("primary", "secondary", "user", "operator")), privileges=st.sampled_from(PRIVILEGES))
    def anything(self, actor: str, act: str, whom: str, site: str, role: str, privileges: Mapping[str, str]) -> None:
        attempt(self.store, actor, act, whom, site, role, privileges)
        self.done += 1

    @rule(site=st.sampled_from((BOREAL, CEDRO)), whom=st.sampled_from(EVERYBODY), accepts=st.booleans())
    def hand_over(self, site: str, whom: str, accepts: bool) -> None:
        """What few random acts would reach: an offer by the primary, and its answer."""
        primary = next(email for email, place in state(self.store)[site].items() if place[0] == "primary")
        attempt(self.store, primary, "offer", whom, site, "user", {})
        attempt(self.store, whom, "accept" if accepts else "decline", whom, site, "user", {})

    @precondition(lambda self: self.done)
    @invariant()
    def sites_keep_their_primary(self) -> None:
        for site in (BOREAL, CEDRO):
            assert [place[0] for place in state(self.store)[site].values()].count("primary") == 1


def test_in_any_order_of_acts_nobody_rises_by_itself_and_no_site_loses_its_primary(sqlite_store: Store) -> None:
    settle(sqlite_store)
    machine = type("Machine", (AnyActs,), {"store": sqlite_store, "kept": rows(sqlite_store)})
    run_state_machine_as_test(machine, settings=settings(max_examples=times(12, 300), stateful_step_count=25, deadline=None))


def test_a_random_walk_keeps_the_same_rules_on_postgresql(postgresql_store: Store) -> None:
    settle(postgresql_store)
    pick = random.Random(20261125)
    for _step in range(times(120, 3_000)):
        attempt(postgresql_store, pick.choice(EVERYBODY), pick.choice(ACTS), pick.choice(EVERYBODY), pick.choice(SITES),
                pick.choice(("primary", "secondary", "user")), pick.choice(PRIVILEGES))
