"""Typed cells of workbooks and Parquet as text that has one reading."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

# A sheet knows no zone: its dates are those that its people see.
FIRST_DAY = datetime(1899, 12, 30)  # noqa: DTZ001
FIRST_DAY_1904 = datetime(1904, 1, 1)  # noqa: DTZ001
# Before this serial Excel counts a 29 February 1900 that never was; nobody's order is that old.
FIRST_SERIAL, LAST_SERIAL = 61, 2_958_465


@lru_cache(maxsize=65_536)
def number(text: str) -> str:
    """A stored number as people would type it: no exponent, no binary noise, `.` decimals.

    Exactly three decimals get a fourth, a zero: `1.234` typed by a person may mean 1234, a stored number never does.
    """
    try:
        value = float(text)
    except ValueError:
        return text
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return decimal(Decimal(repr(value))) if abs(value) < 1e300 else text


def decimal(value: Decimal) -> str:
    """As `number`, for an exact decimal."""
    if not value.is_finite():
        return str(value)
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{text}0" if len(text.partition(".")[2]) == 3 else text


@lru_cache(maxsize=65_536)
def serial_date(text: str, since_1904: bool = False) -> str:
    """A workbook's date serial as an ISO date, with the time when it has one; a number that is no date stays a number."""
    try:
        days = float(text)
    except ValueError:
        return text
    if not (0 if since_1904 else FIRST_SERIAL) <= days < LAST_SERIAL:
        return number(text)
    return moment((FIRST_DAY_1904 if since_1904 else FIRST_DAY) + timedelta(seconds=round(days * 86_400)))


def moment(value: date | datetime) -> str:
    """An ISO date, with the time unless it is midnight."""
    if not isinstance(value, datetime):
        return value.isoformat()
    if (value.hour, value.minute, value.second) == (0, 0, 0):
        return value.date().isoformat()
    return value.strftime("%Y-%m-%d %H:%M:%S")
