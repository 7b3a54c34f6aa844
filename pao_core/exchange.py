"""Amounts in one currency on wish: each line by the rate of its own day, or the last rate before it; else it stays apart.

Rates are those of `exchange_rates` (units of a currency for one euro). Days after today go by today's rate. A line's amount
is converted and rounded once, half up, as it was when it was loaded; every total is the sum of what its lines became. A
line without a rate keeps its currency and is never added to the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, Integer, Subquery, and_, case, cast, func, literal, select, type_coerce

from pao_core import replica
from pao_core.access import Viewer
from pao_core.locale import N_
from pao_core.money import CROSS_DECIMALS, decimals
from pao_core.report import Column
from pao_core.store.schema import RATE_DECIMALS, exchange_rates
from pao_core.store.sql import by_decimals, each_day, quotient
from pao_core.store.types import Minor, Scaled

BASE = "EUR"
QUOTED_WITHIN = timedelta(days=31)  # of the newest rate of any: a currency without one for longer is quoted no more
# What a detail row says beside its own amount when one currency is asked for.
COLUMNS = (
    Column("in_currency", N_("Reporting currency"), "code"),
    Column("amount_in", N_("Amount in the reporting currency"), "money", currency="in_currency"),
    Column("rate", N_("Exchange rate"), "rate", N_("Units of the reporting currency for one of the line's own")),
    Column("rate_date", N_("Date of the rate"), "date"),
)


def reported(lines: FromClause, day: str, wanted: str | None, today: date, amounts: Sequence[str] = ("amount",)) -> FromClause:
    """The lines with their `amounts` and `currency` in the `wanted` currency where a rate is known; the lines themselves without one.

    `day` names the column whose date chooses the rate; `amount` is always one of the amounts. Beside them: own_currency and an own_ of
    each amount, and those of COLUMNS, which are null where no rate is known, as is an _in of each amount.
    """
    if wanted is None:
        return lines
    rates = _rates(wanted, today)
    same = lines.c.currency == wanted
    converted = {name: case((same, lines.c[name]), else_=quotient(lines.c[name], rates.c.unit, times=rates.c.cross)) for name in amounts}
    known = case((same, literal(True)), else_=rates.c.cross.is_not(None))
    replaced: dict[str, ColumnElement[Any]] = {name: type_coerce(func.coalesce(value, lines.c[name]), Minor) for name, value in converted.items()}
    replaced["currency"] = case((known, literal(wanted)), else_=lines.c.currency)
    joined = lines.outerjoin(rates, and_(rates.c.currency == lines.c.currency, rates.c.day == func.least(lines.c[day], today)))
    return select(
        *(replaced.get(column.name, column).label(column.name) for column in lines.c),
        *(lines.c[name].label(f"own_{name}") for name in (*amounts, "currency")),
        case((known, literal(wanted)), else_=None).label("in_currency"),
        *(type_coerce(value, Minor).label(f"{name}_in") for name, value in converted.items()),
        case((same, 10**CROSS_DECIMALS), else_=rates.c.cross).label("rate"),
        case((same, lines.c[day]), else_=rates.c.rate_date).label("rate_date"),
    ).select_from(joined).subquery(f"{getattr(lines, 'name', 'lines')}_reported")


def of_line(lines: FromClause, name: str) -> ColumnElement[Any]:
    """The line's own value of a column, whatever currency is asked for."""
    own: ColumnElement[Any] = lines.c[f"own_{name}" if f"own_{name}" in lines.c else name]
    return own.label(name)


def beside(lines: FromClause, amounts: Sequence[str] = ()) -> list[ColumnElement[Any]]:
    """The columns of COLUMNS, and those of further amounts in the reporting currency, when `reported` was asked for one."""
    if "in_currency" not in lines.c:
        return []
    of_rate = type_coerce(lines.c.rate, Scaled(CROSS_DECIMALS)).label("rate")
    return [*(of_rate if column.name == "rate" else lines.c[column.name] for column in COLUMNS), *(lines.c[f"{name}_in"] for name in amounts)]


def currencies(viewer: Viewer) -> list[str]:
    """The currencies that amounts can be asked in: those that are still quoted, and the euro that rates are given for."""
    last = select(exchange_rates.c.currency, func.max(exchange_rates.c.date).label("last")).group_by(exchange_rates.c.currency)
    found = replica.reader(viewer.store).rows(last, viewer)
    newest = max((row.last for row in found), default=date.min)
    return sorted({BASE, *(row.currency for row in found if newest - row.last <= QUOTED_WITHIN)}) if found else []


def newest(viewer: Viewer, currency: str, today: date) -> date | None:
    """The day of the newest rate up to today that amounts in this currency go by; None without any."""
    rates = select(func.max(exchange_rates.c.date)).where(exchange_rates.c.date <= today)
    if currency != BASE:
        rates = rates.where(exchange_rates.c.currency == currency)
    found: date | None = replica.reader(viewer.store).rows(rates, viewer)[0][0]
    return found


def _daily(today: date, name: str) -> Subquery:
    """The rate of every day from the first rate of a currency up to today; a day without one has the last before it."""
    following = func.lead(exchange_rates.c.date).over(partition_by=exchange_rates.c.currency, order_by=exchange_rates.c.date)
    known = select(exchange_rates, following.label("following")).where(exchange_rates.c.date <= today).subquery()
    days = cast(func.coalesce(known.c.following, cast(today, known.c.date.type) + literal(1, Integer)) - known.c.date, Integer)
    return select(
        known.c.currency, known.c.date.label("rate_date"), type_coerce(known.c.rate, BigInteger).label("rate"),
        each_day(known.c.date, days).label("day"),
    ).subquery(name)


def _rates(wanted: str, today: date) -> Subquery:
    """For each currency but the wanted one and each day: `cross` (units of the wanted one for one of it, scaled), `unit` (what
    minor x cross is divided by to be minor units of the wanted one), `rate_date` (the earlier of its rates' days)."""
    whole = literal(10**RATE_DECIMALS, BigInteger)
    of = _daily(today, "of_currency")
    if wanted == BASE:
        rows: FromClause = select(of.c.currency, of.c.day, of.c.rate_date, whole.label("to_rate"), of.c.rate.label("of_rate")).subquery()
    else:
        to = _daily(today, "to_currency")
        other = select(of.c.currency, of.c.day, func.least(of.c.rate_date, to.c.rate_date).label("rate_date"), to.c.rate.label("to_rate"),
                       of.c.rate.label("of_rate")).select_from(of.join(to, and_(to.c.day == of.c.day, to.c.currency == wanted)))
        base = select(literal(BASE).label("currency"), to.c.day, to.c.rate_date, to.c.rate, whole).where(to.c.currency == wanted)
        rows = other.union_all(base).subquery()
    cross = quotient(rows.c.to_rate, rows.c.of_rate, scaled_by=10**CROSS_DECIMALS)
    return select(rows.c.currency, rows.c.day, rows.c.rate_date, cross.label("cross"), _unit(rows.c.currency, wanted).label("unit")).subquery("rates")


def _unit(currency: ColumnElement[str], wanted: str) -> ColumnElement[int]:
    return by_decimals(currency, lambda own: CROSS_DECIMALS - decimals(wanted) + own)
