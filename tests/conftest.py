"""Stores to test on, and the cast on them (`cast.py` tells who they are)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from cast import settle, store_in, without

from pao_core import replica
from pao_core.access import Viewer
from pao_core.config import Settings
from pao_core.store.engine import Store
from pao_core.store.migrate import migrate


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of this machine's own configuration reaches a test."""
    for name in list(os.environ):
        if name.startswith("PAO_") and not name.startswith(("PAO_TEST", "PAO_SOAK")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PAO_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture(scope="session")
def postgresql_template() -> Iterator[str]:
    """A migrated database on the test server, from which each test's own is copied; gives the server's address."""
    server = os.environ.get("PAO_TEST_POSTGRESQL")
    if not server:
        without("a PostgreSQL server (PAO_TEST_POSTGRESQL)")
    assert server
    name = f"pao_template_{uuid4().hex[:8]}"
    _on_server(server, f"CREATE DATABASE {name}")
    store = Store(Settings.from_environment({"PAO_DATABASE_URL": f"{server}/{name}", "PAO_DATA_DIR": os.environ.get("TMPDIR", "/tmp")}))
    migrate(store)
    store.dispose()
    yield f"{server}/{name}"
    _on_server(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgresql_url(postgresql_template: str) -> Iterator[str]:
    """The address of a database of this test's own, migrated and empty."""
    server, template = postgresql_template.rsplit("/", 1)
    name = f"pao_test_{uuid4().hex[:12]}"
    _on_server(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    with psycopg.connect(f"{server}/{name}") as connection:
        connection.execute("UPDATE settings SET value = to_json(%s::text) WHERE name = 'store_id'", [uuid4().hex])
    yield f"{server}/{name}"
    _on_server(server, f"DROP DATABASE {name} WITH (FORCE)")


def _on_server(server: str, statement: str) -> None:
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(statement.encode())


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    """An empty store on SQLite, read through DuckDB."""
    store = store_in(tmp_path)
    yield store
    _close(store)


@pytest.fixture
def postgresql_store(tmp_path: Path, postgresql_url: str) -> Iterator[Store]:
    """An empty store on PostgreSQL, read through DuckDB."""
    store = store_in(tmp_path, PAO_DATABASE_URL=postgresql_url)
    yield store
    _close(store)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Store:
    """An empty store, on each engine in turn."""
    found: Store = request.getfixturevalue(f"{request.param}_store")
    return found


def _close(store: Store) -> None:
    replica.forget(store)
    store.dispose()


@pytest.fixture
def operator(store: Store) -> Viewer:
    """The operator at the command line."""
    return Viewer.of_command_line(store)


@pytest.fixture
def people(store: Store) -> dict[str, Viewer]:
    """The cast on `store`: ana, bob, carla, dora."""
    return settle(store)
