"""Entitlements equal an independent computation, on every engine; and a person finds what is used beyond its right, and enters what is deployed."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import holdings
from browser import Served, pick, sign_in, viewer
from cast import times
from playwright.sync_api import Page, expect

from pao_core.customers import deployment, entitlements, levels_and_points
from pao_core.customers.deployment import Key
from pao_core.filters import Filters
from pao_core.locale import formats
from pao_core.report import run
from pao_core.store.engine import Store

RAFAEL = 1  # the primary contact of a reseller


def test_it_equals_plain_python_read_through_duckdb(store: Store) -> None:
    holdings.check(store, entitlements, 71, times(100, 2_500), 78 if store.on_postgresql else 71)


def test_it_equals_plain_python_read_on_postgresql(direct_store: Store) -> None:
    holdings.check(direct_store, entitlements, 72, times(40, 1_000), 73)


def test_from_the_states_to_one_entitlement_whose_count_is_entered_refused_and_told_then_to_a_level(
    served: Served, tab: Callable[..., Page],
) -> None:
    page, reader = tab(), viewer(served, RAFAEL)
    today = reader.store.settings.today()
    active = run(entitlements, reader, Filters(state=("active",)), today=today, form="detail")
    sign_in(page, served, "/entitlements", RAFAEL)
    page.get_by_role("radio", name="Active").click()
    page.wait_for_url("**state=active**")
    (total,) = active.totals
    told = page.get_by_test_id("stMetric")
    expect(told.nth(1)).to_contain_text(formats.percent(total["deployed_share"]))
    expect(told.nth(2)).to_contain_text(formats.number(total["over_deployed"]))
    page.get_by_role("radio", name="Detail").click()
    page.wait_for_url("**form=detail**")
    panel, row = page.get_by_test_id("stDialog"), active.rows[0]
    pick(page.get_by_test_id("stDataFrame").last, panel)
    expect(panel).to_contain_text(row["product_name"])
    expect(panel).to_contain_text("more than entitled")
    number = panel.get_by_label("Deployed now", exact=True)
    number.fill("-3")
    panel.get_by_role("button", name="Enter").click()
    expect(panel.get_by_test_id("stAlert")).to_contain_text("What is deployed is a number from 0")
    number.fill(f"{row['quantity']:f}")
    panel.get_by_role("button", name="Enter").click()
    expect(panel).to_have_count(0)
    found = deployment.current(reader, Key(*(row[name] for name in Key._fields)))
    assert (found.deployed, found.history[0].before, found.history[0].who) == (row["quantity"], row["deployed_quantity"], reader.email)
    expect(told.nth(2)).to_contain_text(f"{formats.number(total['over_quantity'] - row['over_quantity'])} above entitled")

    near = run(levels_and_points, reader, Filters(), today=today, form="detail", limit=1).rows[0]
    page.goto(f"{served.url}/levels-and-points?form=detail")
    pick(page.get_by_test_id("stDataFrame").last, panel)
    expect(panel).to_contain_text(near["customer_name"])
    expect(panel.get_by_test_id("stMetric").nth(1)).to_contain_text(formats.number(Decimal(near["points"]), 0))
    panel.get_by_role("button", name="Open the customer").click()
    page.wait_for_url("**/customer?**")
    expect(page.locator("h1")).to_have_text(near["customer_name"])
