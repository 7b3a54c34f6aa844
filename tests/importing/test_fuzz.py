"""Random damage: whatever the bytes, the child answers with a table or a sentence, and never by an error of its own."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cast import times
from files import GOOD_ROWS, sheet_xml, workbook_parts, zipped

from pao_core.config import Limits
from pao_core.importing.child import Child
from pao_core.locale import Refused

CSV = "número;nome;preço\n" + "".join(f'{n};"Cliente ""{n}"" çã";1.234,{n % 100:02}\n' for n in range(40))
PIECES = ['"', ";", ",", "\n", "\r", "\0", "\ufeff", "é", "=1+1", "9" * 50, "sep=;\n", "1E5", "\u202e", " ", "\x85"]
XML_PIECES = [
    "<",
    ">",
    "</row>",
    "<row>",
    '<c r="',
    '"',
    "&#0;",
    "&amp;",
    "<!DOCTYPE x>",
    "]]>",
    "<v>",
    "</v>",
    ' r="9999999999"',
    ' t="s"',
    "\0",
    "é",
]


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    with Child(Limits()) as running:
        yield running


def damaged(chance: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(changed))
        chance.choice(
            [
                lambda at=at: changed.__setitem__(at, chance.randrange(256)),
                lambda at=at: changed.__delitem__(slice(at, at + chance.randrange(30))),
                lambda at=at: changed.__setitem__(slice(at, at), changed[at : at + chance.randrange(40)]),
                lambda at=at: changed.insert(at, 0),
            ]
        )()
        if not changed:
            return b""
    return bytes(changed)


def mixed(chance: random.Random, text: str, pieces: list[str]) -> str:
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(text))
        text = text[:at] + chance.choice(pieces) + text[at + chance.choice([0, 0, 1, 20]) :]
    return text


def answered(child: Child, folder: Path, content: bytes) -> bool:
    """Whether the file could be read; asserts that the answer is one of the two that there are."""
    path = folder / "upload"
    path.write_bytes(content)
    try:
        child.read(path, folder, file="file")
    except Refused as refusal:
        assert str(refusal).startswith("file")
        read = False
    else:
        read = True
    assert child.unforeseen is None, child.unforeseen
    return read


def run(child: Child, folder: Path, count: int, seed: int, make: Callable[[random.Random], bytes]) -> None:
    read = sum(answered(child, folder, make(random.Random(seed * 1_000_003 + number))) for number in range(count))
    assert 0 < read < count, "the damage is too weak or too strong to mean anything"


def test_damaged_bytes(child: Child, tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": ["1", "2"] * 50, "b": [1.5, None] * 50}), tmp_path / "good.parquet")
    seeds = [CSV.encode(), CSV.encode("cp1252"), zipped(workbook_parts()), zipped(workbook_parts(), 0), (tmp_path / "good.parquet").read_bytes()]
    run(child, tmp_path, times(2_000, 20_000), 1, lambda chance: damaged(chance, chance.choice(seeds)))


def test_damaged_xml_inside_a_sound_archive(child: Child, tmp_path: Path) -> None:
    def make(chance: random.Random) -> bytes:
        parts = workbook_parts(sheet_xml(GOOD_ROWS))
        name = chance.choice(list(parts))
        return zipped(parts | {name: mixed(chance, parts[name], XML_PIECES)}, 0)

    run(child, tmp_path, times(500, 5_000), 2, make)


def test_damaged_csv(child: Child, tmp_path: Path) -> None:
    run(
        child,
        tmp_path,
        times(2_000, 20_000),
        3,
        lambda chance: mixed(chance, CSV, PIECES).encode(chance.choice(["utf-8", "utf-8", "utf-16", "cp1252"]), "ignore"),
    )
