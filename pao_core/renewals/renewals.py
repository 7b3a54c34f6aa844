"""Renewals > Renewals: active renewal line items, the overdue first."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Select

from pao_core.access import Viewer
from pao_core.access.rights import REPORTING_VIEW
from pao_core.explain import Formula
from pao_core.filters import Filters
from pao_core.locale import N_
from pao_core.renewals import lines
from pao_core.report import Column

NAME = "renewals"
RIGHT = REPORTING_VIEW
NEEDS = ("renewals",)
TITLE = N_("Renewals")
DEFINITION = N_(
    "Open lines of renewal quotes of your reseller sites, and those sold through you; a line is overdue from the day after its due date. "
    "Country is the site's; From and To act on the due date, both days included. Amount is quantity x unit price, rounded once per line to "
    "the currency's decimals; totals are sums of line amounts, each currency by itself. A quote holds to the end of the day on which it "
    "expires, and counts as expiring in its last 14 days. The change in price is against the unit price paid before. Account managers are "
    "named on your own lines only. With one reporting currency, each line's amount is converted by the rate of its due date, or the last "
    "one before, for days to come by today's; a line without a rate is counted apart, in its own currency."
)
COLUMNS = (*lines.COLUMNS, Column("lines_overdue", N_("Overdue lines"), "integer"), Column("amount_overdue", N_("Overdue amount"), "money"))
MEASURES = (*lines.MEASURES, "lines_overdue", "amount_overdue")
FORMULAS = {
    "lines_overdue": Formula("rows", where=lambda columns, today: columns["due_date"] < today, where_words=N_("due before today"),
                             filters={"due": ("overdue",)}),
    "amount_overdue": Formula("sum", ("amount",), where=lambda columns, today: columns["due_date"] < today, where_words=N_("due before today"),
                              filters={"due": ("overdue",)}),
}
BY, SORTS, KEYS = lines.BY, lines.SORTS, lines.KEYS


def summary(viewer: Viewer, filters: Filters, by: tuple[str, ...], today: date, measures: tuple[str, ...] = MEASURES) -> Select[Any]:
    """Quotes, customers, lines, quantity and amount for each value of `by` and currency, and what of it is overdue."""
    return lines.summed(viewer, filters, by, today, measures)


def detail(viewer: Viewer, filters: Filters, today: date) -> Select[Any]:
    """The open lines themselves, with their customer, part and days to the due date."""
    return lines.listed(viewer, filters, today)
