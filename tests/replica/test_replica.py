"""The reading copy equals the store, row for row, and is never older than the last commit before the query."""

from __future__ import annotations

import random
import threading
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import world as worlds
from cast import BOREAL, settle, store_in, times
from files import csv_text, order, written
from files import orders as orders_text
from sqlalchemy import delete, func, insert, select, update

from pao_core import replica
from pao_core.access import Viewer
from pao_core.importing import batches
from pao_core.importing.run import ImportOptions, import_file
from pao_core.replica import files, refresh
from pao_core.store.engine import Store, Writing
from pao_core.store.schema import REPLICATED, orders, sites


def assert_equal(store: Store) -> None:
    """Every replicated table has the same rows in the store and in the copy."""
    reader = replica.reader(store)
    for table in REPLICATED:
        with store.reading() as connection:
            expected = sorted(tuple(row) for row in connection.execute(select(table).order_by(table.c.id)))
        assert sorted(tuple(row) for row in reader.rows(select(table).order_by(table.c.id))) == expected, table.name


def _write_at_random(writing: Writing, pick: random.Random, numbers: list[int]) -> None:
    line = numbers[0] = numbers[0] + 1
    acts = pick.sample(["insert", "update", "delete", "rename"], k=pick.randrange(1, 4))
    chosen = orders.c.line_number % 7 == pick.randrange(7)
    if "delete" in acts:
        writing.connection.execute(delete(orders).where(chosen, orders.c.order_date > date(2025, 6, 1)))
    if "update" in acts:
        writing.connection.execute(update(orders).where(chosen).values(
            quantity=Decimal(pick.randrange(9_999)).scaleb(-3), status=pick.choice([None, "é", ""]),
            coverage_end=pick.choice([None, date(2026, 2, 28)]), txn=writing.txn))
    if "rename" in acts:
        writing.connection.execute(update(sites).where(sites.c.site_number == "7103").values(
            name=f"Nome {line}", city=pick.choice([None, "São João"]), stub=pick.choice([True, False]), txn=writing.txn))
    if "insert" in acts:
        writing.connection.execute(insert(orders).values(
            reseller_site_number=BOREAL, order_number=f"N{line}", line_number=line, order_date=date(2026, 5, 5), order_type="media",
            site_number="7101", country="PT", part_number="D0001LL", quantity=Decimal("-1.5"), unit_price=Decimal("0.000001"), currency="JPY",
            amount=-(2**53) - 1, txn=writing.txn))


def test_it_equals_the_store_after_random_writes(store: Store) -> None:
    settle(store)
    worlds.make(1, lines=200).write(store)
    pick, numbers = random.Random(5), [0]
    assert_equal(store)
    for _ in range(times(25, 500)):
        with store.writing("test") as writing:
            _write_at_random(writing, pick, numbers)
        assert_equal(store)


def test_it_equals_the_store_after_imports_and_their_undoing(sqlite_store: Store, tmp_path: Path) -> None:
    operator, made = Viewer.of_command_line(sqlite_store), []
    for quantity in ("1", "2", "3"):
        lines = orders_text(*(order(order_number=str(number), quantity=quantity) for number in range(40)))
        result = import_file(operator, written(tmp_path, csv_text(lines), f"{quantity}.csv"), "orders", options=ImportOptions(create_missing=True))
        made.append(result.batch)
        assert_equal(sqlite_store)
    for batch in reversed(made):
        batches.undo(operator, batch)
        assert_equal(sqlite_store)
    assert replica.reader(sqlite_store).rows(select(func.count()).select_from(orders))[0][0] == 0


def test_a_rolled_back_change_is_never_read(store: Store) -> None:
    settle(store)
    worlds.make(1, lines=20).write(store)
    with pytest.raises(RuntimeError), store.writing("test") as writing:
        writing.connection.execute(delete(orders))
        raise RuntimeError
    assert replica.reader(store).rows(select(func.count()).select_from(orders))[0][0] == 20
    assert_equal(store)


def test_a_slow_writer_overtaken_by_a_fast_one_is_not_skipped(postgresql_store: Store) -> None:
    store = postgresql_store
    settle(store)
    worlds.make(1, lines=20).write(store)
    reader = replica.reader(store)
    started, overtaken = threading.Event(), threading.Event()

    def slow() -> None:
        with store.writing("slow") as writing:
            writing.connection.execute(update(sites).where(sites.c.site_number == "7100").values(name="slow", txn=writing.txn))
            started.set()
            assert overtaken.wait(30)

    thread = threading.Thread(target=slow)
    thread.start()
    assert started.wait(30)
    with store.writing("fast") as writing:
        writing.connection.execute(update(sites).where(sites.c.site_number == "7101").values(name="fast", txn=writing.txn))
    assert_equal(store)  # the copy has passed the fast writer's number, drawn after the slow one's id
    seen = reader.number
    overtaken.set()
    thread.join()
    assert_equal(store)
    assert reader.number == seen + 1
    assert reader.rows(select(sites.c.name).where(sites.c.site_number == "7100"))[0][0] == "slow"


def test_more_changes_than_a_refresh_carries_are_rebuilt(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(sqlite_store)
    worlds.make(1, lines=100).write(sqlite_store)
    assert_equal(sqlite_store)
    monkeypatch.setattr(refresh, "REBUILD_ROWS", 10)
    before = set((sqlite_store.settings.data_dir / "replica").glob("*.duckdb"))
    with sqlite_store.writing("test") as writing:
        writing.connection.execute(update(orders).values(status="moved", txn=writing.txn))
    assert_equal(sqlite_store)
    after = set((sqlite_store.settings.data_dir / "replica").glob("*.duckdb"))
    assert len(after) == 1
    assert before != after


def test_an_impatient_reader_serves_the_old_copy_with_its_age_while_the_new_one_is_built(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch,
) -> None:
    settle(sqlite_store)
    worlds.make(1, lines=100).write(sqlite_store)
    reader = replica.reader(sqlite_store, patient=False)
    counted = select(func.count()).select_from(orders)
    assert reader.rows(counted)[0][0] == 100
    loaded = reader.as_of
    monkeypatch.setattr(refresh, "REBUILD_ROWS", 10)
    may_build = threading.Event()
    build = files.build
    monkeypatch.setattr(files, "build", lambda store: (may_build.wait(30), build(store))[1])
    with sqlite_store.writing("test") as writing:
        writing.connection.execute(delete(orders).where(orders.c.line_number == 1))
        writing.connection.execute(update(orders).values(status="moved", txn=writing.txn))
    assert reader.rows(counted)[0][0] == 100
    assert (reader.behind, reader.as_of) == (True, loaded)
    may_build.set()
    assert isinstance(reader, replica.OnDuckDB)
    reader.wait_for_rebuild()
    assert reader.rows(counted)[0][0] < 100
    assert not reader.behind
    assert_equal(sqlite_store)


def test_losing_the_file_loses_nothing_and_a_spare_is_taken_up_again(sqlite_store: Store) -> None:
    settle(sqlite_store)
    worlds.make(1, lines=50).write(sqlite_store)
    assert_equal(sqlite_store)
    replica.forget(sqlite_store)
    kept = list((sqlite_store.settings.data_dir / "replica").glob("*.duckdb"))
    assert len(kept) == 1
    assert_equal(sqlite_store)  # a new reader of this process takes the spare
    assert list((sqlite_store.settings.data_dir / "replica").glob("*.duckdb")) == kept
    replica.forget(sqlite_store)
    kept[0].unlink()
    assert_equal(sqlite_store)


def test_a_copy_of_another_store_is_never_taken(tmp_path: Path) -> None:
    first = store_in(tmp_path)
    settle(first)
    worlds.make(1, lines=50).write(first)
    assert_equal(first)
    replica.forget(first)
    first.dispose()
    for name in ("pao.db", "pao.db-wal", "pao.db-shm"):
        (tmp_path / "data" / name).unlink(missing_ok=True)
    second = store_in(tmp_path)
    settle(second)
    worlds.make(2, lines=50).write(second)
    assert second.change_number() == 2
    assert_equal(second)
    replica.forget(second)
    second.dispose()
