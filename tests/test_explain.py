"""Explain a number: the total, the rows behind it and the way from all rows to them, for every report that there is."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from types import ModuleType
from typing import Any

import pytest
import renewal_lines
import subscription_rows
import world as worlds
from cast import settle, times

from pao_core import report
from pao_core.access import AccessDenied, Viewer
from pao_core.catalogue import REPORTS
from pao_core.explain import Explanation, Total, behind, explain, formula_of, value
from pao_core.filters import Filters
from pao_core.orders import order_history
from pao_core.renewals import committed_terms, due_180_days, renewals
from pao_core.store.engine import Store

TODAY = date(2026, 11, 24)
EVERY = pytest.mark.parametrize("module", REPORTS.values(), ids=list(REPORTS))


def made_of(rows: Sequence[dict[str, Any]], one: Total) -> Decimal | int | None:
    """What rows make, by the formula and without the database."""
    if one.formula.how == "rows":
        return len(rows)
    if one.formula.how == "distinct":
        names = one.formula.of
        return len({tuple(row[name] for name in names) for row in rows if all(row[name] is not None for name in names)})
    if one.formula.how == "ratio":
        above, below = (sum((row[name] or Decimal(0) for row in rows), Decimal(0)) for name in one.formula.of)
        return (above / below).quantize(Decimal("0.0001"), ROUND_HALF_UP) if below > 0 else None
    (name,) = one.formula.of or (one.measure.name,)
    if one.amount is None and all(row[name] is None for row in rows):
        return None  # not known of any row, which is not nothing
    return sum((value(row, one) for row in rows), Decimal(0))


def check(module: ModuleType, viewer: Viewer, filters: Filters, today: date) -> Explanation:
    """Everything that must hold of an explanation; the rows are added up here."""
    found = explain(module, viewer, filters, today=today)
    own = report.totals_of(module, viewer, filters, today)
    assert [(one.measure.name, one.currency, one.amount) for one in found.totals] == [
        (measure, row.get("currency"), row[measure]) for row in own for measure in module.MEASURES]
    rows = found.start
    for step in found.steps:
        assert (step.left_out >= 0, rows - step.left_out) == (True, step.rows), (step, filters)
        rows = step.rows
    assert found.rows == rows == report.run(module, viewer, filters, today=today, form="detail", limit=1).count
    for one in found.totals:
        shown = behind(found, one, viewer).rows
        assert made_of(shown, one) == one.of_rows, (one, filters)
        assert len(shown) == one.rows == ([found.rows, *(step.rows for step in found.steps_to(one))][-1])
        assert one.of_rows == one.amount or (one.of_rows > one.amount and one.remark), (one, filters)
    return found


@EVERY
def test_a_total_is_the_sum_of_its_rows_and_every_filter_tells_what_it_left_out(sqlite_store: Store, module: ModuleType) -> None:
    people, world, pick = settle(sqlite_store), subscription_rows.make(71, lines=400), random.Random(72)
    world.write(sqlite_store)
    summed = 0
    for place in range(times(4, 300)):
        filters = worlds.random_filters(pick, world) if place else Filters()
        found = check(module, people[pick.choice(["carla", "ana"])], filters, pick.choice(renewal_lines.TODAYS))
        summed += len(found.totals)
    assert summed, "no total was checked"


def test_the_same_read_on_postgresql(direct_store: Store) -> None:
    people, world, pick = settle(direct_store), worlds.make(73, lines=300), random.Random(74)
    world.write(direct_store)
    for module in REPORTS.values():
        for _ in range(times(1, 40)):
            check(module, people["carla"], worlds.random_filters(pick, world), TODAY)


def test_the_steps_are_the_filters_in_order_with_what_each_left_out(sqlite_store: Store) -> None:
    people, world = settle(sqlite_store), worlds.make(75, lines=300)
    world.write(sqlite_store)
    first, last = date(2025, 1, 1), date(2026, 6, 30)
    filters = Filters(country=("BR", "PT"), from_=first, to=last, order_type=("renewal",))
    seen = worlds.visible(world, "7000002")
    counts = [len(seen)]
    for keep in (lambda line: line["country"] in ("BR", "PT"), lambda line: first <= line["order_date"] <= last,
                 lambda line: line["order_type"] == "renewal"):
        seen = [line for line in seen if keep(line)]
        counts.append(len(seen))
    found = explain(order_history, people["ana"], filters, today=TODAY)
    assert [found.start, *(step.rows for step in found.steps)] == counts
    assert [step.words for step in found.steps] == [
        "Country/region: Brazil or Portugal", "From: 01 Jan 2025 · To: 30 Jun 2026", "Order type: Renewal"]
    one = found.total("amount", seen[0]["currency"])
    assert one
    same = [line for line in seen if line["currency"] == one.currency]
    assert (one.rows, one.amount, one.of_rows) == (len(same), *[sum((line["amount"] for line in same), Decimal(0))] * 2)
    assert [(step.words, step.left_out) for step in found.steps_to(one)[3:]] == [(f"Only amounts in {one.currency}", len(seen) - len(same))]


def test_two_ends_of_one_filter_are_one_step(sqlite_store: Store) -> None:
    found = explain(order_history, settle(sqlite_store)["ana"], Filters(anniversary_from="11-30", anniversary_to="02-01"), today=TODAY)
    assert [step.words for step in found.steps] == ["Anniversary from: 30 Nov · Anniversary to: 01 Feb"]


def test_how_far_a_report_looks_leaves_no_row_out_by_itself(sqlite_store: Store) -> None:
    people = renewal_lines.lay(sqlite_store, *(renewal_lines.line(at, TODAY + timedelta(at * 100)) for at in range(1, 5)))
    found = explain(due_180_days, people["ana"], Filters(window=365, country=("PT",)), today=TODAY)
    assert (found.looks, found.start, [(step.rows, step.left_out) for step in found.steps]) == (("Window in days: 365",), 3, [(0, 3)])
    assert found.totals == ()


def test_the_overdue_lines_are_a_step_of_their_own(sqlite_store: Store) -> None:
    people = renewal_lines.lay(sqlite_store, *(renewal_lines.line(at, TODAY + timedelta(at - 3)) for at in range(1, 6)))
    late = explain(renewals, people["ana"], Filters(), today=TODAY).total("amount_overdue", "BRL")
    assert late
    assert (late.rows, late.amount, late.of_rows) == (2, Decimal(200), Decimal(200))
    assert late.formula.filters == {"due": ("overdue",)}


def test_a_measure_that_no_formula_tells_is_named() -> None:
    with pytest.raises(LookupError, match="committed-terms does not say how surprise follows"):
        formula_of(committed_terms, "surprise", ("amount",))


@EVERY
def test_an_explanation_takes_the_right_of_its_report(sqlite_store: Store, module: ModuleType) -> None:
    with pytest.raises(AccessDenied):
        explain(module, settle(sqlite_store)["dora"], Filters(), today=TODAY)


@EVERY
def test_nobody_is_told_how_many_rows_others_have(sqlite_store: Store, module: ModuleType) -> None:
    people, world = settle(sqlite_store), worlds.make(76, lines=200)
    world.write(sqlite_store)
    before = explain(module, people["ana"], Filters(), today=TODAY)
    worlds.only_of(sqlite_store, "7000002")
    after = explain(module, people["ana"], Filters(), today=TODAY)
    assert (after.start, [one.amount for one in after.totals]) == (before.start, [one.amount for one in before.totals])
