"""Real input: UCI Online Retail, half a million lines of a UK giftware wholesaler; its sums equal those of plain Python."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from cast import SHARED, store_in, without
from sqlalchemy import func, select

from pao_core import countries
from pao_core.access import Viewer
from pao_core.importing import batches
from pao_core.importing.run import ImportOptions, ImportResult, import_file
from pao_core.store import schema
from pao_core.store.engine import Store

FILE = SHARED / "data" / "online-retail.csv.gz"
MAPPED = {
    "order_number": "InvoiceNo",
    "part_number": "StockCode",
    "part_description": "Description",
    "quantity": "Quantity",
    "order_date": "InvoiceDate",
    "unit_price": "UnitPrice",
    "site_number": "CustomerID",
    "country": "Country",
}
# Written out here, so that the file's countries are not checked by the product's own reading of them.
COUNTRIES = {
    "United Kingdom": "GB",
    "Germany": "DE",
    "France": "FR",
    "EIRE": "IE",
    "Spain": "ES",
    "Netherlands": "NL",
    "Belgium": "BE",
    "Switzerland": "CH",
    "Portugal": "PT",
    "Australia": "AU",
    "Norway": "NO",
    "Italy": "IT",
    "Channel Islands": "ZZ",
    "Finland": "FI",
    "Cyprus": "CY",
    "Sweden": "SE",
    "Unspecified": "ZZ",
    "Austria": "AT",
    "Denmark": "DK",
    "Japan": "JP",
    "Poland": "PL",
    "Israel": "IL",
    "USA": "US",
    "Hong Kong": "HK",
    "Singapore": "SG",
    "Iceland": "IS",
    "Canada": "CA",
    "Greece": "GR",
    "Malta": "MT",
    "United Arab Emirates": "AE",
    "European Community": "ZZ",
    "RSA": "ZA",
    "Lebanon": "LB",
    "Lithuania": "LT",
    "Brazil": "BR",
    "Czech Republic": "CZ",
    "Bahrain": "BH",
    "Saudi Arabia": "SA",
}
Sums = dict[tuple[str, str], tuple[int, Decimal, int]]
NONE = (0, Decimal(0), 0)


@pytest.fixture(scope="module")
def retail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, list[ImportResult]]]:
    """The file loaded four times: without customers rejected, the same again, with a site by default, the same again."""
    if not FILE.exists():
        without("the data beside the repository (../shared/data)")
    store = store_in(tmp_path_factory.mktemp("retail"))
    results = [
        import_file(
            Viewer.of_command_line(store),
            FILE,
            "orders",
            options=ImportOptions(mapped=MAPPED, fixed={"currency": "GBP"}, reseller="7000001", create_missing=True, **how),
        )
        for how in ({"skip_rejected": True}, {"skip_rejected": True}, {"defaults": {"site_number": "99999"}}, {"defaults": {"site_number": "99999"}})
    ]
    yield store, results
    store.dispose()


@dataclass(frozen=True)
class Computed:
    """What plain Python makes of the file: the sums of its lines with a customer and of all, and how many of the former are warned of."""

    with_customer: Sums
    all: Sums
    warned: int


@pytest.fixture(scope="module")
def computed() -> Computed:
    """The file read once: (month, country) -> lines, amount, quantity in thousandths."""
    customers: dict[tuple[str, str], list[Any]] = defaultdict(lambda: [0, Decimal(0), 0])
    nobodys: dict[tuple[str, str], list[Any]] = defaultdict(lambda: [0, Decimal(0), 0])
    warned, cent = 0, Decimal("0.01")
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            country, quantity, price = COUNTRIES[row["Country"]], Decimal(row["Quantity"]), Decimal(row["UnitPrice"])
            entry = (customers if row["CustomerID"] else nobodys)[row["InvoiceDate"][:7], country]
            entry[0] += 1
            entry[1] += (quantity * price).quantize(cent, ROUND_HALF_UP)
            entry[2] += int(quantity * 1000)
            warned += bool(row["CustomerID"]) and (price <= 0 or country == countries.UNKNOWN)
    both = {key: [sum(of) for of in zip(customers.get(key, NONE), nobodys.get(key, NONE), strict=True)] for key in customers | nobodys}
    return Computed(*({key: (lines, amount, quantity) for key, (lines, amount, quantity) in sums.items()} for sums in (customers, both)), warned)


def stored(store: Store, without_site: str | None = None) -> Sums:
    month, lines = func.substr(schema.orders.c.order_date, 1, 7), schema.orders
    statement = select(month, lines.c.country, func.count(), func.sum(lines.c.amount), func.sum(lines.c.quantity)).group_by(month, lines.c.country)
    if without_site is not None:
        statement = statement.where(lines.c.site_number != without_site)
    with store.reading() as connection:
        return {(row[0], row[1]): (row[2], Decimal(int(row[3])).scaleb(-2), int(Decimal(row[4]) * 1000)) for row in connection.execute(statement)}


def counts(result: ImportResult) -> tuple[int, int, int, int]:
    return result.read, result.loaded, result.unchanged, result.rejected


def test_every_line_is_loaded_or_rejected_and_a_second_import_loads_nothing(retail: tuple[Store, list[ImportResult]]) -> None:
    assert [counts(result) for result in retail[1]] == [
        (541_909, 406_829, 0, 135_080),
        (541_909, 0, 406_829, 135_080),
        (541_909, 135_080, 406_829, 0),
        (541_909, 0, 541_909, 0),
    ]
    assert retail[1][0].stubs == {"resellers": 1, "sites": 4_372, "parts": 3_684}


def test_the_sums_by_month_and_country_equal_plain_python(retail: tuple[Store, list[ImportResult]], computed: Computed) -> None:
    assert stored(retail[0], without_site="99999") == computed.with_customer
    assert stored(retail[0]) == computed.all


def test_the_facts_of_the_files_own_description_hold(retail: tuple[Store, list[ImportResult]]) -> None:
    lines = schema.orders.c
    with retail[0].reading() as connection:

        def number(statement: Any) -> int:
            return connection.scalar(statement) or 0

        assert number(select(func.count(lines.order_number.distinct()))) == 25_900
        assert number(select(func.count()).where(lines.quantity < 0)) == 10_624
        assert number(select(func.count()).where(lines.order_number.like("C%"))) == 9_288
        assert number(select(func.count()).where(lines.unit_price <= 0)) == 2_517
        assert [number(select(func.count()).where(lines.country == code)) for code in ("GB", "DE", "FR")] == [495_478, 9_495, 8_557]


def test_the_rejected_rows_can_be_had_and_all_say_the_same(retail: tuple[Store, list[ImportResult]]) -> None:
    store, results = retail
    content = batches.rejected_rows(Viewer.of_command_line(store), results[0].batch or 0)
    rows = list(csv.DictReader(content.decode("utf-8-sig").splitlines()))
    assert len(rows) == 135_080
    assert {row["reason"].partition(": ")[2] for row in rows} == {"CustomerID is empty."}
    assert all(row["line_number"] and row["currency"] == "GBP" for row in rows)


def test_every_line_with_a_price_of_zero_or_an_unknown_country_is_warned_of(retail: tuple[Store, list[ImportResult]], computed: Computed) -> None:
    store, results = retail
    assert results[0].warned == computed.warned
    assert batches.warned_rows(Viewer.of_command_line(store), results[0].batch or 0).count(b"\n") == computed.warned + 1
