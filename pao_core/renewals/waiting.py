"""What waiting costs: a line's amount by its due date, at the prices of an edition to come, and as a reinstatement after a lapse.

Only what a price is known for is said, at the list price of the customer's level; what cannot be said has its reason. Renewals
are priced by the day their coverage starts, reinstatements need a part of their own (domain.md 1.2, 2.4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from pao_core.access import Viewer
from pao_core.access.rights import PRICES_DOWNLOAD
from pao_core.dates.months import YEAR, months_full
from pao_core.locale import N_
from pao_core.money import line_amount
from pao_core.prices.in_force import Price, on, prices_of
from pao_core.report import Column

BY_THE_DATE, AT_NEW_PRICES, REINSTATED = N_("Renew by {day}"), N_("At the prices of {day}"), N_("Reinstate from {day}")
NO_RIGHT = N_("Prices take the right to price files.")
NO_LEVEL = N_("No price level is known for this customer, so no list price can be named.")
NO_REINSTATEMENT = N_("No price of a reinstatement is known for this part, country, currency and level.")
OTHER_LENGTH = N_("The coverage of this line is not twelve months long; a list price is for the part's own term.")
NO_PRICE = N_("No list price of this part is known for the day on which the coverage starts.")
COLUMNS = (
    Column("when", N_("When")), Column("amount", N_("Amount"), "money"), Column("change", N_("Difference"), "percent"),
    Column("part_number", N_("Part number"), "code"), Column("priced_since", N_("Price since"), "date"),
)


@dataclass(frozen=True)
class Cost:
    """What the line costs in one case: `what` is a text for `day`; `change` is a ratio to the line's own amount, None where that is
    nothing; `price` is the list price that it goes by, None for the line's own."""

    what: str
    day: date
    amount: Decimal
    change: Decimal | None
    price: Price | None = None


@dataclass(frozen=True)
class Waiting:
    """The known costs, the line's own first; and in words why others are not known and what to mind."""

    costs: tuple[Cost, ...]
    remarks: tuple[str, ...]


def waiting(viewer: Viewer, line: Mapping[str, Any], today: date) -> Waiting:
    """What waiting costs for a line of the renewals report."""
    own = Cost(BY_THE_DATE, line["due_date"], line["amount"], Decimal(0))
    if not viewer.may(PRICES_DOWNLOAD):
        return Waiting((own,), (NO_RIGHT,))
    if line["price_level"] is None:
        return Waiting((own,), (NO_LEVEL,))
    prices = prices_of(viewer, line["part_number"], line["country"], line["currency"], line["price_level"])
    starts, lapsed = line["coverage_start"], max(today, line["due_date"] + timedelta(1))
    at_start = on((price for price in prices if not price.reinstates), starts)
    then = on((price for price in prices if price.reinstates), lapsed)
    ahead = [_cost(AT_NEW_PRICES, at_start.starts, line, at_start)] if at_start and at_start.starts > today else []
    back = [_cost(REINSTATED, lapsed, line, then)] if then else []
    remarks = [text for text, known in ((NO_PRICE, at_start), (NO_REINSTATEMENT, then)) if not known]
    if (ahead or back) and line["coverage_end"] and months_full(starts, line["coverage_end"] + timedelta(1)) != YEAR:
        remarks.append(OTHER_LENGTH)
    return Waiting((own, *ahead, *back), tuple(remarks))


def _cost(what: str, day: date, line: Mapping[str, Any], price: Price) -> Cost:
    amount = line_amount(line["quantity"], price.unit_price, line["currency"])
    return Cost(what, day, amount, amount / line["amount"] - 1 if line["amount"] > 0 else None, price)
