"""The list prices of one part and of the part that reinstates it, by the days on which they hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pao_core import replica
from pao_core.access import Viewer
from pao_core.access.rights import PRICES_DOWNLOAD
from pao_core.prices import statements


@dataclass(frozen=True)
class Price:
    """A unit price from `starts` on; `ends` is the first day on which it no longer holds, None for an open one. `reinstates` says that
    it is the reinstatement part's."""

    part_number: str
    starts: date
    ends: date | None
    unit_price: Decimal
    reinstates: bool


def prices_of(viewer: Viewer, part_number: str, country: str, currency: str, level: str) -> list[Price]:
    """The prices of a part and of its reinstatement part in one list, by their first day. Raises AccessDenied without the right to
    price files."""
    viewer.require(PRICES_DOWNLOAD)
    rows = replica.reader(viewer.store).rows(statements.of_part(part_number, country, currency, level), viewer)
    return [Price(row.part_number, row.effective_from, row.ends, row.unit_price, row.reinstates) for row in rows]


def on(prices: Iterable[Price], day: date) -> Price | None:
    """The price that holds on a day; None without one."""
    return next((price for price in prices if price.starts <= day and (price.ends is None or day < price.ends)), None)
