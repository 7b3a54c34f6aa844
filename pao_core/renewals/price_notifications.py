"""Renewals > Price notifications: what the prices of an edition to come do to every open renewal line.

A renewal is priced by the day on which its coverage starts, whenever it is ordered or paid (domain.md 1.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Date, FromClause, Integer, Select, Subquery, case, cast, func, literal, select, type_coerce

from pao_core.access import Viewer, scope
from pao_core.access.rights import PRICED_LINES
from pao_core.explain import Formula
from pao_core.filters import Filters
from pao_core.locale import N_
from pao_core.prices import statements
from pao_core.prices.change import band, change
from pao_core.renewals import lines
from pao_core.report import Column
from pao_core.store.sql import line_amount
from pao_core.store.types import Minor

NAME = "price-notifications"
RIGHT = PRICED_LINES
NEEDS = ("renewals", "prices")
TITLE = N_("Price notifications")
DEFINITION = N_(
    "Open lines of renewal quotes of your reseller sites, and those sold through you, at list prices without tax: in force today, and in the "
    "next edition to come of the line's country and currency, or in the edition asked for. An edition is all prices with one first day. The "
    "price is that of the agreement's level, for the site's country and the line's currency. A renewal is priced by the day on which its "
    "coverage starts, whenever it is ordered: a line whose coverage starts before the edition's first day keeps today's price, one that "
    "starts on it or later has the edition's. What the edition does not price anew keeps its price while that holds.\n"
    "Amount is quantity x unit price, rounded once per line to the currency's decimals; the difference is the new amount less the amount "
    "now; totals are sums of line amounts, each currency by itself. A line's own price may hold a discount; list prices do not know it. "
    "Order by is the last day before the edition, where the price rises: coverage that starts no later than that has today's price. What can "
    "be saved is the difference of the lines whose price rises. Lines without a level, without a price today or at the edition, or without an "
    "edition to come, are listed and counted apart and are in no sum of amounts. Country is the site's; From and To act on the due date, both "
    "days included. With one reporting currency, each amount is converted by the rate of the due date, or the last one before, for days to "
    "come by today's; a line without a rate is counted apart, in its own currency."
)
RISES, FALLS = "rises", "falls"
PRICED_ANEW = (RISES, FALLS, "same")
COMPARED = (*PRICED_ANEW, "before")
APART = ("no_new_price", "no_price_now", "no_level", "no_edition")
MONEY = (
    Column("old_amount", N_("Amount now"), "money", N_("Quantity x list price in force today")),
    Column("new_amount", N_("New amount"), "money", N_("Quantity x list price by the day on which coverage starts")),
    Column("difference", N_("Difference"), "money", N_("New amount less amount now")),
)
IN_ONE_CURRENCY = {"old_amount": N_("Amount now in the reporting currency"), "new_amount": N_("New amount in the reporting currency"),
                   "difference": N_("Difference in the reporting currency")}
COLUMNS = (
    *lines.COLUMNS,
    Column("edition", N_("Prices from"), "date", N_("The first day of the edition that the line is looked at by")),
    Column("effect", N_("Effect"), "price_effect"),
    Column("lines_rising", N_("Lines that rise"), "integer"), Column("lines_falling", N_("Lines that fall"), "integer"),
    Column("lines_apart", N_("Lines apart"), "integer", N_("Without a level, a price on one of the two days, or an edition to come")),
    Column("old_price", N_("Price now"), "unit_price"), Column("new_price", N_("New price"), "unit_price"),
    Column("price_difference", N_("Difference per unit"), "unit_price"), *MONEY,
    Column("change", N_("Change"), "percent", N_("Of the list price; in a sum, of the amount")),
    Column("band", N_("Size of the change"), "price_band"), Column("saved", N_("Can be saved"), "money", N_("Difference of the lines that rise")),
    Column("order_before", N_("Order by"), "date", N_("The last day before the edition, where the price rises")),
    *(replace(column, name=f"{column.name}_in", text=IN_ONE_CURRENCY[column.name], currency="in_currency") for column in MONEY),
)
AMOUNTS = ("old_amount", "new_amount")
# What all reports say of a line.
LINE = (*lines.LINE, "quantity", "unit_price", "currency", "amount")
OF_EDITION = ("edition", "effect", "old_price", "new_price", "change", *AMOUNTS, "band", "order_before")
MEASURES = ("quotes", "lines", "lines_rising", "lines_falling", "lines_apart", *AMOUNTS, "difference", "saved")
FORMULAS = {
    "lines_rising": Formula("rows", where=lambda columns, _today: columns["effect"] == RISES, where_words=N_("the price rises"),
                            filters={"effect": (RISES,)}),
    "lines_falling": Formula("rows", where=lambda columns, _today: columns["effect"] == FALLS, where_words=N_("the price falls"),
                             filters={"effect": (FALLS,)}),
    "lines_apart": Formula("rows", where=lambda columns, _today: columns["effect"].in_(APART), where_words=N_("a price is not known"),
                           filters={"effect": APART}),
    "saved": Formula("sum", ("difference",), where=lambda columns, _today: columns["effect"] == RISES, where_words=N_("the price rises"),
                     filters={"effect": (RISES,)}),
}
BY = ("agreement", "customer", "part", "product_group", "month", "country", "effect", "band", "edition", "site", "quote", "reseller")
SORTS, KEYS = lines.SORTS, lines.KEYS


def summary(viewer: Viewer, filters: Filters, by: tuple[str, ...], today: date, measures: tuple[str, ...] = MEASURES) -> Select[Any]:
    """Lines, amounts now and then for each value of `by` and currency, with the change of the amount where both are asked for."""
    found = lines.summed(viewer, filters, by, today, measures, _which(filters, today))
    if not {"old_amount", "difference"} <= set(measures):
        return found
    inner = found.subquery()
    return select(inner, change(inner.c.old_amount, inner.c.old_amount + inner.c.difference).label("change"))


def detail(viewer: Viewer, filters: Filters, today: date) -> Select[Any]:
    """The lines themselves, with both prices, what they make, and by when to order."""
    inner = lines.listed(viewer, filters, today, (*lines.DETAIL, *OF_EDITION), _which(filters, today)).subquery("priced_lines")
    old, new = inner.c.old_price, inner.c.new_price
    beside = {
        "new_price": [type_coerce(new - old, old.type).label("price_difference")],
        "new_amount": [_difference(inner).label("difference")],
        "new_amount_in": [type_coerce(inner.c.new_amount_in - inner.c.old_amount_in, Minor).label("difference_in")] if filters.in_currency else [],
    }
    return select(*(one for column in inner.c for one in (column, *beside.get(column.name, ()))))


def last_day_before(edition: date) -> date:
    """The last day of the prices before an edition, by which to order what rises then."""
    return edition - timedelta(1)


def _which(filters: Filters, today: date) -> lines.Which:
    return lines.Which(
        where=lambda columns: [columns["effect"].in_(filters.effect)] if filters.effect else [],
        asks=frozenset({"effect"} if filters.effect else ()),
        more=lines.More(partial(_priced, today, filters.edition), OF_EDITION, AMOUNTS, _measures),
    )


def _priced(today: date, edition: date | None, viewer: Viewer, open_lines: FromClause) -> Subquery:
    """The lines with the columns of OF_EDITION."""
    of_sites, site = scope.with_sites(open_lines, open_lines, viewer.sites())
    own = [open_lines.c[name] for name in LINE]
    line = select(*own, site["site_country"].label("country"), site["price_level"].label("price_level")).select_from(of_sites).cte("keyed_lines")
    joined, of_editions = statements.with_editions(line, today, edition)
    effect = _effect(dict(line.c) | of_editions)
    found = select(
        *(line.c[name] for name in LINE), *(column.label(name) for name, column in of_editions.items()), effect.label("effect"),
        change(of_editions["old_price"], of_editions["new_price"]).label("change"),
    ).select_from(joined).subquery("priced")
    compared, old, new = found.c.effect.in_(COMPARED), found.c.old_price, found.c.new_price

    def amount(price: ColumnElement[Any]) -> ColumnElement[Any]:
        return type_coerce(case((compared, line_amount(found.c.quantity, price, found.c.currency)), else_=None), Minor)

    return select(
        found, amount(old).label("old_amount"), amount(new).label("new_amount"),
        case((found.c.effect.in_(PRICED_ANEW), band(old, new, found.c.change)), else_=None).label("band"),
        case((found.c.effect == RISES, cast(found.c.edition - literal(1, Integer), Date)), else_=None).label("order_before"),
    ).subquery("open_lines")


def _effect(line: Mapping[str, ColumnElement[Any]]) -> ColumnElement[str]:
    """One of words.PRICE_EFFECTS."""
    old, new, edition = line["old_price"], line["new_price"], line["edition"]
    return case(
        (line["price_level"].is_(None), "no_level"), (edition.is_(None), "no_edition"), (old.is_(None), "no_price_now"),
        (line["coverage_start"] < edition, "before"), (new.is_(None), "no_new_price"), (new > old, RISES), (new < old, FALLS), else_="same",
    )


def _difference(line: FromClause) -> ColumnElement[Any]:
    return type_coerce(line.c.new_amount - line.c.old_amount, Minor)


def _measures(line: FromClause) -> lines.Expressions:
    effect, difference = line.c.effect, _difference(line)
    saved = case((effect == RISES, difference), (effect.in_(COMPARED), literal(0, Minor)))
    # Where all lines are apart, what they cost is not known, rather than nothing.
    amounts = {**{name: line.c[name] for name in AMOUNTS}, "difference": difference, "saved": saved}
    return {
        "lines_rising": func.count(case((effect == RISES, 1))), "lines_falling": func.count(case((effect == FALLS, 1))),
        "lines_apart": func.count(case((effect.in_(APART), 1))), **{name: func.sum(amount, type_=Minor) for name, amount in amounts.items()},
    }
