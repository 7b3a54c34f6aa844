"""What the price editions to come do to lines that are still to be ordered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import Select

from pao_core import replica
from pao_core.access import Viewer
from pao_core.access.rights import PRICES_DOWNLOAD
from pao_core.prices import statements

# What `effects` asks of a line.
LINE = (*statements.KEY, "quantity", "coverage_start")
CHANGE_DECIMALS = Decimal("0.0001")


@dataclass(frozen=True)
class Effect:
    """An edition's first day, how many lines of a currency it gives another price, and what the value of those that have a price
    today changes by (a ratio, 0.06 is 6 %); None where none has."""

    starts: date
    currency: str
    lines: int
    change: Decimal | None


def effects(viewer: Viewer, lines: Select[Any], today: date) -> list[Effect]:
    """The editions after today that price some of `lines` (columns LINE), by first day, the currency of most lines first.

    A line is priced by the day on which its coverage starts (domain.md 1.2), at the list price of its level: one without a level, or
    without a price on that day, is not counted. Raises AccessDenied without the right to price files.
    """
    viewer.require(PRICES_DOWNLOAD)
    rows = replica.reader(viewer.store).rows(statements.effect(lines, today), viewer)
    found = [Effect(row.starts, row.currency, int(row.lines), _change(row.now, row.then)) for row in rows]
    return sorted(found, key=lambda effect: (effect.starts, -effect.lines, effect.currency))


def _change(now: Decimal, then: Decimal) -> Decimal | None:
    return (Decimal(then) / Decimal(now) - 1).quantize(CHANGE_DECIMALS, ROUND_HALF_UP) if now > 0 else None
