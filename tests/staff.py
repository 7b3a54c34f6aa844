"""People at reseller sites for the tests of access: taken on in one line, and the tables of people as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, func, insert, select

from pao_core.access import Viewer
from pao_core.access.rights import PRESETS
from pao_core.locale import Refused
from pao_core.store.engine import Store
from pao_core.store.schema import audit, desk_metadata, memberships, metadata, users

MANAGES = PRESETS["secondary"] | {"access": "update"}
# Everything an act could change; the audit grows by the attempt itself, and a transaction draws a number.
TABLES = [table for table in metadata.sorted_tables if table.name not in ("audit", "counters")]
Rows = dict[str, list[tuple[Any, ...]]]


def hire(store: Store, email: str, site: str | None, role: str, privileges: Mapping[str, str] | None = None, *, operator: bool = False,
         status: str = "active") -> Viewer:
    """Put a person at a site, by the table; gives its viewer."""
    with store.writing("test") as writing:
        user_id = writing.connection.scalar(select(users.c.id).where(users.c.email == email))
        if user_id is None:
            user_id = writing.connection.execute(insert(users).values(
                email=email, name=email.split("@")[0].title(), operator=operator, status=status, created_at=writing.at,
            ).returning(users.c.id)).scalar_one()
        if site is not None:
            writing.connection.execute(insert(memberships).values(
                user_id=user_id, reseller_site_number=site, role=role, privileges=dict(PRESETS[role] if privileges is None else privileges)))
    return viewer(store, email)


def viewer(store: Store, email: str) -> Viewer:
    """Who this person is now."""
    return Viewer.of_email(store, email)


def rows(store: Store) -> Rows:
    """Every row that an act could change, by table."""
    with store.reading() as connection:
        return {table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr) for table in TABLES}


def put_back(store: Store, kept: Rows) -> None:
    """Make the tables that acts change hold these rows again."""
    people = [table for table in metadata.sorted_tables if table.name in CHANGED_BY_ACTS]
    with store.writing("test") as writing:
        writing.touches_replica = False
        for table in reversed(people):
            writing.connection.execute(delete(table))
        for table in people:
            if kept[table.name]:
                names = [column.name for column in table.columns]
                writing.connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in kept[table.name]])
    with store.desk_writing() as desk:
        desk.execute(delete(desk_metadata.tables["open_acts"]))


CHANGED_BY_ACTS = ("users", "memberships", "access_requests", "primary_offers", "second_factors", "recovery_codes", "one_time_links", "outbox",
                   "site_contacts", "approval_limits", "mappings", "batches", "saved_views", "view_marks", "calendar_feeds", "notes", "note_versions")


def audited(store: Store) -> int:
    """How many lines the audit has."""
    with store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(audit)) or 0


def audit_since(store: Store, count: int) -> list[Any]:
    """The lines of the audit after the first `count`."""
    with store.reading() as connection:
        return list(connection.execute(select(audit).order_by(audit.c.id).offset(count)))


def refusal(act: Any, *args: Any, **options: Any) -> Refused | None:
    """What the act refused; None when it was done."""
    try:
        act(*args, **options)
    except Refused as problem:
        return problem
    return None


def role_at(store: Store, email: str, site: str) -> str | None:
    """The role of a person at the site."""
    here = memberships.c.reseller_site_number == site, users.c.email == email
    with store.reading() as connection:
        return connection.scalar(select(memberships.c.role).join(users, users.c.id == memberships.c.user_id).where(*here))
