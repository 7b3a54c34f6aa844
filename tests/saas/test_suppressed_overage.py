"""Suppressed overage equals an independent computation, on every engine; what it would have cost, and to whom that is told."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import counted
import pytest
import subscription_rows as plain
import world as worlds
from cast import settle, times
from sqlalchemy import update
from subscription_rows import TODAY, held, lay, listed, rows_of, used

from pao_core import report
from pao_core.access import AccessDenied, Viewer
from pao_core.filters import Filters
from pao_core.saas import suppressed_overage
from pao_core.store.engine import Store
from pao_core.store.schema import memberships


def check(world: worlds.World, people: dict[str, Viewer], rounds: int, seed: int) -> None:
    counted.check(suppressed_overage, world, people, rounds, seed, listed=plain.overage, measured=plain.overage_measured, todays=plain.TODAYS,
                  more=plain.more_filters, currency="summed_in", apart=("rate", "rate_date"))


def test_it_equals_plain_python_read_through_duckdb(store: Store) -> None:
    people, world = settle(store), plain.make(81)
    world.write(store)
    check(world, people, times(100, 2_500), seed=102)


def test_it_equals_plain_python_read_on_postgresql(direct_store: Store) -> None:
    people, world = settle(direct_store), plain.make(83)
    world.write(direct_store)
    check(world, people, times(40, 1_000), seed=104)


@pytest.mark.parametrize(("start", "end", "state"), [
    (date(2026, 10, 31), None, "listed"), (date(2026, 11, 1), None, "unlisted"), (date(2026, 1, 1), date(2026, 10, 31), "unlisted"),
    (date(2026, 1, 1), date(2026, 11, 1), "listed"),
])
def test_the_price_of_an_overage_is_that_of_the_last_day_of_its_period(sqlite_store: Store, start: date, end: date | None, state: str) -> None:
    ana = lay(sqlite_store, subscriptions=[held(1)], usage=[used(1, 13, overage_quantity=Decimal("2.5"), suppressed=True)],
              prices=[listed("V1", "1.335", start, end), listed("V1", "9", start, end, "USD")])
    (row,) = rows_of(suppressed_overage, ana)
    told = (Decimal("3.34"), "BRL", Decimal("0.25")) if state == "listed" else (None, None, Decimal("0.25"))  # 3.3375, half up
    assert (row["overage_price"], (row["amount"], row["currency"], row["overage_share"])) == (state, told)


def test_without_the_right_to_price_files_no_amount_is_told_and_why(store: Store) -> None:
    lay(store, subscriptions=[held(1)], usage=[used(1, 13, overage_quantity=Decimal(3), suppressed=True)], prices=[listed("V1", "2", TODAY, None)])
    with store.writing("test") as writing:
        writing.connection.execute(update(memberships).values(privileges={"reporting": "view"}))
    ana = Viewer.of_email(store, "ana@boreal.example")
    (row,) = rows_of(suppressed_overage, ana, in_currency="EUR")
    assert (row["overage_price"], row["amount"], row["currency"], row["amount_in"]) == ("no_right", None, None, None)
    found = report.run(suppressed_overage, ana, Filters(), today=TODAY, by="customer")
    assert [(row["lines"], row["currency"], row["amount"]) for row in (*found.rows, *found.totals)] == [(1, None, None)] * 2


@pytest.mark.parametrize("more", [{"suppressed": False}, {"suppressed": None}, {"overage_quantity": Decimal(0)}, {"overage_quantity": None}])
def test_what_was_billed_and_what_is_no_overage_is_left_out(sqlite_store: Store, more: dict[str, Any]) -> None:
    ana = lay(sqlite_store, subscriptions=[held(1)], usage=[used(1, 13, **{"overage_quantity": Decimal(3), "suppressed": True} | more)])
    assert rows_of(suppressed_overage, ana) == []


def test_it_takes_the_right_to_reports(sqlite_store: Store) -> None:
    dora = settle(sqlite_store)["dora"]
    with pytest.raises(AccessDenied):
        report.run(suppressed_overage, dora, Filters(), today=TODAY)
