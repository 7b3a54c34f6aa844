"""Price notifications: both prices of every open line, what they make and who is to be told equal an independent computation."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path

import renewal_lines
import world as worlds
from cast import settle, store_in, times
from price_lists import START, Price, by_key, in_force, price_lists
from renewal_lines import Line, Said

from pao_core import replica
from pao_core.filters import Filters
from pao_core.locale.words import PRICE_EFFECTS
from pao_core.renewals import price_notifications
from pao_core.renewals.price_notifications import APART
from pao_core.store.engine import Store

TODAY = date(2026, 11, 24)
NEW_YEAR = date(2027, 1, 1)
AMOUNTS = ("amount", "old_amount", "new_amount")


# -- the report again, in plain Python --------------------------------------------------------------------------------
def priced(lists: list[Price]) -> Callable[[worlds.World, Filters, date, Line], Line]:
    """What the report says of a line beyond what all reports of renewals do."""
    keys = by_key(lists)

    @cache
    def next_edition(country: str, currency: str, today: date, asked: date | None) -> date | None:
        return min((price["effective_from"] for price in lists if (price["country"], price["currency"]) == (country, currency)
                    and price["effective_from"] > today and asked in (None, price["effective_from"])), default=None)

    def more(world: worlds.World, filters: Filters, today: date, line: Line) -> Line:
        site = world.sites[line["site_number"]]
        level = world.agreements.get(site["agreement_number"] or "", {}).get("price_level")
        edition = next_edition(site["country"], line["currency"], today, filters.edition)
        of_key = keys[line["part_number"], site["country"], line["currency"], level]
        now, then = in_force(of_key, today), in_force(of_key, edition) if edition else None
        new = (then if line["coverage_start"] >= edition else now) if edition else None
        old_price, new_price = now and now["unit_price"], new and new["unit_price"]
        effect = effect_of(level, edition, old_price, new_price, line["coverage_start"])
        old_amount, new_amount = ((amount(line, price) for price in (old_price, new_price)) if effect not in APART else (None, None))
        change = ((new_price / old_price - 1).quantize(Decimal("0.0001"), ROUND_HALF_UP)
                  if old_price is not None and new_price is not None else None)
        return {
            "edition": edition, "effect": effect, "old_price": old_price, "new_price": new_price, "old_amount": old_amount,
            "new_amount": new_amount, "price_difference": None if change is None else new_price - old_price, "change": change,
            "band": band_of(old_price, new_price, change) if effect in ("rises", "falls", "same") else None,
            "order_before": edition - timedelta(1) if effect == "rises" and edition else None,
        }

    return more


def amount(line: Line, price: Decimal) -> Decimal:
    return (line["quantity"] * price).quantize(Decimal(1).scaleb(-worlds.DECIMALS[line["currency"]]), ROUND_HALF_UP)


def effect_of(level: str | None, edition: date | None, old: Decimal | None, new: Decimal | None, starts: date) -> str:
    if level is None:
        return "no_level"
    if edition is None:
        return "no_edition"
    if old is None:
        return "no_price_now"
    if starts < edition:
        return "before"
    if new is None:
        return "no_new_price"
    return "same" if new == old else "rises" if new > old else "falls"


def band_of(old: Decimal, new: Decimal, change: Decimal) -> str:
    if old == new:
        return "same"
    size = abs(change) * 100
    if new < old:
        return "down-0-5" if size <= 5 else "down-5-10" if size <= 10 else "down-10"
    return "up-0-3" if size <= 3 else "up-3-6" if size <= 6 else "up-6-10" if size <= 10 else "up-10"


def asked_for(world: worlds.World, filters: Filters, _today: date, line: Line) -> bool:
    return not filters.effect or line["effect"] in filters.effect


def of_prices(pick: random.Random, filters: Filters) -> Filters:
    """The filters with one by effect or by edition now and then."""
    if pick.random() < 0.3:
        filters = filters.but(effect=tuple(pick.sample(list(PRICE_EFFECTS), k=pick.randrange(1, 4))))
    return filters.but(edition=START + timedelta(100 * pick.randrange(15))) if pick.random() < 0.3 else filters


def a_world(store: Store, seed: int) -> tuple[worlds.World, Said]:
    world = worlds.make(seed, lines=1_500)
    world.prices = price_lists(random.Random(seed), world)
    near = random.Random(seed)
    for at, price in enumerate(world.prices):  # some changes small enough for every band
        if at and (at % 3) and all(price[name] == world.prices[at - 1][name] for name in ("part_number", "country", "currency", "price_level")):
            price["unit_price"] = (world.prices[at - 1]["unit_price"] * Decimal(near.randrange(8_600, 11_400)) / 10_000).quantize(Decimal("0.000001"))
    world.write(store)
    return world, Said(asked_for, priced(world.prices), AMOUNTS, of_prices)


def test_it_equals_plain_python_read_through_duckdb(store: Store) -> None:
    people = settle(store)
    world, said = a_world(store, 41)
    renewal_lines.check(price_notifications, world, people, times(100, 2_500), 81, said)


def test_it_equals_plain_python_read_on_postgresql(tmp_path: Path, postgresql_url: str) -> None:
    store = store_in(tmp_path, PAO_DATABASE_URL=postgresql_url, PAO_ANALYTICS_URL=postgresql_url)
    people = settle(store)
    world, said = a_world(store, 42)
    renewal_lines.check(price_notifications, world, people, times(40, 1_000), 82, said)
    replica.forget(store)
    store.dispose()
