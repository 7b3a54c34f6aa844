"""Fulfillment, provisioning, suppressed overage and subscription updates: each equals an independent computation, on every engine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import counted
import pytest
import subscription_rows as plain
import world as worlds
from cast import BOREAL, settle, store_in, times
from sqlalchemy import update

from pao_core import replica, report
from pao_core.access import AccessDenied, Viewer
from pao_core.filters import Filters
from pao_core.renewals import subscription_updates
from pao_core.saas import saas_data_elements, saas_fulfillment, subscribed, suppressed_overage
from pao_core.store.engine import Store
from pao_core.store.schema import memberships

TODAY = date(2026, 11, 24)
REPORTS: dict[Any, tuple[Callable[..., Any], Callable[..., Any]]] = {
    saas_fulfillment: (plain.fulfillment, plain.fulfillment_measured), saas_data_elements: (plain.elements, plain.elements_measured),
    suppressed_overage: (plain.overage, plain.overage_measured), subscription_updates: (plain.updates, plain.updates_measured),
}


def check(world: worlds.World, people: dict[str, Viewer], rounds: int, seed: int) -> None:
    """Each of the reports, under as many random filter sets."""
    for module, (listed, measured) in REPORTS.items():
        money = {"currency": "summed_in", "apart": ("rate", "rate_date")} if module is suppressed_overage else {}
        counted.check(module, world, people, rounds, seed, listed=listed, measured=measured, todays=plain.TODAYS, more=plain.more_filters, **money)


def test_they_equal_plain_python_read_through_duckdb(store: Store) -> None:
    people, world = settle(store), plain.make(81)
    world.write(store)
    check(world, people, times(100, 2_500), seed=82)


def test_they_equal_plain_python_read_on_postgresql(tmp_path: Path, postgresql_url: str) -> None:
    store = store_in(tmp_path, PAO_DATABASE_URL=postgresql_url, PAO_ANALYTICS_URL=postgresql_url)
    people, world = settle(store), plain.make(83)
    world.write(store)
    check(world, people, times(40, 1_000), seed=84)
    replica.forget(store)
    store.dispose()


# -- single answers ---------------------------------------------------------------------------------------------------
def held(number: int, **more: Any) -> dict[str, Any]:
    """A subscription of Boreal's to ten, ordered forty days ago, that runs for another hundred."""
    return {
        "reseller_site_number": BOREAL, "distributor_site_number": None, "subscription_number": f"S{number}", "site_number": "1", "part_number": "P1",
        "order_number": None, "ordered_on": TODAY - timedelta(40), "provisioned_on": None, "start": None, "end": TODAY + timedelta(100),
        "entitled_quantity": Decimal(10), "billing": None, "renewal_type": "automatic", "fulfillment_status": "active",
    } | more


def used(number: int, quantity: int, **more: Any) -> dict[str, Any]:
    """Its use in October."""
    return {
        "reseller_site_number": BOREAL, "distributor_site_number": None, "subscription_number": f"S{number}",
        "period_start": date(2026, 10, 1), "period_end": date(2026, 10, 31), "used_quantity": Decimal(quantity), "overage_quantity": None,
        "suppressed": None, "suppression_reason": None,
    } | more


def asked(number: int, element: str, **more: Any) -> dict[str, Any]:
    """A required element of its form, without a value."""
    return {
        "reseller_site_number": BOREAL, "distributor_site_number": None, "subscription_number": f"S{number}", "element": element, "required": True,
        "value": None, "submitted_on": None, "submitted_by": None,
    } | more


def listed(part: str, price: str, start: date, end: date | None = None, currency: str = "BRL") -> dict[str, Any]:
    return {"part_number": part, "country": "BR", "currency": currency, "price_level": "D", "effective_from": start, "effective_to": end,
            "unit_price": Decimal(price), "points": None}


def lay(store: Store, **rows: list[dict[str, Any]]) -> Viewer:
    """The rows in a store, under one site at level D and a part whose overage is V1; gives ana."""
    ana = settle(store)["ana"]
    agreement = {"agreement_number": "A", "program": "PA", "customer_name": "Lumiara", "customer_name_folded": "lumiara", "price_level": "D"}
    site = {"site_number": "1", "name": "Lumiara", "name_folded": "lumiara", "country": "BR", "agreement_number": "A"}
    parts = {number: {"part_number": number, "description": number, "product_group": "Security", "part_type": "saas", "overage_part": overage}
             for number, overage in (("P1", "V1"), ("V1", None))}
    worlds.World(agreements={"A": agreement}, sites={"1": site}, parts=parts, names={(BOREAL, "2"): "x"}, **rows).write(store)
    return ana


def rows_of(module: Any, viewer: Viewer, **filters: Any) -> list[dict[str, Any]]:
    return report.run(module, viewer, Filters(**filters), today=TODAY, form="detail").rows


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
    assert found.totals == [{"subscriptions": 5, "customers": 1, "waiting": 2, "provisioned": 3, "days_to_provision": 5}]


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


@pytest.mark.parametrize("more", [{"suppressed": False}, {"suppressed": None}, {"overage_quantity": Decimal(0)}, {"overage_quantity": None}])
def test_what_was_billed_and_what_is_no_overage_is_left_out(sqlite_store: Store, more: dict[str, Any]) -> None:
    ana = lay(sqlite_store, subscriptions=[held(1)], usage=[used(1, 13, **{"overage_quantity": Decimal(3), "suppressed": True} | more)])
    assert rows_of(suppressed_overage, ana) == []


@pytest.mark.parametrize(("quantity", "choice"), [(None, "unknown"), (11, "grow"), (10, "keep"), (5, "keep"), (4, "shrink"), (0, "stop")])
def test_the_use_of_the_last_period_speaks_for_a_choice_at_the_end(sqlite_store: Store, quantity: int | None, choice: str) -> None:
    earlier = used(1, 99, period_start=date(2026, 9, 1)) if quantity is not None else None
    to_come = used(1, 99, period_start=TODAY + timedelta(1))
    usage = [to_come, *([earlier, used(1, quantity)] if earlier and quantity is not None else [])]
    ana = lay(sqlite_store, subscriptions=[held(1)], usage=usage)
    (row,) = rows_of(subscription_updates, ana)
    assert (row["end_choice"], row["days_to_end"], row["effective_on"]) == (choice, 100, TODAY + timedelta(101))


@pytest.mark.parametrize(("direction", "days"), [(None, [0, 180]), ("last", [-180, 0])])
def test_the_window_holds_its_first_and_its_last_day(sqlite_store: Store, direction: str | None, days: list[int]) -> None:
    ana = lay(sqlite_store, subscriptions=[held(at, end=TODAY + timedelta(end)) for at, end in enumerate((-181, -180, 0, 180, 181))])
    assert [row["days_to_end"] for row in rows_of(subscription_updates, ana, direction=direction)] == days


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


def test_they_take_the_right_to_reports(sqlite_store: Store) -> None:
    dora = settle(sqlite_store)["dora"]
    for module in REPORTS:
        with pytest.raises(AccessDenied):
            report.run(module, dora, Filters(), today=TODAY)
