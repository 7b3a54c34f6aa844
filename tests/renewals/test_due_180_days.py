"""Due in 180 days: the window, both ways, equals an independent computation, on every engine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import renewal_lines
import world as worlds
from browser import Served, settled, sign_in, viewer
from cast import settle, times
from playwright.sync_api import Page, expect
from renewal_lines import lay, line

from pao_core import report
from pao_core.config import Settings
from pao_core.filters import Filters
from pao_core.locale import formats
from pao_core.renewals import due_180_days
from pao_core.store.engine import Store

TODAY = date(2026, 11, 24)


def in_the_window(_world: worlds.World, filters: Filters, today: date, of: dict[str, Any]) -> bool:
    days = renewal_lines.days_to(of["due_date"], today) * (-1 if filters.direction == "last" else 1)
    return 0 <= days <= (filters.window or 180)


def test_it_equals_plain_python_read_through_duckdb(store: Store) -> None:
    people, world = settle(store), worlds.make(41, lines=1_500)
    world.write(store)
    renewal_lines.check(due_180_days, world, people, times(100, 2_500), seed=53 if store.on_postgresql else 51, chosen=in_the_window)


def test_it_equals_plain_python_read_on_postgresql(direct_store: Store) -> None:
    people, world = settle(direct_store), worlds.make(42, lines=1_500)
    world.write(direct_store)
    renewal_lines.check(due_180_days, world, people, times(40, 1_000), seed=52, chosen=in_the_window, both=True)


def days(store: Store, filters: Filters, *due: int, today: date = TODAY) -> list[tuple[int, str]]:
    """Of lines due in so many days, those that the report holds, each with its bucket."""
    people = lay(store, *(line(at, today + timedelta(days)) for at, days in enumerate(due, start=1)))
    rows = report.run(due_180_days, people["ana"], filters, today=today, form="detail").rows
    return [(row["days_to_due"], row["bucket"]) for row in rows]


@pytest.mark.parametrize("today", [TODAY, date(2027, 12, 31), date(2028, 2, 29)])
def test_the_window_holds_today_and_the_hundred_and_eightieth_day_and_nothing_overdue(sqlite_store: Store, today: date) -> None:
    assert days(sqlite_store, Filters(), -1, 0, 180, 181, today=today) == [(0, "0-30"), (180, "121-180")]


def test_a_longer_window_tells_what_lies_beyond_as_later(sqlite_store: Store) -> None:
    assert days(sqlite_store, Filters(window=365), 180, 181, 365, 366) == [(180, "121-180"), (181, "later"), (365, "later")]


def test_looking_back_it_holds_today_and_what_was_due_and_is_still_open_by_days_late(sqlite_store: Store) -> None:
    assert days(sqlite_store, Filters(direction="last"), -181, -180, -121, -120, -31, -30, -1, 0, 1) == [
        (-180, "late-121-180"), (-121, "late-121-180"), (-120, "late-91-120"), (-31, "late-31-60"), (-30, "late-1-30"), (-1, "late-1-30"),
        (0, "0-30")]


def test_a_longer_look_back_ends_in_one_bucket(sqlite_store: Store) -> None:
    assert days(sqlite_store, Filters(direction="last", window=200), -201, -200, -181) == [(-200, "late-181"), (-181, "late-181")]


def test_a_filter_by_days_and_the_window_both_hold(sqlite_store: Store) -> None:
    assert days(sqlite_store, Filters(window=30, due=("0-30", "31-60", "overdue")), -5, 3, 40) == [(3, "0-30")]


@pytest.mark.parametrize(("window", "direction", "first", "last"), [
    (None, None, TODAY, date(2027, 5, 23)), (30, "next", TODAY, date(2026, 12, 24)), (30, "last", date(2026, 10, 25), TODAY),
])
def test_the_window_says_its_days(window: int | None, direction: str | None, first: date, last: date) -> None:
    assert due_180_days.window(Filters(window=window, direction=direction), TODAY) == (first, last)




def test_the_window_and_its_direction_are_chosen_at_one_click_and_said(served: Served, tab: Callable[..., Page]) -> None:
    page, reader, today = tab(), viewer(served), Settings.from_environment().today()
    sign_in(page, served, "/due-180-days")
    said = page.get_by_test_id("stMarkdown").filter(has_text="lines due from").first
    for button, filters in (("90 days", Filters(window=90)), ("Days past", Filters(window=90, direction="last"))):
        page.get_by_role("radio", name=button, exact=True).click()
        settled(page)
        first, last = due_180_days.window(filters, today)
        count = report.run(due_180_days, reader, filters, today=today, form="detail", limit=1).count
        expect(said).to_contain_text(f"{count:,} lines due from {formats.day(first)} to {formats.day(last)}")
    assert parse_qs(urlsplit(page.url).query) == {"window": ["90"], "direction": ["last"]}
    page.get_by_label("Another number of days").fill("45")
    page.keyboard.press("Enter")
    page.wait_for_url("**window=45**")
