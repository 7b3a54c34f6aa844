"""What falls due: by bucket of days, by week, by month; red, amber and the blues say how near it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Literal

from pao_core.charts.bars import COLUMNS_HEIGHT, Bar, horizontal
from pao_core.charts.labels import WIDTH, WORDS, every, peaks, room
from pao_core.charts.paper import GLYPH, NARROW, PALETTES, Figure, base
from pao_core.charts.steps import months, weeks
from pao_core.locale import formats
from pao_core.locale.words import LATE_BUCKETS, word

Step = Literal["week", "month"]
OVERDUE = "overdue"
# The buckets of days to the due date, and the last day of each.
BUCKET_ENDS = {OVERDUE: -1, "0-30": 30, "31-60": 60, "61-90": 90, "91-120": 120, "121-180": 180}
# More columns than these: only the peaks say their value, and every fourth its name; and gaps are no longer drawn.
MOST_TOLD, MOST_COLUMNS = 14, 60
REACH = 2  # neighbours on either side that a peak is above
MOST_TICKS = 8


def buckets(rows: Sequence[Bar], mode: str, picked: str | None = None) -> Figure:
    """Bars as `bars` draws them, coloured by how near the due date is; keys are those of words.BUCKETS, any other is accent."""
    ink = PALETTES[mode]
    colours = _colours(ink)
    return horizontal(rows, ink, [colours.get(row.key, ink["accent"]) for row in rows], picked)


def _colours(ink: Mapping[str, Any]) -> dict[str, str]:
    ahead = {**dict(zip(BUCKET_ENDS, (ink["overdue"], ink["soon"], *ink["ahead"]), strict=True)), "later": ink["ahead"][-1]}
    return {**dict.fromkeys(LATE_BUCKETS, ink["overdue"]), **ahead}


def due_columns(rows: Sequence[Mapping[str, Any]], mode: str, *, step: Step, today: date,
                height: int = COLUMNS_HEIGHT) -> tuple[Figure, str]:
    """What falls due by week or month as upright bars, coloured like `buckets`; and the word for the size of their numbers.

    A row has `week` (the Monday, ISO) or `month` (YYYY-MM), or there `overdue` for all that is late together, and `amount`; or, for
    two bars on each other, `with_quote` and `without_quote`. Rows share one currency. A click gives the week, month or `overdue`.
    """
    ink = PALETTES[mode]
    parts = ("with_quote", "without_quote") if rows and {"with_quote", "without_quote"} <= rows[0].keys() else ("amount",)
    found = {str(row[step]): [float(row[part] or 0) for part in parts] for row in rows}
    steps = _steps(found, step)
    columns = [found.get(key, [0.0] * len(parts)) for key in steps]
    totals = [sum(column) for column in columns]
    size, size_word = formats.scale(max(map(abs, totals), default=0.0))
    layout = base(ink, height)
    layout["barmode"] = "relative"
    layout["xaxis"].update(**_ticks(steps, step), tickangle=0, range=[-0.5, max(len(steps), MOST_TICKS) - 0.5])
    if steps:
        layout["margin"].update(l=_overhang(layout["xaxis"]["ticktext"][0], len(steps)), r=_overhang(layout["xaxis"]["ticktext"][-1], len(steps)))
    tops = [sum(value for value in column if value > 0) for column in columns]
    feet = [sum(value for value in column if value < 0) for column in columns]
    layout["yaxis"]["range"] = [min(feet, default=0.0) * 1.2, max([*tops, 1e-9]) * 1.18]
    colours = [_colour(key, step, today, ink) for key in steps]
    data = [_part([column[place] for column in columns], steps, fills, colours)
            for place, fills in enumerate((colours, [ink["faint"]] * len(steps))[: len(parts)])]
    gap = max([*tops, *(-foot for foot in feet), 0.0]) * 0.02
    ends = [foot - gap if total < 0 else top + gap for total, top, foot in zip(totals, tops, feet, strict=True)]
    data.append(_totals(totals, ends, steps, size, ink))
    return {"data": data, "layout": layout}, size_word


def _steps(found: Mapping[str, Any], step: Step) -> list[str]:
    """What is late together first, then every week or month from the first to the last."""
    keys = sorted(key for key in found if key != OVERDUE)
    every = months(keys) if step == "month" else weeks(keys)
    return [OVERDUE] * (OVERDUE in found) + (sorted({*every, *keys}) if len(every) <= MOST_COLUMNS else keys)


def _ticks(steps: Sequence[str], step: Step) -> Figure:
    names = [_name(key, step) for key in steps]
    apart = max(every(names, MOST_TICKS, WIDTH * min(len(steps) / MOST_TICKS, 1.0)), 4 if len(steps) > MOST_TOLD else 1)
    return {"tickvals": list(range(0, len(steps), apart)), "ticktext": names[::apart]}


def _overhang(name: str, columns: int) -> float:
    """How far a name reaches beyond its column, on either side."""
    return max(0.0, len(name) * GLYPH - NARROW / max(columns, MOST_TICKS)) / 2


def _name(key: str, step: Step) -> str:
    if key == OVERDUE:
        return word("due", OVERDUE)
    return formats.month(key) if step == "month" else formats.month_day(key[5:])


def _colour(key: str, step: Step, today: date, ink: Mapping[str, Any]) -> str:
    """The colour of the bucket of the first day that is still due; overdue when none is."""
    if key == OVERDUE:
        return str(ink["overdue"])
    first = date.fromisoformat(key if step == "week" else f"{key}-01")
    # Past the 28th by four days is the next month, whatever the month.
    after = first + timedelta(7) if step == "week" else (first.replace(day=28) + timedelta(4)).replace(day=1)
    days = -1 if after <= today else (max(first, today) - today).days
    return _colours(ink)[next((bucket for bucket, last in BUCKET_ENDS.items() if days <= last), "later")]


def _part(values: Sequence[float], steps: Sequence[str], fills: Sequence[str], edges: Sequence[str]) -> Figure:
    return {
        "type": "bar", "x": list(range(len(steps))), "y": list(values), "customdata": list(steps), "hoverinfo": "none",
        "marker": {"color": list(fills), "cornerradius": 3, "line": {"color": list(edges), "width": 1}},
    }


def _totals(totals: Sequence[float], ends: Sequence[float], steps: Sequence[str], size: int, ink: Mapping[str, Any]) -> Figure:
    """The totals in writing over their columns, under those below zero: of many, or where they have no room, only those of the peaks."""
    places = 1 if size > 1 and max(map(abs, totals), default=0.0) < 100 * size else 0
    # What is nothing at this size is said by its column alone.
    texts = [formats.number(total / size, places) if round(total / size, places) else "" for total in totals]
    if len(totals) > MOST_TOLD or room(texts) * len(totals) > WIDTH:
        texts = [text if speaks else "" for text, speaks in zip(texts, peaks(totals, REACH), strict=True)]
    return {
        "type": "scatter", "mode": "text", "meta": WORDS, "x": list(range(len(steps))), "customdata": list(steps), "hoverinfo": "none",
        "cliponaxis": False, "y": list(ends), "text": texts,
        "textposition": ["bottom center" if total < 0 else "top center" for total in totals], "textfont": {"color": ink["text"], "size": 12},
    }
