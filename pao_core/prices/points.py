"""The points that a unit of an order line brings: one rule for every figure of points."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, func, or_

from pao_core.prices import statements


def with_points(
    joined: FromClause, lines: FromClause, currency: ColumnElement[Any], price_level: ColumnElement[Any], of_part: ColumnElement[Any]
) -> tuple[FromClause, ColumnElement[Any]]:
    """`joined`, which holds order `lines` (part_number, country, order_date), each of a `currency` and a `price_level`, with the points of a
    unit: those of the price that held on the order's day in that market at that level, else those `of_part`; null where neither has any.

    A price list is the nearer word: the part has one number for every market and all time. The join adds no row.
    """
    priced = statements.points_that_differ()
    return joined.outerjoin(priced, and_(
        priced.c.part_number == lines.c.part_number, priced.c.country == lines.c.country, priced.c.currency == currency,
        priced.c.price_level == price_level, priced.c.effective_from <= lines.c.order_date,
        or_(priced.c.ends.is_(None), lines.c.order_date < priced.c.ends),
    )), func.coalesce(priced.c.points, of_part)
