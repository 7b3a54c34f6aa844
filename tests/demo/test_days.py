"""Dates by column are those of the date engine, day by day."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from pao_core import dates
from pao_core.demo import days

# Four years and the first of March after them: two leap days, every month end.
EVERY = [date(2023, 12, 1) + timedelta(number) for number in range(4 * 365 + 93)]
FIRST = date(1970, 1, 1)


def columns() -> np.ndarray:
    return np.array([days.day_of(day) for day in EVERY])


def as_dates(column: np.ndarray) -> list[date]:
    return [FIRST + timedelta(int(number)) for number in column]


def test_a_term_of_full_months_is_the_engines() -> None:
    found = as_dates(days.after_term(columns()))
    assert found == [dates.first_anniversary(day).value for day in EVERY]
    assert found == [dates.express_coverage(day).value.after for day in EVERY]
    assert found == [dates.saas(day).value.after for day in EVERY]


def test_a_term_to_the_same_day_is_the_engines() -> None:
    found = as_dates(days.year_after(columns()))
    assert found == [dates.fixed_term(day).value.after for day in EVERY]
    assert found[EVERY.index(date(2024, 2, 29))] == date(2025, 3, 1)


def test_co_termination_is_the_engines() -> None:
    for anniversary in (date(2019, 1, 1), date(2022, 6, 1), date(2030, 12, 1)):
        column = np.full(len(EVERY), days.day_of(anniversary))
        found = as_dates(days.co_termed(column, columns()))
        assert found == [dates.co_termination(day, anniversary, days.LEAST_COTERM).value.after for day in EVERY]
