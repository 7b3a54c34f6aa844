"""A backup restored elsewhere is the same store, and nothing is overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest
import world as worlds
from cast import settle, store_in
from sqlalchemy import select

from pao_core import replica
from pao_core.config import Settings
from pao_core.locale import Refused
from pao_core.store.backup import backup, restore
from pao_core.store.engine import Store
from pao_core.store.schema import REPLICATED, orders


def _rows(store: Store) -> dict[str, list[tuple[object, ...]]]:
    with store.reading() as connection:
        return {table.name: [tuple(row) for row in connection.execute(select(table).order_by(table.c.id))] for table in REPLICATED}


def test_a_restored_backup_holds_every_row_and_is_read_afresh(tmp_path: Path, sqlite_store: Store) -> None:
    settle(sqlite_store)
    worlds.make(1, lines=50).write(sqlite_store)
    replica.reader(sqlite_store).rows(select(orders.c.id))
    size = backup(sqlite_store, tmp_path / "backup.db")
    assert size == (tmp_path / "backup.db").stat().st_size
    assert (tmp_path / "backup.db").stat().st_mode & 0o777 == 0o600
    environment = {"PAO_DATA_DIR": str(tmp_path / "other")}
    restore(Settings.from_environment(environment), tmp_path / "backup.db")
    other = store_in(tmp_path, PAO_DATA_DIR=environment["PAO_DATA_DIR"])
    assert _rows(other) == _rows(sqlite_store)
    assert replica.files.store_id(other) != replica.files.store_id(sqlite_store)
    assert len(replica.reader(other).rows(select(orders.c.id))) == 50
    replica.forget(other)
    other.dispose()


def test_postgresql_is_backed_up_and_restored_with_its_own_programs(tmp_path: Path, postgresql_store: Store, postgresql_template: str) -> None:
    import psycopg

    settle(postgresql_store)
    worlds.make(1, lines=50).write(postgresql_store)
    backup(postgresql_store, tmp_path / "backup.dump")
    server = postgresql_template.rsplit("/", 1)[0]
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE pao_restored")
    try:
        restore(Settings.from_environment({"PAO_DATA_DIR": str(tmp_path), "PAO_DATABASE_URL": f"{server}/pao_restored"}),
                tmp_path / "backup.dump")
        other = store_in(tmp_path, PAO_DATABASE_URL=f"{server}/pao_restored")
        assert _rows(other) == _rows(postgresql_store)
        other.dispose()
    finally:
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute("DROP DATABASE pao_restored WITH (FORCE)")


def test_a_store_in_use_is_never_overwritten(tmp_path: Path, store: Store) -> None:
    settle(store)
    if store.on_postgresql:
        (tmp_path / "backup").write_bytes(b"PGDMP")
    else:
        backup(store, tmp_path / "backup")
    with pytest.raises(Refused, match="holds data"):
        restore(store.settings, tmp_path / "backup")
    assert store.change_number() == 1


def test_a_file_that_is_no_backup_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database")
    environment = Settings.from_environment({"PAO_DATA_DIR": str(tmp_path / "new")})
    with pytest.raises(Refused, match="no backup"):
        restore(environment, tmp_path / "notes.txt")
    assert list((tmp_path / "new").iterdir()) == []


def test_an_existing_file_is_not_overwritten_by_a_backup(tmp_path: Path, sqlite_store: Store) -> None:
    (tmp_path / "taken").write_text("precious")
    with pytest.raises(Refused, match="exists already"):
        backup(sqlite_store, tmp_path / "taken")
    assert (tmp_path / "taken").read_text() == "precious"
