"""Arithmetic of months: all that a date's rule needs, without a word."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

YEAR = 12
DAY = timedelta(1)


def add_months(day: date, months: int) -> date:
    """The same day `months` later (or earlier); the month's last day where it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def first_of_next_month(day: date) -> date:
    """The first day of the month after."""
    return add_months(day.replace(day=1), 1)


def is_month_end(day: date) -> bool:
    """Whether it is the last day of its month."""
    return day.day == calendar.monthrange(day.year, day.month)[1]


def full_months_end(start: date, months: int) -> date:
    """The last day of the `months`-th full month from `start` on; the rest of a month begun comes before the full ones."""
    return add_months(start if start.day == 1 else first_of_next_month(start), months) - DAY


def term_end(start: date, months: int) -> date:
    """The day before the same day `months` later; that month's last day where it has no such day, so that no term is short of one."""
    same = add_months(start, months)
    return same if same.day < start.day else same - DAY


def months_begun(start: date, after: date) -> int:
    """The fewest whole months that, counted back from `after`, reach `start`, which is earlier."""
    months = (after.year - start.year) * 12 + after.month - start.month
    return months + (add_months(after, -months) > start)


def months_full(start: date, after: date) -> int:
    """The most whole months that, counted from `start`, do not pass `after`, which is no earlier."""
    months = (after.year - start.year) * 12 + after.month - start.month
    return months - (add_months(start, months) > after)


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
