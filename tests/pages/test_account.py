"""My account in a browser: language, site on display, password, second factor, sessions, and the ways in without a password."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pyotp
from browser import Served, fill_in, settled, sign_in
from playwright.sync_api import Page, expect
from sqlalchemy import insert, select, update

from pao_core.access.entry import links
from pao_core.config import Settings
from pao_core.store.engine import Store
from pao_core.store.schema import audit, memberships, second_factors, users

Tab = Callable[..., Page]
READER, COLLEAGUE = 3, 6


@contextmanager
def store_of(served: Served) -> Iterator[Store]:
    store = Store(Settings.from_environment({"PAO_DATA_DIR": str(served.data)}))
    yield store
    store.dispose()


def user_id(store: Store, served: Served, who: int) -> int:
    with store.reading() as connection:
        return int(connection.scalar(select(users.c.id).where(users.c.email == served.log_ins[who]["email"])) or 0)


def menu(page: Page) -> None:
    page.locator(".st-key-account button:visible").first.click()


def on_my_account(page: Page, tab: str) -> None:
    page.get_by_role("tab", name=tab).click()
    settled(page)


def test_another_language_is_spoken_at_once_and_at_the_next_sign_in(served: Served, tab: Tab) -> None:
    page = tab()
    sign_in(page, served, "/customers", who=COLLEAGUE)
    menu(page)
    page.get_by_test_id("stPopoverBody").get_by_test_id("stSelectbox").locator("input").click()
    page.get_by_role("option", name="Português (Brasil)").click()
    expect(page.locator("h1")).to_have_text("Clientes")
    expect(page.locator("html")).to_have_attribute("lang", "pt-BR")
    again = tab()
    sign_in(again, served, "/customers", who=COLLEAGUE)
    expect(again.locator("h1")).to_have_text("Clientes")
    with store_of(served) as store, store.writing("test") as writing:
        writing.connection.execute(update(users).values(language=None))


def test_the_site_on_display_narrows_the_page_at_once(cold: Served, tab: Tab) -> None:
    with store_of(cold) as store, store.writing("test") as writing:
        reader = user_id(store, cold, READER)
        own = writing.connection.scalar(select(memberships.c.reseller_site_number).where(memberships.c.user_id == reader))
        others = select(memberships.c.reseller_site_number).where(memberships.c.reseller_site_number != own).limit(1)
        other = writing.connection.scalar(others)
        writing.connection.execute(insert(memberships).values(
            user_id=reader, reseller_site_number=other, role="user", privileges={"reporting": "view"}))
    page = tab()
    sign_in(page, cold, "/price-files", who=READER)
    expect(page.locator("h1")).to_have_text("Price files")
    menu(page)
    expect(page.get_by_test_id("stRadio").get_by_role("radio").first).to_be_checked()
    page.get_by_test_id("stRadio").get_by_text(f"· {other}").click()
    expect(page.get_by_text("You do not have the right to do this.")).to_be_visible()  # price files may be had at the own site alone
    page.goto(f"{cold.url}/my-account?tab=sites")
    settled(page)
    page.get_by_test_id("stMain").get_by_test_id("stRadio").last.get_by_text("All my sites").click()
    settled(page)
    page.goto(f"{cold.url}/price-files")
    expect(page.locator("h1")).to_have_text("Price files")
    with store_of(cold) as store, store.reading() as connection:
        refused = connection.execute(select(audit.c.act, audit.c.object, audit.c.address).where(audit.c.refused)).all()
    assert ("page.opened", "price-files", "127.0.0.1") in refused


def test_a_second_factor_is_set_up_asked_for_and_turned_off(cold: Served, tab: Tab) -> None:
    page = tab()
    sign_in(page, cold, "/my-account?tab=sign-in", who=READER)
    page.get_by_role("button", name="Set it up").click()
    code = page.get_by_label("Code that the app shows")
    code.wait_for()
    settled(page)
    app = pyotp.TOTP("".join(page.get_by_test_id("stCode").inner_text().split()))
    code.fill("000000")
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_text("This code does not fit.")).to_be_visible()
    page.get_by_label("Code that the app shows").fill(app.now())
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_text("Keep these recovery codes")).to_be_visible()
    recovery = page.get_by_test_id("stCode").inner_text().split()
    page.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_text("10 recovery codes are left.")).to_be_visible()

    other = tab()
    other.goto(f"{cold.url}/customers")
    fill_in(other, cold.log_ins[READER]["email"], cold.log_ins[READER]["password"])
    step = other.get_by_label("Code of your app, or a recovery code")
    step.wait_for()
    assert other.locator("h1", has_text="Customers").count() == 0
    step.fill("000000")
    other.get_by_role("button", name="Sign in", exact=True).click()
    expect(other.get_by_text("This code is not good now.")).to_be_visible()
    other.get_by_label("Code of your app, or a recovery code").fill(recovery[0])
    other.get_by_role("button", name="Sign in", exact=True).click()
    expect(other.locator("h1")).to_have_text("Customers")

    page.get_by_label("Password, or a code").fill(cold.log_ins[READER]["password"])
    page.get_by_role("button", name="Turn it off").click()
    expect(page.get_by_text("The second factor is off.")).to_be_visible()
    other.reload()
    expect(other.locator("input[type=password]")).to_be_visible()  # the other session is over
    with store_of(cold) as store, store.reading() as connection:
        assert connection.scalar(select(second_factors.c.user_id).where(second_factors.c.user_id == user_id(store, cold, READER))) is None


def test_a_session_ended_elsewhere_is_out_at_its_next_click(cold: Served, tab: Tab) -> None:
    stolen, page = tab(), tab()
    sign_in(stolen, cold, "/customers", who=READER)
    sign_in(page, cold, "/my-account?tab=sign-in", who=READER)
    expect(page.get_by_text("Chromium on Linux")).to_have_count(2)
    expect(page.get_by_text("This session")).to_have_count(1)
    page.get_by_role("button", name="End session", exact=True).click()
    expect(page.get_by_text("The session has ended.")).to_be_visible()
    expect(page.get_by_text("Chromium on Linux")).to_have_count(1)
    stolen.get_by_test_id("stTopNavSection").filter(has_text="Renewals").click()
    stolen.get_by_test_id("stTopNavLinkContainer").filter(has_text="Committed terms").click()
    expect(stolen.locator("input[type=password]")).to_be_visible()


def test_another_password_puts_the_other_browser_out_and_keeps_this_one(cold: Served, tab: Tab) -> None:
    other, page, password = tab(), tab(), "nine blue lanterns sing"
    sign_in(other, cold, "/customers", who=READER)
    sign_in(page, cold, "/my-account?tab=sign-in", who=READER)
    settled(page)
    page.get_by_label("Current password").fill(cold.log_ins[READER]["password"])
    page.get_by_label("New password").fill(password)
    page.get_by_label("The same password again").fill(password)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("Your password is changed.")).to_be_visible()
    other.reload()
    other.locator("input[type=password]").wait_for()
    page.reload()
    expect(page.locator("h1")).to_have_text("My account")


def test_a_forgotten_password_is_set_anew_by_a_link_once_and_a_late_link_leads_to_a_new_one(cold: Served, tab: Tab) -> None:
    page, password = tab(), "nine blue lanterns sing"
    page.goto(cold.url)
    page.get_by_role("link", name="Forgotten password").click()
    page.get_by_role("button", name="Send me a link").wait_for()
    for email in (cold.log_ins[READER]["email"], "nobody@nowhere.example"):
        settled(page)
        page.get_by_label("E-mail").fill(email)
        page.get_by_role("button", name="Send me a link").click()
        expect(page.get_by_text("If this e-mail belongs to an account here")).to_be_visible()
        page.reload()
        page.get_by_role("button", name="Send me a link").wait_for()
    with store_of(cold) as store, store.writing("test") as writing:
        token = links.issue(writing.connection, user_id(store, cold, READER), links.RESET, Settings.now())
    page.goto(f"{cold.url}/reset?token={token}")
    page.get_by_label("New password").wait_for()
    settled(page)
    page.get_by_label("New password").fill(password)
    page.get_by_label("The same password again").fill(password)
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_text("Your password is set.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("This link has been used already.")).to_be_visible()
    with store_of(cold) as store, store.writing("test") as writing:
        late = links.issue(writing.connection, user_id(store, cold, READER), links.RESET, Settings.now() - timedelta(hours=1))
    page.goto(f"{cold.url}/reset?token={late}")
    expect(page.get_by_text("This link is no longer valid.")).to_be_visible()
    expect(page.get_by_role("button", name="Send me a link")).to_be_visible()
