"""A report's CSV is made by column; it is byte for byte what its rows are one by one, for every report and for texts that mean harm."""

from __future__ import annotations

import csv
import io
import random
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest
import world as worlds
from cast import settle, times
from exported import HOSTILE, SPLIT
from sqlalchemy import select

from pao_core import report, report_csv
from pao_core.access import AccessDenied, Viewer
from pao_core.catalogue import REPORTS
from pao_core.export.csv import table_csv
from pao_core.filters import BadFilter, Filters
from pao_core.importing.run import import_file
from pao_core.orders import order_history
from pao_core.renewals import renewals
from pao_core.report import Column
from pao_core.store.engine import Store
from pao_core.store.schema import parts

TODAY = date(2026, 11, 24)
MARKS = "'=+-@\t\r\n\uff1d\uff0b\uff0d\uff20,;\" aZ9ãß漢\u202e\U0001f600"


def harmful(pick: random.Random) -> str | None:
    """A text that a spreadsheet or a careless reader would take for something else, or none."""
    if pick.random() < 0.5:
        return pick.choice([None, *HOSTILE, *SPLIT])
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


def test_an_import_gives_every_text_back_that_an_export_or_the_file_of_rejected_rows_has_made_harmless(sqlite_store: Store, tmp_path: Path) -> None:
    desk, path = Viewer.of_command_line(sqlite_store), tmp_path / "parts.csv"
    told = {f"D{place:04}LL": text for place, text in enumerate([*HOSTILE, *SPLIT, "a'b; 'c' - d"])}
    raw = {f"R{place:04}LL": text for place, text in enumerate(told.values()) if "'" not in text and len(text) > 2}  # as others write a file
    columns, unstopped = [Column(name, "") for name in ("part_number", "description", "family")], io.StringIO()
    csv.writer(unstopped).writerows([part, text, "wrong"] for part, text in raw.items())
    path.write_bytes(table_csv(columns, [{"part_number": part, "description": text, "family": "wrong"} for part, text in told.items()])
                     + unstopped.getvalue().encode())
    rejected = import_file(desk, path, "parts").rejected_rows
    for delimiter in ",;\t":
        cells = [cell for line in csv.reader(io.StringIO(rejected.decode("utf-8-sig"), newline=""), delimiter=delimiter) for cell in line]
        assert not [cell for cell in cells if cell.lstrip().startswith(tuple("=+-@\uff1d\uff0b\uff0d\uff20"))]
    path.write_bytes(rejected.replace(b"wrong", b"saas"))
    assert import_file(desk, path, "parts").loaded == len(told | raw)
    with sqlite_store.reading() as connection:
        kept = {row.part_number: row.description for row in connection.execute(select(parts.c.part_number, parts.c.description))}
    # A name has no white space around it and one line.
    assert kept == {part: re.sub(r"[\t\r\n]+", " ", text.strip()) for part, text in (told | raw).items()}
