"""What customers are and hold, and where their points lead, in plain Python from the rows of a made-up world."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from types import ModuleType
from typing import Any

import counted
import customer_in_python as plain
import world as worlds
from cast import settle
from counted import Listed, Measured

from pao_core.filters import Filters
from pao_core.store.engine import Store

Row = dict[str, Any]
KEY = ("part_number", "country", "currency", "price_level")
LADDER = {"BL": 0, "D": 500, "E": 1_000, "F": 2_500, "G": 5_000, "H": 10_000}


def make(seed: int, lines: int = 600) -> worlds.World:
    """A world whose sites have an industry, whose agreements have every kind of level, and where some prices have points of their own."""
    world, pick = plain.make(seed, lines), random.Random(seed + 20_000)
    for site in world.sites.values():
        site |= {"industry": pick.choice(["Health", "Banking", None]), "city": pick.choice(["Recife", None]), "state": pick.choice(["PE", None]),
                 "role": pick.choice(["originating", "additional", None]), "ibm_customer_number": pick.choice(["4711", None])}
    for agreement in world.agreements.values():
        agreement |= {"program": pick.choice(["PA", "PA", "PA", "PAX", None]), "price_level": pick.choice([*LADDER, "ED", "GV", None]),
                      "customer_type": pick.choice(["commercial", "academic", None])}
    for part in world.parts.values():
        part |= {"points": pick.choice([None, Decimal(30), Decimal("6.35"), Decimal("0.004")]), "family": pick.choice(["software", None])}
    for row in world.entitlements[::5]:  # all that there is a right to, and no more
        row["deployed_quantity"] = row["quantity"]
    levels = sorted({row["price_level"] for row in world.agreements.values() if row["price_level"]})
    for part in list(world.parts.values())[:7]:
        for currency, country in (("BRL", "BR"), ("EUR", "PT"), ("JPY", "JP"), ("BRL", "PT"), ("KWD", "KW")):
            for level in levels:
                starts = sorted(pick.sample([date(2023, 1, 1), date(2024, 7, 1), date(2025, 3, 1), date(2026, 1, 1), date(2027, 1, 1)], k=3))
                for start, after in zip(starts, [*starts[1:], None], strict=True):
                    end = pick.choice([None, None, start + timedelta(90)]) if after is None or start + timedelta(90) < after else None
                    world.prices.append({
                        "part_number": part["part_number"], "country": country, "currency": currency, "price_level": level, "effective_from": start,
                        "effective_to": end, "unit_price": Decimal(10), "points": pick.choice([None, part["points"], Decimal(41), Decimal("0.5")]),
                    })
    return world


class Plain:
    """The computations over one world; states of entitlements are computed once for each reader and day."""

    def __init__(self, world: worlds.World) -> None:
        self.world = world
        self._states: dict[tuple[str, date], list[tuple[Row, str]]] = {}
        self._prices: dict[tuple[str, ...], list[Row]] = defaultdict(list)
        for price in world.prices:
            self._prices[tuple(price[name] for name in KEY)].append(price)

    def states(self, own: str, today: date) -> list[tuple[Row, str]]:
        """The visible entitlements with their states."""
        if (own, today) not in self._states:
            seen = worlds.seen(self.world.entitlements, own)
            at_sites: dict[str, list[Row]] = defaultdict(list)
            for row in seen:
                at_sites[row["site_number"]].append(row)
            self._states[own, today] = [(row, plain.state(self.world, row, at_sites[row["site_number"]], today)) for row in seen]
        return self._states[own, today]

    def _matches(self, filters: Filters, site: str, reseller: str, own: str) -> bool:
        return (worlds.site_matches(self.world, filters, site, reseller, own)
                and (not filters.country or self.world.sites[site]["country"] in filters.country)
                and (not filters.reseller or reseller in filters.reseller))

    def _site(self, site: str, reseller: str, own: str) -> Row:
        """What a row says of its site."""
        row = self.world.sites[site]
        customer, name, agreement = worlds.customer_of(self.world, site, reseller, own)
        called = self.world.names.get((reseller, site)) if row["stub"] and reseller == own else None
        return {
            "customer": customer, "customer_name": name, "agreement_number": row["agreement_number"], "agreement": row["agreement_number"],
            "site_number": site, "site": site, "site_name": called or row["name"], "site_role": row["role"], "country": row["country"],
            "ibm_customer_number": row["ibm_customer_number"], "state": row["state"], "city": row["city"], "industry": row["industry"],
            "program": agreement.get("program"), "customer_type": agreement.get("customer_type"), "price_level": agreement.get("price_level"),
            "anniversary_date": agreement.get("anniversary_date"), "reseller_site_number": reseller, "reseller": reseller,
        }

    def group_of(self, row: Row) -> Any:
        """The product group of a row's part."""
        return self.world.parts[row["part_number"]]["product_group"]

    # -- end customers ------------------------------------------------------------------------------------------------
    def end_customers(self, _world: worlds.World, own: str, filters: Filters, today: date) -> list[Row]:
        found = []
        orders = defaultdict(list)
        for line in worlds.visible(self.world, own):
            orders[line["reseller_site_number"], line["site_number"]].append(line["order_date"])
        held: dict[tuple[str, str], list[tuple[Any, str]]] = defaultdict(list)
        for row, state in self.states(own, today):
            if state == "active":
                held[row["reseller_site_number"], row["site_number"]].append((self.group_of(row), "entitlements"))
        for row in worlds.seen(self.world.subscriptions, own):
            if row["start"] <= today and (row["end"] is None or row["end"] >= today):
                held[row["reseller_site_number"], row["site_number"]].append((self.group_of(row), "subscriptions"))
        for reseller, site in worlds.links(self.world, own):
            days = sorted(orders[reseller, site])
            here = [(group, what) for group, what in held[reseller, site] if not filters.product_group or group in filters.product_group]
            if not self._matches(filters, site, reseller, own) or (filters.product_group and not here):
                continue
            if (filters.from_ or filters.to) and not (
                    days and (filters.from_ or date.min) <= days[-1] <= (filters.to or date.max)):
                continue
            found.append(self._site(site, reseller, own) | {
                "contacts": sum(person["site_number"] == site for person in self.world.contacts), "held": here,
                **{what: sum(one == what for _group, one in here) for what in ("entitlements", "subscriptions")},
                "holds": ", ".join(sorted({group for group, _what in here if group})) or None,
                "first_order": days[0] if days else None, "last_order": days[-1] if days else None,
            })
        return found

    @staticmethod
    def groups_held(row: Row, by: str) -> list[Any]:
        """The groups in which a site counts."""
        return list({group for group, _what in row["held"]}) if by == "product_group" else [row[by]]

    @staticmethod
    def customers_measured(rows: list[Row]) -> Row:
        contacts = {row["site_number"]: row["contacts"] for row in rows}
        by, key = rows[0].get("of", (None, None))
        counted = [(group, what) for row in rows for group, what in row["held"] if by != "product_group" or group == key]
        return {
            "customers": len({row["customer"] for row in rows}), "sites": len(contacts), "contacts": sum(contacts.values()),
            **{what: sum(one == what for _group, one in counted) for what in ("entitlements", "subscriptions")},
        }

    # -- entitlements -------------------------------------------------------------------------------------------------
    def entitlements(self, _world: worlds.World, own: str, filters: Filters, today: date) -> list[Row]:
        found = []
        for row, state in self.states(own, today):
            end, part = row["coverage_end"], self.world.parts[row["part_number"]]
            product = plain.product_of(self.world, row["part_number"])
            if (
                self._matches(filters, row["site_number"], row["reseller_site_number"], own)
                and (not filters.product_group or part["product_group"] in filters.product_group)
                and (not filters.kind or row["kind"] in filters.kind) and (not filters.state or state in filters.state)
                and (not (filters.from_ or filters.to) or (
                    end is not None and (filters.from_ or date.min) <= end <= (filters.to or date.max)))
            ):
                deployed, quantity = row["deployed_quantity"], row["quantity"]
                found.append(self._site(row["site_number"], row["reseller_site_number"], own) | row | {
                    "state": state, "product": product, "product_name": self.world.parts[product]["description"],
                    "product_group": part["product_group"], "charge_metric": part["charge_metric"], "part_description": part["description"],
                    "deployed_share": None if deployed is None else plain.share(deployed, quantity),
                    "over_quantity": deployed - quantity if deployed is not None and deployed > quantity else None,
                })
        return found

    @staticmethod
    def entitlements_measured(rows: list[Row]) -> Row:
        counted = [row for row in rows if row["deployed_quantity"] is not None]
        entitled, deployed = (sum((row[name] for row in counted), Decimal(0)) for name in ("quantity", "deployed_quantity"))
        over = [row["over_quantity"] for row in rows if row["over_quantity"] is not None]
        return {
            "customers": len({row["customer"] for row in rows}), "entitlements": len(rows), "quantity": sum(row["quantity"] for row in rows),
            "counted": len(counted), "counted_quantity": entitled, "deployed_quantity": deployed,
            "deployed_share": plain.share(deployed, entitled) if entitled else None, "over_deployed": len(over),
            "over_quantity": sum(over, Decimal(0)),
        }

    # -- levels and points --------------------------------------------------------------------------------------------
    def levels(self, _world: worlds.World, own: str, filters: Filters, today: date) -> list[Row]:
        places: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for reseller, site in worlds.links(self.world, own):
            if self.world.sites[site]["agreement_number"] and self._matches(filters, site, reseller, own):
                places[self.world.sites[site]["agreement_number"]].add((reseller, site))
        lines = defaultdict(list)
        for line in worlds.visible(self.world, own):
            if worlds._line_matches(self.world, filters, line):
                lines[line["reseller_site_number"], line["site_number"]].append(line)
        chosen = filters.product_group or filters.order_type or filters.status or filters.quote
        found = []
        for number, pairs in places.items():
            agreement = self.world.agreements[number]
            start, end, since, until, before = term(agreement["anniversary_date"], today)
            of = [(line, self.points_of(line, agreement["price_level"])) for pair in pairs for line in lines[pair]]
            if (chosen and not of) or ((filters.from_ or filters.to) and (
                    end is None or not (filters.from_ or date.min) <= end <= (filters.to or date.max))):
                continue
            now = [(line, points) for line, points in of if since <= line["order_date"] <= until]
            points = added(now)
            level = agreement["price_level"] if agreement["program"] == "PA" and agreement["price_level"] in LADDER else None
            above = next((one for one, least in LADDER.items() if level and least > LADDER[level]), None)
            found.append(agreement | {
                "agreement": number, "term_start": start, "term_end": end, "month": end and f"{end:%Y-%m}",
                "sites": len({site for _reseller, site in pairs}), "lines": len(now),
                "lines_without_points": sum(each is None for _line, each in now), "points": points,
                "points_before": added([(line, each) for line, each in of if before <= line["order_date"] < since]),
                "level_of_points": [one for one, least in LADDER.items() if points >= least or not least][-1] if level else None,
                "next_level": above, "points_missing": max(LADDER[above] - points, Decimal(0)) if above else None,
            })
        return found

    def points_of(self, line: Row, level: str | None) -> Decimal | None:
        """The points of a unit: of the price that held that day, else of the part."""
        keyed = self._prices.get((line["part_number"], line["country"], line["currency"], level or ""), [])
        begun = [price for price in keyed if price["effective_from"] <= line["order_date"]]
        held = max(begun, key=lambda price: price["effective_from"], default=None)
        if held and (held["effective_to"] is None or line["order_date"] < held["effective_to"]) and held["points"] is not None:
            return Decimal(held["points"])
        points: Decimal | None = self.world.parts[line["part_number"]]["points"]
        return points

    @staticmethod
    def levels_measured(rows: list[Row]) -> Row:
        return {
            "agreements": len(rows),
            **{name: sum(row[name] for row in rows) for name in ("lines", "lines_without_points", "points", "points_before")},
            "enough": sum(row["points_missing"] == 0 for row in rows),
        }


def added(lines: list[tuple[Row, Decimal | None]]) -> Decimal:
    """The points of lines."""
    return sum((line["quantity"] * (points or 0) for line, points in lines), Decimal(0))


def in_year(anniversary: date, year: int) -> date:
    """The day on which an anniversary falls in a year."""
    try:
        return anniversary.replace(year=year)
    except ValueError:  # 29 February
        return date(year, 2, 28)


def term(anniversary: date | None, today: date) -> tuple[date | None, date | None, date, date, date]:
    """First and last day of the term that holds today, the days whose lines count, and the first day of the term before."""
    if anniversary is None:
        a_year, two = (plain.years_before(today, years) + timedelta(1) for years in (1, 2))
        return None, None, a_year, today, two
    starts = [in_year(anniversary, today.year + years) for years in (-2, -1, 0, 1)]
    place = max(at for at, start in enumerate(starts) if start <= today)
    start, end = starts[place], starts[place + 1] - timedelta(1)
    return start, end, start, end, starts[place - 1]


def more_filters(pick: random.Random, filters: Filters) -> Filters:
    """Sometimes also by kind and state."""
    def some(values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(pick.sample(values, k=pick.randrange(1, 3))) if pick.random() < 0.3 else ()
    return filters.but(kind=some(("purchased", "renewed", "allocated", "future")), state=some(("active", "future", "followed", "expired")))


def check(store: Store, module: ModuleType, seed: int, rounds: int, pick: int) -> None:
    """A report on what customers hold against `Plain`, by as many random filters, over the world of `seed` in an empty store."""
    people, world = settle(store), make(seed)
    world.write(store)
    plainly = Plain(world)
    how: dict[str, tuple[Listed, Measured, dict[str, Any]]] = {
        "end-customers": (plainly.end_customers, plainly.customers_measured, {"groups_of": plainly.groups_held}),
        "entitlements": (plainly.entitlements, plainly.entitlements_measured, {"more": more_filters}),
        "levels-and-points": (plainly.levels, plainly.levels_measured, {}),
    }
    listed, measured, beside = how[module.NAME]
    counted.check(module, world, people, rounds, pick, listed=listed, measured=measured, todays=plain.TODAYS, **beside)
