"""The whole story of coming in: somebody asks for access, is let in by letters, loses a privilege, and is out at once, in two browsers."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browser import Served, fill_in, pick, settled, sign_in, viewer
from playwright.sync_api import Page, expect
from post_office import PostOffice, open_office

from pao_core.settings import audit

Tab = Callable[..., Page]
RAFAEL, SITE = "rafael@verticeclaro.example", "7000202"
NOA, NAME, PASSWORD = "noa@verticeclaro.example", "Noa Alencar", "seven green umbrellas walk"
DEEP = "/order-history?country=BR&form=detail"


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with open_office() as opened:
        yield opened


@pytest.fixture
def desk(demonstration_data: Served, tmp_path: Path, office: PostOffice) -> Iterator[Served]:
    """A server with a mail server."""
    shutil.copytree(demonstration_data.data, tmp_path / "served")
    served = Served(tmp_path / "served", demonstration_data.log_ins, environment=office.environment)
    served.start()
    yield served
    served.stop()


def here(desk: Served, link: str | None) -> str:
    """The address in a letter, at the port of this test's server."""
    assert link
    return link.replace("http://localhost:8501", desk.url)


def come_in(page: Page, address: str) -> None:
    """Sign in as Noa where an address leads a stranger."""
    page.goto(address)
    fill_in(page, NOA, PASSWORD)


def of_noa(page: Page) -> None:
    """Open the panel of Noa on Users."""
    page.get_by_placeholder("Name or e-mail").fill("noa@")
    page.keyboard.press("Enter")
    expect(page.locator("canvas table").first).to_have_attribute("aria-rowcount", "2")  # its head and the row
    pick(page.get_by_test_id("stDataFrame").first, page.get_by_role("heading", name=NAME))
    settled(page)


def test_asked_let_in_narrowed_and_shut_out_in_two_browsers(desk: Served, office: PostOffice, tab: Tab) -> None:
    # Noa asks, from the sign-in page, and is told nothing but that a person decides.
    stranger = tab()
    stranger.goto(desk.url)
    stranger.get_by_role("link", name="Request access").click()
    stranger.get_by_label("E-mail *").fill(NOA)
    stranger.get_by_label("Name *").fill(NAME)
    stranger.get_by_label("Site number *").fill(SITE)
    stranger.get_by_role("button", name="Ask for access").click()
    expect(stranger.get_by_text("Your request is on its way")).to_be_visible()

    # The primary contact has a letter, and lets Noa in.
    (asked,) = office.wait(1)
    assert asked.to == (RAFAEL,) and NAME in asked.text and NOA in asked.text
    who = next(number for number, person in enumerate(desk.log_ins) if person["email"] == RAFAEL)
    rafael = tab()
    sign_in(rafael, desk, "/access-requests", who)
    rafael.get_by_role("button", name="Grant").last.click()  # the newest stands last
    expect(rafael.get_by_role("dialog").get_by_text(NOA)).to_be_visible()
    rafael.get_by_role("dialog").get_by_role("button", name="Grant access").click()
    expect(rafael.get_by_text(f"Granted access to {NAME}.")).to_be_visible()

    # The letter's link activates the account; it works once.
    _asked, granted = office.wait(2)
    assert granted.to == (NOA,)
    noa = tab()
    noa.goto(here(desk, granted.link))
    for field in ("New password", "The same password again"):
        noa.get_by_label(field, exact=True).fill(PASSWORD)
    noa.get_by_role("button", name="Set the password").click()
    expect(noa.get_by_text("Your password is set.")).to_be_visible()
    stranger.goto(here(desk, granted.link))
    expect(stranger.get_by_text("This link has been used already")).to_be_visible()
    expect(stranger.get_by_role("button", name="Send me a link")).to_be_visible()

    # The first sign-in lands on the deep link, its filter and form kept; in a second browser on another page.
    come_in(noa, f"{desk.url}{DEEP}")
    expect(noa.get_by_role("heading", name="Order history")).to_be_visible()
    settled(noa)
    assert "country=BR" in noa.url and "form=detail" in noa.url
    second = tab()
    come_in(second, f"{desk.url}/price-files")
    expect(second.get_by_role("heading", name="Price files")).to_be_visible()

    # Reporting is taken away while Noa is signed in: the next click obeys, and what is still allowed still works.
    rafael.goto(f"{desk.url}/users")
    of_noa(rafael)
    rafael.get_by_test_id("stButtonGroup").filter(has_text="View").first.get_by_role("radio", name="None").click()
    settled(rafael)
    rafael.get_by_role("button", name="Save").click()
    expect(rafael.get_by_text(f"Saved what {NAME} may do.")).to_be_visible()
    noa.get_by_text("Summary", exact=True).first.click()
    expect(noa.get_by_text("You do not have the right to do this")).to_be_visible()
    expect(noa.get_by_test_id("stDataFrame")).to_have_count(0)
    second.reload()
    expect(second.get_by_role("heading", name="Price files")).to_be_visible()

    # Suspended: both browsers are out by themselves, and the password opens nothing.
    of_noa(rafael)
    rafael.get_by_role("button", name="Suspend").click()
    rafael.get_by_test_id("stPopoverBody").get_by_role("button", name="Suspend").click()
    expect(rafael.get_by_text(f"{NAME} is suspended.")).to_be_visible()
    for page in (noa, second):
        expect(page.locator("input[type=password]")).to_be_visible()
        expect(page.get_by_test_id("stDataFrame")).to_have_count(0)
    come_in(stranger, desk.url)
    expect(stranger.get_by_text("do not match an active account")).to_be_visible()

    # All of it is in the site's audit; whose password is set when is that person's own matter.
    seen = viewer(desk, who)
    found = [(entry.act, entry.actor, entry.object) for entry in audit.found(seen, audit.Asked(text="noa@"), audit.ACTS).entries]
    assert found[::-1] == [("request.made", "stranger", NOA), ("request.granted", RAFAEL, NOA), ("user.changed", RAFAEL, NOA),
                           ("user.suspended", RAFAEL, NOA)]
    seen.store.dispose()
