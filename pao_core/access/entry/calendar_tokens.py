"""The token of a calendar's address: whoever has it reads one saved view as its user. Kept as a hash, shown once, over with its user."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select, update

from pao_core.access.viewer import Viewer
from pao_core.store.engine import Store, StoreUnreachable
from pao_core.store.schema import calendar_feeds, users

TOKEN_BYTES, TOKEN_CHARACTERS = 32, 64
READ_EVERY = timedelta(hours=6)  # how finely it is known when a calendar was last read
PATIENCE = 1  # seconds that noting a reading waits for another writer


def draw(connection: Connection, user_id: int, view_id: int, now: datetime) -> str:
    """A new token for this user and view, in place of an older one."""
    revoke(connection, user_id, view_id)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    connection.execute(insert(calendar_feeds).values(token_hash=token_hash(token), user_id=user_id, view_id=view_id, created_at=now))
    return token


def revoke(connection: Connection, user_id: int, view_id: int) -> bool:
    """End the token of this user and view; whether there was one."""
    ended = delete(calendar_feeds).where(calendar_feeds.c.user_id == user_id, calendar_feeds.c.view_id == view_id)
    return bool(connection.execute(ended.returning(calendar_feeds.c.view_id)).all())


def count(connection: Connection, user_id: int | None) -> int:
    """How many tokens the user has."""
    return connection.scalar(select(func.count()).select_from(calendar_feeds).where(calendar_feeds.c.user_id == user_id)) or 0


def end_all(connection: Connection, user_id: int) -> int:
    """End every token of the user; gives how many there were."""
    return len(connection.execute(delete(calendar_feeds).where(calendar_feeds.c.user_id == user_id).returning(calendar_feeds.c.view_id)).all())


def find(store: Store, token: object) -> tuple[Viewer, int] | None:
    """Who reads with this token, as that user is now, and the id of the view; None for a token that is none, or whose user may no longer
    come in."""
    if not isinstance(token, str) or len(token) > TOKEN_CHARACTERS or not token.isascii():
        return None
    named = select(calendar_feeds.c.user_id, calendar_feeds.c.view_id, users.c.status).join(users, users.c.id == calendar_feeds.c.user_id)
    with store.reading() as connection:
        row = connection.execute(named.where(calendar_feeds.c.token_hash == token_hash(token))).one_or_none()
        viewer = None if row is None or row.status != "active" else Viewer.of_user(store, row.user_id, connection)
    return None if viewer is None or row is None else (viewer, row.view_id)


def note_reading(store: Store, token: str, now: datetime) -> None:
    """Keep when the calendar was read, so that its user sees whether anybody does; not while the store is busy with something else."""
    this = calendar_feeds.c.token_hash == token_hash(token)
    with store.reading() as connection:
        before = connection.scalar(select(calendar_feeds.c.read_at).where(this))
    if before is not None and now - before < READ_EVERY:
        return
    try:
        with store.writing("calendar", patience=PATIENCE) as writing:
            writing.touches_replica = False
            writing.connection.execute(update(calendar_feeds).where(this).values(read_at=now))
    except StoreUnreachable:
        return  # it is read again soon


def token_hash(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
