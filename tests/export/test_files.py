"""The files that leave: formulas never run, numbers stay exact, the round trip gives every text back."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date
from decimal import Decimal

import openpyxl
import pyarrow as pa
import pytest
from cast import times
from exported import COLUMNS, HOSTILE, SPLIT, Column, row
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from pao_core.export.csv import EXACT_DECIMALS, columns_csv, decimals, table_csv, texts, words
from pao_core.export.formulas import neutral, restored
from pao_core.export.xlsx import sheet_name, table_xlsx
from pao_core.locale import use


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def sheet(content: bytes, place: int = 0) -> openpyxl.worksheet.worksheet.Worksheet:
    return openpyxl.load_workbook(io.BytesIO(content)).worksheets[place]


FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
STOPPED = {
    "=1": "'=1", "'=1": "''=1", "\t=1": "'\t'=1", "a;=1": "a;'=1", "a;'=1": "a;''=1", 'a;"=1"': "a;'\"=1\"", "a\t@x": "a\t'@x",
    "a\n-1;+1": "a\n'-1;'+1", "=1;\uff1d1": "'=1;'\uff1d1", "a; -1": "a; -1", "a-1, -b;c": "a-1, -b;c", "-5": "'-5",
}


@pytest.mark.parametrize(("text", "written"), STOPPED.items())
def test_a_sign_that_would_start_a_formula_has_an_apostrophe_before_it(text: str, written: str) -> None:
    assert read_csv(table_csv(COLUMNS, [row(customer_name=text)]))[1][1] == written


@given(st.text(alphabet=st.sampled_from("'=+-@\t\r\n;\uff1dab,\""), max_size=8))
def test_every_text_comes_back_from_the_csv_file(text: str) -> None:
    cell = read_csv(table_csv(COLUMNS, [row(customer_name=text)]))[1][1]
    assert not cell.startswith(FORMULA)
    assert restored(cell) == text
    assert restored(neutral(text)) == text


HARM = st.text(alphabet=st.sampled_from("'=@\n;\t\uff1da,\""), max_size=6) | st.sampled_from(HOSTILE + SPLIT)


@settings(max_examples=times(80, 5_000), deadline=None, database=None)
@given(st.sampled_from(",;\t"), st.lists(HARM, min_size=2, max_size=5))
def test_no_text_starts_a_formula_in_a_csv_file_wherever_a_program_splits_its_lines(delimiter: str, texts_: list[str]) -> None:
    """As spreadsheets do: a quotation mark counts at the beginning of a cell alone, whatever stands after the second is of the cell too."""
    columns = [Column(str(place), "", "text") for place in range(len(texts_))]
    written = table_csv(columns, [{str(place): text for place, text in enumerate(texts_)}]).decode("utf-8-sig")
    found = [cell for line in csv.reader(io.StringIO(written, newline=""), delimiter=delimiter) for cell in line]
    assert not [cell for cell in found if cell.lstrip("\t\r\n").startswith(FORMULA)]


def test_numbers_and_dates_in_a_csv_file_are_exact_and_unharmed() -> None:
    content = table_csv(COLUMNS, [row()])
    assert content.startswith(b"\xef\xbb\xbf")
    header, values = read_csv(content)
    assert header == [column.name for column in COLUMNS]
    assert values == ["00123", "Companhia Lumiara", "BR", "2026-11-24", "2026-11", "3", "-2.500", "10.123456", "BRL", "-25.31"]


def test_a_csv_file_is_the_same_in_every_language() -> None:
    with use("pt_BR"):
        portuguese = table_csv(COLUMNS, [row()])
    assert portuguese == table_csv(COLUMNS, [row()])


MARKS = st.text(alphabet=st.sampled_from("'=+-@;\t\r\n\uff1d\uff0b\uff0d\uff20a, \"ãß漢\x00\U0001f600"), max_size=6)
LINE = st.tuples(st.none() | MARKS | st.text(st.characters(codec="utf-8")), st.none() | st.integers(-(2**63), 2**63 - 1), st.none() | st.dates())


@settings(max_examples=times(60, 3_000), deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(LINE), st.integers(0, EXACT_DECIMALS))
def test_columns_become_the_same_bytes_as_rows(lines: list[tuple[str | None, int | None, date | None]], places: int) -> None:
    columns = (Column("name", "", "text"), Column("=sum", "", "quantity"), Column("day", "", "date"))
    rows = [{"name": text, "=sum": None if number is None else Decimal(number).scaleb(-places), "day": day} for text, number, day in lines]
    held = [pa.array([line[place] for line in lines], kind) for place, kind in enumerate((pa.string(), pa.int64(), pa.date32()))]
    fields = [texts(held[0]), decimals(held[1], places), words(held[2], lambda day: day)]
    assert columns_csv([column.name for column in columns], fields) == table_csv(columns, rows)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_a_formula_in_a_workbook(text: str) -> None:
    content = table_xlsx(text, COLUMNS, [row(customer_name=text)], words=[text], definition=text, as_of=text)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert not any(b"<f>" in archive.read(name) or b"<f " in archive.read(name) for name in archive.namelist())
    cell = sheet(content)["B2"]
    assert (cell.data_type, cell.value) == ("s", text)


def test_a_workbook_has_real_numbers_and_dates_with_each_currencys_decimals() -> None:
    rows = [row(), row(currency="JPY", amount=Decimal(1234)), row(currency="KWD", amount=Decimal("1.234"))]
    written = sheet(table_xlsx("Orders", COLUMNS, rows))
    assert [cell.value for cell in written["J"]][1:] == [-25.31, 1234, 1.234]
    assert [cell.number_format for cell in written["J"]][1:] == ["#,##0.00", "#,##0", "#,##0.000"]
    assert written["D2"].value.date() == date(2026, 11, 24)
    assert written["E2"].value.date() == date(2026, 11, 1)
    assert (written["G2"].value, written["H2"].value) == (-2.5, 10.123456)
    assert written["A2"].value == "00123"


def test_a_workbook_speaks_the_readers_language() -> None:
    with use("pt_BR"):
        written = sheet(table_xlsx("Orders", COLUMNS, [row()]))
    assert written["C2"].value == "Brasil"
    assert written["D2"].number_format == "dd/mm/yyyy"


def test_a_workbook_explains_itself_on_its_second_sheet() -> None:
    content = table_xlsx("Orders", COLUMNS, [row()], words=["Country: Brazil"], as_of="24 Nov 2026, 06:10", definition="What is counted.\nHow.")
    told = [(line[0].value, line[1].value) for line in sheet(content, 1).iter_rows()]
    assert told == [("Report", "Orders"), ("Rows", "1"), ("Data as of", "24 Nov 2026, 06:10"), ("Filters", "Country: Brazil"),
                    ("Definition", "What is counted."), ("Definition", "How.")]


def test_another_reader_sees_the_same_rows() -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(table_xlsx("Orders", COLUMNS, [row(customer_name="a<b>&\x0b\u00e7")])))
    header, values = book.get_sheet_by_index(0).to_python()
    assert header[0] == "Customer"
    assert values == ["00123", "a<b>&\u00e7", "Brazil", date(2026, 11, 24), date(2026, 11, 1), 3.0, -2.5, 10.123456, "BRL", -25.31]


@pytest.mark.parametrize(("title", "name"), [("a[b]:*?/\\c", "a b      c"), ("'x'", "x"), ("", "Rows"), ("n" * 40, "n" * 31),
                                             ("\ufffeLumiara\uffff", "Lumiara"), ("a\ud800b", "a b")])
def test_a_sheets_name_is_one_that_excel_allows(title: str, name: str) -> None:
    assert sheet_name(title) == name


def test_an_absent_value_is_an_empty_cell() -> None:
    rows = [row(quantity=None, amount=None, order_date=None, customer_name=None)]
    assert read_csv(table_csv(COLUMNS, rows))[1][1] == ""
    assert sheet(table_xlsx("Orders", COLUMNS, rows))["J2"].value is None
