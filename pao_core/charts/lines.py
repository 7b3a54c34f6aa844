"""Lines over time, each named at its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pao_core.charts.labels import WIDTH, every
from pao_core.charts.paper import PALETTES, Figure, base, plain, shortened
from pao_core.charts.steps import months, quarter
from pao_core.locale import _, formats

# Hue alone fails for deuteranopia from the fourth series on.
DASHES = ("solid", "solid", "solid", "dash", "dot")
MOST_SERIES = len(DASHES)
LINES_HEIGHT = 300
TOP_ROOM = 1.08
NAME_ROOM = 118
AXIS_ROOM = 36  # of the values at the left
# Seven per cent of the height keeps two names at the lines' ends apart.
NAME_GAP = 0.07
MOST_TICKS = 9
MOST_MONTHS = 36


@dataclass(frozen=True)
class Line:
    """One line over the chart's steps; `key` comes back when a point of it is clicked."""

    key: str
    label: str
    values: Sequence[float]


def lines(steps: Sequence[str], labels: Sequence[str], series: Sequence[Line], mode: str) -> Figure:
    """Lines over `steps` (their keys, named by `labels`), each named at its end; a click gives [series key, step]."""
    ink = PALETTES[mode]
    layout = base(ink, LINES_HEIGHT)
    top = max((value for line in series for value in line.values), default=0.0)
    bottom = min(0.0, min((value for line in series for value in line.values), default=0.0))
    span = (top - bottom) or 1.0
    layout["margin"]["r"] = NAME_ROOM
    layout.update(hovermode="x unified", annotations=_end_names(series, ink, bottom, span))
    told = list(labels[:: every(labels, MOST_TICKS, WIDTH - NAME_ROOM - AXIS_ROOM)])
    layout["xaxis"].update(type="category", tickvals=told, tickangle=0,
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
            "text": f"<b>{plain(shortened(series[place].label, 17))}</b>", "font": {"color": ink["series"][place % MOST_SERIES], "size": 12},
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


def over_time(rows: Sequence[Mapping[str, Any]], group: str, mode: str, name: Callable[[str], str], measure: str = "amount") -> Figure:
    """Rows with `month` (YYYY-MM), a `group` column and a measure as lines: the greatest groups by themselves, the rest
    together as the last line (its key is empty). A month without a row counts zero; more than three years stand in
    quarters. Rows share one currency. A click gives [group, first month of the step]."""
    every = months([row["month"] for row in rows])
    step_of = {month: month for month in every} if len(every) <= MOST_MONTHS else {month: quarter(month) for month in every}
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
    told = formats.month if len(every) <= MOST_MONTHS else formats.quarter
    return lines(steps, [told(step) for step in steps], series, mode)


def is_by_quarter(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether `over_time` puts these rows together by quarter."""
    return len(months([row["month"] for row in rows])) > MOST_MONTHS
