"""Coverage over time: what runs until when, what ends soon, what has ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pao_core.charts.labels import WIDTH, every, room
from pao_core.charts.paper import GLYPH, LABEL_GAP, NARROW, PALETTES, Figure, base, plain, shortened
from pao_core.locale import _, formats

SOON_DAYS, NEAR_DAYS = 30, 90
MOST_YEARS = 10
MOST_TICKS = 5
ROW_HEIGHT = 32
AXIS_ROOM = 44
DAY = 86_400_000  # milliseconds


@dataclass(frozen=True)
class Coverage:
    """One period of one product, both days inclusive, without an end when `end` is None; `key` comes back when it is clicked."""

    key: str
    label: str
    start: date
    end: date | None


def coverage_timeline(rows: Sequence[Coverage], mode: str, today: date) -> Figure:
    """Periods of coverage as bars over time, all of one label on one row, in the order given, each saying its last day.

    Red: ended and nothing followed; amber: ends within 30 days, pale amber within 90, and nothing follows; faint: over and followed, or not
    begun. More than ten years from today the picture ends; a period that goes on, or has no end, runs to its edge.
    """
    ink = PALETTES[mode]
    labels = list(dict.fromkeys(row.label for row in rows))
    left, right = _span(rows, today)
    layout = base(ink, max(2, len(labels)) * ROW_HEIGHT + AXIS_ROOM)
    layout.update(barmode="overlay", bargap=0.2, uniformtext={"mode": "hide", "minsize": 12}, shapes=[_today_line(today, ink)],
                  annotations=[{"xref": "x", "x": today.isoformat(), "yref": "paper", "y": 1, "yanchor": "bottom", "showarrow": False,
                                "text": f"<b>{_('today')}</b>", "font": {"color": ink["text"], "size": 12}}])
    names, side = [plain(shortened(label)) for label in labels], max((_overhang(row, left, right) for row in rows), default=0.0)
    layout["margin"].update(t=22, r=side)
    layout["xaxis"].update(type="date", range=[left.isoformat(), right.isoformat()], showgrid=True, gridcolor=ink["line"], tickangle=0,
                           **_ticks(left, right, WIDTH - room(names) - LABEL_GAP - side))
    layout["yaxis"] = {
        **layout["yaxis"], "visible": True, "range": [max(2, len(labels)) - 0.5, -0.5], "tickfont": {"color": ink["text"], "size": 12},
        "tickvals": list(range(len(labels))), "ticktext": names, "ticklabelstandoff": LABEL_GAP,
    }
    return {"data": [_bars(rows, labels, today, left, right, ink)], "layout": layout}


def _bars(rows: Sequence[Coverage], labels: Sequence[str], today: date, left: date, right: date, ink: Mapping[str, Any]) -> Figure:
    place_of = {label: place for place, label in enumerate(labels)}
    begins = [min(max(row.start, left), right) for row in rows]
    # What lies before the picture, or is too short to see, still shows.
    sliver = (right - left) / 100
    ends = [max(begin + sliver, min(_after(row, right), right)) for row, begin in zip(rows, begins, strict=True)]
    together: dict[str, list[Coverage]] = {label: [] for label in labels}
    for row in rows:
        together[row.label].append(row)
    looks = [_look(row, together[row.label], today, ink) for row in rows]
    # Only the last period of a row may speak beside its bar: beside another stands the next one.
    last = {row.label: place for place, row in sorted(enumerate(rows), key=lambda found: _after(found[1], date.max))}
    return {
        "type": "bar", "orientation": "h", "y": [place_of[row.label] for row in rows], "base": [begin.isoformat() for begin in begins],
        "x": [(end - begin).days * DAY for begin, end in zip(begins, ends, strict=True)], "customdata": [row.key for row in rows],
        "marker": {"color": [fill for fill, _edge, _text in looks], "cornerradius": 3,
                   "line": {"color": [edge for _fill, edge, _text in looks], "width": 1}},
        "text": [_until(row) for row in rows],
        "textposition": ["auto" if last[row.label] == place else "inside" for place, row in enumerate(rows)], "insidetextanchor": "end",
        "insidetextfont": {"color": [text for _fill, _edge, text in looks]}, "outsidetextfont": {"color": ink["text"]}, "textangle": 0,
        "constraintext": "inside", "cliponaxis": False, "hoverinfo": "none",
    }


def _look(row: Coverage, same: Sequence[Coverage], today: date, ink: Mapping[str, Any]) -> tuple[str, str, str]:
    """Fill, edge and text of a period among those of the `same` label."""
    after = _after(row, date.max)
    followed = any(_after(other, date.max) > after and other.start <= max(after, today) for other in same)
    if row.start > today or (followed and after <= today):
        return ink["faint"], ink["faint"], ink["text"]
    if after <= today:
        return ink["overdue"], ink["overdue"], ink["page"]
    days = (after - today).days - 1
    if followed or days > NEAR_DAYS:
        return ink["accent"], ink["accent"], ink["page"]
    return (ink["soon"], ink["soon"], ink["on_soon"]) if days <= SOON_DAYS else (ink["near"], ink["soon"], ink["text"])


def _after(row: Coverage, without_end: date) -> date:
    """The first day that is no longer covered."""
    return without_end if row.end in (None, date.max) else row.end + timedelta(1)


def _until(row: Coverage) -> str:
    return _("until {day}", day=formats.day(row.end)) if row.end else _("no end date")


def _span(rows: Sequence[Coverage], today: date) -> tuple[date, date]:
    """The first day of the picture and the first after it."""
    most = timedelta(MOST_YEARS * 365)
    left = max(min([today, *(row.start for row in rows)]), today - most)
    right = max([today + timedelta(SOON_DAYS), *(_after(row, today + timedelta(365)) for row in rows)])
    # Room for the word over the line of today.
    return left - (right - left) / 30, min(right, today + most)


def _ticks(left: date, right: date, width: float) -> Figure:
    """Firsts of months as far apart as the span asks for, a line at each, named by month or by year where that has room."""
    first, last = left.year * 12 + left.month, right.year * 12 + right.month - 1
    months = next(months for months in (1, 2, 3, 6, 12, 24, 60) if (last - first) // months < MOST_TICKS)
    told = [date(number // 12, number % 12 + 1, 1) for number in range(first, last + 1) if number % months == 0]
    names = [str(day.year) if months >= 12 else formats.month(day) for day in told]
    named = every(names, MOST_TICKS, max(width, 1.0))
    return {"tickvals": [day.isoformat() for day in told], "ticktext": ["" if place % named else name for place, name in enumerate(names)]}


def _today_line(today: date, ink: Mapping[str, Any]) -> Figure:
    return {"type": "line", "xref": "x", "x0": today.isoformat(), "x1": today.isoformat(), "yref": "paper", "y0": 0, "y1": 1,
            "line": {"color": ink["text"], "width": 1.5}, "layer": "below"}


def _overhang(row: Coverage, left: date, right: date) -> float:
    """How far a period's text may reach beyond the picture, where its bar is too short to hold it."""
    pixel = (right - left).days / NARROW
    end, room = min(_after(row, right), right), len(_until(row)) * GLYPH + LABEL_GAP
    return 0.0 if (end - max(row.start, left)).days / pixel >= room else max(0.0, room - (right - end).days / pixel)
