"""What kind of file it is, by its content, and gunzipped under limits; a file's name says nothing here."""

from __future__ import annotations

import gzip
from pathlib import Path

from pao_core.importing.reading.unreadable import Bounds, Unreadable
from pao_core.locale import N_

CHUNK = 1024**2
# A compressed table shrinks 5 to 40 times; what grows a hundredfold past this size is a bomb.
SUSPECT_BYTES = 10 * 1024**2
SUSPECT_RATIO = 100
KINDS = {b"PK\x03\x04": "workbook", b"PAR1": "parquet"}
FOREIGN = {
    b"\xd0\xcf\x11\xe0": N_("{file}: an encrypted workbook or an old .xls. Save it as .xlsx without a password."),
    b"%PDF": N_("{file}: a PDF, not a table. Export the table as CSV or XLSX."),
    b"\x89PNG": N_("{file}: a picture, not a table."),
    b"\x7fELF": N_("{file}: a program, not a table."),
    b"MZ": N_("{file}: a program, not a table."),
    b"PK\x05\x06": N_("{file}: an empty archive, not a workbook."),
    b"SQLite format 3": N_("{file}: a database, not a table. Export the table as CSV."),
}


def content(path: Path, work: Path, bounds: Bounds) -> tuple[str, Path]:
    """(`workbook`, `parquet` or `csv`; the path of the unpacked content)."""
    head = _head(path)
    if head.startswith(b"\x1f\x8b"):
        path = _gunzipped(path, work / "unpacked", bounds)
        head = _head(path)
        if head.startswith(b"\x1f\x8b"):
            raise Unreadable(N_("{file}: compressed twice. Compress it once, or not at all."))
    if not head:
        raise Unreadable(N_("{file}: the file is empty."))
    for magic, sentence in FOREIGN.items():
        if head.startswith(magic):
            raise Unreadable(sentence)
    kind = next((kind for magic, kind in KINDS.items() if head.startswith(magic)), "csv")
    if kind == "csv" and path.stat().st_size > bounds.unpacked_bytes:
        raise too_big(bounds)
    return kind, path


def too_big(bounds: Bounds) -> Unreadable:
    return Unreadable(N_("{file}: unpacks to more than {limit} MB. Split the file."), limit=bounds.unpacked_bytes // CHUNK)


def bomb() -> Unreadable:
    return Unreadable(N_("{file}: unpacks to more than a hundred times its size, as no table does. It is not read."))


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(16)


def _gunzipped(path: Path, to: Path, bounds: Bounds) -> Path:
    packed, size = path.stat().st_size, 0
    with gzip.open(path, "rb") as source, to.open("wb") as target:
        while chunk := source.read(CHUNK):
            size += len(chunk)
            if size > bounds.unpacked_bytes:
                raise too_big(bounds)
            if size > SUSPECT_BYTES and size > SUSPECT_RATIO * packed:
                raise bomb()
            target.write(chunk)
    return to
