"""What people sign in with in the tests, and when it is."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from cast import AURORA, BOREAL, CEDRO
from sqlalchemy import insert, select, update

from pao_core.access import Viewer
from pao_core.access.entry import new_password, passwords, sessions
from pao_core.access.people import users
from pao_core.store.engine import Store
from pao_core.store.schema import resellers
from pao_core.store.schema import users as users_table

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PASSWORD = "seven green umbrellas walk"
ANA, RUI = "ana@boreal.example", "rui@boreal.example"


def open_shop(store: Store) -> None:
    """Put the cast's three resellers into the store, and nobody yet: Aurora distributes to Boreal and Cedro."""
    with store.writing("test") as writing:
        writing.connection.execute(insert(resellers), [
            {"site_number": number, "name": name, "country": "BR", "tier": "reseller" if through else "distributor",
             "distributor_site_number": through, "stub": False, "txn": writing.txn}
            for number, name, through in ((AURORA, "Aurora", None), (BOREAL, "Boreal", AURORA), (CEDRO, "Cedro", AURORA))
        ])


@cache
def kept() -> str:
    """The hash of PASSWORD, made once for all tests."""
    return passwords.hashed(PASSWORD)


def settle_ana(operator: Viewer) -> None:
    """Add Ana, the primary contact of Boreal, with PASSWORD."""
    users.add(operator, ANA, "Ana Prado", BOREAL, "primary")
    with operator.store.writing("test") as writing:
        writing.connection.execute(update(users_table).where(users_table.c.email == ANA).values(password_hash=kept(), status="active"))


def ticket_of_ana(store: Store, now: datetime = NOW) -> str:
    """What Ana's sign-in gives, without the cost of a password."""
    with store.desk_writing() as desk, store.reading() as connection:
        user = connection.execute(select(users_table).where(users_table.c.email == ANA)).one()
        return sessions.open_ticket(desk, user.id, passwords.fingerprint(user.password_hash), now)


def set_by(store: Store, token: object, purpose: str, password: object, now: datetime) -> None:
    """Set the password by a one-time link, typed the same twice."""
    new_password.by_link(store, token, purpose, password, password, now)
