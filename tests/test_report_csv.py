"""A report's CSV is made by column; it is byte for byte what its rows are one by one, for every report and for texts that mean harm."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date
from types import ModuleType

import pytest
import world as worlds
from cast import settle, times
from exported import HOSTILE

from pao_core import report, report_csv
from pao_core.access import AccessDenied, Viewer
from pao_core.catalogue import REPORTS
from pao_core.export.csv import table_csv
from pao_core.filters import BadFilter, Filters
from pao_core.orders import order_history
from pao_core.renewals import renewals
from pao_core.store.engine import Store

TODAY = date(2026, 11, 24)
MARKS = "'=+-@\t\r\n\uff1d\uff0b\uff0d\uff20,;\" aZ9ãß漢\u202e\U0001f600"


def harmful(pick: random.Random) -> str | None:
    """A text that a spreadsheet or a careless reader would take for something else, or none."""
    if pick.random() < 0.5:
        return pick.choice([None, *HOSTILE])
    return "".join(pick.choices(MARKS, k=pick.randrange(1, 9)))


def made(seed: int) -> worlds.World:
    """A world whose orders, customers and parts have such texts."""
    pick, world = random.Random(seed), worlds.make(seed, lines=240)
    for line in world.orders:
        line |= {"po_number": harmful(pick), "status": harmful(pick), "quote_number": harmful(pick),
                 "order_number": f"{pick.choice(['', *HOSTILE])}{line['order_number']}"}
    for agreement in world.agreements.values():
        agreement["customer_name"] = harmful(pick) or "-"
    for part in world.parts.values():
        part["description"] = harmful(pick) or "="
    return world


def check(viewer: Viewer, reports: Sequence[ModuleType], seed: int) -> None:
    """Row by row, and in sum where they are few: the file is what its rows would be."""
    pick, rows = random.Random(seed), 0
    summed = pick.sample(reports, k=min(len(reports), times(4, len(reports))))
    for module, form in [(module, "detail") for module in reports] + [(module, "summary") for module in summed]:
        filters = Filters(in_currency=pick.choice([None, "EUR", "JPY", "BRL"]))
        by = pick.choice(module.BY) if form == "summary" else None
        found = report.run(module, viewer, filters, today=TODAY, form=form, by=by, totals=False)
        made = report_csv.of_report(module, viewer, filters, today=TODAY, form=form, by=by)
        assert made == table_csv(found.columns, found.rows), (module.NAME, form, by)
        rows += found.count
    assert rows > 100


def test_every_reports_file_is_its_rows_byte_for_byte_read_through_duckdb(sqlite_store: Store) -> None:
    people = settle(sqlite_store)
    made(91).write(sqlite_store)
    for seed in range(times(1, 40)):
        check(people["carla"], list(REPORTS.values()), seed)


def test_a_reports_file_is_its_rows_byte_for_byte_read_on_postgresql(direct_store: Store) -> None:
    people = settle(direct_store)
    made(92).write(direct_store)
    check(people["carla"], [order_history, renewals], seed=2)


def test_a_part_of_the_rows_and_no_row_at_all_are_files_too(sqlite_store: Store) -> None:
    people = settle(sqlite_store)
    made(93).write(sqlite_store)
    for filters, cut in ((Filters(), {"limit": 7, "offset": 5, "sort": "-amount"}), (Filters(site=("none",)), {})):
        found = report.run(order_history, people["ana"], filters, today=TODAY, form="detail", totals=False, **cut)
        assert report_csv.of_report(order_history, people["ana"], filters, today=TODAY, form="detail", **cut) == table_csv(found.columns, found.rows)


def test_who_may_not_read_a_report_gets_no_file_of_it_and_a_bad_sort_is_refused(sqlite_store: Store) -> None:
    people = settle(sqlite_store)
    with pytest.raises(AccessDenied):
        report_csv.of_report(order_history, people["dora"], Filters(), today=TODAY)
    with pytest.raises(BadFilter):
        report_csv.of_report(order_history, people["ana"], Filters(), today=TODAY, sort="password_hash")
