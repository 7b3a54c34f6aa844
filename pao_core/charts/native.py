"""A figure as its numbers: what a spreadsheet draws a chart of its own from."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from heapq import nlargest
from typing import Any

from pao_core.charts.labels import WORDS
from pao_core.charts.paper import PALETTES, Figure
from pao_core.locale import formats
from pao_core.locale.words import word

MARKUP = re.compile(r"<[^>]+>")
DAY = 86_400_000  # milliseconds
# A spreadsheet's paper is white: what was drawn for the dark theme turns to the light one.
LIGHT: dict[str, str] = {dark: PALETTES["light"][name] for name, dark in PALETTES["dark"].items() if isinstance(dark, str)} | {
    dark: light for name in ("ahead", "series") for dark, light in zip(PALETTES["dark"][name], PALETTES["light"][name], strict=True)}


@dataclass(frozen=True)
class Series:
    """One row of values, one for each category (None: none); `colours` has one for all or one for each."""

    name: str
    values: tuple[float | date | None, ...]
    colours: tuple[str, ...] = ()
    dash: str = "solid"


@dataclass(frozen=True)
class Picture:
    """The numbers of a chart: kind `bar` (lying), `column`, `line`, or `span` (lying bars that begin at the first series, dates, and last
    for the days of the second)."""

    kind: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    stacked: bool = False


def is_drawn(figure: Figure) -> bool:
    """Whether one of our figures shows any value."""
    return bool(_drawn(figure))


def largest(figure: Figure, title: str, most: int) -> list[tuple[str, str, float]]:
    """The greatest values of one of our figures, each as (name, series, value), the series empty where there is one alone; none of spans.

    Only these are named, for a page says them in every run: the names of all, for `picture`, take many times as long.
    """
    drawn = _drawn(figure)
    if not drawn or "base" in drawn[0]:
        return []
    lying = _is_lying(drawn)
    values = [[None if value is None else float(value) for value in trace["x" if lying else "y"]] for trace in drawn]
    least = min(nlargest(most, (value for of in values for value in of if value is not None)), default=0.0)
    found = []
    for place, (trace, of) in enumerate(zip(drawn, values, strict=True)):
        name = _namer(trace, figure["layout"], lying)
        series = _series(trace, place, len(drawn), title) if len(drawn) > 1 else ""
        found += [(name(at), series, value) for at, value in enumerate(of) if value is not None and value >= least]
    return sorted(found, key=lambda one: (one[2], one[0], one[1]), reverse=True)[:most]


def picture(figure: Figure, title: str) -> Picture | None:
    """The numbers of one of our figures; None when nothing is drawn. `title` names a series that has no name."""
    drawn = _drawn(figure)
    if not drawn:
        return None
    if "base" in drawn[0]:
        return _spans(drawn[0], figure["layout"], title)
    lying = _is_lying(drawn)
    named = [_categories(trace, figure["layout"], lying) for trace in drawn]
    # Places that share a name stay apart: each is counted by how often the name came before it.
    keys = list(dict.fromkeys(key for of in named for key in of))
    series = []
    for place, (trace, of) in enumerate(zip(drawn, named, strict=True)):
        values = dict(zip(of, trace["x" if lying else "y"], strict=True))
        colours = dict(zip(of, _colours(trace, len(of)), strict=True))
        every = tuple(colours.get(key, "") for key in keys)
        series.append(Series(_series(trace, place, len(drawn), title),
                             tuple(None if values.get(key) is None else float(values[key]) for key in keys),
                             every[:1] if len(set(every)) == 1 else every, trace.get("line", {}).get("dash", "solid")))
    kind = "line" if drawn[0]["type"] == "scatter" else "bar" if lying else "column"
    stacked = figure["layout"].get("barmode") in ("stack", "relative") and len(series) > 1
    return Picture(kind, tuple(name for name, _again in keys), tuple(series), stacked)


def _drawn(figure: Figure) -> list[Mapping[str, Any]]:
    """The traces that show values, not those that only write."""
    return [trace for trace in figure["data"] if trace.get("meta") != WORDS and len(trace.get("x", ()))]


def _is_lying(drawn: Sequence[Mapping[str, Any]]) -> bool:
    return bool(drawn[0].get("orientation") == "h")


def _series(trace: Mapping[str, Any], place: int, count: int, title: str) -> str:
    return _plain(trace.get("name") or (title if count == 1 else f"{title} {place + 1}"))


def _spans(trace: Mapping[str, Any], layout: Mapping[str, Any], title: str) -> Picture:
    names = _categories({**trace, "x": trace["y"], "y": trace["x"]}, {"xaxis": layout["yaxis"]}, False)
    starts = [date.fromisoformat(str(start)[:10]) for start in trace["base"]]
    days = [float(length) / DAY for length in trace["x"]]
    ends = tuple(start + timedelta(round(length)) for start, length in zip(starts, days, strict=True))
    colours = tuple(_colours(trace, len(days)))
    return Picture("span", tuple(name for name, _again in names), (
        Series(f"{title} 1", tuple(starts)), Series(f"{title} 2", tuple(days), colours), Series(f"{title} 3", ends)))


def _categories(trace: Mapping[str, Any], layout: Mapping[str, Any], lying: bool) -> list[tuple[str, int]]:
    """What each value stands for, with how often that came before in the trace."""
    name = _namer(trace, layout, lying)
    seen: dict[str, int] = {}
    found = []
    for called in map(name, range(len(trace["y" if lying else "x"]))):
        found.append((called, seen.get(called, 0)))
        seen[called] = seen.get(called, 0) + 1
    return found


def _namer(trace: Mapping[str, Any], layout: Mapping[str, Any], lying: bool) -> Callable[[int], str]:
    """What gives the name of a value of the trace, by its place in it."""
    axis, places = layout["yaxis" if lying else "xaxis"], trace["y" if lying else "x"]
    ticks = dict(zip(map(str, axis.get("tickvals", ())), axis.get("ticktext", ()), strict=False))
    keys = trace.get("customdata") or [None] * len(places)
    complete = len(ticks) >= len(set(places)) and all(str(place) in ticks for place in places)

    def name(at: int) -> str:
        place = places[at]
        if complete:  # of what stands below a name, nothing
            return _plain(str(ticks[str(place)]).partition("<br>")[0])
        return _plain(place) if isinstance(place, str) else _called(keys[at], ticks.get(str(place), place))
    return name


def _called(key: Any, otherwise: Any) -> str:
    """The name of a step of time by its key: not every column of a chart has room for its own."""
    key = str(key[-1] if isinstance(key, list | tuple) else key)
    if re.fullmatch(r"\d{4}-\d{2}", key):
        return formats.month(key)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", key):
        return formats.day(date.fromisoformat(key))
    return word("due", key) if key == "overdue" else _plain(otherwise)


def _colours(trace: Mapping[str, Any], count: int) -> Sequence[str]:
    told = trace.get("line", {}).get("color") if trace["type"] == "scatter" else trace.get("marker", {}).get("color")
    told = told if isinstance(told, str) else list(told or [""] * count)
    return [_light(told)] * count if isinstance(told, str) else [_light(one) for one in told]


def _light(colour: str) -> str:
    return LIGHT.get(colour, colour)


def _plain(text: Any) -> str:
    return html.unescape(MARKUP.sub("", str(text)))
