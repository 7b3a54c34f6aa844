"""The PDF: every page says where it stands and what it shows, texts are texts, and what was left out is said."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import pypdf
import pytest
from exported import COLUMNS, HOSTILE, Column, row

from pao_core.export import Block, Cell, pdf
from pao_core.export.pdf import MOST_ROWS, table_pdf
from pao_core.locale import LANGUAGES, Refused, use

MADE = datetime(2026, 11, 24, 6, 10, tzinfo=UTC)
MARKUP = ["#text(red)[x]", "$x^2$", "*b* _i_ `c`", "\\ <label> @cite", "= Heading", "// comment", "#read(\"/etc/passwd\")", "]", "\\u{41}"]
BIDI = "abc\u202edcba\u202c\u2066x\u2069"


def made(rows: Sequence[dict[str, object]], **given: object) -> list[str]:
    """The text of each page, spaces and line breaks as one space."""
    asked = {"words": ["Country/region: Brazil"], "as_of": "24 Nov 2026, 06:10", "definition": "What is counted.", "made": MADE,
             "elsewhere": "All are elsewhere.", "count": len(rows), **given}
    content = table_pdf("Orders", COLUMNS, rows, **asked)  # type: ignore[arg-type]
    return [re.sub(r"\s+", " ", page.extract_text()) for page in pypdf.PdfReader(io.BytesIO(content)).pages]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_has_its_number_the_filters_the_age_of_the_data_and_the_notice(language: str) -> None:
    with use(language):
        pages = made([row(lines=number) for number in range(150)])
    assert len(pages) > 3
    for number, text in enumerate(pages, start=1):
        assert re.search(rf"\b{number} (of|de) {len(pages)}\b", text)
        assert "Country/region: Brazil" in text
        assert "24 Nov 2026, 06:10" in text
        assert "IBM" in text
        assert "Orders" in text


@pytest.mark.parametrize("text", [*HOSTILE, *MARKUP])
def test_a_text_is_never_markup(text: str) -> None:
    pages = made([row(customer_name=text), row(customer_name="other")], words=[text], definition=text)
    plain = re.sub(r"\s+", " ", text).strip()
    if plain.isascii():
        assert sum(page.count(plain) for page in pages) >= 4
    assert len(pages) == 2


def test_nothing_turns_the_direction_of_the_text_after_it() -> None:
    (page, _last) = made([row(customer_name=BIDI), row(customer_name="other")])
    assert "abcdcbax" in page


def test_a_name_of_500_characters_breaks_within_its_column_and_is_cut() -> None:
    content = table_pdf("Orders", COLUMNS, [row(customer_name="W" * 500), row()], words=[], as_of="", definition="", made=MADE, elsewhere="", count=2)
    found: list[float] = []
    page = pypdf.PdfReader(io.BytesIO(content)).pages[0]
    page.extract_text(visitor_text=lambda text, _cm, tm, _font, _size: found.append(tm[4]) if text.startswith("W") else None)
    assert found
    assert max(found) < float(page.mediabox.width) / 2
    assert "…" in page.extract_text()


def test_more_rows_than_somebody_reads_are_left_out_and_it_is_said_where_they_are() -> None:
    pages = made([row(lines=number) for number in range(MOST_ROWS + 1)])
    assert f"The first {MOST_ROWS:,} of {MOST_ROWS + 1:,} rows. " in pages[0]
    assert "All are elsewhere." in pages[0]
    assert sum(len(re.findall(r"\bCompanhia Lumiara\b", page)) for page in pages) <= 1  # the same in every row: said once
    assert "999" in pages[-2]


def test_what_is_the_same_in_every_row_is_said_once_and_numbers_stay() -> None:
    (page, _last) = made([row(order_date=date(2026, 11, day)) for day in (1, 2, 3)])
    assert page.count("Companhia Lumiara") == 1
    assert "In every row here: Customer: 00123" in page
    assert page.count("-25.31") == 3


def test_columns_that_do_not_fit_are_named_and_amounts_stay() -> None:
    wide = tuple(Column(f"c{at}", f"Column {at}", "text") for at in range(20))
    rows = [{f"c{at}": f"a longer text {place} {at}" for at in range(20)} | {"currency": "JPY", "amount": Decimal(place)} for place in (7123, 7124)]
    content = table_pdf("Wide", (*wide, COLUMNS[-1]), rows, words=[], as_of="", definition="", made=MADE, elsewhere="Elsewhere.", count=2,
                        first=("c19",))
    page = pypdf.PdfReader(io.BytesIO(content)).pages[0]
    text = re.sub(r"\s+", " ", page.extract_text())
    assert page.mediabox.width > page.mediabox.height
    assert "7,123" in text
    assert "a longer text 7123 19" in text
    assert re.search(r"Columns that do not fit on the page: .*Column 18", text)


def test_amounts_and_dates_are_the_readers() -> None:
    with use("pt_BR"):
        (page, _last) = made([row(), row(currency="KWD", amount=Decimal("1234.567"), order_date=date(2026, 1, 2))])
    assert "1.234,567" in page
    assert "24/11/2026" in page
    assert "10,123456" in page


def test_the_explanation_is_the_last_page_with_its_numbers() -> None:
    block = Block("Totals", ("Figure", "Total"), [[Cell("Amount"), Cell(Decimal("1234.5"), "money", "BRL")]])
    pages = made([row()], blocks=[block])
    assert "Totals" in pages[-1]
    assert "1,234.50" in pages[-1]
    assert "What is counted." in pages[-1]


def test_a_report_without_rows_has_its_pages_all_the_same() -> None:
    pages = made([])
    assert "0 rows." in pages[0]
    assert "What is counted." in pages[-1]


def test_other_scripts_are_set_too() -> None:
    (page, _last) = made([row(customer_name="Ωμέγα"), row(customer_name="Сибирь")])
    assert "Ωμέγα" in page
    assert "Сибирь" in page


@pytest.mark.parametrize(("name", "bound"), [("SECONDS", 0.01), ("ADDRESS_SPACE", 64 * 1024**2)])
def test_what_takes_too_long_or_too_much_memory_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, bound: float) -> None:
    monkeypatch.setattr(pdf, name, bound)
    with pytest.raises(Refused, match="The PDF could not be made"):
        made([row()])
