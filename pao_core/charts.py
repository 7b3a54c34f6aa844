"""A table becomes a plotly figure: plain dicts, labelled directly, in the palette of the light or the dark theme."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from pao_core.locale import _, formats
from pao_core.locale.words import word

Figure = dict[str, Any]

# The tokens of the theme in .streamlit/config.toml.
PALETTES: dict[str, dict[str, Any]] = {
    "light": {
        "page": "#FFFFFF", "text": "#111827", "muted": "#565F73", "line": "#DDE1E9", "accent": "#3346C9", "faint": "#C9CFDA",
        "overdue": "#A82315", "soon": "#CC7A00", "on_soon": "#111827", "near": "#FFF2DC", "ahead": ("#2836A0", "#3F53CF", "#6075DF", "#8292E6"),
        "series": ("#3346C9", "#0A8276", "#A65F00", "#8A1F63", "#5B6B82"),
    },
    "dark": {
        "page": "#10141D", "text": "#E6EAF2", "muted": "#A4AFC0", "line": "#2C3546", "accent": "#95A5FF", "faint": "#4A5568",
        "overdue": "#FF7A66", "soon": "#F5BE62", "on_soon": "#10141D", "near": "#362711", "ahead": ("#C7D0FF", "#95A5FF", "#6D7FE0", "#5163C4"),
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
# A character of 12 px in the theme's font, bold figures included.
GLYPH = 7.0
LABEL_GAP = 10
OVERDUE = "overdue"
# The buckets of days to the due date, and the last day of each.
BUCKET_ENDS = {OVERDUE: -1, "0-30": 30, "31-60": 60, "61-90": 90, "91-120": 120, "121-180": 180}
SOON_DAYS, NEAR_DAYS = 30, 90
# More columns than these: only the peaks say their value, and every fourth its name; and gaps are no longer drawn.
MOST_TOLD, MOST_COLUMNS = 14, 60
DAY_TICKS = 8
COVERAGE_HEIGHT = 32
AXIS_ROOM = 44
# The bars' part of a picture 400 px wide.
NARROW = 200
MOST_YEARS = 10
DAY = 86_400_000  # milliseconds


Step = Literal["week", "month"]


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


@dataclass(frozen=True)
class Coverage:
    """One period of one product, both days inclusive, without an end when `end` is None; `key` comes back when it is clicked."""

    key: str
    label: str
    start: date
    end: date | None


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
    return _horizontal(rows, ink, [ink["accent"]] * len(rows), picked)


def buckets(rows: Sequence[Bar], mode: str, picked: str | None = None) -> Figure:
    """Bars as `bars` draws them, coloured by how near the due date is; keys are those of words.DUE_BUCKETS, any other is accent."""
    ink = PALETTES[mode]
    colours = _bucket_colours(ink)
    return _horizontal(rows, ink, [colours.get(row.key, ink["accent"]) for row in rows], picked)


def _bucket_colours(ink: Mapping[str, Any]) -> dict[str, str]:
    return {**dict(zip(BUCKET_ENDS, (ink["overdue"], ink["soon"], *ink["ahead"]), strict=True)), "later": ink["ahead"][-1]}


def _horizontal(rows: Sequence[Bar], ink: Mapping[str, Any], colours: Sequence[str], picked: str | None) -> Figure:
    layout = _base(ink, max(2, len(rows)) * BAR_HEIGHT + 8)
    values = [formats.compact(row.value) for row in rows]
    # A label stands outside its bar, a bar below zero has it on the left: room in pixels, so that no screen cuts it.
    lengths = [len(value) + len(row.note) + 2 for value, row in zip(values, rows, strict=True)]
    right, left = (max((length * GLYPH for length, row in zip(lengths, rows, strict=True) if (row.value < 0) is below), default=0.0)
                   for below in (False, True))
    layout["margin"]["r"] = right + LABEL_GAP
    layout["xaxis"].update(visible=False, range=[min((row.value for row in rows if row.value < 0), default=0.0),
                                                 max((row.value for row in rows if row.value > 0), default=0.0 if left else 1e-9)])
    layout["yaxis"] = {
        **layout["yaxis"], "visible": True, "range": [max(2, len(rows)) - 0.5, -0.5], "tickfont": {"color": ink["text"], "size": 12},
        "tickvals": list(range(len(rows))), "ticktext": [plain(_shortened(row.label, 12 if left else 22)) for row in rows],
        "ticklabelstandoff": LABEL_GAP + round(left),
    }
    trace = {
        "type": "bar", "orientation": "h", "x": [row.value for row in rows], "y": list(range(len(rows))),
        "customdata": [row.key for row in rows],
        "marker": {"color": [colour if picked in (None, row.key) else ink["faint"] for row, colour in zip(rows, colours, strict=True)],
                   "cornerradius": 3},
        "text": [f"<b>{value}</b>  {plain(row.note)}" for value, row in zip(values, rows, strict=True)], "textposition": "outside",
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


def due_columns(rows: Sequence[Mapping[str, Any]], mode: str, *, step: Step, today: date) -> tuple[Figure, str]:
    """What falls due by week or month as upright bars, coloured like `buckets`; and the word for the size of their numbers.

    A row has `week` (the Monday, ISO) or `month` (YYYY-MM), or there `overdue` for all that is late together, and `amount`; or, for
    two bars on each other, `with_quote` and `without_quote`. Rows share one currency. A click gives the week, month or `overdue`.
    """
    ink = PALETTES[mode]
    parts = ("with_quote", "without_quote") if rows and {"with_quote", "without_quote"} <= rows[0].keys() else ("amount",)
    found = {str(row[step]): [float(row[part] or 0) for part in parts] for row in rows}
    steps = _due_steps(found, step)
    columns_ = [found.get(key, [0.0] * len(parts)) for key in steps]
    totals = [sum(column) for column in columns_]
    size, word_ = formats.scale(max(map(abs, totals), default=0.0))
    layout = _base(ink, COLUMNS_HEIGHT)
    layout["barmode"] = "relative"
    layout["xaxis"].update(**_due_ticks(steps, step), tickangle=0, range=[-0.5, max(len(steps), DAY_TICKS) - 0.5])
    # Half of a name that is wider than its column.
    layout["margin"].update({side: max(0.0, len(name) * GLYPH - NARROW / max(len(steps), DAY_TICKS)) / 2
                             for side, name in zip("lr", layout["xaxis"]["ticktext"][:: max(1, len(layout["xaxis"]["ticktext"]) - 1)], strict=False)})
    tops = [sum(value for value in column if value > 0) for column in columns_]
    feet = [sum(value for value in column if value < 0) for column in columns_]
    layout["yaxis"]["range"] = [min(feet, default=0.0) * 1.2, max([*tops, 1e-9]) * 1.18]
    colours = [_due_colour(key, step, today, ink) for key in steps]
    data = [_due_part([column[place] for column in columns_], steps, fills, colours)
            for place, fills in enumerate((colours, [ink["faint"]] * len(steps))[: len(parts)])]
    gap = max([*tops, *(-foot for foot in feet), 0.0]) * 0.02
    ends = [foot - gap if total < 0 else top + gap for total, top, foot in zip(totals, tops, feet, strict=True)]
    data.append(_totals(totals, ends, steps, size, ink))
    return {"data": data, "layout": layout}, word_


def _due_steps(found: Mapping[str, Any], step: Step) -> list[str]:
    """What is late together first, then every week or month from the first to the last."""
    keys = sorted(key for key in found if key != OVERDUE)
    every = _months(keys) if step == "month" else _weeks(keys)
    return [OVERDUE] * (OVERDUE in found) + (sorted({*every, *keys}) if len(every) <= MOST_COLUMNS else keys)


def _weeks(found: Sequence[str]) -> list[str]:
    """Every Monday from the first to the last."""
    if not found:
        return []
    first, last = (date.fromisoformat(monday) for monday in (min(found), max(found)))
    return [(first + timedelta(days)).isoformat() for days in range(0, (last - first).days + 1, 7)]


def _due_ticks(steps: Sequence[str], step: Step) -> Figure:
    every = max(-(-len(steps) // DAY_TICKS), 4 if len(steps) > MOST_TOLD else 1)
    told = range(0, len(steps), every)
    return {"tickvals": list(told), "ticktext": [_due_name(steps[place], step) for place in told]}


def _due_name(key: str, step: Step) -> str:
    if key == OVERDUE:
        return word("due", OVERDUE)
    return formats.month(key) if step == "month" else formats.month_day(key[5:])


def _due_colour(key: str, step: Step, today: date, ink: Mapping[str, Any]) -> str:
    """The colour of the bucket of the first day that is still due; overdue when none is."""
    if key == OVERDUE:
        return str(ink["overdue"])
    first = date.fromisoformat(key if step == "week" else f"{key}-01")
    # Past the 28th by four days is the next month, whatever the month.
    after = first + timedelta(7) if step == "week" else (first.replace(day=28) + timedelta(4)).replace(day=1)
    days = -1 if after <= today else (max(first, today) - today).days
    return _bucket_colours(ink)[next((bucket for bucket, last in BUCKET_ENDS.items() if days <= last), "later")]


def _due_part(values: Sequence[float], steps: Sequence[str], fills: Sequence[str], edges: Sequence[str]) -> Figure:
    return {
        "type": "bar", "x": list(range(len(steps))), "y": list(values), "customdata": list(steps), "hoverinfo": "none",
        "marker": {"color": list(fills), "cornerradius": 3, "line": {"color": list(edges), "width": 1}},
    }


def _totals(totals: Sequence[float], ends: Sequence[float], steps: Sequence[str], size: int, ink: Mapping[str, Any]) -> Figure:
    """The totals in writing over their columns, under those below zero."""
    places = 1 if size > 1 and max(map(abs, totals), default=0.0) < 100 * size else 0
    return {
        "type": "scatter", "mode": "text", "x": list(range(len(steps))), "customdata": list(steps), "hoverinfo": "none", "cliponaxis": False,
        "y": list(ends),
        "text": [formats.number(total / size, places) if speaks else "" for total, speaks in zip(totals, _speaking(totals), strict=True)],
        "textposition": ["bottom center" if total < 0 else "top center" for total in totals], "textfont": {"color": ink["text"], "size": 12},
    }


def _speaking(totals: Sequence[float]) -> list[bool]:
    """Which columns say their value: all that have one; of many, only the greatest among their two neighbours on either side."""
    if len(totals) <= MOST_TOLD:
        return [total != 0 for total in totals]
    return [total > 0 and total > max(totals[max(0, place - 2):place], default=0.0) and total >= max(totals[place:place + 3])
            for place, total in enumerate(totals)]


def coverage_timeline(rows: Sequence[Coverage], mode: str, today: date) -> Figure:
    """Periods of coverage as bars over time, all of one label on one row, in the order given, each saying its last day.

    Red: ended and nothing followed; amber: ends within 30 days, pale amber within 90, and nothing follows; faint: over and followed, or not
    begun. More than ten years from today the picture ends; a period that goes on, or has no end, runs to its edge.
    """
    ink = PALETTES[mode]
    labels = list(dict.fromkeys(row.label for row in rows))
    left, right = _time_span(rows, today)
    layout = _base(ink, max(2, len(labels)) * COVERAGE_HEIGHT + AXIS_ROOM)
    layout.update(barmode="overlay", bargap=0.2, uniformtext={"mode": "hide", "minsize": 12}, shapes=[_today_line(today, ink)],
                  annotations=[{"xref": "x", "x": today.isoformat(), "yref": "paper", "y": 1, "yanchor": "bottom", "showarrow": False,
                                "text": f"<b>{_('today')}</b>", "font": {"color": ink["text"], "size": 12}}])
    layout["margin"].update(t=22, r=max((_overhang(row, left, right) for row in rows), default=0.0))
    layout["xaxis"].update(type="date", range=[left.isoformat(), right.isoformat()], showgrid=True, gridcolor=ink["line"], tickangle=0,
                           **_time_ticks(left, right))
    layout["yaxis"] = {
        **layout["yaxis"], "visible": True, "range": [max(2, len(labels)) - 0.5, -0.5], "tickfont": {"color": ink["text"], "size": 12},
        "tickvals": list(range(len(labels))), "ticktext": [plain(_shortened(label)) for label in labels], "ticklabelstandoff": LABEL_GAP,
    }
    return {"data": [_coverage_bars(rows, labels, today, left, right, ink)], "layout": layout}


def _coverage_bars(rows: Sequence[Coverage], labels: Sequence[str], today: date, left: date, right: date, ink: Mapping[str, Any]) -> Figure:
    begins = [min(max(row.start, left), right) for row in rows]
    # What lies before the picture, or is too short to see, still shows.
    sliver = (right - left) / 100
    ends = [max(begin + sliver, min(_after(row, right), right)) for row, begin in zip(rows, begins, strict=True)]
    looks = [_coverage_look(row, rows, today, ink) for row in rows]
    # Only the last period of a row may speak beside its bar: beside another stands the next one.
    last = {row.label: place for place, row in sorted(enumerate(rows), key=lambda found: _after(found[1], date.max))}
    return {
        "type": "bar", "orientation": "h", "y": [labels.index(row.label) for row in rows], "base": [begin.isoformat() for begin in begins],
        "x": [(end - begin).days * DAY for begin, end in zip(begins, ends, strict=True)], "customdata": [row.key for row in rows],
        "marker": {"color": [fill for fill, _edge, _text in looks], "cornerradius": 3,
                   "line": {"color": [edge for _fill, edge, _text in looks], "width": 1}},
        "text": [_until(row) for row in rows],
        "textposition": ["auto" if last[row.label] == place else "inside" for place, row in enumerate(rows)], "insidetextanchor": "end",
        "insidetextfont": {"color": [text for _fill, _edge, text in looks]}, "outsidetextfont": {"color": ink["text"]}, "textangle": 0,
        "constraintext": "inside", "cliponaxis": False, "hoverinfo": "none",
    }


def _coverage_look(row: Coverage, rows: Sequence[Coverage], today: date, ink: Mapping[str, Any]) -> tuple[str, str, str]:
    """Fill, edge and text of a period."""
    after = _after(row, date.max)
    followed = any(other.label == row.label and _after(other, date.max) > after and other.start <= max(after, today) for other in rows)
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


def _time_span(rows: Sequence[Coverage], today: date) -> tuple[date, date]:
    """The first day of the picture and the first after it."""
    most = timedelta(MOST_YEARS * 365)
    left = max(min([today, *(row.start for row in rows)]), today - most)
    right = max([today + timedelta(SOON_DAYS), *(_after(row, today + timedelta(365)) for row in rows)])
    # Room for the word over the line of today.
    return left - (right - left) / 30, min(right, today + most)


def _time_ticks(left: date, right: date) -> Figure:
    """Firsts of months as far apart as the span asks for, named by month or by year."""
    first, last = left.year * 12 + left.month, right.year * 12 + right.month - 1
    every = next(months for months in (1, 2, 3, 6, 12, 24, 60) if (last - first) // months < 5)
    told = [date(number // 12, number % 12 + 1, 1) for number in range(first, last + 1) if number % every == 0]
    return {"tickvals": [day.isoformat() for day in told], "ticktext": [str(day.year) if every >= 12 else formats.month(day) for day in told]}


def _today_line(today: date, ink: Mapping[str, Any]) -> Figure:
    return {"type": "line", "xref": "x", "x0": today.isoformat(), "x1": today.isoformat(), "yref": "paper", "y0": 0, "y1": 1,
            "line": {"color": ink["text"], "width": 1.5}, "layer": "below"}


def _overhang(row: Coverage, left: date, right: date) -> float:
    """How far a period's text may reach beyond the picture, where its bar is too short to hold it."""
    pixel = (right - left).days / NARROW
    end, room = min(_after(row, right), right), len(_until(row)) * GLYPH + LABEL_GAP
    return 0.0 if (end - max(row.start, left)).days / pixel >= room else max(0.0, room - (right - end).days / pixel)
