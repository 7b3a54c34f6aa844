"""A table becomes a plotly figure: plain dicts, labelled directly, in the palette of the light or the dark theme."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pao_core.locale import _, formats

Figure = dict[str, Any]

# The tokens of the theme in .streamlit/config.toml.
PALETTES: dict[str, dict[str, Any]] = {
    "light": {
        "page": "#FFFFFF", "text": "#111827", "muted": "#565F73", "line": "#DDE1E9", "accent": "#3346C9", "faint": "#C9CFDA",
        "series": ("#3346C9", "#0A8276", "#A65F00", "#8A1F63", "#5B6B82"),
    },
    "dark": {
        "page": "#10141D", "text": "#E6EAF2", "muted": "#A4AFC0", "line": "#2C3546", "accent": "#95A5FF", "faint": "#4A5568",
        "series": ("#95A5FF", "#4CC4C4", "#F0B04C", "#F08CC0", "#A9B6C9"),
    },
}
# Hue alone fails for deuteranopia from the fourth series on.
DASHES = ("solid", "solid", "solid", "dash", "dot")
MOST_SERIES = len(DASHES)
BAR_HEIGHT = 38
LINES_HEIGHT = 300
TOP_ROOM = 1.08
NAME_ROOM = 118
# Seven per cent of the height keeps two names at the lines' ends apart.
NAME_GAP = 0.07
MOST_TICKS = 9
MOST_MONTHS = 36
COLUMNS_HEIGHT = 210


@dataclass(frozen=True)
class Bar:
    """One bar: `key` comes back when it is clicked, `note` stands beside its value."""

    key: str
    label: str
    value: float
    note: str = ""


@dataclass(frozen=True)
class Line:
    """One line over the chart's steps; `key` comes back when a point of it is clicked."""

    key: str
    label: str
    values: Sequence[float]


def _base(ink: Mapping[str, Any], height: int) -> Figure:
    axis = {
        "showgrid": False, "zeroline": False, "fixedrange": True, "ticks": "", "automargin": True,
        "tickfont": {"color": ink["muted"], "size": 12},
    }
    return {
        "separators": formats.separators(), "height": height, "margin": {"l": 0, "r": 0, "t": 8, "b": 0}, "showlegend": False,
        "bargap": 0.38, "dragmode": False, "font": {"size": 12, "color": ink["text"]}, "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)", "hoverlabel": {"bgcolor": ink["page"], "font": {"color": ink["text"]}},
        "xaxis": dict(axis), "yaxis": {**axis, "visible": False},
    }


def plain(text: str) -> str:
    """The text without what plotly reads as markup: its labels know a few HTML tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def bars(rows: Sequence[Bar], mode: str, *, picked: str | None = None) -> Figure:
    """Horizontal bars, the first on top, value and note written at their ends; all but the picked one turn faint."""
    ink = PALETTES[mode]
    layout = _base(ink, max(2, len(rows)) * BAR_HEIGHT + 8)
    most, least = max((row.value for row in rows), default=0.0), min((row.value for row in rows), default=0.0)
    layout["xaxis"].update(visible=False, range=[min(0.0, least * 1.3), max(most, abs(least) * 0.3, 1e-9) * 1.42])
    names = [_shortened(row.label) for row in rows]
    layout["yaxis"] = {
        **layout["yaxis"], "visible": True, "range": [max(2, len(rows)) - 0.5, -0.5], "tickfont": {"color": ink["text"], "size": 12},
        "tickvals": list(range(len(rows))), "ticktext": [plain(name) for name in names], "ticklabelstandoff": 10,
    }
    trace = {
        "type": "bar", "orientation": "h", "x": [row.value for row in rows], "y": list(range(len(rows))),
        "customdata": [row.key for row in rows],
        "marker": {"color": [ink["accent"] if picked in (None, row.key) else ink["faint"] for row in rows], "cornerradius": 3},
        "text": [f"<b>{formats.compact(row.value)}</b>  {plain(row.note)}" for row in rows], "textposition": "outside",
        "textfont": {"color": ink["text"]}, "cliponaxis": False, "hoverinfo": "none",
    }
    return {"data": [trace], "layout": layout}


def columns(rows: Sequence[Bar], mode: str, *, height: int = COLUMNS_HEIGHT) -> Figure:
    """Upright bars in the order given, their values above them."""
    ink = PALETTES[mode]
    layout = _base(ink, height)
    most, least = max((row.value for row in rows), default=0.0), min((row.value for row in rows), default=0.0)
    layout["margin"]["t"] = 18
    layout["xaxis"].update(type="category", tickvals=[row.label for row in rows][:: -(-len(rows) // MOST_TICKS) or 1], tickangle=0)
    layout["yaxis"]["range"] = [min(0.0, least * 1.2), max(most * 1.12, 1e-9)]
    trace = {
        "type": "bar", "x": [row.label for row in rows], "y": [row.value for row in rows], "customdata": [row.key for row in rows],
        "marker": {"color": ink["accent"], "cornerradius": 3}, "text": [row.note for row in rows], "textposition": "outside",
        "textfont": {"color": ink["text"], "size": 12}, "textangle": 0, "constraintext": "none", "cliponaxis": False, "hoverinfo": "none",
    }
    return {"data": [trace], "layout": layout}


def lines(steps: Sequence[str], labels: Sequence[str], series: Sequence[Line], mode: str) -> Figure:
    """Lines over `steps` (their keys, named by `labels`), each named at its end; a click gives [series key, step]."""
    ink = PALETTES[mode]
    layout = _base(ink, LINES_HEIGHT)
    top = max((value for line in series for value in line.values), default=0.0)
    bottom = min(0.0, min((value for line in series for value in line.values), default=0.0))
    span = (top - bottom) or 1.0
    layout["margin"]["r"] = NAME_ROOM
    layout.update(hovermode="x unified", annotations=_end_names(series, ink, bottom, span))
    every = -(-len(steps) // MOST_TICKS) or 1
    layout["xaxis"].update(type="category", tickvals=list(labels[::every]), tickangle=0,
                           range=[-0.3, len(steps) - 1 + 0.02] if len(steps) > 1 else [-0.5, 0.5])
    marks = _round_marks(bottom, top)
    layout["yaxis"].update(visible=True, showgrid=True, gridcolor=ink["line"], range=[bottom, bottom + span * TOP_ROOM], tickvals=marks,
                           ticktext=[formats.compact(mark) if abs(mark) >= 1000 else formats.number(mark) for mark in marks])
    return {"data": [_line(line, steps, labels, ink["series"][place % MOST_SERIES], DASHES[place % MOST_SERIES])
                     for place, line in enumerate(series)], "layout": layout}


def _line(line: Line, steps: Sequence[str], labels: Sequence[str], colour: str, dash: str) -> Figure:
    # A lone month is a point: a line needs two.
    mode = "lines+markers" if len(steps) < 3 else "lines"
    return {
        "type": "scatter", "mode": mode, "name": plain(line.label), "x": list(labels), "y": list(line.values),
        "line": {"color": colour, "width": 2, "dash": dash}, "marker": {"color": colour, "size": 7},
        "customdata": [[line.key, step] for step in steps], "text": [formats.compact(value) for value in line.values],
        "hovertemplate": "%{text}",
    }


def _end_names(series: Sequence[Line], ink: Mapping[str, Any], bottom: float, span: float) -> list[Figure]:
    """The lines' names at their last values, pushed apart so that none covers another."""
    order = sorted((line.values[-1] if line.values else 0.0, place) for place, line in enumerate(series))
    names: list[Figure] = []
    free = bottom
    for value, place in order:
        height = max(value, free)
        free = height + span * NAME_GAP
        names.append({
            "xref": "paper", "x": 1, "xshift": 8, "xanchor": "left", "y": height, "yref": "y", "showarrow": False, "align": "left",
            "text": f"<b>{plain(_shortened(series[place].label, 17))}</b>", "font": {"color": ink["series"][place % MOST_SERIES], "size": 12},
        })
    return names


def _round_marks(bottom: float, top: float) -> list[float]:
    """Zero and about three round values above it (and below, when the values go there)."""
    size = max(top, -bottom)
    if size <= 0:
        return [0.0]
    power = 10.0 ** (len(str(int(size / 3))) - 1) if size >= 3 else 1.0
    step = next(power * times for times in (1, 2, 2.5, 5, 10) if power * times * 3.6 >= size)
    return [step * n for n in range(int(bottom // step) if bottom < 0 else 0, int(top // step) + 1)]


def _shortened(label: str, most: int = 22) -> str:
    return label if len(label) <= most else f"{label[:most - 1].rstrip()}…"


def over_time(rows: Sequence[Mapping[str, Any]], group: str, mode: str, name: Callable[[str], str], measure: str = "amount") -> Figure:
    """Rows with `month` (YYYY-MM), a `group` column and a measure as lines: the greatest groups by themselves, the rest
    together as the last line (its key is empty). A month without a row counts zero; more than three years stand in
    quarters. Rows share one currency. A click gives [group, first month of the step]."""
    months = _months([row["month"] for row in rows])
    step_of = {month: month for month in months} if len(months) <= MOST_MONTHS else {month: _quarter(month) for month in months}
    steps = list(dict.fromkeys(step_of.values()))
    sums: dict[str, dict[str, float]] = {}
    for row in rows:
        of, step = sums.setdefault(row[group] or "", {}), step_of[row["month"]]
        of[step] = of.get(step, 0.0) + float(row[measure])
    order = sorted(sums, key=lambda key: (-sum(sums[key].values()), key))
    apart = order if len(order) <= MOST_SERIES else order[: MOST_SERIES - 1]
    series = [Line(key, name(key), [sums[key].get(step, 0.0) for step in steps]) for key in apart]
    rest = order[len(apart):]
    if rest:
        series.append(Line("", _("Others"), [sum(sums[key].get(step, 0.0) for key in rest) for step in steps]))
    told = formats.month if len(months) <= MOST_MONTHS else formats.quarter
    return lines(steps, [told(step) for step in steps], series, mode)


def monthly(rows: Sequence[Mapping[str, Any]], mode: str, measure: str = "amount") -> tuple[Figure, str]:
    """Rows with `month` and a measure of one currency as upright bars, a month without a row as none; and the word for
    the size in which their numbers are given (million, thousand, or none)."""
    found = {row["month"]: float(row[measure]) for row in rows}
    size, word = formats.scale(max(map(abs, found.values()), default=0.0))
    places = 1 if size > 1 else 0
    bars_ = [Bar(month, formats.month(month), found.get(month, 0.0), formats.number(found[month] / size, places) if month in found else "")
             for month in _months(list(found))]
    return columns(bars_, mode), word


def _quarter(month: str) -> str:
    """The first month of the quarter."""
    return f"{month[:4]}-{(int(month[5:]) - 1) // 3 * 3 + 1:02}"


def is_by_quarter(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether `over_time` puts these rows together by quarter."""
    return len(_months([row["month"] for row in rows])) > MOST_MONTHS


def _months(found: Sequence[str]) -> list[str]:
    """Every month from the first to the last."""
    if not found:
        return []
    first, last = min(found), max(found)
    start, end = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (first, last))
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(start, end + 1)]


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
