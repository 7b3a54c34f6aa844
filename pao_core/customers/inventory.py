"""A customer's inventory: what it is entitled to, what of it is covered today, and what is deployed.

A *product* is a license part with its renewal and reinstatement parts. At each site the rows of a product that have begun
*stand*, until a renewal or reinstatement begins on the last day of their coverage or later, or after the first day of one
without an end: then that stands in their place. Entitled is the greater of what stands and of what was purchased or allocated; a term
license counts only while it runs. Covered is what stands and whose coverage includes today, both days included.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import takewhile
from typing import Any

from sqlalchemy import ColumnElement, Date, FromClause, Row, Select, Subquery, and_, case, func, not_, or_, select

from pao_core import columns as usual
from pao_core import replica
from pao_core.access import Viewer, scope
from pao_core.access.rights import REPORTING_VIEW
from pao_core.customers import place
from pao_core.dates import add_months
from pao_core.filters import Filters, conditions
from pao_core.locale import N_
from pao_core.report import Column
from pao_core.store.sql import by_code_point, ratio, total

NAME = "inventory"
RIGHT = REPORTING_VIEW
TITLE = N_("Inventory")
DEFINITION = N_(
    "Entitlements of one customer that are yours or were sold through you. Active: the coverage includes today, both days included. Future: it "
    "has not begun. Renewed: a renewal or reinstatement of the product at the site stands in its place. Expired: over, and none does; "
    "a term license that is over is no entitlement any more. Deployed is what was counted or imported for the row."
)
COUNTS = N_("At each site the greater of what stands and of what was bought counts; a term license counts only while it runs.")
COLUMNS = (
    Column("entitlement_state", N_("State"), "entitlement_state"),
    Column("product_name", N_("Product")),
    Column("product", N_("Product code"), "code", N_("Part number of the license")),
    usual.PRODUCT_GROUP, usual.CHARGE_METRIC, usual.SITE_NUMBER, usual.SITE_NAME, usual.PART_NUMBER, usual.PART_DESCRIPTION,
    Column("kind", N_("Kind"), "entitlement_kind"),
    Column("quantity", N_("Entitled"), "quantity"),
    Column("counts_entitled", N_("Counts as entitled"), "quantity", COUNTS),
    Column("covered", N_("Covered"), "quantity", N_("What stands and is covered today")),
    Column("deployed_quantity", N_("Deployed"), "quantity"),
    Column("deployed_share", N_("Deployed share"), "percent", N_("Deployed against entitled; above 100 % more is in use than was bought")),
    usual.COVERAGE_START, usual.COVERAGE_END, usual.RESELLER_SITE_NUMBER,
)
MEASURES = ("covered", "counts_entitled")
BY: tuple[str, ...] = ()
SORTS = {"detail": "product_name"}
KEYS = ("reseller_site_number", "site_number", "part_number", "coverage_start")
ROW = (*KEYS, "quantity", "kind", "coverage_end", "deployed_quantity")
HELD = ("product", "product_name", "renewal_name", "product_group", "charge_metric", "site_number", "quantity", "deployed_quantity", "coverage_start",
        "coverage_end", "renews", "lasts", "renewed_from", "entitlement_state", "state_before")
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
MONTHS = 12


@dataclass(frozen=True)
class Spell:
    """A time without a gap of a product being covered somewhere; both days inclusive, without an end when `end` is None."""

    start: date
    end: date | None


@dataclass(frozen=True)
class Product:
    """What a customer holds of one product, over its sites. `deployed` is None where nobody counted; `covered_until` is None
    for coverage without an end; `spells` are past, present and future."""

    product: str
    product_name: str
    renewal_name: str | None
    product_group: str | None
    charge_metric: str | None
    entitled: Decimal
    covered: Decimal
    deployed: Decimal | None
    covered_until: date | None
    spells: tuple[Spell, ...]

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
    """The products of a customer, those most in need of attention first. The shares are the covered part of all that is entitled,
    today and a year before by the rows of today; None of nothing."""

    products: tuple[Product, ...]
    share: Decimal | None
    share_before: Decimal | None

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


def summary(viewer: Viewer, filters: Filters, _by: tuple[str, ...], today: date, measures: tuple[str, ...] = MEASURES) -> Select[Any]:
    """What is entitled and what of it is covered today, all products together."""
    rows = detail(viewer, filters, today).subquery("rows")
    return select(*(total(rows.c[name]).label(name) for name in measures))


def detail(viewer: Viewer, filters: Filters, today: date) -> Select[Any]:
    """The entitlements, with their state today and what they count for; the filter by status is by that state."""
    held = known_of(viewer, filters, today)
    covered = case((held.c.entitlement_state == ACTIVE, held.c.quantity))
    known = select(held, _counts_entitled(held).label("counts_entitled"), covered.label("covered")).subquery("counted")
    joined, of_site = scope.with_sites(known, known, viewer.sites())
    told = {"site_name": of_site["site_name"], "deployed_share": ratio(known.c.deployed_quantity, known.c.quantity, SHARE_DECIMALS)}
    names = [column.name for column in COLUMNS]
    return select(*((told[name] if name in told else known.c[name]).label(name) for name in names)).select_from(joined).where(
        *conditions(filters, {"status": known.c.entitlement_state}))


def of_product(viewer: Viewer, filters: Filters, product: str, today: date) -> list[dict[str, Any]]:
    """The entitlements of one product, the newest coverage first; columns COLUMNS."""
    viewer.require(RIGHT)
    rows = detail(viewer, filters, today).subquery("rows")
    key = (rows.c.site_number, rows.c.part_number, rows.c.reseller_site_number)
    asked = select(rows).where(rows.c.product == product).order_by(rows.c.coverage_start.desc(), *map(by_code_point, key))
    return [dict(row._mapping) for row in replica.reader(viewer.store).rows(asked, viewer)]


def coverage(viewer: Viewer, filters: Filters, today: date) -> Coverage:
    """What is entitled, covered and deployed today, by product; products to which there is no right today are left out."""
    viewer.require(RIGHT)
    known = known_of(viewer, filters, today)
    by_product: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in replica.reader(viewer.store).rows(select(*(known.c[name] for name in HELD)), viewer):
        by_product[row.product].append(row)
    found = [product for product in map(_product, by_product.values()) if product.entitled > 0]
    found.sort(key=lambda one: (
        WORST_FIRST.index(one.coverage_state), not one.over_deployed, one.covered_until or date.max, one.product_name, one.product))
    now, before = ([_held(rows, state) for rows in by_product.values()] for state in ("entitlement_state", "state_before"))
    return Coverage(tuple(found), _share(now), _share(before))


def _product(rows: Sequence[Row[Any]]) -> Product:
    """What there is of one product."""
    entitled, covered = _held(rows, "entitlement_state")
    standing = [row for row in rows if row.entitlement_state == ACTIVE or (row.entitlement_state == EXPIRED and row.lasts)]
    counted = [row.deployed_quantity for row in standing if row.deployed_quantity is not None]
    ends = [row.coverage_end for row in standing if row.entitlement_state == ACTIVE]
    over = max((row.coverage_end for row in standing if row.coverage_end), default=None)
    named = min(rows, key=lambda row: (row.product_name, row.product_group or "", row.charge_metric or ""))
    return Product(
        named.product, named.product_name, named.renewal_name, named.product_group, named.charge_metric, entitled, covered,
        sum(counted, Decimal(0)) if counted else None, min((end for end in ends if end), default=None) if ends else over, _spells(rows))


def _held(rows: Sequence[Row[Any]], state: str) -> tuple[Decimal, Decimal]:
    """What is entitled and covered of one product, site by site, in these states of its rows."""
    at_sites: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0), Decimal(0)])
    for row in rows:
        now = getattr(row, state)
        if now == FUTURE or not (row.lasts or now == ACTIVE):
            continue
        site = at_sites[row.site_number]
        site[0] += Decimal(0) if row.renews else row.quantity  # bought
        site[1] += Decimal(0) if now == FOLLOWED else row.quantity  # what stands
        site[2] += row.quantity if now == ACTIVE else Decimal(0)  # what is covered
    return (sum((max(bought, stands) for bought, stands, _covered in at_sites.values()), Decimal(0)),
            sum((covered for _bought, _stands, covered in at_sites.values()), Decimal(0)))


def _share(held: Sequence[tuple[Decimal, Decimal]]) -> Decimal | None:
    entitled, covered = (sum((of[place] for of in held), Decimal(0)) for place in (0, 1))
    return covered / entitled if entitled > 0 else None


def _spells(rows: Sequence[Row[Any]]) -> tuple[Spell, ...]:
    """Coverage that overlaps is one spell; a row without an end covers until a renewal stands in its place."""
    found: list[Spell] = []
    for row in sorted(rows, key=lambda row: row.coverage_start):
        replaced = row.coverage_end is None and row.entitlement_state == FOLLOWED
        end = row.renewed_from - timedelta(1) if replaced else row.coverage_end
        last = found[-1] if found else None
        if last and (last.end is None or row.coverage_start <= last.end):
            found[-1] = Spell(last.start, None if last.end is None or end is None else max(last.end, end))
        else:
            found.append(Spell(row.coverage_start, end))
    return tuple(found)


def known_of(viewer: Viewer, filters: Filters, today: date) -> Subquery:
    """The entitlements at the agreements and sites that the filters name, or all, with their parts and products, and what is true of each:
    its `entitlement_state` today and its `state_before`, a year before; whether it `renews` and `lasts` (a term license does not); and
    `renewed_from`, the first day of the last renewal of the product at the site so far. Other filters are for afterwards: one row's
    state depends on the others at its site."""
    rows = place.at(viewer.entitlements(), filters, ROW)
    joined, columns = scope.with_products(rows, rows, viewer.sites())
    part_type = func.coalesce(columns["part_type"], "")
    renews = or_(func.coalesce(rows.c.kind, "") == RENEWED, part_type.in_(RENEWING))
    named = ("product", "product_name", "renewal_name", "product_group", "charge_metric", "part_description")

    def renewed_from(day: date) -> ColumnElement[Any]:
        begun = case((and_(renews, rows.c.coverage_start <= day), rows.c.coverage_start), else_=None)
        return func.max(begun, type_=Date()).over(partition_by=(rows.c.site_number, columns["product"]))

    before = add_months(today, -MONTHS)
    return select(
        *rows.c, *(columns[name].label(name) for name in named), renews.label("renews"),
        and_(part_type.not_in(TERMS), func.coalesce(columns["family"], "") != SAAS).label("lasts"), renewed_from(today).label("renewed_from"),
        _state(rows, renewed_from(today), today).label("entitlement_state"), _state(rows, renewed_from(before), before).label("state_before"),
    ).select_from(joined).subquery("known")


def _counts_entitled(held: FromClause) -> ColumnElement[Any]:
    """What of a row's quantity is entitled, so that the rows add up to what `_held` tells of a product; null of one that does not count."""
    state, quantity = held.c.entitlement_state, held.c.quantity
    counts = and_(state != FUTURE, or_(held.c.lasts, state == ACTIVE))
    bought, stands = and_(counts, not_(held.c.renews)), and_(counts, state != FOLLOWED)

    def at_site(rows: ColumnElement[bool]) -> ColumnElement[Any]:
        of_rows = func.sum(case((rows, quantity)), type_=quantity.type).over(partition_by=(held.c.site_number, held.c.product))
        return func.coalesce(of_rows, 0, type_=quantity.type)

    return case((at_site(bought) > at_site(stands), case((bought, quantity))), (stands, quantity))


def _state(rows: FromClause, renewed_from: ColumnElement[Any], day: date) -> ColumnElement[Any]:
    start, end = rows.c.coverage_start, rows.c.coverage_end
    return case((start > day, FUTURE), (and_(renewed_from > start, or_(end.is_(None), renewed_from >= end)), FOLLOWED),
                (or_(end.is_(None), end >= day), ACTIVE), else_=EXPIRED)
