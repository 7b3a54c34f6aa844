"""Settings > Site: contacts by type and approval limits: who may do what where, what is refused, and two who edit at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any

import pytest
from cast import AURORA, BOREAL, CEDRO, times
from sqlalchemy import insert, select, update

from pao_core.access import AccessDenied, Viewer
from pao_core.access.rights import PRESETS
from pao_core.locale import Refused, use
from pao_core.locale.words import SITE_CONTACTS
from pao_core.settings import audit, site, told
from pao_core.settings.site import Contact, Outdated, OutdatedLimits
from pao_core.store import schema
from pao_core.store.engine import Store

EVA = Contact("Eva", "Luz", "eva@boreal.example", ("billing", "technical"), "+55 11 5555-0100 ext. 7", "Rua A, 1", "São Paulo", "SP", "01310-100",
              "BR")
NO_LIMIT: dict[str, Decimal | None] = {"secondary": None, "user": None}
THREADS = 16


def join(store: Store, email: str, number: str, role: str, privileges: dict[str, str] | None = None) -> Viewer:
    """Somebody more at a site."""
    with store.writing("test") as writing:
        user_id = writing.connection.scalar(select(schema.users.c.id).where(schema.users.c.email == email))
        if user_id is None:
            user_id = writing.connection.execute(insert(schema.users).values(
                email=email, name=email.split("@")[0].title(), operator=False, status="active", created_at=writing.at,
            ).returning(schema.users.c.id)).scalar_one()
        writing.connection.execute(insert(schema.memberships).values(
            user_id=user_id, reseller_site_number=number, role=role, privileges=PRESETS[role] if privileges is None else privileges,
        ))
    return Viewer.of_email(store, email)


def kept(store: Store) -> list[tuple[Any, ...]]:
    """Every row of the two tables."""
    with store.reading() as connection:
        return [tuple(row) for table in (schema.site_contacts, schema.approval_limits) for row in connection.execute(select(table))]


def noted(store: Store) -> list[Any]:
    with store.reading() as connection:
        return list(connection.execute(select(schema.audit).order_by(schema.audit.c.id)))


def test_a_contact_is_added_changed_and_removed_and_each_leaves_one_line(store: Store, people: dict[str, Viewer]) -> None:
    ana = people["ana"]
    made = site.add(ana, BOREAL, EVA)
    (first,) = site.contacts(ana, BOREAL)
    assert (first.id, first.version, first.changed_by) == (made, 1, "ana@boreal.example")
    assert first.contact == replace(EVA, types=("technical", "billing"))  # in the order of the types
    moved = replace(EVA, city="Recife", types=("media",), telephone="")
    site.change(ana, BOREAL, made, 1, moved)
    (second,) = site.contacts(ana, BOREAL)
    assert (second.version, second.contact) == (2, moved)
    site.remove(ana, BOREAL, made, 2)
    assert site.contacts(ana, BOREAL) == []
    assert [(row.act, row.object, row.reseller_site_number, row.refused) for row in noted(store)] == [
        (act, "eva@boreal.example", BOREAL, False) for act in ("contact.added", "contact.changed", "contact.removed")]
    lines = [told.in_a_line(entry) for entry in audit.contact_updates(ana, BOREAL, limit=9)]
    assert lines[1] == ("Contact types: Site technical contact, Billing contact → S&S media shipping contact; "
                        "Telephone: +55 11 5555-0100 ext. 7 → –; City: São Paulo → Recife")


CALLS: dict[str, Callable[[Viewer, str, int], object]] = {
    "contact.added": lambda viewer, number, _id: site.add(viewer, number, replace(EVA, first_name="Nova")),
    "contact.changed": lambda viewer, number, id_: site.change(viewer, number, id_, 1, replace(EVA, first_name="Nova")),
    "contact.removed": lambda viewer, number, id_: site.remove(viewer, number, id_, 1),
    "limits.changed": lambda viewer, number, _id: site.set_limits(viewer, number, "BRL", {"user": Decimal(5)}, NO_LIMIT),
}
CONTACTS = {"contact.added", "contact.changed", "contact.removed"}
ALLOWED: dict[str, set[str]] = {
    "primary": CONTACTS | {"limits.changed"}, "secondary": CONTACTS, "secondary who manages access": CONTACTS, "user": set(), "user who views": set(),
    "user who updates": CONTACTS, "user who manages access": set(), "suspended": set(), "foreign primary": set(), "distributor": set(),
    "operator": set(),
}


def actor(store: Store, people: dict[str, Viewer], who: str) -> Viewer:
    """One of each kind, as it stands to Boreal."""
    if who in ("primary", "distributor", "operator"):
        return people[{"primary": "ana", "distributor": "carla", "operator": "dora"}[who]]
    if who == "foreign primary":
        return join(store, "rita@cedro.example", CEDRO, "primary")
    privileges = {
        "secondary": PRESETS["secondary"], "secondary who manages access": PRESETS["secondary"] | {"access": "update"}, "user": PRESETS["user"],
        "user who views": {"contacts": "view"}, "user who updates": {"contacts": "update"}, "user who manages access": {"access": "update"},
        "suspended": PRESETS["secondary"],
    }[who]
    viewer = join(store, "rui@boreal.example", BOREAL, "user" if who.startswith("user") else "secondary", privileges)
    if who == "suspended":
        with store.writing("test") as writing:
            writing.connection.execute(update(schema.memberships).where(schema.memberships.c.user_id == viewer.user_id)
                                       .values(suspended_at=writing.at))
    return viewer


@pytest.mark.parametrize("who", ALLOWED)
def test_each_may_do_what_the_role_and_privilege_say_and_else_nothing_changes(store: Store, people: dict[str, Viewer], who: str) -> None:
    viewer = actor(store, people, who)
    for act, call in CALLS.items():
        contact = site.add(people["ana"], BOREAL, replace(EVA, last_name=act))
        before, lines = kept(store), len(noted(store))
        if act in ALLOWED[who]:
            call(viewer, BOREAL, contact)
            assert kept(store) != before, act
        else:
            with pytest.raises(Refused):
                call(viewer, BOREAL, contact)
            assert kept(store) == before, act
        (line,) = noted(store)[lines:]
        assert (line.act, line.actor, line.reseller_site_number, line.refused) == (act, viewer.email, BOREAL, act not in ALLOWED[who])


def test_nobody_reaches_a_contact_of_another_site_by_its_number_and_is_told_no_more_than_of_none(store: Store, people: dict[str, Viewer]) -> None:
    rita = join(store, "rita@cedro.example", CEDRO, "primary")
    contact, before = site.add(people["ana"], BOREAL, EVA), kept(store)
    for call in (CALLS["contact.changed"], CALLS["contact.removed"]):
        told_ = set()
        for number in (contact, contact + 1_000):
            with pytest.raises(Refused) as refusal:
                call(rita, CEDRO, number)
            told_.add(str(refusal.value))
        assert len(told_) == 1
    assert kept(store) == before
    assert [row.refused for row in noted(store)] == [False, True, True, True, True]


def test_reading_is_for_those_who_may_view_the_contacts_of_that_site(store: Store, people: dict[str, Viewer]) -> None:
    reader = join(store, "leo@boreal.example", BOREAL, "user", {"contacts": "view"})
    site.add(people["ana"], BOREAL, EVA)
    assert [one.contact.email for one in site.contacts(reader, BOREAL)] == ["eva@boreal.example"]
    assert site.sites(reader) == {BOREAL: "Boreal Sistemas"}
    for name in ("carla", "bob", "dora"):
        for ask in (site.contacts, site.limits, site.primary):
            with pytest.raises(AccessDenied):
                ask(people[name], BOREAL)
    assert site.sites(people["bob"]) == site.sites(people["dora"]) == {}


def test_who_belongs_to_several_sites_reads_one_or_all(store: Store, people: dict[str, Viewer]) -> None:
    both = join(store, "ana@boreal.example", CEDRO, "secondary")
    assert list(site.sites(both)) == [BOREAL, CEDRO]
    with store.reading() as connection:
        there = Viewer.of_user(store, both.user_id or 0, connection, at_site=CEDRO)
    assert there
    assert list(site.sites(there)) == [CEDRO]
    with pytest.raises(AccessDenied):
        site.contacts(there, BOREAL)


def test_the_primary_contact_is_the_primary_user_and_follows_it(store: Store, people: dict[str, Viewer]) -> None:
    ana = people["ana"]
    assert site.primary(ana, BOREAL) == ("Ana", "ana@boreal.example")
    eva = join(store, "eva@boreal.example", BOREAL, "secondary")
    role, mine = schema.memberships.c.role, schema.memberships.c.user_id
    with store.writing("test") as writing:
        writing.connection.execute(update(schema.memberships).where(mine == ana.user_id).values(role="secondary"))
        writing.connection.execute(update(schema.memberships).where(mine == eva.user_id).values(role="primary"))
    assert site.primary(ana, BOREAL) == ("Eva", "eva@boreal.example")
    with store.writing("test") as writing:
        writing.connection.execute(update(schema.memberships).where(role == "primary", mine == eva.user_id).values(role="secondary"))
    assert site.primary(ana, BOREAL) is None
    with pytest.raises(Refused, match="handing over"):
        site.add(ana, BOREAL, replace(EVA, types=("primary", "billing")))
    assert "primary" not in site.TYPES
    assert set(site.NONE_YET) == set(SITE_CONTACTS)


WRONG: dict[str, dict[str, Any]] = {
    "no first name": {"first_name": "  "}, "no last name": {"last_name": ""}, "a long name": {"last_name": "x" * 201}, "no e-mail": {"email": ""},
    "no e-mail address": {"email": "eva at boreal"}, "a long e-mail": {"email": "x" * 300 + "@boreal.example"}, "no type": {"types": ()},
    "an unknown type": {"types": ("boss",)}, "the primary type": {"types": ("billing", "primary")}, "an unknown country": {"country": "Atlantis"},
    "a reserved country": {"country": "ZZ"}, "a turned name": {"first_name": "Eva\u202e"}, "an isolated street": {"street": "Rua \u2066A"},
    "a line break": {"city": "São\nPaulo"}, "a zero": {"telephone": "1\x00"}, "half a sign": {"state": "S\ud800"}, "a tab": {"postal_code": "1\t2"},
    "a long telephone": {"telephone": "5" * 41}, "a turned e-mail": {"email": "e\u202eva@boreal.example"},
    "a half e-mail": {"email": "e\ud800@x.example"}, "a zero in the e-mail": {"email": "e\x00@x.example"},
}


@pytest.mark.parametrize("what", WRONG)
def test_what_a_contact_cannot_be_is_refused_with_a_sentence(store: Store, people: dict[str, Viewer], what: str) -> None:
    ana, wrong = people["ana"], replace(EVA, **WRONG[what])
    made = site.add(ana, BOREAL, EVA)
    before = kept(store)
    for call in (lambda: site.add(ana, BOREAL, wrong), lambda: site.change(ana, BOREAL, made, 1, wrong)):
        with pytest.raises(Refused) as refusal:
            call()
        assert str(refusal.value).endswith((".", "?"))
    assert kept(store) == before
    assert [row.refused for row in noted(store)] == [False, True, True]


def test_tricks_in_names_are_kept_as_they_are_written(store: Store, people: dict[str, Viewer]) -> None:
    tricky = Contact("=HYPERLINK(1)", "*b* $x$ <script>", "eva+x@boreal.example", ("media",), "tel", "'; DROP TABLE users", "[a](b)", ":x:", "@",
                     "PT")
    site.add(people["ana"], BOREAL, tricky)
    assert site.contacts(people["ana"], BOREAL)[0].contact == tricky
    site.add(people["ana"], BOREAL, Contact("Jo\u0061\u0303o", " O’Neil-Núñez ", "JOAO@BOREAL.example", ("billing",), country="Portugal"))
    joao = next(one.contact for one in site.contacts(people["ana"], BOREAL) if one.contact.email.startswith("joao"))
    assert (joao.first_name, joao.last_name, joao.email, joao.country) == ("João", "O’Neil-Núñez", "joao@boreal.example", "PT")


def test_the_same_person_is_not_added_twice(store: Store, people: dict[str, Viewer]) -> None:
    site.add(people["ana"], BOREAL, EVA)
    with pytest.raises(Refused, match="already"):
        site.add(people["ana"], BOREAL, replace(EVA, types=("media",), email="EVA@boreal.example"))
    site.add(people["ana"], BOREAL, replace(EVA, first_name="Ivo"))  # who reads the same mailbox
    site.add(people["carla"], AURORA, EVA)
    assert len(kept(store)) == 3


def test_who_saves_over_another_version_is_refused_and_shown_the_other(store: Store, people: dict[str, Viewer]) -> None:
    ana, rui = people["ana"], join(store, "rui@boreal.example", BOREAL, "secondary")
    made = site.add(ana, BOREAL, EVA)
    site.change(rui, BOREAL, made, 1, replace(EVA, city="Recife", types=("billing",)))
    before = kept(store)
    for call in (lambda: site.change(ana, BOREAL, made, 1, replace(EVA, city="Natal")), lambda: site.remove(ana, BOREAL, made, 1)):
        with pytest.raises(Outdated) as problem:
            call()
        now = problem.value.now
        assert (now.version, now.changed_by, now.contact.city) == (2, "rui@boreal.example", "Recife")
    assert kept(store) == before
    site.change(ana, BOREAL, made, 2, replace(EVA, city="Natal"))
    assert site.contacts(ana, BOREAL)[0].contact.city == "Natal"


def at_once(calls: list[Callable[[], object]]) -> list[BaseException | None]:
    """Do them all at the same moment, each in a thread of its own; gives what each raised."""
    start, raised = threading.Barrier(len(calls)), [None] * len(calls)  # type: list[Any]

    def run(place: int) -> None:
        start.wait()
        try:
            calls[place]()
        except Refused as problem:
            raised[place] = problem

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_of_sixteen_editors_of_one_version_exactly_one_wins(store: Store, people: dict[str, Viewer]) -> None:
    ana = people["ana"]
    made = site.add(ana, BOREAL, EVA)
    for version in range(1, times(40, 2_000) + 1):
        lines = len(noted(store))
        raised = at_once([
            lambda place=place, version=version: site.change(ana, BOREAL, made, version, replace(EVA, city=f"{version} {place}"))
            for place in range(THREADS)
        ])
        assert sorted(type(problem).__name__ for problem in raised) == ["NoneType"] + ["Outdated"] * (THREADS - 1)
        (now,) = site.contacts(ana, BOREAL)
        assert (now.version, now.contact.city) == (version + 1, f"{version} {raised.index(None)}")
        assert sorted(row.refused for row in noted(store)[lines:]) == [False] + [True] * (THREADS - 1)


def test_of_sixteen_who_add_set_or_remove_the_same_exactly_one_wins(store: Store, people: dict[str, Viewer]) -> None:
    ana, seen = people["ana"], NO_LIMIT
    for turn in range(times(40, 2_000)):
        added = at_once([lambda: site.add(ana, BOREAL, EVA)] * THREADS)
        assert added.count(None) == 1
        (one,) = site.contacts(ana, BOREAL)
        removed = at_once([lambda one=one: site.remove(ana, BOREAL, one.id, one.version)] * THREADS)
        assert removed.count(None) == 1
        set_ = at_once([
            lambda place=place, turn=turn, seen=seen: site.set_limits(ana, BOREAL, "BRL", {"user": Decimal(100 * turn + place + 1)}, seen)
            for place in range(THREADS)
        ])
        assert set_.count(None) == 1
        assert all(problem is None or isinstance(problem, OutdatedLimits) for problem in set_)
        seen = site.limits(ana, BOREAL)["BRL"]
        assert seen == {"secondary": None, "user": Decimal(100 * turn + set_.index(None) + 1)}


def test_a_limit_has_the_decimals_of_its_currency_and_zero_is_not_none(store: Store, people: dict[str, Viewer]) -> None:
    ana = people["ana"]
    given = {"BRL": ("1234.56", "0"), "JPY": ("1234", None), "KWD": ("0.001", "10")}
    for currency, (secondary, user) in given.items():
        site.set_limits(ana, BOREAL, currency, {"secondary": Decimal(secondary), "user": None if user is None else Decimal(user)}, NO_LIMIT)
    assert site.limits(ana, BOREAL) == {
        "BRL": {"secondary": Decimal("1234.56"), "user": Decimal("0.00")}, "JPY": {"secondary": Decimal(1234), "user": None},
        "KWD": {"secondary": Decimal("0.001"), "user": Decimal("10.000")}}
    site.set_limits(ana, BOREAL, "JPY", NO_LIMIT, {"secondary": Decimal(1234)})
    assert list(site.limits(ana, BOREAL)) == ["BRL", "KWD"]
    newest = noted(store)[-1]
    assert (newest.object, newest.facts["before"], newest.facts["after"]) == (
        "JPY", {"secondary": "1234", "user": None}, {"secondary": None, "user": None})
    before = kept(store)
    for currency, amount in (("BRL", "1.005"), ("JPY", "0.5"), ("BRL", "-1"), ("BRL", "NaN"), ("BRL", "Infinity"), ("BRL", "1e40"), ("BRL", "-0.001"),
                             ("XQX", "1"), ("brl", "1"), ("\x00", "1"), ("", "1")):
        with pytest.raises(Refused):
            site.set_limits(ana, BOREAL, currency, {"user": Decimal(amount)}, site.limits(ana, BOREAL).get(currency, NO_LIMIT))
    with pytest.raises(OutdatedLimits):
        site.set_limits(ana, BOREAL, "BRL", {"user": Decimal(1)}, NO_LIMIT)
    assert kept(store) == before


def test_amounts_are_read_as_the_readers_language_writes_them() -> None:
    read = {
        "en": {"1,234.50": "1234.50", "1234.5": "1234.5", " 7 ": "7", "": None},
        "pt_BR": {"1.234,50": "1234.50", "1234,5": "1234.5", "1.000": "1000", "": None},
        "es": {"1.234,50": "1234.50", "10000": "10000"},
    }
    for spoken, amounts in read.items():
        with use(spoken):
            assert {text: site.amount(text, "BRL") for text in amounts} == {
                text: None if value is None else Decimal(value) for text, value in amounts.items()}
            for wrong in ("-1", "1e5", "NaN", "R$ 5", "1,2,3", "1.2.3", "12 34", "١٢", "1" * 40, "5%", ",5", "="):
                with pytest.raises(Refused):
                    site.amount(wrong, "BRL")
    with use("pt_BR"), pytest.raises(Refused, match=r"12\.345,00"):
        site.amount("1234.50", "BRL")  # with a decimal comma this is no number, rather than a hundred times as much


def test_every_field_has_its_words() -> None:
    assert set(asdict(EVA)) <= set(told.FIELDS)
