"""The whole demonstration as tables, in the order in which they can be loaded; the same lines, seed and day give the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pao_core import ecb
from pao_core.demo import book, contacts, contracts, customers, entitlements, order_table, parts, price_list, quotes, service_tables
from pao_core.demo.customers import DISTRIBUTOR, PROGRAMS, RESELLERS, Customers
from pao_core.demo.days import NO_DAY, YEAR, after_term, dates, first_day, month_of
from pao_core.demo.markets import LEVELS, MARKETS, YEARS
from pao_core.demo.tables import Rows, parted
from pao_core.demo.vocabulary import KINDS
from pao_core.locale import N_, Refused
from pao_core.store.schema import RATE_DECIMALS
from pao_core.store.types import fold

LEAST_LINES, MOST_LINES = 1_000, 10_000_000
ACTIVE_MONTHS = 24  # an agreement without an order for longer is inactive (domain.md 2.1)


def tables(lines: int, seed: int, today: date) -> Iterator[tuple[str, Rows]]:
    """Every table by its name in the store, in rows some at a time, values as the store holds them (scaled prices, minor
    amounts). Each is to be read before the next.

    Exactly `lines` order lines, the newest at most `today`. Raises Refused for a number of lines out of range.
    """
    if not LEAST_LINES <= lines <= MOST_LINES:
        raise Refused(N_("The demonstration has from {least} to {most} order lines, not {lines}."),
                      least=LEAST_LINES, most=MOST_LINES, lines=lines)
    return _tables(lines, seed, today)


def _tables(lines: int, seed: int, today: date) -> Iterator[tuple[str, Rows]]:
    streams = iter(np.random.SeedSequence(seed).spawn(6))
    catalogue = parts.build(np.random.default_rng(next(streams)), lines)
    prices = price_list.build(np.random.default_rng(next(streams)), catalogue, today)
    priced = price_list.table(np.random.default_rng(next(streams)), prices)
    buyers = customers.build(np.random.default_rng(next(streams)), lines)
    trade = contracts.Trade.opened(np.random.default_rng(next(streams)), seed, today, buyers, catalogue, prices)
    filled = book.filled(next(streams), trade, lines)
    invented = contacts.invented(trade)
    quoted = quotes.of(trade, filled)
    orders = order_table.grouped(trade, filled, quoted)
    subscribed = service_tables.arranged(filled)
    yield "resellers", iter([_resellers()])
    yield "agreements", iter([_agreements(trade, filled, today)])
    yield "sites", iter([_sites(buyers)])
    yield "contacts", contacts.table(trade, invented)
    yield "parts", iter([_parts(catalogue)])
    yield "prices", parted(priced)
    yield "orders", order_table.table(trade, filled, quoted, orders)
    yield "renewals", quotes.table(trade, filled, quoted)
    yield "entitlements", entitlements.table(trade, filled)
    yield "subscriptions", service_tables.subscriptions(trade, filled, subscribed, orders)
    yield "usage", service_tables.usage(filled, subscribed)
    yield "provisioning", service_tables.provisioning(trade, filled, subscribed, invented)
    yield "assignments", contacts.assignments(trade, filled)
    yield "exchange_rates", iter([_rates(today)])


def _resellers() -> pa.Table:
    numbers, names, countries, tiers = zip(*RESELLERS, strict=True)
    return pa.table({
        "site_number": numbers, "name": names, "country": countries, "tier": tiers,
        "distributor_site_number": [None if number == DISTRIBUTOR else DISTRIBUTOR for number in numbers],
    })


def _agreements(trade: contracts.Trade, filled: book.Book, today: date) -> pa.Table:
    """One row an agreement. The anniversary is the coming one; PA Express has none."""
    people, first = trade.customers, trade.first
    last = first.copy()
    np.maximum.at(last, people.site_customer[filled.lines.site], filled.lines.day)
    anniversary = after_term(first)
    now = month_of(np.array([trade.today]))[0]
    behind = np.maximum(-((month_of(anniversary) - now - (today.day > 1)) // YEAR), 0)
    coming = np.where(people.in_pa, first_day(month_of(anniversary) + YEAR * behind), NO_DAY)
    there = np.array([number is not None for number in people.agreement_numbers])
    active = now - month_of(last) <= ACTIVE_MONTHS
    return pa.table({
        "agreement_number": people.agreement_numbers, "program": pa.array(PROGRAMS, pa.string()).take(people.program),
        "customer_name": people.names, "first_order_date": dates(first), "anniversary_date": dates(coming),
        "price_level": pa.array(LEVELS).take(people.level), "customer_type": pa.array(KINDS).take(people.pattern),
        "status": np.where(active, "active", "inactive").tolist(), "customer_name_folded": [fold(name) for name in people.names],
    }).filter(pa.array(there))


def _rates(today: date) -> pa.Table:
    """The real rates of the demonstration's currencies from the first order's year on, as far as the bank publishes them."""
    first = date(today.year - YEARS, 1, 1)
    found = sorted(ecb.rates(first, today, {market.currency for market in MARKETS}))
    return pa.table({
        "date": pc.cast(pa.array([day for day, _currency, _rate in found], pa.string()), pa.date32()),
        "currency": pa.array([currency for _day, currency, _rate in found], pa.string()),
        "rate": pa.array([int(Decimal(rate).scaleb(RATE_DECIMALS)) for _day, _currency, rate in found], pa.int64()),
    })


def _sites(people: Customers) -> pa.Table:
    rows = people.site_rows
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return pa.table(columns | {"name_folded": [fold(str(row["name"])) for row in rows]})


def _parts(catalogue: parts.Parts) -> pa.Table:
    rows = catalogue.rows
    table = pa.table({name: [row[name] for row in rows] for name in rows[0]})
    points = pc.round(pc.multiply(pc.cast(table["points"], pa.float64()), 1000))
    return table.set_column(table.schema.get_field_index("points"), "points", pc.cast(points, pa.int64()))
