"""Renewals: the open lines and their buckets equal an independent computation, on every engine."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import renewal_lines
import world as worlds
from cast import BOREAL, CEDRO, settle, store_in, times

from pao_core import replica, report
from pao_core.access import AccessDenied, Viewer
from pao_core.charts.due import BUCKET_ENDS
from pao_core.filters import Filters
from pao_core.locale.words import BUCKETS
from pao_core.renewals import buckets, lines, renewals
from pao_core.store.engine import Store

TODAY = date(2026, 11, 24)


def every_open_line(_world: worlds.World, _filters: Filters, _today: date, _line: dict[str, Any]) -> bool:
    return True


def test_it_equals_plain_python_read_through_duckdb(store: Store) -> None:
    people, world = settle(store), worlds.make(31)
    world.write(store)
    renewal_lines.check(renewals, world, people, times(100, 2_500), seed=41, chosen=every_open_line)


def test_it_equals_plain_python_read_on_postgresql(tmp_path: Path, postgresql_url: str) -> None:
    store = store_in(tmp_path, PAO_DATABASE_URL=postgresql_url, PAO_ANALYTICS_URL=postgresql_url)
    people, world = settle(store), worlds.make(32)
    world.write(store)
    renewal_lines.check(renewals, world, people, times(40, 1_000), seed=42, chosen=every_open_line)
    replica.forget(store)
    store.dispose()
