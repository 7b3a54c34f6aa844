"""Explain a number: how a total of a report comes about, from all rows that the viewer may see to the rows that it is made of.

The totals are the report's own; what the rows make is computed anew from its detail form, so the one checks the other. A measure that
is neither a column of the detail form nor counted in a usual way is told in the report module's FORMULAS: measure -> Formula.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from types import ModuleType
from typing import Any, Literal, cast

from sqlalchemy import ColumnElement, FromClause, case, func, select
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from pao_core import replica
from pao_core.access import Viewer
from pao_core.export import Block, Cell
from pao_core.filters import Filters
from pao_core.locale import _
from pao_core.report import Column, Report, Result, rows_of, run, totals_of
from pao_core.store.sql import count_distinct, ratio

Columns = ReadOnlyColumnCollection[str, ColumnElement[Any]]
NO_FILTERS = Filters()
# These say how a report looks at rows; they leave none out by themselves.
LOOKS = frozenset({"in_currency", "window", "direction", "edition"})
RATIO_DECIMALS = 4
# Two ends of one filter: each alone may find more rows than both.
TOGETHER = (("from_", "to"), ("anniversary_from", "anniversary_to"))


@dataclass(frozen=True)
class Formula:
    """How a measure follows from the detail rows: the `sum` of a column, how many `rows` there are, how many `distinct` values (or
    combinations) of columns, or the `ratio` of the sums of two; `of` names them, by default the column of the measure's own name.

    `where` narrows the rows, `where_words` says to which, and `filters` are the changes of the filters that find them. `again` says why
    the rows make more than the total, for a measure that counts once what stands in several rows.
    """

    how: Literal["sum", "rows", "distinct", "ratio"] = "sum"
    of: tuple[str, ...] = ()
    where: Callable[[Columns, date], ColumnElement[bool]] | None = None
    where_words: str = ""
    filters: Mapping[str, Any] = field(default_factory=dict)
    again: str = ""


# Measures that are counted so wherever a report has them.
USUAL = {
    "lines": Formula("rows"), "rows": Formula("rows"),
    "orders": Formula("distinct", ("reseller_site_number", "order_number")), "quotes": Formula("distinct", ("reseller_site_number", "quote_number")),
    "customers": Formula("distinct", ("customer",)), "sites": Formula("distinct", ("site_number",)), "parts": Formula("distinct", ("part_number",)),
    "agreements": Formula("distinct", ("agreement_number",)), "subscriptions": Formula("distinct", ("reseller_site_number", "subscription_number")),
}


@dataclass(frozen=True)
class Step:
    """What one filter did: its words, the rows that it left and how many it left out."""

    words: str
    rows: int
    left_out: int


@dataclass(frozen=True)
class Total:
    """A total of a report, and what its rows make: equal, but for a measure whose formula says why not. `rows` are those in it. A ratio of
    nothing is None."""

    measure: Column
    currency: str | None
    words: str
    rows: int
    amount: Decimal | int | None
    of_rows: Decimal | int | None
    remark: str
    formula: Formula

    @property
    def again(self) -> Decimal | int:
        """What stands in several rows and counts once."""
        return (self.of_rows or 0) - (self.amount or 0)


@dataclass(frozen=True)
class Explanation:
    """How the totals of a report come about. `start` counts everything of the report that the viewer may see; `looks` are the words of
    what says how the report looks at rows; every step is one filter, in the order of the filters."""

    report: Report
    filters: Filters
    today: date
    looks: tuple[str, ...]
    start: int
    steps: tuple[Step, ...]
    totals: tuple[Total, ...]
    as_of: datetime | None
    behind: bool

    @property
    def rows(self) -> int:
        """How many rows all filters leave, whatever their currency."""
        return self.steps[-1].rows if self.steps else self.start

    def total(self, measure: str, currency: str | None) -> Total | None:
        """One of the totals; None when no row is in that currency."""
        return next((one for one in self.totals if (one.measure.name, one.currency) == (measure, currency)), None)

    def steps_to(self, one: Total) -> tuple[Step, ...]:
        """Every step from `start` to the rows of this total."""
        found, rows = list(self.steps), self.rows
        in_currency = next(other.rows for other in self.totals if other.currency == one.currency and other.formula.where is None)
        if in_currency != rows:
            found.append(Step(_("Only amounts in {currency}", currency=one.currency) if one.currency else _("Only rows without a currency"),
                              in_currency, rows - in_currency))
        if one.formula.where is not None:
            found.append(Step(_(one.formula.where_words), one.rows, in_currency - one.rows))
        return tuple(found)


def explain(report: Report | ModuleType, viewer: Viewer, filters: Filters, *, today: date) -> Explanation:
    """How all totals of a report come about. Raises AccessDenied without its right."""
    report = cast(Report, report)
    viewer.require(report.RIGHT)
    looked = Filters(**{name: getattr(filters, name) for name in _set(filters) if name in LOOKS})
    start = before = _count(report, viewer, looked, today)
    held, steps = looked, []
    for names in _parts(filters):
        changes = {name: getattr(filters, name) for name in names}
        held = held.but(**changes)
        rows = _count(report, viewer, held, today)
        steps.append(Step(" · ".join(NO_FILTERS.but(**changes).words()), rows, before - rows))
        before = rows
    totals = _totals(report, viewer, filters, today)
    reader = replica.reader(viewer.store)
    return Explanation(report, filters, today, tuple(looked.words()), start, tuple(steps), totals, reader.as_of, reader.behind)


def behind(explained: Explanation, one: Total, viewer: Viewer, *, limit: int | None = None, offset: int = 0) -> Result:
    """The detail rows of one total, in the report's own order."""
    def only(columns: Columns) -> Sequence[ColumnElement[bool]]:
        found = [_currency(columns).is_not_distinct_from(one.currency)] if "currency" in columns else []
        return found if one.formula.where is None else [*found, one.formula.where(columns, explained.today)]

    return run(explained.report, viewer, explained.filters, today=explained.today, form="detail", limit=limit, offset=offset, totals=False, only=only)


def blocks(explained: Explanation) -> tuple[Block, ...]:
    """The explanation as tables for files, in the reader's language: the way to the rows, and every total beside what its rows make."""
    def way(words: str, rows: int | None, left_out: int | None) -> list[Cell]:
        return [Cell(words), Cell(rows, "integer"), Cell(left_out, "integer")]

    steps = [way(_("Everything of the report that you may see"), explained.start, None), *(way(words, None, None) for words in explained.looks),
             *(way(step.words, step.rows, step.left_out) for step in explained.steps)]
    totals = [
        [Cell(_(one.measure.text)), Cell(f"{one.words} {one.remark}".strip()), Cell(one.currency or ""),
         Cell(one.amount, one.measure.kind, one.currency), Cell(one.of_rows, one.measure.kind, one.currency), Cell(one.rows, "integer")]
        for one in explained.totals
    ]
    return (
        Block(_("From all rows to these"), (_("Step"), _("Rows left"), _("Left out")), steps),
        Block(_("Totals"), (_("Figure"), _("Formula"), _("Currency"), _("Total"), _("Made of the rows"), _("Rows in it")), totals),
    )


def value(row: Mapping[str, Any], one: Total) -> Decimal | int:
    """What a detail row adds to a total that is a sum; nothing for an empty cell."""
    (name,) = one.formula.of or (one.measure.name,)
    found = row[f"{name}_in"] if row.get("in_currency") and f"{name}_in" in row else row[name]
    return Decimal(0) if found is None else found


def formula_of(report: Report | ModuleType, measure: str, columns: Sequence[str]) -> Formula:
    """The formula of a measure of a report whose detail rows have these columns."""
    told: Mapping[str, Formula] = getattr(report, "FORMULAS", {})
    if measure in told:
        return told[measure]
    if measure in columns:
        return Formula("sum")
    if measure in USUAL:
        return USUAL[measure]
    raise LookupError(f"{report.NAME} does not say how {measure} follows from its rows: tell it in FORMULAS")


def _set(filters: Filters) -> list[str]:
    return [one.name for one in fields(filters) if getattr(filters, one.name) != getattr(NO_FILTERS, one.name)]


def _parts(filters: Filters) -> list[tuple[str, ...]]:
    """The filters that are set, in order, two ends of one together."""
    found = [next((pair for pair in TOGETHER if name in pair), (name,)) for name in _set(filters) if name not in LOOKS]
    return list(dict.fromkeys(found))


def _count(report: Report, viewer: Viewer, filters: Filters, today: date) -> int:
    rows = report.detail(viewer, filters, today).subquery()
    return int(replica.reader(viewer.store).rows(select(func.count()).select_from(rows), viewer)[0][0])


def _totals(report: Report, viewer: Viewer, filters: Filters, today: date) -> tuple[Total, ...]:
    """Every measure in every currency, from the summary form, and beside it what the rows of the detail form make."""
    own = totals_of(report, viewer, filters, today)
    if not own:
        return ()
    rows = report.detail(viewer, filters, today).subquery("behind")
    columns = {column.name: column for column in report.COLUMNS}
    formulas = {measure: formula_of(report, measure, rows.c.keys()) for measure in report.MEASURES}
    keys = [_currency(rows.c).label("currency")] if "currency" in rows.c else []
    made = select(*keys, *(_made(rows, one, measure, today).label(measure) for measure, one in formulas.items())).select_from(rows).group_by(*keys)
    counted = select(*keys, *(_rows(rows, one, today).label(measure) for measure, one in formulas.items())).select_from(rows).group_by(*keys)
    sums = {row.get("currency"): row for row in rows_of(report, viewer, made)}
    counts = {row.get("currency"): row for row in (found._asdict() for found in replica.reader(viewer.store).rows(counted, viewer))}
    return tuple(
        Total(columns[measure], row.get("currency"), _words(one, columns, measure), int(counts[row.get("currency")][measure]), row[measure],
              _known(sums[row.get("currency")][measure], row[measure], one), _(one.again) if one.again else "", one)
        for row in own for measure, one in formulas.items()
    )


def _known(made: Decimal | int | None, own: Decimal | int | None, one: Formula) -> Decimal | int | None:
    """What rows make: where none of them has a value nothing, unless the report says that it is not known."""
    return 0 if made is None and one.how == "sum" and own is not None else made


def _made(rows: FromClause, one: Formula, measure: str, today: date) -> ColumnElement[Any]:
    of = [_amount(rows.c, name) for name in one.of or (measure,)] if one.how != "rows" else []
    if one.where is not None:
        of = [case((one.where(rows.c, today), column)) for column in of]
    if one.how == "sum":
        return func.sum(of[0], type_=of[0].type)
    if one.how == "ratio":
        return ratio(func.sum(of[0]), func.sum(of[1]), RATIO_DECIMALS)
    return count_distinct(*of) if one.how == "distinct" else _rows(rows, one, today)


def _rows(rows: FromClause, one: Formula, today: date) -> ColumnElement[Any]:
    return func.count() if one.where is None else func.count(case((one.where(rows.c, today), 1)))


def _amount(columns: Columns, name: str) -> ColumnElement[Any]:
    """A column of the rows, in the reporting currency where a row is known in it."""
    if "in_currency" in columns and f"{name}_in" in columns:
        return case((columns["in_currency"].is_not(None), columns[f"{name}_in"]), else_=columns[name])
    return columns[name]


def _currency(columns: Columns) -> ColumnElement[Any]:
    """The currency that a row is summed in."""
    return func.coalesce(columns["in_currency"], columns["currency"]) if "in_currency" in columns else columns["currency"]


def _words(one: Formula, columns: Mapping[str, Column], measure: str) -> str:
    """The formula as a sentence."""
    names = [_(columns[name].text) for name in one.of or (measure,)] if one.how != "rows" else []
    if one.how == "sum":
        said = _("Sum of “{column}” over the rows.", column=names[0])
    elif one.how == "ratio":
        said = _("Sum of “{column}” divided by the sum of “{other}” over the rows.", column=names[0], other=names[1])
    elif one.how == "distinct":
        said = _("Number of different values of “{columns}” in the rows.", columns=" + ".join(names))
    else:
        said = _("Number of rows.")
    return f"{said} {_('Counted are only rows for which this holds: {condition}.', condition=_(one.where_words))}" if one.where_words else said
