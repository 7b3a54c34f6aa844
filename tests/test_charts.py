"""Figures are plain dicts that say the numbers of the table they were given, in the reader's language."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from itertools import pairwise

import plotly.graph_objects as go
import pytest

from pao_core.charts import (
    GLYPH,
    PALETTES,
    Bar,
    Coverage,
    Line,
    Used,
    bars,
    buckets,
    columns,
    coverage_timeline,
    due_columns,
    largest,
    lines,
    monthly,
    used_columns,
)
from pao_core.charts.labels import BLANK, LEAST_COLUMNS, WIDTH, every, room
from pao_core.locale import formats, use

BARS = (Bar("BR", "Brasil", 41_200_000, "70,5%"), Bar("MX", "México", 6_100_000, "10,4%"))
STEPS, LABELS = ("2026-09", "2026-10", "2026-11"), ("set/26", "out/26", "nov/26")
TODAY = date(2026, 11, 24)
BUCKETS = ("overdue", "0-30", "31-60", "61-90", "91-120", "121-180", "later")
WEEKS = ({"week": "2026-11-16", "amount": 496_000}, {"week": "2026-11-23", "amount": 941_000}, {"week": "2027-01-04", "amount": 1_680_000})
COVERED = Coverage("E0AP5LL", "Gateway", date(2026, 3, 1), date(2027, 2, 28))
PERIODS = (Used("2026-09-01", "sep/26", 80.0, False, "80"), Used("2026-10-01", "oct/26", 130.0, False, "130"),
           Used("2026-10-16", "oct/26", 100.5, True, "101"))
SERIES = (Line("data", "Dados e IA", (1000, 1500, 1200)), Line("auto", "Automação", (900, 950, 1190)))


@pytest.mark.parametrize("mode", PALETTES)
@pytest.mark.parametrize("figure", [lambda mode: bars(BARS, mode), lambda mode: lines(STEPS, LABELS, SERIES, mode),
                                    lambda mode: bars((), mode), lambda mode: lines((), (), (), mode), lambda mode: buckets((), mode),
                                    lambda mode: due_columns(WEEKS, mode, step="week", today=TODAY)[0],
                                    lambda mode: due_columns((), mode, step="month", today=TODAY)[0],
                                    lambda mode: coverage_timeline((COVERED,), mode, TODAY), lambda mode: coverage_timeline((), mode, TODAY),
                                    lambda mode: used_columns(PERIODS, 100.0, mode), lambda mode: used_columns((), 0.0, mode),
                                    lambda mode: columns(BARS, mode), lambda mode: columns((), mode)])
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
    assert bars((Bar("a", "A", -5), Bar("b", "B", 10)), "light")["layout"]["xaxis"]["range"] == [-5, 10]
    assert due_columns([{"month": "2026-11", "amount": -5}], "light", step="month", today=TODAY)[0]["layout"]["yaxis"]["range"][0] < -5
    assert lines(STEPS, LABELS, (Line("a", "A", (-5, 5, 5)),), "light")["layout"]["yaxis"]["range"][0] <= -5


def test_the_room_beside_the_bars_grows_with_the_longest_label_whatever_the_width() -> None:
    room = bars((Bar("a", "A", 41_200_000, "70,5% of 1.234 lines"),), "light")["layout"]["margin"]["r"]
    assert room > len("41.2M  70,5% of 1.234 lines") * GLYPH
    below = bars((Bar("a", "A", -41_200_000, "70,5%"),), "light")["layout"]
    assert below["yaxis"]["ticklabelstandoff"] > len("-41.2M  70,5%") * GLYPH


def test_a_long_note_stands_below_its_name_and_neither_is_cut_where_a_telephone_has_room_for_both() -> None:
    rows = (Bar("a", "Transportes Miraliara do Norte", 310, "puntos suficientes para el nivel G"), Bar("b", "Seguros Serelimbara", 546, ""))
    figure = bars(rows, "light")
    assert figure["data"][0]["text"] == ["<b>310</b>", "<b>546</b>"]
    name, note = figure["layout"]["yaxis"]["ticktext"][0].removesuffix("</span>").split("<br>")
    assert (name, note.partition(">")[2]) == (rows[0].label, rows[0].note)
    assert figure["layout"]["yaxis"]["ticktext"][1] == "Seguros Serelimbara"
    assert len(rows[0].note) * 6.2 + figure["layout"]["margin"]["r"] + 60 <= WIDTH
    assert [told for told, _of, _value in largest(figure, "", 2)] == ["Seguros Serelimbara", rows[0].label]
    assert "<br>" not in bars((Bar("a", "Brasil", 310, "70,5%"), Bar("b", "Transportes Miraliara", 5, "")), "light")["layout"]["yaxis"]["ticktext"][0]


@pytest.mark.parametrize("mode", PALETTES)
def test_a_bucket_has_the_colour_of_its_urgency_and_the_other_buckets_turn_faint_when_one_is_picked(mode: str) -> None:
    ink = PALETTES[mode]
    rows = [Bar(key, key, 1) for key in (*BUCKETS, "last-0-30")]
    assert buckets(rows, mode)["data"][0]["marker"]["color"] == [ink["overdue"], ink["soon"], *ink["ahead"], ink["ahead"][-1], ink["accent"]]
    assert buckets(rows[:3], mode, picked="overdue")["data"][0]["marker"]["color"] == [ink["overdue"], ink["faint"], ink["faint"]]


def test_weeks_without_a_line_stand_empty_and_each_week_returns_its_monday() -> None:
    figure, word = due_columns(WEEKS, "light", step="week", today=TODAY)
    columns, totals = figure["data"]
    assert columns["customdata"] == ["2026-11-16", "2026-11-23", "2026-11-30", "2026-12-07", "2026-12-14", "2026-12-21", "2026-12-28", "2027-01-04"]
    assert columns["y"] == [496_000, 941_000, 0, 0, 0, 0, 0, 1_680_000]
    assert (word, totals["text"]) == ("M", ["0.5", "0.9", "", "", "", "", "", "1.7"])
    with use("pt_BR"):
        assert due_columns(WEEKS, "light", step="week", today=TODAY)[0]["layout"]["xaxis"]["ticktext"][0] == "16/11"


def test_a_month_whose_value_would_round_to_nothing_has_a_column_and_no_figure() -> None:
    figure, _word = monthly([{"month": "2026-01", "amount": 4_400}, {"month": "2026-02", "amount": 36}], "light")
    assert [figure["data"][0]["y"], [text.strip() for text in figure["data"][1]["text"]]] == [[4_400, 36], ["4.4", ""]]


@pytest.mark.parametrize(("today", "colour"), [(date(2027, 2, 1), "overdue"), (date(2027, 1, 31), "soon"), (date(2027, 1, 1), "soon"),
                                               (date(2026, 12, 2), "soon"), (date(2026, 12, 1), "ahead")])
def test_a_month_is_overdue_when_it_is_over_and_due_soon_from_thirty_days_before(today: date, colour: str) -> None:
    figure, _word = due_columns([{"month": "2027-01", "amount": 5}], "light", step="month", today=today)
    ink = PALETTES["light"]
    assert figure["data"][0]["marker"]["color"] == [ink["ahead"][0] if colour == "ahead" else ink[colour]]


@pytest.mark.parametrize(("today", "colour"), [(date(2026, 11, 30), "overdue"), (date(2026, 11, 29), "soon"), (date(2026, 10, 24), "soon")])
def test_a_week_is_overdue_from_the_monday_after_it(today: date, colour: str) -> None:
    figure, _word = due_columns([{"week": "2026-11-23", "amount": 5}], "light", step="week", today=today)
    assert figure["data"][0]["marker"]["color"] == [PALETTES["light"][colour]]


def test_what_is_late_together_stands_first_and_returns_the_bucket() -> None:
    columns = due_columns([*WEEKS[1:], {"week": "overdue", "amount": 7}], "light", step="week", today=TODAY)[0]["data"][0]
    assert (columns["customdata"][0], columns["y"][0], columns["marker"]["color"][0]) == ("overdue", 7, PALETTES["light"]["overdue"])


def test_lines_with_and_without_a_quote_stand_on_each_other_under_their_total() -> None:
    rows = [{"month": "2026-12", "with_quote": 300, "without_quote": 200}, {"month": "2027-01", "with_quote": None, "without_quote": 4}]
    quoted, bare, totals = due_columns(rows, "light", step="month", today=TODAY)[0]["data"]
    assert (quoted["y"], bare["y"], totals["text"]) == ([300, 0], [200, 4], ["500", "4"])
    assert set(bare["marker"]["color"]) == {PALETTES["light"]["faint"]}


def test_of_many_weeks_only_the_peaks_say_their_value_and_every_fourth_its_name() -> None:
    values = [1, 2, 9, 3, 1, 1, 5, 5, 1, 0, 0, 0, 8, 1, 1, 1, 7]
    rows = [{"week": (date(2026, 11, 23) + timedelta(7 * place)).isoformat(), "amount": value} for place, value in enumerate(values)]
    figure, _word = due_columns(rows, "light", step="week", today=TODAY)
    said = {place: text for place, text in enumerate(figure["data"][-1]["text"]) if text}
    assert said == {2: "9", 6: "5", 12: "8", 16: "7"}
    assert figure["layout"]["xaxis"]["tickvals"] == [0, 4, 8, 12, 16]


def test_a_line_that_is_late_by_decades_draws_no_thousand_empty_weeks() -> None:
    rows = [{"week": "1999-01-04", "amount": 1}, *WEEKS]
    assert due_columns(rows, "light", step="week", today=TODAY)[0]["data"][0]["customdata"] == [row["week"] for row in rows]


def _fills(*rows: Coverage) -> list[str]:
    names = {colour: name for name, colour in PALETTES["light"].items() if isinstance(colour, str)}
    return [names[colour] for colour in coverage_timeline(rows, "light", TODAY)["data"][0]["marker"]["color"]]


@pytest.mark.parametrize(("start", "end", "colour"), [
    (date(2025, 11, 24), date(2026, 11, 23), "overdue"), (date(2025, 11, 24), date(2026, 11, 24), "soon"),
    (date(2026, 1, 1), date(2026, 12, 24), "soon"), (date(2026, 1, 1), date(2026, 12, 25), "near"),
    (date(2026, 1, 1), date(2027, 2, 22), "near"), (date(2026, 1, 1), date(2027, 2, 23), "accent"),
    (date(2026, 11, 24), None, "accent"), (date(2026, 11, 25), date(2027, 11, 24), "faint"), (date(2026, 11, 25), None, "faint"),
])
def test_a_coverage_has_the_colour_of_its_state(start: date, end: date | None, colour: str) -> None:
    assert _fills(Coverage("p", "Product", start, end)) == [colour]


def test_a_coverage_that_another_follows_alarms_nobody() -> None:
    ended, following = Coverage("a", "P", date(2025, 1, 1), date(2025, 12, 31)), Coverage("b", "P", date(2026, 1, 1), date(2026, 11, 30))
    ahead, after_a_gap = Coverage("c", "P", date(2026, 12, 1), date(2027, 11, 30)), Coverage("c", "P", date(2026, 12, 2), date(2027, 11, 30))
    assert _fills(ended, following, ahead) == ["faint", "accent", "faint"]
    assert _fills(ended, following, after_a_gap) == ["faint", "soon", "faint"]
    assert _fills(ended, Coverage("b", "P", date(2026, 12, 1), None)) == ["overdue", "faint"]
    assert _fills(ended, Coverage("b", "Q", date(2026, 1, 1), None)) == ["overdue", "accent"]


def test_the_periods_of_one_product_stand_on_one_row_from_their_first_to_after_their_last_day() -> None:
    before = Coverage("E0AP5LL", "Gateway", date(2025, 3, 1), date(2026, 2, 28))
    figure = coverage_timeline((COVERED, Coverage("E0GA3LL", "Queue", date(2026, 1, 1), date(2026, 1, 31)), before), "light", TODAY)
    trace = figure["data"][0]
    assert (trace["y"], trace["customdata"]) == ([0, 1, 0], ["E0AP5LL", "E0GA3LL", "E0AP5LL"])
    assert trace["base"] == ["2026-03-01", "2026-01-01", "2025-03-01"]
    assert [length / 86_400_000 for length in trace["x"]] == [365, 31, 365]
    assert figure["layout"]["shapes"][0]["x0"] == "2026-11-24"


def test_a_coverage_says_its_last_day_or_that_it_has_none_and_then_runs_to_the_edge() -> None:
    rows = (COVERED, Coverage("x", "Open", date(2026, 1, 1), None), Coverage("y", "For ever", date(2026, 1, 1), date.max))
    figure = coverage_timeline(rows, "light", TODAY)
    trace, edge = figure["data"][0], date.fromisoformat(figure["layout"]["xaxis"]["range"][1])
    assert trace["text"] == ["until 28 Feb 2027", "no end date", "until 31 Dec 9999"]
    assert [date(2026, 1, 1) + timedelta(milliseconds=length) for length in trace["x"][1:]] == [edge, edge]


def test_a_coverage_before_the_picture_still_shows_at_its_edge() -> None:
    trace = coverage_timeline((Coverage("x", "Old", date(1999, 1, 1), date(2001, 12, 31)),), "light", TODAY)["data"][0]
    assert trace["x"][0] > 0 and trace["textposition"] == ["auto"]


def _luminance(colour: str) -> float:
    parts = [int(colour[place:place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("mode", PALETTES)
def test_the_text_inside_a_coverage_can_be_read(mode: str) -> None:
    rows = [Coverage("p", str(days), TODAY - timedelta(100), TODAY + timedelta(days)) for days in (-1, 20, 60, 200)]
    trace = coverage_timeline([*rows, Coverage("p", "ahead", TODAY + timedelta(9), None)], mode, TODAY)["data"][0]
    for fill, text in zip(trace["marker"]["color"], trace["insidetextfont"]["color"], strict=True):
        dark, light = sorted((_luminance(fill), _luminance(text)))
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (fill, text)


def test_use_is_cut_at_the_entitlement_and_what_goes_beyond_is_told_by_a_pattern_and_not_by_colour_alone() -> None:
    figure = used_columns(PERIODS, 100.0, "dark")
    within, beyond, _written = figure["data"]
    assert within["y"] == [80.0, 100.0, 100.0]
    assert beyond["y"] == [0.0, 30.0, 0.5]
    assert beyond["marker"]["pattern"]["shape"][1] != beyond["marker"]["pattern"]["shape"][2]  # billed, and suppressed
    assert all(beyond["marker"]["pattern"]["shape"])
    assert [shape["y0"] for shape in figure["layout"]["shapes"]] == [100.0]
    assert "Entitled 100" in figure["layout"]["annotations"][0]["text"]


def test_two_periods_of_one_month_are_two_bars_and_all_of_a_service_without_an_entitlement_is_beyond_it() -> None:
    assert used_columns(PERIODS, 100.0, "light")["data"][0]["x"] == [0, 1, 2]
    assert used_columns(PERIODS, 0.0, "light")["data"][1]["y"] == [80.0, 130.0, 100.5]


def test_a_value_just_below_the_entitlement_is_written_above_its_line() -> None:
    periods = [Used(str(used), "sep/26", used, False, str(used)) for used in (40.0, 99.0, 100.0, 130.0)]
    figure = used_columns(periods, 100.0, "light")
    assert figure["data"][-1]["y"] == [40.0, 100.0, 100.0, 130.0]
    assert figure["data"][0]["y"] == [40.0, 99.0, 100.0, 100.0]


def test_on_a_telephone_the_values_that_are_written_do_not_touch_and_the_greatest_is_among_them() -> None:
    pick, thinned = random.Random(1), 0
    for count in range(1, 61):
        rows = [Bar(str(place), f"m{place}", value, formats.number(value)) for place, value in enumerate(pick.choices(range(1, 40_000), k=count))]
        written, pixels = columns(rows, "light")["data"][1], WIDTH / max(count, LEAST_COLUMNS)
        alone = [place for place, width in enumerate(written["width"]) if width > 1]
        shown = alone or list(range(count))
        thinned += len(shown) < count
        for place in shown:
            assert written["text"][place] == rows[place].note
            assert (written["width"][place] + 0.05) * pixels >= room([rows[place].note])
        assert max(range(count), key=lambda place: rows[place].value) in shown
        ends = [(place - written["width"][place] / 2, place + written["width"][place] / 2) for place in shown]
        assert all(one[1] <= following[0] for one, following in pairwise(ends))
        # The others come all together, where the longest has room.
        assert {len(text) for place, text in enumerate(written["text"]) if place not in shown} <= {max(len(row.note) for row in rows)}
        assert [text.strip(BLANK) for text in written["text"]] == [row.note for row in rows]
    assert thinned > 30


def test_the_names_below_columns_do_not_touch_on_a_telephone_and_are_as_many_as_that_allows() -> None:
    for count in range(1, 61):
        names = [f"nov/{place:02}" for place in range(count)]
        for width in (WIDTH, 200):
            apart = every(names, 9, width)
            told = names[::apart]
            assert len(told) <= 9
            assert len(told) == 1 or apart * width / count >= room(names)
            assert apart == 1 or len(names[:: apart - 1]) > 9 or (apart - 1) * width / count < room(names)


def test_values_of_weeks_that_have_no_room_beside_each_other_are_those_of_the_peaks() -> None:
    rows = [{"week": (date(2026, 11, 23) + timedelta(7 * place)).isoformat(), "amount": amount * 1_000_000 + 500_000}
            for place, amount in enumerate((11, 12, 19, 13, 11, 10, 15, 14, 12, 11, 10, 12, 18, 12))]
    assert [text for text in due_columns(rows, "light", step="week", today=TODAY)[0]["data"][-1]["text"] if text] == ["19.5", "15.5", "18.5"]
    assert all(due_columns(rows[:9], "light", step="week", today=TODAY)[0]["data"][-1]["text"])
