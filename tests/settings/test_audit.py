"""Settings > Audit: who sees which entries, what the filters find, page by page and as a file; nothing can be changed."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from cast import AURORA, BOREAL, CEDRO, settle, store_in, times
from sqlalchemy import delete, event, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from pao_core.access import AccessDenied, Viewer
from pao_core.access.rights import DATA_IMPORT, PRESETS, REPORTING_VIEW
from pao_core.access.verbs import VERBS
from pao_core.importing.datasets import DATASETS
from pao_core.locale import Refused, use
from pao_core.reports import calendar_feed, saved_views
from pao_core.settings import audit, told
from pao_core.settings.audit import ACTS, MOST, SIGN_INS, Asked
from pao_core.settings.told import Entry
from pao_core.store import schema
from pao_core.store.engine import Store

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
OBJECTS = ("100%@x.example", "100a@x.example", "a_b", "acb", "a\\b", "Ana@Boreal.example", "ÉVA", "=HYPERLINK(1)", "*bold* $x$", "e\u202evil", None)
PEOPLE = ("ana@boreal.example", "bob@cedro.example", "carla@aurora.example", "dora@desk.example", "command line")


def entries(store: Store, count: int, seed: int = 1) -> list[dict[str, Any]]:
    """Write made-up entries of every kind; gives them with their ids."""
    made = random.Random(seed)
    with store.reading() as connection:
        ids = {row.email: row.id for row in connection.execute(select(schema.users))}
    rows = []
    for place in range(count):
        actor = made.choice(PEOPLE)
        facts: dict[str, Any] = {"dataset": made.choice(("orders", "parts"))} if made.random() < 0.5 else {"before": {"role": "user"}, "after": None}
        rows.append({
            "at": START + timedelta(minutes=made.randrange(60 * 24 * 9), microseconds=place), "actor": actor, "user_id": ids.get(actor),
            "reseller_site_number": made.choice((AURORA, BOREAL, CEDRO, "7999999", None)), "object": made.choice(OBJECTS), "facts": facts,
            "act": made.choice(("import", "import.undo", "mapping.keep", "user.changed", "contact.changed", "page.opened", "of another program")),
            "address": made.choice(("203.0.113.7", None)), "refused": made.random() < 0.3,
        })
    with store.writing("test") as writing:
        writing.touches_replica = False
        for start in range(0, count, 1_000):
            writing.connection.execute(insert(schema.audit), rows[start:start + 1_000])
    with store.reading() as connection:
        return [dict(row._mapping) for row in connection.execute(select(schema.audit).order_by(schema.audit.c.id))]


def sees(viewer: Viewer, row: dict[str, Any]) -> bool:
    """Who sees what, in plain Python."""
    if row["user_id"] is not None and row["user_id"] == viewer.user_id:
        return True
    site = row["reseller_site_number"]
    if site in [place.reseller_site_number for place in viewer.memberships if "access.view" in place.rights]:
        return True
    if not viewer.operator:
        return False
    if row["act"] not in ("import", "import.undo", "mapping.keep"):
        return True
    if site is None:
        dataset = DATASETS.get(row["facts"].get("dataset"))
        return row["refused"] or dataset is None or not dataset.tenant
    return site in [place.reseller_site_number for place in viewer.memberships]


def small(words: str) -> str:
    return "".join(mark.lower() if mark.isascii() else mark for mark in words)


def matches(asked: Asked, row: dict[str, Any]) -> bool:
    """What a filter finds, in plain Python; the installation's days are those of UTC."""
    return (
        (asked.since is None or row["at"].date() >= asked.since) and (asked.until is None or row["at"].date() <= asked.until)
        and small(asked.who) in small(row["actor"]) and (not asked.acts or row["act"] in asked.acts)
        and (not asked.outcome or row["refused"] is (asked.outcome == "refused"))
        and (not asked.text or small(asked.text) in small(row["object"] or "") or row["reseller_site_number"] == asked.text)
    )


def in_order(rows: list[dict[str, Any]]) -> list[int]:
    return [row["id"] for row in sorted(rows, key=lambda row: (row["at"], row["id"]), reverse=True)]


def ids(found: audit.Found) -> list[int]:
    return [entry.id for entry in found.entries]


@pytest.fixture
def watchers(store: Store) -> dict[str, Viewer]:
    """The cast, and an operator who is a plain user of Cedro; all of them see the audit but Bob."""
    people = settle(store)
    with store.writing("test") as writing:
        user_id = writing.connection.execute(insert(schema.users).values(
            email="olga@desk.example", name="Olga", operator=True, status="active", created_at=writing.at,
        ).returning(schema.users.c.id)).scalar_one()
        writing.connection.execute(insert(schema.memberships).values(
            user_id=user_id, reseller_site_number=CEDRO, role="user", privileges=PRESETS["user"],
        ))
    return people | {"olga": Viewer.of_email(store, "olga@desk.example")}


def test_everybody_sees_the_entries_of_plain_python_and_no_other(store: Store, watchers: dict[str, Viewer]) -> None:
    rows = entries(store, 600)
    shown = {}
    for name in ("ana", "carla", "dora", "olga"):
        shown[name] = ids(audit.found(watchers[name], Asked()))
        assert shown[name] == in_order([row for row in rows if sees(watchers[name], row)]), name
    assert ids(audit.found(Viewer.of_command_line(store), Asked())) == in_order(rows)
    foreign = {row["id"] for row in rows if (row["reseller_site_number"], row["act"], row["actor"]) == (CEDRO, "import", "bob@cedro.example")}
    assert foreign
    assert foreign.isdisjoint(shown["dora"])
    assert foreign <= set(shown["olga"])
    assert len({tuple(seen) for seen in shown.values()}) == 4


def test_what_people_look_for_the_operator_is_not_told(store: Store, watchers: dict[str, Viewer]) -> None:
    """The filters of a view name customers, and so does what somebody calls it."""
    ana, bob = watchers["ana"], watchers["bob"]
    kept = saved_views.save(ana, "renewals", "Lumiara", {"customer": ["Lumiara"]})
    saved_views.replace(ana, kept, 1, {"customer": ["Lumiara S.A."]})
    saved_views.share(ana, kept, BOREAL)
    saved_views.pin(ana, kept, True)
    calendar_feed.make(ana, kept)
    with pytest.raises(Refused):
        saved_views.save(ana, "renewals", "Lumiara", {})
    saved_views.share(bob, saved_views.save(bob, "renewals", "Vereda", {"customer": ["Vereda"]}), CEDRO)
    read = {name: audit.file(watchers[name], Asked(), ACTS, "csv").decode() for name in ("ana", "dora", "olga")}
    assert read["ana"].count("Lumiara") >= 6 and "Vereda" not in read["ana"]
    assert not any(name in read["dora"] for name in ("Lumiara", "Vereda", "view."))
    assert "Lumiara" not in read["olga"] and read["olga"].count("Vereda") == 1  # what is shown at her own site


def test_whatever_is_done_about_the_rows_of_a_reseller_is_kept_from_the_operator() -> None:
    about_rows = {verb.act for verb in VERBS.values() if verb.right in (REPORTING_VIEW, DATA_IMPORT)}
    assert about_rows <= set(audit.DATA_ACTS) <= VERBS.keys()


def test_without_the_right_nothing_is_read_or_given_out(store: Store, watchers: dict[str, Viewer]) -> None:
    entries(store, 5)
    bob = watchers["bob"]
    asks: tuple[Callable[[], object], ...] = (
        lambda: audit.found(bob, Asked()), lambda: audit.found(bob, Asked(), SIGN_INS), lambda: audit.file(bob, Asked(), ACTS, "csv"),
        lambda: audit.contact_updates(bob, CEDRO, limit=9), lambda: audit.contact_updates(watchers["ana"], CEDRO, limit=9),
        lambda: audit.contact_updates(watchers["dora"], CEDRO, limit=9),
    )
    for ask in asks:
        with pytest.raises(AccessDenied):
            ask()


def test_a_viewer_who_looks_at_one_site_sees_the_entries_of_that_site(store: Store, watchers: dict[str, Viewer]) -> None:
    with store.writing("test") as writing:
        writing.connection.execute(insert(schema.memberships).values(
            user_id=watchers["ana"].user_id, reseller_site_number=CEDRO, role="secondary", privileges=PRESETS["secondary"],
        ))
    rows = entries(store, 200)
    with store.reading() as connection:
        there = Viewer.of_user(store, watchers["ana"].user_id or 0, connection, at_site=CEDRO)
    assert there
    expected = [row for row in rows if row["reseller_site_number"] == CEDRO or row["user_id"] == there.user_id]
    assert ids(audit.found(there, Asked())) == in_order(expected)


def test_filters_find_what_plain_python_finds(store: Store, watchers: dict[str, Viewer]) -> None:
    rows, made = entries(store, 400), random.Random(7)
    found_some = 0
    for _ in range(times(60, 2_000)):
        day = START.date() + timedelta(days=made.randrange(-1, 11))
        asked = Asked(
            made.choice((None, day)), made.choice((None, day + timedelta(days=made.randrange(3)))),
            made.choice(("", "", "ANA", "@", "desk.", "é", "%")),
            made.choice(((), (), ("import",), ("user.changed", "page.opened"))), made.choice(("", "done", "refused")),
            made.choice(("", "", "100%", "a_b", "A\\B", "boreal", "É", "é", CEDRO, "700000", "\u202e", "nothing")),
        )
        viewer = watchers[made.choice(("ana", "carla", "dora", "olga"))]
        expected = in_order([row for row in rows if sees(viewer, row) and matches(asked, row)])
        assert ids(audit.found(viewer, asked)) == expected, asked
        found_some += bool(expected)
    assert found_some > times(60, 2_000) / 6


def test_a_search_takes_every_sign_as_it_is(store: Store, watchers: dict[str, Viewer]) -> None:
    entries(store, 200)
    everything = Viewer.of_command_line(store)
    for text_, meant in (("100%", {"100%@x.example"}), ("a_b", {"a_b"}), ("a\\b", {"a\\b"}), ("%", {"100%@x.example"}), ("_", {"a_b"})):
        assert {entry.object for entry in audit.found(everything, Asked(text=text_)).entries} == meant
    for hostile in ("\x00", "a\x00b", "\ud800", "x" * 100_000, "' OR 1=1 --"):
        for asked in (Asked(text=hostile), Asked(who=hostile)):
            assert audit.found(everything, asked).count == 0


def test_pages_are_complete_and_disjoint_though_entries_come_in_meanwhile(store: Store, watchers: dict[str, Viewer]) -> None:
    ana = watchers["ana"]
    rows = entries(store, 300)
    expected = in_order([row for row in rows if sees(ana, row)])
    first = audit.found(ana, Asked(), limit=20)
    seen, offset = ids(first), 20
    while offset < first.count:
        entries(store, 3, seed=offset)
        page = audit.found(ana, Asked(), limit=20, offset=offset, newest=first.newest)
        assert page.count == first.count
        seen += ids(page)
        offset += 20
    assert seen == expected
    assert audit.found(ana, Asked()).count > first.count


def test_days_are_those_of_the_installation(tmp_path: Path) -> None:
    store = store_in(tmp_path, PAO_TIMEZONE="America/Sao_Paulo")
    settle(store)
    with store.writing("test") as writing:
        for at in (datetime(2026, 3, 2, 2, 59, 59, tzinfo=UTC), datetime(2026, 3, 2, 3, 0, tzinfo=UTC), datetime(2026, 3, 3, 2, 59, 59, tzinfo=UTC),
                   datetime(2026, 3, 3, 3, 0, tzinfo=UTC)):
            writing.connection.execute(insert(schema.audit).values(at=at, actor="a", act="x", facts={}, refused=False))
    day = date(2026, 3, 2)
    found = audit.found(Viewer.of_command_line(store), Asked(day, day))
    assert [entry.at for entry in found.entries] == [datetime(2026, 3, 3, 2, 59, 59, tzinfo=UTC), datetime(2026, 3, 2, 3, 0, tzinfo=UTC)]
    store.dispose()


def test_a_file_holds_exactly_what_the_filters_find(store: Store, watchers: dict[str, Viewer]) -> None:
    entries(store, 300)
    for name, asked in (("ana", Asked()), ("dora", Asked(outcome="refused")), ("carla", Asked(text="=HYPERLINK")), ("ana", Asked(text="nothing"))):
        viewer = watchers[name]
        found = audit.found(viewer, asked).entries
        rows = list(csv.DictReader(io.StringIO(audit.file(viewer, asked, ACTS, "csv").decode("utf-8-sig"))))
        assert [(row["at"], row["actor"], row["act"], row["outcome"], row["address"]) for row in rows] == [
            (f"{entry.at:%Y-%m-%dT%H:%M:%SZ}", entry.actor, entry.act, entry.outcome, entry.address or "") for entry in found
        ]
        assert [json.loads(row["before"]) if row["before"] else None for row in rows] == [entry.facts.get("before") for entry in found]
        objects = [entry.object or "" for entry in found]
        assert [row["object"] for row in rows] == [f"'{object_}" if object_.startswith("=") else object_ for object_ in objects]
        with use("pt_BR"):
            sheet = openpyxl.load_workbook(io.BytesIO(audit.file(viewer, asked, ACTS, "xlsx"))).worksheets[0]
            expected = [told.row(entry, "") for entry in found]
        cells = list(sheet.iter_rows(min_row=2))
        assert [cell.data_type for row in cells for cell in row if cell.value is not None] == ["s"] * sum(
            cell.value is not None for row in cells for cell in row)
        assert [(row[3].value, row[4].value) for row in cells] == [(row["act"], row["object"]) for row in expected]


def test_what_was_refused_is_told_apart_with_its_reason(store: Store, watchers: dict[str, Viewer]) -> None:
    bob = watchers["bob"]
    with pytest.raises(AccessDenied), bob.acting("user.suspended", "ana@boreal.example", BOREAL):
        pass
    with watchers["ana"].acting("user.changed", "x@boreal.example", BOREAL) as act:
        act.audit(before={"role": "user"}, after={"role": "secondary"})
    done, refused = audit.found(watchers["ana"], Asked()).entries
    assert (done.outcome, refused.outcome) == ("done", "refused")
    assert (refused.actor, refused.act, refused.object) == ("bob@cedro.example", "user.suspended", "ana@boreal.example")
    assert told.in_a_line(refused) == "You do not have the right to do this. Your site's primary contact can grant it."
    assert told.in_a_line(done) == "Role: User → Secondary contact"
    assert [entry.id for entry in audit.found(watchers["ana"], Asked(outcome="refused")).entries] == [refused.id]
    assert [row["outcome"] for row in csv.DictReader(io.StringIO(audit.file(watchers["ana"], Asked(), ACTS, "csv").decode("utf-8-sig")))] == [
        "done", "refused"]


def test_a_change_is_told_field_by_field_and_privileges_tool_by_tool() -> None:
    def lines(act: str = "user.changed", object_: str | None = None, **facts: Any) -> list[str]:
        return [str(change) for change in told.changes(Entry(1, START, "a", None, "done", act, object_, None, facts))]

    assert lines(before={"role": "user", "privileges": {"reporting": "view", "access": "view"}},
                 after={"role": "user", "privileges": {"reporting": "view", "data": "import"}}) == [
        "Manage access: View → None", "Data import: None → Import"]
    assert lines(before=None, after={"first_name": "Ana", "telephone": None, "types": ["billing", "media"]}) == [
        "First name: Ana", "Contact types: Billing contact, S&S media shipping contact"]
    assert lines(before={"country": "BR", "suspended": False}, after={"country": "PT", "suspended": True}) == [
        "Country/region: Brazil → Portugal", "Suspended: No → Yes"]
    assert lines(before={"city": "Recife"}) == ["City: Recife → –"]
    assert lines("limits.changed", "JPY", before={"user": None}, after={"user": "1000"}) == ["User: no limit → ¥1,000"]
    assert lines("limits.changed", "JPY", before={"user": "much"}, after={"user": "1000"}) == ["User: much → ¥1,000"]
    assert lines(unheard={"of": [1, {"x": 2}]}, dataset="orders", rows=3) == ["unheard of: 1, {'x': 2}", "Data: Orders", "Rows: 3"]
    assert lines(before="a", after=["b"]) == [": a → b"]
    with use("pt_BR"):
        assert lines(before={"role": "user"}, after={"role": "primary"}) == ["Função: Usuário → Contato principal"]


def test_marks_that_turn_text_are_shown_and_gaps_of_a_reason_are_dots() -> None:
    entry = Entry(1, START, "e\u202evil", "", "refused", "of another program", "a\u2066b\x07", None, {"why": "There is no {thing}."})
    row = told.row(entry, "now")
    assert (row["actor"], row["object"], row["address"]) == ("e⟨U+202E⟩vil", "a⟨U+2066⟩b⟨U+0007⟩", None)
    assert row["change"] == "There is no …."
    assert row["act"] == "of another program"


def test_every_act_of_the_table_has_its_words(store: Store) -> None:
    assert all(told.act_text(act) == verb.text for act, verb in VERBS.items())


def test_sign_ins_are_those_of_ones_own_people_and_the_operator_sees_all(store: Store, watchers: dict[str, Viewer]) -> None:
    with store.desk_writing() as desk:
        desk.execute(insert(schema.sign_ins), [
            {"at": START + timedelta(minutes=place), "email": email, "address": "203.0.113.7", "succeeded": place % 2 == 0}
            for place, email in enumerate(("ana@boreal.example", "bob@cedro.example", "ana@boreal.example", "stranger@x.example"))
        ])

    def seen(name: str, asked: Asked | None = None) -> list[tuple[str, str]]:
        return [(entry.actor, entry.outcome) for entry in audit.found(watchers[name], asked or Asked(), SIGN_INS).entries]

    assert seen("ana") == [("ana@boreal.example", "done"), ("ana@boreal.example", "done")]
    assert seen("carla") == []
    assert seen("dora") == [("stranger@x.example", "refused"), ("ana@boreal.example", "done"), ("bob@cedro.example", "refused"),
                            ("ana@boreal.example", "done")]
    assert seen("dora", Asked(outcome="refused", who="CEDRO")) == [("bob@cedro.example", "refused")]
    assert seen("dora", Asked(since=START.date() + timedelta(days=1))) == []
    rows = list(csv.DictReader(io.StringIO(audit.file(watchers["ana"], Asked(), SIGN_INS, "csv").decode("utf-8-sig"))))
    assert [(row["actor"], row["outcome"]) for row in rows] == seen("ana")


def test_contact_updates_are_the_changes_that_were_made_at_that_site(store: Store, watchers: dict[str, Viewer]) -> None:
    rows = entries(store, 300)
    shown = audit.contact_updates(watchers["ana"], BOREAL, limit=1_000)
    expected = [row for row in rows if row["reseller_site_number"] == BOREAL and row["act"] == "contact.changed" and not row["refused"]]
    assert [entry.id for entry in shown] == in_order(expected)
    assert [entry.id for entry in audit.contact_updates(watchers["ana"], BOREAL, limit=2)] == in_order(expected)[:2]


def test_more_entries_than_a_file_holds_are_said_and_refused(store: Store, watchers: dict[str, Viewer]) -> None:
    at = {"actor": "a", "act": "user.changed", "facts": {}, "refused": False, "reseller_site_number": BOREAL}
    with store.writing("test") as writing:
        for start in range(0, MOST + 1, 5_000):
            writing.connection.execute(insert(schema.audit), [
                at | {"at": START + timedelta(seconds=5 * (start + place))} for place in range(min(5_000, MOST + 1 - start))
            ])
    ana = watchers["ana"]
    found = audit.found(ana, Asked(), limit=50)
    assert (found.count, found.more, len(found.entries)) == (MOST, True, 50)
    with pytest.raises(Refused, match="shorter period"):
        audit.file(ana, Asked(), ACTS, "csv")
    last_day = (START + timedelta(seconds=5 * MOST)).date()
    assert not audit.found(ana, Asked(since=last_day)).more
    assert audit.file(ana, Asked(since=last_day), ACTS, "csv").count(b"\n") == audit.found(ana, Asked(since=last_day)).count + 1


def test_the_database_itself_still_refuses_to_change_an_entry(store: Store, watchers: dict[str, Viewer]) -> None:
    rows = entries(store, 3)
    statements: list[Any] = [delete(schema.audit), update(schema.audit).values(actor="nobody")]
    if store.on_postgresql:
        statements.append(text("TRUNCATE audit"))
    for statement in statements:
        with pytest.raises(DBAPIError, match="append-only"), store.writing("test") as writing:
            writing.connection.execute(statement)
    with store.reading() as connection:
        assert connection.execute(select(schema.audit.c.actor)).scalars().all() == [row["actor"] for row in rows]


@contextmanager
def said_to(store: Store) -> Iterator[list[tuple[str, Any]]]:
    """The statements that are sent to the database inside the block."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        sent.append((statement, parameters))

    event.listen(store.engine, "before_cursor_execute", note)
    yield sent
    event.remove(store.engine, "before_cursor_execute", note)


def test_each_way_to_an_entry_follows_its_index_and_sorts_nothing(store: Store, watchers: dict[str, Viewer]) -> None:
    entries(store, 2_000)
    for name, used in (("ana", ("reseller_site_number_at", "user_id_at")), ("dora", ("ix_audit_at", "user_id_at"))):
        with said_to(store) as sent:
            audit.found(watchers[name], Asked(until=date(2026, 3, 5)), limit=50)
        statement, parameters = next(one for one in sent if "ORDER BY" in one[0])
        with store.reading() as connection:
            if store.on_postgresql:
                connection.exec_driver_sql("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
                plan = "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters))
                assert "Seq Scan" not in plan, plan
            else:
                plan = "\n".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters))
                assert "SCAN audit\n" not in plan, plan
                assert plan.count("TEMP B-TREE FOR ORDER BY") <= 1, plan  # of the ids of the ways together
        assert all(index in plan for index in used), plan
