"""The cast of the access tests: two resellers and the distributor of both, on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import insert
from sqlalchemy.engine import make_url

from pao_core.access import Viewer, users
from pao_core.config import Settings
from pao_core.store.engine import Store
from pao_core.store.migrate import migrate
from pao_core.store.schema import resellers

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PASSWORD = "seven green umbrellas walk"


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("migrated")
    store = Store(Settings.from_environment({"PAO_DATA_DIR": str(folder)}))
    migrate(store)
    store.dispose()
    return folder


@pytest.fixture(scope="session")
def migrated_postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a migrated database to copy."""
    server = os.environ.get("PAO_TEST_POSTGRESQL")
    if not server:
        missing = "PostgreSQL is missing: set PAO_TEST_POSTGRESQL to a server's URL"
        (pytest.fail if os.environ.get("PAO_TEST_ALL") == "1" else pytest.skip)(missing)
    name = f"pao_access_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
        store = _store(tmp_path_factory.mktemp("template"), server, name)
        migrate(store)
        store.dispose()
        yield name
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty, migrated store of its own for each test, on both engines."""
    if request.param == "sqlite":
        shutil.copytree(request.getfixturevalue("migrated_sqlite"), tmp_path / "data")
        made = Store(Settings.from_environment({"PAO_DATA_DIR": str(tmp_path / "data")}))
        yield made
        made.dispose()
        return
    template = request.getfixturevalue("migrated_postgresql")
    server, name = os.environ["PAO_TEST_POSTGRESQL"], f"{template}_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")  # type: ignore[arg-type]
        made = _store(tmp_path / "data", server, name)
        yield made
        made.dispose()
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]


def _store(folder: Path, server: str, name: str) -> Store:
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    return Store(Settings.from_environment({"PAO_DATA_DIR": str(folder), "PAO_DATABASE_URL": url}))


@pytest.fixture
def operator(store: Store) -> Viewer:
    """The operator at the machine, with three resellers: Norte sells to Sul and Leste."""
    with store.writing("test") as writing:
        for number, name, through in (("1000", "Norte", None), ("1001", "Sul", "1000"), ("1002", "Leste", "1000")):
            writing.connection.execute(insert(resellers).values(
                site_number=number, name=name, country="BR", tier="reseller" if through else "distributor",
                distributor_site_number=through, stub=False, txn=writing.txn,
            ))
    return Viewer.of_command_line(store)


@pytest.fixture
def ana(operator: Viewer) -> str:
    """Ana, the primary contact of Sul; her e-mail."""
    users.add(operator, "ana@sul.example", "Ana Prado", "1001", "primary", PASSWORD)
    return "ana@sul.example"
