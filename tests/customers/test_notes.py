"""Notes and next steps: who writes and reads them, what is refused, two who edit at once, and every version as it was."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import world as worlds
from cast import AURORA, BOREAL, CEDRO, settle, times
from sqlalchemy import select, update
from staff import audit_since, audited, hire, refusal

from pao_core.access import AccessDenied, Viewer
from pao_core.customers import notes
from pao_core.customers.notes import Draft, Note, Outdated
from pao_core.filters import Filters
from pao_core.settings import audit as audit_page
from pao_core.settings import told
from pao_core.store import schema
from pao_core.store.engine import Store

DUE = date(2026, 12, 1)
CALLED = Draft("note", "Called: wants three years.\nAsks for **two** offers, <b>by mail</b>.")
CALL = Draft("step", "Call about the overage", DUE, "ana@boreal.example")
THREADS = 16
Site = dict[str, str]


@pytest.fixture
def site(store: Store, people: dict[str, Viewer]) -> Site:
    """The rows of a world: by name a site of Boreal's alone, one of Cedro's alone, and one that both sell to."""
    world = worlds.make(31, lines=120)
    boreal, cedro = ({number for reseller, number in worlds.links(world, own)} for own in (BOREAL, CEDRO))
    only = {"boreal": min(boreal), "cedro": min(cedro)}
    shared = min(boreal & cedro)
    for rows in (world.orders, world.renewals, world.entitlements, world.subscriptions):
        rows[:] = [row for row in rows if not (row["site_number"] == only["boreal"] and row["reseller_site_number"] != BOREAL)]
    world.write(store)
    return only | {"shared": shared, "agreement": next(
        number for number, of in sorted(world.sites.items()) if of["agreement_number"] and number in boreal)}


def at(site: str) -> Filters:
    return Filters(site=(site,))


def only(viewer: Viewer, site: str, *, removed: bool = False) -> Note:
    """The one note there."""
    (found,) = notes.listed(viewer, at(site), removed=removed)
    return found


def test_a_note_is_written_and_changed_and_every_version_is_kept_with_who_and_when(store: Store, people: dict[str, Viewer], site: Site) -> None:
    ana, rui = people["ana"], hire(store, "rui@boreal.example", BOREAL, "user")
    made = notes.write(ana, BOREAL, site["shared"], CALLED)
    first = only(rui, site["shared"])
    assert (first.id, first.kind, first.written_by, first.now.version, first.draft) == (made, "note", "ana@boreal.example", 1, CALLED)
    notes.change(rui, BOREAL, made, 1, Draft("note", "Called again: two years."))
    notes.change(ana, BOREAL, made, 2, Draft("note", "Called a third time."))
    now = only(ana, site["shared"])
    assert (now.now.text, now.now.version, now.now.changed_by, now.written_by) == (
        "Called a third time.", 3, "ana@boreal.example", "ana@boreal.example")
    older = notes.versions(rui, made)
    assert [(one.version, one.text, one.changed_by) for one in older] == [
        (2, "Called again: two years.", "rui@boreal.example"), (1, CALLED.text, "ana@boreal.example")]
    assert first.now == older[1]
    assert older[1].changed_at == first.written_at <= older[0].changed_at <= now.now.changed_at


def test_a_step_is_open_until_it_is_finished_and_the_first_due_comes_first(store: Store, people: dict[str, Viewer], site: Site) -> None:
    ana = people["ana"]
    later = notes.write(ana, BOREAL, site["shared"], replace(CALL, due_on=DUE + timedelta(9)))
    first = notes.write(ana, BOREAL, site["shared"], CALL)
    said = notes.write(ana, BOREAL, site["shared"], CALLED)
    assert [one.id for one in notes.listed(ana, at(site["shared"]))] == [first, later, said]
    assert [one.id for one in notes.steps_due(ana, DUE)] == [first]
    notes.finish(ana, BOREAL, first, 1)
    done = next(one for one in notes.listed(ana, at(site["shared"])) if one.id == first)
    assert not done.is_open
    assert (done.now.done_by, done.now.done_at) == ("ana@boreal.example", done.now.changed_at)
    assert [one.id for one in notes.listed(ana, at(site["shared"]))] == [later, said, first]
    assert notes.steps_due(ana, DUE) == []
    assert "no open step" in str(refusal(notes.finish, ana, BOREAL, first, 2))
    assert "no open step" in str(refusal(notes.finish, ana, BOREAL, said, 1))
    notes.reopen(ana, BOREAL, first, 2)
    assert [one.id for one in notes.steps_due(ana, DUE)] == [first]
    assert [one.done_by for one in notes.versions(ana, first)] == ["ana@boreal.example", None]


def test_what_is_removed_leaves_the_page_can_still_be_read_and_put_back(store: Store, people: dict[str, Viewer], site: Site) -> None:
    ana = people["ana"]
    made = notes.write(ana, BOREAL, site["shared"], CALL)
    notes.remove(ana, BOREAL, made, 1)
    assert notes.listed(ana, at(site["shared"])) == notes.steps_due(ana, DUE) == []
    gone = only(ana, site["shared"], removed=True)
    assert (gone.draft, gone.removed_at, gone.now.changed_by) == (CALL, gone.now.changed_at, "ana@boreal.example")
    assert [one.text for one in notes.versions(ana, made)] == [CALL.text]
    assert "no longer, at your site" in str(refusal(notes.change, ana, BOREAL, made, 2, CALL))
    another = notes.write(ana, BOREAL, site["shared"], CALLED)
    assert another != made
    assert notes.versions(ana, another) == []
    notes.remove(ana, BOREAL, another, 1)
    notes.put_back(ana, BOREAL, made, 2)
    assert only(ana, site["shared"]).draft == CALL
    assert "no longer, at your site" in str(refusal(notes.put_back, ana, BOREAL, made, 3))


def test_an_agreement_has_the_notes_of_its_sites_and_a_site_its_own_alone(store: Store, people: dict[str, Viewer], site: Site) -> None:
    ana = people["ana"]
    with store.reading() as connection:
        agreement = connection.scalar(select(schema.sites.c.agreement_number).where(schema.sites.c.site_number == site["agreement"]))
    made = notes.write(ana, BOREAL, site["agreement"], CALLED)
    assert [one.id for one in notes.listed(ana, Filters(agreement=(agreement,)))] == [made]
    assert [one.id for one in notes.listed(ana, Filters(agreement=(agreement,), site=(site["agreement"],)))] == [made]
    assert notes.listed(ana, Filters(agreement=(agreement,), site=("7999",))) == []
    assert notes.listed(ana, Filters(agreement=("9999",))) == []


def test_the_distributor_neither_sees_nor_writes_the_resellers_notes_nor_the_reseller_the_distributors(
    store: Store, people: dict[str, Viewer], site: Site,
) -> None:
    ana, carla, bob, dora = (people[name] for name in ("ana", "carla", "bob", "dora"))
    made = notes.write(ana, BOREAL, site["shared"], CALL)
    own = notes.write(carla, AURORA, site["shared"], Draft("note", "Ours: strategic."))
    for name, expected in (("ana", [made]), ("carla", [own]), ("bob", [])):
        assert [one.id for one in notes.listed(people[name], at(site["shared"]))] == expected
    for stranger in (carla, bob):
        assert notes.versions(stranger, made) == []
        assert notes.people(stranger, BOREAL) == {}
        assert notes.steps_due(stranger, DUE) == []
    with pytest.raises(AccessDenied):
        notes.listed(dora, at(site["shared"]))
    before = everything(store)
    for stranger in (carla, bob, dora):
        count = audited(store)
        acts = (lambda who: notes.write(who, BOREAL, site["shared"], CALLED), lambda who: notes.change(who, BOREAL, made, 1, CALLED),
                lambda who: notes.finish(who, BOREAL, made, 1), lambda who: notes.reopen(who, BOREAL, made, 1),
                lambda who: notes.remove(who, BOREAL, made, 1), lambda who: notes.put_back(who, BOREAL, made, 1))
        for act in acts:
            with pytest.raises(AccessDenied):
                act(stranger)
        assert [(line.refused, line.actor) for line in audit_since(store, count)] == [(True, stranger.email)] * len(acts)
    assert everything(store) == before
    # Of one's own site, another's note is refused as one that there never was.
    mine, none = (str(refusal(notes.change, carla, AURORA, number, 1, CALLED)) for number in (made, 987_654))
    assert mine == none


def test_a_note_is_about_a_customer_of_whom_the_reseller_has_a_row(store: Store, people: dict[str, Viewer], site: Site) -> None:
    bob = people["bob"]
    told = [str(refusal(notes.write, bob, CEDRO, number, CALLED)) for number in (site["boreal"], "7999")]
    assert told[0].replace(site["boreal"], "X") == told[1].replace("7999", "X")
    assert "There is no customer site" in told[0]
    assert notes.write(people["carla"], AURORA, site["boreal"], CALLED)  # sold through it


IMPOSSIBLE = (
    (Draft("note", "  \n "), "the text is empty"),
    (Draft("note", "x" * 4_001), "at most 4"),
    (Draft("note", "bell \x07"), "cannot be shown"),
    (Draft("note", "turn \u202e"), "cannot be shown"),
    (Draft("step", "Call", None, "ana@boreal.example"), "Give the day"),
    (Draft("step", "Call", DUE, None), "has no place at this site"),
    (Draft("step", "Call", DUE, "carla@aurora.example"), "has no place at this site"),
    (Draft("step", "Call", DUE, "out@boreal.example"), "has no place at this site"),
    (Draft("poem", "Roses"), "neither a note nor a step"),
)


def test_what_a_note_cannot_be_is_refused_and_leaves_nothing(store: Store, people: dict[str, Viewer], site: Site) -> None:
    ana = people["ana"]
    hire(store, "out@boreal.example", BOREAL, "user")
    with store.writing("test") as writing:
        writing.connection.execute(update(schema.users).where(schema.users.c.email == "out@boreal.example").values(status="suspended"))
    made = notes.write(ana, BOREAL, site["shared"], CALL)
    before = everything(store)
    for draft, why in IMPOSSIBLE:
        assert why in str(refusal(notes.write, ana, BOREAL, site["shared"], draft)), draft
        if draft.kind == "step":
            assert why in str(refusal(notes.change, ana, BOREAL, made, 1, draft)), draft
    assert everything(store) == before


def test_a_step_given_to_somebody_who_has_left_since_can_still_be_changed(store: Store, people: dict[str, Viewer], site: Site) -> None:
    ana = people["ana"]
    hire(store, "rui@boreal.example", BOREAL, "user")
    made = notes.write(ana, BOREAL, site["shared"], replace(CALL, assignee="rui@boreal.example"))
    with store.writing("test") as writing:
        writing.connection.execute(update(schema.memberships).values(suspended_at=writing.at).where(schema.memberships.c.user_id == select(
            schema.users.c.id).where(schema.users.c.email == "rui@boreal.example").scalar_subquery()))
    assert list(notes.people(ana, BOREAL)) == ["ana@boreal.example"]
    notes.change(ana, BOREAL, made, 1, replace(CALL, assignee="rui@boreal.example", due_on=DUE + timedelta(1)))
    notes.change(ana, BOREAL, made, 2, CALL)
    assert "has no place" in str(refusal(notes.change, ana, BOREAL, made, 3, replace(CALL, assignee="rui@boreal.example")))


def test_an_edit_of_an_older_version_is_refused_and_shows_what_it_is_now(store: Store, people: dict[str, Viewer], site: Site) -> None:
    ana, rui = people["ana"], hire(store, "rui@boreal.example", BOREAL, "user")
    made = notes.write(ana, BOREAL, site["shared"], CALL)
    notes.change(rui, BOREAL, made, 1, replace(CALL, text="Call in the morning"))
    for act in (lambda: notes.change(ana, BOREAL, made, 1, CALL), lambda: notes.finish(ana, BOREAL, made, 1),
                lambda: notes.reopen(ana, BOREAL, made, 1), lambda: notes.remove(ana, BOREAL, made, 1)):
        with pytest.raises(Outdated, match=r"rui@boreal\.example changed this meanwhile") as refused:
            act()
        assert refused.value.now.draft == replace(CALL, text="Call in the morning")
    assert only(ana, site["shared"]).now.version == 2


def test_of_many_who_edit_one_version_at_once_one_wins_and_nothing_is_lost(store: Store, people: dict[str, Viewer], site: Site) -> None:
    ana = people["ana"]
    for _ in range(times(5, 200)):
        made = notes.write(ana, BOREAL, site["shared"], CALLED)
        won: list[int] = []
        start = threading.Barrier(THREADS)

        def edit(number: int, made: int = made, won: list[int] = won, start: threading.Barrier = start) -> None:
            start.wait()
            if refusal(notes.change, ana, BOREAL, made, 1, Draft("note", f"By {number}")) is None:
                won.append(number)

        threads = [threading.Thread(target=edit, args=(number,)) for number in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        (winner,) = won
        assert only(ana, site["shared"]).now.text == f"By {winner}"
        assert [one.text for one in notes.versions(ana, made)] == [CALLED.text]
        notes.remove(ana, BOREAL, made, 2)


def test_the_audit_says_what_was_done_without_the_words_that_were_written(store: Store, people: dict[str, Viewer], site: Site) -> None:
    ana = people["ana"]
    made = notes.write(ana, BOREAL, site["shared"], CALL)
    notes.change(ana, BOREAL, made, 1, replace(CALL, due_on=DUE + timedelta(1)))
    notes.finish(ana, BOREAL, made, 2)
    notes.remove(ana, BOREAL, made, 3)
    lines = audit_since(store, 0)
    assert [(line.act, line.reseller_site_number, line.refused) for line in lines] == [
        (act, BOREAL, False) for act in ("note.written", "note.changed", "step.done", "note.removed")]
    assert CALL.text not in str([dict(line._mapping) for line in lines])
    assert "Due on: 2026-12-01 → 2026-12-02" in audit_page_of(ana)
    assert not audit_page.found(people["dora"], audit_page.Asked()).entries  # the operator sees of a reseller's notes nothing


def audit_page_of(viewer: Viewer) -> str:
    return "\n".join(told.in_a_line(entry) for entry in audit_page.found(viewer, audit_page.Asked()).entries)


def test_nobody_without_the_right_now_writes_although_it_had_it_when_it_looked(store: Store, people: dict[str, Viewer], site: Site) -> None:
    rui = hire(store, "rui@boreal.example", BOREAL, "user")
    with store.writing("test") as writing:
        writing.connection.execute(update(schema.memberships).where(schema.memberships.c.user_id == rui.user_id).values(privileges={}))
    with pytest.raises(AccessDenied):
        notes.write(rui, BOREAL, site["shared"], CALLED)


def test_postgresql_itself_hides_the_notes_of_others(postgresql_store: Store) -> None:
    people, world = settle(postgresql_store), worlds.make(31, lines=60)
    world.write(postgresql_store)
    somewhere = min(number for reseller, number in worlds.links(world, BOREAL))
    made = notes.write(people["ana"], BOREAL, somewhere, CALL)
    notes.change(people["ana"], BOREAL, made, 1, replace(CALL, text="Call twice"))
    for name, count in (("ana", 1), ("carla", 0), ("bob", 0)):
        with people[name].reading() as connection:
            for table in (schema.notes, schema.note_versions):
                assert len(connection.execute(select(table)).all()) == count


def everything(store: Store) -> list[Any]:
    """Every row of the two tables."""
    with store.reading() as connection:
        return [tuple(row) for table in (schema.notes, schema.note_versions) for row in connection.execute(select(table))]
