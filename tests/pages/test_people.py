"""Access in a browser: a stranger asks, the primary contact grants, changes, keeps out; a privilege taken away holds at the next click."""

from __future__ import annotations

import re
from collections.abc import Callable

from browser import Served, pick, settled, sign_in, viewer
from playwright.sync_api import Page, expect

from pao_core.access.people import requests, users
from pao_core.access.rights import JOBS

Tab = Callable[..., Page]
PRIMARY, SECONDARY = 1, 5  # rafael and camila of the same site, among the log-ins of the demonstration
NAME = "<img src=x onerror=alert(1)> www.evil.example https://evil.example [x](javascript:alert(1)) $x$ :material/bomb: =1+1"


def choose(page: Page, box: str, option: str) -> None:
    page.get_by_label(box).last.click()
    page.get_by_role("option", name=option, exact=True).click()
    settled(page)


def open_person(page: Page, name: str) -> None:
    """Find somebody by name and open the panel: the only row."""
    page.get_by_placeholder("Name or e-mail").fill(name)
    page.get_by_placeholder("Name or e-mail").press("Enter")
    expect(page.locator("canvas table").first).to_have_attribute("aria-rowcount", "2")  # its head and the row
    pick(page.get_by_test_id("stDataFrame").first, page.get_by_role("heading", name=name))
    settled(page)


def test_a_stranger_asks_and_the_primary_contact_lets_in_as_sales(served: Served, tab: Tab) -> None:
    stranger = tab()
    stranger.goto(f"{served.url}/request-access")
    stranger.get_by_label("E-mail *").fill("zoe@new.example")
    stranger.get_by_label("Name *", exact=True).fill(NAME)
    stranger.get_by_label("Site number *").fill("0007000202")
    stranger.get_by_role("button", name="Ask for access").click()
    expect(stranger.get_by_text("Your request is on its way")).to_be_visible()

    page = tab()
    sign_in(page, served, "/access-requests", who=PRIMARY)
    card = page.get_by_test_id("stMarkdownContainer").filter(has_text="zoe@new.example").first
    expect(card).to_contain_text("<img src=x onerror=alert(1)>")
    expect(card).to_contain_text(re.compile(r":\W?material/bomb: =1\+1"))
    assert page.locator("a[href*=evil], a[href*=javascript], a[href*=mailto], img[src=x]").count() == 0
    page.get_by_role("button", name="Grant").last.click()
    dialog = page.get_by_test_id("stDialog")
    expect(dialog).to_contain_text("zoe@new.example")
    choose(page, "Fill in a ready-made set", "Sales")
    settled(page)
    dialog.get_by_role("button", name="Grant access").click()
    expect(page.get_by_text("Granted access to")).to_be_visible()
    expect(page.get_by_text("The letter waits: no mail server is set up.")).to_be_visible()
    (zoe,) = [one for one in users.people(viewer(served, PRIMARY)) if one.email == "zoe@new.example"]
    assert (zoe.role, zoe.privileges, zoe.status, zoe.name) == ("user", JOBS["sales"][1], "invited", NAME)
    assert all(one.email != "zoe@new.example" for one in requests.waiting(viewer(served, PRIMARY)))


def test_a_privilege_taken_away_while_signed_in_is_gone_at_the_next_click_and_a_suspension_ends_the_visit(cold: Served, tab: Tab) -> None:
    camila, rafael = tab(), tab()
    sign_in(rafael, cold, "/users", who=PRIMARY)
    sign_in(camila, cold, "/users", who=SECONDARY)
    expect(camila.locator("h1")).to_have_text("Users")
    open_person(rafael, "Camila Duarte")
    rafael.get_by_role("radiogroup", name="Manage access").get_by_role("radio", name="None").click()
    settled(rafael)
    rafael.get_by_role("button", name="Save").click()
    expect(rafael.get_by_text("Saved what Camila Duarte may do.")).to_be_visible()
    camila.get_by_placeholder("Name or e-mail").fill("x")
    camila.get_by_placeholder("Name or e-mail").press("Enter")
    expect(camila.get_by_text("You do not have the right to do this.")).to_be_visible()
    expect(camila.get_by_test_id("stDataFrame")).to_have_count(0)
    rafael.get_by_role("button", name="Suspend").click()
    rafael.get_by_test_id("stPopoverBody").get_by_role("button", name="Suspend").click()
    expect(rafael.get_by_text("Camila Duarte is suspended.")).to_be_visible()
    camila.get_by_test_id("stTopNavSection").filter(has_text="Customers").click()
    camila.get_by_test_id("stTopNavLinkContainer").filter(has_text=re.compile("^Customers$")).click()
    expect(camila.locator("input[type=password]")).to_be_visible()
