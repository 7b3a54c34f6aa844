"""The cast: named people with a story, and what this machine can test.

    Aurora (7000001) is the distributor of Boreal (7000002) and Cedro (7000003), which sell to some of the same customers.
    carla  primary contact of Aurora, the distributor        ana    primary contact of Boreal
    bob    plain user of Cedro                                dora   the installation's operator, member of nothing
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import insert, select

from pao_core.access import Viewer
from pao_core.access.rights import PRESETS
from pao_core.config import Settings
from pao_core.replica import files
from pao_core.store.engine import Store
from pao_core.store.migrate import migrate
from pao_core.store.schema import memberships, resellers, users

SHARED = Path(__file__).resolve().parents[2] / "shared"
SOAK = bool(os.environ.get("PAO_SOAK"))
AURORA, BOREAL, CEDRO = "7000001", "7000002", "7000003"
EMBEDDED, SPARE = ("pao.db", "pao-desk.db"), "spare.duckdb"
CAST = {
    "carla@aurora.example": (AURORA, "primary"), "ana@boreal.example": (BOREAL, "primary"), "bob@cedro.example": (CEDRO, "user"),
}


def without(what: str) -> None:
    """Skip, loudly, what this machine cannot run; under PAO_TEST_ALL a skip is a failure."""
    if os.environ.get("PAO_TEST_ALL"):
        pytest.fail(f"{what} is missing, and PAO_TEST_ALL asks for every test")
    pytest.skip(f"NOT TESTED: {what} is missing")


def times(ci: int, soak: int) -> int:
    """How often a test repeats: in every run, and in `make soak`."""
    return soak if SOAK else ci


def store_in(folder: Path, **environment: str) -> Store:
    """A migrated store with its data in `folder`, and an empty reading copy at hand: what is written is read by refreshing it."""
    settings = Settings.from_environment({"PAO_DATA_DIR": str(folder / "data"), "PAO_REPLICA_THREADS": "1", **environment})
    if settings.database_url.get_backend_name() == "sqlite" and not (settings.data_dir / "pao.db").exists():
        for name in EMBEDDED:
            shutil.copy(_blank() / name, settings.data_dir / name)
        with closing(sqlite3.connect(settings.data_dir / "pao.db")) as connection, connection:
            connection.execute("UPDATE settings SET value = ? WHERE name = 'store_id'", [json.dumps(uuid4().hex)])
        store = Store(settings)
    else:
        store = Store(settings)
        migrate(store)
    if not settings.analytics_url and store.change_number() == 0:
        shutil.copy(_blank() / SPARE, files._folder(store) / f"{files._fingerprint(store)}-spare.duckdb")
    return store


@cache
def _blank() -> Path:
    """A folder with an empty store's files and its reading copy, made once: to migrate and to build anew takes a second."""
    folder = Path(tempfile.mkdtemp(prefix="pao-blank-"))
    atexit.register(shutil.rmtree, folder)
    store = Store(Settings.from_environment({"PAO_DATA_DIR": str(folder)}))
    migrate(store)
    made = files.build(store)
    made.release()
    shutil.move(made.path, folder / SPARE)
    store.dispose()
    return folder


def settle(store: Store) -> dict[str, Viewer]:
    """Put the three resellers and the cast into a store; gives each person's viewer by first name."""
    with store.writing("test") as writing:
        writing.connection.execute(insert(resellers), [
            {"site_number": AURORA, "name": "Aurora Distribuição", "country": "BR", "tier": "distributor", "distributor_site_number": None,
             "stub": False, "txn": writing.txn},
            {"site_number": BOREAL, "name": "Boreal Sistemas", "country": "BR", "tier": "reseller", "distributor_site_number": AURORA,
             "stub": False, "txn": writing.txn},
            {"site_number": CEDRO, "name": "Cedro Soluções", "country": "PT", "tier": "reseller", "distributor_site_number": AURORA,
             "stub": False, "txn": writing.txn},
        ])
        for email, (site, role) in CAST.items():
            user_id = writing.connection.execute(insert(users).values(
                email=email, name=email.split("@")[0].title(), operator=False, status="active", created_at=writing.at,
            ).returning(users.c.id)).scalar_one()
            writing.connection.execute(insert(memberships).values(
                user_id=user_id, reseller_site_number=site, role=role, privileges=PRESETS[role],
            ))
        writing.connection.execute(insert(users).values(
            email="dora@desk.example", name="Dora", operator=True, status="active", created_at=writing.at,
        ))
    return cast_of(store)


def cast_of(store: Store) -> dict[str, Viewer]:
    """Each person's viewer by first name, of a store that has the cast."""
    with store.reading() as connection:
        ids = connection.execute(select(users.c.id, users.c.email)).all()
        found = {email.split("@")[0]: Viewer.of_user(store, user_id, connection) for user_id, email in ids}
    return {name: viewer for name, viewer in found.items() if viewer}
