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
from fractions import Fraction
from typing import Any

from cast import AURORA, BOREAL, CEDRO
from sqlalchemy import delete, insert, text

from pao_core.filters import Filters
from pao_core.store.engine import Store
from pao_core.store.schema import (
    TENANT,
    agreements,
    assignments,
    contacts,
    entitlements,
    exchange_rates,
    orders,
    parts,
    prices,
    provisioning,
    renewals,
    sites,
    stub_names,
    subscriptions,
    usage,
)

DECIMALS = {"BRL": 2, "EUR": 2, "JPY": 0, "KWD": 3}
COUNTRIES = ("BR", "PT", "JP", "KW", "ZZ")
NAMES = ("Açúcar & Cia", "ACUCAR do Norte", "Ünlü Straße", "100% Água", "a_c Têxtil", "Lumiara", "Três Palmas", "O'Brien \\ Filhos")
GROUPS = ("Data and AI", "Automation", "Security", None)
STATUSES = ("invoiced", "cancelled", None)
PART_TYPES = ("license", "renewal", "committed_term", "saas", None)
RENEWAL_STATUSES = ("open", "open", "open", "renewed", "lapsed", "cancelled")
MANAGERS = {AURORA: ("carla@aurora.example",), BOREAL: ("ana@boreal.example", "rui@boreal.example"), CEDRO: ("bob@cedro.example",)}
# Euro rates with gaps: none before the middle of 2024 for BRL, one for JPY, never any for KWD.
RATES = {"BRL": (date(2024, 6, 3), 97, Decimal("5.40")), "JPY": (date(2024, 1, 5), 400, Decimal("160.25"))}
FIRST_DUE, LAST_DUE = date(2023, 6, 1), date(2028, 3, 1)


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
    renewals: list[dict[str, Any]] = field(default_factory=list)
    entitlements: list[dict[str, Any]] = field(default_factory=list)
    subscriptions: list[dict[str, Any]] = field(default_factory=list)
    usage: list[dict[str, Any]] = field(default_factory=list)
    provisioning: list[dict[str, Any]] = field(default_factory=list)
    contacts: list[dict[str, Any]] = field(default_factory=list)
    assignments: list[dict[str, Any]] = field(default_factory=list)
    prices: list[dict[str, Any]] = field(default_factory=list)
    rates: dict[tuple[str, date], Decimal] = field(default_factory=dict)  # units of the currency for one euro
    products: dict[str, str] = field(default_factory=dict)  # of a part, once it was asked for: it depends on all parts

    def write(self, store: Store) -> None:
        """Put the rows into a store that has their resellers."""
        names = [{"reseller_site_number": reseller, "kind": "site", "number": site, "name": name, "name_folded": searched(name)}
                 for (reseller, site), name in self.names.items()]
        rates = [{"currency": currency, "date": day, "rate": rate} for (currency, day), rate in self.rates.items()]
        tables = {
            agreements: self.agreements.values(), sites: self.sites.values(), parts: self.parts.values(), stub_names: names,
            orders: map(_in_minor_units, self.orders), renewals: map(_in_minor_units, self.renewals), entitlements: self.entitlements,
            subscriptions: self.subscriptions, usage: self.usage, provisioning: self.provisioning, contacts: self.contacts,
            assignments: self.assignments, prices: self.prices, exchange_rates: rates,
        }
        with store.writing("test") as writing:
            for table, rows in tables.items():
                made = [({"stub": False} if "stub" in table.c else {}) | row | {"txn": writing.txn} for row in rows]
                if made:
                    writing.connection.execute(insert(table), made)
            if store.on_postgresql:
                writing.connection.execute(text("ANALYZE"))  # as the server does by itself a minute later


def _in_minor_units(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"amount": int(row["amount"].scaleb(DECIMALS[row["currency"]]))}


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
            "part_number": f"D{at:04}LL", "description": f"Part {at}", "product_group": pick.choice(GROUPS), "part_type": PART_TYPES[at % 5],
            "charge_metric": pick.choice(["PVU", None]),
            "points": pick.choice([None, Decimal("6.35"), Decimal("0.004"), Decimal(12)]),
        }
    numbered: dict[tuple[str, str], int] = defaultdict(int)
    for _ in range(lines):
        world.orders.append(_line(pick, world, numbered))
    _beyond_orders(random.Random(seed + 10_000), world, lines // 3)
    return world


def _beyond_orders(pick: random.Random, world: World, count: int) -> None:
    """Renewal lines, entitlements, subscriptions with usage, contacts, assignments and rates."""
    for at in range(count):
        world.renewals.append(_renewal(pick, world, at))
        world.entitlements.append(_entitlement(pick, world, at))
    for at in range(count // 4):
        reseller, distributor = _seller(pick)
        start = date(2025, 1, 1) + timedelta(days=pick.randrange(700))
        world.subscriptions.append({
            "reseller_site_number": reseller, "distributor_site_number": distributor, "subscription_number": f"S{at}",
            "site_number": pick.choice(list(world.sites)), "part_number": pick.choice(list(world.parts)), "ordered_on": start,
            "provisioned_on": pick.choice([None, start]), "start": start, "end": pick.choice([None, start + timedelta(days=364)]),
            "entitled_quantity": Decimal(pick.randrange(1, 50)), "billing": pick.choice(["upfront", "annual", None]),
            "renewal_type": pick.choice(["automatic", None]), "fulfillment_status": pick.choice(["active", "awaiting_form", "expired", None]),
        })
        world.usage.append({
            "reseller_site_number": reseller, "distributor_site_number": distributor, "subscription_number": f"S{at}",
            "period_start": start, "period_end": start + timedelta(days=29), "used_quantity": Decimal(pick.randrange(60)),
            "overage_quantity": pick.choice([None, Decimal(3)]), "suppressed": pick.choice([True, False, None]), "suppression_reason": None,
        })
    for site in world.sites:
        world.contacts += [{"site_number": site, "email": f"{role}@{site}.example", "name": f"Pessoa {role}", "role": role, "phone": None}
                           for role in ("primary", "renewal") if pick.random() < 0.7]
        world.assignments += [{"reseller_site_number": reseller, "site_number": site, "account_manager": pick.choice(managers),
                               "distributor_site_number": None if reseller == AURORA else AURORA}
                              for reseller, managers in MANAGERS.items() if pick.random() < 0.5]
    for currency, (first, days, rate) in RATES.items():
        for step in range(12):
            world.rates[currency, first + timedelta(days=days * step // 11 + step)] = rate + Decimal(pick.randrange(100)).scaleb(-2)


def _seller(pick: random.Random) -> tuple[str, str | None]:
    """A reseller and the distributor stamped on its row."""
    reseller = pick.choice([AURORA, BOREAL, BOREAL, CEDRO])
    return reseller, None if reseller == AURORA else pick.choice([AURORA, AURORA, None])


def _renewal(pick: random.Random, world: World, at: int) -> dict[str, Any]:
    reseller, distributor = _seller(pick)
    currency, status = pick.choice(list(DECIMALS)), pick.choice(RENEWAL_STATUSES)
    due = FIRST_DUE + timedelta(days=pick.randrange((LAST_DUE - FIRST_DUE).days))
    quantity, price = Decimal(pick.randrange(1, 9_000)).scaleb(-3), Decimal(pick.randrange(0, 10**9)).scaleb(-6)
    return {
        "reseller_site_number": reseller, "distributor_site_number": distributor, "quote_number": f"Q{pick.randrange(40)}", "line_number": at + 1,
        "site_number": pick.choice(list(world.sites)), "part_number": pick.choice(list(world.parts)), "quantity": quantity, "unit_price": price,
        "currency": currency, "amount": (quantity * price).quantize(Decimal(1).scaleb(-DECIMALS[currency]), rounding=ROUND_HALF_UP),
        "coverage_start": due, "coverage_end": pick.choice([None, due + timedelta(days=364)]), "due_date": due,
        "quote_expires": pick.choice([None, due, due - timedelta(days=20)]), "status": status,
        "renewed_on": due - timedelta(days=pick.randrange(-20, 40)) if status == "renewed" else None,
        "prior_unit_price": pick.choice([None, price, Decimal("1.5")]),
    }


def _entitlement(pick: random.Random, world: World, at: int) -> dict[str, Any]:
    reseller, distributor = _seller(pick)
    start = date(2023, 1, 1) + timedelta(days=(pick.randrange(8) * 200 + at) % 1_600)  # no two of 1,600 in a row on one day
    return {
        "reseller_site_number": reseller, "distributor_site_number": distributor, "site_number": pick.choice(list(world.sites)),
        "part_number": pick.choice(list(world.parts)), "coverage_start": start, "quantity": Decimal(pick.randrange(1, 500)),
        "kind": pick.choice(["purchased", "renewed", "allocated", "future", None]),
        "coverage_end": pick.choice([None, start + timedelta(days=364), start + timedelta(days=364)]),
        "deployed_quantity": pick.choice([None, Decimal(pick.randrange(600))]),
    }


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
        "currency": currency, "amount": amount, "status": pick.choice(STATUSES), "quote_number": pick.choice([None, f"Q{pick.randrange(40)}"]),
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
        {"quote": some([f"Q{at}" for at in range(40)])}, {"account_manager": some([one for of in MANAGERS.values() for one in of])},
        {"in_currency": pick.choice(["EUR", "BRL", "JPY", "USD"])}, {"in_currency": "EUR"},
        {"due": some(["overdue", "0-30", "31-60", "61-90", "91-120", "121-180", "later"])},
        {"quote_state": some(["expired", "expiring", "valid", "undated"])},
        {"window": pick.choice([1, 30, 90, 365, 730]), "direction": pick.choice([None, "next", "last"])}, {"direction": "last"},
        {"kind": some(["purchased", "renewed", "allocated", "future"])}, {"state": some(["active", "future", "followed", "expired"])},
    ]
    chosen: dict[str, Any] = {}
    for kind in pick.sample(kinds, k=pick.randrange(0, 5)):
        chosen |= kind
    return Filters(**chosen)


# -- the reports, again, in plain Python ------------------------------------------------------------------------------
def visible(world: World, own: str) -> list[dict[str, Any]]:
    """The lines of a reseller and those sold through it."""
    return seen(world.orders, own)


def seen(rows: list[dict[str, Any]], own: str) -> list[dict[str, Any]]:
    """The tenant rows of a reseller and those sold through it."""
    return [row for row in rows if own in (row["reseller_site_number"], row["distributor_site_number"])]


def links(world: World, own: str) -> set[tuple[str, str]]:
    """The (reseller, site) of every row that the reseller sees."""
    facts = (world.orders, world.renewals, world.entitlements, world.subscriptions)
    return {(row["reseller_site_number"], row["site_number"]) for rows in facts for row in seen(rows, own)}


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
        and (not filters.quote or line.get("quote_number") in filters.quote)
    )


def site_matches(world: World, filters: Filters, site: str, reseller: str, own: str) -> bool:
    """Whether the customer of a site and those who look after it are what is asked for; its country is each report's own matter."""
    return _customer_matches(world, filters, site, reseller, own) and looked_after(world, filters, site, reseller, own)


def looked_after(world: World, filters: Filters, site: str, reseller: str, own: str) -> bool:
    """Whether one of the account managers asked for looks after the site, as far as `own` may know."""
    return not filters.account_manager or (reseller == own and any(
        row["account_manager"] in filters.account_manager for row in world.assignments
        if (row["reseller_site_number"], row["site_number"]) == (reseller, site)))


def reported(
    world: World, line: dict[str, Any], day: str, wanted: str | None, today: date, amounts: Sequence[str] = ("amount",),
) -> dict[str, Any]:
    """The line with its amounts in the wanted currency by the rate of its day, or the last before it; as it is without one."""
    if wanted is None or line["currency"] == wanted:
        return line
    until = min(line[day], today)

    def rate(currency: str) -> Decimal | None:
        known = [day for of, day in world.rates if of == currency and day <= until]
        return Decimal(1) if currency == "EUR" else world.rates[currency, max(known)] if known else None

    to, of = rate(wanted), rate(line["currency"])
    if to is None or of is None:
        return line
    cross = (Fraction(to) / Fraction(of) * 10**12 + Fraction(1, 2)).__floor__()

    def converted(amount: Decimal) -> Decimal:
        made = (abs(amount) * cross).scaleb(-12).quantize(Decimal(1).scaleb(-DECIMALS.get(wanted, 2)), rounding=ROUND_HALF_UP)
        return made if amount >= 0 else -made

    return line | {"currency": wanted} | {name: None if line[name] is None else converted(line[name]) for name in amounts}


def order_lines(world: World, own: str, filters: Filters, today: date) -> list[dict[str, Any]]:
    """The lines of the order history."""
    return [
        reported(world, line, "order_date", filters.in_currency, today) for line in visible(world, own)
        if _line_matches(world, filters, line) and site_matches(world, filters, line["site_number"], line["reseller_site_number"], own)
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
    """Customer activity: (reseller, site, currency) -> measures, last order, 12 months, points and open renewals; no currency
    without a line or an open renewal."""
    lines = visible(world, own)
    last: dict[str, date] = {}
    for line in lines:
        last[line["site_number"]] = max(line["order_date"], last.get(line["site_number"], date.min))
    rows: dict[tuple[str, str, str | None], list[dict[str, Any]]] = defaultdict(list)
    due: dict[tuple[str, str, str | None], Decimal] = {}
    chosen = filters.product_group or filters.order_type or filters.status or filters.quote
    for reseller, site in links(world, own):
        if not site_matches(world, filters, site, reseller, own) or (filters.reseller and reseller not in filters.reseller):
            continue
        if filters.country and world.sites[site]["country"] not in filters.country:
            continue
        if (filters.from_ or filters.to) and not (filters.from_ or date.min) <= last.get(site, date.max) <= (filters.to or date.max - timedelta(1)):
            continue
        counted = [reported(world, line, "order_date", filters.in_currency, today) for line in lines
                   if (line["reseller_site_number"], line["site_number"]) == (reseller, site) and _line_matches(world, filters, line)]
        for line in counted:
            rows[reseller, site, line["currency"]].append(line)
        if counted or not chosen:
            found = _open_renewals(world, own, filters, reseller, site, today)
            due |= {(reseller, site, currency): amount for currency, amount in found.items() if not chosen or (reseller, site, currency) in rows}
            if not counted and not found:
                rows[reseller, site, None] = []
    nothing = Decimal(0)
    return {key: measures(rows.get(key, [])) | _recent(world, rows.get(key, []), today) | {"open_renewals": due.get(key, nothing)}
            for key in {*rows, *due}}


def _open_renewals(world: World, own: str, filters: Filters, reseller: str, site: str, today: date) -> dict[str, Decimal]:
    """By currency what is open at a site, as product group and quote number choose."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for line in seen(world.renewals, own):
        if line["status"] == "open" and (line["reseller_site_number"], line["site_number"]) == (reseller, site) and (
                _line_matches(world, filters.but(order_type=(), status=(), reseller=()), line)):
            told = reported(world, line, "due_date", filters.in_currency, today)
            found[told["currency"]] += told["amount"]
    return found


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


def only_of(store: Store, own: str) -> None:
    """Delete every row that the reseller may not see."""
    with store.writing("test") as writing:
        for table in TENANT:
            foreign = table.c.reseller_site_number != own
            if "distributor_site_number" in table.c and table is not assignments:  # a distributor reads along, but not the users of others
                foreign = foreign & table.c.distributor_site_number.is_distinct_from(own)
            writing.connection.execute(delete(table).where(foreign))
