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


# A small file of every dataset, in an order in which each finds what it refers to. `ana@boreal.example` is of the cast.
EVERY_DATASET: dict[str, list[list[Any]]] = {
    "resellers": [
        ["site_number", "name", "country", "tier", "distributor_site_number"],
        ["7000001", "Aurora", "BR", "distributor", ""],
        ["7000002", "Boreal", "BR", "reseller", "7000001"],
    ],
    "agreements": [
        ["agreement_number", "program", "customer_name", "anniversary_date", "price_level"],
        ["12345", "PA", "Ação SA", "2026-05-01", "D"],
    ],
    "sites": [["site_number", "name", "country", "agreement_number", "role"], ["00123", "Ação São Paulo", "Brasil", "12345", "originating"]],
    "contacts": [["site_number", "email", "name", "phone", "role"], ["00123", "Rita@Cliente.Example ", "Rita", "+55 11 5555-0101", "S&S Renewal"]],
    "parts": [["part_number", "description", "family", "part_type", "points"], ["D1234LL", "Database", "software", "license", "1.25"]],
    "prices": [
        ["part_number", "country", "currency", "price_level", "effective_from", "unit_price"],
        ["D1234LL", "BR", "BRL", "BL", "2026-01-01", "10.123456"],
    ],
    "orders": orders(order(), order(line_number="2", quantity="-1.5")),
    "renewals": [
        ["reseller_site_number", "quote_number", "line_number", "site_number", "part_number", "quantity", "unit_price", "currency",
         "coverage_start", "coverage_end", "due_date", "quote_expires", "status", "renewed_on", "prior_unit_price"],
        ["7000002", "Q1", "1", "123", "D1234LL", "3", "10.1667", "JPY", "2026-06-01", "2027-05-31", "2026-05-31", "2026-06-15", "", "", "9.5"],
        ["7000002", "Q1", "2", "123", "D1234LL", "1", "2.345678", "KWD", "2026-06-01", "", "2026-05-31", "", "renewed", "2026-05-20", ""],
    ],
    "entitlements": [
        ["reseller_site_number", "site_number", "part_number", "coverage_start", "quantity", "kind", "coverage_end", "deployed_quantity"],
        ["7000002", "123", "D1234LL", "2026-06-01", "40", "renewed", "2027-05-31", "37.5"],
    ],
    "subscriptions": [
        ["reseller_site_number", "subscription_number", "site_number", "part_number", "order_number", "ordered_on", "provisioned_on", "start", "end",
         "entitled_quantity", "billing", "renewal_type", "fulfillment_status"],
        ["7000002", "S1", "123", "D1234LL", "SO1", "2026-01-10", "2026-01-20", "2026-02-01", "2027-01-31", "100", "annual", "Auto", "active"],
        ["7000002", "S2", "123", "D1234LL", "", "", "", "", "", "5", "", "", "awaiting_form"],
    ],
    "usage": [
        ["reseller_site_number", "subscription_number", "period_start", "period_end", "used_quantity", "overage_quantity", "suppressed",
         "suppression_reason"],
        ["7000002", "S1", "2026-02-01", "2026-02-28", "120.5", "20.5", "sim", "Agreed"],
        ["7000002", "S2", "1999-01-01", "2099-12-31", "0", "", "", ""],
    ],
    "provisioning": [
        ["reseller_site_number", "subscription_number", "element", "required", "value", "submitted_on", "submitted_by"],
        ["7000002", "S2", "Administrator", "yes", "", "", ""],
        ["7000002", "S2", "Região", "no", "São Paulo", "2026-03-01", "Ana"],
    ],
    "assignments": [["reseller_site_number", "site_number", "account_manager"], ["7000002", "123", "Ana@Boreal.example"]],
    "exchange_rates": [["date", "currency", "rate"], ["2026-10-30", "BRL", "6.0692"], ["2026-10-30", "JPY", "175.68"]],
}


def changed(dataset: str, row: int = 1, **values: Any) -> list[list[Any]]:
    """The header and one row of a dataset's small file, with other values; a column that it does not have is added."""
    header, line = EVERY_DATASET[dataset][0], EVERY_DATASET[dataset][row]
    found = dict(zip(header, line, strict=True)) | values
    return [list(found), list(found.values())]
