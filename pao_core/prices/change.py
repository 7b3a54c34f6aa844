"""By how much a price changes: the ratio, and the bands that a distribution is drawn in. The bounds are ours."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, case

from pao_core.locale.words import PRICE_BANDS
from pao_core.store.sql import ratio

DECIMALS = 4  # of a change, a ratio: 0.0600 is 6 %
BANDS = tuple(PRICE_BANDS)


def change(old: ColumnElement[Any], new: ColumnElement[Any]) -> ColumnElement[Any]:
    """new against old as a ratio, rounded half up; null where either is missing or nothing was paid."""
    return ratio(new - old, old, DECIMALS)


def band(old: ColumnElement[Any], new: ColumnElement[Any], of: ColumnElement[Any]) -> ColumnElement[str]:
    """The code of PRICE_BANDS in which the change `of` (a column that `change` gave) lies, each bound in the band nearer to no change; null
    where there is no change."""
    return case(
        (of.is_(None), None), (new == old, "same"),
        (of < Decimal("-0.1"), "down-10"), (of < Decimal("-0.05"), "down-5-10"), (new < old, "down-0-5"),
        (of > Decimal("0.1"), "up-10"), (of > Decimal("0.06"), "up-6-10"), (of > Decimal("0.03"), "up-3-6"), else_="up-0-3",
    )
