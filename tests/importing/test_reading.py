"""Files become text: every encoding, delimiter and kind of cell, and nothing is guessed away."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from files import NAMESPACE, inline, sheet_xml, workbook_parts, written, zipped

from pao_core.config import Limits
from pao_core.importing.child import Cancelled, Child
from pao_core.locale import Refused

MOMENT, MIDNIGHT = datetime(2026, 3, 1, 12, 30), datetime(2026, 3, 1)  # noqa: DTZ001 (files know no zone)


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    """One reading process for all the files of this module."""
    with Child(Limits()) as running:
        yield running


def read(child: Child, folder: Path, content: bytes | str | Path, sheet: str | None = None) -> list[list[str]]:
    """The header and the rows that the child reads."""
    path = content if isinstance(content, Path) else written(folder, content)
    found = child.read(path, folder, file=path.name, sheet=sheet)
    columns = [column.to_pylist() for column in pq.read_table(found.table).columns[2:]]
    return [found.headers, *(list(row) for row in zip(*columns, strict=True))]


def lines(child: Child, folder: Path, content: str) -> list[int]:
    found = child.read(written(folder, content), folder, file="file.csv")
    return pq.read_table(found.table)["line"].to_pylist()  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "content",
    [
        "a,b\nçã,2\n",
        "a;b\nçã;2\n",
        "\ufeffa,b\nçã,2\n",
        "a,b\r\nçã,2\r\n",
        "a,b\rçã,2\r",
        "sep=;\na;b\nçã;2\n",
        '"a","b"\n"çã","2"\n',
        "\n\na,b\n\nçã,2",
        "a,b,\nçã,2,\n",
    ],
    ids=["comma", "semicolon", "bom", "crlf", "cr", "sep line", "quoted", "blank lines", "empty last column"],
)
def test_every_kind_of_csv_reads_the_same(child: Child, tmp_path: Path, content: str) -> None:
    assert read(child, tmp_path, content) == [["a", "b"], ["çã", "2"]]


def test_windows_1252_reads_right(child: Child, tmp_path: Path) -> None:
    assert read(child, tmp_path, "nome;preço\nSão João – “x”;€ 1\n".encode("cp1252")) == [["nome", "preço"], ["São João – “x”", "€ 1"]]


@pytest.mark.parametrize("name", ["file.csv.gz", "prices.xlsx.gz", "named.txt"])
def test_the_content_and_not_the_name_says_what_a_file_is(child: Child, tmp_path: Path, name: str) -> None:
    content = {"file.csv.gz": gzip.compress(b"a,b\n1,2\n"), "prices.xlsx.gz": gzip.compress(zipped(workbook_parts())), "named.txt": b"a,b\n1,2\n"}[
        name
    ]
    assert len(read(child, tmp_path, written(tmp_path, content, name))) == 2


def test_text_that_looks_like_something_else_stays_text(child: Child, tmp_path: Path) -> None:
    cells = ["1E5", "00123", "NA", "null", "None", "inf", "TRUE", "1.10", "x y"]
    assert read(child, tmp_path, "a,b,c,d,e,f,g,h,i\n" + ",".join(cells))[1] == cells


def test_a_row_keeps_the_line_on_which_it_begins(child: Child, tmp_path: Path) -> None:
    assert lines(child, tmp_path, 'a,b\n1,2\n\n"x\ny",3\n4,5\n') == [2, 4, 6]


def test_a_ragged_row_keeps_all_its_cells(child: Child, tmp_path: Path) -> None:
    found = child.read(written(tmp_path, "a,b\n1\n1,2,3,4\n1,2,,\n"), tmp_path, file="file.csv")
    assert pq.read_table(found.table).to_pylist() == [
        {"line": 2, "width": 1, "c0": "1", "c1": ""},
        {"line": 3, "width": 4, "c0": "1", "c1": "2 | 3 | 4"},
        {"line": 4, "width": None, "c0": "1", "c1": "2"},
    ]


def test_a_workbook_of_a_spreadsheet_library_reads_as_it_looks(child: Child, tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(["a", "b", "c", "d", "e"])
    sheet.append(["00123", 1.5, date(2026, 3, 1), True, 0.1 + 0.2])
    sheet.append([None, 1e-7, MOMENT, -5, 123456789012345])
    sheet.append(["é&<\nx", 1.234, "NA", 100000.0, 1e300])
    sheet["B3"].number_format = "0.0000000"
    sheet["D3"].number_format = '"days" 0'
    workbook.save(tmp_path / "book.xlsx")
    assert read(child, tmp_path, tmp_path / "book.xlsx") == [
        ["a", "b", "c", "d", "e"],
        ["00123", "1.5", "2026-03-01", "TRUE", "0.3"],
        # A stored number with three decimals is written so that no column form can take it for thousands.
        ["", "0.0000001", "2026-03-01 12:30:00", "-5", "123456789012345"],
        ["é&<\nx", "1.2340", "NA", "100000", "1e+300"],
    ]


def test_a_sheet_is_chosen_by_name(child: Child, tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append(["first"])
    workbook.create_sheet("Preços 2026").append(["second"])
    workbook.save(tmp_path / "book.xlsx")
    assert read(child, tmp_path, tmp_path / "book.xlsx", "preços 2026") == [["second"]]
    with pytest.raises(Refused, match=r"no sheet is named Other\. Its sheets: Sheet, Preços 2026\."):
        read(child, tmp_path, tmp_path / "book.xlsx", "Other")


def test_cells_without_places_prefixes_rich_text_and_the_dates_of_1904_are_read(child: Child, tmp_path: Path) -> None:
    sheet = (
        '<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData><x:row>'
        '<x:c t="inlineStr"><x:is><x:r><x:t>si</x:t>'
        '</x:r><x:r><x:t>te</x:t></x:r><x:rPh><x:t>ignored</x:t></x:rPh></x:is></x:c><x:c t="str"><x:f>A1</x:f><x:v>when</x:v></x:c></x:row>'
        '<x:row><x:c t="s"><x:v>0</x:v></x:c><x:c s="1"><x:v>1</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    parts = workbook_parts(sheet)
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace("<sheets>", '<workbookPr date1904="1"/><sheets>')
    parts["xl/_rels/workbook.xml.rels"] = parts["xl/_rels/workbook.xml.rels"].replace(
        "</Relationships>",
        '<Relationship Id="s3" Type="http://purl.oclc.org/ooxml/officeDocument/relationships/styles" Target="/xl/styles.xml"/></Relationships>',
    )
    parts["xl/styles.xml"] = (
        f'<styleSheet {NAMESPACE}><numFmts><numFmt numFmtId="170" formatCode="dd/mm/yyyy"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs></styleSheet>'
    )
    assert read(child, tmp_path, zipped(parts)) == [["site", "when"], ["shared", "1904-01-02"]]


def test_a_lying_dimension_hides_no_row(child: Child, tmp_path: Path) -> None:
    rows = "".join(f'<row r="{n}">{inline(f"A{n}", str(n))}</row>' for n in range(1, 301))
    assert len(read(child, tmp_path, zipped(workbook_parts(sheet_xml(rows, '<dimension ref="A1"/>'))))) == 300


def test_parquet_types_become_text_with_one_reading(child: Child, tmp_path: Path) -> None:
    table = pa.table(
        {
            "s": ["007", None],
            "f": [6.0, 1.234],
            "d": [Decimal("1.500"), Decimal("2.125")],
            "day": [date(2026, 1, 2), None],
            "at": [MOMENT, MIDNIGHT],
            "b": [True, False],
            "i": [1, 2],
            "ns": pa.array([1_772_368_200_000_000_001, None], pa.timestamp("ns")),
            "kept once": pa.array([1_772_368_200_000_000_001, None], pa.timestamp("ns")).dictionary_encode(),
            "hour": pa.array([45_000_000_000_001, None], pa.time64("ns")),
            "long": pa.array([90_000_000_000_001, None], pa.duration("ns")),
        }
    )
    pq.write_table(table, tmp_path / "file.parquet")
    assert read(child, tmp_path, tmp_path / "file.parquet")[1:] == [
        ["007", "6", "1.5", "2026-01-02", "2026-03-01 12:30:00", "TRUE", "1", *["2026-03-01 12:30:00"] * 2, "12:30:00", "1 day, 1:00:00"],
        ["", "1.2340", "2.1250", "", "2026-03-01", "FALSE", "2", *[""] * 4],
    ]


def test_a_preview_stops_at_the_rows_it_wants(child: Child, tmp_path: Path) -> None:
    found = child.read(written(tmp_path, "a\n" + "1\n" * 5_000), tmp_path, file="file.csv", rows_wanted=20)
    assert found.rows == 20


def test_progress_is_told_and_a_cancel_stops_the_child(tmp_path: Path) -> None:
    path = written(tmp_path, "a\n" + "1\n" * 500_000)
    heard: list[int] = []
    with Child(Limits()) as own:
        with pytest.raises(Cancelled):
            own.read(path, tmp_path, file="file.csv", progress=heard.append, cancelled=lambda: bool(heard))
        assert heard[0] < 500_000
        assert own.read(written(tmp_path, "a\n1\n"), tmp_path, file="file.csv").rows == 1


def test_the_child_gets_nothing_of_our_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAO_COOKIE_KEY", "a secret of this process")
    with Child(Limits()) as own:
        own.read(written(tmp_path, "a\n1\n"), tmp_path, file="file.csv")
        assert own._process is not None
        environment = Path(f"/proc/{own._process.pid}/environ").read_bytes()
    assert b"secret" not in environment
    assert b"PAO_" not in environment
