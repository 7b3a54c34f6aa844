"""What people sign in with in the tests, and when it is."""

from __future__ import annotations

from datetime import UTC, datetime

from cast import AURORA, BOREAL, CEDRO
from sqlalchemy import insert

from pao_core.store.engine import Store
from pao_core.store.schema import resellers

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
