"""CSV: `,` or `;`, UTF-8 with or without BOM, or Windows-1252; everything stays text."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from pao_core.importing.reading.text_table import TextTable
from pao_core.importing.reading.unpack import CHUNK
from pao_core.importing.reading.unreadable import Bounds, Unreadable
from pao_core.locale import N_

# What UTF-8 looks like, overlong forms and surrogates included, and the bytes that Windows-1252 leaves undefined.
MULTIBYTE = re.compile(rb"[\xc0-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
UNDEFINED = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
# Excel's own first line that names the delimiter.
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\r?\n?', re.IGNORECASE)


def read(path: Path, out: Path, bounds: Bounds, progress: Callable[[int], None]) -> TextTable:
    """Write the table to `out`. Raises Unreadable with the line."""
    encoding = _encoding(path)
    csv.field_size_limit(bounds.cell_characters)
    with path.open("rb") as raw:
        # A line is read whole before it is split: no line may be longer than a row of full cells.
        longest = bounds.cell_characters * 8
        lines = _lines(io.TextIOWrapper(raw, encoding=encoding, newline=""), longest)
        delimiter = _delimiter(path, encoding)
        return _table(csv.reader(lines, delimiter=delimiter, strict=True), delimiter, out, bounds, progress)


def _table(reader: Iterator[list[str]], delimiter: str, out: Path, bounds: Bounds, progress: Callable[[int], None]) -> TextTable:
    table: TextTable | None = None
    line = 1
    try:
        for row in reader:
            following = reader.line_num + 1  # type: ignore[attr-defined]
            if table is None:
                if any(row) and not SEPARATOR_LINE.fullmatch(delimiter.join(row)):
                    table = TextTable(out, _headers(row), bounds, progress)
            elif not table.add(line, row):
                break
            line = following
    except csv.Error as error:
        raise _csv_refusal(str(error), line, bounds) from error
    if table is None:
        raise Unreadable(N_("{file}: no header row."))
    table.close()
    return table


def _headers(row: list[str]) -> list[str]:
    while row and not row[-1].strip():
        row = row[:-1]
    return [cell.strip() for cell in row]


def _csv_refusal(error: str, line: int, bounds: Bounds) -> Unreadable:
    if "field limit" in error:
        return Unreadable(N_("{file}, line {line}: a cell has more than {limit} characters."), line=line, limit=bounds.cell_characters)
    if "unexpected end of data" in error:
        return Unreadable(N_('{file}, line {line}: a quotation mark (") is opened here and never closed.'), line=line)
    return Unreadable(N_('{file}, line {line}: a quotation mark (") stands inside a cell that is not quoted as CSV asks.'), line=line)


def _lines(text: io.TextIOWrapper, longest: int) -> Iterator[str]:
    number = 0
    while line := text.readline(longest):
        number += 1
        if len(line) == longest:
            raise Unreadable(N_("{file}, line {line}: longer than {limit} characters; no table has such lines."), line=number, limit=longest)
        yield line


def _delimiter(path: Path, encoding: str) -> str:
    with path.open("rb") as raw:
        text = io.TextIOWrapper(raw, encoding=encoding, newline="")
        for _ in range(100):
            line = text.readline(CHUNK)
            if named := SEPARATOR_LINE.fullmatch(line):
                return named[1] if named[1] in ",;" else ","
            if line.strip() or not line:
                break
    unquoted = re.sub(r'"[^"]*"', "", line)
    return ";" if unquoted.count(";") > unquoted.count(",") else ","


def _encoding(path: Path) -> str:
    with path.open("rb") as raw:
        head = raw.read(4)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise Unreadable(N_("{file}: encoded in UTF-16. Save it as “CSV UTF-8”."))
    wrong = _first_not_utf8(path)
    if wrong is None:
        return "utf-8-sig"
    if head.startswith(codecs.BOM_UTF8):
        raise Unreadable(N_("{file}, line {line}: not UTF-8, though the file says it is. Save it as “CSV UTF-8”."), line=wrong)
    _check_windows_1252(path, wrong)
    return "cp1252"


def _first_not_utf8(path: Path) -> int | None:
    """The line of the first byte that is not UTF-8. Raises Unreadable for a byte zero: then it is no text at all."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    with path.open("rb") as raw:
        while True:
            chunk = raw.read(CHUNK)
            if (zero := chunk.find(b"\0")) >= 0:
                raise Unreadable(
                    N_("{file}, line {line}: not a text file (it has a byte zero). CSV, XLSX and Parquet can be read."),
                    line=line + chunk.count(b"\n", 0, zero),
                )
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return line + chunk.count(b"\n", 0, max(0, error.start))
            if not chunk:
                return None
            line += chunk.count(b"\n")


def _check_windows_1252(path: Path, wrong: int) -> None:
    line = 1
    with path.open("rb") as raw:
        while chunk := raw.read(CHUNK):
            if b"\0" in chunk:
                raise Unreadable(N_("{file}, line {line}: not a text file (it has a byte zero). CSV, XLSX and Parquet can be read."),
                                 line=line + chunk.count(b"\n", 0, chunk.find(b"\0")))
            if bad := UNDEFINED.search(chunk):
                raise Unreadable(N_("{file}, line {line}: neither UTF-8 nor Windows-1252. Save it as “CSV UTF-8”."),
                                 line=line + chunk.count(b"\n", 0, bad.start()))
            if MULTIBYTE.search(chunk):
                # Read as Windows-1252 its UTF-8 part would become "Ã£" in the store.
                raise Unreadable(N_("{file}, line {line}: two encodings in one file. Save it as “CSV UTF-8”."), line=wrong)
            line += chunk.count(b"\n")
