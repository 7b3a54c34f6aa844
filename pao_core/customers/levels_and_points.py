"""Customers > Levels and points: the imported price level of each agreement, and how far the viewer's own lines lead to the next one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Select,
    Subquery,
    and_,
    case,
    cast,
    extract,
    func,
    literal,
    null,
    select,
    type_coerce,
)

from pao_core import columns as usual
from pao_core import replica
from pao_core.access import Viewer, scope
from pao_core.access.rights import REPORTING_VIEW
from pao_core.customers.customer import LADDER, ON_THE_LADDER
from pao_core.dates import add_months, coming_anniversary
from pao_core.explain import Formula
from pao_core.filters import Filters, conditions
from pao_core.locale import N_
from pao_core.prices.points import with_points
from pao_core.report import Column
from pao_core.store.kept import kept
from pao_core.store.sql import agreed, month, month_day, total
from pao_core.store.types import Scaled

NAME = "levels-and-points"
RIGHT = REPORTING_VIEW
TITLE = N_("Levels and points")
NEEDS = ("agreements", "orders")
DEFINITION = N_(
    "Agreements with a site that a row of yours, or sold through you, makes visible. The level is the imported one. Points are those of the "
    "order lines that you see, quantity x points: those of the price that held on the order's day in the line's country and currency at the "
    "agreement's level, else those of the part. They are not the agreement's points, which count the orders of all resellers. Returns are "
    "negative, cancelled lines count unless filtered out. The term runs from one anniversary to the day before the next; without an anniversary "
    "the twelve months up to today count. Thresholds of Passport Advantage as published: D 500, E 1,000, F 2,500, G 5,000, H 10,000 points; at "
    "the anniversary the level follows from the points of the term that ends. Passport Advantage Express and enterprise agreements, and the "
    "levels ED, GV and SRP, are not earned by points. Agreement, site, country and customer choose the sites, product group, order type, "
    "status and quote number the lines that count, and leave out agreements without one; From and To act on the last day of the term."
)
SOURCE = N_(
    "Source of the thresholds: Passport Advantage price levels as SHI and License Library publish them (500 points are level D). The vendor may "
    "change them; what counts is the agreement."
)
COLUMNS = (
    usual.CUSTOMER, usual.CUSTOMER_NAME, usual.AGREEMENT, usual.AGREEMENT_NUMBER, usual.PROGRAM, usual.CUSTOMER_TYPE,
    Column("price_level", N_("Price level"), "level", N_("The imported one")),
    usual.ANNIVERSARY_DATE,
    Column("term_start", N_("Term from"), "date"),
    Column("term_end", N_("Term to"), "date"),
    Column("month", N_("Month in which the term ends"), "month"),
    Column("agreements", N_("Agreements"), "integer"),
    usual.SITES,
    Column("lines", N_("Lines"), "integer", N_("Your order lines in the term")),
    Column("lines_without_points", N_("Lines without points"), "integer", N_("Lines whose part and price have no points")),
    Column("points", N_("Points of your lines"), "quantity", N_("In the term that holds today; not the agreement's points")),
    Column("points_before", N_("Points of your lines, term before"), "quantity"),
    Column("level_of_points", N_("Level of these points"), "level", N_("What the points of your lines alone would earn")),
    Column("next_level", N_("Next level"), "level", N_("The one above the imported level")),
    Column("points_missing", N_("Points to the next level"), "quantity", N_("From the points of your lines in this term; 0: they are enough")),
    Column("enough", N_("Enough for the next level"), "integer", N_("Agreements whose points of your lines reach the next level")),
)
MEASURES = ("agreements", "lines", "lines_without_points", "points", "points_before", "enough")
FORMULAS = {
    "enough": Formula("rows", where=lambda columns, _today: columns["points_missing"] == 0,
                      where_words=N_("the points of your lines are enough for the next level")),
}
BY = ("price_level", "next_level", "month", "agreement", "program", "customer_type")
# Nearest to its next level first.
SORTS = {"summary": "-agreements", "detail": "points_missing"}
KEYS = ("agreement_number",)
DETAIL = (
    "customer_name", "agreement_number", "program", "customer_type", "price_level", "anniversary_date", "term_start", "term_end", "sites", "lines",
    "lines_without_points", "points", "points_before", "level_of_points", "next_level", "points_missing",
)
OF_AGREEMENT = ("program", "customer_type", "price_level", "anniversary_date")
DECIMALS = 6  # of points: quantity and points of a unit have three each
MONTHS = 12
LEAP_DAY = 229


@dataclass(frozen=True)
class Term:
    """One term of an agreement, both days inclusive, and the viewer's lines in it."""

    start: date
    end: date
    lines: int
    points: Decimal


def summary(viewer: Viewer, filters: Filters, by: tuple[str, ...], today: date, measures: tuple[str, ...] = MEASURES) -> Select[Any]:
    """Agreements and the points of the viewer's lines for each value of `by`."""
    rows = _rows(viewer, filters, today)
    found = {"agreements": func.count(), "enough": func.count(case((rows.c.points_missing == 0, 1)))} | {
        name: total(rows.c[name]) for name in ("lines", "lines_without_points", "points", "points_before")}
    keys = {word: rows.c["agreement_number" if word == "agreement" else word] for word in by}
    named = [agreed(rows.c.customer_name).label("customer_name")] if "agreement" in by else []
    return select(
        *(key.label(word) for word, key in keys.items()), *named, *(found[name].label(name) for name in measures)).group_by(*keys.values())


def detail(viewer: Viewer, filters: Filters, today: date) -> Select[Any]:
    """One row for each agreement: its level, its term, the points of the viewer's lines and what is missing to the next level."""
    rows = _rows(viewer, filters, today)
    return select(*(rows.c[name] for name in DETAIL))


def terms(viewer: Viewer, filters: Filters, agreement: str, anniversary: date, today: date) -> list[Term]:
    """Every term of an agreement in which the viewer sees a line, and the one that holds today, the oldest first."""
    viewer.require(RIGHT)
    lines = _lines(viewer, filters, _sites(viewer, filters.but(agreement=(agreement,))))
    by_day = select(lines.c.order_date, func.count().label("lines"), total(lines.c.points).label("points")).group_by(lines.c.order_date)
    found: dict[date, tuple[int, Decimal]] = {_after(anniversary, today): (0, Decimal(0))}
    for row in replica.reader(viewer.store).rows(by_day, viewer):
        counted, points = found.get(_after(anniversary, row.order_date), (0, Decimal(0)))
        found[_after(anniversary, row.order_date)] = counted + row.lines, points + row.points
    return [Term(coming_anniversary(anniversary, add_months(after, -MONTHS) - timedelta(1)).value, after - timedelta(1), *found[after])
            for after in sorted(found)]


def _after(anniversary: date, day: date) -> date:
    """The anniversary that ends the term of a day."""
    return coming_anniversary(anniversary, day + timedelta(1)).value


def _sites(viewer: Viewer, filters: Filters) -> Subquery:
    """The visible sites of agreements that the filters choose, a row for each reseller."""
    seen = viewer.customers()
    matching = [seen.c.agreement_number.is_not(None), *conditions(filters, {
        "agreement": seen.c.agreement_number, "site": seen.c.site_number, "customer": seen.c.customer_folded, "country": seen.c.site_country,
        "program": seen.c.program, "anniversary": seen.c.anniversary_date, "reseller": seen.c.reseller_site_number,
    })]
    if filters.account_manager:
        matching.append(scope.assigned(seen, viewer.sites(), filters.account_manager))
    names = ("reseller_site_number", "site_number", "agreement_number", "customer_name", *OF_AGREEMENT)
    return select(*(seen.c[name] for name in names)).where(*matching).subquery("agreement_sites")


def _lines(viewer: Viewer, filters: Filters, at: FromClause) -> Subquery:
    """The order lines of these sites that the filters choose, each with its agreement, date and points."""
    lines, own = viewer.orders(), viewer.sites()
    joined, part = scope.with_parts(
        lines.join(at, and_(at.c.site_number == lines.c.site_number, at.c.reseller_site_number == lines.c.reseller_site_number)), lines, own)
    joined, of_unit = with_points(joined, lines, lines.c.currency, at.c.price_level, part["points"])
    matching = conditions(filters, {"product_group": part["product_group"], "order_type": lines.c.order_type, "status": lines.c.status,
                                    "quote": lines.c.quote_number})
    return select(
        at.c.agreement_number, lines.c.order_date, case((of_unit.is_(None), 1)).label("without"),
        type_coerce(type_coerce(lines.c.quantity, BigInteger) * type_coerce(func.coalesce(of_unit, 0), BigInteger), Scaled(DECIMALS)).label("points"),
    ).select_from(joined).where(*matching).subquery("lines")


def _rows(viewer: Viewer, filters: Filters, today: date) -> FromClause:
    """A row for each agreement, with every column of the report; kept, since every grouping asks for the same."""
    at = _sites(viewer, filters)
    agreements = select(
        at.c.agreement_number, func.min(at.c.customer_name).label("customer_name"), func.count(at.c.site_number.distinct()).label("sites"),
        *(func.min(at.c[name], type_=at.c[name].type).label(name) for name in OF_AGREEMENT),
    ).group_by(at.c.agreement_number).subquery("agreements_seen")
    termed = _termed(agreements, today)
    lines = _lines(viewer, filters, at)
    chosen = bool(filters.kinds() & {"product_group", "order_type", "status", "quote"})
    now = lines.c.order_date.between(termed.c.since, termed.c.until)
    before = lines.c.order_date.between(termed.c.since_before, termed.c.since - literal(1, Integer))
    points = lines.c.points
    summed = select(
        termed.c.agreement_number, func.count(lines.c.agreement_number).label("lines_ever"), func.count(case((now, 1))).label("lines"),
        func.count(case((now, lines.c.without))).label("lines_without_points"), total(case((now, points), else_=None)).label("points"),
        total(case((before, points), else_=None)).label("points_before"),
    ).select_from(termed.outerjoin(lines, lines.c.agreement_number == termed.c.agreement_number)).group_by(
        termed.c.agreement_number).subquery("summed")
    level, found = _level(termed), type_coerce(summed.c.points, BigInteger)
    next_level = case(*((level == one, above) for one, above in zip(LADDER, list(LADDER)[1:], strict=False)), else_=null())
    threshold = case(*((level == one, LADDER[above] * 10**DECIMALS) for one, above in zip(LADDER, list(LADDER)[1:], strict=False)), else_=null())
    missing = case((threshold.is_(None), null()), (threshold > found, threshold - found), else_=0)
    earned = case((level.is_(None), null()), *((found >= points_ * 10**DECIMALS, one) for one, points_ in reversed(LADDER.items()) if points_),
                  else_=next(iter(LADDER)))
    own = (termed.c[name] for name in ("agreement_number", "customer_name", "sites", *OF_AGREEMENT, "term_start", "term_end"))
    return kept(select(
        *own, case((termed.c.term_end.is_not(None), month(termed.c.term_end)), else_=null()).label("month"),
        *(summed.c[name] for name in ("lines", "lines_without_points", "points", "points_before")), earned.label("level_of_points"),
        next_level.label("next_level"), type_coerce(missing, Scaled(DECIMALS)).label("points_missing"),
    ).select_from(termed.join(summed, summed.c.agreement_number == termed.c.agreement_number)).where(
        *([summed.c.lines_ever > 0] if chosen else []), *conditions(filters, {"date": termed.c.term_end})), "levels")


def _level(agreements: FromClause) -> ColumnElement[Any]:
    """The imported level where points earn one, null elsewhere."""
    earned = and_(agreements.c.program == ON_THE_LADDER, agreements.c.price_level.in_(list(LADDER)))
    return case((earned, agreements.c.price_level), else_=null())


def _termed(agreements: FromClause, today: date) -> Subquery:
    """The agreements with the term that holds today: `since` and `until` are the days whose lines count, `since_before` begins the
    term before; without an anniversary twelve months each, and no term."""
    here, past, ahead = (_anniversary_in(agreements.c.anniversary_date, today.year + years) for years in (0, -1, 1))
    begun = here <= literal(today, Date())
    start, after = case((begun, here), else_=past), case((begun, ahead), else_=here)
    before = case((begun, past), else_=_anniversary_in(agreements.c.anniversary_date, today.year - 2))
    placed = select(*agreements.c, _day(start).label("term_start"), _day(after - literal(1, Integer)).label("term_end"),
                    _day(before).label("before")).subquery("placed")
    day = literal(1, Integer)
    a_year, two_years = (literal(add_months(today, -MONTHS * years), Date()) + day for years in (1, 2))
    return select(
        *(column for column in placed.c if column.name != "before"), _day(func.coalesce(placed.c.term_start, a_year)).label("since"),
        _day(func.coalesce(placed.c.term_end, literal(today, Date()))).label("until"),
        _day(func.coalesce(placed.c.before, two_years)).label("since_before"),
    ).subquery("termed")


def _anniversary_in(anniversary: ColumnElement[Any], year: int) -> ColumnElement[Any]:
    """The day of a year on which an anniversary falls: one on 29 February on the 28th in common years."""
    first_of_month = func.make_date(literal(year, Integer), cast(extract("month", anniversary), Integer), literal(1, Integer))
    last_of_february = func.make_date(literal(year, Integer), literal(3, Integer), literal(1, Integer)) - literal(1, Integer)
    falls = case((month_day(anniversary) == LEAP_DAY, last_of_february),
                 else_=first_of_month + cast(extract("day", anniversary), Integer) - literal(1, Integer))
    return _day(case((anniversary.is_not(None), falls), else_=null()))


def _day(value: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(value, Date)
