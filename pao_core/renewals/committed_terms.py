"""Renewals > Committed terms: open renewal lines of Committed Term Licenses, and when their terms end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Select

from pao_core.access import Viewer
from pao_core.access.rights import REPORTING_VIEW
from pao_core.filters import Filters
from pao_core.locale import N_
from pao_core.renewals import lines
from pao_core.report import Column

NAME = "committed-terms"
RIGHT = REPORTING_VIEW
NEEDS = ("renewals",)
TITLE = N_("Committed terms")
DEFINITION = N_(
    "Open lines of renewal quotes whose part is a Committed Term License, of your reseller sites, and those sold through you; overdue ones "
    "included. The term is the coverage that the line renews for: its whole months, and its last day as the end. Country is the site's; From "
    "and To act on the due date, both days included. Amount is quantity x unit price, rounded once per line to the currency's decimals; "
    "totals are sums of line amounts, each currency by itself. With one reporting currency, each line's amount is converted by the rate of "
    "its due date, or the last one before, for days to come by today's; a line without a rate is counted apart, in its own currency."
)
COMMITTED_TERM = "committed_term"
END = {"coverage_end": N_("End of the term")}
COLUMNS = (
    *(replace(column, text=END.get(column.name, column.text)) for column in lines.COLUMNS),
    Column("end_month", N_("Month in which the term ends"), "month"),
    Column("term_months", N_("Term in months"), "integer"),
)
MEASURES, SORTS, KEYS = lines.MEASURES, lines.SORTS, lines.KEYS
BY = (*lines.BY, "end_month", "term_months")
DETAIL = (*lines.DETAIL, "term_months")
WHICH = lines.Which(where=lambda columns: [columns["part_type"] == COMMITTED_TERM], asks=frozenset({"part_type"}))


def summary(viewer: Viewer, filters: Filters, by: tuple[str, ...], today: date, measures: tuple[str, ...] = MEASURES) -> Select[Any]:
    """Quotes, customers, lines, quantity and amount for each value of `by` and currency."""
    return lines.summed(viewer, filters, by, today, measures, WHICH)


def detail(viewer: Viewer, filters: Filters, today: date) -> Select[Any]:
    """The lines themselves, with their customer, part and term."""
    return lines.listed(viewer, filters, today, DETAIL, WHICH)
