"""A person opens a customer, goes through its tabs, from a row to what stands behind it, and back."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_FLOOR, Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from browser import Served, pick, settled, sign_in, sign_in_by_form, viewer
from playwright.sync_api import Page, expect

from pao_core.config import Settings
from pao_core.customers import customer, dealings, inventory
from pao_core.locale import formats

Tab = Callable[..., Page]
TABS = {"Inventory": "Inventory", "Renewals": "Settled renewals", "Orders": "Order history", "Subscriptions": "Subscriptions",
        "Contacts": "Contacts", "Agreement and sites": "Sites"}


def params(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


@pytest.fixture(scope="module")
def lumiara(served: Served) -> customer.Customer:
    """The largest customer of several sites."""
    person = viewer(served)
    found = (customer.find(person, **{match.kind: match.number}) for row in customer.largest(person, person.store.settings.today())
             for match in customer.search(person, row["customer"])[:1])
    return next(one for one in found if len(one.sites) > 1)


def address(of: customer.Customer, more: str = "") -> str:
    assert of.agreement
    return f"/customer?agreement={of.agreement.number}{more}"


def test_from_the_customers_through_every_tab_to_an_order_and_back_with_the_filters_kept(served: Served, tab: Tab) -> None:
    page = tab()
    sign_in(page, served, "/customers?country=BR")
    first = page.get_by_test_id("stDataFrame").first
    pick(first, page.get_by_role("tab", name="Inventory"))
    expect(page.get_by_test_id("stMetric").first).to_contain_text("Open renewals")
    for name, heading in TABS.items():
        page.get_by_role("tab", name=name).click()
        expect(page.get_by_role("tabpanel").get_by_text(heading, exact=True).first).to_be_visible()
        settled(page)
        expect(page.get_by_test_id("stAlert")).to_have_count(0)
    page.get_by_role("tab", name="Orders").click()
    page.wait_for_url("**tab=orders**")
    pick(first, page.locator("h1", has_text="Order history"))
    assert set(params(page)) <= {"agreement", "site", "from", "to", "form"}
    page.go_back()
    page.wait_for_url("**/customer?**tab=orders**")
    expect(page.get_by_role("tab", name="Orders")).to_have_attribute("aria-selected", "true")
    while urlsplit(page.url).path != "/customers":
        page.go_back()
        settled(page)
    page.wait_for_url(lambda url: "agreement" not in url and "site" not in url)
    assert params(page) == {"country": ["BR"]}
    expect(page.get_by_text("Country/region: Brazil")).to_be_visible()


def test_a_link_to_a_tab_outlives_the_sign_in_and_holds_in_a_new_tab(served: Served, tab: Tab, lumiara: customer.Customer) -> None:
    page = tab()
    sign_in_by_form(page, served, address(lumiara, "&tab=contacts"))
    expect(page.locator("h1")).to_have_text(lumiara.name)
    other = page.context.new_page()
    other.goto(page.url)
    for one in (page, other):
        expect(one.get_by_role("tab", name="Contacts")).to_have_attribute("aria-selected", "true")
        assert params(one)["tab"] == ["contacts"]


def test_the_figures_are_those_of_the_library(served: Served, tab: Tab, lumiara: customer.Customer) -> None:
    page, person = tab(), viewer(served)
    today = Settings.from_environment({"PAO_DATA_DIR": str(served.data)}).today()
    sign_in(page, served, address(lumiara))
    done, held = dealings.dealings(person, lumiara.filters, today), inventory.coverage(person, lumiara.filters, today)
    told = page.get_by_test_id("stMetric")
    lines = sorted(done.totals(), key=lambda total: (-total["lines"], total["currency"]))
    due = next(due for due in done.due if due.currency == lines[0]["currency"])
    expect(told.nth(0)).to_contain_text(formats.compact_money(due.amount, due.currency))
    assert held.share is not None
    expect(told.nth(2)).to_contain_text(formats.percent(held.share.quantize(Decimal("0.001"), ROUND_FLOOR)))
    expect(told.nth(3)).to_contain_text(formats.number(done.points, 0))
    expect(page.get_by_role("tab", name="Orders")).to_have_text(f"Orders {formats.number(done.orders)}")


def test_a_product_opens_at_one_click_and_closes_again(served: Served, tab: Tab, lumiara: customer.Customer) -> None:
    page, person = tab(), viewer(served)
    held = inventory.coverage(person, lumiara.filters, person.store.settings.today())
    sign_in(page, served, address(lumiara))
    pick(page.get_by_test_id("stDataFrame").first, page.get_by_test_id("stDialog"), row=1)
    expect(page.get_by_test_id("stDialog")).to_contain_text(held.products[1].name)
    settled(page)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stDialog")).to_have_count(0)
    page.reload()
    settled(page)
    expect(page.get_by_test_id("stDialog")).to_have_count(0)


def test_a_site_opens_its_agreement_and_one_click_more_shows_the_site_alone(served: Served, tab: Tab, lumiara: customer.Customer) -> None:
    page, site = tab(), lumiara.sites[-1]
    sign_in(page, served, f"/customer?site=000{site.number}")
    expect(page.locator("h1")).to_have_text(lumiara.name)
    whole = page.get_by_role("tab", name="Orders").inner_text()
    page.get_by_role("link", name="Only this site").click()
    page.wait_for_url("**agreement=**")
    assert params(page)["site"] == [site.number]
    expect(page.get_by_role("tab", name="Orders")).not_to_have_text(whole)
    page.get_by_role("link", name=f"All {len(lumiara.sites)} sites").click()
    expect(page.get_by_role("tab", name="Orders")).to_have_text(whole)


def test_a_renewal_line_opens_its_panel_in_place(served: Served, tab: Tab, lumiara: customer.Customer) -> None:
    page = tab()
    sign_in(page, served, address(lumiara, "&tab=renewals"))
    pick(page.get_by_test_id("stDataFrame").first, page.get_by_test_id("stDialog"))
    expect(page.get_by_test_id("stDialog")).to_contain_text(lumiara.name)
    expect(page.get_by_test_id("stDialog")).to_contain_text("Why this date")


def test_an_unknown_customer_is_said_so_with_the_nearest_and_a_search(served: Served, tab: Tab, lumiara: customer.Customer) -> None:
    page = tab()
    assert lumiara.agreement
    mistyped = f"{lumiara.agreement.number[:-1]}X"
    sign_in(page, served, f"/customer?agreement={mistyped}")
    expect(page.get_by_text(f"There is no customer {mistyped} among those whose rows you see.")).to_be_visible()
    page.get_by_placeholder("Agreement, site number or name").fill(lumiara.name)
    page.keyboard.press("Enter")
    page.get_by_role("link", name=f"Agreement {lumiara.agreement.number}").click()
    expect(page.locator("h1")).to_have_text(lumiara.name)
