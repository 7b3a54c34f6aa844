"""The rows of `orders` from lines: grouped into orders, numbered by each reseller, with amounts, papers and statuses."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from pao_core.demo.customers import RESELLERS, Customers
from pao_core.demo.markets import DECIMALS, MARKETS, month_of
from pao_core.demo.orders import ORDER_TYPES, RENEWAL, Contracts, Lines, price
from pao_core.demo.price_list import MICRO, PriceList

FIRST_ORDER = 1_000_001
SHIPPED_ABROAD, HAS_PO, HAS_QUOTE, CANCELLED = 0.01, 0.7, 0.9, 0.015
SETTLED_DAYS, UNDERWAY_DAYS = 25, 6


def table(rng: np.random.Generator, bought: Contracts, lines: Lines, prices: PriceList, customers: Customers, today: date) -> pa.Table:
    """The lines as rows of `orders`, sorted by reseller and order."""
    unit_price = price(bought, lines, prices, customers)
    site, reseller = bought.site[lines.contract], bought.reseller[lines.contract]
    back = lines.quantity < 0
    order = np.lexsort((lines.contract, back, lines.type, site, lines.day, reseller))
    lines, unit_price, site, reseller, back = lines.take(order), unit_price[order], site[order], reseller[order], back[order]
    begins = np.r_[True, _differs(reseller) | _differs(lines.day) | _differs(site) | _differs(lines.type) | _differs(back)]
    group = np.cumsum(begins) - 1
    first = np.flatnonzero(begins)
    market = customers.site_market[site]
    papers = _papers(rng, lines, reseller, first, today)
    return pa.table({
        "reseller_site_number": pa.array([reseller_[0] for reseller_ in RESELLERS]).take(reseller),
        "order_number": pa.array(_numbers(lines, reseller, first)).take(group),
        "line_number": pa.array(np.arange(len(group)) - first[group] + 1),
        "order_date": pa.array(lines.day),
        "order_type": pa.array(ORDER_TYPES).take(lines.type),
        "site_number": pa.array(customers.site_numbers).take(site),
        "country": pa.array([place.country for place in MARKETS]).take(_countries(rng, market, first)[group]),
        "part_number": pa.array(prices.parts.numbers).take(lines.part),
        "quantity": pa.array(lines.quantity * 1000),
        "unit_price": pa.array(unit_price),
        "currency": pa.array([place.currency for place in MARKETS]).take(market),
        "amount": pa.array(amounts(lines.quantity, unit_price, DECIMALS[market])),
        "po_number": papers["po_number"].take(group),
        "quote_number": papers["quote_number"].take(group),
        "coverage_start": pa.array(lines.start, mask=np.isnat(lines.start)),
        "coverage_end": pa.array(lines.end, mask=np.isnat(lines.end)),
        "status": papers["status"].take(group),
    })


def amounts(quantity: np.ndarray, micro: np.ndarray, decimals: np.ndarray) -> np.ndarray:
    """quantity x unit price in minor units, rounded half up away from zero: `money.line_amount` by column.

    Whole quantities; the price is taken apart so that 64 bits hold every product.
    """
    scale = 10**decimals
    whole, fraction = np.divmod(micro, MICRO)
    count = np.abs(quantity)
    minor = count * whole * scale + (count * fraction * scale + MICRO // 2) // MICRO
    signed: np.ndarray = np.sign(quantity) * minor
    return signed


def _differs(values: np.ndarray) -> np.ndarray:
    different: np.ndarray = values[1:] != values[:-1]
    return different


def _numbers(lines: Lines, reseller: np.ndarray, first: np.ndarray) -> list[str]:
    """Each reseller numbers its orders by date in its own way; two of them use the same numbers for different orders."""
    seller = reseller[first]
    begins = np.searchsorted(seller, np.arange(len(RESELLERS)))
    running = np.arange(len(first)) - begins[seller]
    years = month_of(lines.day[first]) // 12 + 1970
    return [f"{year}-{number + 1:06d}" if who == 1 else str(FIRST_ORDER + number)
            for who, year, number in zip(seller.tolist(), years.tolist(), running.tolist(), strict=True)]


def _countries(rng: np.random.Generator, market: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Where each order goes: nearly always the site's country."""
    abroad = rng.random(len(first)) < SHIPPED_ABROAD
    return np.where(abroad, rng.integers(len(MARKETS), size=len(first)), market[first])


def _papers(rng: np.random.Generator, lines: Lines, reseller: np.ndarray, first: np.ndarray, today: date) -> dict[str, pa.Array]:
    """Purchase order, quote and status of each order."""
    count = len(first)
    heads = ("PO-", "OC ", "ENC-")
    ordered = rng.random(count) < HAS_PO
    numbers = rng.integers(10_000, 999_999, size=count).tolist()
    purchase = [f"{heads[who]}{number}" for who, number in zip(reseller[first].tolist(), numbers, strict=True)]
    quoted = (lines.type[first] == RENEWAL) & (rng.random(count) < HAS_QUOTE)
    quotes = [f"Q{number:08d}" for number in (np.arange(count) + 10_000_001).tolist()]
    age = (np.datetime64(today) - lines.day[first]).astype(np.int64)
    draw = rng.random(count)
    status = np.select(
        [draw < CANCELLED, age > SETTLED_DAYS, age > UNDERWAY_DAYS],
        ["cancelled", "invoiced", np.where(draw < 0.5, "invoiced", "fulfilled")], np.where(draw < 0.3, "submitted", "accepted"))
    return {"po_number": pa.array(purchase, mask=~ordered), "quote_number": pa.array(quotes, mask=~quoted),
            "status": pa.array(status.tolist())}
