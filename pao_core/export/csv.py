"""The machine format: UTF-8 with BOM, comma, point, ISO dates, canonical headers, the same in every language.

A text that begins with a formula sign (or with apostrophes and one) has an apostrophe before it; taking one off such a
text gives the original back (`pao_core.export.formulas`). Numbers and dates are never changed: -5 stays -5.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from pao_core.export import Column
from pao_core.export.formulas import SIGNS, neutral


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
        return [neutral(value) if value and value[0] in SIGNS else value for value in values]
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
