"""SQL constructs that DuckDB and PostgreSQL both read alike."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, Text, cast, collate, extract, func, or_

from pao_core.dates import between_month_days


def month(day: ColumnElement[Any]) -> ColumnElement[int]:
    """The month of a date as the number YYYYMM."""
    return cast(extract("year", day) * 100 + extract("month", day), Integer)


def month_day(day: ColumnElement[Any]) -> ColumnElement[int]:
    """The month and day of a date as the number MMDD."""
    return cast(extract("month", day) * 100 + extract("day", day), Integer)


def in_month_days(day: ColumnElement[Any], first: int, last: int) -> ColumnElement[bool]:
    """`dates.between_month_days` for a column; a null date is in no range."""
    value = month_day(day)
    inside = value.between(first, last) if first <= last else or_(value >= first, value <= last)
    leap_day = value == 229
    return or_(inside, leap_day) if between_month_days(229, first, last) else inside


def total(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The sum of whole or scaled numbers, zero of no rows; exact on both engines."""
    return func.coalesce(func.sum(column, type_=column.type), 0, type_=column.type)


def by_code_point(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A text column ordered by code point, whatever the database's own collation; other columns as they are."""
    return collate(column, "C") if isinstance(column.type, Text) or "Name" in type(column.type).__name__ else column


def count_distinct(*columns: ColumnElement[Any]) -> ColumnElement[int]:
    """How many different combinations of text columns there are; the parts are joined by a sign no identifier has."""
    joined = columns[0]
    for column in columns[1:]:
        joined = joined.concat("\x1f").concat(column)
    return cast(func.count(joined.distinct()), BigInteger)
