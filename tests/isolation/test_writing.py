"""Nobody writes another's rows: every verb, in made-up towns, on both stores; what is refused leaves every row as it was.

A *check* is one call of one verb as one viewer on rows that it may not write, compared with a dump of every table before and after.
A distributor reads what was sold through it and writes none of it. With those of test_reading.py there are 10,000 checks and more in
every run.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from cast import times
from isolation.conftest import Opening
from isolation.towns import NOW, RESELLERS, Face, Plan, Town, in_towns, of_reseller, table_rows, viewer
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Column, Connection, MetaData, Table, insert, select, text, true
from sqlalchemy.exc import ProgrammingError

from pao_core.access import AccessDenied, Viewer
from pao_core.access.entry import second_factor
from pao_core.access.mail import outbox
from pao_core.access.people import handover, requests, users
from pao_core.access.rights import ACCESS_VIEW, DATA_IMPORT
from pao_core.access.writing import ScopedWriting
from pao_core.customers import deployment, notes
from pao_core.importing import batches, jobs, mapping
from pao_core.locale import Refused
from pao_core.reports import calendar_feed, saved_views
from pao_core.settings import my_account
from pao_core.settings import site as site_settings
from pao_core.store.engine import Store
from pao_core.store.schema import REPLICATED, TENANT, access_requests, import_jobs, metadata, sessions, site_contacts
from pao_core.store.schema import batches as batches_table
from pao_core.store.schema import mappings as mappings_table
from pao_core.store.schema import notes as notes_table
from pao_core.store.schema import saved_views as saved_views_table

TOWNS = times(1, 70)  # of two, of three and of four resellers, on each store
CHECKS = 1_350  # of each town, at least
SAMPLE, NEW = 8, 2  # foreign rows of each table that are tried, and of how many another is made
# What a transaction leaves behind although it changed no row, and what tells of a refusal.
BOOKS = {"audit", "counters", "commits"}
# What the operator does at any site; tried in tests/access.
OF_OPERATOR = {"add a user", "invite", "change a user", "suspend", "restore", "remove a user", "invite again", "sign out", "appoint"}
# A column of each table that another value is tried for.
CHANGED = {
    "orders": "po_number", "renewals": "status", "entitlements": "kind", "subscriptions": "order_number", "usage": "suppression_reason",
    "provisioning": "value", "assignments": "account_manager", "stub_names": "name", "resellers": "name", "agreements": "customer_name",
    "sites": "name", "contacts": "name", "parts": "description", "prices": "points", "exchange_rates": "rate",
}


def dump(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table but the books'."""
    with store.reading() as connection:
        found = {table.name: table_rows(connection, table) for table in metadata.sorted_tables if table.name not in BOOKS}
    with store.desk_reading() as connection:
        return found | {table.name: table_rows(connection, table) for table in (import_jobs, sessions)}


class Unwritten(Exception):
    """The end of a transaction that is not to stay."""


@contextmanager
def tried(who: Viewer) -> Iterator[ScopedWriting]:
    """A writing transaction that is rolled back."""
    try:
        with who.writing() as writing:
            yield writing
            raise Unwritten
    except Unwritten:
        pass


def staged(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> Table:
    """A temporary table with these rows of a table, their own id and version left out."""
    stage = Table(f"stage_{table.name}", MetaData(), *(Column(name, table.c[name].type) for name in rows[0]), prefixes=["TEMPORARY"])
    stage.drop(connection, checkfirst=True)
    stage.create(connection)
    connection.execute(insert(stage), rows)
    return stage


@pytest.mark.parametrize("resellers", RESELLERS)
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_no_verb_writes_a_row_of_another_reseller_or_of_all(
    request: pytest.FixtureRequest, tmp_path: Path, engine: str, resellers: int,
) -> None:
    opening: Opening = request.getfixturevalue(f"on_{engine}")
    counted: Counter[str] = Counter()

    @in_towns(resellers, TOWNS)
    def refused(plan: Plan) -> None:
        with TemporaryDirectory(dir=tmp_path) as folder, opening(Path(folder)) as store:
            town = Town(plan)
            town.settle(store)
            before = dump(store)
            of_town: Counter[str] = Counter()
            while of_town.total() < CHECKS:
                for face in plan.faces:
                    of_town += Trial(town, store, face, random.Random(plan.seed + of_town.total())).counted
                    assert dump(store) == before, f"{face} changed something in {plan}"
            counted.update(of_town)

    refused()
    print(f"\n{counted.total():,} checks on {engine} in {TOWNS} towns of {resellers} resellers: {dict(counted)}")
    assert counted.total() >= TOWNS * CHECKS
    assert all(counted.values())


class Trial:
    """Everything that one face tries to write and may not."""

    def __init__(self, town: Town, store: Store, face: Face, pick: random.Random) -> None:
        self.town, self.store, self.face, self.pick = town, store, face, pick
        self.viewer = viewer(store, face)
        self.own = {of_reseller(one) for one in face.of(DATA_IMPORT)}
        self.counted: Counter[str] = Counter()
        for table in REPLICATED:
            if table in TENANT or not face.operator:
                self._rows(table)
        self._deployed()
        self._batches()
        self._jobs()
        self._mappings()
        self._views()
        self._people()

    def _rows(self, table: Table) -> None:
        """Update, delete and insert rows that are not the face's to write, one by one and all at once."""
        foreign = self._foreign(table)
        changed = CHANGED[table.name]
        with self.store.reading() as connection:
            before = table_rows(connection, table)
        with tried(self.viewer) as writing:
            for row in foreign:
                it = table.c.id == row["id"]
                self._untouched(writing, lambda it=it, row=row: writing.update(table, it, **{changed: row[changed]}), "update")
                self._untouched(writing, lambda it=it: writing.delete(table, it), "delete")
            outside(self.store, writing.connection)
            assert table_rows(writing.connection, table) == before
        for at, row in enumerate(foreign[:NEW]):
            new = {name: value for name, value in row.items() if name not in ("id", "txn", "distributor_site_number", "stub")}
            self._inserts(table, new, before, on_its_own=not at)
        with tried(self.viewer) as writing:  # last, for it empties what is the face's own
            mine = sum(row[place] in self.own for row in before) if (place := _owner(table)) is not None else 0
            self._untouched(writing, lambda: writing.update(table, true(), **{changed: table.c[changed]}) - mine, "update all")
            self._untouched(writing, lambda: writing.delete(table, true()) - mine, "delete all")
            outside(self.store, writing.connection)
            assert table_rows(writing.connection, table) == [row for row in before if place is None or row[place] not in self.own]

    def _inserts(self, table: Table, row: dict[str, Any], before: list[tuple[Any, ...]], *, on_its_own: bool) -> None:
        """The row as it is, under another key, and beside one of the face's own: refused before anything is written; the first of them
        `on_its_own`, in a transaction that the refusal ends."""
        another = row | {table.info["key"][-1]: _another(row[table.info["key"][-1]])}
        beside = [another] if not self.own or table not in TENANT else [row | {"reseller_site_number": sorted(self.own)[0]}, another]
        verbs: dict[str, Callable[[ScopedWriting, Table], Any]] = {
            "upsert": lambda writing, stage: writing.upsert(table, stage, list(row)),
            "insert missing": lambda writing, stage: writing.insert_missing(table, stage, list(row), **_fixed(table)),
        }
        if on_its_own:
            for name, write in verbs.items():
                with pytest.raises(AccessDenied), self.viewer.writing() as writing:
                    write(writing, staged(writing.connection, table, [row]))
                self.counted[name] += 1
        with tried(self.viewer) as writing:
            for rows in ([another], beside) if on_its_own else ([row], [another], beside):
                stage = staged(writing.connection, table, rows)
                for name, write in verbs.items():
                    with pytest.raises(AccessDenied):
                        write(writing, stage)
                    self.counted[name] += 1
            outside(self.store, writing.connection)
            assert table_rows(writing.connection, table) == before
        if "distributor_site_number" in table.c and self.own and table in TENANT:
            mine = row | {"reseller_site_number": sorted(self.own)[0], "distributor_site_number": of_reseller(0)}
            with tried(self.viewer) as writing, pytest.raises(ValueError, match="cannot be set"):
                writing.upsert(table, staged(writing.connection, table, [mine]), list(mine))
            self.counted["give to a distributor"] += 1

    def _foreign(self, table: Table) -> list[dict[str, Any]]:
        """Some rows that the face may not write, those that it may read as a distributor among them."""
        found = select(table)
        if table in TENANT:
            found = found.where(table.c.reseller_site_number.not_in(self.own))
        with self.store.reading() as connection:
            rows = [dict(row._mapping) for row in connection.execute(found.order_by(table.c.id))]
        return self.pick.sample(rows, k=min(SAMPLE, len(rows)))

    def _untouched(self, writing: ScopedWriting, write: Callable[[], int], verb: str) -> None:
        """The verb finds no row of others; PostgreSQL's own rules may refuse it before it looks for one."""
        try:
            with writing.connection.begin_nested():
                assert write() == 0, (self.face, verb)
        except ProgrammingError as error:
            assert isinstance(error.orig, InsufficientPrivilege), error
        self.counted[verb] += 1

    def _deployed(self) -> None:
        """What is deployed of an entitlement of another's, sold through the face or not, is entered no more than of one that is not there."""
        for row in self._foreign(metadata.tables["entitlements"]):
            key = deployment.Key(*(row[name] for name in deployment.Key._fields))
            assert self._alike(lambda one, row=row: deployment.enter(self.viewer, one, Decimal(7), row["txn"]), key,
                               key._replace(site_number="zqmissing"))
            self.counted["enter what is deployed"] += 1

    def _batches(self) -> None:
        """Another's import is undone no more than one that there never was, in the same words."""
        with self.store.reading() as connection:
            seen = set(connection.scalars(select(batches_table.c.id).where(batches.visible(self.viewer))))
            foreign = [one for one in connection.scalars(select(batches_table.c.id)) if one not in seen]
        for batch in foreign:
            assert self._alike(lambda number: batches.undo(self.viewer, number), batch, 987_654)
            self.counted["undo"] += 1

    def _jobs(self) -> None:
        for who in self.town.plan.faces:
            if who != self.face:
                assert self._alike(lambda job: jobs.cancel(self.viewer, job), f"job-{who.mark}", "job-missing")
                self.counted["cancel"] += 1

    def _alike(self, verb: Callable[[Any], Any], foreign: Any, missing: Any) -> bool:
        """Whether the verb refuses both in the same words."""
        return self._told(verb, foreign) == self._told(verb, missing)

    def _told(self, verb: Callable[[Any], Any], one: Any) -> tuple[type[Refused], str]:
        """The words in which the verb refuses one thing, without its name."""
        with pytest.raises(Refused) as refused:
            verb(one)
        return type(refused.value), str(refused.value).replace(str(one), "X")

    def _mappings(self) -> None:
        """A mapping kept under the name of another's is one's own, and the other's stays."""
        if not self.own:
            if not self.face.operator:
                self._refused(lambda: mapping.keep(self.viewer, "Mapa", "orders", {}), "keep a mapping")
            return
        others = mappings_table.c.reseller_site_number.not_in(self.own)
        with self.store.reading() as connection:
            names = connection.scalars(select(mappings_table.c.name).where(others)).all()
        for name in names:
            with pytest.raises(KeyError):  # another's is not even read
                mapping.kept(self.viewer, "orders")[name]
            self.counted["keep a mapping"] += 1

    def _views(self) -> None:
        """What is done to a view that the face does not see is refused as on one that there never was."""
        who, mine = self.viewer, sorted(self.viewer.sites())
        with self.store.reading() as connection:
            foreign = set(connection.scalars(select(saved_views_table.c.id))) - {view.id for view in saved_views.listed(who)}
        verbs: dict[str, Callable[[int], Any]] = {
            "rename a view": lambda one: saved_views.rename(who, one, 1, "Ours"), "replace a view": lambda one: saved_views.replace(who, one, 1, {}),
            "keep a view private": lambda one: saved_views.keep_private(who, one), "remove a view": lambda one: saved_views.remove(who, one),
            "pin a view": lambda one: saved_views.pin(who, one, True), "make a default": lambda one: saved_views.make_default(who, one),
            "make a calendar": lambda one: calendar_feed.make(who, one), "revoke a calendar": lambda one: calendar_feed.revoke(who, one),
            **({"share a view": lambda one: saved_views.share(who, one, mine[0])} if mine else {}),
        }
        for name, verb in verbs.items():
            of_none = self._told(verb, 987_654)
            for one in foreign:
                assert self._told(verb, one) == of_none, (self.face, name)
                self.counted[name] += 1

    def _people(self) -> None:
        """What is done to people, requests, contacts and limits of a site at which the face has no place now; said of it as of none."""
        here = {one for one in self.face.places if self.face.chosen in (None, one)}
        for reseller in set(range(len(self.town.plan.tied))) - here:
            site, them = of_reseller(reseller), next((one.email for one in self.town.plan.faces if reseller in one.places), "nobody@desk.example")
            for name, verb in self._at(site, them).items():
                if not (self.face.operator and name in OF_OPERATOR):
                    assert self._alike(verb, site, "zqr9zq"), (self.face, name, site)
                    self.counted[name] += 1
        if not self.face.operator:
            self._numbered()
        for who in self.town.plan.faces:
            if who != self.face:
                assert self._alike(lambda handle: my_account.end_session(self.viewer, handle), f"handle-{who.mark}", "handle-missing")
                self.counted["end a session"] += 1

    def _at(self, site: str, them: str) -> dict[str, Callable[[str], Any]]:
        """The verbs that name a site, by what is done: each takes the site."""
        who, contact = self.viewer, site_settings.Contact("A", "B", "a@b.example", ("technical",))
        said = notes.Draft("note", "Said")
        with self.store.reading() as connection:
            kept = connection.scalar(select(site_contacts.c.id).where(site_contacts.c.reseller_site_number == site)) or 0
            note, somewhere = connection.execute(select(notes_table.c.id, notes_table.c.site_number).where(
                notes_table.c.reseller_site_number == site)).first() or (0, "")
        return {
            "add a user": lambda at: users.add(who, "new@desk.example", "New", at, "user", None),
            "invite": lambda at: users.invite(who, "new@desk.example", "New", at, "user", None),
            "change a user": lambda at: users.change(who, them, at, 1, "user", {}), "suspend": lambda at: users.suspend(who, them, at),
            "restore": lambda at: users.restore(who, them, at), "remove a user": lambda at: users.remove(who, them, at),
            "invite again": lambda at: users.invite_again(who, them, at), "sign out": lambda at: users.sign_out(who, them, at),
            "offer": lambda at: handover.offer(who, them, at), "withdraw": lambda at: handover.withdraw(who, at),
            "accept": lambda at: handover.accept(who, at), "decline": lambda at: handover.decline(who, at),
            "appoint": lambda at: handover.appoint(who, them, at), "add a contact": lambda at: site_settings.add(who, at, contact),
            "change a contact": lambda at: site_settings.change(who, at, kept, 1, contact),
            "remove a contact": lambda at: site_settings.remove(who, at, kept, 1),
            "set limits": lambda at: site_settings.set_limits(who, at, "BRL", {"user": Decimal(1)}, {"user": None}),
            "write a note": lambda at: notes.write(who, at, somewhere, said), "change a note": lambda at: notes.change(who, at, note, 2, said),
            "finish a step": lambda at: notes.finish(who, at, note, 2), "open a step again": lambda at: notes.reopen(who, at, note, 2),
            "remove a note": lambda at: notes.remove(who, at, note, 2), "put a note back": lambda at: notes.put_back(who, at, note, 2),
        } | ({} if site in who.belongs_to else {"choose a site": lambda at: my_account.choose_site(who, None, at)})

    def _numbered(self) -> None:
        """Requests and letters of others have numbers: they are refused as one that there never was."""
        with self.store.reading() as connection:
            mine = {one.id for one in requests.waiting(self.viewer)} if self.face.of(ACCESS_VIEW) else set()
            foreign = [one for one in connection.scalars(select(access_requests.c.id).where(access_requests.c.state == "waiting")) if one not in mine]
        for request in foreign:
            assert self._alike(lambda number: requests.grant(self.viewer, number, "user", {}), request, 987_654)
            assert self._alike(lambda number: requests.deny(self.viewer, number, "No."), request, 987_654)
            self.counted["decide a request"] += 2
        self._refused(lambda: second_factor.reset(self.viewer, self.town.plan.faces[0].email, NOW), "reset a second factor")
        self._refused(lambda: outbox.show_link(self.viewer, 1), "show a link")
        self._refused(lambda: outbox.send_again(self.viewer, 1), "send again")

    def _refused(self, verb: Callable[[], Any], name: str) -> None:
        with pytest.raises(Refused):
            verb()
        self.counted[name] += 1


def outside(store: Store, connection: Connection) -> None:
    """From here on this transaction sees everybody's rows."""
    if store.on_postgresql:
        connection.execute(text("RESET ROLE"))


def _owner(table: Table) -> int | None:
    """The place of the owner among the columns."""
    return list(table.c.keys()).index("reseller_site_number") if table in TENANT else None


def _another(value: Any) -> Any:
    return f"{value}new" if isinstance(value, str) else value + 1_000 if isinstance(value, int) else value.replace(year=value.year + 3)


def _fixed(table: Table) -> dict[str, Any]:
    """What a file's stub says of itself; of the three kinds that a user may make, something else."""
    return {"stub": False} if "stub" in table.c else {}
