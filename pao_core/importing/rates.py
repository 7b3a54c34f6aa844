"""The European Central Bank's rates as a file of exchange_rates, loaded like any other."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from pao_core import ecb
from pao_core.access import Viewer
from pao_core.importing.checking import CURRENCIES
from pao_core.importing.options import ImportOptions
from pao_core.importing.run import ImportResult, Progress, import_file
from pao_core.locale import N_, Refused

DATASET = "exchange_rates"
OPTIONS = ImportOptions(numbers="point")


@dataclass(frozen=True)
class RatesFile:
    """A file of exchange_rates with the days `first` to `last`, both inclusive; its name says them."""

    content: bytes
    first: date
    last: date

    @property
    def name(self) -> str:
        return f"ecb-{self.first}-{self.last}.csv"


def published(since: date = ecb.FIRST_DAY) -> RatesFile:
    """The rates from `since` on, of every currency that an import accepts. Raises Refused when they end before it."""
    rows = list(ecb.rates(since, currencies=CURRENCIES))
    if not rows:
        raise Refused(N_("The European Central Bank's rates that come with this version end on {last}."), last=last_day().isoformat())
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([("date", "currency", "rate"), *rows])
    days = [day for day, _currency, _rate in rows]
    return RatesFile(text.getvalue().encode(), date.fromisoformat(min(days)), date.fromisoformat(max(days)))


@cache
def last_day() -> date:
    """The last day that has rates."""
    return date.fromisoformat(max(day for day, _currency, _rate in ecb.rates()))


def load(viewer: Viewer, since: date = ecb.FIRST_DAY, progress: Progress | None = None) -> ImportResult:
    """Import the rates from `since` on; loading them again changes nothing. Raises as `published` and `import_file`."""
    file = published(since)
    with TemporaryDirectory(prefix="rates") as folder:
        path = Path(folder) / file.name
        path.write_bytes(file.content)
        return import_file(viewer, path, DATASET, options=OPTIONS, progress=progress)
