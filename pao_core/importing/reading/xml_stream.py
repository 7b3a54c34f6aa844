"""XML in chunks through expat, without document types."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from xml.parsers import expat

from pao_core.importing.reading.unreadable import Unreadable
from pao_core.locale import N_

Start = Callable[[str, dict[str, str]], Any]


def parser(start: Start, end: Callable[[str], Any] | None = None, text: Callable[[str], Any] | None = None) -> expat.XMLParserType:
    """A parser with these handlers that refuses a document type: only that can declare entities."""
    made = expat.ParserCreate()
    made.buffer_text = True
    made.StartElementHandler = start
    made.EndElementHandler = end
    made.CharacterDataHandler = text
    made.StartDoctypeDeclHandler = _refuse
    return made


def parse(chunks: Iterable[bytes], start: Start, end: Callable[[str], Any] | None = None, text: Callable[[str], Any] | None = None) -> None:
    """Feed all of the XML to the handlers."""
    made = parser(start, end, text)
    for chunk in chunks:
        made.Parse(chunk, False)
    made.Parse(b"", True)


def local(name: str) -> str:
    """An element's or attribute's name without its prefix."""
    return name.rpartition(":")[2]


def _refuse(*_: object) -> None:
    raise Unreadable(N_("{file}: its XML declares a document type, which no workbook does. It is not read."))
