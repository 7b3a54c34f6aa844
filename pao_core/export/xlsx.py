"""The format for people: the reader's language, real numbers and dates, one sheet of rows and those that explain them.

Written by hand because of one rule that no fast writer can keep: an amount shows its own currency's decimals, so two
rows of one column may differ in format. Text is always an inline string, a cell type that is never a formula.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from pao_core.export import Block, Cell, Column, workbook
from pao_core.export.workbook import DATE, HEADER, INTEGER, MONTH, PERCENT, QUANTITY, TEXT, UNIT_PRICE, WRAPPED, escaped, letters, money_style
from pao_core.locale import _, formats
from pao_core.locale.words import spoken

CHUNK = 2_000
EPOCH = date(1899, 12, 30).toordinal()
NUMBERS = {"integer": INTEGER, "quantity": QUANTITY, "unit_price": UNIT_PRICE, "rate": UNIT_PRICE, "percent": PERCENT}
WIDTHS = {"text": 32, "country": 18, "money": 16, "unit_price": 16}
DEFAULT_WIDTH = 14
SHEET_NAME_LIMIT = 31  # Excel's own


def table_xlsx(title: str, columns: Sequence[Column], rows: Sequence[Mapping[str, Any]], *, words: Sequence[str] = (),
               as_of: str = "", definition: str = "", blocks: Sequence[Block] = ()) -> bytes:
    """The rows on a sheet called `title`, a sheet "About" with the filters in words, the definition and the age of the data, and one
    with the `blocks` that explain the totals, when there are any. `title`, `words`, `as_of`, `definition` and `blocks` are in the reader's
    language; `columns` carry marked texts."""
    names = distinct([sheet_name(title), _("About"), *([_("Explanation")] if blocks else [])])
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        for part, content in workbook.parts(names, formats.DATES).items():
            archive.writestr(part, content)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(workbook.sheet_head([WIDTHS.get(column.kind, DEFAULT_WIDTH) for column in columns], frozen=True))
            sheet.write(workbook.header_row([_(column.text) for column in columns]))
            for block in _blocks(columns, rows):
                sheet.write(block)
            sheet.write(workbook.sheet_foot(f"A1:{letters(len(columns))}{len(rows) + 1}"))
        archive.writestr("xl/worksheets/sheet2.xml", _about(title, len(rows), words, as_of, definition))
        if blocks:
            archive.writestr("xl/worksheets/sheet3.xml", _explained(blocks))
    return file.getvalue()


def distinct(names: Sequence[str]) -> list[str]:
    """The names of sheets, each once whatever its case, within Excel's length: a later one of the same name is numbered."""
    found: dict[str, str] = {}
    for name in names:
        numbers = (f" {number}" for number in range(2, len(names) + 2))
        free = name
        while free.casefold() in found:
            mark = next(numbers)
            free = f"{name[:SHEET_NAME_LIMIT - len(mark)]}{mark}"
        found[free.casefold()] = free
    return list(found.values())


def sheet_name(title: str) -> str:
    """The title as Excel allows it: no []:*?/\\, nothing that XML cannot carry, no apostrophe at an end, at most 31 characters, never empty."""
    return re.sub(r"[\[\]:*?/\\\x00-\x1f\ud800-\udfff\ufffe\uffff]", " ", title)[:SHEET_NAME_LIMIT].strip(" '") or _("Rows")


def _blocks(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> Iterator[bytes]:
    """The rows as XML, a few thousand at a time, so that memory does not grow with the file."""
    writers = [_writer(column, letters(place)) for place, column in enumerate(columns, start=1)]
    for start in range(0, len(rows), CHUNK):
        block = rows[start:start + CHUNK]
        numbers = range(start + 2, start + 2 + len(block))
        cells = [[write(row, number) for row, number in zip(block, numbers, strict=True)] for write in writers]
        yield "".join(
            f'<row r="{number}">{"".join(line)}</row>' for number, line in zip(numbers, zip(*cells, strict=True), strict=True)
        ).encode()


def _writer(column: Column, letter: str) -> Any:
    name, kind = column.name, column.kind
    if kind == "money":
        return partial(_money, name, letter, column.currency)
    if kind in NUMBERS:
        return partial(_number, name, letter, NUMBERS[kind])
    if kind in ("date", "week"):
        return partial(_day, name, letter, DATE)
    if kind == "month":
        return partial(_day, name, letter, MONTH)
    return partial(_text, name, letter, kind, {})


def _money(name: str, letter: str, currency: str, row: Mapping[str, Any], number: int) -> str:
    value = row.get(name)
    return "" if value is None else f'<c r="{letter}{number}" s="{money_style(row.get(currency))}"><v>{value}</v></c>'


def _number(name: str, letter: str, style: int, row: Mapping[str, Any], number: int) -> str:
    value = row.get(name)
    return "" if value is None else f'<c r="{letter}{number}" s="{style}"><v>{value}</v></c>'


def _day(name: str, letter: str, style: int, row: Mapping[str, Any], number: int) -> str:
    value = row.get(name)
    if value is None:
        return ""
    at = value if isinstance(value, date) else date.fromisoformat(f"{value}-01")
    return f'<c r="{letter}{number}" s="{style}"><v>{at.toordinal() - EPOCH}</v></c>'


def _text(name: str, letter: str, kind: str, seen: dict[Any, str], row: Mapping[str, Any], number: int) -> str:
    value = row.get(name)
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.isoformat()
    cell = seen.get(value)
    if cell is None:
        cell = seen[value] = f'" s="{TEXT}" t="inlineStr"><is><t xml:space="preserve">{escaped(spoken(name, kind, value))}</t></is></c>'
    return f'<c r="{letter}{number}{cell}'


def _about(title: str, count: int, words: Sequence[str], as_of: str, definition: str) -> bytes:
    lines = [(_("Report"), title), (_("Rows"), formats.number(count)), (_("Data as of"), as_of)]
    lines += [(_("Filters"), sentence) for sentence in (words or [_("No filter")])]
    lines += [(_("Definition"), paragraph) for paragraph in definition.split("\n") if paragraph]
    return workbook.two_columns(lines)


def _explained(blocks: Sequence[Block]) -> bytes:
    """The blocks one under the other, a free row between them."""
    rows: list[str] = []
    for block in blocks:
        head = [Cell(name) for name in block.head]
        rows += ["".join(_cells([Cell(block.title)], len(rows) + 1, HEADER)), "".join(_cells(head, len(rows) + 2, HEADER))]
        rows += ["".join(_cells(line, number, WRAPPED)) for number, line in enumerate(block.lines, start=len(rows) + 1)]
        rows.append("")
    body = "".join(f'<row r="{number}">{cells}</row>' for number, cells in enumerate(rows, start=1))
    return workbook.sheet_head([48, 60, *[DEFAULT_WIDTH + 2] * 4], frozen=False) + body.encode() + workbook.sheet_foot()


def _cells(line: Sequence[Cell], number: int, style: int) -> Iterator[str]:
    for place, cell in enumerate(line, start=1):
        at = f"{letters(place)}{number}"
        if cell.value is None:
            continue
        if cell.kind == "money" or cell.kind in NUMBERS:
            yield workbook.number(at, money_style(cell.currency) if cell.kind == "money" else NUMBERS[cell.kind], cell.value)
        else:
            yield workbook.string(at, style, str(cell.value))
