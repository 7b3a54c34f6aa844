"""The store: change numbers, row history, exact values, one transaction or nothing."""

from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
import world as worlds
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from cast import settle, store_in
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from pao_core.config import Settings
from pao_core.locale import Refused
from pao_core.store.engine import Store, StoreUnreachable
from pao_core.store.migrate import VERSION_TABLES, migrate
from pao_core.store.schema import audit, commits, desk_metadata, metadata, orders, parts, prices, resellers, row_history, sites


def test_every_commit_takes_the_next_number_and_a_failed_one_takes_none(store: Store) -> None:
    settle(store)
    first = store.change_number()
    with pytest.raises(RuntimeError), store.writing("test") as writing:
        writing.connection.execute(update(resellers).values(name="x", txn=writing.txn))
        raise RuntimeError
    with store.writing("test") as writing:
        writing.connection.execute(update(resellers).values(name="y", txn=writing.txn))
    assert store.change_number() == first + 1
    with store.reading() as connection:
        numbers = connection.scalars(select(commits.c.number).order_by(commits.c.number)).all()
        names = set(connection.scalars(select(resellers.c.name)))
    assert numbers == list(range(1, first + 2))
    assert names == {"y"}


def test_an_update_and_a_delete_leave_what_they_replaced(store: Store) -> None:
    settle(store)
    worlds.make(1, lines=5).write(store)
    with store.writing("test") as writing:
        changed = writing.txn
        writing.connection.execute(update(orders).where(orders.c.line_number == 1).values(quantity=Decimal("1.234"), txn=writing.txn))
    with store.writing("test") as writing:
        gone = writing.txn
        writing.connection.execute(delete(orders))
    with store.reading() as connection:
        kept = connection.execute(select(row_history).where(row_history.c.table_name == "orders").order_by(row_history.c.id)).all()
    deletes = [row for row in kept if row.deleted]
    updates = [row for row in kept if not row.deleted]
    assert len(deletes) == 5
    assert {row.txn for row in deletes} == {gone}
    assert {row.txn for row in updates} == {changed}
    assert {row.old["quantity"] for row in deletes if row.row_id in {one.row_id for one in updates}} == {1234}


def test_the_database_itself_refuses_to_change_the_audit(store: Store) -> None:
    with store.writing("ana") as writing:
        writing.audit("tested", "x", reason="y")
    for change in (delete(audit), update(audit).values(actor="nobody")):
        with pytest.raises(DBAPIError, match="append-only"), store.writing("mallory") as writing:
            writing.connection.execute(change)
    with store.reading() as connection:
        assert [row.actor for row in connection.execute(select(audit))] == ["ana"]


def test_values_come_back_as_they_were_written(store: Store) -> None:
    settle(store)
    at = datetime(2026, 3, 29, 1, 30, tzinfo=timezone(timedelta(hours=-3)))
    with store.writing("test") as writing:
        writing.connection.execute(insert(parts).values(part_number="00123", description="cafe\u0301", points=Decimal("6.35"), stub=False,
                                                        txn=writing.txn))
        writing.connection.execute(insert(prices).values(
            part_number="00123", country="BR", currency="BRL", price_level="BL", effective_from=date(2026, 1, 1),
            unit_price=Decimal("99999999999.123456"), txn=writing.txn))
        writing.connection.execute(insert(audit).values(at=at, actor="a", act="b", facts={}))
    with store.reading() as connection:
        part = connection.execute(select(parts)).one()
        price = connection.execute(select(prices)).one()
        written = connection.scalar(select(audit.c.at))
    assert (part.part_number, part.description, part.points) == ("00123", "café", Decimal("6.35"))
    assert price.unit_price == Decimal("99999999999.123456")
    assert price.effective_from == date(2026, 1, 1)
    assert written == at
    assert written.tzinfo is UTC


@pytest.mark.parametrize(("column", "value"), [("points", Decimal("0.0001")), ("unit_price", Decimal("0.0000001"))])
def test_more_decimals_than_are_kept_are_an_error_and_never_rounded(store: Store, column: str, value: Decimal) -> None:
    table = parts if column == "points" else prices
    with pytest.raises(Exception, match="decimals"), store.writing("test") as writing:
        writing.connection.execute(update(table).values({column: value}))


def test_a_reference_to_nothing_is_refused_by_the_database(store: Store) -> None:
    settle(store)
    with pytest.raises(DBAPIError), store.writing("test") as writing:
        writing.connection.execute(insert(sites).values(site_number="1", name="a", name_folded="a", country="BR", agreement_number="none",
                                                        stub=False, txn=writing.txn))


def test_a_read_sees_one_moment_although_a_write_commits_meanwhile(store: Store) -> None:
    settle(store)
    with store.reading() as connection:
        before = connection.scalars(select(resellers.c.name).order_by(resellers.c.id)).all()
        with store.writing("test") as writing:
            writing.connection.execute(update(resellers).values(name="changed", txn=writing.txn))
        assert connection.scalars(select(resellers.c.name).order_by(resellers.c.id)).all() == before


def test_a_sign_in_waits_for_no_import(sqlite_store: Store) -> None:
    done = threading.Event()

    def sign_in() -> None:
        with sqlite_store.desk_writing() as connection:
            connection.execute(text("INSERT INTO sign_ins (at, email, succeeded) VALUES ('2026-01-01', 'ana', 1)"))
        done.set()

    with sqlite_store.writing("import"):
        thread = threading.Thread(target=sign_in)
        thread.start()
        assert done.wait(10)
    thread.join()


def test_the_migrations_make_the_schema_that_the_code_expects(store: Store) -> None:
    for part, engine, expected in (("store", store.engine, metadata), ("desk", store.desk, desk_metadata)):
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={
                "version_table": VERSION_TABLES[part],
                "include_object": lambda thing, name, kind, *_rest, of=expected: kind != "table" or name in of.tables,
            })
            assert compare_metadata(context, expected) == []


def test_a_store_of_a_newer_program_is_refused(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'store_9999'"))
    with pytest.raises(Refused, match="newer version"):
        migrate(store)


def test_an_unreachable_database_is_said_and_not_shown_as_no_data(tmp_path: Path) -> None:
    store = Store(Settings.from_environment({"PAO_DATA_DIR": str(tmp_path), "PAO_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}))
    with pytest.raises(StoreUnreachable, match="cannot be reached"), store.reading():
        pass
    broken = tmp_path / "pao.db"
    broken.write_bytes(b"this is no database" * 100)
    damaged = Store(Settings.from_environment({"PAO_DATA_DIR": str(tmp_path)}))
    with pytest.raises(StoreUnreachable), damaged.reading() as connection:
        connection.execute(select(resellers))


def test_a_power_cut_after_a_commit_loses_nothing(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    with store.reading() as connection:
        assert connection.scalar(text("PRAGMA synchronous")) == 2
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
    store.dispose()
    with sqlite3.connect(tmp_path / "data" / "pao.db") as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_the_embedded_databases_are_for_their_owner_alone(sqlite_store: Store) -> None:
    settle(sqlite_store)
    files = [path for path in sqlite_store.settings.data_dir.iterdir() if path.name.startswith("pao")]
    assert len(files) >= 2
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
