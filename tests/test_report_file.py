"""A report as a file for people: the rows, the totals and how they come about, the same as on screen, for every report that there is."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from types import ModuleType
from typing import Any

import openpyxl
import pypdf
import pytest
import world as worlds
from cast import settle

from pao_core import report, report_file
from pao_core.access import AccessDenied
from pao_core.catalogue import REPORTS
from pao_core.customers import contacts, inventory, points, renewal_history, sites, subscriptions
from pao_core.explain import behind, explain, value
from pao_core.filters import Filters
from pao_core.locale import LANGUAGES, _, use
from pao_core.store.engine import Store

TODAY, MADE = date(2026, 11, 24), datetime(2026, 11, 24, 6, 10, tzinfo=UTC)
EVERY = pytest.mark.parametrize("module", REPORTS.values(), ids=list(REPORTS))
FILTERS = Filters(reseller=("7000001", "7000002"))


def sheets(content: bytes) -> list[list[tuple[Any, ...]]]:
    """The rows of each sheet."""
    return [list(sheet.iter_rows(values_only=True)) for sheet in openpyxl.load_workbook(io.BytesIO(content)).worksheets]


@EVERY
def test_total_rows_and_explanation_are_the_same_on_screen_and_in_the_workbook(sqlite_store: Store, module: ModuleType) -> None:
    people = settle(sqlite_store)
    worlds.make(81, lines=240).write(sqlite_store)
    result = report.run(module, people["carla"], FILTERS, today=TODAY, form="detail")
    explained = explain(module, people["carla"], FILTERS, today=TODAY)
    rows, about, explanation = sheets(report_file.xlsx(result, people["carla"], today=TODAY))
    assert [len(rows) - 1, about[1][1]] == [result.count, f"{result.count:,}"]
    assert ("Filters", "Reseller: 7000001 or 7000002") in about
    assert [line[:3] for line in explanation[2:4]] == [
        ("Everything of the report that you may see", explained.start, None),
        ("Reseller: 7000001 or 7000002", explained.rows, explained.start - explained.rows)]
    # The texts of two columns may be the same, so a column is found by its place.
    place = {column.name: at for at, column in enumerate(result.columns)}
    for line, one in zip(explanation[7:], explained.totals, strict=False):
        assert line[0] == one.measure.text
        assert (line[2] or None, line[5]) == (one.currency, one.rows)
        for cell, known in ((line[3], one.amount), (line[4], one.of_rows)):
            assert cell is None if known is None else float(cell) == pytest.approx(float(known))
        if one.formula.how == "sum" and one.formula.where is None:
            (name,) = one.formula.of or (one.measure.name,)
            written = [row[place[name]] for row in rows[1:] if "currency" not in place or row[place["currency"]] == one.currency]
            assert sum(cell or 0 for cell in written) == pytest.approx(float(one.of_rows or 0))
            assert sum((value(row, one) for row in behind(explained, one, people["carla"]).rows), Decimal(0)) == (one.of_rows or 0)


def test_the_lists_of_a_customers_page_are_had_as_workbook_and_on_paper_though_they_count_nothing(sqlite_store: Store) -> None:
    people, world = settle(sqlite_store), worlds.make(84, lines=240)
    world.write(sqlite_store)
    for module in (contacts, inventory, points, renewal_history, sites, subscriptions):
        result = report.run(module, people["carla"], Filters(), today=TODAY, form="detail", totals=False)
        rows, _about, explanation = sheets(report_file.xlsx(result, people["carla"], today=TODAY))
        assert len(rows) - 1 == result.count > 0
        assert explanation[2][:2] == ("Everything of the report that you may see", result.count)
        texts = {column.name: column.text for column in module.COLUMNS}
        assert [line[0] for line in explanation[6:] if line[0]] == [texts[name] for name in module.MEASURES]
    assert report_file.pdf(result, people["carla"], today=TODAY, made=MADE).startswith(b"%PDF")


@EVERY
def test_the_pdf_of_a_report_has_its_totals_its_definition_and_its_page_numbers(sqlite_store: Store, module: ModuleType) -> None:
    people = settle(sqlite_store)
    worlds.make(82, lines=150).write(sqlite_store)
    result = report.run(module, people["carla"], FILTERS, today=TODAY, limit=report_file.MOST_ROWS)
    language = list(LANGUAGES)[list(REPORTS.values()).index(module) % len(LANGUAGES)]
    with use(language):
        content = report_file.pdf(result, people["carla"], today=TODAY, made=MADE)
        title, definition = _(module.TITLE), _(module.DEFINITION)
    read = [re.sub(r"\s+", " ", page.extract_text()) for page in pypdf.PdfReader(io.BytesIO(content)).pages]
    whole = " ".join(read)
    for number, text in enumerate(read, start=1):
        assert re.search(rf"\b{number} (of|de) {len(read)}\b", text)
        assert title in text
        assert "7000001" in text
    assert definition.split(".")[0][:60] in whole
    for one in explain(module, people["carla"], FILTERS, today=TODAY).totals:
        if one.measure.kind == "integer":
            assert re.sub(r"\D", "", str(one.amount)) in re.sub(r"(?<=\d)[.,\u00a0](?=\d)", "", whole)


@EVERY
def test_a_file_is_refused_to_who_may_not_read_the_report(sqlite_store: Store, module: ModuleType) -> None:
    people = settle(sqlite_store)
    result = report.run(module, people["ana"], Filters(), today=TODAY)
    for make in (lambda: report_file.xlsx(result, people["dora"], today=TODAY),
                 lambda: report_file.pdf(result, people["dora"], today=TODAY, made=MADE)):
        with pytest.raises(AccessDenied):
            make()


def test_what_the_pdf_leaves_out_is_to_be_had_on_the_page_with_the_same_filters(sqlite_store: Store) -> None:
    people = settle(sqlite_store)
    worlds.make(83, lines=150).write(sqlite_store)
    result = report.run(REPORTS["customer-activity"], people["ana"], Filters(country=("BR",)), today=TODAY, form="detail", limit=2)
    assert result.count > 2
    content = report_file.pdf(result, people["ana"], today=TODAY, made=MADE)
    text = re.sub(r"\s+", " ", pypdf.PdfReader(io.BytesIO(content)).pages[0].extract_text())
    assert f"The first 2 of {result.count} rows." in text
    assert "/customers?form=detail&country=BR" in text.replace("\u200b", "").replace(" ", "")
