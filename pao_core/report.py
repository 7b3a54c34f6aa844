"""What a report is, and how it is run: rows, count, page, sort, totals, all from one statement.

A report is a module with NAME, RIGHT, TITLE, DEFINITION, COLUMNS, MEASURES, BY, SORTS and two functions that give Core
statements: `summary(viewer, filters, by, today)` and `detail(viewer, filters, today)`. A report without a column `currency`
counts no money: its summary has one row for each value of `by`, its totals are one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import ModuleType
from typing import Any, Protocol, cast

from sqlalchemy import ColumnElement, Row, Select, func, literal, select
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from pao_core import money, replica
from pao_core.access import Viewer
from pao_core.filters import BadFilter, Filters
from pao_core.locale import N_, Refused
from pao_core.locale.words import BUCKETS
from pao_core.store.sql import by_code_point

# A summary with fewer rows is read whole. Fetching that many rows takes about as long as counting them again would.
SMALL = 1_500
MANY = ("customer", "site", "agreement", "quote")  # groupings that have thousands of rows
IN_TIME = ("date", "week", "month", "bucket")  # kinds of columns that a summary by them is sorted by
BUCKET_CODES = tuple(BUCKETS)
# Conditions on the columns of a detail row.
Only = Callable[[ReadOnlyColumnCollection[str, ColumnElement[Any]]], Sequence[ColumnElement[bool]]]


@dataclass(frozen=True)
class Column:
    """A column of a report: its machine name, how it is called on screen, and what kind of value it holds.

    kind: text, code, country, date, week, month, bucket, integer, quantity, unit_price, money, percent, rate, or that of a closed set. A week
    is its Monday. Money and unit prices are in the currency that the row's column `currency` names.
    """

    name: str
    text: str
    kind: str = "text"
    help: str = ""
    currency: str = "currency"


class Report(Protocol):
    """The contract of a report module.

    A module may also have NEEDS, the datasets without which it has no rows: a page without rows then says what to import.
    """

    @property
    def NAME(self) -> str:
        """The report's name: option of the command line, address of its page."""

    @property
    def RIGHT(self) -> str:
        """The right that reading it takes."""

    @property
    def TITLE(self) -> str: ...

    @property
    def DEFINITION(self) -> str:
        """What is counted and how."""

    @property
    def COLUMNS(self) -> tuple[Column, ...]:
        """Every column of detail and summary, in order of appearance."""

    @property
    def MEASURES(self) -> tuple[str, ...]:
        """What a summary counts, beside its key and currency; a list of rows that counts nothing needs no summary."""

    @property
    def BY(self) -> tuple[str, ...]:
        """What a summary may be grouped by; the first is the default."""

    @property
    def SORTS(self) -> Mapping[str, str]:
        """Form -> the default sort."""

    @property
    def KEYS(self) -> tuple[str, ...]:
        """The columns that identify a detail row: they end every order."""

    def summary(self, viewer: Viewer, filters: Filters, by: tuple[str, ...], today: date, measures: tuple[str, ...]) -> Select[Any]:
        """One row for each value of `by` and currency (of a report with amounts) with these of the MEASURES; with no `by`, the totals."""

    def detail(self, viewer: Viewer, filters: Filters, today: date) -> Select[Any]:
        """The rows behind."""


@dataclass(frozen=True)
class Result:
    """What a run gave. `rows` are dicts by column name: text, dates, ints, Decimals (money in its row's currency), None.

    `count` counts all matching rows before limit and offset; `totals` has one dict for each currency; `as_of` is the
    time of the last data commit that the rows hold (None: none yet), `behind` whether a newer one is being copied.
    """

    report: Report
    form: str
    by: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: list[dict[str, Any]]
    count: int
    totals: list[dict[str, Any]]
    as_of: datetime | None
    behind: bool
    filters: Filters
    sort: str


def run(
    report: Report | ModuleType, viewer: Viewer, filters: Filters, *, today: date, form: str = "summary",
    by: str | Sequence[str] | None = None, sort: str | None = None, limit: int | None = None, offset: int = 0,
    measures: Sequence[str] | None = None, totals: bool = True, currency: str | None = None, only: Only | None = None,
) -> Result:
    """Run a report as `viewer`. Raises AccessDenied without its right, BadFilter for a sort or grouping it does not have.

    `measures` limits a summary to those it needs (a chart needs no order count), `currency` its rows to one currency; `only` limits a
    detail's rows to those for which its conditions on their columns hold; `totals=False` leaves the totals out.
    """
    report = cast(Report, report)
    viewer.require(report.RIGHT)
    groups = _groups(report, form, by)
    if form == "detail":
        statement = _only(only, report.detail(viewer, filters, today))
    else:
        statement = _in(currency, report.summary(viewer, filters, groups, today, tuple(measures or report.MEASURES)))

    def counted() -> Select[Any]:
        """What has as many rows; counting them needs no measure."""
        return statement if form == "detail" else _in(currency, report.summary(viewer, filters, groups, today, ()))

    columns = _columns(report, statement)
    sort, ordered = _ordered(report, statement, columns, form, groups, sort)
    reader = replica.reader(viewer.store)
    rows, count = _page(reader, viewer, counted, ordered, SMALL if len(groups) == 1 and groups[0] not in MANY else None, limit, offset)
    found = [_values(row._asdict(), columns) for row in rows]
    summed = totals_of(report, viewer, filters, today) if totals else []
    return Result(report, form, groups, columns, found, count, summed, reader.as_of, reader.behind, filters, sort)


def ordered(
    report: Report | ModuleType, viewer: Viewer, filters: Filters, *, today: date, form: str = "summary", by: str | Sequence[str] | None = None,
    sort: str | None = None,
) -> tuple[tuple[Column, ...], Select[Any]]:
    """The columns of the rows that `run` gives, and the statement of all of them in their order. Raises as `run` does."""
    report = cast(Report, report)
    viewer.require(report.RIGHT)
    groups = _groups(report, form, by)
    statement = report.detail(viewer, filters, today) if form == "detail" else report.summary(viewer, filters, groups, today, report.MEASURES)
    columns = _columns(report, statement)
    return columns, _ordered(report, statement, columns, form, groups, sort)[1]


def detail_columns(report: Report | ModuleType, viewer: Viewer, filters: Filters, today: date) -> tuple[Column, ...]:
    """The columns that a detail row has for these filters, which are those that it can be sorted by."""
    report = cast(Report, report)
    return _columns(report, report.detail(viewer, filters, today))


def _only(only: Only | None, statement: Select[Any]) -> Select[Any]:
    if only is None:
        return statement
    inner = statement.subquery()
    return select(inner).where(*only(inner.c))


def _in(currency: str | None, statement: Select[Any]) -> Select[Any]:
    if currency is None:
        return statement
    inner = statement.subquery()
    return select(inner).where(inner.c.currency == currency)


def _page(
    reader: replica.Reader, viewer: Viewer, counted: Callable[[], Select[Any]], ordered: Select[Any], whole_below: int | None, limit: int | None,
    offset: int,
) -> tuple[Sequence[Row[Any]], int]:
    """The rows from `offset` on, at most `limit`, and how many there are in all.

    A summary by one word of fewer than `whole_below` rows is read whole and cut here: its count costs nothing, and the next page,
    the chart and the figures of the same summary find it remembered.
    """
    if whole_below is not None:
        first = reader.rows(ordered.limit(whole_below), viewer)
        if len(first) < whole_below:
            return first[offset : None if limit is None else offset + limit], len(first)
    page = ordered if limit is None else ordered.limit(limit)
    rows = reader.rows(page.offset(offset) if offset else page, viewer)
    if not offset and (limit is None or len(rows) < limit):
        return rows, len(rows)
    return rows, int(reader.rows(select(func.count()).select_from(counted().subquery()), viewer)[0][0])


def totals_of(report: Report, viewer: Viewer, filters: Filters, today: date) -> list[dict[str, Any]]:
    """A report's measures over all matching rows, one dict for each currency, or one of a report without amounts; none when no row
    matches, or of a report without measures. Currencies are never added."""
    if not report.MEASURES:
        return []
    statement = report.summary(viewer, filters, (), today, report.MEASURES)
    if has_money(report):
        return rows_of(report, viewer, statement.order_by(by_code_point(statement.selected_columns.currency)))
    return [row for row in rows_of(report, viewer, statement) if any(row.values())]


def has_money(report: Report) -> bool:
    """Whether the report has amounts, so that everything in it is told by currency."""
    return any(column.name == "currency" for column in report.COLUMNS)


def rows_of(report: Report | ModuleType, viewer: Viewer, statement: Select[Any]) -> list[dict[str, Any]]:
    """The rows of a statement over a report's columns, as a Result has them. Who calls it has asked for the report's right."""
    columns = _columns(cast(Report, report), statement)
    return [_values(row._asdict(), columns) for row in replica.reader(viewer.store).rows(statement, viewer)]


def page_of(report: Report | ModuleType) -> str:
    """The address of the report's page: its file's stem."""
    return cast(ModuleType, report).__name__.rsplit(".", 1)[-1].replace("_", "-")


def age(viewer: Viewer) -> tuple[datetime | None, bool]:
    """The time of the last data commit that a reading now holds (None: none yet), and whether a newer one is being copied."""
    reader = replica.reader(viewer.store)
    reader.rows(select(literal(1)), viewer)  # a reader tells the age of what it read last
    return reader.as_of, reader.behind


def how_many(report: Report | ModuleType, viewer: Viewer, filters: Filters, by: str, *, today: date) -> int:
    """How many different values of `by` match, whatever their currency."""
    report = cast(Report, report)
    viewer.require(report.RIGHT)
    groups = report.summary(viewer, filters, _groups(report, "summary", by), today, ()).subquery()
    return int(replica.reader(viewer.store).rows(select(func.count(groups.c[by].distinct())), viewer)[0][0])


def _groups(report: Report, form: str, by: str | Sequence[str] | None) -> tuple[str, ...]:
    if form == "detail":
        return ()
    groups = (by,) if isinstance(by, str) else tuple(by) if by is not None else report.BY[:1]
    for group in groups:
        if group not in report.BY:
            raise BadFilter("by", N_("{report} cannot be summed by {value}. Choose one of: {choices}."),
                            report=report.NAME, value=group, choices=", ".join(report.BY))
    return groups


def _columns(report: Report, statement: Select[Any]) -> tuple[Column, ...]:
    known = {column.name: column for column in report.COLUMNS}
    return tuple(known[name] for name in statement.selected_columns.keys())  # noqa: SIM118


def _ordered(
    report: Report, statement: Select[Any], columns: tuple[Column, ...], form: str, groups: tuple[str, ...], sort: str | None,
) -> tuple[str, Select[Any]]:
    """The statement limited to `columns` and ordered by `sort`; the key always ends the order, nulls are last."""
    wanted = sort or _default_sort(report, form, groups)
    name, falling = wanted.removeprefix("-"), wanted.startswith("-")
    names = [column.name for column in columns]
    if name not in names:
        raise BadFilter("sort", N_("{report} cannot be sorted by {value}. Choose one of: {choices}."),
                        report=report.NAME, value=name, choices=", ".join(names))
    inner = statement.subquery()
    key = report.KEYS if form == "detail" else (*groups, "currency") if has_money(report) else groups
    order = []
    for position, column in enumerate([name, *(one for one in key if one != name)]):
        expression = by_code_point(inner.c[column])
        order.append((expression.desc() if falling and position == 0 else expression.asc()).nulls_last())
    return wanted, select(*(inner.c[column] for column in names)).order_by(*order)


def _default_sort(report: Report, form: str, groups: tuple[str, ...]) -> str:
    if form == "detail":
        return report.SORTS["detail"]
    kinds = {column.name: column.kind for column in report.COLUMNS}
    return groups[0] if groups and kinds[groups[0]] in IN_TIME else report.SORTS["summary"]


def _values(row: Mapping[str, Any], columns: Sequence[Column]) -> dict[str, Any]:
    """A row as values for people and files: months as YYYY-MM, buckets by their code, amounts as Decimals in their currency."""
    return {column.name: value_of(row, column) for column in columns}


def value_of(row: Mapping[str, Any], column: Column) -> Any:
    """What a row of the database says in a column, as a Result has it."""
    value = row[column.name]
    if value is None:
        return None
    if column.kind == "money":
        return money.from_minor(int(value), row[column.currency])
    if column.kind == "month":
        return f"{value // 100:04}-{value % 100:02}"
    if column.kind == "bucket":
        return BUCKET_CODES[value]
    if column.kind == "integer":
        return int(value)
    return value


def machine(value: Any) -> Any:
    """A value as JSON and CSV carry it: decimals and dates as text, whole numbers and nulls as they are."""
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else value


class UnknownReport(Refused):
    """There is no report of that name."""
