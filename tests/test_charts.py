"""Figures are plain dicts that say the numbers of the table they were given, in the reader's language."""

from __future__ import annotations

import json

import plotly.graph_objects as go
import pytest

from pao_core.charts import PALETTES, Bar, Line, bars, lines
from pao_core.locale import use

BARS = (Bar("BR", "Brasil", 41_200_000, "70,5%"), Bar("MX", "México", 6_100_000, "10,4%"))
STEPS, LABELS = ("2026-09", "2026-10", "2026-11"), ("set/26", "out/26", "nov/26")
SERIES = (Line("data", "Dados e IA", (1000, 1500, 1200)), Line("auto", "Automação", (900, 950, 1190)))


@pytest.mark.parametrize("mode", PALETTES)
@pytest.mark.parametrize("figure", [lambda mode: bars(BARS, mode), lambda mode: lines(STEPS, LABELS, SERIES, mode),
                                    lambda mode: bars((), mode), lambda mode: lines((), (), (), mode)])
def test_plotly_accepts_every_figure(figure, mode: str) -> None:
    made = figure(mode)
    assert json.loads(json.dumps(made)) == made
    go.Figure(made)


def test_bars_say_their_value_in_the_readers_language_and_return_their_key() -> None:
    with use("pt_BR"):
        trace = bars(BARS, "light")["data"][0]
    assert [text.replace("\u00a0", " ") for text in trace["text"]] == ["<b>41,2 mi</b>  70,5%", "<b>6,1 mi</b>  10,4%"]
    assert trace["customdata"] == ["BR", "MX"]


def test_the_picked_bar_keeps_its_colour_and_the_others_turn_faint() -> None:
    colours = bars(BARS, "dark", picked="MX")["data"][0]["marker"]["color"]
    assert colours == [PALETTES["dark"]["faint"], PALETTES["dark"]["accent"]]


def test_lines_are_named_at_their_ends_and_the_names_do_not_touch() -> None:
    figure = lines(STEPS, LABELS, SERIES, "light")
    names = figure["layout"]["annotations"]
    assert {name["text"] for name in names} == {"<b>Dados e IA</b>", "<b>Automação</b>"}
    heights = sorted(name["y"] for name in names)
    assert heights[1] - heights[0] >= 0.07 * 1500 - 1e-6
    assert figure["layout"]["showlegend"] is False


def test_a_point_returns_its_series_and_its_step() -> None:
    assert lines(STEPS, LABELS, SERIES, "light")["data"][1]["customdata"][2] == ["auto", "2026-11"]


def test_the_fourth_and_fifth_line_differ_by_more_than_hue() -> None:
    five = tuple(Line(str(n), str(n), (n, n, n)) for n in range(5))
    dashes = [trace["line"]["dash"] for trace in lines(STEPS, LABELS, five, "light")["data"]]
    assert dashes == ["solid", "solid", "solid", "dash", "dot"]


def test_a_name_with_markup_is_shown_as_text() -> None:
    assert "<script" not in json.dumps(bars((Bar("x", "<script>", 1),), "light"))


def test_a_return_reaches_below_zero_inside_the_picture() -> None:
    assert bars((Bar("a", "A", -5), Bar("b", "B", 10)), "light")["layout"]["xaxis"]["range"][0] < -5
    assert lines(STEPS, LABELS, (Line("a", "A", (-5, 5, 5)),), "light")["layout"]["yaxis"]["range"][0] <= -5
