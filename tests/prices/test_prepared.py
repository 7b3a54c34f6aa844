"""A prepared file is made once, handed out without asking the database again, and never survives a change of prices."""

from __future__ import annotations

import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cast import settle
from sqlalchemy import Connection, delete, event, insert, update

from pao_core.access import Viewer
from pao_core.locale import use
from pao_core.prices import prepared, price_files
from pao_core.prices.price_files import PriceFile
from pao_core.prices.shelf import shelf
from pao_core.store.engine import Store
from pao_core.store.schema import agreements, parts, prices

TODAY = date(2026, 11, 24)
BRAZIL = PriceFile("software", "current", "BR", "BRL")


def with_price(store: Store) -> Viewer:
    people = settle(store)
    with store.writing("test") as writing:
        writing.connection.execute(insert(parts).values(part_number="D9AA1LL", description="Server", family="software", txn=writing.txn))
        for day, amount in ((date(2026, 1, 1), 10), (date(2027, 1, 1), 11)):
            writing.connection.execute(insert(prices).values(
                part_number="D9AA1LL", country="BR", currency="BRL", price_level="BL", effective_from=day, unit_price=Decimal(amount),
                txn=writing.txn))
    return people["ana"]


def files(store: Store) -> list[Path]:
    return sorted((store.settings.data_dir / "price-files").iterdir())


def get(viewer: Viewer, today: date = TODAY, format: str = "csv") -> bytes:
    return price_files.file(viewer, BRAZIL, format, today)


def test_the_second_download_reads_one_number_from_the_database(store: Store) -> None:
    viewer = with_price(store)
    first = get(viewer)
    asked: list[str] = []

    def note(_connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        assert get(viewer) == first
    finally:
        event.remove(store.engine, "before_cursor_execute", note)
    assert [statement for statement in asked if "SELECT" in statement] == [asked[-1]] and "counters" in asked[-1]


def test_a_file_is_kept_for_the_owner_alone(sqlite_store: Store) -> None:
    get(with_price(sqlite_store))
    [file] = files(sqlite_store)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_kept_file_is_handed_out_as_it_is(sqlite_store: Store) -> None:
    viewer = with_price(sqlite_store)
    get(viewer)
    [file] = files(sqlite_store)
    file.write_bytes(b"kept")
    assert get(viewer) == b"kept"


@pytest.mark.parametrize("change", ["price", "part", "deleted"])
def test_a_change_of_prices_or_parts_gives_a_new_file_and_takes_the_old_one_away(store: Store, change: str) -> None:
    viewer = with_price(store)
    old = get(viewer)
    [before] = files(store)
    with store.writing("test") as writing:
        if change == "price":
            writing.connection.execute(update(prices).values(unit_price=Decimal("12.5"), txn=writing.txn))
        elif change == "part":
            writing.connection.execute(update(parts).values(part_type="monthly", txn=writing.txn))
        else:
            writing.connection.execute(delete(prices).where(prices.c.effective_from < TODAY))
    assert get(viewer) != old
    assert len(files(store)) == 1 and files(store) != [before]


def test_another_change_keeps_the_file(store: Store) -> None:
    viewer = with_price(store)
    get(viewer)
    before = files(store)
    with store.writing("test") as writing:
        writing.connection.execute(insert(agreements).values(
            agreement_number="600", customer_name="Lumiara", customer_name_folded="lumiara", stub=False, txn=writing.txn))
    get(viewer)
    assert files(store) == before


def test_a_file_holds_until_some_price_begins_or_ends(sqlite_store: Store) -> None:
    viewer = with_price(sqlite_store)
    assert get(viewer, date(2026, 1, 1)) == get(viewer, date(2026, 12, 31))
    assert len(files(sqlite_store)) == 1
    assert b"11.0" in get(viewer, date(2027, 1, 1))
    assert len(files(sqlite_store)) == 2


def test_a_workbook_is_made_for_each_language_and_csv_for_all(sqlite_store: Store) -> None:
    viewer = with_price(sqlite_store)
    for language in ("en", "pt_BR", "es"):
        with use(language):
            get(viewer)
            get(viewer, format="xlsx")
    assert sorted(file.suffix for file in files(sqlite_store)) == [".csv", ".xlsx", ".xlsx", ".xlsx"]


def test_many_at_once_make_it_once(sqlite_store: Store) -> None:
    viewer = with_price(sqlite_store)
    lists = shelf(viewer.store)
    made: list[int] = []
    together = threading.Barrier(16)

    def make() -> bytes:
        made.append(1)
        return b"made"

    def ask(_turn: int) -> bytes:
        together.wait()
        return prepared.prepared(viewer.store, lists, ("facts",), "csv", make)

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(ask, range(16))) == {b"made"}
    assert len(made) == 1 and len(files(sqlite_store)) == 1


def test_half_made_files_of_an_older_change_go_and_no_more_than_so_many_stay(sqlite_store: Store) -> None:
    viewer = with_price(sqlite_store)
    get(viewer)
    [file] = files(sqlite_store)
    file.with_name(f"{file.name}.x.part").write_bytes(b"half")
    with sqlite_store.writing("test") as writing:
        writing.connection.execute(update(prices).values(unit_price=Decimal("12.5"), txn=writing.txn))
    lists = shelf(sqlite_store)
    for number in range(prepared.KEPT + 5):
        prepared.prepared(sqlite_store, lists, (number,), "csv", lambda: b"")
    assert len(files(sqlite_store)) == prepared.KEPT and not any(kept.suffix == ".part" for kept in files(sqlite_store))
