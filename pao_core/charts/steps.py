"""The steps of time that a figure counts by: every one from the first to the last, so that a gap shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta


def months(found: Sequence[str]) -> list[str]:
    """Every month from the first to the last."""
    if not found:
        return []
    first, last = min(found), max(found)
    start, end = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (first, last))
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(start, end + 1)]


def weeks(found: Sequence[str]) -> list[str]:
    """Every Monday from the first to the last."""
    if not found:
        return []
    first, last = (date.fromisoformat(monday) for monday in (min(found), max(found)))
    return [(first + timedelta(days)).isoformat() for days in range(0, (last - first).days + 1, 7)]


def quarter(month: str) -> str:
    """The first month of the quarter."""
    return f"{month[:4]}-{(int(month[5:]) - 1) // 3 * 3 + 1:02}"
