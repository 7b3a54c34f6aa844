"""What a person does in a browser, from the sign-in to the file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import openpyxl
from browser import Served, fill_in, pick, press, settled, sign_in, sign_in_by_form, undo_newest_import, viewer
from playwright.sync_api import Page, expect

from pao_core.access import Viewer
from pao_core.access.people import users
from pao_core.config import Settings
from pao_core.filters import Filters
from pao_core.orders import order_history
from pao_core.prices import price_files
from pao_core.report import run
from pao_core.store.engine import Store

Tab = Callable[..., Page]


def today() -> date:
    return Settings.from_environment().today()


def params(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def downloaded(page: Page, button: str, item: str) -> bytes:
    page.get_by_role("button", name=button).first.click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name=item).first.click()
    return Path(waiting.value.path()).read_bytes()


def by_menu(page: Page, section: str, name: str) -> None:
    page.get_by_test_id("stTopNavSection").filter(has_text=section).click()
    page.get_by_test_id("stTopNavLinkContainer").filter(has_text=re.compile(f"^{name}$")).click()


def test_a_stranger_signs_in_through_a_deep_link_and_lands_on_it_with_its_filters(served: Served, tab: Tab) -> None:
    page = tab()
    sign_in_by_form(page, served, "/order-history?country=BR&from=2026-01-01")
    expect(page.locator("h1")).to_have_text("Order history")
    assert urlsplit(page.url).path == "/order-history"
    assert params(page) == {"country": ["BR"], "from": ["2026-01-01"]}
    expect(page.get_by_text("Country/region: Brazil")).to_be_visible()


def test_the_wrong_password_is_refused_and_says_nothing_about_the_account(served: Served, tab: Tab) -> None:
    page = tab()
    page.goto(f"{served.url}/customers")
    for email in (served.log_ins[0]["email"], "nobody@nowhere.example"):
        fill_in(page, email, "not the password")
        settled(page)
        expect(page.get_by_test_id("stAlert")).to_have_text("errorThis e-mail and password do not match an active account. Check both and try again.")
    expect(page.locator("h1")).to_have_text("The desk for your renewals")


def test_filters_change_the_rows_and_the_address_and_one_key_clears_them(served: Served, tab: Tab) -> None:
    page = tab()
    sign_in(page, served, "/order-history")
    found = page.get_by_test_id("stMarkdown").filter(has_text="order lines").first
    whole = found.inner_text()
    page.get_by_role("button", name="Country").first.click()
    page.get_by_test_id("stMultiSelect").get_by_role("combobox").first.click()
    page.get_by_role("option", name="Brazil").click()
    page.wait_for_url("**country=BR")
    expect(page.get_by_text("Country/region: Brazil")).to_be_visible()
    assert params(page) == {"country": ["BR"]}
    expect(found).not_to_have_text(whole)
    page.locator("h1").click()  # closes the list, then the panel: in a field the keys are text
    page.locator("h1").click()
    expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)
    page.keyboard.press("Alt+l")
    page.wait_for_url(lambda url: "country" not in url)
    expect(page.get_by_text("Country/region: Brazil")).to_have_count(0)
    assert params(page) == {}
    expect(found).to_have_text(whole)


def test_filters_survive_a_page_change_a_refresh_and_a_new_tab(served: Served, tab: Tab) -> None:
    page = tab()
    sign_in(page, served, "/order-history?country=BR&product-group=Automation")
    by_menu(page, "Customers", "Customers")
    expect(page.locator("h1")).to_have_text("Customers")
    page.wait_for_url("**country=BR**")
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
    page.get_by_placeholder("Customer, site, agreement, quote").fill("lumiara")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Agreement").filter(has_text="Lumiara").first.click()
    page.wait_for_url("**agreement=**")
    assert list(params(page)) == ["agreement"]
    expect(page.get_by_test_id("stMarkdown").filter(has_text="customer").first).to_contain_text("1 customer")


def test_a_click_on_a_bar_shows_the_lines_behind_it(served: Served, tab: Tab) -> None:
    page = tab()
    sign_in(page, served, "/order-history?from=2025-01-01")
    press(page.locator(".bars .point path").first, lambda wait: page.wait_for_url("**form=detail**", timeout=wait))
    assert params(page)["form"] == ["detail"]
    (country,) = params(page)["country"]
    lines = run(order_history, viewer(served), Filters(country=(country,), from_=date(2025, 1, 1)), today=today(), form="detail", limit=1)
    expect(page.get_by_test_id("stMarkdown").filter(has_text="order lines").first).to_contain_text(f"{lines.count:,} order lines")


def test_a_click_on_a_country_of_customers_opens_their_orders_and_the_way_back_finds_the_filters_again(served: Served, tab: Tab) -> None:
    page = tab()
    sign_in(page, served, "/customers?by=country&program=PA")
    pick(page.get_by_test_id("stDataFrame").first, page.locator("h1", has_text="Order history"))
    page.wait_for_url("**form=detail**")
    assert params(page).keys() == {"country", "program", "form"}
    page.go_back()
    expect(page.locator("h1")).to_have_text("Customers")
    page.wait_for_url(lambda url: "country=" not in url)
    assert params(page) == {"program": ["PA"], "by": ["country"]}


def test_the_downloads_hold_the_rows_of_the_screen(served: Served, tab: Tab) -> None:
    page = tab()
    sign_in(page, served, "/order-history?country=BR&form=detail")
    expected = run(order_history, viewer(served), Filters(country=("BR",)), today=today(), form="detail")
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
    page.locator(".st-key-download_software_current-future button").first.click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV for systems").click()
    content = Path(waiting.value.path()).read_bytes()
    read = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    choice = price_files.PriceFile("software", "current+future", "BR", "BRL")
    expected = price_files.rows(viewer(served), choice, Settings.from_environment({"PAO_DATA_DIR": str(served.data)}).today())
    assert read
    assert [(row["part_number"], row["price_level"], row["effective_from"], row["unit_price"]) for row in read] == [
        (row["part_number"], row["price_level"], row["effective_from"], row["unit_price"]) for row in expected]
    expect(page.get_by_text(f"{len(read):,} prices")).to_be_visible()
    page.keyboard.press("Escape")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download the file on display").click()
    book = openpyxl.load_workbook(io.BytesIO(Path(waiting.value.path()).read_bytes()))
    assert book.worksheets[0].max_row == len(read) + 1


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
    sign_in_by_form(page, served)
    (cookie,) = [cookie for cookie in page.context.cookies() if cookie["name"] == "pao_sid"]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
    assert "pao_sid" not in page.evaluate("document.cookie")


def test_a_reader_of_portuguese_is_spoken_to_in_portuguese(served: Served, tab: Tab) -> None:
    page = tab("pt-BR")
    sign_in(page, served, "/order-history?country=BR")
    assert page.evaluate("document.documentElement.lang") == "pt-BR"
    expect(page.get_by_test_id("stMetricValue").first).to_contain_text("R$")
    expect(page.get_by_text("Brasil").first).to_be_visible()


BAD = (("N-1", "2026-11-20", "x"), ("N-2", "2026-13-40", "1"), ("N-3", "2026-11-21", "1.2345"))


def order_file(folder: Path, viewer: Viewer) -> Path:
    """A file of five orders for a customer that the viewer has: two good ones, three with something wrong."""
    known = run(order_history, viewer, Filters(), today=today(), form="detail", limit=1).rows[0]
    good = (("N-0", "2026-11-19", "3"), ("N-4", "2026-11-22", "2"))
    with (folder / "orders.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Order", "Line", "Date", "Site number", "Part number", "Quantity", "Unit price", "Currency"])
        writer.writerows((number, 1, day, known["site_number"], known["part_number"], quantity, "10.50", "BRL")
                         for number, day, quantity in sorted((*good, *BAD)))
    return folder / "orders.csv"


def test_a_file_with_three_bad_rows_loads_its_good_ones_and_gives_the_bad_ones_back(cold: Served, tab: Tab, tmp_path: Path) -> None:
    page = tab()
    person = viewer(cold, 1)
    before = run(order_history, person, Filters(), today=today(), form="detail", limit=1).count
    sign_in(page, cold, "/data", who=1)
    page.locator("input[type=file]").set_input_files(order_file(tmp_path, person))
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("Nothing was loaded, because some rows were rejected")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Rejected rows, to mend").click()
    rejected = list(csv.DictReader(io.StringIO(Path(waiting.value.path()).read_bytes().decode("utf-8-sig"), newline="")))
    assert [(row["Order"], row["Date"], row["Quantity"]) for row in rejected] == list(BAD)
    assert all(row["reason"] for row in rejected)
    page.get_by_role("button", name="Load the good rows").click()
    expect(page.get_by_text("Loaded as import")).to_be_visible()
    assert run(order_history, person, Filters(), today=today(), form="detail", limit=1).count == before + 2

    undo_newest_import(page)
    assert run(order_history, person, Filters(), today=today(), form="detail", limit=1).count == before


def test_a_plain_user_finds_no_way_to_import(served: Served, tab: Tab) -> None:
    page = tab()
    sign_in(page, served, "/customers", who=3)
    expect(page.get_by_role("link", name="Data", exact=True)).to_have_count(0)
    page.goto(f"{served.url}/data")
    expect(page.get_by_text("You do not have the right to do this")).to_be_visible()
    assert page.locator("input[type=file]").count() == 0


def test_a_one_time_link_sets_a_password_and_lets_its_owner_in(cold: Served, tab: Tab) -> None:
    store = Store(Settings.from_environment({"PAO_DATA_DIR": str(cold.data)}))
    token = users.add(Viewer.of_command_line(store), "nova@verticeclaro.example", "Nova Pessoa", "7000202", "user")
    store.dispose()
    page, password = tab(), "four unrelated words gather"
    page.goto(f"{cold.url}/activation?token={token}")
    for place in (0, 1):
        page.locator("input[type=password]").nth(place).fill(password)
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_text("Your password is set.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("This link has been used already.")).to_be_visible()
    page.get_by_role("link", name="Go to sign-in").click()
    fill_in(page, "nova@verticeclaro.example", password)
    expect(page.locator("h1")).to_have_text("Hello, Nova")
