"""Software as a service, and subscription licences: what is provisioned, what is used month by month, what overage is billed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pao_core.demo import chance
from pao_core.demo.columns import OfContracts
from pao_core.demo.contracts import ALL_BACK, CANCELLED, SAAS, Contracts, Trade
from pao_core.demo.days import NO_DAY, first_day, month_of
from pao_core.demo.life import HISTORY_DAYS, SAAS_ORDER, Covers, Lines, price
from pao_core.demo.retention import SEGMENTS

METERED = ("Authorized User", "Thousand API Calls", "Event Per Second")
USED_SHARE, USED_SPREAD = 0.58, 0.2  # mean and spread of the share of an entitlement that is used in the first month
GROWTH, GROWTH_SPREAD, NOISE = 0.006, 0.012, 0.05  # of use a month; a renewal starts anew
MOST_USED = 1.4
USAGE_MONTHS = 13
BILLED_ON = 9  # days after the first of the next month (domain.md 2.4: monthly in arrears)
# What keeps overage from being billed; what makes an overage suppressed is not public (domain.md 7): ours.
GRACE_MONTHS, ALLOWANCE, DISPUTED = 2, 0.05, 0.2
REASONS = ("Grace period after provisioning", "Within the contract's allowance", "Disputed by the customer")
BILLED = len(REASONS)
STATUSES = ("ordered", "awaiting_form", "provisioning", "active", "suspended", "expired")
ORDERED, AWAITING_FORM, PROVISIONING, ACTIVE, STOPPED, EXPIRED = range(6)
JUST_ORDERED, FORM_DONE = 0.3, 0.7  # of the time until a service is provisioned
SUSPENDED, HELD, HELD_DAYS = 0.02, 0.6, 45
BILLINGS, BILLING_SHARES = ("upfront", "monthly", "quarterly", "annual"), np.array([0.45, 0.15, 0.12, 0.28])
RENEWAL_TYPES, RENEWAL_SHARES = ("automatic", "by quote", "ends with the term"), np.array([0.35, 0.57, 0.08])


@dataclass(frozen=True)
class Usage(OfContracts):
    """Use of services by month; `reason` is a place in REASONS, or BILLED."""

    SMALL: ClassVar = {"reason": np.int8}

    month: np.ndarray
    used: np.ndarray
    overage: np.ndarray
    reason: np.ndarray


def usage(rng: np.random.Generator, trade: Trade, bought: Contracts, covers: Covers) -> tuple[Usage, Lines]:
    """The months of use of metered services within their coverage, up to the last full one, and the order lines of overage."""
    metrics = np.array([str(row["charge_metric"]) in METERED for row in trade.parts.rows])
    first_share = np.clip(rng.normal(USED_SHARE, USED_SPREAD, len(bought)), 0.05, 1.2)
    growth = rng.normal(GROWTH, GROWTH_SPREAD, len(bought))
    served = covers.take((bought.kind[covers.contract] == SAAS) & metrics[covers.part])
    begins, now = month_of(served.start), int(month_of(np.array([trade.today]))[0])
    begins = begins + (served.start != first_day(begins))
    months = np.maximum(np.minimum(month_of(served.end), now - 1) - begins + 1, 0)
    row = np.repeat(np.arange(len(served)), months)
    month = begins[row] + np.arange(len(row)) - np.repeat(np.cumsum(months) - months, months)
    contract, entitled = served.contract[row], served.quantity[row]
    age = month - month_of(bought.begins[contract])
    share = np.minimum(first_share[contract] * (1 + growth[contract]) ** (month - begins[row]) * rng.normal(1, NOISE, len(row)), MOST_USED)
    used = np.rint(entitled * np.maximum(share, 0)).astype(np.int64)
    overage = np.maximum(used - entitled, 0)
    disputed = rng.random(len(row)) < DISPUTED
    reason = np.select([overage == 0, age <= GRACE_MONTHS, overage <= ALLOWANCE * entitled, disputed], [BILLED, 0, 1, 2], BILLED)
    billed = np.flatnonzero((overage > 0) & (reason == BILLED) & (first_day(month + 1) + BILLED_ON <= trade.today))
    lines = _billed(trade, bought, contract[billed], served.site[row[billed]], overage[billed], month[billed])
    return Usage(contract, month, used, overage, reason).take(month >= now - USAGE_MONTHS), lines


def _billed(trade: Trade, bought: Contracts, contract: np.ndarray, site: np.ndarray, quantity: np.ndarray, month: np.ndarray) -> Lines:
    part, day = trade.parts.of("overage")[bought.family[contract]], first_day(month + 1) + BILLED_ON
    none, no = np.zeros(len(contract), dtype=np.int64), np.zeros(len(contract), dtype=bool)
    return Lines(contract, site, day, part, quantity, price(trade, bought, contract, site, part, day), none + SAAS_ORDER, first_day(month),
                 first_day(month + 1) - 1, none, no, no)


@dataclass(frozen=True)
class Subscriptions(OfContracts):
    """Services and subscription licences; NO_DAY where something has not happened yet."""

    SMALL: ClassVar = {"service": np.bool_, "billing": np.int8, "renews": np.int8, "status": np.int8}

    site: np.ndarray
    part: np.ndarray
    ordered_on: np.ndarray
    provisioned_on: np.ndarray
    start: np.ndarray
    end: np.ndarray
    quantity: np.ndarray
    service: np.ndarray
    billing: np.ndarray  # place in BILLINGS
    renews: np.ndarray  # place in RENEWAL_TYPES
    status: np.ndarray  # place in STATUSES


def subscriptions(rng: np.random.Generator, trade: Trade, bought: Contracts, covers: Covers) -> Subscriptions:
    """One for each contract of a service or a subscription licence: from its first day to the end of its last coverage.

    A service that is not provisioned yet waits for its form, or for us; one past its end is suspended for a while before
    it counts as expired.
    """
    service = bought.kind == SAAS
    place, covered = _last(covers, len(bought))
    pending = service & (bought.begins > trade.today)
    wanted = (service | (trade.segment[bought.next_part] == SEGMENTS.index("subscription"))) & ~np.isin(bought.fate, (CANCELLED, ALL_BACK))
    end = np.where(covered, covers.end[place], NO_DAY)
    who = np.flatnonzero(wanted & (pending | (covered & (end > trade.today - HISTORY_DAYS))))
    some = bought.take(who)
    covered, place, pending, end, service = covered[who], place[who], pending[who], end[who], service[who]
    waited = (trade.today - some.day) / np.maximum(some.begins - some.day, 1)
    draw = rng.random(len(who))
    status = np.select(
        [pending & (waited < JUST_ORDERED), pending & (waited < FORM_DONE), pending, end >= trade.today],
        [ORDERED, AWAITING_FORM, PROVISIONING, np.where(draw < SUSPENDED, STOPPED, ACTIVE)],
        np.where((trade.today - end <= HELD_DAYS) & (draw < HELD), STOPPED, EXPIRED),
    )
    return Subscriptions(
        who, np.where(covered, covers.site[place], some.site), some.next_part, some.day,
        np.where(pending, NO_DAY, some.begins), np.where(pending, NO_DAY, some.begins), end,
        np.where(covered, covers.quantity[place], some.quantity), service,
        chance.picked(rng.random(len(who)), BILLING_SHARES), chance.picked(rng.random(len(who)), RENEWAL_SHARES), status)


def _last(covers: Covers, contracts: int) -> tuple[np.ndarray, np.ndarray]:
    """For each contract the place of its coverage that ends last, and whether it has any."""
    order = np.lexsort((covers.end, covers.contract))
    place = np.zeros(contracts, dtype=np.int64)
    place[covers.contract[order]] = order
    covered = np.zeros(contracts, dtype=bool)
    covered[covers.contract] = True
    return place, covered
