"""One at a time: a desk transaction that counts before it writes takes its turn first."""

from __future__ import annotations

from sqlalchemy import Connection, func, select


def take_turn(connection: Connection, what: str) -> None:
    """Wait until no other transaction holds `what`; held until this one ends. SQLite's BEGIN IMMEDIATE has done it already."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(what, 0))))
