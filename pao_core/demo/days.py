"""Days and months as whole numbers since 1970, by column; the same rules as `pao_core.dates`, which tests compare."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

NO_DAY = -(2**31)  # where a column has no date
YEAR = 12  # months
LEAST_COTERM = 6  # months: a shorter first coverage runs on to the anniversary after (ours)


def day_of(day: date) -> int:
    """A date's number."""
    return (day - date(1970, 1, 1)).days


def month_of(days: np.ndarray) -> np.ndarray:
    """The months that days lie in."""
    months: np.ndarray = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return months


def first_day(months: np.ndarray) -> np.ndarray:
    """The first day of months."""
    days: np.ndarray = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return days


def after_term(days: np.ndarray) -> np.ndarray:
    """The first day after twelve full months from a day, the rest of a month begun before them: `dates.first_anniversary`,
    and the day after `dates.express_coverage` and `dates.saas`."""
    months = month_of(days)
    return first_day(months + YEAR + (days != first_day(months)))


def year_after(days: np.ndarray) -> np.ndarray:
    """The day after twelve months from a day: the same day of the next year, 1 March after 29 February (`dates.fixed_term`)."""
    months = month_of(days)
    after: np.ndarray = first_day(months + YEAR) + days - first_day(months)
    return after


def co_termed(anniversary: np.ndarray, days: np.ndarray) -> np.ndarray:
    """The first anniversary that is at least LEAST_COTERM months ahead, a month begun counting whole: the day after
    `dates.co_termination`. `anniversary` is any one on a first of a month."""
    begins, ahead = month_of(anniversary), month_of(days) + LEAST_COTERM
    return first_day(begins + YEAR * -(-(ahead - begins) // YEAR))


def weekday(days: np.ndarray) -> np.ndarray:
    """Monday is 0."""
    place: np.ndarray = (days + 3) % 7
    return place


def dates(days: np.ndarray) -> pa.Array:
    """A column of dates; null for NO_DAY."""
    return pa.array(days.astype(np.int32), mask=days == NO_DAY).cast(pa.date32())
