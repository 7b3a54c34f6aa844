"""The cells of one XLSX sheet as rows of text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pao_core.importing.reading import plain
from pao_core.importing.reading.unreadable import Bounds, Unreadable
from pao_core.importing.reading.xml_stream import local, parser
from pao_core.locale import N_

REFERENCE = re.compile(r"([A-Z]{1,3})[0-9]{1,10}")
PLAIN_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,29}")


class Sheet:
    """Reads a sheet's XML; cells may be written in any of the standard's ways (shared, inline, formula results)."""

    def __init__(self, shared: list[str], date_styles: set[int], since_1904: bool, bounds: Bounds) -> None:
        self._shared = shared
        self._dates = {str(style) for style in date_styles}
        self._since_1904 = since_1904
        self._bounds = bounds
        self._columns: dict[str, int] = {}
        self._rows: list[tuple[int, list[str]]] = []
        self._row = 0
        self._column = -1
        self._cells: dict[int, str] = {}
        self._kind: str | None = None
        self._style: str | None = None
        self._collecting = False
        self._texts: list[str] = []
        self._characters = 0

    def read(self, chunks: Iterable[bytes]) -> Iterator[tuple[int, list[str]]]:
        """(row number, texts) of every row that has any; a row is at least as long as the first one."""
        made = parser(self._start, self._end, self._text)
        width = 0
        for chunk in chunks:
            made.Parse(chunk, False)
            for line, cells in self._rows:
                width = width or len(cells)
                yield line, cells + [""] * (width - len(cells))
            self._rows.clear()
        made.Parse(b"", True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = local(name) if ":" in name else name
        if name == "c":
            self._column = self._column_of(attributes.get("r"))
            self._kind = attributes.get("t")
            self._style = attributes.get("s")
            self._texts, self._characters = [], 0
        elif name in ("v", "t"):
            self._collecting = True
        elif name == "row":
            self._start_row(attributes.get("r"))
        elif name == "rPh":
            # The pronunciation of a Japanese text: its own texts are not the cell's.
            self._kind = "pronunciation"

    def _end(self, name: str) -> None:
        name = local(name) if ":" in name else name
        if name in ("v", "t"):
            self._collecting = False
        elif name == "c":
            if self._texts:
                self._cells[self._column] = self._value("".join(self._texts))
        elif name == "row":
            if self._cells:
                cells = [""] * (max(self._cells) + 1)
                for column, value in self._cells.items():
                    cells[column] = value
                self._rows.append((self._row, cells))
        elif name == "rPh":
            self._kind = "inlineStr"

    def _text(self, text: str) -> None:
        if not self._collecting or self._kind == "pronunciation":
            return
        self._characters += len(text)
        if self._characters > self._bounds.cell_characters:
            raise Unreadable(N_("{file}, line {line}: a cell has more than {limit} characters."), line=self._row, limit=self._bounds.cell_characters)
        self._texts.append(text)

    def _start_row(self, given: str | None) -> None:
        row = int(given) if given and given.isascii() and given.isdigit() and len(given) < 12 else self._row + 1
        if row > self._bounds.rows + 1:
            raise Unreadable(N_("{file}: a row is numbered {line}; at most {limit} rows can be read."), line=row, limit=self._bounds.rows)
        if row <= self._row:
            raise Unreadable(N_("{file}, line {line}: the rows of the sheet are out of order."), line=row)
        self._row, self._column, self._cells = row, -1, {}

    def _column_of(self, reference: str | None) -> int:
        if reference is None:
            column = self._column + 1
        else:
            letters = reference.rstrip("0123456789")
            column = self._columns[letters] if letters in self._columns else self._learn(letters, reference)
        if column >= self._bounds.columns:
            raise Unreadable(N_("{file}, line {line}: a cell stands in column {column}; at most {limit} columns can be read."),
                             line=self._row, column=column + 1, limit=self._bounds.columns)
        return column

    def _learn(self, letters: str, reference: str) -> int:
        if not REFERENCE.fullmatch(reference):
            raise Unreadable(N_("{file}, line {line}: a cell has no place in the sheet ({reference})."), line=self._row, reference=reference[:20])
        column = 0
        for letter in letters:
            column = column * 26 + ord(letter) - 64
        self._columns[letters] = column - 1
        return column - 1

    def _value(self, text: str) -> str:
        kind = self._kind
        if kind == "s":
            return self._shared_text(text)
        if kind == "b":
            return "TRUE" if text == "1" else "FALSE"
        if kind not in (None, "n"):
            return text
        if self._style in self._dates:
            return plain.serial_date(text, self._since_1904)
        return text if PLAIN_NUMBER.fullmatch(text) else plain.number(text)

    def _shared_text(self, text: str) -> str:
        index = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
        if not 0 <= index < len(self._shared):
            raise Unreadable(N_("{file}, line {line}: a cell names a text that the workbook does not have."), line=self._row)
        return self._shared[index]
