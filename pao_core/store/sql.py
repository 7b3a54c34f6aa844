"""SQL constructs that DuckDB and PostgreSQL both read alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    Numeric,
    Text,
    and_,
    case,
    cast,
    collate,
    extract,
    func,
    literal,
    null,
    or_,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from pao_core.dates import between_month_days
from pao_core.money import EXCEPTIONS, QUANTITY_DECIMALS, UNIT_PRICE_DECIMALS
from pao_core.store.types import Scaled

NARROW = 2**62  # half of what signed 64 bits hold: two such terms may be added


def month(day: ColumnElement[Any]) -> ColumnElement[int]:
    """The month of a date as the number YYYYMM."""
    return cast(extract("year", day) * 100 + extract("month", day), Integer)


def week(day: ColumnElement[Any]) -> ColumnElement[Any]:
    """The Monday of a date's ISO week, as a date."""
    return cast(day - cast(extract("isodow", day), Integer) + literal(1, Integer), Date)


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


def listed(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The different values of a text column in one text, in order, with commas between; null without any."""
    value = by_code_point(column)
    return func.string_agg(value.distinct(), aggregate_order_by(literal(", "), value), type_=Text())


class _EachDay(GenericFunction[Any]):
    """A set of rows: the day and those after it, so many in all."""

    type = Date()
    inherit_cache = True


@compiles(_EachDay)
def _each_day(element: _EachDay, compiler: SQLCompiler, **more: Any) -> str:
    first, count = (compiler.process(clause, **more) for clause in element.clauses)
    return f"({first} + generate_series(0, {count} - 1))"


@compiles(_EachDay, "duckdb")
def _each_day_on_duckdb(element: _EachDay, compiler: SQLCompiler, **more: Any) -> str:
    first, count = (compiler.process(clause, **more) for clause in element.clauses)
    return f"({first} + CAST(unnest(generate_series(0, {count} - 1)) AS INTEGER))"


def each_day(first: ColumnElement[Any], count: ColumnElement[int]) -> ColumnElement[Any]:
    """A row for each of `count` days from `first` on, `first` included; for the list of a select."""
    return _EachDay(first, count)


class _Quotient(GenericFunction[Any]):
    """The whole quotient of two whole numbers, wider than 64 bits."""

    type = Numeric(asdecimal=True)
    inherit_cache = True


@compiles(_Quotient)
def _quotient(element: _Quotient, compiler: SQLCompiler, **more: Any) -> str:
    dividend, divisor = (compiler.process(clause, **more) for clause in element.clauses)
    return f"div({dividend}, {divisor})"


@compiles(_Quotient, "duckdb")
def _quotient_on_duckdb(element: _Quotient, compiler: SQLCompiler, **more: Any) -> str:
    dividend, divisor = (compiler.process(clause, **more) for clause in element.clauses)
    return f"(({dividend}) // ({divisor}))"


class _Wide(GenericFunction[Any]):
    """A whole number that may grow beyond 64 bits."""

    type = Numeric(asdecimal=True)
    inherit_cache = True


@compiles(_Wide)
def _wide(element: _Wide, compiler: SQLCompiler, **more: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **more)} AS NUMERIC)"


@compiles(_Wide, "duckdb")
def _wide_on_duckdb(element: _Wide, compiler: SQLCompiler, **more: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **more)} AS HUGEINT)"


def product(left: ColumnElement[Any], right: ColumnElement[Any]) -> ColumnElement[Any]:
    """left x right as a whole number of the whole numbers that the database holds, wider than 64 bits; also to be summed."""
    return _Wide(left) * _Wide(right)


def quotient(
    dividend: ColumnElement[Any], divisor: ColumnElement[Any], *, times: ColumnElement[Any] | None = None, scaled_by: int = 1,
) -> ColumnElement[Any]:
    """dividend x `times` x `scaled_by` / divisor as a whole number, rounded half up away from zero. The divisor is positive."""
    product = _Wide(func.abs(dividend)) * (_Wide(times) if times is not None else literal(scaled_by, BigInteger))
    magnitude: ColumnElement[Any] = _Quotient(_Wide(2) * product + divisor, _Wide(2) * divisor)
    if times is None:
        # Where it fits, a fifth of the time; nearly every ratio does.
        most = literal(NARROW // (2 * scaled_by), BigInteger)
        narrow = _Quotient(func.abs(dividend) * literal(2 * scaled_by, BigInteger) + divisor, divisor * literal(2, BigInteger))
        magnitude = case((and_(func.abs(dividend) <= most, divisor <= most), narrow), else_=magnitude)
    return magnitude * case((dividend < 0, -1), else_=1)  # said once: nested quotients would double with every level


def by_decimals(currency: ColumnElement[str], power: Callable[[int], int]) -> ColumnElement[int]:
    """10 to a power that depends on how many decimals the currency of a row has."""
    def one_of(codes: list[str]) -> ColumnElement[bool]:
        return or_(*(currency == code for code in codes))  # of more than four, DuckDB joins each IN as a table

    others = [(one_of([code for code, places in EXCEPTIONS.items() if places == own]), literal(10 ** power(own), BigInteger))
              for own in sorted(set(EXCEPTIONS.values()))]
    return case(*others, else_=literal(10 ** power(2), BigInteger))


def line_amount(quantity: ColumnElement[Any], unit_price: ColumnElement[Any], currency: ColumnElement[str]) -> ColumnElement[Any]:
    """`money.line_amount` in minor units, of columns that hold scaled quantities and unit prices."""
    unit = by_decimals(currency, lambda own: QUANTITY_DECIMALS + UNIT_PRICE_DECIMALS - own)
    return quotient(type_coerce(quantity, BigInteger), unit, times=type_coerce(unit_price, BigInteger))


def ratio(change: ColumnElement[Any], before: ColumnElement[Any], decimals: int) -> ColumnElement[Any]:
    """change / before, rounded half up to so many decimals; null where there was nothing before. Both are whole numbers of one unit."""
    change, before = (type_coerce(column, BigInteger) for column in (change, before))
    return type_coerce(case((before > 0, quotient(change, before, scaled_by=10**decimals)), else_=None), Scaled(decimals))


def agreed(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The one value of a group, null when there are several."""
    least = func.min(column, type_=column.type)
    return case((least == func.max(column), least), else_=null())
