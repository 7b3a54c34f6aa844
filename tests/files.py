"""Files made for tests: CSV, workbooks written part by part (so that they can lie), and imports of them."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path
from typing import Any

from pao_core.access import Viewer
from pao_core.importing.run import ImportOptions, ImportResult, import_file

NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'


def csv_text(rows: list[list[Any]], delimiter: str = ",") -> str:
    """Rows as CSV."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue()


def csv_rows(content: bytes) -> list[dict[str, str]]:
    """A CSV of ours, read back."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def written(folder: Path, content: bytes | str, name: str = "file.csv") -> Path:
    """A file with this content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def sheet_xml(rows: str, before: str = "") -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><worksheet {NAMESPACE}>{before}<sheetData>{rows}</sheetData></worksheet>'


def inline(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


GOOD_ROWS = (
    f'<row r="1">{inline("A1", "site_number")}{inline("B1", "name")}{inline("C1", "country")}</row>'
    f'<row r="2">{inline("A2", "1")}{inline("B2", "Um")}{inline("C2", "BR")}</row>'
)


def workbook_parts(sheet: str | None = None, **more: str) -> dict[str, str]:
    """The parts of a small workbook; `more` replaces or adds parts by name, with `__` for `/` and `_dot_` for `.`."""
    parts = {
        "_rels/.rels": f'<Relationships {PACKAGE}><Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {NAMESPACE} xmlns:r="{OFFICE}"><sheets><sheet name="One" sheetId="1" r:id="s1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships {PACKAGE}><Relationship Id="s1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="s2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/sharedStrings.xml": f"<sst {NAMESPACE}><si><t>shared</t></si></sst>",
        "xl/worksheets/sheet1.xml": sheet if sheet is not None else sheet_xml(GOOD_ROWS),
    }
    return parts | {name.replace("__", "/").replace("_dot_", "."): text for name, text in more.items()}


def zipped(parts: dict[str, str | bytes] | dict[str, str], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The parts as an archive."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return content.getvalue()


def load(viewer: Viewer, folder: Path, dataset: str, rows: list[list[Any]] | str, **options: Any) -> ImportResult:
    """Import rows (the header first) as a CSV."""
    text = rows if isinstance(rows, str) else csv_text(rows)
    return import_file(viewer, written(folder, text), dataset, options=ImportOptions(**options))


ORDER_HEADER = [
    "reseller_site_number",
    "order_number",
    "line_number",
    "order_date",
    "site_number",
    "part_number",
    "quantity",
    "unit_price",
    "currency",
]


def order(**changed: Any) -> list[Any]:
    """One order line under ORDER_HEADER."""
    base = dict(zip(ORDER_HEADER, ["7000002", "SO1", "1", "2026-05-01", "123", "D1234LL", "2", "10.50", "BRL"], strict=True))
    return list((base | changed).values())


def orders(*lines: list[Any], extra: list[str] | None = None) -> list[list[Any]]:
    return [[*ORDER_HEADER, *(extra or [])], *lines]
