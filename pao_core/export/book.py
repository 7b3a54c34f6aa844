"""A whole page as one workbook: its figures, each chart drawn by the spreadsheet itself beside its numbers, each table, what they mean.

Written by XlsxWriter row by row, so that memory does not grow with the tables. Every text is written as a string, never as a formula or a
link, and stands in a chart by reference to its cell.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from pao_core.charts import Picture
from pao_core.export import Block, Cell, Column
from pao_core.export.xlsx import DEFAULT_WIDTH, WIDTHS, distinct, sheet_name
from pao_core.locale import _, formats, language
from pao_core.locale.words import spoken
from pao_core.money import decimals

ROWS = 1_048_575  # that a sheet holds under its header
SIGNS = 32_767  # that a cell holds
COURSE = 5  # the column in which the course of a figure is drawn; its numbers stand to the right
HEAD = 2  # the row of a chart's column names; its title stands above
CHART_WIDTH, CHART_HEIGHT, ROW_HEIGHT = 900, 420, 20
DASHES = {"dash": "dash", "dot": "round_dot"}
PLACES = {"integer": "#,##0", "quantity": "#,##0.###", "unit_price": "#,##0.00####", "rate": "#,##0.00####", "percent": "0.0%", "month": 'mmm"/"yy'}


@dataclass(frozen=True)
class Figure:
    """A figure of the page: as it is shown, and where it is one number, exactly; `note` stands beside it, `course` is drawn small."""

    label: str
    shown: str
    exact: Cell | None = None
    note: str = ""
    course: Sequence[float] = ()


@dataclass(frozen=True)
class Sheet:
    """A table: `count` rows in all, of which the first ROWS are written."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]
    count: int


@dataclass(frozen=True)
class Book:
    """What is on a page; all texts in the reader's language but those of columns, which are marked. `about` are lines of a name and what
    it says."""

    title: str
    about: Sequence[tuple[str, str]]
    figures: Sequence[Figure] = ()
    charts: Sequence[tuple[str, Picture]] = ()
    tables: Sequence[Sheet] = ()
    definitions: Sequence[tuple[str, str]] = ()
    explanations: Sequence[tuple[str, Sequence[Block]]] = field(default=())


def book_xlsx(book: Book) -> bytes:
    """The workbook."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as workbook:
        _Writer(workbook).write(book)
    return file.getvalue()


class _Writer:
    """One workbook in the making."""

    def __init__(self, workbook: Any) -> None:
        self.workbook = workbook
        self._formats: dict[str, Format] = {}

    def write(self, book: Book) -> None:
        titles = [book.title, *(title for title, _picture in book.charts), *(table.title for table in book.tables),
                  *([_("Definitions")] if book.definitions else []), *(f"{_('Explanation')} {title}" for title, _blocks in book.explanations)]
        sheets = [self.workbook.add_worksheet(name) for name in distinct([sheet_name(title) for title in titles])]
        page, rest = sheets[0], iter(sheets[1:])
        self._page(page, book)
        for title, picture in book.charts:
            self._chart(next(rest), title, picture)
        for table in book.tables:
            self._table(next(rest), table)
        if book.definitions:
            self._lines(next(rest), [[Cell(name), Cell(text)] for name, text in book.definitions], (32, 120))
        for _title, blocks in book.explanations:
            self._lines(next(rest), [line for block in blocks for line in (
                [Cell(block.title, "head")], [Cell(name, "head") for name in block.head], *block.lines, [])], (48, 70, 14, 18, 18, 14))

    def _format(self, code: str = "", **more: Any) -> Format:
        key = f"{code}{more}"
        if key not in self._formats:
            self._formats[key] = self.workbook.add_format({"valign": "top", **({"num_format": code} if code else {}), **more})
        return self._formats[key]

    def _cell(self, sheet: Worksheet, row: int, column: int, cell: Cell) -> None:
        value, kind = cell.value, cell.kind
        if value is None:
            return
        if kind == "month" and isinstance(value, str):
            value = date.fromisoformat(f"{value}-01")
        if isinstance(value, datetime):
            value = value.isoformat(" ", "minutes")
        if isinstance(value, date):
            code = PLACES["month"] if kind == "month" else formats.DATES.get(language(), formats.DAY_FIRST).lower()
            sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), self._format(code))  # noqa: DTZ001
        elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            sheet.write_number(row, column, float(value), self._format(_money(cell.currency) if kind == "money" else PLACES.get(kind, "General")))
        elif kind == "head":
            sheet.write_string(row, column, str(value)[:SIGNS], self._format(bold=True))
        else:
            sheet.write_string(row, column, str(value)[:SIGNS], self._format("@", text_wrap=kind == "wrapped"))

    def _page(self, sheet: Worksheet, book: Book) -> None:
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 1, 44)
        sheet.set_column(2, 5, 18)
        lines = [[Cell(name, "head"), Cell(text, "wrapped")] for name, text in book.about]
        lines.append([])
        if book.figures:
            lines.append([Cell(name, "head") for name in (_("Figure"), _("On the page"), _("Exactly"), _("Currency"), _("Note"), _("Course"))])
        for place, line in enumerate(lines):
            for column, cell in enumerate(line):
                self._cell(sheet, place, column, cell)
        for place, figure in enumerate(book.figures, start=len(lines)):
            exact = figure.exact or Cell(None)
            for column, cell in enumerate((Cell(figure.label), Cell(figure.shown), exact, Cell(exact.currency or ""), Cell(figure.note))):
                self._cell(sheet, place, column, cell)
            if len(figure.course) > 1:
                for column, value in enumerate(figure.course, start=COURSE + 1):
                    sheet.write_number(place, column, float(value))
                drawn = _range(sheet.get_name(), place, COURSE + 1, COURSE + len(figure.course))
                sheet.add_sparkline(place, COURSE, {"range": drawn})

    def _chart(self, sheet: Worksheet, title: str, picture: Picture) -> None:
        sheet.set_column(0, 0, 28)
        sheet.set_column(1, len(picture.series), 18)
        self._cell(sheet, 0, 0, Cell(title, "head"))
        for place, series in enumerate(picture.series, start=1):
            self._cell(sheet, HEAD, place, Cell(series.name, "head"))
        for row, category in enumerate(picture.categories, start=HEAD + 1):
            self._cell(sheet, row, 0, Cell(category))
            for place, series in enumerate(picture.series, start=1):
                self._cell(sheet, row, place, Cell(series.values[row - HEAD - 1]))
        name, first, last = sheet.get_name(), HEAD + 1, HEAD + len(picture.categories)
        lying = picture.kind in ("bar", "span")
        kind = {"type": "line"} if picture.kind == "line" else {
            "type": "bar" if lying else "column", **({"subtype": "stacked"} if picture.stacked or picture.kind == "span" else {})}
        chart = self.workbook.add_chart(kind)
        for place, series in enumerate(picture.series[:2] if picture.kind == "span" else picture.series, start=1):
            chart.add_series({
                "name": [name, HEAD, place], "categories": [name, first, 0, last, 0], "values": [name, first, place, last, place],
                **_look(picture, place, series.colours, series.dash),
            })
        chart.set_title({"name": [name, 0, 0], "name_font": {"size": 12}})
        chart.set_legend({"position": "bottom"} if len(picture.series) > 1 and picture.kind != "span" else {"none": True})
        if lying:  # the first on top, as on the page
            chart.set_y_axis({"reverse": True})
        if picture.kind == "span":
            starts = [value for value in picture.series[0].values if isinstance(value, date)]
            chart.set_x_axis({"min": min(starts).toordinal() - date(1899, 12, 30).toordinal(), "num_format": "mm/yyyy"})
        height = max(CHART_HEIGHT, len(picture.categories) * ROW_HEIGHT) if lying else CHART_HEIGHT
        chart.set_size({"width": CHART_WIDTH, "height": height})
        sheet.insert_chart(HEAD, len(picture.series) + 2, chart)

    def _table(self, sheet: Worksheet, table: Sheet) -> None:
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(table.columns):
            sheet.set_column(place, place, WIDTHS.get(column.kind, DEFAULT_WIDTH))
        rows = table.rows[:ROWS]
        sheet.autofilter(0, 0, len(rows), max(len(table.columns) - 1, 0))
        for place, column in enumerate(table.columns):
            self._cell(sheet, 0, place, Cell(_(column.text), "head"))
        for number, row in enumerate(rows, start=1):
            for place, column in enumerate(table.columns):
                self._cell(sheet, number, place, _cell_of(column, row))

    def _lines(self, sheet: Worksheet, lines: Sequence[Sequence[Cell]], widths: Sequence[int]) -> None:
        for place, width in enumerate(widths):
            sheet.set_column(place, place, width)
        for row, line in enumerate(lines):
            for column, cell in enumerate(line):
                self._cell(sheet, row, column, Cell(cell.value, "wrapped") if cell.kind == "text" else cell)


def _cell_of(column: Column, row: Mapping[str, Any]) -> Cell:
    value = row.get(column.name)
    if isinstance(value, str) and column.kind != "month":
        return Cell(spoken(column.name, column.kind, value))
    return Cell(value, column.kind, row.get(column.currency))


def _look(picture: Picture, place: int, colours: Sequence[str], dash: str) -> dict[str, Any]:
    """How a series is drawn: in the colours of the page."""
    if picture.kind == "span" and place == 1:
        return {"fill": {"none": True}, "border": {"none": True}}
    if not colours or not colours[0]:
        return {"gap": 60} if picture.kind != "line" else {}
    if picture.kind == "line":
        return {"line": {"color": colours[0], "width": 2, **({"dash_type": DASHES[dash]} if dash in DASHES else {})},
                **({"marker": {"type": "circle"}} if len(picture.categories) < 2 else {})}
    points = {"points": [{"fill": {"color": colour}} if colour else None for colour in colours]} if len(colours) > 1 else {}
    return {"fill": {"color": colours[0]}, "gap": 60, **points}


def _money(currency: str | None) -> str:
    places = decimals(currency) if currency else 2
    return "#,##0" + ("." + "0" * places if places else "")


def _range(sheet: str, row: int, first: int, last: int) -> str:
    from_, to = xlsxwriter.utility.xl_rowcol_to_cell(row, first), xlsxwriter.utility.xl_rowcol_to_cell(row, last)
    return f"{xlsxwriter.utility.quote_sheetname(sheet)}!{from_}:{to}"
