"""Renewals > Expiring quotes: open renewal lines whose quote expires in the days ahead."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select

from pao_core.access import Viewer
from pao_core.access.rights import REPORTING_VIEW
from pao_core.filters import Filters
from pao_core.locale import N_
from pao_core.renewals import lines

NAME = "expiring-quotes"
RIGHT = REPORTING_VIEW
NEEDS = ("renewals",)
TITLE = N_("Expiring quotes")
DEFINITION = N_(
    "Open lines of renewal quotes of your reseller sites, and those sold through you, whose quote expires from today to 30 days from today, both "
    "days included; the window takes other numbers of days. A quote without a day of expiry is not among them. From and To act on the due date; "
    "country, amounts and rates are those of the report on renewals."
)
COLUMNS, MEASURES, KEYS = lines.COLUMNS, lines.MEASURES, lines.KEYS
BY = ("quote", "quote_expires", *(word for word in lines.BY if word != "quote"))
SORTS = {**lines.SORTS, "detail": "quote_expires"}
WINDOW = 30


def summary(viewer: Viewer, filters: Filters, by: tuple[str, ...], today: date, measures: tuple[str, ...] = MEASURES) -> Select[Any]:
    """Quotes, customers, lines, quantity and amount for each value of `by` and currency."""
    return lines.summed(viewer, filters, by, today, measures, _which(filters, today))


def detail(viewer: Viewer, filters: Filters, today: date) -> Select[Any]:
    """The lines themselves, the first to expire before the others."""
    return lines.listed(viewer, filters, today, which=_which(filters, today))


def _which(filters: Filters, today: date) -> lines.Which:
    last = today + timedelta(filters.window or WINDOW)
    return lines.Which(where=lambda columns: [columns["quote_expires"].between(today, last)])
