"""Whether and when a line that falls due is renewed: every probability behind the demonstration's renewals, all ours.

The log-odds of renewing are a sum over what anybody can read from the rows: no hidden quantity enters, so that a model
can be judged against it (`truth.py` writes these figures beside the data).
"""

from __future__ import annotations

import numpy as np

from pao_core.demo import chance
from pao_core.demo.customers import PROGRAMS
from pao_core.demo.days import weekday
from pao_core.demo.vocabulary import CUSTOMER_TYPES

# Log-odds. The part that renews says the kind.
BASE = {"renewal": 2.75, "subscription": 2.0, "fixed_term": 1.7, "committed_term": 2.45, "saas": 2.7}
OF_PROGRAM = {"PA": 0.0, "PAX": -0.55, "ELA": 0.6, None: -0.7}
OF_CUSTOMER_TYPE = {"commercial": 0.0, "academic": 0.15, "government": 0.45}
FIRST_RENEWAL = -0.4
AFTER_A_LATE_ONE = -0.9
PER_RISE = -5.0  # for a price twice as high as the one paid last year; 0 where another part was paid

LATE = 0.2  # of what a site renews together
IN_NO_HURRY, HURRY_DAYS, QUOTED_DAYS = 0.25, 17.0, 90  # the first share renews when the quote comes, the rest near the due date
LATE_DAYS, LATEST_DAYS = 16.0, 55
GRACE_DAYS, GRACE_SPREAD = 58, 12  # after the due date, until a line counts as lapsed
CANCELLED, NOTICE_DAYS = 0.2, 45  # share of what is not renewed that is called off before the due date, and how long before
REINSTATED, AWAY_LEAST_DAYS, AWAY_MOST_DAYS = 0.15, 70, 400
RESIZED = {1.0: 0.79, 1.1: 0.09, 1.25: 0.05, 0.8: 0.07}  # quantity of the renewal, as a share of what was covered
MOVED = 0.015  # to another site of the customer in the same country

SEGMENTS = tuple(BASE)


def probability(segment: np.ndarray, program: np.ndarray, customer_type: np.ndarray, first: np.ndarray, after_late: np.ndarray,
                rise: np.ndarray) -> np.ndarray:
    """The probability that a line is renewed: places in SEGMENTS, PROGRAMS and CUSTOMER_TYPES, whether it is the first
    renewal or follows a late one, and the unit price as a share above the one paid last year."""
    odds = np.array(list(BASE.values()))[segment] + np.array([OF_PROGRAM[name] for name in PROGRAMS])[program]
    odds = odds + np.array([OF_CUSTOMER_TYPE[name] for name in CUSTOMER_TYPES])[customer_type]
    odds = odds + FIRST_RENEWAL * first + AFTER_A_LATE_ONE * after_late + PER_RISE * rise
    renewed: np.ndarray = 1 / (1 + np.exp(-odds))
    return renewed


def renewed_on(seed: int, site: np.ndarray, due: np.ndarray) -> np.ndarray:
    """The day on which a site renews what falls due on a day: everything in one go, on a working day."""
    draw, how = chance.share(seed, "when", site, due), chance.share(seed, "how", site, due)
    late = chance.share(seed, "late", site, due) < LATE
    quoted = QUOTED_DAYS - np.floor(15 * draw)
    near, behind = _dwindling(draw, HURRY_DAYS, QUOTED_DAYS), 1 + _dwindling(draw, LATE_DAYS, LATEST_DAYS)
    day = due + np.where(late, behind, -np.where(how < IN_NO_HURRY, quoted, near)).astype(np.int64)
    rest = np.maximum(weekday(day) - 4, 0)
    working: np.ndarray = np.where(late, day + (rest > 0) * (3 - rest), day - rest)
    return working


def _dwindling(draw: np.ndarray, mean: float, most: int) -> np.ndarray:
    """Whole days from 0 to below `most`, exponentially fewer; `mean` is that of the uncut distribution."""
    days: np.ndarray = np.floor(-mean * np.log1p(-draw * -np.expm1(-most / mean)))
    return days


def settled_on(seed: int, site: np.ndarray, due: np.ndarray, cancelled: np.ndarray) -> np.ndarray:
    """The day on which a line that is not renewed counts as lapsed, or is cancelled."""
    draw = chance.share(seed, "settled", site, due)
    day: np.ndarray = due + np.where(cancelled, -np.floor(NOTICE_DAYS * draw), GRACE_DAYS + np.floor(GRACE_SPREAD * draw)).astype(np.int64)
    return day
