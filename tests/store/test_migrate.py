"""An installation of an older version becomes one of today's, with everything it held; one that fails in the middle stays as it was."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from cast import BOREAL
from conftest import _on_server
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pao_core.access import Viewer
from pao_core.access.rights import TOOLS
from pao_core.config import Settings
from pao_core.store import migrate as migrations
from pao_core.store.engine import Store

OLDEST = {"store": "store_0001", "desk": "desk_0001"}
THREE_TOOLS = {"reporting": "view", "price_files": "download", "data": "import"}
AT = "2026-03-02 12:00:00+00:00"


def as_first_published(store: Store) -> None:
    """Bring an empty database to the schema of the first version, with an order, an audit line, two people and their sessions."""
    for part, engine in (("store", store.engine), ("desk", store.desk)):
        with engine.connect() as connection:
            command.upgrade(migrations.config(part, connection), OLDEST[part])
            connection.commit()
    with store.engine.begin() as connection:
        for statement in (
            "INSERT INTO resellers (site_number, name, country, stub, txn) VALUES ('7000002', 'Boreal', 'BR', false, 1)",
            "INSERT INTO sites (site_number, name, name_folded, country, stub, txn) VALUES ('7100', 'S', 's', 'BR', false, 1)",
            "INSERT INTO parts (part_number, description, stub, txn) VALUES ('D0001LL', 'P', false, 1)",
            "INSERT INTO orders (reseller_site_number, order_number, line_number, order_date, order_type, site_number, country, part_number, "
            "quantity, unit_price, currency, amount, txn) "
            "VALUES ('7000002', 'O1', 1, '2026-01-01', 'purchase', '7100', 'BR', 'D0001LL', 1000, 1000000, 'BRL', 100, 1)",
            f"INSERT INTO audit (at, actor, act, facts) VALUES ('{AT}', 'ana', 'import', '{{}}')",
        ):
            connection.execute(text(statement.replace(":", "\\:")))
        for number, (email, role) in enumerate((("ana@boreal.example", "primary"), ("rui@boreal.example", "user")), start=1):
            connection.execute(text(
                "INSERT INTO users (id, email, name, operator, status, access_version, created_at) "
                "VALUES (:id, :email, :email, false, 'active', 1, :at)"),
                {"id": number, "email": email, "at": datetime(2026, 3, 2, tzinfo=UTC)})
            connection.execute(text("INSERT INTO memberships (user_id, reseller_site_number, role, privileges) VALUES (:id, :site, :role, :given)"),
                               {"id": number, "site": BOREAL, "role": role, "given": json.dumps(THREE_TOOLS)})
    with store.desk.begin() as connection:
        connection.execute(text("INSERT INTO sessions (token_hash, user_id, credentials, created_at, used_at, expires_at) "
                                "VALUES ('t', 1, 'c', :at, :at, :at)"), {"at": datetime(2026, 3, 2, tzinfo=UTC)})


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A store as the first version left it, on each engine."""
    environment = {"PAO_DATA_DIR": str(tmp_path / "data")}
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql_template").rsplit("/", 1)[0]
        name = f"pao_old_{tmp_path.name[-20:].replace('-', '_').lower()}"
        _on_server(server, f'DROP DATABASE IF EXISTS "{name}"')
        _on_server(server, f'CREATE DATABASE "{name}"')
        request.addfinalizer(lambda: _on_server(server, f'DROP DATABASE "{name}" WITH (FORCE)'))
        environment["PAO_DATABASE_URL"] = f"{server}/{name}"
    store = Store(Settings.from_environment(environment))
    request.addfinalizer(store.dispose)
    as_first_published(store)
    return store


def test_an_older_store_keeps_its_rows_its_people_and_a_guarded_audit(old: Store) -> None:
    migrations.migrate(old)
    assert migrations.is_current(old.engine, "store") and migrations.is_current(old.desk, "desk")
    with old.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM orders")) == 1
        assert connection.execute(text("SELECT actor, act, refused, address FROM audit")).one() == ("ana", "import", False, None)
    for change in ("DELETE FROM audit", "UPDATE audit SET actor = 'nobody'"):
        with pytest.raises(DBAPIError, match="append-only"), old.engine.begin() as connection:
            connection.execute(text(change))


def test_who_ran_a_site_before_runs_its_access_now_and_nobody_else_gains_anything(old: Store) -> None:
    migrations.migrate(old)
    ana, rui = (Viewer.of_email(old, f"{name}@boreal.example") for name in ("ana", "rui"))
    assert ana.memberships[0].rights == {f"{tool}.{level}" for tool, levels in TOOLS.items() for level in levels}
    assert rui.memberships[0].rights == {"reporting.view", "price_files.download", "data.import"}


def test_every_session_of_before_is_over(old: Store) -> None:
    migrations.migrate(old)
    with old.desk_reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM sessions")) == 0


def test_every_changed_row_of_an_older_store_still_leaves_its_previous_version(old: Store) -> None:
    migrations.migrate(old)
    with old.writing("test") as writing:
        writing.connection.execute(text("UPDATE orders SET po_number = 'X', txn = :txn"), {"txn": writing.txn})
    with old.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM row_history WHERE table_name = 'orders'")) == 1


def test_a_migration_that_fails_leaves_the_store_as_it_was(old: Store) -> None:
    with old.engine.begin() as connection:
        # Two primary contacts at a site, which an older program prevented by itself: the new constraint cannot be made.
        connection.execute(text("UPDATE memberships SET role = 'primary'"))
    with pytest.raises(DBAPIError):
        migrations.migrate(old)
    with old.engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "store_0001"
        assert connection.scalar(text("SELECT count(*) FROM memberships")) == 2
