"""Fulfillment equals an independent computation, on every engine; who is waited for, and for how long."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import counted
import pytest
import subscription_rows as plain
import world as worlds
from cast import settle, times
from subscription_rows import TODAY, asked, held, lay, rows_of

from pao_core import report
from pao_core.access import AccessDenied, Viewer
from pao_core.filters import Filters
from pao_core.saas import saas_fulfillment, subscribed
from pao_core.store.engine import Store


def check(world: worlds.World, people: dict[str, Viewer], rounds: int, seed: int) -> None:
    counted.check(saas_fulfillment, world, people, rounds, seed, listed=plain.fulfillment, measured=plain.fulfillment_measured, todays=plain.TODAYS,
                  more=plain.more_filters)


def test_it_equals_plain_python_read_through_duckdb(store: Store) -> None:
    people, world = settle(store), plain.make(81)
    world.write(store)
    check(world, people, times(100, 2_500), seed=82)


def test_it_equals_plain_python_read_on_postgresql(direct_store: Store) -> None:
    people, world = settle(direct_store), plain.make(83)
    world.write(direct_store)
    check(world, people, times(40, 1_000), seed=84)


@pytest.mark.parametrize(("status", "form", "whom"), [
    ("ordered", None, "vendor"), ("awaiting_form", None, "customer"), ("awaiting_form", {}, "customer"), ("awaiting_form", {"value": "x"}, "vendor"),
    ("awaiting_form", {"required": False}, "vendor"), ("provisioning", {}, "vendor"), ("suspended", None, "reseller"), ("active", {}, "nobody"),
    (None, {}, None),
])
def test_a_subscription_waits_for_whoever_has_to_act_next(sqlite_store: Store, status: str | None, form: dict[str, Any] | None, whom: str) -> None:
    ana = lay(sqlite_store, subscriptions=[held(1, fulfillment_status=status)], provisioning=[] if form is None else [asked(1, "Tenant", **form)])
    (row,) = rows_of(saas_fulfillment, ana)
    assert row["waits_for"] == whom
    assert row["days_since_ordered"] == (40 if status in plain.WAITING else None)


def test_the_longest_wait_and_the_mean_time_to_provision_stand_beside_the_sums(store: Store) -> None:
    ana = lay(store, subscriptions=[
        held(1, fulfillment_status="ordered"), held(2, fulfillment_status="ordered", ordered_on=TODAY - timedelta(3)),
        *(held(at, provisioned_on=TODAY - timedelta(40 - days)) for at, days in ((3, 1), (4, 2), (5, 2)))])
    found = report.run(saas_fulfillment, ana, Filters(), today=TODAY)
    assert {row["fulfillment_status"]: (row["subscriptions"], row["longest_wait"], row["mean_days"]) for row in found.rows} == {
        "active": (3, None, Decimal("1.7")), "ordered": (2, 40, None)}
    assert found.totals == [{"subscriptions": 5, "customers": 1, "waiting": 2, "waiting_for_customer": 0, "provisioned": 3,
                             "days_to_provision": 5}]


def test_the_filters_behind_a_sum_find_its_rows(sqlite_store: Store) -> None:
    people, world = settle(sqlite_store), plain.make(85)
    world.write(sqlite_store)
    walked = 0
    for by in subscribed.FILTERED:
        for row in report.run(saas_fulfillment, people["carla"], Filters(), today=TODAY, by=by).rows:
            if row[by] is not None:
                behind = subscribed.behind(people["carla"], Filters(), by, row[by])
                rows = report.run(saas_fulfillment, people["carla"], behind, today=TODAY, form="detail").rows
                assert len(rows) == row["subscriptions"], (by, row[by])
                walked += 1
    assert walked > 40
    assert subscribed.behind(people["carla"], Filters(), "waits_for", "vendor") == Filters()


def test_it_takes_the_right_to_reports(sqlite_store: Store) -> None:
    dora = settle(sqlite_store)["dora"]
    with pytest.raises(AccessDenied):
        report.run(saas_fulfillment, dora, Filters(), today=TODAY)
