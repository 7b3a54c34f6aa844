"""The machine format: UTF-8 with BOM, comma, point, ISO dates, canonical headers, the same in every language.

A text that begins with a formula sign (or with apostrophes and one) has an apostrophe before it, and so has a sign within it where a program
that splits elsewhere would begin a cell; taking them off gives the original back (`pao_core.export.formulas`). Numbers and dates are never
changed: -5 stays -5.

Rows of Python values are written one by one (`table_csv`). Columns of Arrow become columns of fields (`texts`, `decimals`,
`words`) and are joined (`columns_csv`): the same bytes in a fraction of the time, for no cell becomes a Python value.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pao_core.export import Column
from pao_core.export.formulas import BETWEEN, DANGEROUS, SIGNS, neutral

EXACT_DECIMALS = 6  # with more, Arrow writes a small number with an exponent
_JOINED = 100_000  # rows at a time: a column of text has less than two gigabytes
_QUOTED = '[",\r\n]'  # what the writer of `csv` puts quotes around


def table_csv(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The rows under their canonical headers; an absent value is an empty field."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([neutral(column.name) for column in columns])
    writer.writerows(zip(*(_cells([row.get(column.name) for row in rows]) for column in columns), strict=True))
    return text.getvalue().encode("utf-8-sig")


def _cells(values: Sequence[Any]) -> Sequence[Any]:
    """A column as text. Most columns hold one type, whose form is then looked up once."""
    kinds = set(map(type, values)) - {type(None)}
    if kinds == {str}:
        different = {value for value in set(values) if value}
        whole = "".join(different)
        looked = different if any(sign in whole for sign in BETWEEN) else [value for value in different if value[0] in SIGNS]
        stopped = {value: neutral(value) for value in looked}
        return [stopped.get(value, value) for value in values] if stopped else values
    if len(kinds) == 1 and (form := _FORMS.get(kinds.pop())):
        return [None if value is None else form(value) for value in values]  # the writer leaves None empty
    return [plain(value) for value in values]


_FORMS: dict[type, Callable[[Any], str]] = {
    str: neutral, Decimal: lambda value: f"{value:f}", int: str, float: repr, date: date.isoformat,
    bool: lambda yes: "true" if yes else "false", type(None): lambda _nothing: "",
}


def plain(value: Any) -> str:
    """One value as the machine format writes it."""
    form = _FORMS.get(type(value))
    return form(value) if form else neutral(str(value))


def columns_csv(names: Sequence[str], fields: Sequence[pa.Array]) -> bytes:
    """Columns of fields under their canonical headers, two or more; a null is an empty field."""
    file = io.BytesIO()
    file.write(codecs.BOM_UTF8 + ",".join(_quoted(neutral(name)) for name in names).encode() + b"\r\n")
    for start in range(0, len(fields[0]), _JOINED):
        lines = pc.binary_join_element_wise(*(field.slice(start, _JOINED) for field in fields), ",", null_handling="replace")
        ended = pc.binary_join_element_wise(lines, "", "\r\n")
        file.write(memoryview(ended.buffers()[2])[:pc.sum(pc.binary_length(ended)).as_py()])  # the lines lie there one after the other
    return file.getvalue()


def texts(values: pa.Array) -> pa.Array:
    """A column of text as fields. Each different text is looked at once, and few are written otherwise than they are."""
    known = values.dictionary_encode()
    apart = pc.match_substring_regex(known.dictionary, f"{DANGEROUS}|{_QUOTED}")
    written = pa.array([_quoted(neutral(text)) for text in known.dictionary.filter(apart).to_pylist()], values.type)
    return pc.replace_with_mask(known.dictionary, apart, written).take(known.indices)


def decimals(values: pa.Array, places: int) -> pa.Array:
    """Whole numbers of 10**-places as fields with so many decimals, at most EXACT_DECIMALS."""
    whole = values.cast(pa.decimal128(38, 0))
    exact = pa.Array.from_buffers(pa.decimal128(38, places), len(whole), whole.buffers(), offset=whole.offset)
    return exact.cast(pa.string())


def words(values: pa.Array, meaning: Callable[[Any], Any]) -> pa.Array:
    """A column of few different values as fields; `meaning` gives what one stands for."""
    known = values.dictionary_encode()
    written = [_quoted(plain(meaning(value))) for value in known.dictionary.to_pylist()]
    return pa.array(written, pa.string()).take(known.indices)


def _quoted(text: str) -> str:
    """A text as it stands between commas."""
    return '"' + text.replace('"', '""') + '"' if re.search(_QUOTED, text) else text
