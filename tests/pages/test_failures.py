"""A failure is said as one, in words, and never shown as no data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browser import Served, sign_in
from playwright.sync_api import Page, expect


@pytest.fixture
def without_database(tmp_path: Path) -> Iterator[Served]:
    """A server whose database does not answer."""
    (tmp_path / "served").mkdir()
    served = Served(tmp_path / "served", [], environment={"PAO_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"})
    served.start()
    yield served
    served.stop()


def test_a_database_that_does_not_answer_is_said_so(without_database: Served, tab: Callable[..., Page]) -> None:
    page = tab()
    page.goto(f"{without_database.url}/order-history?country=BR")
    expect(page.get_by_text("The database cannot be reached or read.")).to_be_visible()
    assert page.get_by_text("No rows").count() == 0


def test_a_database_that_breaks_while_somebody_looks_is_said_so(cold: Served, tab: Callable[..., Page]) -> None:
    page = tab()
    sign_in(page, cold, "/customers")
    for path in cold.data.glob("pao.db*"):
        with path.open("r+b") as file:  # in place: an open connection would go on reading a file that was only removed
            file.write(b"no database at all " * (path.stat().st_size // 19 + 1))
    page.goto(f"{cold.url}/order-history")
    expect(page.get_by_test_id("stAlert").first).to_be_visible()
    assert page.get_by_text("No row").count() == 0
    assert page.get_by_test_id("stDataFrame").count() == 0
    assert "Traceback" not in page.content()


def test_filters_that_match_nothing_say_so_and_offer_the_way_back(served: Served, tab: Callable[..., Page]) -> None:
    page = tab()
    sign_in(page, served, "/order-history?from=1990-01-01&to=1990-01-02")
    expect(page.get_by_text("No row matches these filters")).to_be_visible()
    page.get_by_role("button", name="Clear filters").last.click()
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible()
