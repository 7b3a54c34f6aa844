"""Bars: horizontal ones named at the left, upright ones in an order of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pao_core.charts.labels import ALL_OR_NOTHING, LEAST_COLUMNS, WIDTH, every, over
from pao_core.charts.paper import GLYPH, LABEL_GAP, PALETTES, Figure, base, plain, shortened
from pao_core.charts.steps import months
from pao_core.locale import _, formats

BAR_HEIGHT = 38
COLUMNS_HEIGHT = 210
MOST_TICKS = 9
# The most letters of a name and the fewest that it is cut to, the pixels of one, and what a bar keeps of the width.
NAME, LEAST_NAME, LETTER, LEAST_BAR = 24, 12, 6.2, 50


@dataclass(frozen=True)
class Bar:
    """One bar: `key` comes back when it is clicked, `note` stands beside its value."""

    key: str
    label: str
    value: float
    note: str = ""


def bars(rows: Sequence[Bar], mode: str, *, picked: str | None = None) -> Figure:
    """Horizontal bars, the first on top, value and note written at their ends, a long note below the name; all but the picked one turn faint."""
    ink = PALETTES[mode]
    return horizontal(rows, ink, [ink["accent"]] * len(rows), picked)


def horizontal(rows: Sequence[Bar], ink: Mapping[str, Any], colours: Sequence[str], picked: str | None) -> Figure:
    """Bars in `colours`, one of each row; all but the picked one turn faint."""
    layout = base(ink, max(2, len(rows)) * BAR_HEIGHT + 8)
    values, notes, names = [formats.compact(row.value) for row in rows], [row.note for row in rows], [row.label for row in rows]
    rooms = [(len(value) + len(note) + 2) * GLYPH for value, note in zip(values, notes, strict=True)]
    # A note stands below its name where a telephone has no room for it beside the longest name.
    free, of_names = WIDTH - LEAST_BAR - 2 * LABEL_GAP, min(max(map(len, names), default=0), NAME) * LETTER
    below = max(rooms, default=0.0) > free - of_names
    if below:
        rooms = [len(value) * GLYPH for value in values]
    # A label stands outside its bar, a bar below zero has it on the left: room in pixels, so that no screen cuts it.
    right, left = (max((room for room, row in zip(rooms, rows, strict=True) if (row.value < 0) is down), default=0.0) for down in (False, True))
    # Where notes stand below them, names may be as long as these.
    most = max([NAME, *map(len, notes)]) if below else NAME
    letters = min(LEAST_NAME if left else most, max(LEAST_NAME, int((free - right) / LETTER)))
    layout["margin"]["r"] = right + LABEL_GAP
    layout["xaxis"].update(visible=False, range=[min((row.value for row in rows if row.value < 0), default=0.0),
                                                 max((row.value for row in rows if row.value > 0), default=0.0 if left else 1e-9)])
    layout["yaxis"] = {
        **layout["yaxis"], "visible": True, "range": [max(2, len(rows)) - 0.5, -0.5], "tickfont": {"color": ink["text"], "size": 12},
        "tickvals": list(range(len(rows))), "ticktext": [_named(*texts, letters, ink) for texts in zip(names, notes, strict=True)] if below else [
            plain(shortened(name, letters)) for name in names],
        "ticklabelstandoff": LABEL_GAP + round(left),
    }
    trace = {
        "type": "bar", "orientation": "h", "x": [row.value for row in rows], "y": list(range(len(rows))),
        "customdata": [row.key for row in rows],
        "marker": {"color": [colour if picked in (None, row.key) else ink["faint"] for row, colour in zip(rows, colours, strict=True)],
                   "cornerradius": 3},
        "text": [f"<b>{value}</b>{'' if below else f'  {plain(note)}'}" for value, note in zip(values, notes, strict=True)],
        "textposition": "outside", "constraintext": "none", "textfont": {"color": ink["text"]}, "cliponaxis": False, "hoverinfo": "none",
    }
    return {"data": [trace], "layout": layout}


def _named(name: str, note: str, letters: int, ink: Mapping[str, Any]) -> str:
    """A name with its note below it, each of so many letters at most."""
    told = plain(shortened(name, letters))
    return f'{told}<br><span style="color:{ink["muted"]}">{plain(shortened(note, letters))}</span>' if note else told


def columns(rows: Sequence[Bar], mode: str, *, height: int = COLUMNS_HEIGHT) -> Figure:
    """Upright bars in the order given, their notes above them where there is room."""
    ink = PALETTES[mode]
    layout = base(ink, height)
    names, values, notes = [row.label for row in rows], [row.value for row in rows], [row.note for row in rows]
    layout.update(barmode="overlay", uniformtext=ALL_OR_NOTHING)
    layout["margin"]["t"] = 18
    layout["xaxis"].update(type="category", tickvals=names[:: every(names, MOST_TICKS)], tickangle=0,
                           range=[-0.5, max(len(rows), LEAST_COLUMNS) - 0.5])
    layout["yaxis"]["range"] = [min(0.0, min(values, default=0.0) * 1.2), max(max(values, default=0.0) * 1.12, 1e-9)]
    trace = {
        "type": "bar", "x": names, "y": values, "customdata": [row.key for row in rows], "hoverinfo": "none",
        "marker": {"color": ink["accent"], "cornerradius": 3},
    }
    return {"data": [trace, over(names, values, notes, ink)], "layout": layout}


def monthly(rows: Sequence[Mapping[str, Any]], mode: str, measure: str = "amount") -> tuple[Figure, str]:
    """Rows with `month` and a measure of one currency as upright bars, a month without a row as none; and the word for
    the size in which their numbers are given (million, thousand, or none)."""
    found = {row["month"]: float(row[measure]) for row in rows}
    size, word = formats.scale(max(map(abs, found.values()), default=0.0))
    places = 1 if size > 1 else 0
    # What would round to nothing says nothing: its column is there.
    notes = {month: formats.number(value / size, places) for month, value in found.items() if round(value / size, places)}
    bars_ = [Bar(month, formats.month(month), found.get(month, 0.0), notes.get(month, "")) for month in months(list(found))]
    return columns(bars_, mode), word


def ranked(rows: Sequence[Mapping[str, Any]], group: str, mode: str, name: Callable[[str], str], *, most: int = 6, measure: str = "amount",
           others: bool = True) -> Figure:
    """Rows of one currency as bars, the greatest first, with their share of the whole. Beyond `most` they stand together
    in one last bar, or with `others=False` in none."""
    order = sorted(rows, key=lambda row: (-row[measure], str(row[group])))
    whole = float(sum(row[measure] for row in rows)) or 1.0
    apart = order if len(order) <= most else order[: most - 1 if others else most]
    shown = [Bar(row[group] or "", name(row[group] or ""), float(row[measure]), formats.percent(float(row[measure]) / whole)) for row in apart]
    rest = float(sum(row[measure] for row in order[len(apart):]))
    if others and len(order) > len(apart):
        shown.append(Bar("", _("{count} others", count=len(order) - len(apart)), rest, formats.percent(rest / whole)))
    return bars(shown, mode)
