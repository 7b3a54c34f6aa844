"""Users: adding and listing them, and the acts of those who manage access on the people of their site."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from cast import AURORA, BOREAL, CEDRO
from keys import ANA, NOW, PASSWORD, RUI, kept
from sqlalchemy import Connection, func, insert, select, text, update
from staff import MANAGES, hire, refusal, viewer

from pao_core.access import AccessDenied, Viewer
from pao_core.access.entry import links, passwords, sessions
from pao_core.access.entry.sign_in import sign_in
from pao_core.access.people import requests, users
from pao_core.access.rights import PRESETS
from pao_core.access.turn import take_turn
from pao_core.locale import Refused
from pao_core.store.engine import Store
from pao_core.store.schema import access_requests, audit, memberships, outbox, recovery_codes, second_factors
from pao_core.store.schema import sessions as sessions_table
from pao_core.store.schema import users as users_table


def people(store: Store) -> int:
    with store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(users_table)) or 0


@pytest.mark.parametrize("role", PRESETS)
def test_every_role_starts_with_reporting_and_price_files(store: Store, operator: Viewer, role: str) -> None:
    users.add(operator, ANA, "Ana", BOREAL, role)
    viewer = Viewer.of_email(store, ANA)
    assert viewer.sites("reporting.view") == viewer.sites("price_files.download") == (BOREAL,)
    assert viewer.may("data.import") is (role != "user")


def test_an_operator_needs_no_reseller_and_others_do(operator: Viewer) -> None:
    users.add(operator, "op@desk.example", "Op", None, "operator")
    with pytest.raises(Refused, match="site number"):
        users.add(operator, ANA, "Ana", None, "user")
    assert users.listed(operator) == [{"email": "op@desk.example", "name": "Op", "sites": [], "role": "operator", "status": "invited"}]


def test_the_list_names_people_sites_roles_and_states(operator: Viewer, ana: str) -> None:
    users.add(operator, "Rui@BOREAL.example", " Rui Lopes ", "0007000002", "user")
    assert users.listed(operator) == [
        {"email": ana, "name": "Ana Prado", "sites": [BOREAL], "role": "primary", "status": "active"},
        {"email": RUI, "name": "Rui Lopes", "sites": [BOREAL], "role": "user", "status": "invited"},
    ]


@pytest.mark.parametrize("same", [ANA, "ANA@boreal.example", " ana@BOREAL.example", "ａｎａ@boreal.example"])
def test_one_e_mail_is_one_user(store: Store, operator: Viewer, ana: str, same: str) -> None:
    with pytest.raises(Refused, match="already a user"):
        users.add(operator, same, "Another", CEDRO, "user")
    assert people(store) == 1


def test_of_sixteen_who_add_one_e_mail_exactly_one_does(store: Store, operator: Viewer) -> None:
    def add(_: int) -> bool:
        try:
            users.add(operator, ANA, "Ana", BOREAL, "user")
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(add, range(16))) == 1
    assert people(store) == 1


def test_of_sixteen_primary_contacts_at_once_a_site_gets_one(operator: Viewer) -> None:
    def add(number: int) -> bool:
        try:
            users.add(operator, f"user{number}@boreal.example", "Ana", BOREAL, "primary")
        except Refused as refused:
            assert "primary contact already" in str(refused)
            return False
        return True

    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(add, range(16))) == 1


RIGHT = {"email": ANA, "name": "Ana", "reseller_site_number": BOREAL, "role": "user", "password": None}
REFUSED = [
    ({"email": "ana"}, "not an e-mail"), ({"email": "a b@boreal.example"}, "not an e-mail"), ({"email": f"{ANA}\u202e"}, "not an e-mail"),
    ({"email": "a" * 250 + "@x.example"}, "not an e-mail"), ({"name": "  "}, "1 to 200"), ({"name": "A" * 201}, "1 to 200"),
    ({"name": "Ana\u202egnp"}, "cannot be shown"), ({"name": "Ana\0"}, "cannot be shown"), ({"reseller_site_number": "9999"}, "no reseller"),
    ({"role": "admin"}, "not a role"), ({"password": "short"}, "12 to 128"), ({"password": ANA}, "too easy"),
]


@pytest.mark.parametrize(("wrong", "said"), REFUSED)
def test_what_is_not_right_is_refused_in_a_sentence_and_adds_nobody(store: Store, operator: Viewer, wrong: dict[str, str], said: str) -> None:
    with pytest.raises(Refused, match=said):
        users.add(operator, **(RIGHT | wrong))  # type: ignore[arg-type]
    with store.reading() as connection:
        assert all(row.refused and row.act == "user.added" for row in connection.execute(select(audit)))
    assert people(store) == 0


def test_only_the_operator_adds_and_lists_users(store: Store, ana: str) -> None:
    viewer = Viewer.of_email(store, ana)
    for act in (lambda: users.add(viewer, RUI, "Rui", BOREAL, "user"), lambda: users.listed(viewer)):
        with pytest.raises(AccessDenied):
            act()
    assert people(store) == 1


def test_an_operator_who_is_one_no_longer_adds_nobody(store: Store, operator: Viewer) -> None:
    users.add(operator, "op@desk.example", "Op", None, "operator")
    viewer = Viewer.of_email(store, "op@desk.example")
    with store.writing("test") as writing:
        writing.connection.execute(users_table.update().values(operator=False))
    with pytest.raises(AccessDenied):
        users.add(viewer, RUI, "Rui", BOREAL, "user")
    assert people(store) == 1


def test_adding_a_user_is_one_audit_row_and_no_change_number(store: Store, operator: Viewer) -> None:
    before = store.change_number()
    users.add(operator, ANA, "Ana", BOREAL, "primary", PASSWORD)
    with store.reading() as connection:
        row = connection.execute(select(audit)).one()
    assert (row.actor, row.act, row.object, row.reseller_site_number) == ("command line", "user.added", ANA, BOREAL)
    assert row.facts == {"before": None, "after": {"role": "primary", "privileges": PRESETS["primary"]}, "invited": False}
    assert not row.refused and store.change_number() == before


def test_a_password_given_is_the_one_to_sign_in_with_at_once(store: Store, operator: Viewer) -> None:
    assert users.add(operator, ANA, "Ana", BOREAL, "primary", PASSWORD) is None
    assert sign_in(store, ANA, PASSWORD, None, NOW) is not None


# -- the acts of those who manage access ------------------------------------------------------------------------------
UMA = "uma@boreal.example"


@pytest.fixture
def primary(store: Store, ana: str) -> Viewer:
    """Ana, and beside her the plain user Uma of Boreal and Carlos, the primary contact of Cedro."""
    hire(store, UMA, BOREAL, "user")
    hire(store, "carlos@cedro.example", CEDRO, "primary")
    return viewer(store, ana)


def account(store: Store, email: str) -> Any:
    with store.reading() as connection:
        return connection.execute(select(users_table).where(users_table.c.email == email)).one()


def of(who: Viewer, email: str) -> users.Person:
    (one,) = [person for person in users.people(who) if person.email == email]
    return one


def letters(store: Store) -> list[tuple[str, str | None, str | None]]:
    with store.reading() as connection:
        return [(row.letter, row.recipient, row.facts.get("site")) for row in connection.execute(select(outbox).order_by(outbox.c.id))]


def live_session(store: Store, email: str) -> Callable[[], bool]:
    """A sign-in of this person; gives whether its session still lives."""
    with store.writing("test") as writing:
        writing.connection.execute(update(users_table).where(users_table.c.email == email).values(password_hash=kept()))
    with store.desk_writing() as desk:
        ticket = sessions.open_ticket(desk, account(store, email).id, passwords.fingerprint(kept()), NOW)
    sid = sessions.exchange(store, ticket, NOW)
    assert sid is not None and sessions.viewer(store, sid, NOW) is not None

    def lives() -> bool:
        with store.desk_reading() as desk:
            return bool(desk.scalar(select(func.count()).select_from(sessions_table)))

    return lives


def test_an_invitation_makes_the_account_and_writes_the_welcome(store: Store, primary: Viewer) -> None:
    users.invite(primary, " Ivo@Boreal.example", "Ivo", BOREAL, "secondary", {"reporting": "view", "access": "none"})
    ivo = of(primary, "ivo@boreal.example")
    assert (ivo.role, ivo.privileges, ivo.status) == ("secondary", {"reporting": "view"}, "invited")
    assert letters(store) == [("activation", "ivo@boreal.example", BOREAL)]
    users.invite_again(primary, ivo.email, BOREAL)
    assert letters(store)[1:] == [("activation", "ivo@boreal.example", BOREAL)]


def test_who_has_an_account_joins_the_site_with_it(store: Store, primary: Viewer) -> None:
    users.invite(primary, "carlos@cedro.example", "Not Carlos", BOREAL, "user")
    assert (of(primary, "carlos@cedro.example").name, of(primary, "carlos@cedro.example").status) == ("Carlos", "active")
    assert letters(store) == [("access_granted", "carlos@cedro.example", BOREAL)]
    with pytest.raises(Refused, match="at this site already"):
        users.invite(primary, "carlos@cedro.example", "Carlos", BOREAL, "user")


def test_an_invitation_answers_the_request_that_waits_and_no_claim(store: Store, primary: Viewer) -> None:
    for email, claims in (("ivo@boreal.example", False), ("eva@boreal.example", True)):
        requests.ask(store, email, "Somebody", BOREAL, "authorization", claims, "en", None, NOW)
        users.invite(primary, email, "Somebody", BOREAL, "user")
    with store.reading() as connection:
        assert [(row.state, row.decided_by) for row in connection.execute(select(access_requests).order_by(access_requests.c.id))] == [
            ("granted", primary.email), ("waiting", None)]


def test_nobody_overwrites_what_another_has_changed_meanwhile(store: Store, primary: Viewer) -> None:
    seen = of(primary, UMA).version
    users.change(primary, UMA, BOREAL, seen, "user", {"data": "import"})
    with pytest.raises(Refused, match="changed this person meanwhile"):
        users.change(primary, UMA, BOREAL, seen, "secondary", {})
    assert (of(primary, UMA).role, of(primary, UMA).privileges) == ("user", {"data": "import"})


def test_every_change_of_rights_is_another_version_of_the_access(store: Store, primary: Viewer) -> None:
    versions = [account(store, UMA).access_version]
    for act in (lambda: users.change(primary, UMA, BOREAL, 1, "user", {}), lambda: users.suspend(primary, UMA, BOREAL),
                lambda: users.restore(primary, UMA, BOREAL), lambda: users.remove(primary, UMA, BOREAL)):
        act()
        versions.append(account(store, UMA).access_version)
    assert versions == sorted(set(versions))


@pytest.mark.parametrize("act", ["suspend", "suspend everywhere", "remove", "sign out"])
def test_who_is_kept_out_is_out_at_once(store: Store, operator: Viewer, primary: Viewer, act: str) -> None:
    lives = live_session(store, UMA)
    {"suspend": lambda: users.suspend(primary, UMA, BOREAL), "suspend everywhere": lambda: users.suspend(operator, UMA, None),
     "remove": lambda: users.remove(primary, UMA, BOREAL), "sign out": lambda: users.sign_out(primary, UMA, BOREAL)}[act]()
    assert not lives()


def test_who_has_another_site_stays_signed_in_there_and_no_site_ends_that(store: Store, operator: Viewer, primary: Viewer) -> None:
    hire(store, UMA, CEDRO, "user")
    lives = live_session(store, UMA)
    with pytest.raises(Refused, match="works elsewhere"):
        users.sign_out(primary, UMA, BOREAL)
    users.suspend(primary, UMA, BOREAL)
    assert lives() and viewer(store, UMA).belongs_to == (CEDRO,)
    users.restore(primary, UMA, BOREAL)
    users.remove(primary, UMA, BOREAL)
    assert lives() and account(store, UMA).password_hash is not None
    users.sign_out(operator, UMA, None)
    assert not lives()


def test_who_is_removed_from_the_last_site_begins_anew(store: Store, primary: Viewer) -> None:
    live_session(store, UMA)
    uma = account(store, UMA).id
    with store.writing("test") as writing:
        writing.connection.execute(insert(second_factors).values(user_id=uma, secret="-", confirmed_at=NOW))
        writing.connection.execute(insert(recovery_codes).values(code_hash="-", user_id=uma))
        token = links.issue(writing.connection, uma, links.RESET, writing.at)
    users.remove(primary, UMA, BOREAL)
    person = account(store, UMA)
    assert (person.password_hash, person.status) == (None, "invited")
    assert links.state(store, token, links.RESET, store.settings.now()) == "late"
    with store.reading() as connection:
        assert [connection.scalar(select(func.count()).select_from(table)) for table in (second_factors, recovery_codes)] == [0, 0]
    with pytest.raises(Refused, match="no such person"):
        users.invite_again(primary, UMA, BOREAL)
    users.invite(primary, UMA, "Uma", BOREAL, "user")
    assert of(primary, UMA).status == "invited" and letters(store)[-1] == ("activation", UMA, BOREAL)


def test_who_is_suspended_everywhere_is_let_in_by_the_operator_alone(store: Store, operator: Viewer, primary: Viewer) -> None:
    users.suspend(operator, UMA, None)
    assert of(primary, UMA).everywhere
    users.restore(primary, UMA, BOREAL)
    assert account(store, UMA).status == "suspended"
    with pytest.raises(AccessDenied):
        users.restore(primary, UMA, None)
    users.restore(operator, UMA, None)
    assert account(store, UMA).status == "invited" and viewer(store, UMA).sites() == (BOREAL,)


def test_only_the_operator_makes_a_first_primary_contact_and_operators(store: Store, operator: Viewer, primary: Viewer) -> None:
    for site, role in ((BOREAL, "primary"), (None, "operator"), (BOREAL, "operator")):
        with pytest.raises(Refused):
            users.invite(primary, "ivo@boreal.example", "Ivo", site, role)
    users.invite(operator, "ivo@desk.example", "Ivo", None, "operator")
    users.invite(operator, "al@aurora.example", "Al", AURORA, "primary")
    assert viewer(store, "ivo@desk.example").operator and viewer(store, "al@aurora.example").memberships[0].role == "primary"
    with pytest.raises(Refused, match="primary contact already"):
        users.invite(operator, "bo@aurora.example", "Bo", AURORA, "primary")


def test_rights_are_read_only_after_the_turn_has_come(store: Store, primary: Viewer) -> None:
    """Sara's act waits for another one to end; that one takes her right away."""
    sara = hire(store, "sara@boreal.example", BOREAL, "secondary", MANAGES)
    with ThreadPoolExecutor(1) as thread:
        with store.writing("test") as writing:
            take_turn(writing.connection, "people")
            later = thread.submit(refusal, users.suspend, sara, UMA, BOREAL)
            wait_for_turn(writing.connection, later)
            writing.connection.execute(update(memberships).where(memberships.c.user_id == sara.user_id).values(privileges={}))
        assert isinstance(later.result(60), AccessDenied)
    assert of(primary, UMA).status == "active"


def wait_for_turn(connection: Connection, act: Future[Any]) -> None:
    """Until the act waits for its turn, or is over without; on SQLite it waits to begin, which nobody can see."""
    waits = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    while connection.dialect.name == "postgresql" and not act.done() and not connection.scalar(waits):
        pass
