"""Figures against the period before, and the filters that find the lines behind a row."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from pao_core.filters import Filters
from pao_core.orders.figures import Figures, before

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(("since", "until", "expected"), [
    (date(2025, 11, 25), TODAY, (date(2024, 11, 25), date(2025, 11, 24))),  # twelve months
    (date(2026, 2, 1), date(2026, 2, 28), (date(2026, 1, 1), date(2026, 1, 31))),  # a month
    (date(2026, 11, 10), date(2026, 11, 12), (date(2026, 11, 7), date(2026, 11, 9))),  # three days
    (date(2026, 1, 1), None, (date(2025, 2, 7), date(2025, 12, 31))),  # until today
])
def test_the_period_before_has_the_same_length_and_ends_the_day_before(since: date, until: date | None, expected: tuple[date, date]) -> None:
    found = before(Filters(from_=since, to=until, country=("BR",)), TODAY)
    assert found
    assert (found.from_, found.to) == expected
    assert found.country == ("BR",)


def test_without_a_beginning_there_is_nothing_to_compare_with() -> None:
    assert before(Filters(to=TODAY), TODAY) is None
    assert before(Filters(from_=date(2027, 1, 1)), TODAY) is None


def test_an_average_or_a_share_of_nothing_is_none() -> None:
    assert Figures(Decimal(0), 0, Decimal(0)).per_order is None
    assert Figures(Decimal(0), 0, Decimal(0)).renewal_share is None
    assert Figures(Decimal(-5), 1, Decimal(0)).renewal_share is None
    assert Figures(Decimal(10), 4, Decimal(5)).renewal_share == 0.5
