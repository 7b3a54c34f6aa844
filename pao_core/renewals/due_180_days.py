"""Renewals > Due in 180 days: open renewal lines that fall due in the days ahead, or did in the days past."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select

from pao_core.access import Viewer
from pao_core.access.rights import REPORTING_VIEW
from pao_core.filters import Filters
from pao_core.locale import N_
from pao_core.renewals import buckets, lines

NAME = "due-180-days"
RIGHT = REPORTING_VIEW
NEEDS = ("renewals",)
TITLE = N_("Due in 180 days")
DEFINITION = N_(
    "Open lines of renewal quotes of your reseller sites, and those sold through you, that fall due from today to 180 days from today, both "
    "days included, by days to the due date. The window takes other numbers of days; looking back, it holds the lines that fell due in the "
    "days up to today and are still open. What the vendor's 180-day report counts is not published; this reading is ours. Country is the "
    "site's; From and To act on the due date too. Amount is quantity x unit price, rounded once per line to the currency's decimals; totals "
    "are sums of line amounts, each currency by itself. With one reporting currency, each line's amount is converted by the rate of its due "
    "date, or the last one before, for days to come by today's; a line without a rate is counted apart, in its own currency."
)
COLUMNS, MEASURES, BY, SORTS, KEYS = lines.COLUMNS, lines.MEASURES, lines.BY, lines.SORTS, lines.KEYS
WINDOW, LAST = 180, "last"


def window(filters: Filters, today: date) -> tuple[date, date]:
    """The first and the last due date that the report holds, both inclusive, before any other filter."""
    reach = timedelta(filters.window or WINDOW)
    return (today - reach, today) if filters.direction == LAST else (today, today + reach)


def summary(viewer: Viewer, filters: Filters, by: tuple[str, ...], today: date, measures: tuple[str, ...] = MEASURES) -> Select[Any]:
    """Quotes, customers, lines, quantity and amount for each value of `by` and currency."""
    return lines.summed(viewer, filters, by, today, measures, _which(filters, today))


def detail(viewer: Viewer, filters: Filters, today: date) -> Select[Any]:
    """The lines themselves, with their customer, part and days to the due date."""
    return lines.listed(viewer, filters, today, which=_which(filters, today))


def _which(filters: Filters, today: date) -> lines.Which:
    return lines.Which(
        where=lambda columns: [columns["due_date"].between(*window(filters, today))],
        buckets=buckets.BACK if filters.direction == LAST else buckets.AHEAD,
    )
