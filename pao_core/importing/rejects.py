"""The rejected and the warned rows as files: the same columns as the file, with the reason."""

from __future__ import annotations

import csv
import gzip
import io
import shutil
from pathlib import Path

from pao_core.export.formulas import BETWEEN, SIGN, neutral
from pao_core.importing.bench import Bench, Sql, Whole, literal, said
from pao_core.importing.mapping import Mapped
from pao_core.locale import N_

REASON = "reason"
NUMBER = "[-+]?[0-9.,]+"
BOM = b"\xef\xbb\xbf"
SHOWN = 20


def rejected(bench: Bench, mapped: Mapped) -> bytes:
    """Gzipped CSV of the rejected rows, ready to be mended and loaded again as they are: they carry every value that was assigned, set
    or given by default, so that mending never overwrites another row. Empty when there is none."""
    return _file(bench, mapped, "problems")


def warned(bench: Bench, mapped: Mapped) -> bytes:
    """Gzipped CSV of the rows that are loaded with a warning; empty when there is none."""
    bench.run("CREATE TABLE warned AS SELECT notices.* FROM notices SEMI JOIN good USING (line)")
    return _file(bench, mapped, "warned")


def examples(bench: Bench) -> list[str]:
    """The first rejected rows' sentences, each naming its line."""
    return [sentence for (sentence,) in bench.all(f"SELECT {_sentence('problems')} FROM problems GROUP BY line ORDER BY line LIMIT {SHOWN}")]


def _file(bench: Bench, mapped: Mapped, reasons: str) -> bytes:
    if not bench.count(reasons):
        return b""
    columns = _columns(mapped)
    path = bench.work / f"{reasons}.csv"
    bench.run(f"CREATE TABLE {reasons}_said AS SELECT line, {_sentence(reasons)} AS reason FROM {reasons} GROUP BY line")
    selected = ", ".join(f"{sql} AS x{index}" for index, (_header, sql) in enumerate(columns))
    bench.run(
        f"COPY (SELECT {selected}, reason FROM {reasons}_said JOIN raw USING (line) JOIN given USING (line) "
        f"JOIN rows USING (line) ORDER BY line) "
        f"TO '{path}' (FORMAT csv, HEADER false)"
    )
    return _packed(_header([header for header, _sql in columns]), path)


def _columns(mapped: Mapped) -> list[tuple[str, str]]:
    """(header, SQL) of the file's own columns, then of those that only the options or the import itself gave."""
    by_index = {index: name for name, index in mapped.columns.items()}
    found = [(header, _cell(mapped, f"raw.c{index}", by_index.get(index))) for index, header in enumerate(mapped.headers) if header != REASON]
    for column in mapped.dataset.columns:
        assigned = column.key and not column.required
        if column.name not in mapped.columns and (column.name in mapped.given or assigned):
            found.append((column.name, _neutral(_own_value(column.name, assigned))))
    return found


def _cell(mapped: Mapped, cell: str, name: str | None) -> str:
    if name is None:
        return _neutral(cell)
    if name in mapped.fixed:
        return _neutral(f'given."t_{name}"')
    column = mapped.dataset.by_name[name]
    filled = _own_value(name, column.key and not column.required)
    return _neutral(f"CASE WHEN coalesce({cell}, '') = '' THEN {filled} ELSE {cell} END")


def _own_value(name: str, assigned: bool) -> str:
    return f'coalesce(given."t_{name}", CAST(rows."v_{name}" AS VARCHAR))' if assigned else f'given."t_{name}"'


def _neutral(text: str) -> str:
    """SQL: text that a spreadsheet would run as a formula gets an apostrophe, which an import takes off again; what came with one keeps it."""
    formula = f"regexp_matches({text}, '^{SIGN}') AND NOT regexp_full_match({text}, '{NUMBER}')"
    within = literal(f'([{BETWEEN}])("*{SIGN})')
    return f"CASE WHEN {formula} THEN '''' ELSE '' END || regexp_replace({text}, {within}, '\\1''\\2', 'g')"


def _sentence(reasons: str) -> str:
    """SQL: the line and everything that is said of it, in the order of the checks."""
    return said(N_("Line {line}: {reasons}"), line=Sql("line"), reasons=Whole(f"string_agg(reason, ' ' ORDER BY {reasons}.rowid)"))


def _header(headers: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow([*map(neutral, headers), REASON])
    return text.getvalue().encode()


def _packed(header: bytes, path: Path) -> bytes:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=6, mtime=0) as file, path.open("rb") as rows:
        file.write(BOM + header)
        shutil.copyfileobj(rows, file)
    path.unlink()
    return packed.getvalue()
