"""The whole demonstration as tables, in the order in which they can be loaded; the same lines, seed and day give the same."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pao_core.demo import customers, order_table, orders, parts, price_list
from pao_core.demo.customers import DISTRIBUTOR, PROGRAMS, RESELLERS, Customers
from pao_core.demo.markets import LEVELS, first_day, month_of
from pao_core.demo.vocabulary import KINDS
from pao_core.locale import N_, Refused
from pao_core.store.types import fold

LEAST_LINES, MOST_LINES = 1_000, 10_000_000
LINES_PER_DEAL = 4.0  # a little fewer than a deal brings
ACTIVE_MONTHS = 24  # an agreement without an order for longer is inactive (domain.md 2.1)


def tables(lines: int, seed: int, today: date) -> dict[str, pa.Table]:
    """Every table by its name in the store, values as the store holds them (scaled prices, minor amounts).

    Exactly `lines` order lines, the newest at most `today`. Raises Refused for a number of lines out of range.
    """
    if not LEAST_LINES <= lines <= MOST_LINES:
        raise Refused(N_("The demonstration has from {least} to {most} order lines, not {lines}."),
                      least=LEAST_LINES, most=MOST_LINES, lines=lines)
    streams = iter(np.random.SeedSequence(seed).spawn(6))
    catalogue = parts.build(np.random.default_rng(next(streams)), lines)
    prices = price_list.build(np.random.default_rng(next(streams)), catalogue, today)
    priced = price_list.table(np.random.default_rng(next(streams)), prices)
    people = customers.build(np.random.default_rng(next(streams)), lines)
    bought, first, sold = _sold(next(streams), lines, today, people, catalogue)
    ordered = order_table.table(np.random.default_rng(next(streams)), bought, sold, prices, people, today)
    return {
        "resellers": _resellers(), "agreements": _agreements(people, bought, sold, first, today), "sites": _sites(people),
        "parts": _parts(catalogue), "prices": priced, "orders": ordered,
    }


def _sold(stream: np.random.SeedSequence, lines: int, today: date, people: Customers, catalogue: parts.Parts,
          ) -> tuple[orders.Contracts, np.ndarray, orders.Lines]:
    """Contracts whose first `lines` lines are taken; more deals are made until there are enough."""
    deals = round(lines / LINES_PER_DEAL)
    while True:
        rng = np.random.default_rng(stream)
        bought, first = orders.contracts(rng, deals, today, people, catalogue)
        sold = orders.lines_of(rng, bought, catalogue, today)
        if len(sold.day) >= lines:
            return bought, first, sold.take(np.arange(lines))
        deals = round(deals * 1.1)


def _resellers() -> pa.Table:
    numbers, names, countries, tiers = zip(*RESELLERS, strict=True)
    return pa.table({
        "site_number": numbers, "name": names, "country": countries, "tier": tiers,
        "distributor_site_number": [None if number == DISTRIBUTOR else DISTRIBUTOR for number in numbers],
    })


def _agreements(people: Customers, bought: orders.Contracts, sold: orders.Lines, first: np.ndarray, today: date) -> pa.Table:
    """One row an agreement. The anniversary is the coming one; PA Express has none."""
    owner = people.site_customer[bought.site[sold.contract]]
    last = first.copy()
    np.maximum.at(last, owner, sold.day)
    anniversary = orders.after_term(first)
    now = month_of(np.array([np.datetime64(today, "D")]))[0]
    behind = np.maximum(-((anniversary - now - (today.day > 1)) // 12), 0)
    coming = first_day(anniversary + 12 * behind)
    there = np.array([number is not None for number in people.agreement_numbers])
    active = now - month_of(last) <= ACTIVE_MONTHS
    return pa.table({
        "agreement_number": people.agreement_numbers, "program": pa.array(PROGRAMS, pa.string()).take(people.program),
        "customer_name": people.names, "first_order_date": pa.array(first), "anniversary_date": pa.array(coming, mask=~people.in_pa),
        "price_level": pa.array(LEVELS).take(people.level), "customer_type": pa.array(KINDS).take(people.pattern),
        "status": np.where(active, "active", "inactive").tolist(), "customer_name_folded": [fold(name) for name in people.names],
    }).filter(pa.array(there))


def _sites(people: Customers) -> pa.Table:
    rows = people.site_rows
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return pa.table(columns | {"name_folded": [fold(str(row["name"])) for row in rows]})


def _parts(catalogue: parts.Parts) -> pa.Table:
    rows = catalogue.rows
    table = pa.table({name: [row[name] for row in rows] for name in rows[0]})
    points = pc.round(pc.multiply(pc.cast(table["points"], pa.float64()), 1000))
    return table.set_column(table.schema.get_field_index("points"), "points", pc.cast(points, pa.int64()))
