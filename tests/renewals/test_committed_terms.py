"""Committed terms: the lines of Committed Term Licenses and their terms equal an independent computation, on every engine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import renewal_lines
import world as worlds
from browser import Served, press, sign_in, viewer
from cast import settle, times
from playwright.sync_api import Page, expect
from renewal_lines import lay, line

from pao_core import report
from pao_core.config import Settings
from pao_core.filters import Filters
from pao_core.locale import formats
from pao_core.renewals import committed_terms
from pao_core.store.engine import Store

TODAY = date(2026, 11, 24)


def is_committed(world: worlds.World, _filters: Filters, _today: date, line: dict[str, Any]) -> bool:
    return bool(world.parts[line["part_number"]]["part_type"] == "committed_term")


def test_it_equals_plain_python_read_through_duckdb(store: Store) -> None:
    people, world = settle(store), worlds.make(51, lines=1_500)
    world.write(store)
    renewal_lines.check(committed_terms, world, people, times(100, 2_500), seed=63 if store.on_postgresql else 61, chosen=is_committed)


def test_it_equals_plain_python_read_on_postgresql(direct_store: Store) -> None:
    people, world = settle(direct_store), worlds.make(52, lines=1_500)
    world.write(direct_store)
    renewal_lines.check(committed_terms, world, people, times(40, 1_000), seed=62, chosen=is_committed, both=True)


@pytest.mark.parametrize(("start", "end", "months"), [
    (date(2026, 3, 1), date(2027, 2, 28), 12), (date(2027, 3, 1), date(2028, 2, 29), 12), (date(2027, 3, 1), date(2028, 2, 28), 11),
    (date(2026, 1, 31), date(2026, 2, 27), 1), (date(2026, 1, 31), date(2026, 2, 26), 0), (date(2026, 1, 15), date(2026, 2, 14), 1),
    (date(2026, 1, 15), date(2026, 2, 13), 0), (date(2028, 2, 29), date(2031, 2, 27), 36), (date(2026, 5, 31), date(2026, 6, 29), 1),
    (date(2026, 5, 31), date(2026, 6, 28), 0), (date(2026, 3, 1), None, None),
])
def test_a_term_has_its_whole_months_at_month_ends_and_on_leap_days_and_none_without_an_end(
    store: Store, start: date, end: date | None, months: int | None,
) -> None:
    people = lay(store, line(1, start, coverage_end=end), part_type="committed_term")
    rows = report.run(committed_terms, people["ana"], Filters(), today=TODAY, form="detail").rows
    assert [(row["term_months"], row["coverage_end"]) for row in rows] == [(months, end)]


def test_terms_are_summed_by_the_month_in_which_they_end(sqlite_store: Store) -> None:
    people = lay(sqlite_store, *(line(at, TODAY, coverage_end=TODAY + timedelta(days)) for at, days in enumerate(
        (400, 40, 41), start=1)), part_type="committed_term")
    rows = report.run(committed_terms, people["ana"], Filters(), today=TODAY, by="end_month").rows
    assert [(row["end_month"], row["lines"]) for row in rows] == [("2027-01", 2), ("2027-12", 1)]


def test_a_line_of_another_kind_of_part_is_no_committed_term(sqlite_store: Store) -> None:
    people = lay(sqlite_store, line(1, TODAY), part_type="fixed_term")
    assert report.run(committed_terms, people["ana"], Filters(), today=TODAY, form="detail").rows == []


def test_the_months_in_which_terms_end_are_drawn_on_wish_and_a_country_narrows_the_page(served: Served, tab: Callable[..., Page]) -> None:
    page, reader, today = tab(), viewer(served), Settings.from_environment().today()
    sign_in(page, served, "/committed-terms")
    page.get_by_role("radio", name="End of the term").click()
    page.wait_for_url("**months=end_month**")
    ends = [row["end_month"] for row in report.run(committed_terms, reader, Filters(), today=today, by="end_month", currency="BRL").rows]
    expect(page.locator(".xtick text").first).to_have_text(formats.month(ends[0]))
    press(page.locator(".js-plotly-plot").nth(1).locator(".bars .point path").first,
          lambda wait: page.wait_for_url("**country=**", timeout=wait))
    (country,) = parse_qs(urlsplit(page.url).query)["country"]
    count = report.run(committed_terms, reader, Filters(country=(country,)), today=today, form="detail", limit=1).count
    expect(page.get_by_test_id("stMarkdown").filter(has_text="of committed terms").first).to_contain_text(f"{count:,} lines")
