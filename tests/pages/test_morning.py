"""An account manager's morning, on a wide and on a narrow screen: from the overdue tile to a customer's inventory and back."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from browser import Served, pick, settled, sign_in, viewer
from playwright.sync_api import Page, expect

from pao_core.filters import Filters
from pao_core.renewals import renewals
from pao_core.report import run

BRUNO = 3  # has a portfolio of his own
Tab = Callable[..., Page]


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (400, True)])
def test_from_the_overdue_tile_through_a_line_to_the_inventory_and_back_with_the_filters_kept(
    served: Served, tab: Tab, width: int, dark: bool,
) -> None:
    page, bruno = tab(width=width, dark=dark), viewer(served, BRUNO)
    mine = {"account-manager": [bruno.email], "due": ["overdue"]}
    filters, _problems = Filters.from_params(mine)
    late = run(renewals, bruno, filters, today=bruno.store.settings.today(), form="detail", totals=False).rows
    sign_in(page, served, who=BRUNO)
    page.get_by_role("link", name="Resolve").click()
    expect(page.locator("h1")).to_have_text("Renewals")
    page.wait_for_url("**due=overdue**")
    assert asked(page) == mine

    panel = page.get_by_test_id("stDialog")
    pick(page.get_by_test_id("stDataFrame").first, panel, x=200)
    expect(panel).to_contain_text(late[0]["customer_name"])
    panel.get_by_role("link", name="Open customer").click()
    expect(page.locator("h1")).to_have_text(late[0]["customer_name"])
    page.get_by_role("tab", name="Inventory").click()
    page.wait_for_url("**tab=inventory**")
    expect(page.get_by_role("tabpanel").get_by_test_id("stDataFrame").first).to_be_visible()
    settled(page)
    expect(page.get_by_test_id("stAlert")).to_have_count(0)
    page.go_back()
    expect(page.get_by_role("tab", name="Overview")).to_have_attribute("aria-selected", "true")
    page.go_back()
    expect(page.locator("h1")).to_have_text("Renewals")
    page.wait_for_url("**due=overdue**")
    assert asked(page) == mine

    stranger = tab(width=width, dark=dark)
    sign_in(stranger, served, f"/renewals?{urlsplit(page.url).query}", who=BRUNO)
    expect(stranger.locator("h1")).to_have_text("Renewals")
    expect(stranger.get_by_test_id("stMarkdown").filter(has_text="renewal line").first).to_contain_text(f"{len(late)} renewal line")
    assert asked(stranger) == mine
