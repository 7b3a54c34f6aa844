"""Business days: month arithmetic and the month-days of anniversaries."""

from __future__ import annotations

import calendar
from datetime import date


def add_months(day: date, months: int) -> date:
    """The same day `months` later (or earlier); the month's last day where it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def parse_month_day(text: str) -> int | None:
    """'MM-DD' as month * 100 + day, 02-29 included; None when it is no day of a year."""
    month, _, day = text.partition("-")
    if not (len(month) == len(day) == 2 and (month + day).isascii() and (month + day).isdigit()):
        return None
    if not 1 <= int(month) <= 12 or not 1 <= int(day) <= calendar.monthrange(2000, int(month))[1]:
        return None
    return int(month) * 100 + int(day)


def between_month_days(month_day: int, first: int, last: int) -> bool:
    """Whether a month-day lies in first-last, both inclusive; first > last wraps the year end.

    02-29 counts on 02-28 too, where it falls in common years.
    """
    days = (month_day, 228) if month_day == 229 else (month_day,)
    return any(first <= day <= last if first <= last else (day >= first or day <= last) for day in days)
