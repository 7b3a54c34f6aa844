"""How far a user had seen the data when the visit before this one ended: what counts as changed since.

A visit lasts while its user looks again within ABSENCE. It is measured in change numbers, not in hours: a long import that began
before a look and was committed after it is news to the next visit. The desk keeps it, so a look never waits for an import.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from pao_core.access.entry.sessions import IDLE
from pao_core.access.turn import take_turn
from pao_core.store.engine import Store
from pao_core.store.schema import visits

ABSENCE = IDLE
# A look is written down when the one before it is as old as this: what changes meanwhile may be told once more, but never not at all.
TOUCH_EVERY = timedelta(minutes=5)


@dataclass(frozen=True)
class Look:
    """A look at the data: when, and up to which change number it was shown."""

    at: datetime
    number: int


@dataclass(frozen=True)
class _Row:
    """What the desk knows of a user: the last look of this visit, and the last of the visit before; no `before` in the first ever."""

    seen_at: datetime
    seen_number: int
    before_at: datetime | None = None
    before_number: int | None = None

    @property
    def before(self) -> Look | None:
        return None if self.before_at is None or self.before_number is None else Look(self.before_at, self.before_number)


def look(store: Store, user_id: int, number: int, now: datetime) -> Look | None:
    """Note that the user is now shown the data up to change `number`; gives the last look of the visit before this one, None in
    the first visit ever."""
    with store.desk_reading() as connection:
        known = _known(connection, user_id)
    if known is None or _is_old(known, now):
        with store.desk_writing() as connection:
            take_turn(connection, f"visit of {user_id}")
            known = _write(connection, user_id, number, now)
    return known.before


def _write(connection: Connection, user_id: int, number: int, now: datetime) -> _Row:
    """The row as another process may have left it a moment ago, with this look in it."""
    known = _known(connection, user_id)
    if known is None:
        made = _Row(now, number)
        connection.execute(insert(visits).values(user_id=user_id, **asdict(made)))
        return made
    if not _is_old(known, now):
        return known
    returned = now - known.seen_at >= ABSENCE
    before = (known.seen_at, known.seen_number) if returned else (known.before_at, known.before_number)
    made = _Row(now, number, *before)
    connection.execute(update(visits).where(visits.c.user_id == user_id).values(**asdict(made)))
    return made


def _known(connection: Connection, user_id: int) -> _Row | None:
    columns = (visits.c.seen_at, visits.c.seen_number, visits.c.before_at, visits.c.before_number)
    row = connection.execute(select(*columns).where(visits.c.user_id == user_id)).one_or_none()
    return _Row(*row) if row else None


def _is_old(row: _Row, now: datetime) -> bool:
    return now - row.seen_at >= TOUCH_EVERY
