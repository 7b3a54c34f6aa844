"""A customer's inventory: what it is entitled to, what of it is covered today, and what is deployed.

A *product* is a license part with its renewal and reinstatement parts. At each site the rows of a product that have begun
*stand*, until a renewal or reinstatement begins after their coverage has ended, or has begun after one without an end:
then that stands in their place. Entitled is the greater of what stands and of what was purchased or allocated; a term
license counts only while it runs. Covered is what stands and whose coverage includes today, both days included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import takewhile
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, Integer, Select, Subquery, and_, case, func, literal, not_, or_, select, type_coerce

from pao_core import replica
from pao_core.access import Viewer, scope
from pao_core.access.rights import REPORTING_VIEW
from pao_core.customers import place
from pao_core.filters import Filters, conditions
from pao_core.locale import N_
from pao_core.report import Column
from pao_core.store.kept import kept
from pao_core.store.sql import by_code_point, quotient, total
from pao_core.store.types import Scaled

NAME = "inventory"
RIGHT = REPORTING_VIEW
TITLE = N_("Inventory")
DEFINITION = N_(
    "Entitlements of one customer that are yours or were sold through you. Active: the coverage includes today, both days included. Future: it "
    "has not begun. Renewed: over, and a renewal or reinstatement of the product at the site began later. Expired: over, and none did; "
    "a term license that is over is no entitlement any more. Deployed is what was counted or imported for the row."
)
COLUMNS = (
    Column("entitlement_state", N_("State"), "entitlement_state"),
    Column("product_name", N_("Product")),
    Column("product", N_("Product code"), "code", N_("Part number of the license")),
    Column("product_group", N_("Product group")),
    Column("charge_metric", N_("Charge metric")),
    Column("site_number", N_("Site number"), "code"),
    Column("site_name", N_("Site")),
    Column("part_number", N_("Part number"), "code"),
    Column("part_description", N_("Part description")),
    Column("kind", N_("Kind"), "entitlement_kind"),
    Column("quantity", N_("Entitled"), "quantity"),
    Column("deployed_quantity", N_("Deployed"), "quantity"),
    Column("deployed_share", N_("Deployed share"), "percent", N_("Deployed against entitled; above 100 % more is in use than was bought")),
    Column("coverage_start", N_("Coverage start"), "date"),
    Column("coverage_end", N_("Coverage end"), "date"),
    Column("reseller_site_number", N_("Reseller"), "code"),
)
MEASURES: tuple[str, ...] = ()
BY: tuple[str, ...] = ()
SORTS = {"detail": "product_name"}
KEYS = ("reseller_site_number", "site_number", "part_number", "coverage_start")
ROW = (*KEYS, "quantity", "kind", "coverage_end", "deployed_quantity")
# One row a product.
BY_PRODUCT = (
    Column("name", N_("Product")), Column("product_group", N_("Product group")), Column("charge_metric", N_("Charge metric")),
    Column("coverage_state", N_("State"), "coverage_state"), Column("entitled", N_("Entitled"), "quantity"),
    Column("covered", N_("Covered"), "quantity"), Column("covered_share", N_("Coverage"), "percent"),
    Column("deployed_share", N_("Deployed"), "percent", N_("Deployed against entitled; above 100 % more is in use than was bought")),
    Column("covered_until", N_("Covered until"), "date", N_("The first end of what covers today; where nothing does, the last day covered")),
    Column("product", N_("Product code"), "code", N_("Part number of the license")),
)
# A renewal of these is another entitlement; without one there is no right to go on.
TERMS = ("subscription", "monthly", "fixed_term", "committed_term", "saas", "overage")
RENEWING = ("renewal", "reinstatement")
RENEWED, SAAS = "renewed", "saas"
ACTIVE, FUTURE, FOLLOWED, EXPIRED = "active", "future", "followed", "expired"
WORST_FIRST = ("lapsed", "partial", "covered")
SHARE_DECIMALS = 4


@dataclass(frozen=True)
class Product:
    """What a customer holds of one product, over its sites. `deployed` is None where nobody counted; `covered_until` is None
    for coverage without an end."""

    product: str
    product_name: str
    renewal_name: str | None
    product_group: str | None
    charge_metric: str | None
    entitled: Decimal
    covered: Decimal
    deployed: Decimal | None
    covered_until: date | None

    @property
    def name(self) -> str:
        """The first words that the descriptions of the license and of its renewal share: after them they say which they are."""
        both = zip(self.product_name.split(), (self.renewal_name or self.product_name).split(), strict=False)
        shared = " ".join(word for word, _other in takewhile(lambda pair: pair[0] == pair[1], both))
        return shared.rstrip(" ,;:+·-") or self.product_name

    @property
    def covered_share(self) -> Decimal:
        return self.covered / self.entitled

    @property
    def deployed_share(self) -> Decimal | None:
        return None if self.deployed is None else self.deployed / self.entitled

    @property
    def coverage_state(self) -> str:
        """A word of words.COVERAGE_STATES."""
        return "lapsed" if self.covered <= 0 else "partial" if self.covered < self.entitled else "covered"

    @property
    def over_deployed(self) -> bool:
        """Whether more is in use than there is a right to."""
        return self.deployed is not None and self.deployed > self.entitled


@dataclass(frozen=True)
class Coverage:
    """The products of a customer, those most in need of attention first."""

    products: tuple[Product, ...]

    @property
    def share(self) -> Decimal | None:
        """The covered part of all that is entitled; None of nothing."""
        entitled = sum((product.entitled for product in self.products), Decimal(0))
        return sum((product.covered for product in self.products), Decimal(0)) / entitled if entitled else None

    @property
    def lapsed(self) -> tuple[Product, ...]:
        """The products without any support."""
        return tuple(product for product in self.products if product.coverage_state == "lapsed")

    @property
    def over_deployed(self) -> tuple[Product, ...]:
        return tuple(product for product in self.products if product.over_deployed)

    def rows(self) -> list[dict[str, Any]]:
        """The products as rows; columns BY_PRODUCT."""
        return [{column.name: getattr(product, column.name) for column in BY_PRODUCT} for product in self.products]


@dataclass(frozen=True)
class Spell:
    """A time without a gap of a product being covered somewhere; both days inclusive, without an end when `end` is None."""

    product: str
    start: date
    end: date | None


def detail(viewer: Viewer, filters: Filters, today: date) -> Select[Any]:
    """The entitlements, with their state today; the filter by status is by that state."""
    known = _known(viewer, filters, today)
    joined, of_site = scope.with_sites(known, known, viewer.sites())
    share = quotient(type_coerce(known.c.deployed_quantity, BigInteger), type_coerce(known.c.quantity, BigInteger), scaled_by=10**SHARE_DECIMALS)
    told = {"site_name": of_site["site_name"],
            "deployed_share": type_coerce(case((known.c.quantity > 0, share), else_=None), Scaled(SHARE_DECIMALS))}
    names = [column.name for column in COLUMNS]
    return select(*((told[name] if name in told else known.c[name]).label(name) for name in names)).select_from(joined).where(
        *conditions(filters, {"status": known.c.entitlement_state}))


def of_product(viewer: Viewer, filters: Filters, product: str, today: date) -> list[dict[str, Any]]:
    """The entitlements of one product, the newest coverage first; columns COLUMNS."""
    viewer.require(RIGHT)
    rows = detail(viewer, filters, today).subquery("rows")
    key = (rows.c.site_number, rows.c.part_number, rows.c.reseller_site_number)
    asked = select(rows).where(rows.c.product == product).order_by(rows.c.coverage_start.desc(), *map(by_code_point, key))
    return [dict(row._mapping) for row in replica.reader(viewer.store).rows(asked)]


def coverage(viewer: Viewer, filters: Filters, today: date) -> Coverage:
    """What is entitled, covered and deployed today, by product; products to which there is no right today are left out."""
    viewer.require(RIGHT)
    rows = replica.reader(viewer.store).rows(_by_product(viewer, filters, today))
    found = [Product(**row._asdict()) for row in rows if row.entitled > 0]
    return Coverage(tuple(sorted(found, key=lambda one: (
        WORST_FIRST.index(one.coverage_state), not one.over_deployed, one.covered_until or date.max, one.product_name, one.product))))


def spells(viewer: Viewer, filters: Filters, products: Sequence[str], today: date) -> list[Spell]:
    """When these products were, are and will be covered: coverage of several rows that overlaps is one spell."""
    viewer.require(RIGHT)
    known = _known(viewer, filters, today)
    # A row without an end covers until a renewal stands in its place.
    replaced = and_(known.c.coverage_end.is_(None), known.c.entitlement_state == FOLLOWED)
    end = case((replaced, known.c.renewed_from - literal(1, Integer)), else_=known.c.coverage_end)
    by = (known.c.product, known.c.coverage_start)
    periods = select(*by, func.max(end, type_=Date()).label("ends"), func.count(case((end.is_(None), 1))).label("endless")).where(
        known.c.product.in_(products)).group_by(*by).order_by(by_code_point(known.c.product), known.c.coverage_start)
    found: list[Spell] = []
    for row in replica.reader(viewer.store).rows(periods):
        until = None if row.endless else row.ends
        last = found[-1] if found and found[-1].product == row.product else None
        if last and (last.end is None or row.coverage_start <= last.end):
            found[-1] = Spell(row.product, last.start, None if last.end is None or until is None else max(last.end, until))
        else:
            found.append(Spell(row.product, row.coverage_start, until))
    return found


def _known(viewer: Viewer, filters: Filters, today: date) -> Subquery:
    """The customer's entitlements with their parts and products, and what is true of each: its `entitlement_state`, whether it `renews`
    and `lasts` (a term license does not), and `renewed_from`, the first day of the last renewal of the product at the site so far."""
    rows = place.at(viewer, viewer.entitlements(), filters, ROW)
    joined, columns = scope.with_products(rows, rows, viewer.sites())
    part_type = func.coalesce(columns["part_type"], "")
    named = ("product", "product_name", "renewal_name", "product_group", "charge_metric", "part_description")
    held = kept(select(
        *rows.c, *(columns[name].label(name) for name in named),
        or_(func.coalesce(rows.c.kind, "") == RENEWED, part_type.in_(RENEWING)).label("renews"),
        and_(part_type.not_in(TERMS), func.coalesce(columns["family"], "") != SAAS).label("lasts"),
    ).select_from(joined), "held")
    begun = case((and_(held.c.renews, held.c.coverage_start <= today), held.c.coverage_start), else_=None)
    parted = select(held, func.max(begun, type_=Date()).over(partition_by=(held.c.site_number, held.c.product)).label("renewed_from")).subquery()
    start, end, after = parted.c.coverage_start, parted.c.coverage_end, parted.c.renewed_from
    state = case((start > today, FUTURE), (and_(after > start, or_(end.is_(None), after > end)), FOLLOWED),
                 (or_(end.is_(None), end >= today), ACTIVE), else_=EXPIRED)
    return select(*parted.c, state.label("entitlement_state")).subquery("known")


def _by_product(viewer: Viewer, filters: Filters, today: date) -> Select[Any]:
    known = _known(viewer, filters, today)
    covers = known.c.entitlement_state == ACTIVE
    held = or_(known.c.lasts, covers)
    stands = and_(known.c.entitlement_state.in_((ACTIVE, EXPIRED)), held)
    bought = and_(known.c.entitlement_state != FUTURE, not_(known.c.renews), held)

    def summed(condition: ColumnElement[bool], column: ColumnElement[Any]) -> ColumnElement[Any]:
        return func.sum(case((condition, column), else_=None), type_=column.type)

    names = ("product_name", "renewal_name", "product_group", "charge_metric")
    quantity = known.c.quantity
    at_sites = select(
        known.c.product, *(func.min(known.c[name]).label(name) for name in names),
        func.greatest(func.coalesce(summed(bought, quantity), 0), func.coalesce(summed(stands, quantity), 0), type_=quantity.type).label("entitled"),
        summed(covers, quantity).label("covered"), summed(stands, known.c.deployed_quantity).label("deployed"),
        func.count(case((covers, 1))).label("covering"), func.min(case((covers, known.c.coverage_end), else_=None)).label("until"),
        func.max(case((stands, known.c.coverage_end), else_=None)).label("ended"),
    ).group_by(known.c.site_number, known.c.product).subquery("at_sites")
    return select(
        at_sites.c.product, *(func.min(at_sites.c[name]).label(name) for name in names),
        total(at_sites.c.entitled).label("entitled"), total(at_sites.c.covered).label("covered"),
        func.sum(at_sites.c.deployed, type_=quantity.type).label("deployed"),
        case((func.sum(at_sites.c.covering) > 0, func.min(at_sites.c.until)), else_=func.max(at_sites.c.ended)).label("covered_until"),
    ).group_by(at_sites.c.product)
