"""What a person does in a browser, from the sign-in to the file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import openpyxl
from browser import Served, settled, sign_in
from playwright.sync_api import Page, expect
from sqlalchemy import select

from pao_core.access import Viewer
from pao_core.config import Settings
from pao_core.filters import Filters
from pao_core.orders import order_history
from pao_core.prices import price_files
from pao_core.report import run
from pao_core.store.engine import Store
from pao_core.store.schema import users

Tab = Callable[..., Page]


def params(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def viewer(served: Served, who: int = 0) -> Viewer:
    """The person as the server sees it, read from a store of our own on the same data."""
    store = Store(Settings.from_environment({"PAO_DATA_DIR": str(served.data)}))
    with store.reading() as connection:
        user_id = connection.scalar(select(users.c.id).where(users.c.email == served.log_ins[who]["email"]))
        found = Viewer.of_user(store, user_id, connection)
    assert found
    return found


def downloaded(page: Page, button: str, item: str) -> bytes:
    page.get_by_role("button", name=button).first.click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name=item).first.click()
    return Path(waiting.value.path()).read_bytes()


def test_a_stranger_signs_in_through_a_deep_link_and_lands_on_it_with_its_filters(served: Served, tab: Tab) -> None:
    page = tab()
    sign_in(page, served, "/order-history?country=BR&from=2026-01-01")
    expect(page.locator("h1")).to_have_text("Order history")
    assert urlsplit(page.url).path == "/order-history"
    assert params(page) == {"country": ["BR"], "from": ["2026-01-01"]}
    expect(page.get_by_text("Country/region: Brazil")).to_be_visible()


def test_the_wrong_password_is_refused_and_says_nothing_about_the_account(served: Served, tab: Tab) -> None:
    page = tab()
    page.goto(f"{served.url}/customers")
    for email in (served.log_ins[0]["email"], "nobody@nowhere.example"):
        page.locator("input[type=text]").first.fill(email)
        page.locator("input[type=password]").fill("not the password")
        page.get_by_test_id("stFormSubmitButton").locator("button").click()
        settled(page)
        expect(page.get_by_test_id("stAlert")).to_have_text("errorThis e-mail and password do not match an active account. Check both and try again.")
    expect(page.locator("h1")).to_have_count(0)


def test_filters_change_the_rows_and_the_address_and_one_key_clears_them(served: Served, tab: Tab) -> None:
    page = tab()
    sign_in(page, served, "/order-history")
    found = page.get_by_test_id("stMarkdown").filter(has_text="order lines").first
    whole = found.inner_text()
    page.get_by_role("button", name="Country").first.click()
    page.get_by_test_id("stMultiSelect").get_by_role("combobox").first.click()
    page.get_by_role("option", name="Brazil").click()
    settled(page)
    page.keyboard.press("Escape")
    expect(page.get_by_text("Country/region: Brazil")).to_be_visible()
    assert params(page) == {"country": ["BR"]}
    expect(found).not_to_have_text(whole)
    page.keyboard.press("Escape")
    page.keyboard.press("Alt+l")
    expect(page.get_by_text("Country/region: Brazil")).to_have_count(0)
    settled(page)
    assert params(page) == {}
    expect(found).to_have_text(whole)


def test_filters_survive_a_page_change_a_refresh_and_a_new_tab(served: Served, tab: Tab) -> None:
    page = tab()
    sign_in(page, served, "/order-history?country=BR&product-group=Automation")
    page.get_by_role("link", name="Customers").first.click()
    expect(page.locator("h1")).to_have_text("Customers")
    settled(page)
    assert params(page) == {"country": ["BR"], "product-group": ["Automation"]}
    page.reload()
    expect(page.get_by_text("Group: Automation").or_(page.get_by_text("Product group: Automation"))).to_be_visible()
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.get_by_text("Country/region: Brazil")).to_be_visible()
    assert other.locator("input[type=password]").count() == 0


def test_an_unknown_value_in_the_address_is_ignored_with_a_notice(served: Served, tab: Tab) -> None:
    page = tab()
    sign_in(page, served, "/order-history?country=XQ&product-group=Nothing&order-type=renewal")
    expect(page.get_by_text("XQ is not known")).to_be_visible()
    expect(page.get_by_text("Nothing is not known")).to_be_visible()
    assert params(page) == {"order-type": ["renewal"]}


def test_a_typed_search_finds_a_customer_and_filters_by_it(served: Served, tab: Tab) -> None:
    page = tab()
    sign_in(page, served, "/customers")
    page.get_by_placeholder("Customer, site number, agreement").fill("lumiara")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Agreement").filter(has_text="Lumiara").first.click()
    settled(page)
    assert list(params(page)) == ["agreement"]
    expect(page.get_by_test_id("stMarkdown").filter(has_text="customer").first).to_contain_text("1 customer")


def test_a_click_on_a_bar_shows_the_lines_behind_it(served: Served, tab: Tab) -> None:
    page = tab()
    sign_in(page, served, "/order-history?from=2025-01-01")
    box = page.locator(".bars .point path").first.bounding_box()
    assert box
    page.mouse.click(box["x"] + 4, box["y"] + box["height"] / 2)
    settled(page)
    page.wait_for_url("**form=detail**")
    assert params(page)["form"] == ["detail"]
    (country,) = params(page)["country"]
    lines = run(order_history, viewer(served), Filters(country=(country,), from_=date(2025, 1, 1)), today=date.today(), form="detail", limit=1)
    expect(page.get_by_test_id("stMarkdown").filter(has_text="order lines").first).to_contain_text(f"{lines.count:,} order lines")


def test_a_click_on_a_customer_opens_its_orders(served: Served, tab: Tab) -> None:
    page = tab()
    sign_in(page, served, "/customers")
    grid = page.get_by_test_id("stDataFrame").first
    grid.scroll_into_view_if_needed()
    grid.click(position={"x": 60, "y": 33 + 16})
    expect(page.locator("h1")).to_have_text("Order history")
    settled(page)
    assert params(page)["form"] == ["detail"]
    assert set(params(page)) & {"agreement", "site"}


def test_the_downloads_hold_the_rows_of_the_screen(served: Served, tab: Tab) -> None:
    page = tab()
    sign_in(page, served, "/order-history?country=BR&form=detail")
    expected = run(order_history, viewer(served), Filters(country=("BR",)), today=date.today(), form="detail")
    machine = list(csv.DictReader(io.StringIO(downloaded(page, "Download", "CSV for systems").decode("utf-8-sig"), newline="")))
    assert [(row["order_number"], row["line_number"], row["amount"]) for row in machine] == [
        (row["order_number"], str(row["line_number"]), str(row["amount"])) for row in expected.rows]
    page.keyboard.press("Escape")
    book = openpyxl.load_workbook(io.BytesIO(downloaded(page, "Download", "XLSX for people")))
    assert book.worksheets[0].max_row == expected.count + 1
    assert book.worksheets[1]["B4"].value == "Country/region: Brazil"


def test_a_price_file_is_downloaded_and_reads_back_as_the_prices_it_counts(served: Served, tab: Tab) -> None:
    page = tab()
    sign_in(page, served, "/price-files?layout=long")
    settled(page)
    content = downloaded(page, "Download the file on display", "CSV for systems")
    read = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    choice = price_files.PriceFile("software", "current+future", "BR", "BRL")
    expected = price_files.rows(viewer(served), choice, Settings.from_environment({"PAO_DATA_DIR": str(served.data)}).today())
    assert read
    assert [(row["part_number"], row["price_level"], row["effective_from"], row["unit_price"]) for row in read] == [
        (row["part_number"], row["price_level"], row["effective_from"], row["unit_price"]) for row in expected]
    expect(page.get_by_text(f"{len(read):,} prices")).to_be_visible()


def test_signing_out_ends_the_session_in_every_tab(served: Served, tab: Tab) -> None:
    page = tab()
    sign_in(page, served, "/customers", who=1)
    other = page.context.new_page()
    other.goto(f"{served.url}/order-history")
    expect(other.locator("h1")).to_have_text("Order history")
    cookies = page.context.cookies()
    page.locator(".st-key-account button").first.click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("input[type=password]")).to_be_visible()
    page.context.add_cookies(cookies)  # a copy of the cookie is worth nothing now
    other.reload()
    expect(other.locator("input[type=password]")).to_be_visible()


def test_the_session_cookie_is_out_of_reach_of_scripts(served: Served, tab: Tab) -> None:
    page = tab()
    sign_in(page, served)
    (cookie,) = [cookie for cookie in page.context.cookies() if cookie["name"] == "pao_sid"]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
    assert "pao_sid" not in page.evaluate("document.cookie")


def test_a_reader_of_portuguese_is_spoken_to_in_portuguese(served: Served, tab: Tab) -> None:
    page = tab("pt-BR")
    sign_in(page, served, "/order-history?country=BR")
    assert page.evaluate("document.documentElement.lang") == "pt-BR"
    expect(page.get_by_test_id("stMetricValue").first).to_contain_text("R$")
    expect(page.get_by_text("Brasil").first).to_be_visible()
