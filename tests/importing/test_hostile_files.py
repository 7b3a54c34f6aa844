"""Files made to harm: each is refused with one sentence, within 5 seconds and 300 MB, and the next file is read as if nothing was."""

from __future__ import annotations

import gzip
import io
import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from files import GOOD_ROWS, NAMESPACE, inline, sheet_xml, workbook_parts, written, zipped

from pao_core.config import Limits
from pao_core.importing.child import Child
from pao_core.locale import Refused

BILLION = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
EXTERNAL = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
HEAD = f'<row r="1">{inline("A1", "a")}{inline("B1", "b")}</row>'


def book(rows: str = GOOD_ROWS, before: str = "", **parts: str) -> bytes:
    return zipped(workbook_parts(sheet_xml(rows, before), **parts))


def with_doctype(part: str, doctype: str) -> bytes:
    parts = workbook_parts()
    parts[part] = f'<?xml version="1.0"?>{doctype}' + parts[part].removeprefix('<?xml version="1.0" encoding="UTF-8"?>')
    return zipped(parts)


def without_part(part: str) -> bytes:
    parts = workbook_parts()
    del parts[part]
    return zipped(parts)


def encrypted_entry() -> bytes:
    content = bytearray(book())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := content.find(signature, at + 1)) >= 0:
            content[at + offset] |= 1
    return bytes(content)


def doubled_part() -> bytes:
    content = io.BytesIO()
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(content, "w") as archive:
        for name, text in [*workbook_parts().items(), ("xl/worksheets/sheet1.xml", sheet_xml(HEAD))]:
            archive.writestr(name, text)
    return content.getvalue()


def many_parts() -> bytes:
    return zipped(workbook_parts() | {f"x/{n}": "" for n in range(6_000)}, zipfile.ZIP_STORED)


def lying_size() -> bytes:
    """A part that says it is 100 bytes long and inflates to 50 MB."""
    parts = workbook_parts()
    parts["xl/worksheets/sheet1.xml"] = sheet_xml(GOOD_ROWS) + " " * 50_000_000
    content = bytearray(zipped(parts))
    at = content.rfind(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 100)
    return bytes(content)


def shared_text_bomb() -> bytes:
    """One long text that a million cells name."""
    rows = HEAD + "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(2, 40_000))
    return book(rows, xl__sharedStrings_dot_xml=f"<sst {NAMESPACE}><si><t>{'x' * 32_000}</t></si></sst>")


def parquet(**columns: list[object]) -> bytes:
    content = io.BytesIO()
    pq.write_table(pa.table(columns), content)
    return content.getvalue()


def gzip_bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"a,b\n" and b"".join([*(packer.compress(b"\0" * 1024**2) for _ in range(size)), packer.flush()])


HOSTILE: dict[str, Callable[[], bytes]] = {
    "far cell": lambda: book(HEAD + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
    "far column in the header": lambda: book('<row r="1"><c r="ZZZ1"><v>1</v></c></row>'),
    "row 999999999": lambda: book(HEAD + '<row r="999999999"><c r="A999999999"><v>1</v></c></row>'),
    "row beyond any number": lambda: book(HEAD + f'<row r="{"9" * 400}"><c r="A1"><v>1</v></c></row><row r="1"/>'),
    "rows out of order": lambda: book(HEAD + f'<row r="5">{inline("A5", "1")}</row><row r="3">{inline("A3", "2")}</row>'),
    "reference that is no place": lambda: book(HEAD + '<row r="2"><c r="../../etc"><v>1</v></c></row>'),
    "implicit columns without end": lambda: book(HEAD + "<row>" + "<c><v>1</v></c>" * 100_000 + "</row>"),
    "entities in the sheet": lambda: with_doctype("xl/worksheets/sheet1.xml", BILLION),
    "entities in the shared strings": lambda: with_doctype("xl/sharedStrings.xml", BILLION),
    "entities in the workbook": lambda: with_doctype("xl/workbook.xml", BILLION),
    "entities in the relations": lambda: with_doctype("_rels/.rels", BILLION),
    "external entity": lambda: with_doctype("xl/worksheets/sheet1.xml", EXTERNAL),
    "zip bomb": lambda: book(HEAD + " " * 200_000_000),
    "zip bomb in a part nobody reads": lambda: zipped(workbook_parts() | {"xl/media/image1.png": "\0" * 100_000_000}),
    "more unpacked than allowed": lambda: zipped(workbook_parts() | {f"x{n}": bytes(range(256)) * 4_000 for n in range(80)}),
    "size that lies": lying_size,
    "one cell of 40 MB": lambda: book(HEAD + f'<row r="2">{inline("A2", "x" * 8_000_000)}</row>'),
    "one cell past the limit in many pieces": lambda: book(
        HEAD
        + f'<row r="2"><c r="A2" t="inlineStr"><is>{"<r><t>" + "y" * 1_000 + "</t></r>"}</is></c></row>'.replace(
            "<r><t>" + "y" * 1_000 + "</t></r>", ("<r><t>" + "y" * 1_000 + "</t></r>") * 40
        )
    ),
    "one shared text of 8 MB": lambda: book(xl__sharedStrings_dot_xml=f"<sst {NAMESPACE}><si><t>{'x' * 8_000_000}</t></si></sst>"),
    "one text in very many cells": shared_text_bomb,
    "shared text that is not there": lambda: book(HEAD + '<row r="2"><c r="A2" t="s"><v>77</v></c></row>'),
    "shared text with a negative number": lambda: book(HEAD + '<row r="2"><c r="A2" t="s"><v>-1</v></c></row>'),
    "XML cut off": lambda: zipped(workbook_parts(sheet_xml(GOOD_ROWS)[:-40])),
    "XML nested without end": lambda: book("<row>" * 500_000),
    "sheet in UTF-7": lambda: zipped(workbook_parts('<?xml version="1.0" encoding="UTF-7"?>' + sheet_xml(GOOD_ROWS)[38:])),
    "no workbook part": lambda: without_part("xl/workbook.xml"),
    "no sheet part": lambda: without_part("xl/worksheets/sheet1.xml"),
    "no relations": lambda: without_part("_rels/.rels"),
    "a zip of CSV": lambda: zipped({"data.csv": "a,b\n1,2\n"}),
    "a zip in a zip": lambda: zipped({"book.xlsx": book()}),
    "an empty zip": lambda: zipped({}),
    "too many parts": many_parts,
    "a part twice": doubled_part,
    "macros": lambda: zipped(workbook_parts() | {"xl/vbaProject.bin": "x"}),
    "encrypted entry": encrypted_entry,
    "encrypted workbook or old xls": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4_096,
    "zip cut off": lambda: book()[:-30],
    "zip with a broken checksum": lambda: book().replace(b"PK\x01\x02", b"PK\x01\x09", 1),
    "polyglot of picture and workbook": lambda: b"GIF89a\0" + book(),
    "polyglot of text and workbook": lambda: b"a,b\n1,2\n" + book(),
    "PDF": lambda: b"%PDF-1.7\n" + book(),
    "PNG": lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
    "program": lambda: b"\x7fELF" + b"\0" * 100,
    "database": lambda: b"SQLite format 3\0" + b"\0" * 100,
    "empty file": lambda: b"",
    "only blank lines": lambda: b"\n\n\n ,\n"[:3],
    "gzip bomb of zeros": lambda: gzip_bomb(600),
    "gzip in gzip": lambda: gzip.compress(gzip.compress(b"a,b\n1,2\n")),
    "gzip cut off": lambda: gzip.compress(b"a,b\n" + bytes(range(256)) * 999)[:-20],
    "gzip with rubbish behind": lambda: gzip.compress(b"a,b\n1,2\n") + b"rubbish",
    "UTF-16": lambda: "a,b\n1,2\n".encode("utf-16"),
    "UTF-16 without a mark": lambda: "a,b\n1,2\n".encode("utf-16-le"),
    "UTF-32": lambda: "a,b\n1,2\n".encode("utf-32"),
    "byte zero": lambda: b"a,b\n1,\x002\n",
    "says UTF-8 and is not": lambda: b"\xef\xbb\xbfa,b\n\xe7,2\n",
    "two encodings": lambda: "a,b\nçã,1\n".encode() + "ç,2\n".encode("cp1252"),
    "overlong UTF-8": lambda: b"a,b\n\xc0\xaf,2\n",
    "surrogates in UTF-8": lambda: b"a,b\n\xed\xa0\x80,2\n",
    "neither UTF-8 nor Windows-1252": lambda: b"a,b\n\x81\x8d,2\n",
    "quotation mark never closed": lambda: b'a,b\n"1,2\n' + b"3,4\n" * 1_000,
    "quotation mark inside": lambda: b'a,b\n"1"x,2\n',
    "one line without end": lambda: b"a,b\n" + b"x" * 60_000_000,
    "one quoted cell without end": lambda: b'a,b\n"' + b"x\n" * 20_000_000,
    "too many columns": lambda: (",".join(f"h{n}" for n in range(300)) + "\n1\n").encode(),
    "too many rows": lambda: b"a\n" + b"1\n" * 1_200_000,
    "parquet cut off": lambda: parquet(a=["1"] * 1_000)[:-40],
    "parquet of rubbish": lambda: b"PAR1" + bytes(range(256)) * 40 + b"PAR1",
    "parquet with a huge footer": lambda: b"PAR1" + b"\xff" * 64 + struct.pack("<I", 2**31 - 1) + b"PAR1",
    "parquet with nested columns": lambda: parquet(a=[{"b": 1}]),
    "parquet with a cell too long": lambda: parquet(a=["x" * 40_000]),
    "parquet of one text a million times": lambda: parquet(a=["x" * 30_000] * 12_000),
    "parquet with too many columns": lambda: parquet(**{f"c{n}": [n] for n in range(300)}),
}
LIMITS = replace(Limits(), rows=1_000_000, unpacked_bytes=300 * 1024**2)


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    with Child(LIMITS) as running:
        yield running


def test_there_are_forty_of_them() -> None:
    assert len(HOSTILE) >= 40


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused(child: Child, tmp_path: Path, name: str) -> None:
    path = written(tmp_path, HOSTILE[name](), "upload")
    child.peak_resident_bytes = 0
    started = time.monotonic()
    with pytest.raises(Refused) as refusal:
        child.read(path, tmp_path, file="the file.xlsx")
    assert time.monotonic() - started < 5
    assert child.peak_resident_bytes < 300 * 1024**2
    assert child.unforeseen is None
    assert str(refusal.value).startswith("the file.xlsx")
    assert "Traceback" not in str(refusal.value)
    assert child.read(written(tmp_path, "a,b\n1,2\n", "good"), tmp_path, file="good").rows == 1


def test_a_file_larger_than_allowed_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with Child(replace(LIMITS, file_bytes=1024**2)) as own, pytest.raises(Refused, match="larger than 1 MB"):
        own.read(written(tmp_path, b"x" * (1024**2 + 1)), tmp_path, file="file.csv")


def test_a_child_that_dies_or_takes_too_long_is_one_sentence(tmp_path: Path) -> None:
    path = written(tmp_path, "a\n" + "1\n" * 900_000)
    with Child(replace(LIMITS, seconds=0)) as own, pytest.raises(Refused, match="took longer than 0 seconds"):
        own.read(path, tmp_path, file="file.csv")
    with Child(LIMITS) as own:

        def kill(rows: int) -> None:
            assert own._process is not None
            own._process.kill()

        with pytest.raises(Refused, match="the program that read it was stopped"):
            own.read(path, tmp_path, file="file.csv", progress=kill)


def test_a_name_is_never_a_path(tmp_path: Path) -> None:
    with Child(LIMITS) as own, pytest.raises(Refused, match=r"cannot be opened"):
        own.read(tmp_path / "missing", tmp_path, file="../../etc/passwd")
