"""Stores to test on, the cast on them (`cast.py` tells who they are), and a served product with a browser on it."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from browser import PATIENCE, Seats, Served, demonstrated
from cast import settle, store_in, without
from playwright.sync_api import Browser, Page, expect, sync_playwright

from pao_core import replica
from pao_core.access import Viewer
from pao_core.config import Settings
from pao_core.store.engine import Store
from pao_core.store.migrate import migrate

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--process-per-site"]


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What is imported by now stays: looking for garbage among it takes a fifth of the time of all tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)


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
    _on_server(server, f"CREATE DATABASE {name} TEMPLATE {template} {copying(server)}")
    with psycopg.connect(f"{server}/{name}") as connection:
        connection.execute("UPDATE settings SET value = to_json(%s::text) WHERE name = 'store_id'", [uuid4().hex])
    yield f"{server}/{name}"
    _on_server(server, f"DROP DATABASE {name} WITH (FORCE)")


@cache
def copying(server: str) -> str:
    """How a database is copied: file by file where the server does not wait for the disk, which is then twice as fast."""
    with psycopg.connect(f"{server}/postgres") as connection:
        (fsync,) = connection.execute("SHOW fsync").fetchone() or ("on",)
        return "STRATEGY FILE_COPY" if fsync == "off" and connection.info.server_version >= 150_000 else ""


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


@pytest.fixture
def direct_store(tmp_path: Path, postgresql_url: str) -> Iterator[Store]:
    """An empty store on PostgreSQL, whose reports are read on PostgreSQL itself."""
    store = store_in(tmp_path, PAO_DATABASE_URL=postgresql_url, PAO_ANALYTICS_URL=postgresql_url)
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


# -- served -----------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def demonstration_data(tmp_path_factory: pytest.TempPathFactory) -> Served:
    """Demonstration data to copy, loaded once."""
    return demonstrated(tmp_path_factory.mktemp("demonstration"))


@pytest.fixture
def cold(demonstration_data: Served, tmp_path: Path) -> Iterator[Served]:
    """A server of this test's own that nobody has visited."""
    yield from _serving(demonstration_data, tmp_path / "served")


@pytest.fixture(scope="session")
def served(demonstration_data: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for the tests that only read or that add to it."""
    yield from _serving(demonstration_data, tmp_path_factory.mktemp("server") / "data")


def _serving(loaded: Served, folder: Path) -> Iterator[Served]:
    """A server on a copy of loaded data, stopped at the end."""
    shutil.copytree(loaded.data, folder)
    served = Served(folder, loaded.log_ins)
    served.start()
    yield served
    served.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser."""
    if not Path(CHROMIUM).exists():
        without("Chromium")
    expect.set_options(timeout=PATIENCE * 1_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def seats(chromium: Browser) -> Seats:
    """Where readers sit."""
    return Seats(chromium)


@pytest.fixture
def tab(seats: Seats) -> Iterator[Callable[..., Page]]:
    """Open a tab of a reader of its own: `tab(language="en-US", width=1440, dark=False)`."""
    taken = []

    def opened(language: str = "en-US", width: int = 1440, height: int = 900, dark: bool = False) -> Page:
        context = seats.take(language)
        taken.append((language, context))
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="dark" if dark else "light")
        return page

    yield opened
    for language, context in reversed(taken):
        seats.leave(language, context)
