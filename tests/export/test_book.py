"""A page as a workbook, read back by another library: native charts with the numbers of the page, and texts that stay texts."""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from exported import COLUMNS, HOSTILE, row
from openpyxl.utils.cell import range_boundaries
from python_calamine import CalamineWorkbook

from pao_core import charts
from pao_core.charts import Bar, Coverage, Figure, Line, largest, picture
from pao_core.export import Block, Cell
from pao_core.export import book as books
from pao_core.export.book import Book, Sheet, book_xlsx

TODAY = date(2026, 11, 24)
# A reader that does not draw the course of a figure says so.
pytestmark = pytest.mark.filterwarnings("ignore:Sparkline Group extension")
ROWS = [{"month": f"2026-{at:02}", "group": name, "amount": Decimal(at * 100 + len(name))} for at in (1, 2, 4) for name in ("=1+1", "Data", "Über")]
WEEKS = [{"week": "overdue", "amount": Decimal(5)}, {"week": "2026-11-23", "amount": Decimal(7)}, {"week": "2026-12-07", "amount": Decimal(9)}]
FIGURES: dict[str, Figure] = {
    "bars": charts.bars([Bar("a", "=1+1", 5.5), Bar("b", "<b> & Co", -2.0)], "dark"),
    "columns": charts.columns([Bar("a", "one", 1.0), Bar("b", "two", 2.5)], "light"),
    "lines": charts.lines(["a", "b"], ["one", "two"], [Line("x", "=cmd", [1.0, 2.0]), Line("y", "plain", [3.0, 4.5])], "dark"),
    "over time": charts.over_time(ROWS, "group", "light", lambda name: name),
    "ranked": charts.ranked(ROWS[:3], "group", "light", lambda name: name),
    "due": charts.due_columns(WEEKS, "dark", step="week", today=TODAY)[0],
    "monthly": charts.monthly([{"month": "2026-01", "amount": Decimal(3)}, {"month": "2026-03", "amount": Decimal(4)}], "light")[0],
    "coverage": charts.coverage_timeline([Coverage("k", "Part", TODAY - timedelta(90), TODAY + timedelta(9))], "light", TODAY),
}


def numbers_of(figure: Figure) -> list[float]:
    """Every value that the page draws, in order."""
    drawn = [trace for trace in figure["data"] if trace.get("meta") != "words"]
    return [float(value) for trace in drawn for value in trace["x" if trace.get("orientation") == "h" else "y"]]


def made(**given: Any) -> bytes:
    return book_xlsx(Book(**{"title": "Order history", "about": [("Page", "Order history")], **given}))


def read(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def cells(sheet: Any, reference: str) -> list[Any]:
    """What the cells of a chart's reference hold."""
    first, top, last, bottom = range_boundaries(reference.rsplit("!", 1)[1].replace("$", ""))
    return [sheet.cell(line, column).value for column in range(first, last + 1) for line in range(top, bottom + 1)]


@pytest.mark.parametrize("name", FIGURES)
def test_a_chart_is_the_spreadsheets_own_with_the_numbers_of_the_page(name: str) -> None:
    found = picture(FIGURES[name], name)
    assert found
    sheet = read(made(charts=[(name, found)])).worksheets[1]
    (chart,) = sheet._charts
    drawn = [cells(sheet, series.val.numRef.f) for series in chart.series]
    if name == "coverage":  # from the first day, for so many days
        assert [value.date() for value in drawn[0]] == [TODAY - timedelta(90)]
        assert drawn[1] == [100]
    else:
        assert [value for values in drawn for value in values] == pytest.approx(numbers_of(FIGURES[name]))
    categories = cells(sheet, (chart.series[0].cat.strRef or chart.series[0].cat.numRef).f)
    assert categories == list(found.categories)
    assert sheet["A1"].value == name


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("most", [1, 3, 50])
def test_the_greatest_values_that_a_chart_says_are_those_of_its_numbers(name: str, most: int) -> None:
    found = picture(FIGURES[name], name)
    assert found
    every = [(category, series.name if len(found.series) > 1 else "", value) for series in found.series
             for category, value in zip(found.categories, series.values, strict=True) if isinstance(value, float)]
    told = sorted(every, key=lambda one: (one[2], one[0], one[1]), reverse=True)[:most]
    assert largest(FIGURES[name], name, most) == ([] if found.kind == "span" else told)


def test_the_columns_of_a_chart_over_time_are_named_all_and_not_only_those_with_room() -> None:
    weeks = [{"week": (date(2026, 1, 5) + timedelta(7 * at)).isoformat(), "amount": Decimal(at + 1)} for at in range(30)]
    found = picture(charts.due_columns(weeks, "light", step="week", today=TODAY)[0], "Due")
    assert found
    assert found.categories[:2] == ("05 Jan 2026", "12 Jan 2026")
    assert len(found.categories) == 30


def test_the_colours_are_those_of_white_paper() -> None:
    dark, light = (picture(charts.bars([Bar("a", "a", 1.0)], mode), "t") for mode in ("dark", "light"))
    assert dark == light


def test_a_figure_without_values_is_no_chart() -> None:
    assert picture(charts.bars([], "light"), "t") is None


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_a_formula_anywhere(text: str) -> None:
    found = picture(charts.lines(["a"], [text], [Line("x", text, [1.0])], "light"), text)
    assert found
    content = made(title=text, about=[(text, text)], figures=[books.Figure(text, text, Cell(Decimal(5), "money", "BRL"), text, [1.0, 2.0])],
                   charts=[(text, found)], tables=[Sheet(text, COLUMNS, [row(customer_name=text)], 1)], definitions=[(text, text)],
                   explanations=[(text, [Block(text, (text,), [[Cell(text)]])])])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert not any(b"<f>" in archive.read(name) or b"<f " in archive.read(name) for name in archive.namelist() if "worksheets/" in name)
    assert all(cell.data_type != "f" for sheet in read(content) for line in sheet.iter_rows() for cell in line)


def test_a_figure_is_there_as_shown_and_exactly() -> None:
    page = read(made(figures=[books.Figure("Overdue", "R$583K", Cell(Decimal("582595.44"), "money", "BRL"), "3 lines")])).worksheets[0]
    assert [[cell.value for cell in line[:5]] for line in page.iter_rows(min_row=3)] == [
        ["Figure", "On the page", "Exactly", "Currency", "Note"], ["Overdue", "R$583K", 582595.44, "BRL", "3 lines"]]
    assert page["C4"].number_format == "#,##0.00"


def test_a_table_has_real_numbers_dates_and_each_currencys_decimals() -> None:
    rows = [row(), row(currency="JPY", amount=Decimal(1234)), row(currency="KWD", amount=Decimal("1.234"), order_date=None)]
    sheet = read(made(tables=[Sheet("Orders", COLUMNS, rows, 3)])).worksheets[1]
    assert [cell.value for cell in sheet["J"]][1:] == [-25.31, 1234, 1.234]
    assert [cell.number_format for cell in sheet["J"]][1:] == ["#,##0.00", "#,##0", "#,##0.000"]
    assert (sheet["D2"].value.date(), sheet["D4"].value, sheet["E2"].value.date()) == (date(2026, 11, 24), None, date(2026, 11, 1))
    assert [cell.value for cell in sheet[1]][:2] == ["Customer", "Customer"]
    other = CalamineWorkbook.from_filelike(io.BytesIO(made(tables=[Sheet("Orders", COLUMNS, rows, 3)])))
    assert other.get_sheet_by_index(1).to_python()[1][2] == "Brazil"


def test_sheets_of_one_name_are_told_apart_and_long_names_are_cut() -> None:
    found = read(made(tables=[Sheet("x" * 500, COLUMNS, [row(customer_name="W" * 500)], 1), Sheet("X" * 500, COLUMNS, [], 0)])).sheetnames
    assert len({name.casefold() for name in found}) == len(found)
    assert all(len(name) <= 31 for name in found)
