"""XLSX: one sheet, streamed with expat from the zip, so that memory follows the cells that are there.

No spreadsheet library reads an untrusted sheet safely: a 5 KB file with one far cell makes calamine abort and pandas fill
4 GB, and openpyxl believes a lying dimension. Here a far cell, a row number past the limit, a declared entity, a bomb and
a cell without end are each refused when they are met.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from pao_core.importing.reading.sheet import Sheet
from pao_core.importing.reading.text_table import TextTable
from pao_core.importing.reading.unpack import CHUNK, SUSPECT_BYTES, SUSPECT_RATIO, bomb, too_big
from pao_core.importing.reading.unreadable import Bounds, Unreadable
from pao_core.importing.reading.xml_stream import local, parse
from pao_core.locale import N_

MAX_PARTS = 5_000
MAX_SHEETS = 1_000
MAX_SHARED_BYTES = 128 * 1024**2
BUILT_IN_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
# What of a number format is text, colour or condition, not a date's letter.
NOT_FORMAT = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')
RELATIONS = "_rels"


def read(path: Path, out: Path, bounds: Bounds, progress: Callable[[int], None], sheet: str | None = None) -> TextTable:
    """Write the sheet (the first, unless named) to `out`; a row's line is its number in the sheet."""
    with zipfile.ZipFile(path) as archive:
        _check(archive, path, bounds)
        workbook = Workbook(archive, bounds)
        rows = Sheet(workbook.shared, workbook.date_styles, workbook.since_1904, bounds)
        table: TextTable | None = None
        for line, cells in rows.read(_chunks(archive, workbook.part(sheet))):
            if table is None:
                table = TextTable(out, [cell.strip() for cell in cells], bounds, progress)
            elif not table.add(line, cells):
                break
    if table is None:
        raise Unreadable(N_("{file}: no header row."))
    table.close()
    return table


def _check(archive: zipfile.ZipFile, path: Path, bounds: Bounds) -> None:
    parts = archive.infolist()
    if len(parts) > MAX_PARTS or len({part.filename for part in parts}) < len(parts):
        raise Unreadable(N_("{file}: not a workbook (its archive has too many parts, or one twice)."))
    if any(part.flag_bits & 0x1 for part in parts):
        raise Unreadable(N_("{file}: protected by a password. Save it without one."))
    if any(part.filename.lower().endswith("vbaproject.bin") for part in parts):
        raise Unreadable(N_("{file}: a workbook with macros. Save it as .xlsx without them."))
    size = sum(part.file_size for part in parts)
    if size > bounds.unpacked_bytes:
        raise too_big(bounds)
    if size > SUSPECT_BYTES and size > SUSPECT_RATIO * path.stat().st_size:
        raise bomb()


def _chunks(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    try:
        stream = archive.open(part)
    except KeyError as error:
        raise Unreadable(N_("{file}: not a workbook (its part {part} is missing)."), part=part) from error
    with stream:
        # One byte past what the archive says would be refused by its checksum; less memory than the size it claims is used.
        while chunk := stream.read(CHUNK // 8):
            yield chunk


class Workbook:
    """The parts that every sheet needs: shared strings, which styles are dates, where the sheets are."""

    def __init__(self, archive: zipfile.ZipFile, bounds: Bounds) -> None:
        self._archive = archive
        self._bounds = bounds
        self.since_1904 = False
        self.shared: list[str] = []
        self.date_styles: set[int] = set()
        self._sheets: list[tuple[str, str]] = []
        root = self._related("", "officeDocument")
        if not root:
            raise Unreadable(N_("{file}: an archive, but no XLSX workbook."))
        self._root = root[0][1]
        self._read_sheets()
        for _, part in self._related(self._root, "sharedStrings"):
            self._read_shared(part)
        for _, part in self._related(self._root, "styles"):
            self._read_styles(part)

    def part(self, name: str | None) -> str:
        """The part of the sheet of this name; of the first sheet without a name."""
        parts = dict(self._related(self._root, "worksheet"))
        tables = [(title, parts[key]) for title, key in self._sheets if key in parts]
        found = [part for title, part in tables if name is None or title.strip().casefold() == name.strip().casefold()]
        if not tables:
            raise Unreadable(N_("{file}: the workbook has no sheet with cells."))
        if not found:
            titles = ", ".join(title for title, _ in tables[:20])
            raise Unreadable(N_("{file}: no sheet is named {sheet}. Its sheets: {sheets}."), sheet=name, sheets=titles)
        return found[0]

    def _related(self, part: str, kind: str) -> list[tuple[str, str]]:
        """(id, part) of the relations of this kind that `part` declares."""
        folder = PurePosixPath(part).parent if part else PurePosixPath(".")
        relations = str(folder / RELATIONS / f"{PurePosixPath(part).name}.rels")
        found: list[tuple[str, str]] = []

        def start(name: str, attributes: dict[str, str]) -> None:
            if local(name) == "Relationship" and attributes.get("Type", "").rpartition("/")[2] == kind:
                found.append((attributes.get("Id", ""), _target(folder, attributes.get("Target", ""))))

        if relations in self._archive.namelist():
            parse(_chunks(self._archive, relations), start)
        return found

    def _read_sheets(self) -> None:
        def start(name: str, attributes: dict[str, str]) -> None:
            if local(name) == "workbookPr":
                self.since_1904 = attributes.get("date1904", "0") in ("1", "true")
            elif local(name) == "sheet":
                key = next((value for named, value in attributes.items() if local(named) == "id"), "")
                self._sheets.append((attributes.get("name", ""), key))
                if len(self._sheets) > MAX_SHEETS:
                    raise Unreadable(N_("{file}: more than {limit} sheets."), limit=MAX_SHEETS)

        parse(_chunks(self._archive, self._root), start)

    def _read_shared(self, part: str) -> None:
        reader = SharedStrings(self._bounds)
        parse(_chunks(self._archive, part), reader.start, reader.end, reader.text)
        self.shared = reader.strings

    def _read_styles(self, part: str) -> None:
        formats: dict[int, str] = {}
        inside: list[str] = []
        styles = [0]

        def start(name: str, attributes: dict[str, str]) -> None:
            inside.append(local(name))
            if inside[-1] == "numFmt":
                formats[int(attributes.get("numFmtId", "0"))] = attributes.get("formatCode", "")
            elif inside[-2:] == ["cellXfs", "xf"]:
                number = int(attributes.get("numFmtId", "0"))
                if is_date_format(formats[number]) if number in formats else number in BUILT_IN_DATES:
                    self.date_styles.add(styles[0])
                styles[0] += 1

        parse(_chunks(self._archive, part), start, lambda _name: inside.pop())


class SharedStrings:
    """The workbook's table of texts; the pronunciation that Japanese texts carry is left out."""

    def __init__(self, bounds: Bounds) -> None:
        self.strings: list[str] = []
        self._bounds = bounds
        self._inside: list[str] = []
        self._texts: list[str] = []
        self._characters = 0
        self._bytes = 0

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        self._inside.append(local(name))

    def end(self, _name: str) -> None:
        if self._inside.pop() == "si":
            text = "".join(self._texts)
            self.strings.append(text)
            self._bytes += len(text.encode()) + 64
            if self._bytes > MAX_SHARED_BYTES:
                raise Unreadable(N_("{file}: too many texts for a workbook to be read in little memory. Save the sheet as CSV."))
            self._texts, self._characters = [], 0

    def text(self, text: str) -> None:
        if self._inside and self._inside[-1] == "t" and "rPh" not in self._inside:
            self._characters += len(text)
            if self._characters > self._bounds.cell_characters:
                raise Unreadable(N_("{file}: a text of the workbook has more than {limit} characters."), limit=self._bounds.cell_characters)
            self._texts.append(text)


def is_date_format(code: str) -> bool:
    """Whether a number format shows a date or a time: `dd/mm/yyyy`, not `#,##0.00` nor `"days" 0`."""
    return bool(re.search(r"[dmyhs]", NOT_FORMAT.sub("", code.split(";")[0]).lower().replace("general", "")))


def _target(folder: PurePosixPath, target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else str(folder / target)
