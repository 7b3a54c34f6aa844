"""A person writes down what a customer said, plans a step and finishes it, reads both on the timeline, and finds the orders both ways."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from browser import Served, settled, sign_in, viewer
from playwright.sync_api import Page, expect

from pao_core.customers import customer, notes
from pao_core.filters import Filters
from pao_core.locale import formats
from pao_core.orders import order_history
from pao_core.report import run

Tab = Callable[..., Page]
SAID = "Wants **three** years, <b>not two</b>.\nAsks for two offers."


def fill(page: Page, text: str) -> None:
    """Write into the panel and save."""
    panel = page.get_by_test_id("stDialog")
    panel.get_by_label("Text", exact=True).fill(text)
    panel.get_by_role("button", name="Save").click()
    expect(panel).to_have_count(0)
    settled(page)


def test_what_was_said_is_written_changed_and_read_again_a_step_is_finished_and_the_orders_are_found_both_ways(served: Served, tab: Tab) -> None:
    person = viewer(served)
    today = person.store.settings.today()
    found = next(one for row in customer.largest(person, today) for match in customer.search(person, row["customer"])[:1]
                 if (one := customer.find(person, **{match.kind: match.number})).agreement)
    assert found.agreement
    page = tab()
    sign_in(page, served, f"/customer?agreement={found.agreement.number}&tab=notes")
    expect(page.get_by_text("Nothing written yet")).to_be_visible()
    page.get_by_role("button", name="Write a note").click()
    fill(page, SAID)
    expect(page.get_by_test_id("stText")).to_have_text([SAID])
    page.get_by_role("button", name="Plan a step").click()
    fill(page, "Send both offers")
    expect(page.get_by_text("1 step is open")).to_be_visible()
    page.goto(served.url)  # it is due today, so Home has it first
    expect(page.get_by_text("Send both offers")).to_be_visible()
    page.get_by_role("link", name="Notes").first.click()
    page.wait_for_url("**tab=notes**")
    expect(page.get_by_text("1 step is open")).to_be_visible()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text("The step is done.")).to_be_visible()
    expect(page.get_by_text("0 steps are open")).to_be_visible()

    note = next(one for one in notes.listed(person, found.filters) if one.kind == "note")
    page.locator(f".st-key-change_{note.id}").get_by_role("button").click()
    expect(page.get_by_test_id("stDialog").get_by_label("Text", exact=True)).to_have_value(SAID)
    notes.change(person, note.reseller, note.id, 1, notes.Draft("note", "Said by another tab"))  # somebody else is quicker
    panel = page.get_by_test_id("stDialog")
    panel.get_by_label("Text", exact=True).fill("Wants two years.")
    panel.get_by_role("button", name="Save").click()
    expect(panel.get_by_text("changed this meanwhile")).to_be_visible()
    panel.get_by_role("button", name="Save").click()
    expect(panel).to_have_count(0)
    page.locator(f".st-key-change_{note.id}").get_by_role("button").click()
    expect(panel.get_by_test_id("stText")).to_have_text(["Said by another tab", SAID])
    page.keyboard.press("Escape")

    page.get_by_role("tab", name="Timeline").click()
    page.wait_for_url("**tab=timeline**")
    settled(page)
    expect(page.get_by_role("tabpanel").get_by_text("events, the newest first")).to_be_visible()
    page.get_by_role("radio", name="Notes").click()
    page.wait_for_url("**topic=notes**")
    expect(page.get_by_text("3 events, the newest first")).to_be_visible()

    lines = run(order_history, person, Filters(agreement=(found.agreement.number,)), today=today, form="detail").count
    counted = f"{formats.number(lines)} order line"
    page.goto(f"{served.url}/order-history")
    page.get_by_label("Agreement number").fill(found.agreement.number)
    page.keyboard.press("Enter")
    page.wait_for_url("**agreement=**")
    expect(page.get_by_text(counted)).to_be_visible()
    page.get_by_label("Agreement number").fill("")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "agreement" not in url)
    page.get_by_role("radio", name="By customer attributes").click()
    page.get_by_label("Name contains").fill(found.name)
    page.keyboard.press("Enter")
    page.wait_for_url("**customer=**")
    assert parse_qs(urlsplit(page.url).query)["customer"] == [found.name]
    expect(page.get_by_text(counted)).to_be_visible()
