"""End customers: their sites, contacts and what they hold equal an independent computation, on every engine."""

from __future__ import annotations

import holdings
from cast import times

from pao_core.customers import end_customers
from pao_core.store.engine import Store


def test_it_equals_plain_python_read_through_duckdb(store: Store) -> None:
    holdings.check(store, end_customers, 71, times(100, 2_500), 78 if store.on_postgresql else 71)


def test_it_equals_plain_python_read_on_postgresql(direct_store: Store) -> None:
    holdings.check(direct_store, end_customers, 72, times(40, 1_000), 73)
