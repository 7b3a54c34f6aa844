"""Levels and points equal an independent computation, on every engine; and the terms of an agreement hold every line once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal

import holdings
import pytest
import world as worlds
from cast import BOREAL, settle, times
from customer_in_python import OWN, TODAYS, years_before

from pao_core import report
from pao_core.customers import customers, dealings, levels_and_points
from pao_core.filters import Filters
from pao_core.store.engine import Store


def test_it_equals_plain_python_read_through_duckdb(store: Store) -> None:
    holdings.check(store, levels_and_points, 71, times(100, 2_500), 78 if store.on_postgresql else 71)


def test_it_equals_plain_python_read_on_postgresql(direct_store: Store) -> None:
    holdings.check(direct_store, levels_and_points, 72, times(40, 1_000), 73)


def test_the_terms_of_an_agreement_hold_every_line_once_and_the_last_one_is_the_reports(sqlite_store: Store) -> None:
    people, world = settle(sqlite_store), holdings.make(74)
    world.write(sqlite_store)
    walked = 0
    for today in TODAYS:
        for row in report.run(levels_and_points, people["ana"], Filters(), today=today, form="detail").rows:
            if row["anniversary_date"] is None:
                continue
            terms = levels_and_points.terms(people["ana"], Filters(), row["agreement_number"], row["anniversary_date"], today)
            lines = [line for line in world.orders if line["reseller_site_number"] == BOREAL and
                     world.sites[line["site_number"]]["agreement_number"] == row["agreement_number"]]
            assert sum(term.lines for term in terms) == len(lines)
            (now,) = (term for term in terms if term.start <= today <= term.end)
            assert (now.start, now.end, now.lines, now.points) == (row["term_start"], row["term_end"], row["lines"], row["points"])
            before = [term.points for term in terms if term.end < now.start and (now.start - term.end).days == 1]
            assert sum(before) == row["points_before"]
            walked += 1
    assert walked > len(TODAYS)


def test_the_points_of_an_agreement_are_the_same_in_every_figure_of_them(sqlite_store: Store) -> None:
    people, world = settle(sqlite_store), holdings.make(76, 300)
    for agreement in world.agreements.values():
        agreement["anniversary_date"] = None  # the term is the twelve months up to today, as on the other pages
    world.write(sqlite_store)
    plainly, viewer, today, apart = holdings.Plain(world), people["carla"], TODAYS[0], 0
    of_customers: dict[str | None, Decimal] = defaultdict(Decimal)
    for row in report.run(customers, viewer, Filters(), today=today, form="detail").rows:
        of_customers[row["agreement_number"]] += row["points_12_months"]
    for row in report.run(levels_and_points, viewer, Filters(), today=today, form="detail").rows:
        lines = [line for line in worlds.seen(world.orders, OWN["carla"]) if years_before(today, 1) < line["order_date"] <= today and
                 world.sites[line["site_number"]]["agreement_number"] == row["agreement_number"]]
        of_parts = sum((line["quantity"] * (world.parts[line["part_number"]]["points"] or 0) for line in lines), Decimal(0))
        filters = Filters(agreement=(row["agreement_number"],))
        of_page = [dealings.dealings(viewer, asked, today).points for asked in (filters, replace(filters, in_currency="EUR"))]
        assert {holdings.added([(line, plainly.points_of(line, row["price_level"])) for line in lines]), row["points"],
                of_customers[row["agreement_number"]], *of_page} == {row["points"]}, row
        apart += row["points"] != of_parts
    assert apart


@pytest.mark.parametrize(("today", "start", "end"), [
    (date(2026, 2, 27), date(2025, 2, 28), date(2026, 2, 27)), (date(2026, 2, 28), date(2026, 2, 28), date(2027, 2, 27)),
    (date(2028, 2, 28), date(2027, 2, 28), date(2028, 2, 28)), (date(2028, 2, 29), date(2028, 2, 29), date(2029, 2, 27)),
])
def test_an_anniversary_on_a_leap_day_falls_on_the_28th_in_common_years(sqlite_store: Store, today: date, start: date, end: date) -> None:
    people, world = settle(sqlite_store), holdings.make(75)
    for agreement in world.agreements.values():
        agreement["anniversary_date"] = date(2024, 2, 29)
    world.write(sqlite_store)
    rows = report.run(levels_and_points, people["carla"], Filters(), today=today, form="detail").rows
    assert rows and {(row["term_start"], row["term_end"]) for row in rows} == {(start, end)}
