"""Buckets of days to the due date: which days they hold, as a report's column and as a condition.

The bounds are ours, after the dashboard buckets of domain.md 2.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, true

from pao_core.locale.words import BUCKETS, DUE_BUCKETS, LATE_BUCKETS

OVERDUE = "overdue"
# The first and the last number of days from today to the due date, both inclusive; None: no such end.
DAYS: dict[str, tuple[int | None, int | None]] = {
    "late-181": (None, -181), "late-121-180": (-180, -121), "late-91-120": (-120, -91), "late-61-90": (-90, -61), "late-31-60": (-60, -31),
    "late-1-30": (-30, -1), OVERDUE: (None, -1), "0-30": (0, 30), "31-60": (31, 60), "61-90": (61, 90), "91-120": (91, 120),
    "121-180": (121, 180), "later": (181, None),
}
AHEAD = tuple(DUE_BUCKETS)
# Looking back, what is late is told apart by days too.
BACK = (*LATE_BUCKETS, *(code for code in DUE_BUCKETS if code != OVERDUE))
PLACES = {code: place for place, code in enumerate(BUCKETS)}


def dates(code: str, today: date) -> tuple[date | None, date | None]:
    """The first and the last due date of a bucket, both inclusive; None: no such end."""
    first, last = (None if days is None else today + timedelta(days) for days in DAYS[code])
    return first, last


def place(due: ColumnElement[Any], today: date, codes: Sequence[str]) -> ColumnElement[Any]:
    """The bucket of a due date as its place in words.BUCKETS; `codes` are those that it may be in: in time, without a gap or an end."""
    *ended, endless = codes
    return case(*((due <= dates(code, today)[1], PLACES[code]) for code in ended), else_=PLACES[endless])


def within(due: ColumnElement[Any], today: date, code: str) -> ColumnElement[bool]:
    """The condition that a due date lies in the bucket."""
    first, last = dates(code, today)
    return and_(true() if first is None else due >= first, true() if last is None else due <= last)
