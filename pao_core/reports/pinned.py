"""What a saved view on Home is worth: its report's totals, and nothing more is asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import ModuleType

from pao_core.access import Viewer
from pao_core.filters import Filters
from pao_core.locale import Refused
from pao_core.report import Column, totals_of
from pao_core.reports import saved_views
from pao_core.reports.saved_views import SavedView

LINES = "lines"


@dataclass(frozen=True)
class Worth:
    """`count` is of the measure `counted`; `amount` is in the `currency` of most of them (None: the report has no money or no row, or the
    amount is not known), of which there are `currencies`. `measure` is the one that comes first, of the rows that `filters` find;
    `problems` say what of the view fell away."""

    count: int
    counted: Column
    amount: Decimal | None
    currency: str | None
    currencies: int
    measure: str
    filters: Filters
    problems: tuple[Refused, ...]


def worth(viewer: Viewer, view: SavedView, report: ModuleType, today: date) -> Worth:
    """The totals of a view as the viewer has them. Raises AccessDenied without the report's right."""
    asked = saved_views.asked(viewer, report, view.parameters)
    totals = totals_of(report, viewer, asked.filters, today)
    columns = {column.name: column for column in report.COLUMNS}
    counts = [name for name in report.MEASURES if columns[name].kind == "integer"]
    counted = LINES if LINES in counts and "currency" in columns else counts[0]
    totals = sorted(totals, key=lambda total: -total[counted])
    money = [name for name in report.MEASURES if columns[name].kind == "money"]
    priced = [total for total in totals if total.get("currency")]
    # A line has one currency, so lines add up; what has several would be counted twice.
    count = sum(total[counted] for total in totals) if counted == LINES else max((total[counted] for total in totals), default=0)
    measure = ("amount" if "amount" in money else money[0]) if priced and money else counted
    amount = priced[0][measure] if measure != counted else None
    return Worth(count, columns[counted], amount, priced[0]["currency"] if priced else None, len(priced), measure, asked.filters, asked.problems)
