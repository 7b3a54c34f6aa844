"""What made the rows, written beside them: every probability and the rule of renewals, so that a model can be judged."""

from __future__ import annotations

from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from pao_core.config import Settings
from pao_core.demo import beside, contacts, contracts, entitlements, life, order_table, quotes, retention, services
from pao_core.demo.customers import PROGRAMS
from pao_core.demo.days import NO_DAY, day_of
from pao_core.demo.markets import HISTORY_YEARS, YEARS
from pao_core.demo.vocabulary import CUSTOMER_TYPES

TRUTH = "truth"  # the file of it
RULE = (
    "A line of a renewal quote is renewed with probability 1 / (1 + exp(-s)), where s is the sum of part_type, program, customer_type, "
    "first_renewal if it follows the first coverage, after_a_late_one if the coverage before was itself renewed after its due date, and "
    "per_rise x (unit_price / prior_unit_price - 1) where prior_unit_price is known. Lines are independent of each other. For a line that is still "
    "open, p becomes p x r / (p x r + (1 - p) x n), where r and n are the shares in still_open of that day."
)
DRAWS = 200_000


def keep(settings: Settings, lines: int, seed: int, today: date) -> None:
    """Write demonstration-truth.json into the data folder."""
    beside.write(settings, TRUTH, document(lines, seed, today))


def path(settings: Settings) -> Path:
    """Where it lies."""
    return beside.path(settings, TRUTH)


def forget(settings: Settings) -> None:
    """Delete it."""
    beside.forget(settings, TRUTH)


def document(lines: int, seed: int, today: date) -> dict[str, Any]:
    """Everything that chance decides by, as plain values. Shares and probabilities are from 0 to 1, times in days."""
    return {
        "made_with": {"lines": lines, "seed": seed, "today": today.isoformat()},
        "renewal": {
            "rule": RULE,
            "log_odds": {
                "part_type": retention.BASE, "program": {name or "none": odds for name, odds in retention.OF_PROGRAM.items()},
                "customer_type": retention.OF_CUSTOMER_TYPE, "first_renewal": retention.FIRST_RENEWAL,
                "after_a_late_one": retention.AFTER_A_LATE_ONE, "per_rise": retention.PER_RISE,
            },
            "probability_at_the_same_price": _segments(),
            "still_open": _still_open(seed, today),
        },
        "renewed": {
            "late": retention.LATE, "late_days": retention.LATE_DAYS, "latest_days": retention.LATEST_DAYS,
            "when_quoted": retention.IN_NO_HURRY, "quoted_days": retention.QUOTED_DAYS, "hurry_days": retention.HURRY_DAYS,
            "resized": [{"factor": factor, "share": share} for factor, share in retention.RESIZED.items()], "moved": retention.MOVED,
        },
        "not_renewed": {
            "cancelled": retention.CANCELLED, "notice_days": retention.NOTICE_DAYS, "lapsed_after_days": retention.GRACE_DAYS,
            "lapsed_spread_days": retention.GRACE_SPREAD, "reinstated": retention.REINSTATED,
            "reinstated_after_days": [retention.AWAY_LEAST_DAYS, retention.AWAY_MOST_DAYS],
        },
        "sales": {
            "month_weights": contracts.MONTH_WEIGHTS.tolist(), "quarter_end_days": contracts.RUSH_DAYS, "quarter_end_weight": contracts.RUSH,
            "growth_a_year": contracts.GROWTH, "contracts_per_deal": contracts.CONTRACTS_PER_DEAL,
            "established": contracts.ESTABLISHED, "leaving": contracts.LEAVING,
            "kinds": dict(zip(("perpetual", "term", "saas", "monthly", "media"), contracts.KIND_SHARES.tolist(), strict=True)),
            "traded_up": contracts.TRADED_UP, "special_bid": contracts.SPECIAL_BID, "special_bid_off": [contracts.LEAST_OFF, contracts.MOST_OFF],
            "returned": contracts.RETURNED, "cancelled": contracts.CALLED_OFF, "monthly_months": life.USUAL_MONTHS,
            "years_of_orders": YEARS, "years_of_deals": HISTORY_YEARS,
        },
        "papers": {
            "purchase_order": order_table.HAS_PO, "quote_named_on_the_order": order_table.HAS_QUOTE, "shipped_abroad": order_table.SHIPPED_ABROAD,
            "quote_expires_days_after_due": [
                {"days": None if days == NO_DAY else days, "share": share}
                for days, share in zip(quotes.EXPIRES.tolist(), quotes.EXPIRES_SHARES.tolist(), strict=True)],
        },
        "services": {
            "provisioned_days_median": contracts.READY_DAYS, "provisioned_days_sigma": contracts.READY_SPREAD,
            "used_share": services.USED_SHARE, "used_share_sigma": services.USED_SPREAD, "growth_a_month": services.GROWTH,
            "growth_a_month_sigma": services.GROWTH_SPREAD, "noise": services.NOISE, "overage_allowance": services.ALLOWANCE,
            "overage_grace_months": services.GRACE_MONTHS, "overage_disputed": services.DISPUTED, "suspended": services.SUSPENDED,
        },
        "deployment": {"counted": entitlements.COUNTED, "over": entitlements.OVERDEPLOYED},
        "assignments": {"assigned": contacts.ASSIGNED, "to_the_primary": contacts.BY_PRIMARY},
    }


def _segments() -> list[dict[str, Any]]:
    """The probability of every combination, where the price is last year's or unknown."""
    combinations = list(product(range(len(retention.SEGMENTS)), range(len(PROGRAMS)), range(len(CUSTOMER_TYPES)), (True, False), (False, True)))
    segment, program, customer_type, first, late = (np.array(column) for column in zip(*combinations, strict=True))
    likely = retention.probability(segment, program, customer_type, first, late, np.zeros(len(combinations)))
    return [
        {"part_type": retention.SEGMENTS[kind], "program": PROGRAMS[at] or "none", "customer_type": CUSTOMER_TYPES[type_], "first_renewal": is_first,
         "after_a_late_one": is_late, "probability": round(p, 6)}
        for (kind, at, type_, is_first, is_late), p in zip(combinations, likely.tolist(), strict=True) if not (is_first and is_late)
    ]


def _still_open(seed: int, today: date) -> list[dict[str, Any]]:
    """By days from today to the due date: what share of the lines that will be renewed, and of the others, is open still."""
    site = np.arange(DRAWS)
    due = day_of(today) + site % 364  # every day of the week alike
    cancelled = site < retention.CANCELLED * DRAWS
    renewed = np.sort(retention.renewed_on(seed, site, due) - due)
    given_up = np.sort(retention.settled_on(seed, site, due, cancelled) - due)
    last = max(int(renewed[-1]), int(given_up[-1]))
    return [
        {"days_to_due": -day, "will_be_renewed": _above(renewed, day), "will_not": _above(given_up, day)}
        for day in range(int(renewed[0]) - 1, last + 1)
    ]


def _above(ordered: np.ndarray, day: int) -> float:
    """The share of the numbers, which are in order, above `day`."""
    return round(1 - float(np.searchsorted(ordered, day, side="right")) / len(ordered), 6)
