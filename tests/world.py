"""A made-up world of resellers' order books, and the reports over it computed in plain Python.

Nothing here uses the product's queries: it is what the reports are checked against.
"""

from __future__ import annotations

import random
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from cast import AURORA, BOREAL, CEDRO
from sqlalchemy import insert

from pao_core.filters import Filters
from pao_core.store.engine import Store
from pao_core.store.schema import agreements, orders, parts, sites, stub_names

DECIMALS = {"BRL": 2, "EUR": 2, "JPY": 0, "KWD": 3}
COUNTRIES = ("BR", "PT", "JP", "KW", "ZZ")
NAMES = ("Açúcar & Cia", "ACUCAR do Norte", "Ünlü Straße", "100% Água", "a_c Têxtil", "Lumiara", "Três Palmas", "O'Brien \\ Filhos")
GROUPS = ("Data and AI", "Automation", "Security", None)
STATUSES = ("invoiced", "cancelled", None)


def searched(text: str) -> str:
    """The text without case and accents, by the standard library alone."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(mark for mark in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(mark))


@dataclass
class World:
    """The rows of a world, as plain dicts."""

    agreements: dict[str, dict[str, Any]] = field(default_factory=dict)
    sites: dict[str, dict[str, Any]] = field(default_factory=dict)
    parts: dict[str, dict[str, Any]] = field(default_factory=dict)
    orders: list[dict[str, Any]] = field(default_factory=list)
    names: dict[tuple[str, str], str] = field(default_factory=dict)  # what a reseller's file called a stub site

    def write(self, store: Store) -> None:
        """Put the rows into a store that has the three resellers."""
        with store.writing("test") as writing:
            for table, rows in ((agreements, self.agreements.values()), (sites, self.sites.values()), (parts, self.parts.values())):
                writing.connection.execute(insert(table), [{"stub": False} | row | {"txn": writing.txn} for row in rows])
            writing.connection.execute(insert(stub_names), [
                {"reseller_site_number": reseller, "kind": "site", "number": site, "name": name, "name_folded": searched(name),
                 "txn": writing.txn} for (reseller, site), name in self.names.items()
            ])
            writing.connection.execute(insert(orders), [
                {name: value for name, value in row.items() if name != "amount"}
                | {"amount": int(row["amount"].scaleb(DECIMALS[row["currency"]])), "txn": writing.txn}
                for row in self.orders
            ])


def make(seed: int, lines: int = 600) -> World:
    """A world of this seed: shared sites, ties, leap-day anniversaries, returns, four currencies, orders across sites."""
    pick = random.Random(seed)
    world = World()
    for at in range(8):
        number = f"{9000 + at}"
        name = pick.choice(NAMES)
        anniversary = pick.choice([None, date(2024, 2, 29), date(2023, 2, 28), date(2022, 12, 1), date(2026, 1, 1), date(2021, 7, 1)])
        world.agreements[number] = {
            "agreement_number": number, "program": pick.choice(["PA", "PAX", "ELA", None]), "customer_name": name,
            "customer_name_folded": searched(name), "anniversary_date": anniversary, "price_level": pick.choice(["BL", "D", "H", None]),
        }
    for at in range(14):
        number, name = f"{7100 + at}", pick.choice(NAMES)
        world.sites[number] = {
            "site_number": number, "name": name, "name_folded": searched(name), "country": pick.choice(COUNTRIES),
            "agreement_number": pick.choice([*world.agreements, None, None]), "stub": at % 3 == 0,
        }
        if at % 3 == 0:
            world.names |= {(reseller, number): pick.choice(NAMES) for reseller in (BOREAL, CEDRO) if pick.random() < 0.8}
    world.names[BOREAL, "7100"] = "Só a Boreal chama assim"
    world.sites["7100"]["agreement_number"] = None
    for at in range(9):
        world.parts[f"D{at:04}LL"] = {
            "part_number": f"D{at:04}LL", "description": f"Part {at}", "product_group": pick.choice(GROUPS),
            "points": pick.choice([None, Decimal("6.35"), Decimal("0.004"), Decimal(12)]),
        }
    numbered: dict[tuple[str, str], int] = defaultdict(int)
    for _ in range(lines):
        world.orders.append(_line(pick, world, numbered))
    return world


def _line(pick: random.Random, world: World, numbered: dict[tuple[str, str], int]) -> dict[str, Any]:
    reseller, order = pick.choice([AURORA, BOREAL, BOREAL, CEDRO]), f"{pick.randrange(120)}"
    numbered[reseller, order] += 1
    currency = pick.choice(list(DECIMALS))
    quantity, price = Decimal(pick.randrange(-3_000, 9_000)).scaleb(-3), Decimal(pick.randrange(0, 10**9)).scaleb(-6)
    amount = (quantity * price).quantize(Decimal(1).scaleb(-DECIMALS[currency]), rounding=ROUND_HALF_UP)
    return {
        "reseller_site_number": reseller, "distributor_site_number": None if reseller == AURORA else pick.choice([AURORA, AURORA, None]),
        "order_number": order, "line_number": numbered[reseller, order],
        "order_date": pick.choice([date(2024, 2, 29), date(2025, 12, 31), date(2026, 1, 1)]) if pick.random() < 0.1
        else date(2024, 1, 1) + timedelta(days=pick.randrange(1000)),
        "order_type": pick.choice(["purchase", "renewal", "media", "saas"]), "site_number": pick.choice(list(world.sites)),
        "country": pick.choice(COUNTRIES), "part_number": pick.choice(list(world.parts)), "quantity": quantity, "unit_price": price,
        "currency": currency, "amount": amount, "status": pick.choice(STATUSES),
    }


def random_filters(pick: random.Random, world: World) -> Filters:
    """Filters of one to four kinds, sometimes matching nothing."""
    def some(values: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(pick.sample(list(values), k=pick.randrange(1, min(3, len(values)) + 1)))

    first = date(2024, 1, 1) + timedelta(days=pick.randrange(900))
    ends = ["01-01", "02-28", "02-29", "03-01", "12-31", "07-01", "11-30"]
    kinds: list[dict[str, Any]] = [
        {"agreement": some(list(world.agreements))}, {"site": some(list(world.sites))}, {"country": some(COUNTRIES)},
        {"customer": some(["acucar", "%", "_", "ss", "LUMI", "três", "\\", "'", "boreal chama"])}, {"program": some(["PA", "PAX", "ELA"])},
        {"anniversary_month": some([1, 2, 7, 12])}, {"anniversary_from": pick.choice(ends), "anniversary_to": pick.choice(ends)},
        {"anniversary_from": pick.choice(ends)}, {"anniversary_to": pick.choice(ends)},
        {"from_": first, "to": first + timedelta(days=pick.randrange(400))}, {"from_": first}, {"to": first},
        {"product_group": some([group for group in GROUPS if group])}, {"order_type": some(["purchase", "renewal", "media", "saas"])},
        {"status": some(["invoiced", "cancelled"])}, {"reseller": some([AURORA, BOREAL, CEDRO])},
    ]
    chosen: dict[str, Any] = {}
    for kind in pick.sample(kinds, k=pick.randrange(0, 5)):
        chosen |= kind
    return Filters(**chosen)


# -- the reports, again, in plain Python ------------------------------------------------------------------------------
def visible(world: World, own: str) -> list[dict[str, Any]]:
    """The lines of a reseller and those sold through it."""
    return [line for line in world.orders if own in (line["reseller_site_number"], line["distributor_site_number"])]


def customer_of(world: World, site: str, reseller: str, own: str) -> tuple[str, str, dict[str, Any]]:
    """Customer number, customer name and agreement (or nothing) of a site on a reseller's row, as `own` may see it."""
    row = world.sites[site]
    agreement = world.agreements.get(row["agreement_number"] or "", {})
    called = world.names.get((reseller, site)) if row["stub"] and reseller == own else None
    return row["agreement_number"] or site, agreement.get("customer_name", called or row["name"]), agreement


def _customer_matches(world: World, filters: Filters, site: str, reseller: str, own: str) -> bool:
    _number, name, agreement = customer_of(world, site, reseller, own)
    day = agreement.get("anniversary_date")
    return (
        (not filters.agreement or world.sites[site]["agreement_number"] in filters.agreement)
        and (not filters.site or site in filters.site)
        and (not filters.customer or any(searched(text) in searched(name) for text in filters.customer))
        and (not filters.program or agreement.get("program") in filters.program)
        and (not filters.anniversary_month or (day is not None and day.month in filters.anniversary_month))
        and _anniversary_matches(filters, day)
    )


def _anniversary_matches(filters: Filters, day: date | None) -> bool:
    if not filters.anniversary_from and not filters.anniversary_to:
        return True
    if day is None:
        return False
    first, last = filters.anniversary_from or "01-01", filters.anniversary_to or "12-31"
    spoken = [f"{day:%m-%d}"] + (["02-28"] if (day.month, day.day) == (2, 29) else [])
    return any(first <= one <= last if first <= last else one >= first or one <= last for one in spoken)


def _line_matches(world: World, filters: Filters, line: dict[str, Any]) -> bool:
    return (
        (not filters.product_group or world.parts[line["part_number"]]["product_group"] in filters.product_group)
        and (not filters.order_type or line["order_type"] in filters.order_type)
        and (not filters.status or line["status"] in filters.status)
        and (not filters.reseller or line["reseller_site_number"] in filters.reseller)
    )


def order_lines(world: World, own: str, filters: Filters) -> list[dict[str, Any]]:
    """The lines of the order history."""
    return [
        line for line in visible(world, own)
        if _line_matches(world, filters, line) and _customer_matches(world, filters, line["site_number"], line["reseller_site_number"], own)
        and (not filters.country or line["country"] in filters.country)
        and (filters.from_ is None or line["order_date"] >= filters.from_) and (filters.to is None or line["order_date"] <= filters.to)
    ]


def order_groups(world: World, lines: list[dict[str, Any]], by: str | None) -> dict[tuple[Any, str], dict[str, Any]]:
    """Order history in sum: (key, currency) -> measures; `by` None gives (None, currency)."""
    keys = {
        None: lambda line: None, "month": lambda line: f"{line['order_date']:%Y-%m}", "site": lambda line: line["site_number"],
        "customer": lambda line: world.sites[line["site_number"]]["agreement_number"] or line["site_number"], "country": lambda line: line["country"],
        "product_group": lambda line: world.parts[line["part_number"]]["product_group"], "order_type": lambda line: line["order_type"],
    }
    groups: dict[tuple[Any, str], list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        groups[keys[by](line), line["currency"]].append(line)
    return {key: measures(of) for key, of in groups.items()}


def measures(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Orders, lines, quantity and amount of some lines."""
    return {
        "orders": len({(line["reseller_site_number"], line["order_number"]) for line in lines}), "lines": len(lines),
        "quantity": sum((line["quantity"] for line in lines), Decimal(0)), "amount": sum((line["amount"] for line in lines), Decimal(0)),
    }


def customer_rows(world: World, own: str, filters: Filters, today: date) -> dict[tuple[str, str, str | None], dict[str, Any]]:
    """Customer activity: (reseller, site, currency) -> measures, last order, 12 months and points; no currency without lines."""
    seen = visible(world, own)
    last: dict[str, date] = {}
    for line in seen:
        last[line["site_number"]] = max(line["order_date"], last.get(line["site_number"], date.min))
    rows: dict[tuple[str, str, str | None], list[dict[str, Any]]] = defaultdict(list)
    chosen = filters.product_group or filters.order_type or filters.status
    for reseller, site in {(line["reseller_site_number"], line["site_number"]) for line in seen}:
        if not _customer_matches(world, filters, site, reseller, own) or (filters.reseller and reseller not in filters.reseller):
            continue
        if filters.country and world.sites[site]["country"] not in filters.country:
            continue
        if (filters.from_ and last[site] < filters.from_) or (filters.to and last[site] > filters.to):
            continue
        counted = [line for line in seen if (line["reseller_site_number"], line["site_number"]) == (reseller, site)
                   and _line_matches(world, filters, line)]
        for line in counted:
            rows[reseller, site, line["currency"]].append(line)
        if not counted and not chosen:
            rows[reseller, site, None] = []
    return {key: measures(of) | _recent(world, of, today) for key, of in rows.items()}


def _recent(world: World, lines: list[dict[str, Any]], today: date) -> dict[str, Any]:
    try:
        year_ago = today.replace(year=today.year - 1)
    except ValueError:  # 29 February
        year_ago = today.replace(year=today.year - 1, day=28)
    recent = [line for line in lines if year_ago < line["order_date"] <= today]
    return {
        "last_order": max((line["order_date"] for line in lines), default=None),
        "amount_12_months": sum((line["amount"] for line in recent), Decimal(0)),
        "points_12_months": sum((line["quantity"] * (world.parts[line["part_number"]]["points"] or 0) for line in recent), Decimal(0)),
    }
