"""Settings > Users: who is listed to whom, in which words; what may be done is tried in access/test_acts_on_people.py."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from cast import BOREAL, CEDRO
from keys import open_shop
from sqlalchemy import insert
from staff import MANAGES, hire, viewer

from pao_core.access import AccessDenied, Viewer
from pao_core.access.people import users as acts
from pao_core.access.rights import JOBS, PRESETS
from pao_core.locale import use
from pao_core.settings import users
from pao_core.store.engine import Store
from pao_core.store.schema import second_factors, sign_ins

UTC = ZoneInfo("UTC")


@pytest.fixture
def ana(store: Store) -> Viewer:
    open_shop(store)
    hire(store, "uma@boreal.example", BOREAL, "user")
    hire(store, "carlos@cedro.example", CEDRO, "primary")
    return hire(store, "ana@boreal.example", BOREAL, "primary")


def test_one_sees_the_people_of_the_own_sites_and_the_operator_everybody(store: Store, ana: Viewer) -> None:
    dora = hire(store, "dora@desk.example", None, "user", operator=True)
    both = hire(store, "bea@both.example", BOREAL, "secondary")
    hire(store, "bea@both.example", CEDRO, "user")
    assert [one.email for one in acts.people(ana)] == ["ana@boreal.example", "bea@both.example", "uma@boreal.example"]
    assert {(one.email, one.site) for one in acts.people(viewer(store, both.email))} == {
        ("ana@boreal.example", BOREAL), ("bea@both.example", BOREAL), ("uma@boreal.example", BOREAL)}
    assert len(acts.people(dora)) == 6 and ("dora@desk.example", None, "operator") in {(one.email, one.site, one.role) for one in acts.people(dora)}
    with pytest.raises(AccessDenied):
        acts.people(viewer(store, "uma@boreal.example"))


def test_a_row_says_status_last_sign_in_and_second_factor(store: Store, ana: Viewer) -> None:
    now = store.settings.now()
    with store.desk_writing() as desk:
        desk.execute(insert(sign_ins), [
            {"at": now, "email": email, "address": "", "succeeded": email == ana.email} for email in (ana.email, "uma@boreal.example")])
    with store.writing("test") as writing:
        writing.connection.execute(insert(second_factors).values(user_id=ana.user_id, secret="-", confirmed_at=now))
    acts.suspend(ana, "uma@boreal.example", BOREAL)
    with use("en"):
        rows = {row["email"]: row for row in (users.row(one, UTC) for one in acts.people(ana))}
    assert rows["uma@boreal.example"]["status"] == "suspended" and rows["uma@boreal.example"]["last_sign_in"] == "never"
    assert rows[ana.email]["second_factor"] == "Yes" and rows[ana.email]["last_sign_in"] != "never"


def test_a_ready_made_set_is_named_and_any_other_is_not(store: Store, ana: Viewer) -> None:
    acts.change(ana, "uma@boreal.example", BOREAL, 1, "user", JOBS["sales"][1])
    (uma,) = users.found(acts.people(ana), "UMA@")
    assert users.role(uma) == "User · Sales"
    acts.change(ana, uma.email, BOREAL, uma.version, "secondary", PRESETS["user"] | {"data": "import"})
    (uma,) = users.found(acts.people(ana), "uma")
    assert users.role(uma) == "Secondary contact"


def test_who_manages_access_may_change_plain_users_alone_and_nobody_itself(store: Store, ana: Viewer) -> None:
    sara = hire(store, "sara@boreal.example", BOREAL, "secondary", MANAGES)
    hire(store, "tom@boreal.example", BOREAL, "secondary")
    everybody = acts.people(ana)
    assert {one.email for one in everybody if users.may_change(sara, one)} == {"uma@boreal.example"}
    assert {one.email for one in everybody if users.may_change(ana, one)} == {"uma@boreal.example", "tom@boreal.example", sara.email}
    assert list(users.roles_to_add(sara, BOREAL)) == ["user"] and list(users.roles_to_add(ana, BOREAL)) == ["user", "secondary"]


def test_a_search_finds_parts_of_names_and_e_mails_literally(store: Store, ana: Viewer) -> None:
    everybody = acts.people(ana)
    assert [one.email for one in users.found(everybody, "BOREAL.")] == ["ana@boreal.example", "uma@boreal.example"]
    assert users.found(everybody, "%") == users.found(everybody, ".*") == users.found(everybody, "", CEDRO) == []


def test_the_line_under_the_title_counts_users_not_places(store: Store, ana: Viewer) -> None:
    hire(store, "bea@both.example", BOREAL, "user")
    hire(store, "bea@both.example", CEDRO, "user")
    dora = hire(store, "dora@desk.example", None, "user", operator=True)
    assert users.about(acts.people(ana)) == "Site Boreal (7000002) · 3 users"
    assert users.about(acts.people(dora)) == "2 sites · 5 users"
