"""Reports, checked against rows computed in plain Python: every row and column, count, total and default order."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from types import ModuleType
from typing import Any

import world as worlds
from cast import AURORA, BOREAL

from pao_core import report
from pao_core.access import Viewer
from pao_core.filters import Filters

OWN = {"carla": AURORA, "ana": BOREAL}
# In the order of days, not of letters.
BUCKETS = ("late-181", "late-121-180", "late-91-120", "late-61-90", "late-31-60", "late-1-30", "overdue", "0-30", "31-60", "61-90", "91-120",
           "121-180", "later")
Row = dict[str, Any]
# The detail rows that a report must give; and what it must count of some of them.
Listed = Callable[[worlds.World, str, Filters, date], list[Row]]
Measured = Callable[[list[Row]], Row]


def in_order(rows: list[Row], sort: str, keys: tuple[str, ...]) -> list[Row]:
    """The rows by a column, "-" for falling, and then by their key; nulls are last, whichever way."""
    name, falling = sort.removeprefix("-"), sort.startswith("-")
    by_key = sorted(rows, key=lambda row: tuple((row[key] is None, row[key] or "") for key in keys))
    known = [(BUCKETS.index(row[name]) if name == "bucket" else row[name], row) for row in by_key if row[name] is not None]
    there = [row for _value, row in sorted(known, key=lambda one: _falling(one[0]) if falling else one[0])]
    return there + [row for row in by_key if row[name] is None]


class _falling:
    """A value that sorts the other way round, so that equal ones keep their order."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: _falling) -> bool:
        return bool(other.value < self.value)


def check(
    module: ModuleType, world: worlds.World, people: dict[str, Viewer], rounds: int, seed: int, *, listed: Listed, measured: Measured,
    todays: tuple[date, ...], groups_of: Callable[[Row, str], list[Any]] | None = None,
    more: Callable[[random.Random, Filters], Filters] = lambda _pick, filters: filters, currency: str | None = None, apart: tuple[str, ...] = (),
) -> None:
    """Random filters, for the distributor and for one of its resellers; every other one for the detail, the rest for a summary. `groups_of`
    says in which groups of a grouping a row counts, where that is not the one that its column names; `more` adds filters of the report's
    own; of a report with amounts, `currency` is what a row calls the one that it is summed in. The columns `apart` are checked elsewhere."""
    pick = random.Random(seed)
    found_any = 0
    for turn in range(rounds):
        name, today = pick.choice(list(OWN)), pick.choice(todays)
        filters = more(pick, worlds.random_filters(pick, world))
        expected = listed(world, OWN[name], filters, today)
        told = f"{name} {today} {filters}"
        if turn % 2:
            _check_detail(report.run(module, people[name], filters, today=today, form="detail", totals=False), expected, apart, told)
        else:
            by = pick.choice(module.BY)
            groups: dict[Any, list[Row]] = defaultdict(list)
            for row in expected:
                for key in groups_of(row, by) if groups_of else [row[by]]:
                    groups[key, row[currency] if currency else None].append(row)
            words = (by, "currency") if currency else (by,)
            wanted = [dict(zip(words, key, strict=False)) | measured([row | {"of": (by, key[0])} for row in of]) for key, of in groups.items()]
            _check_summary(report.run(module, people[name], filters, today=today, by=by), wanted, words, _totals(expected, measured, currency), told)
        found_any += bool(expected)
    assert found_any > rounds // 4, "hardly any of the filters found a row"


def _check_detail(found: report.Result, expected: list[Row], apart: tuple[str, ...], told: str) -> None:
    shown = [column.name for column in found.columns if column.name not in apart]
    ordered = in_order(expected, found.report.SORTS["detail"], found.report.KEYS)
    assert [{column: row[column] for column in shown} for row in found.rows] == [{column: row[column] for column in shown} for row in ordered], told
    assert found.count == len(expected)


def _check_summary(found: report.Result, wanted: list[Row], words: tuple[str, ...], totals: list[Row], told: str) -> None:
    given = [{column: row[column] for column in (*words, *found.report.MEASURES)} for row in found.rows]
    kinds = {column.name: column.kind for column in found.report.COLUMNS}
    default = words[0] if kinds[words[0]] in report.IN_TIME else found.report.SORTS["summary"]
    assert given == in_order(wanted, default, words), (told, words)
    assert found.count == len(wanted)
    assert found.totals == totals, told


def _totals(rows: list[Row], measured: Measured, currency: str | None) -> list[Row]:
    """What all rows come to: of a report with amounts in each currency, the one without any last."""
    if currency is None:
        return [measured(rows)] if rows else []
    codes = sorted({row[currency] for row in rows}, key=lambda code: (code is None, code or ""))
    return [{"currency": code} | measured([row for row in rows if row[currency] == code]) for code in codes]
