"""PostgreSQL keeps resellers apart by itself: whatever SQL a viewer's transaction runs, it sees and writes its own rows alone."""

from __future__ import annotations

import ast
import inspect
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import world as worlds
from cast import AURORA, BOREAL, CAST, CEDRO, settle, store_in
from sqlalchemy import Connection, create_engine, insert, text
from sqlalchemy.exc import DBAPIError

from pao_core import replica
from pao_core.access import Viewer, changes, scope
from pao_core.access.rights import DATA_IMPORT
from pao_core.commands import upkeep
from pao_core.config import Settings
from pao_core.demo import demonstration
from pao_core.locale import Refused
from pao_core.store import backup as backups
from pao_core.store import row_security
from pao_core.store.engine import Store
from pao_core.store.migrate import migrate, wall_in
from pao_core.store.schema import TENANT, batches, desk_metadata, metadata, provisioning

HOUSE = Path(__file__).resolve().parents[2]
CODE = sorted((HOUSE / "pao_core").rglob("*.py"))
OF = {email.split("@")[0]: site for email, (site, _role) in CAST.items()} | {"dora": None}
TENANT_NAMES = [table.name for table in TENANT]
# With a reseller's number, but nobody's rows to read or write in a viewer's transaction: it may not touch them at all.
PEOPLE = {"users", "memberships", "access_requests", "primary_offers", "second_factors", "recovery_codes", "one_time_links", "outbox",
          "site_contacts", "approval_limits", "saved_views", "view_marks", "calendar_feeds", "counters", *desk_metadata.tables}


@pytest.fixture
def store(postgresql_store: Store) -> Store:
    """A store on PostgreSQL with a world in which every tenant table has rows of all three resellers."""
    settle(postgresql_store)
    worlds.make(4, lines=90).write(postgresql_store)
    with postgresql_store.writing("test") as writing:
        writing.connection.execute(insert(provisioning), [
            {"reseller_site_number": reseller, "distributor_site_number": distributor, "subscription_number": "S1", "element": "region",
             "txn": writing.txn} for reseller, distributor in ((AURORA, None), (BOREAL, AURORA), (CEDRO, AURORA))
        ])
    return postgresql_store


@pytest.fixture
def cast(store: Store) -> dict[str, Viewer]:
    """ana, bob, carla and dora as they are in the store."""
    return {name: Viewer.of_email(store, email) for name, email in [(e.split("@")[0], e) for e in CAST] + [("dora", "dora@desk.example")]}


def all_rows(connection: Connection, table: str) -> list[dict[str, Any]]:
    """What the table gives, by SQL without any condition."""
    return sorted((dict(row._mapping) for row in connection.execute(text(f'SELECT * FROM "{table}"'))), key=lambda row: row["id"])


def expected(rows: list[dict[str, Any]], table: str, own: str | None) -> list[dict[str, Any]]:
    """The rows that a reseller sees of all, by the rules of the semantics; the tables that distributors do not read are said here again."""
    also = "" if table in ("assignments", "stub_names") else own
    return [row for row in rows if own and (row["reseller_site_number"] == own or row.get("distributor_site_number") == (also or "-"))]


def code_of(error: pytest.ExceptionInfo[DBAPIError]) -> str:
    return str(getattr(error.value.orig, "sqlstate", ""))


# -- reading ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", OF)
def test_sql_without_a_condition_gives_exactly_the_viewers_rows(store: Store, cast: dict[str, Viewer], name: str) -> None:
    for table in TENANT_NAMES:
        with store.reading() as connection:
            rows = all_rows(connection, table)
        assert {row["reseller_site_number"] for row in rows} >= {BOREAL, CEDRO}, table
        with cast[name].reading() as connection:
            assert all_rows(connection, table) == expected(rows, table, OF[name]), table
    assert cast["ana"].sites() == (BOREAL,)


@pytest.mark.parametrize("name", OF)
def test_contacts_are_seen_where_a_row_of_the_viewers_is(store: Store, cast: dict[str, Viewer], name: str) -> None:
    with store.writing("test") as writing:  # a site that is Cedro's alone
        writing.connection.execute(text("DELETE FROM orders WHERE site_number = '7103' AND reseller_site_number <> :cedro"), {"cedro": CEDRO})
        for table in ("renewals", "entitlements", "subscriptions"):
            writing.connection.execute(text(f"DELETE FROM {table} WHERE site_number = '7103'"))
        writing.connection.execute(text("UPDATE orders SET distributor_site_number = NULL, txn = :txn WHERE site_number = '7103'"),
                                   {"txn": writing.txn})
        writing.connection.execute(text("INSERT INTO contacts (site_number, email, name, txn) VALUES ('7103', 'x@x', 'X', :txn)"),
                                   {"txn": writing.txn})
    with store.reading() as connection:
        rows = all_rows(connection, "contacts")
        facts = [row for table in scope.SITE_FACTS for row in all_rows(connection, table)]
    own = OF[name]
    seen = {row["site_number"] for row in facts if own and own in (row["reseller_site_number"], row["distributor_site_number"])}
    with cast[name].reading() as connection:
        found = all_rows(connection, "contacts")
    assert found == [row for row in rows if row["site_number"] in seen]
    assert ("x@x" in {row["email"] for row in found}) == (name == "bob")


def test_without_a_reseller_nothing_is_seen_and_of_people_nothing_ever(store: Store, cast: dict[str, Viewer]) -> None:
    with store.reading() as connection:
        connection.execute(text(f"SET LOCAL ROLE {row_security.ROLE}"))
        for table in (*TENANT_NAMES, "contacts"):
            assert all_rows(connection, table) == [], table
    with cast["ana"].reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM parts"))
    for table in sorted(PEOPLE):
        with pytest.raises(DBAPIError) as refused, cast["ana"].reading() as connection:
            connection.execute(text(f"SELECT 1 FROM {table}"))
        assert code_of(refused) == row_security.NOT_ALLOWED, table


def test_a_replaced_version_is_seen_by_who_sees_the_row(store: Store, cast: dict[str, Viewer]) -> None:
    before = store.change_number()
    with store.writing("test") as writing:
        for table in TENANT_NAMES:
            writing.connection.execute(text(f'UPDATE "{table}" SET txn = :txn'), {"txn": writing.txn})
        writing.connection.execute(text("UPDATE contacts SET txn = :txn"), {"txn": writing.txn})
        writing.connection.execute(text("UPDATE parts SET txn = :txn"), {"txn": writing.txn})
    with store.reading() as connection:
        everything = all_rows(connection, "row_history")
    assert {row["table_name"] for row in everything} >= {*TENANT_NAMES, "contacts", "parts"}
    for name in OF:
        with cast[name].reading() as connection:
            found = all_rows(connection, "row_history")
            for table in TENANT_NAMES:
                seen = {row["id"] for row in all_rows(connection, table)}
                assert {row["row_id"] for row in found if row["table_name"] == table} == seen, (name, table)
        assert "contacts" not in {row["table_name"] for row in found}
        assert "parts" in {row["table_name"] for row in found}
    since = changes.since(store, before)
    assert since is not None
    replaced = changes.replaced(cast["ana"], "orders", since, ["status"])
    assert replaced is not None
    with cast["ana"].reading() as connection:
        assert {row.id for row in replaced} == {row["id"] for row in all_rows(connection, "orders")}


# -- writing ----------------------------------------------------------------------------------------------------------
def test_the_database_refuses_to_write_for_another_reseller(store: Store, cast: dict[str, Viewer]) -> None:
    with store.reading() as connection:
        before = {table: all_rows(connection, table) for table in TENANT_NAMES}
    for table in TENANT_NAMES:
        foreign = next(row for row in before[table] if row["reseller_site_number"] == CEDRO)
        columns = [name for name in foreign if name != "id"]
        copy = text(f'INSERT INTO "{table}" ({", ".join(f"{chr(34)}{name}{chr(34)}" for name in columns)}) '
                    f'VALUES ({", ".join(f":{name}" for name in columns)})')
        with pytest.raises(DBAPIError) as refused, cast["ana"].writing() as writing:
            writing.connection.execute(copy, {name: foreign[name] for name in columns})
        assert code_of(refused) == row_security.NOT_ALLOWED, table
        for name in ("ana", "carla"):  # Aurora reads along, and writes nothing
            with cast[name].writing() as writing:
                there = {"of": CEDRO, "txn": writing.txn}
                assert writing.connection.execute(text(f'UPDATE "{table}" SET txn = :txn WHERE reseller_site_number = :of'), there).rowcount == 0
                assert writing.connection.execute(text(f'DELETE FROM "{table}" WHERE reseller_site_number = :of'), there).rowcount == 0
        with pytest.raises(DBAPIError) as refused, cast["ana"].writing() as writing:  # nor is a row given away
            writing.connection.execute(text(f'UPDATE "{table}" SET reseller_site_number = :of, txn = :txn'), {"of": CEDRO, "txn": writing.txn})
        assert code_of(refused) == row_security.NOT_ALLOWED, table
    with store.reading() as connection:
        assert {table: all_rows(connection, table) for table in TENANT_NAMES} == before


def test_who_may_read_alone_writes_nothing(store: Store, cast: dict[str, Viewer]) -> None:
    assert cast["bob"].sites() == (CEDRO,)
    with cast["bob"].writing() as writing:
        assert writing.connection.scalar(text("SELECT count(*) FROM orders"))
        assert writing.connection.execute(text("UPDATE orders SET txn = :txn"), {"txn": writing.txn}).rowcount == 0
    with cast["ana"].reading() as connection, pytest.raises(DBAPIError):
        connection.execute(text("DELETE FROM orders"))


def test_own_rows_are_written_and_leave_their_history(store: Store, cast: dict[str, Viewer]) -> None:
    with cast["ana"].writing() as writing:
        txn = writing.txn
        changed = writing.connection.execute(text("UPDATE orders SET txn = :txn, status = 'cancelled'"), {"txn": txn}).rowcount
        gone = writing.connection.execute(text("DELETE FROM renewals")).rowcount
        writing.audit("tested", reseller=BOREAL)
    assert changed and gone
    with store.reading() as connection:
        history = [row for row in all_rows(connection, "row_history") if row["txn"] == txn]
        assert {row["old"]["reseller_site_number"] for row in history} == {BOREAL}
        assert [row["table_name"] for row in history] == ["orders"] * changed + ["renewals"] * gone
        assert connection.scalar(text("SELECT count(*) FROM audit WHERE act = 'tested'")) == 1
        assert connection.scalar(text("SELECT count(*) FROM commits WHERE txn = :txn"), {"txn": txn}) == 1


@pytest.mark.parametrize("forbidden", [
    "TRUNCATE orders", "TRUNCATE audit", "UPDATE audit SET actor = 'nobody'", "DELETE FROM audit", "DELETE FROM row_history",
    "INSERT INTO row_history (txn, table_name, row_id, old_txn, deleted, old) VALUES (1, 'orders', 1, 1, true, '{}')",
    "UPDATE users SET operator = true", "UPDATE memberships SET role = 'primary'", "SELECT password_hash FROM users", "SELECT * FROM sessions",
    "UPDATE counters SET value = 0", "UPDATE settings SET value = '1'", "DELETE FROM commits", "UPDATE resellers SET distributor_site_number = NULL",
    "UPDATE parts SET points = 0", "DELETE FROM sites", "SELECT setval('orders_id_seq', 1)", "CREATE TABLE mine (a int)",
    "ALTER TABLE orders DISABLE ROW LEVEL SECURITY", "DROP POLICY viewer_select ON orders", "ALTER TABLE orders DISABLE TRIGGER ALL",
    "INSERT INTO audit (at, actor, user_id, act, facts, refused) VALUES (now(), 'x', 1000000, 'x', '{}', false)",
    "INSERT INTO sites (site_number, name, name_folded, country, stub, txn) VALUES ('1', 'a', 'a', 'BR', false, 1)",
])
def test_what_a_viewers_transaction_has_no_need_of_it_may_not_do(store: Store, cast: dict[str, Viewer], forbidden: str) -> None:
    with pytest.raises(DBAPIError) as refused, cast["ana"].writing() as writing:
        writing.connection.execute(text(forbidden))
    assert code_of(refused) == row_security.NOT_ALLOWED


def test_nobody_writes_history_through_a_table_of_his_own(store: Store, cast: dict[str, Viewer]) -> None:
    with pytest.raises(DBAPIError) as refused, cast["ana"].writing() as writing:
        writing.connection.execute(text("CREATE TEMPORARY TABLE orders (id bigint, txn bigint) ON COMMIT DROP"))
        writing.connection.execute(text("CREATE TRIGGER forged AFTER DELETE ON pg_temp.orders FOR EACH ROW EXECUTE FUNCTION keep_history()"))
    assert code_of(refused) == row_security.NOT_ALLOWED
    with cast["ana"].writing() as writing:  # nor does a table of the same name catch what the trigger keeps
        txn = writing.txn
        writing.connection.execute(text("CREATE TEMPORARY TABLE row_history (LIKE public.row_history) ON COMMIT DROP"))
        assert writing.connection.execute(text("DELETE FROM orders")).rowcount
    with store.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM row_history WHERE txn = :txn"), {"txn": txn})


def test_batches_and_mappings_are_their_resellers(store: Store, cast: dict[str, Viewer]) -> None:
    about = {"file_name": "f", "file_sha256": "0", "actor": "x", "read": 1, "loaded": 1, "unchanged": 0, "rejected": 0, "warned": 0, "stubs": {},
             "seconds": 1}
    ids = {name: viewer.user_id for name, viewer in cast.items()}
    told = [("orders", BOREAL, "ana"), ("orders", CEDRO, "bob"), ("orders", None, "ana"), ("orders", None, "bob"), ("parts", None, "dora")]
    with store.writing("test") as writing:
        for at, (dataset, reseller, name) in enumerate(told):
            writing.connection.execute(insert(batches).values(
                **about, dataset=dataset, txn=-at, loaded_at=writing.at, user_id=ids[name], reseller_site_number=reseller))
        for name, reseller in (("all", None), ("ana's", BOREAL), ("bob's", CEDRO)):
            writing.connection.execute(text("INSERT INTO mappings (name, dataset, reseller_site_number, headers) VALUES (:n, 'orders', :r, '{}')"),
                                       {"n": name, "r": reseller})
    for name, seen in (("ana", [0, 2, 4]), ("bob", [1, 3, 4]), ("dora", [4])):
        with cast[name].reading() as connection:
            assert [-row["txn"] for row in all_rows(connection, "batches")] == seen, name
    with cast["ana"].reading() as connection:
        assert [row["name"] for row in all_rows(connection, "mappings")] == ["all", "ana's"]
    with cast["ana"].writing() as writing:
        assert writing.connection.execute(text("UPDATE batches SET undone_by_txn = 1")).rowcount == 2
        assert writing.connection.execute(text("DELETE FROM mappings")).rowcount == 1


# -- one connection, many viewers -------------------------------------------------------------------------------------
def test_a_pooled_connection_keeps_nothing_of_the_viewer_before(store: Store, cast: dict[str, Viewer]) -> None:
    store.engine.dispose()
    store.engine = create_engine(store.settings.database_url, pool_size=1, max_overflow=0)
    with store.reading() as connection:
        of = {name: len(expected(all_rows(connection, "orders"), "orders", own)) for name, own in OF.items()}
        total = connection.scalar(text("SELECT count(*) FROM orders"))
    assert len(set(of.values())) == 4
    assert of["dora"] == 0
    counted, state = text("SELECT count(*) FROM orders"), text("SELECT current_setting('role'), current_setting('pao.reads', true), "
                                                               "current_setting('pao.writes', true), current_setting('pao.user', true)")
    pids = set()
    for turn in range(1_000):
        name = list(OF)[turn % 4]
        if turn % 7 == 3:
            with pytest.raises(RuntimeError), cast[name].reading() as connection:
                assert connection.scalar(counted) == of[name]
                raise RuntimeError
        elif turn % 7 == 1 and name != "dora":  # what is set for the session only stays when the transaction does
            with cast[name].writing() as writing:
                writing.nothing_replicated()
                assert writing.connection.scalar(counted) == of[name], turn
        elif turn % 7 == 5:
            with pytest.raises(DBAPIError), cast[name].reading() as connection:
                connection.execute(text("SELECT 1/0"))
        else:
            with cast[name].reading() as connection:
                pids.add(connection.scalar(text("SELECT pg_backend_pid()")))
                assert connection.scalar(counted) == of[name], turn
        if turn % 50 == 1:
            with store.reading() as connection:
                assert [value or None for value in connection.execute(state).one()] == ["none", None, None, None]
                assert connection.scalar(counted) == total
                connection.execute(text(f"SET LOCAL ROLE {row_security.ROLE}"))
                assert connection.scalar(counted) == 0
    assert len(pids) == 1


def test_reports_read_from_postgresql_are_behind_the_wall_too(tmp_path: Path, store: Store) -> None:
    read = store_in(tmp_path, PAO_DATABASE_URL=store.settings.database_url.render_as_string(hide_password=False),
                    PAO_ANALYTICS_URL=store.settings.database_url.render_as_string(hide_password=False))
    with store.reading() as connection:
        rows = all_rows(connection, "orders")
    asked, reader = text("SELECT id FROM orders ORDER BY id"), replica.reader(read)
    for name, own in OF.items():
        viewer = Viewer.of_email(read, next((email for email in CAST if email.startswith(name)), "dora@desk.example"))
        assert [row.id for row in reader.rows(asked, viewer)] == [row["id"] for row in expected(rows, "orders", own)], name
    assert reader.rows(asked) == []
    assert reader.rows(asked, Viewer.of_command_line(read)) == []
    assert reader.number == store.change_number()
    with pytest.raises(DBAPIError):
        reader.rows(text("DELETE FROM orders"), Viewer.of_email(read, "ana@boreal.example"))
    replica.forget(read)
    read.dispose()


def test_a_condition_finds_its_index_through_the_policies_which_read_their_setting_once(store: Store, cast: dict[str, Viewer]) -> None:
    with cast["carla"].reading() as connection:
        for unwanted in ("seqscan", "bitmapscan"):
            connection.execute(text(f"SET LOCAL enable_{unwanted} = off"))
        plans = {table: "\n".join(connection.scalars(text(f"EXPLAIN SELECT * FROM {table} WHERE site_number = '7101'")))
                 for table in ("orders", "renewals", "entitlements", "subscriptions", "contacts")}
        of_orders = "\n".join(connection.scalars(text("EXPLAIN SELECT * FROM orders JOIN sites USING (site_number) WHERE sites.name = 'x'")))
    for table, plan in plans.items():
        assert re.search(r"Index Cond: \(site_number = '7101'::text\)", plan), f"{table}\n{plan}"
        assert not re.search(r"Filter: .*current_setting", plan), plan
        assert "InitPlan" in plan
    assert "Index Cond: (site_number = sites.site_number)" in of_orders, of_orders


# -- the schema -------------------------------------------------------------------------------------------------------
def test_every_table_with_a_reseller_is_behind_forced_policies_or_out_of_reach(store: Store) -> None:
    with store.reading() as connection:
        held = text("SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee = :role")
        granted = {row.table_name for row in connection.execute(held, {"role": row_security.ROLE})}
        walled = set(connection.scalars(text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")))
        limited = set(connection.scalars(text(
            "SELECT tablename FROM pg_policies WHERE cmd = 'SELECT' AND policyname = 'viewer_select' AND qual LIKE '%pao.reads%'")))
    for table in (*metadata.sorted_tables, *desk_metadata.sorted_tables):
        if "reseller_site_number" in table.c and table.name in granted and table.name != "audit":
            assert table.name in walled & limited, table.name
    assert {*TENANT_NAMES, "row_history", "audit", "settings", "contacts"} <= walled
    assert {table.name for table in (*metadata.sorted_tables, *desk_metadata.sorted_tables)} - granted == PEOPLE


@contextmanager
def another_database(server: str, owner: str | None = None) -> Iterator[str]:
    """An empty database on the server; gives its name."""
    name = f"pao_test_{uuid4().hex[:12]}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}{f' OWNER {owner}' if owner else ''}".encode())
    try:
        yield name
    finally:
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def server(postgresql_template: str) -> str:
    """The address of the test server."""
    return postgresql_template.rsplit("/", 1)[0]


@pytest.fixture
def plain_user(server: str) -> Iterator[str]:
    """A user of the server that may make databases its own and no more."""
    name = f"pao_plain_{uuid4().hex[:8]}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN".encode())
    yield name
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP ROLE {name}".encode())


@pytest.fixture
def another_role(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a role that the server does not have yet, for the product to make."""
    name = f"pao_viewer_{uuid4().hex[:8]}"
    monkeypatch.setattr(row_security, "ROLE", name)
    yield name
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP ROLE IF EXISTS {name}".encode())


def test_walls_of_several_databases_made_at_once_share_one_role(tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"pao_viewer_{uuid4().hex[:8]}"
    with another_database(server) as one, another_database(server) as two, another_database(server) as three:
        stores = [store_in(tmp_path / of, PAO_DATABASE_URL=f"{server}/{of}") for of in (one, two, three)]
        monkeypatch.setattr(row_security, "ROLE", name)  # that the server does not have yet
        ready, problems = threading.Barrier(3), []

        def run(store: Store) -> None:
            try:
                ready.wait(60)
                wall_in(store)
                with store.reading() as connection:
                    row_security.check(connection, metadata, desk_metadata)
            except BaseException as problem:
                problems.append(problem)

        threads = [threading.Thread(target=run, args=(store,)) for store in stores]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert problems == []
        for store in stores:
            store.dispose()
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        assert connection.execute("SELECT count(*) FROM pg_roles WHERE rolname = %s", [name]).fetchone() == (1,)
        connection.execute(f"DROP ROLE {name}".encode())


def test_where_the_user_may_make_no_role_migration_says_what_an_administrator_runs(
    tmp_path: Path, server: str, plain_user: str, another_role: str,
) -> None:
    with another_database(server) as name:
        own = f"{server.replace('postgres@', f'{plain_user}@')}/{name}"
        with psycopg.connect(f"{server}/{name}", autocommit=True) as connection:
            connection.execute(f"GRANT CREATE ON SCHEMA public TO {plain_user}".encode())
        store = Store(Settings.from_environment({"PAO_DATA_DIR": str(tmp_path), "PAO_DATABASE_URL": own}))
        with pytest.raises(Refused) as refused:
            migrate(store)
        assert f'ALTER DATABASE "{name}" OWNER TO "{plain_user}";' in str(refused.value)
        commands = re.findall(r"[A-Z][^;]+;", str(refused.value).split(name, 1)[1])
        assert len(commands) == 3
        with psycopg.connect(f"{server}/{name}", autocommit=True) as connection:
            assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)
            for command in commands:
                connection.execute(command.encode())
        migrate(store)
        with store.reading() as connection:
            row_security.check(connection, metadata, desk_metadata)
        store.dispose()
        with psycopg.connect(f"{server}/{name}", autocommit=True) as connection:
            connection.execute(f"DROP OWNED BY {another_role}".encode())


def test_a_user_without_special_rights_has_the_whole_life_of_a_store(
    tmp_path: Path, server: str, plain_user: str,
) -> None:
    """The policies bind this owner of the tables, as they bind no superuser."""
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"GRANT {row_security.ROLE} TO {plain_user}".encode())
    with another_database(server, plain_user) as name, another_database(server, plain_user) as other:
        own, second = (f"{server.replace('postgres@', f'{plain_user}@')}/{one}" for one in (name, other))
        store = store_in(tmp_path, PAO_DATABASE_URL=own)
        demonstration.load(store, today=date(2026, 6, 1), lines=1_000)
        with store.reading() as connection:
            row_security.check(connection, metadata, desk_metadata)
            lines = connection.scalar(text("SELECT count(*) FROM orders"))
            emails = connection.scalars(text("SELECT email FROM users WHERE status = 'active' AND NOT operator ORDER BY id")).all()
        assert lines and lines >= 1_000
        seen = {}
        for viewer in (Viewer.of_email(store, email) for email in emails):
            with viewer.reading() as connection:
                seen[viewer] = connection.scalar(text("SELECT count(*) FROM orders"))
        assert len(set(seen.values())) > 1
        viewer = next(viewer for viewer, count in seen.items() if viewer.may(DATA_IMPORT) and 0 < count < lines)
        with viewer.writing() as writing:
            assert writing.connection.execute(text("UPDATE orders SET txn = :txn"), {"txn": writing.txn}).rowcount
        counted = text("SELECT count(*) FROM orders")
        assert replica.reader(store).rows(counted)[0][0] == lines
        backups.backup(store, tmp_path / "backup.dump")
        backups.restore(Settings.from_environment({"PAO_DATA_DIR": str(tmp_path / "second"), "PAO_DATABASE_URL": second}), tmp_path / "backup.dump")
        restored = store_in(tmp_path / "second", PAO_DATABASE_URL=second)
        with restored.reading() as connection:
            assert connection.scalar(counted) == lines
            row_security.check(connection, metadata, desk_metadata)
        demonstration.remove(restored)
        for one in (store, restored):
            replica.forget(one)
            one.dispose()
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"REVOKE {row_security.ROLE} FROM {plain_user}".encode())


# -- the doctor -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("damage", [
    "ALTER TABLE orders DISABLE ROW LEVEL SECURITY", "ALTER TABLE usage NO FORCE ROW LEVEL SECURITY", "DROP POLICY viewer_select ON renewals",
    "CREATE POLICY open ON orders USING (true)", "ALTER POLICY viewer_select ON assignments USING (true)", "GRANT TRUNCATE ON orders TO pao_viewer",
    "GRANT SELECT ON users TO pao_viewer", "GRANT UPDATE ON audit TO PUBLIC", "REVOKE INSERT ON orders FROM pao_viewer",
    "ALTER POLICY viewer_select ON contacts USING (true)",
])
def test_the_doctor_fails_without_the_second_wall_and_makes_it_anew(store: Store, damage: str) -> None:
    assert "row-level security" in upkeep._check_second_wall(store)
    with store.engine.begin() as connection:
        connection.execute(text(damage))
    with pytest.raises(Refused, match="not whole"):
        upkeep._check_second_wall(store)
    wall_in(store)
    if damage.endswith("TO PUBLIC") or "CREATE POLICY" in damage:  # what others added is theirs to take away
        with store.engine.begin() as connection:
            connection.execute(text("REVOKE UPDATE ON audit FROM PUBLIC"))
            connection.execute(text("DROP POLICY IF EXISTS open ON orders"))
    assert upkeep._check_second_wall(store)


def test_sqlite_has_no_second_wall_and_the_doctor_says_so(sqlite_store: Store) -> None:
    assert "SQLite has none" in upkeep._check_second_wall(sqlite_store)


# -- the product's own code -------------------------------------------------------------------------------------------
def test_one_module_takes_the_role_and_tells_the_database_whose_rows() -> None:
    taking = re.compile(r"set_config|SET (LOCAL |SESSION )?ROLE|RESET ROLE|pao\.(reads|writes|user)|SESSION AUTHORIZATION")
    found = {str(path.relative_to(HOUSE)) for path in CODE if taking.search(path.read_text())}
    assert found == {"pao_core/store/row_security.py", "pao_core/store/engine.py"}
    engine = (HOUSE / "pao_core/store/engine.py").read_text()
    assert re.findall(r"set_config\('([\w.]+)'", engine) == ["pao.txn"]


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    yield from (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef))


# The store's own keepers, and who asks it what was counted or written by anybody, to tell of it nothing else.
KEEPERS = ("pao_core/store/", "pao_core/replica/", "pao_core/demo/", "pao_core/commands/", "pao_core/access/changes.py", "pao_core/prices/shelf.py",
           "pao_core/importing/jobs.py")
SELECTABLES = {name for name, verb in inspect.getmembers(Viewer, inspect.isfunction) if inspect.signature(verb).return_annotation == "FromClause"}
BEHIND = {"tenant_rows", "own_rows", "row_history", "batches", "mappings", *TENANT_NAMES, *SELECTABLES} - {"resellers"}


@pytest.mark.parametrize("path", [path for path in CODE if not str(path.relative_to(HOUSE)).startswith(KEEPERS)],
                         ids=lambda path: str(path.relative_to(HOUSE)))
def test_who_reads_tenant_rows_reads_as_the_viewer(path: Path) -> None:
    for function in functions(path):
        called = {ast.unparse(node.func): node for node in ast.walk(function) if isinstance(node, ast.Call)}
        if any(re.search(r"\bstore\.(reading|writing|engine\.\w+)$", name) for name in called) and function.name not in ("writing", "compare"):
            words = (node for node in ast.walk(function) if isinstance(node, ast.Name | ast.Attribute))
            named = {word.id if isinstance(word, ast.Name) else word.attr for word in words}
            assert not named & BEHIND, f"{function.name}, line {function.lineno}"
        for name, call in called.items():
            if re.search(r"^(reader|replica\.reader\(.*\))\.rows$", name):
                assert len(call.args) == 2 and ast.unparse(call.args[1]).endswith("viewer"), f"{function.name}, line {function.lineno}"
