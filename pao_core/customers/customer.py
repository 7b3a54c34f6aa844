"""Customers > Customer: who a customer is, as far as rows of the viewer's make it visible: agreement, sites, contacts, account managers.

A customer is its agreement, and a site without one is its own customer. What it has and does is told by the modules beside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, and_, select

from pao_core import choices, replica
from pao_core.access import Viewer
from pao_core.access.rights import REPORTING_VIEW
from pao_core.customers import customers
from pao_core.dates import coming_anniversary
from pao_core.filters import Filters
from pao_core.locale import N_, Refused, _
from pao_core.report import run, totals_of
from pao_core.store.types import fold

RIGHT = REPORTING_VIEW
TITLE = N_("Customer")
DEFINITION = N_(
    "One customer: an agreement with its sites, or a site without an agreement; sites, contacts and all figures as far as rows of yours, or "
    "sold through you, make them visible. Open renewals are lines of renewal quotes with status open; a line is overdue from the day after "
    "its due date. Orders in 12 months count lines ordered in the twelve months up to today, against the twelve before; returns are negative "
    "and count. Points are those of these lines, not the agreement's; the level is the imported one. "
    "Coverage: entitled is what was purchased or allocated up to today, or what the last renewals stand for where that is more; a term "
    "license counts while it runs. A renewal stands in place of the earlier rows of the product at the site whose coverage ended by the "
    "day on which it began, or had no end. Covered is the quantity of the rows that stand and whose coverage includes today, both days "
    "included. A product is a license part with its renewal and reinstatement parts; products are added by quantity, whatever their metric."
)
# Points from which a level holds (domain.md 2.3); the other levels are not earned by points.
LADDER = {"BL": 0, "D": 500, "E": 1_000, "F": 2_500, "G": 5_000, "H": 10_000}
ON_THE_LADDER = "PA"
FOUND, LARGEST = 8, 8
SOUGHT = 200  # matches of which a search chooses those found
ORIGINATING = "originating"


class UnknownCustomer(Refused):
    """No row that the viewer sees is of this customer; `nearest` are the agreements or sites most like it that have one."""

    def __init__(self, number: str, nearest: Sequence[str]) -> None:
        super().__init__(N_("There is no customer {number} among those whose rows you see. Nearest: {nearest}."), number=number,
                         nearest=", ".join(nearest) or _("none"))
        self.nearest = tuple(nearest)


@dataclass(frozen=True)
class Agreement:
    """The facts of an agreement, as they were loaded."""

    number: str
    program: str | None
    price_level: str | None
    customer_type: str | None
    status: str | None
    first_order_date: date | None
    anniversary_date: date | None

    def next_anniversary(self, today: date) -> date | None:
        """The anniversary on or after today."""
        return coming_anniversary(self.anniversary_date, today).value if self.anniversary_date else None

    def next_level(self, points: Decimal) -> tuple[str, Decimal] | None:
        """The level above the imported one, and how many points are missing to it (none: zero); None where points earn no level."""
        levels = list(LADDER)
        if self.program != ON_THE_LADDER or self.price_level not in levels[:-1]:
            return None
        level = levels[levels.index(self.price_level) + 1]
        return level, max(LADDER[level] - points, Decimal(0))


@dataclass(frozen=True)
class Site:
    """A site of the customer and who looks after it for a reseller of the viewer's own."""

    number: str
    name: str
    role: str | None
    country: str
    city: str | None
    account_manager: str | None


@dataclass(frozen=True)
class Customer:
    """A customer and its visible sites, the originating one first. `marked` is the site that was asked for, `only` the one to which
    the figures are limited."""

    name: str
    agreement: Agreement | None
    sites: tuple[Site, ...]
    marked: Site | None = None
    only: Site | None = None

    @property
    def main(self) -> Site:
        """The site that stands for the customer."""
        return self.only or self.sites[0]

    @property
    def looked_after_by(self) -> tuple[str, ...]:
        """Who looks after the sites, each once."""
        sites = (self.only,) if self.only else self.sites
        return tuple(dict.fromkeys(site.account_manager for site in sites if site.account_manager))

    @property
    def filters(self) -> Filters:
        """What finds the customer's rows in any report."""
        if self.only or self.agreement is None:
            return Filters(site=(self.main.number,))
        return Filters(agreement=(self.agreement.number,))


@dataclass(frozen=True)
class Match:
    """An agreement or a site that a search found, by the filter's name, its number and what to show."""

    kind: str
    number: str
    label: str


def find(viewer: Viewer, agreement: str | None = None, site: str | None = None) -> Customer:
    """The customer that an agreement number or a site number names; a site's agreement is its customer, and the site is marked.
    With both, the figures are those of the site alone. Raises UnknownCustomer, whether there is none or only others see it."""
    viewer.require(RIGHT)
    rows = _rows(viewer, agreement, None if agreement else site)
    if not rows:
        raise _unknown(viewer, agreement, site)
    if agreement is None and rows[0].agreement_number:
        rows = _rows(viewer, rows[0].agreement_number, None)
    sites = _sites(rows)
    marked = next((one for one in sites if one.number == site), None)
    if site and marked is None:
        raise _unknown(viewer, None, site)
    name = next(row.customer_name for row in rows if row.site_number == sites[0].number)
    return Customer(name, _agreement(rows[0]), sites, marked if len(sites) > 1 else None, marked if agreement else None)


def search(viewer: Viewer, text: str) -> list[Match]:
    """Agreements, then sites, whose number begins with the text or whose customer's name holds it: a few of each, those first of which
    a word begins with it."""
    sought = fold(text.strip())
    found = []
    for kind in ("agreement", "site"):
        matches = [Match(kind, code, label) for code, label in choices.search(viewer, kind, text, SOUGHT)]
        found += sorted(matches, key=lambda match: not any(word.startswith(sought) for word in fold(match.label).split()))[:FOUND]
    return found


def largest(viewer: Viewer, today: date) -> list[dict[str, Any]]:
    """The customers that ordered most in twelve months, in the currency of most lines: rows of the customer activity report."""
    viewer.require(RIGHT)
    totals = sorted(totals_of(customers, viewer, Filters(), today), key=lambda total: (-total["lines"], total["currency"] or ""))
    most = next((total["currency"] for total in totals if total["currency"]), None)
    if most is None:
        return []
    return run(customers, viewer, Filters(), today=today, by="customer", sort="-amount_12_months", totals=False, currency=most, limit=LARGEST,
               measures=("sites", "lines", "amount_12_months")).rows


def _rows(viewer: Viewer, agreement: str | None, site: str | None) -> Sequence[Row[Any]]:
    """A row for each visible site of the agreement (or the one site) and reseller, the viewer's own resellers first."""
    seen, assigned, own = viewer.customers(), viewer.assignments(), viewer.sites()
    asked = seen.c.agreement_number == agreement if agreement else seen.c.site_number == site
    same = and_(assigned.c.reseller_site_number == seen.c.reseller_site_number, assigned.c.site_number == seen.c.site_number)
    statement = select(seen, assigned.c.account_manager).select_from(seen.outerjoin(assigned, same)).where(asked)
    found = replica.reader(viewer.store).rows(statement, viewer)
    return sorted(found, key=lambda row: (row.site_number, row.reseller_site_number not in own, row.reseller_site_number))


def _agreement(row: Row[Any]) -> Agreement | None:
    if row.agreement_number is None:
        return None
    return Agreement(row.agreement_number, row.program, row.price_level, row.customer_type, row.agreement_status, row.first_order_date,
                     row.anniversary_date)


def _sites(rows: Sequence[Row[Any]]) -> tuple[Site, ...]:
    by_number: dict[str, list[Row[Any]]] = {}
    for row in rows:
        by_number.setdefault(row.site_number, []).append(row)
    found = [Site(number, of[0].site_name, of[0].site_role, of[0].site_country, of[0].city,
                  next((row.account_manager for row in of if row.account_manager), None)) for number, of in by_number.items()]
    return tuple(sorted(found, key=lambda site: (site.role != ORIGINATING, site.number)))


def _unknown(viewer: Viewer, agreement: str | None, site: str | None) -> UnknownCustomer:
    kind, number = ("agreement", agreement) if agreement else ("site", site)
    return UnknownCustomer(number or "", choices.near(viewer, kind, number or ""))
