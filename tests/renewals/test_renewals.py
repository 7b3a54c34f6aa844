"""Renewals: the open lines and their buckets equal an independent computation, on every engine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import renewal_lines
import world as worlds
from browser import Served, pick, press, sign_in, viewer
from cast import BOREAL, CEDRO, settle, times
from playwright.sync_api import Page, expect
from renewal_lines import lay, line

from pao_core import report
from pao_core.access import AccessDenied, Viewer
from pao_core.charts.due import BUCKET_ENDS
from pao_core.config import Settings
from pao_core.dates import explain_due
from pao_core.filters import Filters
from pao_core.locale.words import BUCKETS
from pao_core.renewals import buckets, renewals
from pao_core.store.engine import Store

TODAY = date(2026, 11, 24)
NO_FILTERS = Filters()


def every_open_line(_world: worlds.World, _filters: Filters, _today: date, _line: dict[str, Any]) -> bool:
    return True


def test_it_equals_plain_python_read_through_duckdb(store: Store) -> None:
    people, world = settle(store), worlds.make(31)
    world.write(store)
    renewal_lines.check(renewals, world, people, times(100, 2_500), seed=43 if store.on_postgresql else 41, chosen=every_open_line)


def test_it_equals_plain_python_read_on_postgresql(direct_store: Store) -> None:
    people, world = settle(direct_store), worlds.make(32)
    world.write(direct_store)
    renewal_lines.check(renewals, world, people, times(40, 1_000), seed=42, chosen=every_open_line, both=True)


def listed(viewer: Viewer, filters: Filters = NO_FILTERS, today: date = TODAY) -> list[dict[str, Any]]:
    return report.run(renewals, viewer, filters, today=today, form="detail").rows


EDGES = {-1: "overdue", 0: "0-30", 30: "0-30", 31: "31-60", 60: "31-60", 61: "61-90", 90: "61-90", 91: "91-120", 120: "91-120", 121: "121-180",
         180: "121-180", 181: "later"}


@pytest.mark.parametrize("today", [TODAY, date(2026, 12, 31), date(2028, 2, 29), date(2026, 8, 31)])
def test_a_line_due_today_is_not_overdue_and_each_bucket_holds_both_its_days(sqlite_store: Store, today: date) -> None:
    people = lay(sqlite_store, *(line(at, today + timedelta(days)) for at, days in enumerate(EDGES, start=1)))
    assert {row["days_to_due"]: row["bucket"] for row in listed(people["ana"], today=today)} == EDGES
    for code in set(EDGES.values()):
        assert [row["days_to_due"] for row in listed(people["ana"], Filters(due=(code,)), today)] == [
            days for days, bucket in EDGES.items() if bucket == code]


def test_chart_and_report_have_the_same_buckets() -> None:
    assert {code: buckets.DAYS[code][1] for code in BUCKET_ENDS} == BUCKET_ENDS
    assert list(buckets.DAYS) == list(BUCKETS)


@pytest.mark.parametrize(("day", "monday"), [
    (date(2026, 1, 1), date(2025, 12, 29)), (date(2028, 2, 29), date(2028, 2, 28)), (date(2026, 11, 22), date(2026, 11, 16)),
    (date(2026, 11, 23), date(2026, 11, 23)),
])
def test_a_week_begins_on_its_monday_over_the_end_of_a_year_and_on_a_leap_day(store: Store, day: date, monday: date) -> None:
    people = lay(store, line(1, day))
    assert [row["week"] for row in report.run(renewals, people["ana"], Filters(), today=TODAY, by="week").rows] == [monday]


def test_buckets_weeks_and_months_come_in_time_and_lines_the_overdue_first(sqlite_store: Store) -> None:
    people = lay(sqlite_store, line(1, TODAY + timedelta(200)), line(2, TODAY - timedelta(3)), line(3, TODAY + timedelta(100)), line(4, TODAY))
    found = {by: [row[by] for row in report.run(renewals, people["ana"], Filters(), today=TODAY, by=by).rows] for by in ("bucket", "week", "month")}
    assert found["bucket"] == ["overdue", "0-30", "91-120", "later"]
    assert found["week"] == sorted(found["week"])
    assert found["month"] == sorted(found["month"])
    assert [row["line_number"] for row in listed(people["ana"])] == [2, 4, 3, 1]


@pytest.mark.parametrize(("expires", "state"), [(None, "undated"), (-1, "expired"), (0, "expiring"), (14, "expiring"), (15, "valid")])
def test_a_quote_holds_on_its_last_day_and_is_expiring_in_its_last_fourteen(sqlite_store: Store, expires: int | None, state: str) -> None:
    people = lay(sqlite_store, line(1, TODAY, quote_expires=None if expires is None else TODAY + timedelta(expires)))
    assert [row["quote_state"] for row in listed(people["ana"])] == [state]
    assert len(listed(people["ana"], Filters(quote_state=(state,)))) == 1
    assert listed(people["ana"], Filters(quote_state=tuple({"undated", "expired", "expiring", "valid"} - {state}))) == []


def test_lines_can_be_sorted_by_each_of_their_columns(sqlite_store: Store) -> None:
    people, world = settle(sqlite_store), worlds.make(35, lines=60)
    world.write(sqlite_store)
    columns = report.detail_columns(renewals, people["ana"], Filters(in_currency="EUR"), TODAY)
    assert {"bucket", "days_to_due", "price_change", "amount_in"} <= {column.name for column in columns}
    for column in columns:
        rows = report.run(renewals, people["ana"], Filters(in_currency="EUR"), today=TODAY, form="detail", sort=f"-{column.name}").rows
        assert len(rows) == len(listed(people["ana"]))


@pytest.mark.parametrize("status", ["renewed", "lapsed", "cancelled"])
def test_what_is_not_open_is_no_renewal_to_come_whatever_is_asked_for(sqlite_store: Store, status: str) -> None:
    people = lay(sqlite_store, line(1, TODAY, status=status), line(2, TODAY))
    assert [row["line_number"] for row in listed(people["ana"])] == [2]
    assert listed(people["ana"], Filters(status=(status,))) == []
    assert [row["line_number"] for row in listed(people["ana"], Filters(status=(status, "open")))] == [2]


@pytest.mark.parametrize(("before", "now", "change"), [("100", "106", "0.0600"), ("100", "100", "0.0000"), ("3", "2", "-0.3333"), ("0", "5", None),
                                                      ("8", "8.0004", "0.0001"), ("8", "7.9996", "-0.0001"), (None, "5", None),
                                                      ("0.000003", "999999999.999999", "333333333333332.0000")])
def test_a_change_in_price_is_a_ratio_to_the_price_before_rounded_half_up(store: Store, before: str | None, now: str, change: str | None) -> None:
    people = lay(store, line(1, TODAY, prior_unit_price=before and Decimal(before), unit_price=Decimal(now)))
    assert [row["price_change"] for row in listed(people["ana"])] == [None if change is None else Decimal(change)]


def test_a_quote_of_several_customers_names_none_of_them(sqlite_store: Store) -> None:
    people, world = settle(sqlite_store), worlds.make(33, lines=1_500)
    world.write(sqlite_store)
    rows = report.run(renewals, people["ana"], Filters(), today=TODAY, by="quote").rows
    assert any(row["customers"] > 1 for row in rows)
    found = renewal_lines.lines(world, BOREAL, Filters(), TODAY, every_open_line)
    for row in rows:
        names = {worlds.customer_of(world, one["site_number"], one["reseller_site_number"], BOREAL)[1] for one in found
                 if (one["quote_number"], one["currency"]) == (row["quote"], row["currency"])}
        assert row["customer_name"] == (names.pop() if len(names) == 1 else None)


def test_a_distributor_sees_the_lines_of_its_resellers_and_not_who_looks_after_them(store: Store) -> None:
    people, world = settle(store), worlds.make(34)
    world.write(store)
    through = [row for row in listed(people["carla"]) if row["reseller_site_number"] in (BOREAL, CEDRO)]
    assert through
    assert {row["account_manager"] for row in through} == {None}
    assert {row["account_manager"] for row in listed(people["ana"])} > {None}


def test_nobody_without_the_right_gets_a_row(sqlite_store: Store) -> None:
    people = lay(sqlite_store, line(1, TODAY))
    with pytest.raises(AccessDenied):
        listed(people["dora"])
    assert listed(people["bob"]) == []


# -- the page ---------------------------------------------------------------------------------------------------------
def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_from_a_bar_to_a_line_to_its_customer_and_back_with_the_filters_kept(served: Served, tab: Callable[..., Page]) -> None:
    page, reader, today = tab(), viewer(served), Settings.from_environment().today()
    sign_in(page, served, "/renewals")
    found, overdue = page.get_by_test_id("stMarkdown").filter(has_text="renewal lines").first, page.locator(".bars .point path").first
    expect(found).to_contain_text(f"{len(listed(reader, today=today)):,} renewal lines")
    press(overdue, lambda wait: page.wait_for_url("**due=overdue**", timeout=wait))
    late = listed(reader, Filters(due=("overdue",)), today)
    expect(found).to_contain_text(f"{len(late):,} renewal lines")
    press(overdue, lambda wait: page.wait_for_url(lambda url: "due=" not in url, timeout=wait))
    press(overdue, lambda wait: page.wait_for_url("**due=overdue**", timeout=wait))

    panel = page.get_by_test_id("stDialog")
    pick(page.get_by_test_id("stDataFrame").first, panel, x=260)
    expect(panel).to_contain_text(late[0]["customer_name"])
    expect(panel).to_contain_text(f"{-late[0]['days_to_due']} day")
    expect(panel).to_contain_text("What waiting costs")
    expect(panel).to_contain_text(explain_due(*(late[0][name] for name in (
        "part_type", "program", "anniversary_date", "coverage_start", "coverage_end", "due_date"))).words()[0])
    panel.get_by_role("link", name="Open customer").click()
    expect(page.locator("h1")).to_have_text(late[0]["customer_name"])
    page.go_back()
    expect(page.locator("h1")).to_have_text("Renewals")
    expect(found).to_contain_text(f"{len(late):,} renewal lines")
    assert asked(page) == {"due": ["overdue"]}


def test_a_tile_narrows_the_page_to_its_lines_and_back(served: Served, tab: Callable[..., Page]) -> None:
    page, reader, today = tab(), viewer(served), Settings.from_environment().today()
    sign_in(page, served, "/renewals?country=BR")
    page.locator(".st-key-tile_2 button").click()
    page.wait_for_url("**due=61-90**")
    soon = listed(reader, Filters(country=("BR",), due=("0-30", "31-60", "61-90")), today)
    expect(page.get_by_test_id("stMarkdown").filter(has_text="renewal lines").first).to_contain_text(f"{len(soon):,} renewal lines")
    page.locator(".st-key-tile_2 button").click()
    page.wait_for_url(lambda url: "due=" not in url)
    assert asked(page) == {"country": ["BR"]}
