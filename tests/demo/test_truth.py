"""The file that says what made the rows: what is counted in the rows is what it says, within what chance allows."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import timedelta
from itertools import pairwise
from math import exp, sqrt
from typing import Any

import pytest
from book import BOOK_LINES, TODAY, Book, Row

SIGMAS = 4
SETTLED = TODAY - timedelta(75)  # what fell due before is renewed or not: nothing is open


@pytest.fixture(scope="module")
def truth(whole: Book) -> dict[str, Any]:
    """The file, as it lies beside the data."""
    found = json.loads((whole.store.settings.data_dir / "demonstration-truth.json").read_text(encoding="utf-8"))
    assert found["made_with"] == {"lines": BOOK_LINES, "seed": 1, "today": TODAY.isoformat()}
    return dict(found)


def odds(truth: dict[str, Any], whole: Book, line: Row, first: bool, after_late: bool) -> float:
    """The log-odds of a line, read off the file's rule."""
    given, agreement = truth["renewal"]["log_odds"], whole.agreement(line)
    rise = float(line["unit_price"] / line["prior_unit_price"]) - 1 if line["prior_unit_price"] else 0.0
    program, kind = (agreement["program"], agreement["customer_type"]) if agreement else ("none", None)
    return (given["part_type"][whole.part(line)["part_type"]] + given["program"][program] + (given["customer_type"][kind] if kind else 0.0)
            + given["first_renewal"] * first + given["after_a_late_one"] * after_late + given["per_rise"] * rise)


def settled(truth: dict[str, Any], whole: Book) -> list[tuple[Row, float, bool]]:
    """Settled lines of support with their probability and whether they were renewed. A first renewal follows a licence, another
    part, so no price of the year before is known; what the site did the year before is known for later years alone."""
    last = {(line["site_number"], line["due_date"]): line["renewed_on"] > line["due_date"] for line in whole.of("renewals") if line["renewed_on"]}
    earliest = min(line["due_date"] for line in whole.of("renewals")) + timedelta(366)
    found = []
    for line in whole.of("renewals"):
        if whole.part(line)["part_type"] != "renewal" or not earliest <= line["due_date"] < SETTLED or whole.agreement(line) is None:
            continue
        assert line["status"] != "open"
        first = line["prior_unit_price"] is None
        before = line["due_date"].replace(year=line["due_date"].year - 1)
        late = not first and last.get((line["site_number"], before), False)
        found.append((line, 1 / (1 + exp(-odds(truth, whole, line, first, late))), line["status"] == "renewed"))
    return found


def test_as_many_lines_are_renewed_as_the_rule_says(truth: dict[str, Any], whole: Book) -> None:
    segments: dict[Any, list[tuple[float, bool]]] = defaultdict(list)
    for line, p, renewed in settled(truth, whole):
        agreement = whole.agreement(line)
        assert agreement
        for segment in ("all", agreement["program"], agreement["customer_type"], line["prior_unit_price"] is None, line["due_date"].year,
                        line["reseller_site_number"], "low" if p < 0.85 else "middle" if p < 0.93 else "high"):
            segments[segment].append((p, renewed))
    assert len(segments["all"]) > 1_000 and min(map(len, segments.values())) > 30
    for segment, found in segments.items():
        expected, spread = sum(p for p, _renewed in found), sqrt(sum(p * (1 - p) for p, _renewed in found))
        assert abs(sum(renewed for _p, renewed in found) - expected) < SIGMAS * spread, segment


def test_the_rule_tells_more_than_the_average_does(truth: dict[str, Any], whole: Book) -> None:
    """A model has something to find: lines that the rule calls riskier are lost more often."""
    ordered = sorted(settled(truth, whole), key=lambda found: found[1])
    third = len(ordered) // 3
    lost = [sum(not renewed for _line, _p, renewed in part) for part in (ordered[:third], ordered[-third:])]
    assert lost[0] > 1.8 * lost[1]


def test_every_segment_has_the_probability_of_the_rule(truth: dict[str, Any]) -> None:
    given = truth["renewal"]["log_odds"]
    rows = truth["renewal"]["probability_at_the_same_price"]
    assert len(rows) == 5 * 4 * 3 * 3
    for row in rows:
        s = (given["part_type"][row["part_type"]] + given["program"][row["program"]] + given["customer_type"][row["customer_type"]]
             + given["first_renewal"] * row["first_renewal"] + given["after_a_late_one"] * row["after_a_late_one"])
        assert row["probability"] == pytest.approx(1 / (1 + exp(-s)), abs=1e-6)


def share_is(found: int, of: int, share: float, *, unit: float = 1.0) -> None:
    """Assert that `found` of `of` is a share within chance; `unit` is how many of them chance decides on together."""
    assert abs(found - of * share) < SIGMAS * sqrt(of * share * (1 - share) * unit), (found / of, share)


def test_other_shares_are_those_that_are_written(truth: dict[str, Any], whole: Book) -> None:
    renewed = {(line["site_number"], line["due_date"]): line["renewed_on"] > line["due_date"] for line in whole.of("renewals") if line["renewed_on"]
               and line["due_date"] < SETTLED}
    share_is(sum(renewed.values()), len(renewed), truth["renewed"]["late"])
    gone = [line for line in whole.of("renewals") if line["status"] in ("lapsed", "cancelled") and line["due_date"] < SETTLED]
    share_is(sum(line["status"] == "cancelled" for line in gone), len(gone), truth["not_renewed"]["cancelled"])
    orders = {(line["reseller_site_number"], line["order_number"]): line for line in whole.of("orders")}
    share_is(sum(line["po_number"] is not None for line in orders.values()), len(orders), truth["papers"]["purchase_order"])
    dues = {(line["reseller_site_number"], whole.site(line)["agreement_number"], line["coverage_start"]): line["quote_number"] is not None
            for line in whole.of("orders") if line["order_type"] == "renewal" and whole.part(line)["part_type"] != "monthly"}
    share_is(sum(dues.values()), len(dues), truth["papers"]["quote_named_on_the_order"])
    running = [row for row in whole.of("entitlements") if row["coverage_start"] <= TODAY <= row["coverage_end"]]
    share_is(sum(row["deployed_quantity"] is not None for row in running), len(running), truth["deployment"]["counted"])
    dealt = len({(line["reseller_site_number"], line["site_number"]) for line in whole.of("orders")})
    share_is(len(whole.of("assignments")), dealt, truth["assignments"]["assigned"], unit=3)


def test_an_open_line_becomes_less_likely_the_longer_it_stays_open(truth: dict[str, Any]) -> None:
    table = truth["renewal"]["still_open"]
    assert [row["days_to_due"] for row in table] == sorted((row["days_to_due"] for row in table), reverse=True)
    assert (table[0]["will_be_renewed"], table[-1]["will_be_renewed"], table[-1]["will_not"]) == (1.0, 0.0, 0.0)
    for column in ("will_be_renewed", "will_not"):
        assert all(later[column] <= earlier[column] for earlier, later in pairwise(table))
    at_due = next(row for row in table if row["days_to_due"] == 0)
    assert at_due["will_be_renewed"] == pytest.approx(truth["renewed"]["late"], abs=0.01)
    assert at_due["will_not"] == pytest.approx(1 - truth["not_renewed"]["cancelled"], abs=0.01)
