"""Subscriptions, their use and their forms in plain Python: what the four reports about them must give, over made-up worlds of their own.

Nothing here uses the product's queries.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import renewal_lines
import world as worlds
from cast import AURORA, BOREAL, CEDRO, settle
from customer_in_python import share, years_before

from pao_core import report
from pao_core.access import Viewer
from pao_core.filters import Filters
from pao_core.store.engine import Store

# A month end, a year end and a leap day among them.
TODAYS = (date(2026, 11, 24), date(2026, 8, 31), date(2025, 12, 31), date(2024, 2, 29))
STATUSES = ("ordered", "awaiting_form", "provisioning", "active", "suspended", "expired", None)
WAITING = ("ordered", "awaiting_form", "provisioning")
ELEMENTS = ("Administrator e-mail", "Data centre", "Tenant name", "Single sign-on", "Ünlü")
REASONS = ("Grace period", "Disputed", None)
OVERAGE_PARTS = ("V0001ZX", "V0002ZX", "V0003ZX")
Row = dict[str, Any]


def make(seed: int, lines: int = 300, held: int = 160) -> worlds.World:
    """A world with subscriptions of every kind: one number at two resellers, days that are not known, use that the distributor does not
    see, forms of every state, and prices of overage with gaps and in two currencies of one country."""
    world, pick = worlds.make(seed, lines), random.Random(seed + 30_000)
    for place, part in enumerate(world.parts.values()):
        part |= {"overage_part": OVERAGE_PARTS[place % 4] if place % 4 < 3 else None}
    for number in OVERAGE_PARTS:
        world.parts[number] = next(iter(world.parts.values())) | {"part_number": number, "description": "Overage", "part_type": "overage",
                                                                  "overage_part": None}
    world.subscriptions, world.usage, world.provisioning = [], [], []
    for at in range(held):
        _hold(pick, world, pick.choice([AURORA, BOREAL, BOREAL, CEDRO]), f"S{at // 2}" if at % 3 else f"SUB-{at}")
    _list_prices(pick, world)
    return world


def _hold(pick: random.Random, world: worlds.World, reseller: str, number: str) -> None:
    """One subscription with its periods and its form; nothing when the reseller has the number already."""
    if any((row["reseller_site_number"], row["subscription_number"]) == (reseller, number) for row in world.subscriptions):
        return
    distributor = None if reseller == AURORA else pick.choice([AURORA, AURORA, None])
    key = {"reseller_site_number": reseller, "distributor_site_number": distributor, "subscription_number": number}
    ordered, entitled = pick.choice(TODAYS) - timedelta(pick.randrange(800)), pick.choice([Decimal(0), *map(Decimal, range(1, 40)), Decimal("7.125")])
    part = pick.choice([one for one in world.parts if one not in OVERAGE_PARTS])
    world.subscriptions.append(key | {
        "site_number": pick.choice(list(world.sites)), "part_number": part, "order_number": pick.choice([None, "1"]),
        "ordered_on": pick.choice([None, *[ordered] * 6]), "provisioned_on": pick.choice([None, ordered + timedelta(pick.randrange(-3, 90))]),
        "start": ordered, "end": pick.choice([None, *(pick.choice(TODAYS) + timedelta(pick.randrange(-400, 400)) for _ in range(7))]),
        "entitled_quantity": entitled, "billing": pick.choice(["upfront", "annual", None]),
        "renewal_type": pick.choice(["automatic", "by quote", None]), "fulfillment_status": pick.choice(STATUSES),
    })
    for month in pick.sample(range(30), k=pick.randrange(4)):
        start = pick.choice([pick.choice(TODAYS), date(2024 + month // 12, month % 12 + 1, 1)])
        used = pick.choice([Decimal(0), entitled, entitled / 2, Decimal(pick.randrange(60)), Decimal("3.5")]).quantize(Decimal("0.001"))
        period = {
            "period_start": start, "period_end": start + timedelta(pick.choice([0, 27, 30])), "used_quantity": used,
            "overage_quantity": pick.choice([None, Decimal(0), Decimal(pick.randrange(1, 9_000)).scaleb(-3), Decimal(pick.randrange(1, 9))]),
            "suppressed": pick.choice([True, True, True, False, None]), "suppression_reason": pick.choice(REASONS),
        }
        stamp = {"distributor_site_number": pick.choice([distributor, distributor, None])}
        if not any(all(row[name] == value for name, value in {**key, **stamp}.items() if name != "distributor_site_number")
                   and row["period_start"] == start for row in world.usage):
            world.usage.append(key | stamp | period)
    for element in pick.sample(ELEMENTS, k=pick.choice([0, 0, 2, 5])):
        value = pick.choice([None, "sim", "x" * 40])
        world.provisioning.append(key | {
            "element": element, "required": pick.choice([True, True, False, None]), "value": value,
            "submitted_on": ordered + timedelta(pick.randrange(30)) if value and pick.random() < 0.8 else None,
            "submitted_by": pick.choice([None, "Pessoa"]) if value else None})


def _list_prices(pick: random.Random, world: worlds.World) -> None:
    for number in OVERAGE_PARTS[:2]:
        for country, currency in (("BR", "BRL"), ("BR", "EUR"), ("PT", "EUR"), ("JP", "JPY"), ("KW", "KWD")):
            for level in ("BL", "D", "H"):
                starts = sorted(pick.sample([date(2023, 1, 1), date(2024, 3, 1), date(2025, 1, 1), date(2025, 12, 31), date(2026, 6, 1)], k=3))
                for start, after in zip(starts, [*starts[1:], None], strict=True):
                    gap = pick.choice([None, None, start + timedelta(45)])
                    world.prices.append({
                        "part_number": number, "country": country, "currency": currency, "price_level": level, "effective_from": start,
                        "effective_to": gap if gap and (after is None or gap < after) else None,
                        "unit_price": Decimal(pick.randrange(1, 10**9)).scaleb(-6), "points": None})


def more_filters(pick: random.Random, filters: Filters) -> Filters:
    """Now and then by the statuses that subscriptions have."""
    if filters.status or pick.random() < 0.2:
        return filters.but(status=tuple(pick.sample([status for status in STATUSES if status], k=pick.randrange(1, 4))))
    return filters


# -- the rows ---------------------------------------------------------------------------------------------------------
def _key(row: Row) -> tuple[str, str]:
    return row["reseller_site_number"], row["subscription_number"]


def _month(day: date | None) -> str | None:
    return day and f"{day:%Y-%m}"


def _described(world: worlds.World, own: str, row: Row) -> Row:
    """The row with everything that its site and part say."""
    site, part, reseller = world.sites[row["site_number"]], world.parts[row["part_number"]], row["reseller_site_number"]
    customer, name, agreement = worlds.customer_of(world, site["site_number"], reseller, own)
    called = world.names.get((reseller, site["site_number"])) if site["stub"] and reseller == own else None
    return row | {
        "customer": customer, "customer_name": name, "agreement": site["agreement_number"], "agreement_number": site["agreement_number"],
        "site": site["site_number"], "site_name": called or site["name"], "country": site["country"], "program": agreement.get("program"),
        "price_level": agreement.get("price_level"), "reseller": reseller, "part": row["part_number"], "subscription": row["subscription_number"],
        "part_description": part["description"], "product_group": part["product_group"], "part_type": part["part_type"],
        "charge_metric": part["charge_metric"], "overage_part": part["overage_part"],
    }


def _held(world: worlds.World, own: str, filters: Filters) -> list[Row]:
    """The subscriptions that a reseller sees and that match but for the days."""
    return [
        _described(world, own, row) for row in worlds.seen(world.subscriptions, own)
        if worlds.site_matches(world, filters, row["site_number"], row["reseller_site_number"], own)
        and (not filters.country or world.sites[row["site_number"]]["country"] in filters.country)
        and (not filters.product_group or world.parts[row["part_number"]]["product_group"] in filters.product_group)
        and (not filters.status or row["fulfillment_status"] in filters.status)
        and (not filters.reseller or row["reseller_site_number"] in filters.reseller)
    ]


def _under(rows: list[Row], own: str, held: list[Row]) -> list[Row]:
    """Visible rows under visible subscriptions, with everything of these."""
    of = {_key(row): row for row in held}
    return [of[_key(row)] | row for row in worlds.seen(rows, own) if _key(row) in of]


def _on(filters: Filters, day: date | None) -> bool:
    if day is None:
        return not filters.from_ and not filters.to
    return (filters.from_ or date.min) <= day <= (filters.to or date.max)


def _days(until: date | None, since: date | None) -> int | None:
    return None if until is None or since is None else (until - since).days


def fulfillment(world: worlds.World, own: str, filters: Filters, today: date) -> list[Row]:
    """The rows of saas-fulfillment."""
    elements: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in worlds.seen(world.provisioning, own):
        elements[_key(row)].append(row)
    found = []
    for row in _held(world, own, filters):
        status, form = row["fulfillment_status"], elements.get(_key(row))
        missing = None if form is None else sum(1 for one in form if one["required"] and one["value"] is None)
        waits = {"ordered": "vendor", "provisioning": "vendor", "awaiting_form": "vendor" if missing == 0 else "customer", "suspended": "reseller",
                 "active": "nobody", "expired": "nobody", None: None}[status]
        if _on(filters, row["ordered_on"]):
            found.append(row | {
                "waits_for": waits, "missing": missing, "month": _month(row["ordered_on"]),
                "days_since_ordered": _days(today, row["ordered_on"]) if status in WAITING else None,
                "days_to_provision": _days(row["provisioned_on"], row["ordered_on"])})
    return found


def fulfillment_measured(rows: Sequence[Row]) -> Row:
    took = [row["days_to_provision"] for row in rows if row["days_to_provision"] is not None]
    return {"subscriptions": len(rows), "customers": len({row["customer"] for row in rows}),
            "waiting": sum(1 for row in rows if row["fulfillment_status"] in WAITING),
            "waiting_for_customer": sum(1 for row in rows if row["fulfillment_status"] == "awaiting_form" and row["missing"] != 0),
            "provisioned": len(took), "days_to_provision": sum(took)}


def elements(world: worlds.World, own: str, filters: Filters, _today: date) -> list[Row]:
    """The rows of saas-data-elements."""
    return [
        row | {"month": _month(row["ordered_on"]), "required": "yes" if row["required"] else "no",
               "element_state": "answered" if row["value"] is not None else "missing" if row["required"] else "open"}
        for row in _under(world.provisioning, own, _held(world, own, filters)) if _on(filters, row["ordered_on"])]


def elements_measured(rows: Sequence[Row]) -> Row:
    missing = [row for row in rows if row["element_state"] == "missing"]
    return {"forms": len({_key(row) for row in rows}), "elements": len(rows), "missing": len(missing),
            "answered": sum(1 for row in rows if row["element_state"] == "answered"), "incomplete": len({_key(row) for row in missing})}


def _price(world: worlds.World, row: Row) -> Row | None:
    """The list price of the overage on the last day of the period; of several currencies the first."""
    of = [price for price in world.prices if price["part_number"] == row["overage_part"] and price["country"] == row["country"]
          and price["price_level"] == row["price_level"]]
    holding = []
    for price in of:
        starts = [other["effective_from"] for other in of if other["currency"] == price["currency"]]
        later = [start for start in starts if start > price["effective_from"]]
        ends = min([*later, *([price["effective_to"]] if price["effective_to"] else [])], default=date.max)
        if price["effective_from"] <= row["period_end"] < ends:
            holding.append(price)
    return min(holding, key=lambda price: price["currency"], default=None)


def overage(world: worlds.World, own: str, filters: Filters, today: date) -> list[Row]:
    """The rows of suppressed-overage; `summed_in` and `summed` are the currency and amount that a sum takes."""
    found = []
    for row in _under(world.usage, own, _held(world, own, filters)):
        if not row["suppressed"] or not row["overage_quantity"] or not _on(filters, row["period_end"]):
            continue
        price = _price(world, row)
        lacks = "no_part" if row["overage_part"] is None else "no_level" if row["price_level"] is None else "unlisted"
        told: Row = {"month": _month(row["period_end"]), "unit_price": None, "currency": None, "amount": None, "overage_price": lacks,
                     "overage_share": share(row["overage_quantity"], row["entitled_quantity"]) if row["entitled_quantity"] else None}
        if price:
            exact = Decimal(1).scaleb(-worlds.DECIMALS[price["currency"]])
            told |= {"unit_price": price["unit_price"], "currency": price["currency"], "overage_price": "listed",
                     "amount": (row["overage_quantity"] * price["unit_price"]).quantize(exact, rounding=ROUND_HALF_UP)}
        line = row | told
        summed = worlds.reported(world, line, "period_end", filters.in_currency, today) if price else line
        into = filters.in_currency is not None and summed["currency"] == filters.in_currency
        found.append(line | {"summed_in": summed["currency"], "summed": summed["amount"], "in_currency": filters.in_currency if into else None,
                             "amount_in": summed["amount"] if into else None})
    return found


def overage_measured(rows: Sequence[Row]) -> Row:
    known = [row["summed"] for row in rows if row["summed"] is not None]
    return {"subscriptions": len({_key(row) for row in rows}), "customers": len({row["customer"] for row in rows}), "lines": len(rows),
            "overage_quantity": sum((row["overage_quantity"] for row in rows), Decimal(0)), "amount": sum(known) if known else None}


def updates(world: worlds.World, own: str, filters: Filters, today: date) -> list[Row]:
    """The rows of subscription-updates."""
    use: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in worlds.seen(world.usage, own):
        if row["period_start"] <= today:
            use[_key(row)].append(row)
    found, back = [], filters.direction == "last"
    for row in _held(world, own, filters):
        if row["end"] is None or not _on(filters, row["end"]):
            continue
        days = renewal_lines.days_to(row["end"], today)
        if not 0 <= (-days if back else days) <= (filters.window or 180):
            continue
        bucket = renewal_lines.bucket(days, back=back)
        if filters.due and renewal_lines.bucket(days) not in filters.due:
            continue
        periods, entitled = use.get(_key(row), []), row["entitled_quantity"]
        used = max(periods, key=lambda period: period["period_start"])["used_quantity"] if periods else None
        recent = [period["overage_quantity"] or Decimal(0) for period in periods if period["period_start"] > years_before(today, 1)]
        found.append(row | {
            "bucket": bucket, "month": _month(row["end"]), "days_to_end": days, "effective_on": row["end"] + timedelta(1), "used_quantity": used,
            "used_share": share(used, entitled) if used is not None and entitled else None,
            "overage_12_months": sum(recent, Decimal(0)) if periods else None, "end_choice": _choice(used, entitled)})
    return found


def _choice(used: Decimal | None, entitled: Decimal) -> str:
    if used is None:
        return "unknown"
    if used > entitled:
        return "grow"
    return "stop" if used == 0 else "shrink" if used < entitled / 2 else "keep"


def updates_measured(rows: Sequence[Row]) -> Row:
    return {"subscriptions": len(rows), "customers": len({row["customer"] for row in rows}),
            "entitled_quantity": sum((row["entitled_quantity"] for row in rows), Decimal(0)),
            "used_quantity": sum((row["used_quantity"] or Decimal(0) for row in rows), Decimal(0)),
            "above": sum(1 for row in rows if row["end_choice"] == "grow"),
            "little_used": sum(1 for row in rows if row["end_choice"] in ("stop", "shrink")),
            "use_unknown": sum(1 for row in rows if row["used_quantity"] is None)}


# -- single rows to lay in a store --------------------------------------------------------------------------------------
TODAY = date(2026, 11, 24)


def held(number: int, **more: Any) -> dict[str, Any]:
    """A subscription of Boreal's to ten, ordered forty days ago, that runs for another hundred."""
    return {
        "reseller_site_number": BOREAL, "distributor_site_number": None, "subscription_number": f"S{number}", "site_number": "1", "part_number": "P1",
        "order_number": None, "ordered_on": TODAY - timedelta(40), "provisioned_on": None, "start": None, "end": TODAY + timedelta(100),
        "entitled_quantity": Decimal(10), "billing": None, "renewal_type": "automatic", "fulfillment_status": "active",
    } | more


def used(number: int, quantity: int, **more: Any) -> dict[str, Any]:
    """Its use in October."""
    return {
        "reseller_site_number": BOREAL, "distributor_site_number": None, "subscription_number": f"S{number}",
        "period_start": date(2026, 10, 1), "period_end": date(2026, 10, 31), "used_quantity": Decimal(quantity), "overage_quantity": None,
        "suppressed": None, "suppression_reason": None,
    } | more


def asked(number: int, element: str, **more: Any) -> dict[str, Any]:
    """A required element of its form, without a value."""
    return {
        "reseller_site_number": BOREAL, "distributor_site_number": None, "subscription_number": f"S{number}", "element": element, "required": True,
        "value": None, "submitted_on": None, "submitted_by": None,
    } | more


def listed(part: str, price: str, start: date, end: date | None = None, currency: str = "BRL") -> dict[str, Any]:
    return {"part_number": part, "country": "BR", "currency": currency, "price_level": "D", "effective_from": start, "effective_to": end,
            "unit_price": Decimal(price), "points": None}


def lay(store: Store, **rows: list[dict[str, Any]]) -> Viewer:
    """The rows in a store, under one site at level D and a part whose overage is V1; gives ana."""
    ana = settle(store)["ana"]
    agreement = {"agreement_number": "A", "program": "PA", "customer_name": "Lumiara", "customer_name_folded": "lumiara", "price_level": "D"}
    site = {"site_number": "1", "name": "Lumiara", "name_folded": "lumiara", "country": "BR", "agreement_number": "A"}
    parts = {number: {"part_number": number, "description": number, "product_group": "Security", "part_type": "saas", "overage_part": overage}
             for number, overage in (("P1", "V1"), ("V1", None))}
    worlds.World(agreements={"A": agreement}, sites={"1": site}, parts=parts, names={(BOREAL, "2"): "x"}, **rows).write(store)
    return ana


def rows_of(module: Any, viewer: Viewer, **filters: Any) -> list[dict[str, Any]]:
    return report.run(module, viewer, Filters(**filters), today=TODAY, form="detail").rows
