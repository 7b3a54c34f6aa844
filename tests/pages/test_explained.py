"""A number, its explanation, and the files of the page it stands on, as a reader finds them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import openpyxl
import pypdf
import pytest
from browser import Served, settled, sign_in, viewer
from openpyxl.utils.cell import range_boundaries
from playwright.sync_api import Page, expect

from pao_core.config import Settings
from pao_core.filters import Filters
from pao_core.locale import formats
from pao_core.renewals import renewals
from pao_core.report import run, totals_of


def downloaded(page: Page, item: str) -> bytes:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=item).first.click()
    return Path(waiting.value.path()).read_bytes()


@pytest.mark.filterwarnings("ignore:Sparkline Group extension")
def test_a_tile_opens_how_it_comes_about_and_the_page_is_had_as_one_workbook_and_its_report_on_paper(
    served: Served, tab: Callable[..., Page],
) -> None:
    page, reader, today = tab(), viewer(served), Settings.from_environment().today()
    late = run(renewals, reader, Filters(due=("overdue",)), today=today, form="detail")
    of_reais = [row["amount"] for row in late.rows if row["currency"] == "BRL"]
    whole = run(renewals, reader, Filters(), today=today, form="detail", limit=1).count
    sign_in(page, served, "/renewals?currency=BRL")
    # The tile's button, by keyboard.
    button = page.locator("[class*=st-key-explain_tile_0] button").first
    button.focus()
    page.keyboard.press("Enter")
    panel = page.get_by_test_id("stDialog")
    expect(panel).to_contain_text(f"Amount · BRL: {formats.money(sum(of_reais, Decimal(0)), 'BRL')}")
    expect(panel.locator("table tr").nth(1)).to_have_text(f"Everything of the report that you may see{whole:,}")
    expect(panel.locator("table tr").nth(2)).to_have_text(f"Due in days: Overdue{late.count:,}{whole - late.count:,}")
    expect(panel.locator("table tr").nth(3)).to_have_text(f"Only amounts in BRL{len(of_reais):,}{late.count - len(of_reais):,}")
    panel.get_by_role("link", name="Open these rows on their page").click()
    page.wait_for_url("**due=overdue**")
    settled(page)
    expect(panel).to_have_count(0)
    expect(page.get_by_test_id("stMarkdown").filter(has_text="renewal line").first).to_contain_text(f"{late.count:,} renewal line")
    # The totals of the page, as they are filtered now.
    page.locator("[class*=st-key-explain_totals] button").first.click()
    expect(panel).to_contain_text(f"Due in days: Overdue{late.count:,}{whole - late.count:,}")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    totals = {row["currency"]: row["amount"] for row in totals_of(renewals, reader, Filters(due=("overdue",)), today)}
    _is_the_page(downloaded(page, "Whole page"), totals, late.count, sum(of_reais, Decimal(0)))
    page.get_by_role("button", name="Download").first.click()
    pages = pypdf.PdfReader(io.BytesIO(downloaded(page, "PDF to read and print"))).pages
    for number, sheet in enumerate(pages, start=1):
        text = re.sub(r"\s+", " ", sheet.extract_text())
        assert f"Page {number} of {len(pages)}" in text
        assert "Due in days: Overdue" in text


def _is_the_page(content: bytes, totals: dict[str, Decimal], rows: int, overdue: Decimal) -> None:
    """The workbook has the tile's figure, native charts with the amounts of the page, every row, and the explanation of the totals."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    figures = {line[0]: line[2] for line in book.worksheets[0].iter_rows(values_only=True)}
    assert figures["Overdue"] == pytest.approx(float(overdue))
    drawn = {sheet.title: sheet for sheet in book.worksheets if sheet._charts}
    assert {"Days to the due date", "When they fall due", "By country", "By product group"} <= drawn.keys()
    sheet = drawn["By country"]
    first, top, last, bottom = range_boundaries(sheet._charts[0].series[0].val.numRef.f.rsplit("!", 1)[1].replace("$", ""))
    assert sum(sheet.cell(line, first).value for line in range(top, bottom + 1)) == pytest.approx(float(totals["BRL"]))
    assert first == last
    table = book["Renewals 2"]
    assert table.max_row - 1 == rows
    names = [cell.value for cell in table[1]]
    amount, currency = names.index("Amount"), names.index("Currency")
    for code, total in totals.items():
        assert sum(line[amount] for line in table.iter_rows(min_row=2, values_only=True) if line[currency] == code) == pytest.approx(float(total))
    assert ("Due in days: Overdue", rows) in [line[:2] for line in book["Explanation Renewals"].iter_rows(values_only=True)]
