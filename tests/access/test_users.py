"""Users: adding and listing them, and the acts of those who manage access on the people of their site."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from cast import BOREAL, CEDRO
from keys import ANA, NOW, PASSWORD, RUI
from sqlalchemy import func, select

from pao_core.access import AccessDenied, Viewer, users
from pao_core.access.rights import PRESETS
from pao_core.access.sign_in import sign_in
from pao_core.locale import Refused
from pao_core.store.engine import Store
from pao_core.store.schema import audit
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
