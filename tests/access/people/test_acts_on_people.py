"""Role x act x own and foreign person, generated from the table of acts: what is allowed is one line in the audit, what is refused changes
nothing and is one line too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cast import BOREAL, CEDRO
from keys import open_shop
from sqlalchemy import insert, select
from staff import MANAGES, audit_since, audited, hire, put_back, refusal, rows

from pao_core.access import Viewer
from pao_core.access.people import handover, requests, users
from pao_core.access.rights import PRESETS
from pao_core.access.verbs import VERBS
from pao_core.locale import Refused
from pao_core.store.engine import Store
from pao_core.store.schema import access_requests, primary_offers
from pao_core.store.schema import users as users_table

# Who acts: ana, sara, tom, ugo and uma are of Boreal, carlos is the primary contact of Cedro, dora the operator.
ACTORS = {
    "primary": "ana@boreal.example", "secondary who manages": "sara@boreal.example", "secondary": "tom@boreal.example",
    "user who manages": "ugo@boreal.example", "user": "uma@boreal.example", "foreign primary": "carlos@cedro.example",
    "operator": "dora@desk.example", "command line": None,
}
# On whom, each at Boreal but the last two; ana and ugo act themselves.
TARGETS = {
    "primary": ("ana@boreal.example", BOREAL), "secondary": ("sven@boreal.example", BOREAL), "user": ("ulla@boreal.example", BOREAL),
    "user who manages": ("ugo@boreal.example", BOREAL),
    "foreign user": ("cora@cedro.example", CEDRO), "foreign user as if own": ("cora@cedro.example", BOREAL),
}
USER, PLAIN = PRESETS["user"], ("user", "user who manages")


def act(name: str, store: Store, viewer: Viewer, email: str, site: str) -> None:
    """Do the act on the person, or on the person's request at the site."""
    acts: dict[str, Callable[[], None]] = {
        "request.made": lambda: requests.ask(store, viewer.email, viewer.name, "7000001", "authorization", False, "en", None, store.settings.now(),
                                             viewer.user_id),
        "request.granted": lambda: requests.grant(viewer, request_at(store, site), "user", USER),
        "request.denied": lambda: requests.deny(viewer, request_at(store, site), "Not known here"),
        "user.added": lambda: users.invite(viewer, f"new.{email}", "New", site, "user", USER),
        "user.changed": lambda: users.change(viewer, email, site, 1, "user", USER),
        "user.suspended": lambda: users.suspend(viewer, email, site),
        "user.restored": lambda: users.restore(viewer, email, site),
        "user.removed": lambda: users.remove(viewer, email, site),
        "user.invited": lambda: users.invite_again(viewer, email, site),
        "user.signed_out": lambda: users.sign_out(viewer, email, site),
        "primary.offered": lambda: handover.offer(viewer, email, site),
        "primary.withdrawn": lambda: handover.withdraw(viewer, site),
        "primary.accepted": lambda: handover.accept(viewer, site),
        "primary.declined": lambda: handover.decline(viewer, site),
        "primary.appointed": lambda: handover.appoint(viewer, email, site),
    }
    acts[name]()


NAMES = [name for name in VERBS if name.startswith(("request.", "user.", "primary."))]


def allowed(name: str, actor: str, target: str) -> bool:
    """By the rules as people say them, not by the code: at Boreal, with an offer of the primary role open for tom."""
    operator, own, foreign = actor in ("operator", "command line"), not target.startswith("foreign"), target == "foreign user"
    manages = actor in ("primary", "secondary who manages", "user who manages")
    if name == "request.made":
        return actor != "command line"
    if name in ("request.granted", "request.denied"):
        # The primary contact and those who manage decide for Boreal; its own primary for Cedro. The operator has neither queue.
        return actor == "foreign primary" if foreign else manages
    if name == "user.added":
        return operator or (actor == "foreign primary" if foreign else manages)
    if name.startswith("user."):
        if foreign:
            return operator or actor == "foreign primary"
        if not own or actor == target:
            return False
        if target == "primary":
            return operator and name in ("user.invited", "user.signed_out")
        return operator or actor == "primary" or (manages and target in PLAIN)
    if name == "primary.offered":
        return (actor == "primary" and target in ("secondary", *PLAIN)) or (actor == "foreign primary" and foreign)
    if name == "primary.withdrawn":
        return actor == "primary" and not foreign
    if name in ("primary.accepted", "primary.declined"):
        return actor == "secondary" and not foreign
    return operator and target in ("secondary", *PLAIN, "foreign user")


def request_at(store: Store, site: str) -> int:
    with store.reading() as connection:
        return connection.scalar(select(access_requests.c.id).where(access_requests.c.reseller_site_number == site)) or 0


def settle_people(store: Store, name: str) -> None:
    """Everybody, a request at either site, an offer to tom; who is to be invited again has yet to activate the account."""
    open_shop(store)
    hire(store, "ana@boreal.example", BOREAL, "primary")
    hire(store, "carlos@cedro.example", CEDRO, "primary")
    for email, role, privileges in (
        ("sara@boreal.example", "secondary", MANAGES), ("tom@boreal.example", "secondary", None), ("ugo@boreal.example", "user", USER | MANAGES),
        ("uma@boreal.example", "user", None), ("sven@boreal.example", "secondary", None), ("ulla@boreal.example", "user", None),
    ):
        hire(store, email, BOREAL, role, privileges)
    hire(store, "cora@cedro.example", CEDRO, "user")
    hire(store, "dora@desk.example", None, "operator", {}, operator=True)
    with store.writing("test") as writing:
        ids = {row.email: row.id for row in writing.connection.execute(select(users_table))}
        at = writing.at
        writing.connection.execute(insert(access_requests), [
            {"email": f"{site}@new.example", "name": "New", "reseller_site_number": site, "form": "authorization", "claims_primary": False,
             "asked_at": at, "state": "waiting"} for site in (BOREAL, CEDRO)])
        writing.connection.execute(insert(primary_offers).values(
            reseller_site_number=BOREAL, from_user_id=ids["ana@boreal.example"], to_user_id=ids["tom@boreal.example"], offered_at=at,
            expires_at=at + handover.LIFE))
        if name == "user.invited":
            writing.connection.execute(users_table.update().where(users_table.c.email.in_([email for email, _site in TARGETS.values()])).values(
                status="invited"))


def test_no_act_on_people_is_left_out(store: Store) -> None:
    settle_people(store, "")
    dora = Viewer.of_email(store, "dora@desk.example")
    for name in NAMES:
        refusal(act, name, store, dora, "sven@boreal.example", BOREAL)  # a KeyError for an act that this file does not know


@pytest.mark.parametrize("name", NAMES)
def test_an_act_is_allowed_to_whom_the_rules_say_and_a_refused_one_changes_nothing(store: Store, name: str) -> None:
    settle_people(store, name)
    before = rows(store)
    for actor, email in ACTORS.items():
        viewer = Viewer.of_email(store, email) if email else Viewer.of_command_line(store)
        for target, (who, site) in TARGETS.items():
            if name == "request.made" and actor == "command line":
                continue  # it has no account to ask with
            case, count = (name, actor, target), audited(store)
            refused: Any = refusal(act, name, store, viewer, who, site)
            assert (refused is None) is allowed(*case), (case, refused)
            lines = audit_since(store, count)
            assert [(line.act, line.refused, line.actor) for line in lines] == [(name, refused is not None, viewer.email)], case
            if refused is None:
                assert rows(store) != before or name == "user.signed_out", case
                put_back(store, before)
            else:
                assert isinstance(refused, Refused)
                after = rows(store)
                assert after | {"open_acts": []} == before | {"open_acts": []}, case
