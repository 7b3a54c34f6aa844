"""Expiring quotes: the lines and their order equal an independent computation, on every engine."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import renewal_lines
import world as worlds
from cast import settle, times
from renewal_lines import lay, line

from pao_core import report
from pao_core.filters import Filters
from pao_core.renewals import expiring_quotes
from pao_core.store.engine import Store

TODAY = date(2026, 11, 24)


def expires(_world: worlds.World, filters: Filters, today: date, of: dict[str, Any]) -> bool:
    day = of["quote_expires"]
    return day is not None and 0 <= renewal_lines.days_to(day, today) <= (filters.window or 30)


def test_it_equals_plain_python_read_through_duckdb(store: Store) -> None:
    people, world = settle(store), worlds.make(81, lines=1_500)
    world.write(store)
    renewal_lines.check(expiring_quotes, world, people, times(100, 2_500), seed=93 if store.on_postgresql else 91, chosen=expires)


def test_it_equals_plain_python_read_on_postgresql(direct_store: Store) -> None:
    people, world = settle(direct_store), worlds.make(82, lines=1_500)
    world.write(direct_store)
    renewal_lines.check(expiring_quotes, world, people, times(40, 1_000), seed=92, chosen=expires, both=True)


def test_the_window_holds_today_and_its_last_day_and_no_quote_without_a_day(sqlite_store: Store) -> None:
    days = [*(TODAY + timedelta(days) for days in (-1, 0, 7, 8)), None]
    people = lay(sqlite_store, *(line(at, TODAY, quote_expires=day) for at, day in enumerate(days, start=1)))
    found = report.run(expiring_quotes, people["ana"], Filters(window=7), today=TODAY, form="detail")
    assert [row["quote_expires"] for row in found.rows] == days[1:3]
