"""The statements behind price files, in Core that DuckDB and PostgreSQL read alike.

A price ends at its `effective_to` (exclusive) or at the next `effective_from` of its key, whichever is first; without
either it is open. Current: effective_from <= today < end. Future: effective_from > today.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    true,
    type_coerce,
)

from pao_core.access.changes import Since
from pao_core.prices.change import band, change
from pao_core.prices.choice import LEVELS, PriceFile
from pao_core.store.kept import kept
from pao_core.store.schema import parts, prices
from pao_core.store.sql import by_code_point, count_distinct, product, total

KEY = ("part_number", "country", "currency", "price_level")
OF_LIST = ("part_number", "price_level")  # the same within one country and currency
ROW = (*KEY, "effective_from", "effective_to", "unit_price", "points")
APART = "\x1f"  # between texts in one: a sign that no part number has


def lists() -> Select[Any]:
    """How many prices there are by country, currency, effective_from and effective_to."""
    key = (prices.c.country, prices.c.currency, prices.c.effective_from, prices.c.effective_to)
    return select(*key, func.count().label("prices")).group_by(*key)


def written(since: Since) -> Select[Any]:
    """How many prices were written since, by country, currency and effective_from."""
    key = (prices.c.country, prices.c.currency, prices.c.effective_from)
    return select(*key, func.count().label("prices")).where(since.wrote(prices.c.txn)).group_by(*key).order_by(*key)


def effect(lines: Select[Any], today: date) -> Select[Any]:
    """By first day and currency of an edition to come: how many `lines` it prices, and what those that have a price today cost `now`
    and `then` (comparable with each other alone). A line, with the columns KEY, quantity and coverage_start, has the price of the day
    on which its coverage starts."""
    each = lines.where(lines.selected_columns.coverage_start > today).subquery("each")
    alike = [each.c[name] for name in (*KEY, "coverage_start")]
    # Many lines are priced alike: each such group asks once.
    line = select(*alike, func.count().label("lines"), total(each.c.quantity).label("quantity")).group_by(*alike).cte("line")
    asked = select(*(line.c[name] for name in KEY)).distinct().subquery("asked")
    of_lines = (
        select(*(prices.c[name] for name in (*KEY, "effective_from", "unit_price")), _ends().label("ends"))
        .join(asked, and_(*(asked.c[name] == prices.c[name] for name in KEY)))
    ).cte("of_lines")
    ahead, current = of_lines.alias("ahead"), of_lines.alias("current_price")

    def of_line(price: FromClause) -> ColumnElement[bool]:
        return and_(*(price.c[name] == line.c[name] for name in KEY))

    def cost(price: FromClause) -> ColumnElement[Any]:
        return total(case((current.c.unit_price.is_not(None), product(line.c.quantity, price.c.unit_price)), else_=None))

    priced = line.join(ahead, and_(of_line(ahead), _future(ahead, today), _current(ahead, line.c.coverage_start)))
    return select(
        ahead.c.effective_from.label("starts"), line.c.currency, total(line.c.lines).label("lines"), cost(current).label("now"),
        cost(ahead).label("then"),
    ).select_from(priced.outerjoin(current, and_(of_line(current), _current(current, today)))).group_by(ahead.c.effective_from, line.c.currency)


def on_day(wanted: Select[Any]) -> Subquery:
    """The list prices that hold on days: for each of `wanted` (part_number, country, price_level, day) the same with currency and
    unit_price, where there is one; of several currencies the first by its code."""
    asked = wanted.distinct().subquery("asked_for")
    named = ("part_number", "country", "price_level")
    of_parts = select(*(prices.c[name] for name in (*KEY, "effective_from", "unit_price")), _ends().label("ends")).where(
        prices.c.part_number.in_(select(asked.c.part_number))).subquery("of_parts")
    place = func.row_number().over(partition_by=[*asked.c], order_by=by_code_point(of_parts.c.currency))
    found = select(asked, of_parts.c.currency, of_parts.c.unit_price, place.label("place")).join(
        of_parts, and_(*(of_parts.c[name] == asked.c[name] for name in named), _current(of_parts, asked.c.day))).subquery("on_day")
    return select(*(column for column in found.c if column.name != "place")).where(found.c.place == 1).subquery("of_day")


def points_that_differ() -> FromClause:
    """The prices whose points are not those of their part, with the columns KEY, effective_from, `ends` and points; all prices of their
    keys are looked at for where each ends. Kept: they change with a price file alone."""
    own = select(prices.c.id).join(parts, parts.c.part_number == prices.c.part_number).where(
        prices.c.points.is_not(None), prices.c.points.is_distinct_from(parts.c.points))
    keys = select(*(prices.c[name] for name in KEY)).where(prices.c.id.in_(own)).distinct().subquery("differing")
    held = select(*(prices.c[name] for name in (*KEY, "effective_from", "points")), _ends().label("ends")).join(
        keys, and_(*(keys.c[name] == prices.c[name] for name in KEY))).subquery("held")
    return kept(select(held).where(held.c.points.is_not(None)), "priced_points")


def with_editions(line: FromClause, today: date, edition: date | None) -> tuple[FromClause, dict[str, ColumnElement[Any]]]:
    """Lines, with the columns KEY and coverage_start among theirs, joined to list prices.

    Gives the join and its columns: `edition`, the first day of the edition that a line is looked at by; `old_price`, in force today; and
    `new_price`: that of the edition's first day for a coverage that starts on it or later, else the old one. The edition is the next one
    of the line's country and currency, or the one of the day asked for where they have it; null where there is none to come. A price that
    is not known is null.
    """
    ahead = prices.c.effective_from > today if edition is None else and_(prices.c.effective_from == edition, prices.c.effective_from > today)
    of_market = (prices.c.country, prices.c.currency)
    following = select(*of_market, func.min(prices.c.effective_from).label("edition")).where(ahead).group_by(*of_market).subquery("following")
    asked = select(*(line.c[name] for name in KEY)).distinct().subquery("asked")
    of_lines = (
        select(*(prices.c[name] for name in (*KEY, "effective_from", "unit_price")), _ends().label("ends"))
        .join(asked, and_(*(asked.c[name] == prices.c[name] for name in KEY)))
    ).cte("of_lines")
    now, then, day = of_lines.alias("price_now"), of_lines.alias("price_then"), following.c.edition

    def of_line(price: FromClause, day: date | ColumnElement[Any]) -> ColumnElement[bool]:
        return and_(*(price.c[name] == line.c[name] for name in KEY), _current(price, day))

    new_price = case((line.c.coverage_start >= day, then.c.unit_price), (day.is_not(None), now.c.unit_price), else_=None)
    return (
        line.outerjoin(following, and_(following.c.country == line.c.country, following.c.currency == line.c.currency))
        .outerjoin(now, of_line(now, today)).outerjoin(then, of_line(then, day))
    ), {"edition": day, "old_price": now.c.unit_price, "new_price": type_coerce(new_price, prices.c.unit_price.type)}


def words() -> Select[Any]:
    """Every part with its descriptions."""
    return select(parts.c.part_number, parts.c.description, parts.c.description_pt, parts.c.description_es)


def counts(country: str, currency: str, levels: Sequence[str], today: date) -> Select[Any]:
    """By family: how many current and how many future prices, and the first day of the future ones."""
    held = _held(country, currency, today)
    # Named first and grouped outside: an expression with parameters is not the same to a database twice.
    of_family = select(_is_saas().label("saas"), held.c.current, held.c.future, held.c.starts).select_from(
        held.join(parts, parts.c.part_number == held.c.part_number))
    named = (of_family.where(held.c.price_level.in_(levels)) if levels else of_family).subquery("named")
    sums = (cast(func.sum(named.c[name]), BigInteger).label(name) for name in ("current", "future"))
    return select(named.c.saas, *sums, func.min(named.c.starts).label("starts")).group_by(named.c.saas)


def long(choice: PriceFile, today: date, *, described: bool) -> Select[Any]:
    """One row a price: the columns of the data dictionary and, if so wished, what describes the part."""
    priced = _priced(choice.country, choice.currency, choice.levels)
    columns = [priced.c[name] for name in ROW]
    return _of(choice, priced, today, [*columns, *(_described() if described else [])]).order_by(
        by_code_point(priced.c.part_number), priced.c.effective_from, _on_the_ladder(priced.c.price_level),
    )


def wide(choice: PriceFile, today: date, *, described: bool) -> Select[Any]:
    """One row for each part, edition, end and points, with a column `price_<level>` for each level."""
    priced = _priced(choice.country, choice.currency, choice.levels)
    key = [priced.c[name] for name in ("part_number", "country", "currency", "effective_from", "effective_to", "points")]
    levels = [_at_level(priced, level).label(f"price_{level}") for level in choice.columns_of_levels]
    words = _described() if described else []
    return _of(choice, priced, today, [*key, *levels, *words]).group_by(*key, *words).order_by(
        by_code_point(priced.c.part_number), priced.c.effective_from, priced.c.effective_to.asc().nulls_last(),
        priced.c.points.asc().nulls_last(),
    )


def part_numbers(choice: PriceFile, today: date) -> Select[Any]:
    """The parts that the file has a price of, in order."""
    held = _held(choice.country, choice.currency, today)
    there = or_(*(held.c[moment] > 0 for moment in choice.when.split("+")))
    found = select(held.c.part_number).select_from(held.join(parts, parts.c.part_number == held.c.part_number)).where(
        there, _of_family(choice.family))
    if choice.levels:
        found = found.where(held.c.price_level.in_(choice.levels))
    return found.group_by(held.c.part_number).order_by(by_code_point(held.c.part_number))


def preview(choice: PriceFile, numbers: Sequence[str], today: date) -> Select[Any]:
    """One row for each of these parts: its price at each level (for future files the next one), and at the first level the
    current price, the next one and its first day."""
    priced = _priced(choice.country, choice.currency, choice.levels, numbers)
    current, following = _current(priced, today), and_(_future(priced, today), or_(priced.c.before.is_(None), priced.c.before <= today))
    shown = following if choice.when == "future" else current
    first = priced.c.price_level == choice.columns_of_levels[0]
    levels = [_at_level(priced, level, shown).label(f"price_{level}") for level in choice.columns_of_levels]
    points = func.coalesce(func.max(case((shown, priced.c.points))), func.max(case((following, priced.c.points))), parts.c.points)
    described = _described()
    return (
        select(
            priced.c.part_number, *described, *levels,
            func.max(case((and_(current, first), priced.c.unit_price)), type_=prices.c.unit_price.type).label("current_price"),
            func.max(case((and_(following, first), priced.c.unit_price)), type_=prices.c.unit_price.type).label("future_price"),
            func.min(case((and_(following, first), priced.c.effective_from))).label("future_from"),
            points.label("points"),
        )
        .select_from(priced.join(parts, parts.c.part_number == priced.c.part_number))
        .group_by(priced.c.part_number, parts.c.points, *described).order_by(by_code_point(priced.c.part_number))
    )


def of_part(part_number: str, country: str, currency: str, level: str) -> Select[Any]:
    """The prices of a part and of its reinstatement part in one list, with the first day on which each no longer holds."""
    back = select(parts.c.reinstatement_part).where(parts.c.part_number == part_number)
    both = select(parts.c.part_number).where(or_(parts.c.part_number == part_number, parts.c.part_number.in_(back)))
    priced = _priced(country, currency, (level,), both)
    return select(
        priced.c.part_number, priced.c.effective_from, priced.c.ends, priced.c.unit_price, (priced.c.part_number != part_number).label("reinstates"),
    ).order_by(priced.c.effective_from)


def difference(file: PriceFile, earlier: date, later: date, kinds: Sequence[str], numbers: Collection[str] | None = None) -> Select[Any]:
    """One row for each part and level of the file that has a price in force on one of the two days and is of one of these kinds (new, gone,
    changed, same), in order; of these parts alone if so wished."""
    found = _two(file, earlier, later)
    old, new = found.c.old_price, found.c.new_price
    asked = select(
        found.c.part_number, *_described()[:-1], *_market(file), found.c.price_level, found.c.kind, old, new,
        type_coerce(new - old, old.type).label("price_difference"), change(old, new).label("change"),
    ).select_from(found.join(parts, parts.c.part_number == found.c.part_number)).where(found.c.kind.in_(kinds))
    if numbers is not None:
        asked = asked.where(_among(found.c.part_number, numbers))
    return asked.order_by(by_code_point(found.c.part_number), _on_the_ladder(found.c.price_level))


def difference_counts(file: PriceFile, earlier: date, later: date) -> Select[Any]:
    """How many prices there are of each kind, by product group and band of the change."""
    found = _two(file, earlier, later)
    old, new = found.c.old_price, found.c.new_price
    each = select(parts.c.product_group, found.c.kind, old, new, change(old, new).label("change")).select_from(
        found.join(parts, parts.c.part_number == found.c.part_number)).subquery("each")
    size = band(each.c.old_price, each.c.new_price, each.c.change).label("band")
    named = select(each.c.product_group, each.c.kind, size).subquery("named")
    return select(*named.c, func.count().label("prices")).group_by(*named.c)


def difference_parts(file: PriceFile, earlier: date, later: date) -> Select[Any]:
    """How many parts have a price of each kind."""
    found = _two(file, earlier, later)
    return select(found.c.kind, count_distinct(found.c.part_number).label("parts")).group_by(found.c.kind)


def gaps(file: PriceFile, day: date) -> Select[Any]:
    """The days without a price between two prices of a part and level of the list; and the levels of the list at which a part in force on the
    day has none."""
    priced = _priced(file.country, file.currency, file.levels)
    of_family = priced.join(parts, and_(parts.c.part_number == priced.c.part_number, _of_family(file.family)))
    columns = (priced.c.part_number, priced.c.price_level)
    ends, begins = priced.c.effective_to, priced.c.following
    between = select(*columns, literal("time").label("kind"), ends.label("gap_from"), begins.label("gap_to")).select_from(
        of_family).where(ends < begins)
    there = select(*columns).select_from(of_family).where(_current(priced, day)).cte("there")
    levels = select(there.c.price_level).distinct().subquery("levels")
    sold = select(there.c.part_number).distinct().subquery("sold")
    every = select(sold.c.part_number, levels.c.price_level).select_from(sold.join(levels, true())).subquery("every")
    none = cast(null(), priced.c.effective_to.type)
    missing = select(every, literal("level"), none, none).select_from(
        every.outerjoin(there, and_(there.c.part_number == every.c.part_number, there.c.price_level == every.c.price_level))
    ).where(there.c.part_number.is_(None))
    both = between.union_all(missing).subquery("gaps")
    return (
        select(both.c.part_number, *_described()[:-1], *_market(file), both.c.price_level, both.c.kind, both.c.gap_from, both.c.gap_to)
        .select_from(both.join(parts, parts.c.part_number == both.c.part_number))
        .order_by(both.c.kind.desc(), by_code_point(both.c.part_number), _on_the_ladder(both.c.price_level), both.c.gap_from)
    )


def _two(file: PriceFile, earlier: date, later: date) -> Subquery:
    """For each part and level of the file its price on each of the two days, and the kind of the difference; none without either."""
    priced = _priced(file.country, file.currency, file.levels)
    on_days = [_current(priced, day) for day in (earlier, later)]
    held = (func.max(case((on, priced.c.unit_price)), type_=prices.c.unit_price.type) for on in on_days)
    key = (priced.c.part_number, priced.c.price_level)
    both = select(*key, *(price.label(name) for price, name in zip(held, ("old_price", "new_price"), strict=True))).select_from(
        priced.join(parts, and_(parts.c.part_number == priced.c.part_number, _of_family(file.family)))
    ).where(or_(*on_days)).group_by(*key).subquery("both")
    old, new = both.c.old_price, both.c.new_price
    return select(both, case((old.is_(None), "new"), (new.is_(None), "gone"), (old == new, "same"), else_="changed").label("kind")).subquery("two")


def _among(column: ColumnElement[str], texts: Collection[str]) -> ColumnElement[bool]:
    """The condition that a column is one of these texts, of which there may be more than a statement takes values."""
    return column.in_(select(func.unnest(func.string_to_array(APART.join(sorted(texts)), APART))))


def _market(file: PriceFile) -> list[ColumnElement[str]]:
    return [literal(file.country).label("country"), literal(file.currency).label("currency")]


def _of_family(family: str) -> ColumnElement[bool]:
    return _is_saas() if family == "saas" else not_(_is_saas())


def _on_the_ladder(level: ColumnElement[str]) -> ColumnElement[int]:
    return case(*((level == one, at) for at, one in enumerate(LEVELS)))


def _held(country: str, currency: str, today: date) -> FromClause:
    """How many prices of one list each part has at each level: `current` (one or none), `future`, and the first day of these, `starts`.
    Kept: the numbers of all six files and the parts of each are asked of the same."""
    start, end = prices.c.effective_from, prices.c.effective_to
    begun, ahead = start <= today, start > today
    # The last price that has begun is in force unless it says that it is over: an earlier one ended when the last began.
    last, lasting = func.max(case((begun, start))), func.max(case((and_(begun, or_(end.is_(None), end > today)), start)))
    key = [prices.c[name] for name in OF_LIST]
    return kept(select(
        *key, case((last == lasting, 1), else_=0).label("current"), func.count(case((ahead, 1))).label("future"),
        func.min(case((ahead, start))).label("starts"),
    ).where(prices.c.country == country, prices.c.currency == currency).group_by(*key), "held_prices")


def _priced(country: str, currency: str, levels: Sequence[str], numbers: Sequence[str] | Select[Any] | None = None) -> Subquery:
    """The prices of one list, or of its parts `numbers`, with `ends`, the first day on which each no longer holds (null: open), and `before`
    and `following`, the effective_from of the price before and after it."""
    start, key = prices.c.effective_from, [prices.c[name] for name in OF_LIST]
    before, following = (of(start).over(partition_by=key, order_by=start) for of in (func.lag, func.lead))
    ends = _earlier(prices.c.effective_to, following)
    found = select(*(prices.c[name] for name in ROW), ends.label("ends"), before.label("before"), following.label("following")).where(
        prices.c.country == country, prices.c.currency == currency,
    )
    if levels:
        found = found.where(prices.c.price_level.in_(levels))
    if numbers is not None:
        found = found.where(prices.c.part_number.in_(numbers))
    return found.subquery("priced")


def _ends() -> ColumnElement[Any]:
    """The first day on which a price no longer holds, null for an open one."""
    start, key = prices.c.effective_from, [prices.c[name] for name in KEY]
    return _earlier(prices.c.effective_to, func.lead(start).over(partition_by=key, order_by=start))


def _earlier(end: ColumnElement[Any], following: ColumnElement[Any]) -> ColumnElement[Any]:
    """The end that a price says, or the first day of the next one of its key, whichever is first."""
    return case((or_(following.is_(None), end < following), end), else_=following)


def _of(choice: PriceFile, priced: Subquery, today: date, columns: Sequence[ColumnElement[Any]]) -> Select[Any]:
    moments = {"current": [_current], "future": [_future], "current+future": [_current, _future]}[choice.when]
    return (
        select(*columns).select_from(priced.join(parts, parts.c.part_number == priced.c.part_number))
        .where(or_(*(moment(priced, today) for moment in moments)), _of_family(choice.family))
    )


def _current(priced: FromClause, today: date | ColumnElement[Any]) -> ColumnElement[bool]:
    return and_(priced.c.effective_from <= today, or_(priced.c.ends.is_(None), priced.c.ends > today))


def _future(priced: FromClause, today: date | ColumnElement[Any]) -> ColumnElement[bool]:
    return priced.c.effective_from > today


def _is_saas() -> ColumnElement[bool]:
    """SaaS and monthly parts; parts of no known family or type are software."""
    return or_(func.coalesce(parts.c.family, "") == "saas", func.coalesce(parts.c.part_type, "") == "monthly")


def _at_level(priced: Subquery, level: str, condition: ColumnElement[bool] | None = None) -> ColumnElement[Any]:
    here = priced.c.price_level == level
    return func.max(case((here if condition is None else and_(here, condition), priced.c.unit_price)), type_=prices.c.unit_price.type)


def _described() -> list[ColumnElement[Any]]:
    return [parts.c.description, parts.c.description_pt, parts.c.description_es, parts.c.product_group, parts.c.charge_metric]
