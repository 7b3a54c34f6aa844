"""Stores for towns: each town is put into its own, one after another in the same test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from cast import store_in
from conftest import copying

from pao_core import replica
from pao_core.config import Settings
from pao_core.store.engine import Store

Opening = Callable[..., AbstractContextManager[Store]]


def opened(folder: Path, **environment: str) -> Store:
    """A store whose tables are made already."""
    return Store(Settings.from_environment({"PAO_DATA_DIR": str(folder / "data"), "PAO_REPLICA_THREADS": "1", **environment}))


@contextmanager
def closing(store: Store) -> Iterator[Store]:
    """The store, closed and deleted at the end."""
    try:
        yield store
    finally:
        replica.forget(store)
        store.dispose()
        shutil.rmtree(store.settings.data_dir, ignore_errors=True)


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Opening:
    """Open an empty store on SQLite, in a folder of its own."""
    made = tmp_path_factory.mktemp("empty")
    store_in(made).dispose()

    def fresh(folder: Path) -> AbstractContextManager[Store]:
        shutil.copytree(made / "data", folder / "data")
        return closing(opened(folder))
    return fresh


@pytest.fixture(scope="module")
def on_postgresql(postgresql_template: str) -> Opening:
    """Open an empty store on PostgreSQL, in a database of its own."""
    server, template = postgresql_template.rsplit("/", 1)

    @contextmanager
    def fresh(folder: Path) -> Iterator[Store]:
        name = f"pao_town_{uuid4().hex[:12]}"
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} {copying(server)}".encode())
            try:
                with psycopg.connect(f"{server}/{name}") as own:
                    own.execute("UPDATE settings SET value = to_json(%s::text) WHERE name = 'store_id'", [uuid4().hex])
                with closing(opened(folder, PAO_DATABASE_URL=f"{server}/{name}")) as store:
                    yield store
            finally:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
    return fresh
