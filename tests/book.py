"""A demonstration of ten thousand order lines as plain rows, for tests that read them without the product."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Table, select

from pao_core.store.engine import Store
from pao_core.store.schema import metadata

TODAY = date(2026, 11, 24)
BOOK_LINES = 10_000
Row = dict[str, Any]


def rows(store: Store, table: Table) -> list[Row]:
    """The rows of a table without what every load draws anew."""
    with store.reading() as connection:
        found = connection.execute(select(table)).mappings()
        return [{name: value for name, value in row.items() if name not in ("id", "txn")} for row in found]


class Book:
    """The rows of every table of a store that only tests read."""

    def __init__(self, store: Store) -> None:
        self.store = store

    @cache  # noqa: B019 - one book lives as long as its tests
    def of(self, name: str) -> list[Row]:
        """All rows of a table."""
        return rows(self.store, metadata.tables[name])

    @cache  # noqa: B019
    def by(self, name: str, *key: str) -> dict[tuple[Any, ...], Row]:
        """The rows of a table by columns that identify them."""
        found = {tuple(row[column] for column in key): row for row in self.of(name)}
        assert len(found) == len(self.of(name)), f"{key} identify no row of {name}"
        return found

    def part(self, row: Row) -> Row:
        """The part of a row."""
        return self.by("parts", "part_number")[row["part_number"],]

    def site(self, row: Row) -> Row:
        """The site of a row."""
        return self.by("sites", "site_number")[row["site_number"],]

    def agreement(self, row: Row) -> Row | None:
        """The agreement of a row's site, if it has one."""
        return self.by("agreements", "agreement_number").get((self.site(row)["agreement_number"],))


def grouped(found: Iterable[Row], key: Callable[[Row], Any]) -> dict[Any, list[Row]]:
    """The rows by what `key` says of each."""
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in found:
        groups[key(row)].append(row)
    return groups
