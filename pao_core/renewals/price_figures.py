"""Price notifications in figures for one currency: what rises, what falls, what could be saved, what is apart; by size of the change and
by agreement; and the filters that find the lines behind a figure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from pao_core.access import Viewer
from pao_core.filters import Filters
from pao_core.locale.words import PRICE_BANDS
from pao_core.prices import price_files
from pao_core.renewals import figures, price_notifications
from pao_core.renewals.price_notifications import APART, FALLS, RISES
from pao_core.report import run

NOTHING = Decimal(0)
UNFILTERED = ("part", "band")  # groupings that no filter stands for
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Figure:
    """How many lines, what they cost now and by how much that changes; `filters` find them."""

    lines: int
    old_amount: Decimal
    difference: Decimal
    filters: Filters


@dataclass(frozen=True)
class Impact:
    """What the prices to come do, of all lines that the filters leave but for the one by effect. `order_before` is the first day by which
    to order, None where nothing rises; `bands` is the number of lines by size of the change, none of no lines left out."""

    rises: Figure
    falls: Figure
    apart: Figure
    order_before: date | None
    bands: dict[str, int]


def editions(viewer: Viewer, today: date) -> list[date]:
    """The first days of the editions to come, whatever country and currency."""
    return sorted({edition.effective_from for edition in price_files.editions(viewer) if edition.effective_from > today})


def impact(viewer: Viewer, filters: Filters, currency: str, today: date) -> Impact:
    """What the prices to come do to lines in one currency."""
    whole = filters.but(effect=())
    rows = run(price_notifications, viewer, whole, today=today, by=("effect", "band", "edition"), totals=False, currency=currency,
               measures=("lines", "old_amount", "difference")).rows
    rising = [row["edition"] for row in rows if row["effect"] == RISES]
    bands = {band: sum(row["lines"] for row in rows if row["band"] == band) for band in PRICE_BANDS}
    return Impact(
        _figure(rows, whole, RISES), _figure(rows, whole, FALLS), _figure(rows, whole, *APART),
        price_notifications.last_day_before(min(rising)) if rising else None, bands,
    )


def _figure(rows: Iterable[Row], whole: Filters, *effects: str) -> Figure:
    of = [row for row in rows if row["effect"] in effects]
    old_amount, difference = (sum((row[name] for row in of if row[name] is not None), NOTHING) for name in ("old_amount", "difference"))
    return Figure(sum(row["lines"] for row in of), old_amount, difference, whole.but(effect=effects))


def dearest(viewer: Viewer, filters: Filters, currency: str, today: date) -> Sequence[dict[str, Any]]:
    """What could be saved by agreement, the most first; agreements that nothing rises for are left out."""
    rows = run(price_notifications, viewer, filters, today=today, by="agreement", measures=("saved",), sort="-saved", totals=False,
               currency=currency).rows
    return [row for row in rows if row["saved"]]


def behind(viewer: Viewer, filters: Filters, by: str, value: Any, today: date) -> Filters:
    """The filters that find the lines of a summary row; a value that nothing can be filtered by changes nothing."""
    if value is None or by in UNFILTERED:
        return filters
    if by == "edition":
        return filters.but(edition=value)
    return figures.behind(viewer, filters, by, value, today)
