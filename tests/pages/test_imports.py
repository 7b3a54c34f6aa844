"""Settings > Data in a browser: every dataset has its words, and the operator's rates are one click away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browser import Served, settled, sign_in, undo_newest_import
from files import csv_text
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from pao_core.config import Settings
from pao_core.importing import rates
from pao_core.store.engine import Store
from pao_core.store.schema import exchange_rates, orders

Tab = Callable[..., Page]


@pytest.fixture
def store(cold: Served) -> Iterator[Store]:
    """The served data, read from beside."""
    found = Store(Settings.from_environment({"PAO_DATA_DIR": str(cold.data)}))
    yield found
    found.dispose()


def number_of_rates(store: Store) -> int:
    with store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(exchange_rates)) or 0


def test_the_operator_loads_the_central_banks_rates_with_one_click_and_takes_them_back(cold: Served, store: Store, tab: Tab) -> None:
    page, before = tab(), number_of_rates(store)
    olga = next(at for at, person in enumerate(cold.log_ins) if person["role"] == "operator")
    sign_in(page, cold, "/data", who=olga)
    expect(page.get_by_text("they end on")).to_be_visible()
    page.get_by_role("button", name="Load the European Central Bank's rates").click()
    expect(page.get_by_text("Loaded as import")).to_be_visible()
    expect(page.get_by_text(rates.published().name).first).to_be_visible()
    assert number_of_rates(store) > max(before, 200_000)
    undo_newest_import(page)
    assert number_of_rates(store) == before


def test_a_user_loads_usage_and_reads_why_a_period_is_rejected(cold: Served, store: Store, tab: Tab, tmp_path: Path) -> None:
    page = tab()
    sign_in(page, cold, "/data", who=1)
    expect(page.get_by_role("button", name="Load the European Central Bank's rates")).to_have_count(0)
    with store.reading() as connection:
        mine = connection.execute(select(orders).where(orders.c.reseller_site_number == cold.log_ins[1]["reseller"]).limit(1)).one()
    bring(page, tmp_path, "Subscriptions", [
        ["Subscription", "Site", "Part", "Start", "End", "Entitled"], ["ZZ-1", mine.site_number, mine.part_number, "2026-02-01", "2027-01-31", "10"],
    ])
    page.get_by_role("button", name="Another file").click()
    bring(page, tmp_path, "Usage", [
        ["Subscription", "From", "To", "Used", "Suppressed"],
        ["ZZ-1", "2026-02-01", "2026-02-28", "12", "yes"],
        ["ZZ-1", "2026-01-01", "2026-01-31", "1", "no"],
        ["ZZ-2", "2026-03-01", "2026-03-31", "1", "no"],
    ])
    expect(page.get_by_text("is outside its subscription, which runs from 2026-02-01 to 2027-01-31")).to_be_visible()
    expect(page.get_by_text("subscription ZZ-2 is not known")).to_be_visible()


def bring(page: Page, folder: Path, title: str, rows: list[list[str]]) -> None:
    """Choose what the file holds, give the file, press Import."""
    settled(page)
    page.get_by_role("combobox").first.click()
    page.get_by_role("option", name=title, exact=True).click()
    settled(page)
    (folder / f"{title}.csv").write_text(csv_text(rows))
    page.locator("input[type=file]").set_input_files(folder / f"{title}.csv")
    page.get_by_test_id("stBaseButton-primary").click()
    expect(page.get_by_role("button", name="Another file")).to_be_visible()
