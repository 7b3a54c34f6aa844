"""What the customer page tells, again in plain Python, from the rows of a made-up world."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import world as worlds
from cast import AURORA, BOREAL, CEDRO

OWN = {"carla": AURORA, "ana": BOREAL, "bob": CEDRO}
TERMS = ("subscription", "monthly", "fixed_term", "committed_term", "saas", "overage")
# Month ends, the year end and a leap day: twelve months back is not the same day everywhere.
TODAYS = (date(2026, 11, 24), date(2025, 12, 31), date(2024, 2, 29), date(2025, 2, 28), date(2026, 8, 31), date(2024, 12, 31))
Row = dict[str, Any]


def make(seed: int, lines: int = 600) -> worlds.World:
    """A world whose licences name their renewal and reinstatement parts, or are named by them, and where much is due or begins today."""
    world = worlds.make(seed, lines)
    parts = world.parts
    for part in parts.values():
        part |= {"license_part": None, "renewal_part": None, "reinstatement_part": None}
    parts["D0001LL"] |= {"license_part": "D0000LL"}
    parts["D0000LL"] |= {"renewal_part": "D0001LL", "description": "Data Platform VPC License"}
    parts["D0001LL"] |= {"description": "Data Platform VPC Renewal"}
    parts["D0005LL"] |= {"renewal_part": "D0006LL", "reinstatement_part": "D0007LL"}
    parts["D0007LL"] |= {"part_type": "reinstatement"}
    for place, row in enumerate(world.renewals[::3]):
        row |= {"due_date": TODAYS[place % len(TODAYS)], "quote_expires": TODAYS[place % len(TODAYS)], "status": "open", "renewed_on": None}
    for place, row in enumerate(world.usage[::2]):
        row |= {"period_start": TODAYS[place % len(TODAYS)]}
    for row in world.entitlements[::2]:  # dense enough for renewals to follow each other at one site
        row |= {"site_number": f"{7100 + int(row['site_number']) % 3}", "part_number": f"D{int(row['part_number'][1:5]) % 2:04}LL"}
    world.entitlements = list({tuple(row[name] for name in ("reseller_site_number", "site_number", "part_number", "coverage_start")): row
                               for row in world.entitlements}.values())
    return world


def sites_of(world: worlds.World, own: str, agreement: str | None, site: str | None) -> set[str]:
    """The visible sites of the agreement, or the site."""
    seen = {number for _reseller, number in worlds.links(world, own)}
    return {number for number in seen if (world.sites[number]["agreement_number"] == agreement if agreement else number == site)}


def at(rows: list[Row], own: str, sites: set[str]) -> list[Row]:
    return [row for row in worlds.seen(rows, own) if row["site_number"] in sites]


# -- inventory --------------------------------------------------------------------------------------------------------
def product_of(world: worlds.World, part: str) -> str:
    if part not in world.products:
        naming = [number for number, row in world.parts.items()
                  if not row.get("license_part") and part in (row.get("renewal_part"), row.get("reinstatement_part"))]
        world.products[part] = world.parts[part].get("license_part") or (min(naming) if naming else part)
    return world.products[part]


def renews(world: worlds.World, row: Row) -> bool:
    return row["kind"] == "renewed" or world.parts[row["part_number"]]["part_type"] in ("renewal", "reinstatement")


def state(world: worlds.World, row: Row, others: list[Row], today: date) -> str:
    if row["coverage_start"] > today:
        return "future"
    for other in others:
        same = other["site_number"] == row["site_number"] and product_of(world, other["part_number"]) == product_of(world, row["part_number"])
        begun = row["coverage_start"] < other["coverage_start"] <= today
        if same and begun and renews(world, other) and (row["coverage_end"] is None or other["coverage_start"] >= row["coverage_end"]):
            return "followed"
    return "active" if row["coverage_end"] is None or row["coverage_end"] >= today else "expired"


def products(world: worlds.World, rows: list[Row], today: date) -> dict[str, tuple[Any, ...]]:
    """Product -> entitled, covered, deployed, covered until."""
    groups: dict[tuple[str, str], list[tuple[str, Row]]] = defaultdict(list)
    for row in rows:
        groups[product_of(world, row["part_number"]), row["site_number"]].append((state(world, row, rows, today), row))
    found: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for (product, _site), of in groups.items():
        held = [(now, row) for now, row in of if now == "active" or (
            now != "future" and world.parts[row["part_number"]]["part_type"] not in TERMS)]
        bought = sum(row["quantity"] for _now, row in held if not renews(world, row))
        standing = [(now, row) for now, row in held if now in ("active", "expired")]
        covering = [row for now, row in standing if now == "active"]
        counted = [row["deployed_quantity"] for _now, row in standing if row["deployed_quantity"] is not None]
        found[product].append((
            max(bought, sum(row["quantity"] for _now, row in standing)), sum(row["quantity"] for row in covering),
            sum(counted) if counted else None, [row["coverage_end"] for row in covering], [row["coverage_end"] for _now, row in standing]))
    told = {}
    for product, of in found.items():
        ends, over = [end for site in of for end in site[3]], [end for site in of for end in site[4] if end]
        counted = [site[2] for site in of if site[2] is not None]
        until = min((end for end in ends if end), default=None) if ends else max(over, default=None)
        if sum(site[0] for site in of) > 0:
            told[product] = (sum(site[0] for site in of), sum(site[1] for site in of), sum(counted) if counted else None, until)
    return told


def covered_on(world: worlds.World, rows: list[Row], product: str, day: date, today: date) -> bool:
    """Whether any row of the product covers the day; one without an end does so until the last renewal of its site stands in its place."""
    for row in rows:
        if product_of(world, row["part_number"]) != product:
            continue
        end = row["coverage_end"]
        if end is None and state(world, row, rows, today) == "followed":
            end = max(other["coverage_start"] for other in rows if renews(world, other) and other["coverage_start"] <= today
                      and other["site_number"] == row["site_number"] and product_of(world, other["part_number"]) == product) - timedelta(1)
        if row["coverage_start"] <= day and (end is None or day <= end):
            return True
    return False


# -- dealings ---------------------------------------------------------------------------------------------------------
def years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)


def ordered(lines: list[Row], today: date) -> dict[str, tuple[int, Decimal, Decimal]]:
    """Currency -> lines, value of twelve months, value of the twelve before."""
    found: dict[str, list[Any]] = defaultdict(lambda: [0, Decimal(0), Decimal(0)])
    for line in lines:
        of = found[line["currency"]]
        of[0] += 1
        if years_before(today, 1) < line["order_date"] <= today:
            of[1] += line["amount"]
        elif years_before(years_before(today, 1), 1) < line["order_date"] <= years_before(today, 1):
            of[2] += line["amount"]
    return {currency: tuple(of) for currency, of in found.items()}


def due(lines: list[Row], today: date) -> dict[str, tuple[int, Decimal, int, Decimal]]:
    """Currency -> open lines and their value, overdue ones and theirs."""
    found: dict[str, list[Any]] = defaultdict(lambda: [0, Decimal(0), 0, Decimal(0)])
    for line in lines:
        if line["status"] == "open":
            late = line["due_date"] < today
            found[line["currency"]] = [one + more for one, more in zip(
                found[line["currency"]], (1, line["amount"], int(late), line["amount"] if late else Decimal(0)), strict=True)]
    return {currency: tuple(of) for currency, of in found.items()}


def share(part: Decimal, whole: Decimal) -> Decimal:
    """A share to four decimals, half up."""
    return (part / whole).quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)
