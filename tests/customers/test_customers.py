"""The customer activity report equals an independent computation, on every engine."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

import world as worlds
from cast import AURORA, BOREAL, settle, times

from pao_core import report
from pao_core.access import Viewer
from pao_core.customers import customers
from pao_core.filters import Filters
from pao_core.store.engine import Store

OWN = {"carla": AURORA, "ana": BOREAL}
# A month end, the year end and a leap day among them: twelve months back is not the same day everywhere.
TODAYS = (date(2026, 11, 24), date(2025, 12, 31), date(2024, 2, 29), date(2025, 2, 28), date(2026, 8, 31))


def check(world: worlds.World, people: dict[str, Viewer], rounds: int, seed: int, *, both: bool = False) -> None:
    """Random filters, every other one for the detail, the rest for a summary; or each for `both`."""
    pick = random.Random(seed)
    for turn in range(rounds):
        name, today = pick.choice(list(OWN)), pick.choice(TODAYS)
        filters = worlds.random_filters(pick, world)
        expected = worlds.customer_rows(world, OWN[name], filters, today)
        if both or turn % 2:
            found = report.run(customers, people[name], filters, today=today, form="detail", totals=False)
            assert {tuple(row[key] for key in customers.KEYS): _measured(row) for row in found.rows} == expected, filters
            assert found.count == len(expected)
            assert {(row["reseller_site_number"], row["site_number"]): row["customer_name"] for row in found.rows} == {
                (reseller, site): worlds.customer_of(world, site, reseller, OWN[name])[1] for reseller, site, _currency in expected}
        if both or not turn % 2:
            by = pick.choice(customers.BY)
            groups = report.run(customers, people[name], filters, today=today, by=by, totals=False)
            assert {(row[by], row["currency"]): (row["sites"], row["lines"], row["amount"], row["open_renewals"])
                    for row in groups.rows} == _grouped(world, expected, by), filters


def _measured(row: dict[str, Any]) -> dict[str, Any]:
    names = ("orders", "lines", "quantity", "amount", "last_order", "amount_12_months", "points_12_months", "open_renewals")
    return {name: row[name] for name in names}


def _grouped(world: worlds.World, rows: dict[Any, dict[str, Any]], by: str) -> dict[Any, tuple[int, int, Decimal, Decimal]]:
    keys = {
        "customer": lambda site: world.sites[site]["agreement_number"] or site, "site": lambda site: site,
        "country": lambda site: world.sites[site]["country"],
        "program": lambda site: world.agreements.get(world.sites[site]["agreement_number"] or "", {}).get("program"),
    }
    groups: dict[Any, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
    for (_reseller, site, currency), row in rows.items():
        groups[keys[by](site), currency].append((site, row))
    return {
        key: (len({site for site, _row in of}), sum(row["lines"] for _site, row in of), sum((row["amount"] for _site, row in of), Decimal(0)),
              sum((row["open_renewals"] for _site, row in of), Decimal(0)))
        for key, of in groups.items()
    }


def test_it_equals_plain_python_read_through_duckdb(store: Store) -> None:
    people, world = settle(store), worlds.make(5)
    world.write(store)
    check(world, people, times(100, 2_500), seed=23 if store.on_postgresql else 21)


def test_it_equals_plain_python_read_on_postgresql(direct_store: Store) -> None:
    people, world = settle(direct_store), worlds.make(6)
    world.write(direct_store)
    check(world, people, times(40, 1_000), seed=22, both=True)


def test_totals_count_an_order_across_two_sites_once(sqlite_store: Store) -> None:
    people, world = settle(sqlite_store), worlds.make(7, lines=300)
    world.write(sqlite_store)
    lines = worlds.visible(world, BOREAL)
    expected = {currency: worlds.measures([line for line in lines if line["currency"] == currency])["orders"]
                for currency in {line["currency"] for line in lines}}
    found = report.run(customers, people["ana"], Filters(), today=TODAYS[0])
    assert {row["currency"]: row["orders"] for row in found.totals} == expected
