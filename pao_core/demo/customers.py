"""Resellers, agreements and customer sites: skewed sizes, PA and PA Express, sites that two resellers share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pao_core.demo import vocabulary
from pao_core.demo.markets import LEVELS, MARKETS, STATES

# site number, name, country, tier
RESELLERS = (
    ("7000101", "Distribuidora Maré Alta", "BR", "distributor"), ("7000202", "Vértice Claro Sistemas", "BR", "reseller"),
    ("7000303", "Ponte Nova Tecnologia", "PT", "reseller"),
)
DISTRIBUTOR = RESELLERS[0][0]
SHARED_SITES = 0.16  # of the sites buy from a second reseller too
SECOND_SHARE = 0.35  # of such a site's deals
PROGRAMS = ("PA", "PAX", "ELA", None)
PA, PAX, ELA, OUTSIDE = range(4)
LEVEL_OF_RANK = ((0.01, "H"), (0.03, "G"), (0.08, "F"), (0.2, "E"), (0.4, "D"), (1.0, "BL"))
MOST_SITES = 14
FIRST_SITE = 7_100_000
FIRST_AGREEMENT = 6_000_000


@dataclass(frozen=True)
class Customers:
    """Customers by rank (the largest first) and their sites; what a site is worth weighs its deals."""

    names: list[str]
    pattern: np.ndarray
    program: np.ndarray  # place in PROGRAMS
    agreement_numbers: list[str | None]
    level: np.ndarray  # place in LEVELS
    site_customer: np.ndarray
    site_numbers: list[str]
    site_market: np.ndarray
    site_first: np.ndarray  # whether the site is the customer's first
    site_weight: np.ndarray
    site_resellers: np.ndarray  # site x reseller: share of the deals
    site_rows: list[dict[str, object]]

    @property
    def in_pa(self) -> np.ndarray:
        """Whether each customer has one anniversary: PA and ELA."""
        inside: np.ndarray = np.isin(self.program, (PA, ELA))
        return inside


def count_for(lines: int) -> int:
    """How many customers buy that many order lines: fewer each as the book grows."""
    return max(40, int(float(lines) ** 0.72 / 2.5))


def build(rng: np.random.Generator, lines: int) -> Customers:
    """Customers for a demonstration of that many order lines."""
    count = count_for(lines)
    shares = np.array([market.share for market in MARKETS], dtype=float)
    market = rng.choice(len(MARKETS), size=count, p=shares / shares.sum())
    market[0] = market[1] = 0
    names, pattern = _named(rng, market)
    rank = np.arange(count) / count
    draw = rng.random(count)
    program = np.where(rank < 0.02, np.where(draw < 0.4, ELA, PA), np.where(draw < 0.67, PA, np.where(draw < 0.96, PAX, OUTSIDE)))
    numbers = rng.choice(900_000, size=count, replace=False) + FIRST_AGREEMENT
    agreements = [None if PROGRAMS[kind] is None else str(number) for kind, number in zip(program.tolist(), numbers.tolist(), strict=True)]
    many = np.isin(program, (PA, ELA))
    sites = np.where(many, np.minimum(1 + rng.poisson(0.5 + 3 * np.exp(-30 * rank)), MOST_SITES), 1)
    owner = np.repeat(np.arange(count), sites)
    first = np.r_[True, owner[1:] != owner[:-1]]
    elsewhere = (~first) & (rng.random(len(owner)) < 0.2)
    site_market = np.where(elsewhere, rng.choice(len(MARKETS), size=len(owner), p=shares / shares.sum()), market[owner])
    weight = (1 / (np.arange(count) + 3.0) ** 0.9)[owner] / sites[owner] * np.where(first, 1.6, 1.0) * rng.uniform(0.6, 1.4, len(owner))
    site_numbers = [str(number) for number in (rng.choice(890_000, size=len(owner), replace=False) + FIRST_SITE).tolist()]
    return Customers(
        names, pattern, program, agreements, _levels(pattern, program, rank), owner, site_numbers, site_market, first, weight,
        _resellers(rng, site_market), _site_rows(rng, names, pattern, agreements, owner, first, site_numbers, site_market, program),
    )


def _named(rng: np.random.Generator, market: np.ndarray) -> tuple[list[str], np.ndarray]:
    names: list[str] = [""] * len(market)
    pattern = np.zeros(len(market), dtype=np.int64)
    spoken = np.array([place.language for place in MARKETS])[market]
    for language in vocabulary.PATTERNS:
        places = np.flatnonzero(spoken == language)
        found, kinds = vocabulary.customers(rng, language, len(places))
        pattern[places] = kinds
        for place, name in zip(places.tolist(), found, strict=True):
            names[place] = name
    return names, pattern


def _levels(pattern: np.ndarray, program: np.ndarray, rank: np.ndarray) -> np.ndarray:
    """Academic and government bypass the ladder; PA Express has one level; the rest by size (domain.md 2.3)."""
    kinds = np.array(vocabulary.KINDS)[pattern]
    ladder = np.array([next(LEVELS.index(level) for most, level in LEVEL_OF_RANK if place <= most) for place in rank.tolist()])
    return np.select([program == PAX, program == OUTSIDE, kinds == "academic", kinds == "government"],
                     [LEVELS.index("SRP"), LEVELS.index("BL"), LEVELS.index("ED"), LEVELS.index("GV")], ladder)


def _resellers(rng: np.random.Generator, site_market: np.ndarray) -> np.ndarray:
    european = np.isin(np.array([place.country for place in MARKETS])[site_market], ("PT", "ES", "DE"))
    draw = rng.random(len(site_market))
    main = np.where(european, np.select([draw < 0.15, draw < 0.25], [0, 1], 2), np.select([draw < 0.25, draw < 0.75], [0, 1], 2))
    second = (main + rng.integers(1, len(RESELLERS), size=len(main))) % len(RESELLERS)
    shares = np.zeros((len(main), len(RESELLERS)))
    shared = rng.random(len(main)) < SHARED_SITES
    everyone = np.arange(len(main))
    shares[everyone, second] = np.where(shared, SECOND_SHARE, 0.0)
    shares[everyone, main] = np.where(shared, 1 - SECOND_SHARE, 1.0)
    return shares


def _site_rows(rng: np.random.Generator, names: list[str], pattern: np.ndarray, agreements: list[str | None], owner: np.ndarray,
               first: np.ndarray, numbers: list[str], site_market: np.ndarray, program: np.ndarray) -> list[dict[str, object]]:
    towns = [vocabulary.cities(rng, place.language) for place in MARKETS]
    # Sites of one customer lie in different towns, as far as there are.
    chosen = rng.integers(vocabulary.CITIES_PER_COUNTRY, size=len(names))[owner] + np.arange(len(owner))
    town = (chosen % vocabulary.CITIES_PER_COUNTRY).tolist()
    state = rng.integers(1000, size=len(owner)).tolist()
    customer_numbers = rng.choice(9_000_000, size=len(owner), replace=False).tolist()
    rows: list[dict[str, object]] = []
    for place, customer in enumerate(owner.tolist()):
        market = MARKETS[int(site_market[place])]
        city = towns[int(site_market[place])][town[place]]
        states = STATES.get(market.country)
        express = program[customer] in (PAX, OUTSIDE)
        rows.append({
            "site_number": numbers[place], "ibm_customer_number": f"{customer_numbers[place]:07d}",
            "name": names[customer] if first[place] else f"{names[customer]}, {city}", "agreement_number": agreements[customer],
            "role": "express" if express else "originating" if first[place] else "additional", "country": market.country,
            "state": states[state[place] % len(states)] if states else None, "city": city,
            "industry": vocabulary.INDUSTRIES[int(pattern[customer])],
        })
    return rows
