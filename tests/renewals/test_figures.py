"""The figures and charts of the renewals pages equal plain sums of the lines, and their filters find exactly those lines."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest
import renewal_lines
import world as worlds
from cast import BOREAL, settle, times
from renewal_lines import TODAYS, bucket, days_to, lay, line, quote_state

from pao_core import report
from pao_core.access import Viewer
from pao_core.filters import Filters
from pao_core.renewals import committed_terms, due_180_days, figures, renewals
from pao_core.store.engine import Store

TODAY = date(2026, 11, 24)
Line = dict[str, Any]


def matching(world: worlds.World, filters: Filters, today: date, currency: str) -> list[Line]:
    """Boreal's open lines in one currency, by plain Python."""
    return [one for one in renewal_lines.lines(world, BOREAL, filters, today, lambda *_all: True) if one["currency"] == currency]


def total(lines: list[Line]) -> tuple[int, Decimal]:
    return len(lines), sum((one["amount"] for one in lines), Decimal(0))


def found_by(viewer: Viewer, filters: Filters, today: date, currency: str, module: ModuleType = renewals) -> tuple[int, Decimal]:
    """How many lines of a currency the report finds, and their amount."""
    row = next((row for row in report.totals_of(module, viewer, filters, today) if row["currency"] == currency), None)
    return (row["lines"], row["amount"]) if row else (0, Decimal(0))


def test_every_figure_is_the_sum_of_its_lines_and_its_filters_find_them(sqlite_store: Store) -> None:
    people, world = settle(sqlite_store), worlds.make(61, lines=900)
    world.write(sqlite_store)
    pick, ana = random.Random(71), people["ana"]
    for _ in range(times(25, 500)):
        filters, today = worlds.random_filters(pick, world), pick.choice(TODAYS)
        currency = filters.in_currency or pick.choice(["BRL", "JPY"])
        whole = matching(world, filters.but(due=(), quote_state=()), today, currency)
        rows = figures.spread(renewals, ana, filters, currency, today, pick.choice(["week", "month"]))
        expected = {
            (): whole, figures.OVERDUE: [one for one in whole if one["due_date"] < today],
            figures.SOON: [one for one in whole if 0 <= days_to(one["due_date"], today) <= 30],
            figures.NEAR: [one for one in whole if 0 <= days_to(one["due_date"], today) <= 90],
        }
        for due, lines in expected.items():
            figure = figures.figure(rows, filters, due)
            assert (figure.lines, figure.amount) == total(lines) == found_by(ana, figure.filters, today, currency), (filters, due)
        expiring = figures.figure(rows, filters, quote_state=figures.EXPIRING)
        lines = [one for one in whole if one["quote_expires"] and 0 <= days_to(one["quote_expires"], today) <= 14]
        assert (expiring.lines, expiring.amount) == total(lines) == found_by(ana, expiring.filters, today, currency), filters


@pytest.mark.parametrize("step", ["week", "month"])
def test_every_bar_and_column_is_the_sum_of_its_lines_and_a_click_finds_them(sqlite_store: Store, step: str) -> None:
    people, world = settle(sqlite_store), worlds.make(62, lines=900)
    world.write(sqlite_store)
    pick, ana = random.Random(72), people["ana"]
    for _ in range(times(8, 200)):
        filters, today = worlds.random_filters(pick, world), pick.choice(TODAYS)
        currency = filters.in_currency or pick.choice(["BRL", "JPY"])
        rows = figures.spread(renewals, ana, filters, currency, today, step)
        lines = matching(world, filters, today, currency)
        bars = {row["bucket"]: (row["lines"], row["amount"]) for row in figures.by_bucket(figures.narrowed(rows, filters))}
        by_bucket: dict[str, list[Line]] = defaultdict(list)
        for one in lines:
            by_bucket[bucket(days_to(one["due_date"], today))].append(one)
        assert bars == {code: total(of) for code, of in by_bucket.items()}, filters
        columns = figures.by_step(figures.narrowed(rows, filters), step)
        assert sum((column["amount"] for column in columns), Decimal(0)) == total(lines)[1], filters
        for column in pick.sample(columns, k=min(4, len(columns))):
            clicked = figures.of_column(filters, columns, step, column[step], today)
            assert found_by(ana, clicked, today, currency)[1] == column["amount"], (filters, column)
        quoted = figures.by_step(figures.narrowed(rows, filters), step, by_quote=True)
        holding = [one for one in lines if quote_state(one["quote_expires"], today) in ("expiring", "valid")]
        assert sum((column["with_quote"] for column in quoted), Decimal(0)) == total(holding)[1], filters


def test_columns_of_the_days_past_hold_all_the_lines_of_their_week(sqlite_store: Store) -> None:
    people = lay(sqlite_store, line(1, TODAY), line(2, TODAY - timedelta(1)), line(3, TODAY - timedelta(9)), line(4, TODAY + timedelta(1)))
    filters = Filters(direction="last")
    columns = figures.by_step(figures.spread(due_180_days, people["ana"], filters, "BRL", TODAY, "week"), "week")
    assert {column["week"]: column["amount"] for column in columns} == {"2026-11-23": 200, "2026-11-09": 100}
    clicked = figures.of_column(filters, columns, "week", "2026-11-23", TODAY)
    assert found_by(people["ana"], clicked, TODAY, "BRL", due_180_days) == (2, Decimal(200))


def test_what_is_late_in_a_week_that_has_not_ended_stands_with_the_overdue(sqlite_store: Store) -> None:
    people = lay(sqlite_store, line(1, TODAY), line(2, TODAY - timedelta(1)))
    rows = figures.spread(renewals, people["ana"], Filters(), "BRL", TODAY, "week")
    columns = figures.by_step(rows, "week")
    assert {column["week"]: column["amount"] for column in columns} == {"overdue": 100, "2026-11-23": 100}
    assert found_by(people["ana"], figures.of_column(Filters(), columns, "week", "2026-11-23", TODAY), TODAY, "BRL") == (1, Decimal(100))
    late = figures.of_column(Filters(), columns, "week", "overdue", TODAY)
    assert late == Filters(due=("overdue",))
    # Alone, the late lines stand in their own weeks.
    assert [column["week"] for column in figures.by_step(figures.narrowed(rows, late), "week")] == ["2026-11-23"]


@pytest.mark.parametrize("module", [renewals, due_180_days, committed_terms])
def test_the_lines_behind_a_summary_row_are_its_lines(sqlite_store: Store, module: ModuleType) -> None:
    people, world = settle(sqlite_store), worlds.make(63, lines=600)
    world.write(sqlite_store)
    ana = people["ana"]
    for filters in (Filters(), Filters(direction="last")):
        for by in (by for by in module.BY if by not in ("end_month", "term_months")):
            for row in report.run(module, ana, filters, today=TODAY, by=by, limit=6).rows:
                if row[by] is not None:
                    behind = figures.behind(ana, filters, by, row[by], TODAY)
                    assert found_by(ana, behind, TODAY, row["currency"], module) == (row["lines"], row["amount"]), (by, row[by])


def test_a_second_click_on_a_bar_takes_back_what_the_first_one_did() -> None:
    filters = Filters(country=("BR",), to=date(2027, 1, 1))
    late = filters.but(due=("overdue",))
    assert figures.clicked(filters, late, "due") == late
    assert figures.clicked(late, late, "due") == filters
    week = figures.of_column(filters, (), "week", "2026-11-30", TODAY)
    assert (week.from_, week.to) == (date(2026, 11, 30), date(2026, 12, 6))
    assert figures.clicked(week, week, "from_", "to") == Filters(country=("BR",))
