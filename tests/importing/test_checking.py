"""Each rule of the data dictionary, by the sentence that a person reads; what is only unexpected loads with a warning."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cast import store_in
from files import ORDER_HEADER, csv_rows, csv_text, load, order, orders, written
from sqlalchemy import select

from pao_core.access import Viewer
from pao_core.importing import batches
from pao_core.importing.formats import Ambiguous
from pao_core.importing.run import ImportOptions, ImportResult, import_file, preview
from pao_core.locale import Refused, use
from pao_core.store import schema
from pao_core.store.engine import Store


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Viewer:
    """The operator of a store with one reseller, site, part, agreement and price list; the tests only try imports on it."""
    folder = tmp_path_factory.mktemp("desk")
    operator = Viewer.of_command_line(store_in(folder))
    load(operator, folder, "resellers", [["site_number", "name", "country"], ["7000002", "Boreal", "BR"]])
    load(operator, folder, "agreements", [["agreement_number", "program", "customer_name"], ["12345", "PA", "Cliente"]])
    load(operator, folder, "sites", [["site_number", "name", "country", "agreement_number"], ["00123", "Cliente SP", "Brasil", "12345"]])
    load(operator, folder, "parts", [["part_number", "description"], ["D1234LL", "Database"]])
    load(
        operator,
        folder,
        "prices",
        [
            ["part_number", "country", "currency", "price_level", "effective_from", "effective_to", "unit_price"],
            ["D1234LL", "BR", "BRL", "BL", "2026-01-01", "2026-07-01", "10"],
            ["D1234LL", "BR", "BRL", "BL", "2026-07-01", "", "11"],
        ],
    )
    return operator


@pytest.fixture
def alone(sqlite_store: Store) -> Viewer:
    """The operator of an empty store; what these tests look at happens on the bench, whatever the store."""
    return Viewer.of_command_line(sqlite_store)


def trial(desk: Viewer, folder: Path, dataset: str, rows: list[list[Any]] | str, **options: Any) -> ImportResult:
    return load(desk, folder, dataset, rows, dry_run=True, **options)


def reasons(result: ImportResult) -> list[str]:
    return [row["reason"].partition(": ")[2] for row in csv_rows(result.rejected_rows)] if result.rejected_rows else []


def of_orders(desk: Viewer, folder: Path, **changed: Any) -> list[str]:
    return reasons(trial(desk, folder, "orders", orders(order(**changed))))


def test_a_good_line_has_no_reason(desk: Viewer, tmp_path: Path) -> None:
    result = trial(desk, tmp_path, "orders", orders(order()))
    assert (result.read, result.loaded, result.rejected, result.warned, result.batch) == (1, 1, 0, 0, None)


# Other values of a line, and what is wrong with it; the lines come in one file.
WRONG: list[tuple[dict[str, str], str]] = [
    ({"site_number": ""}, "site_number is empty."),
    ({"site_number": "999"}, "site_number: site 999 is not known."),
    ({"part_number": "d1234ll"}, "part_number: part d1234ll is not known."),
    ({"reseller_site_number": "7000009"}, "reseller_site_number: reseller 7000009 is not known."),
    ({"order_date": "2026-02-30"}, "order_date: 2026-02-30 is no date. Write it as 2026-12-31."),
    ({"quantity": "1.2345"}, "quantity: 1.2345 is not a number in this column's form, with at most 3 decimals."),
    ({"unit_price": "1.1234567"}, "unit_price: 1.1234567 is not a number in this column's form, with at most 6 decimals."),
    ({"quantity": "1E5"}, "quantity: 1E5 is not a number in this column's form, with at most 3 decimals."),
    ({"currency": "XYZ"}, "currency: XYZ is not a currency. Give its ISO 4217 code, such as BRL."),
    ({"line_number": "0"}, "line_number: 0 is not a whole number from 1."),
    ({"line_number": "1.5"}, "line_number: 1.5 is not a whole number from 1."),
    ({"order_number": "SO\u202e1"}, "order_number: SO?1 holds a character that cannot be seen."),
    ({"order_number": "x" * 65}, "order_number is longer than 64 characters."),
    ({"order_number": "#REF!"}, "order_number: #REF! is a spreadsheet's error, not a value."),
    ({"quantity": "999999999", "unit_price": "999999999999"}, "The amount of the line is larger than can be kept."),
]


def test_each_line_that_cannot_be_loaded_says_why(desk: Viewer, tmp_path: Path) -> None:
    lines = [order(**({"line_number": str(at)} | changed)) for at, (changed, _reason) in enumerate(WRONG, 1)]
    assert reasons(trial(desk, tmp_path, "orders", orders(*lines))) == [reason for _changed, reason in WRONG]


def test_a_row_keeps_every_reason_and_its_line(desk: Viewer, tmp_path: Path) -> None:
    result = trial(desk, tmp_path, "orders", orders(order(), order(line_number="2", site_number="", currency="?", quantity="many")))
    assert result.examples == (
        "Line 3: site_number is empty. quantity: many is not a number in this column's form, with at most 3 decimals. "
        "currency: ? is not a currency. Give its ISO 4217 code, such as BRL.",
    )


def test_a_ragged_row_is_rejected_and_nothing_of_it_vanishes(desk: Viewer, tmp_path: Path) -> None:
    result = trial(
        desk, tmp_path, "orders", csv_text(orders(order(), order(line_number="2"))) + ",".join([*order(line_number="3"), "more"]) + "\nshort,1\n"
    )
    assert (result.read, result.loaded, result.rejected) == (4, 2, 2)
    rows = csv_rows(result.rejected_rows)
    assert rows[0]["currency"] == "BRL | more"
    assert "The row has 10 cells where the header has 9." in rows[0]["reason"]
    assert "The row has 2 cells where the header has 9." in rows[1]["reason"]


def test_the_same_key_again_names_the_first_ones_line(desk: Viewer, tmp_path: Path) -> None:
    result = trial(desk, tmp_path, "orders", orders(order(currency="?"), order(), order(reseller_site_number="07000002")))
    assert [row["reason"] for row in csv_rows(result.rejected_rows)][1:] == [
        f"Line {line}: Repeats reseller_site_number, order_number, line_number of line 2." for line in (3, 4)
    ]


def test_lines_without_a_number_are_numbered_by_occurrence_and_rejected_ones_consume_numbers(desk: Viewer, tmp_path: Path) -> None:
    header = [name for name in ORDER_HEADER if name != "line_number"]

    def line(**changed: Any) -> list[Any]:
        return [value for name, value in zip(ORDER_HEADER, order(**changed), strict=True) if name != "line_number"]

    result = trial(desk, tmp_path, "orders", [header, line(), line(site_number=""), line(order_number="SO2", site_number=""), line()])
    assert [(row["order_number"], row["line_number"]) for row in csv_rows(result.rejected_rows)] == [("SO1", "2"), ("SO2", "1")]
    assert result.loaded == 2


def test_an_assigned_number_that_the_file_gives_to_another_line_is_a_duplicate(desk: Viewer, tmp_path: Path) -> None:
    result = trial(desk, tmp_path, "orders", orders(order(line_number="2"), order(line_number="")))
    assert reasons(result) == ["Repeats reseller_site_number, order_number, line_number of line 2."]
    assert csv_rows(result.rejected_rows)[0]["line_number"] == "2"


@pytest.mark.parametrize(
    ("header", "kept"),
    [
        ("order_type", {"Renovação": "renewal", "COMPRA": "purchase", "mídia": "media", "": "purchase"}),
        ("country", {"Portugal": "PT", "": "BR", "Atlantis": "ZZ"}),
    ],
)
def test_closed_sets_and_countries_are_understood(alone: Viewer, tmp_path: Path, header: str, kept: dict[str, str]) -> None:
    lines = [[*order(line_number=str(at)), value, "Brasil"] for at, value in enumerate(kept, 1)]
    load(alone, tmp_path, "orders", orders(*lines, extra=[header, "site_country"]), create_missing=True)
    with alone.store.reading() as connection:
        assert list(connection.scalars(select(schema.orders.c[header]).order_by(schema.orders.c.line_number))) == list(kept.values())


def test_an_unknown_country_of_a_line_loads_as_unknown_with_a_warning_and_elsewhere_rejects(desk: Viewer, tmp_path: Path) -> None:
    result = trial(desk, tmp_path, "orders", orders([*order(), "Channel Islands"], extra=["country"]))
    assert (result.loaded, result.warned) == (1, 1)
    result = trial(desk, tmp_path, "resellers", [["site_number", "name", "country"], ["1", "Um", "Atlantis"]])
    assert reasons(result) == ["country: Atlantis is no country. Give an ISO code or a name in English, Portuguese or Spanish."]


def test_an_unknown_word_of_a_closed_set_lists_the_words(desk: Viewer, tmp_path: Path) -> None:
    result = trial(desk, tmp_path, "orders", orders([*order(), "gift"], extra=["order_type"]))
    assert reasons(result) == ["order_type: gift is none of: purchase, renewal, media, saas."]


@pytest.mark.parametrize(
    ("dataset", "header", "row"),
    [
        ("orders", ORDER_HEADER, order(unit_price="0")),
        ("orders", ORDER_HEADER, order(unit_price="-1")),
        ("agreements", ["agreement_number", "program", "customer_name", "anniversary"], ["12345", "PA", "x", "2026-05-02"]),
        ("agreements", ["agreement_number", "program", "customer_name"], ["A/1", "PA", "x"]),
        ("parts", ["part_number", "description"], ["odd-part", "x"]),
        ("sites", ["site_number", "name", "country"], ["5", "x", "BR"]),
        (
            "prices",
            ["part", "country", "currency", "level", "effective", "effective_to", "price"],
            ["D1234LL", "BR", "BRL", "D", "2026-01-01", "2026-02-01", "0"],
        ),
    ],
)
def test_what_is_only_unexpected_loads_with_a_warning(desk: Viewer, tmp_path: Path, dataset: str, header: list[str], row: list[str]) -> None:
    result = trial(desk, tmp_path, dataset, [header, row])
    assert (result.loaded + result.unchanged, result.rejected, result.warned) == (1, 0, 1)


def prices(*rows: tuple[str, str, str, str]) -> list[list[str]]:
    """Rows of (level, from, to, price) for one part."""
    header = ["part_number", "country", "currency", "price_level", "effective_from", "effective_to", "unit_price"]
    return [header, *(["D1234LL", "BR", "BRL", level, start, end, price] for level, start, end, price in rows)]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (
            [("D", "2026-01-01", "2026-08-01", "1"), ("D", "2026-07-01", "", "2")],
            "The price ends on 2026-08-01, after the next one of the same part, country, currency and level starts on 2026-07-01.",
        ),
        (
            [("BL", "2026-02-01", "", "1")],
            "The price starts inside the loaded period 2026-01-01 to 2026-07-01 of the same part, country, currency and level.",
        ),
        (
            [("BL", "2025-01-01", "2026-02-01", "1")],
            "The price ends on 2026-02-01, after the next one of the same part, country, currency and level starts on 2026-01-01.",
        ),
        ([("D", "2026-02-01", "2026-02-01", "1")], "effective_to 2026-02-01 is not after effective_from 2026-02-01."),
    ],
)
def test_an_overlapping_price_is_rejected(desk: Viewer, tmp_path: Path, rows: list[tuple[str, str, str, str]], reason: str) -> None:
    assert reasons(trial(desk, tmp_path, "prices", prices(*rows))) == [reason]


@pytest.mark.parametrize(
    ("rows", "warned"),
    [
        ([("BL", "2026-01-01", "2026-07-01", "10"), ("BL", "2026-07-01", "", "12")], 0),
        ([("D", "2026-01-01", "", "1"), ("D", "2026-07-01", "", "2")], 0),
        ([("D", "2026-01-01", "2026-06-01", "1"), ("D", "2026-07-01", "", "2")], 1),
        ([("BL", "2027-01-01", "", "10"), ("D", "2027-01-01", "", "9"), ("E", "2027-01-01", "", "9.5")], 1),
        ([("BL", "2027-01-01", "", "10"), ("SRP", "2027-01-01", "", "20"), ("ED", "2027-01-01", "", "30")], 0),
    ],
)
def test_prices_that_follow_each_other_load_and_gaps_and_rises_are_warned_of(
    desk: Viewer,
    tmp_path: Path,
    rows: list[tuple[str, str, str, str]],
    warned: int,
) -> None:
    result = trial(desk, tmp_path, "prices", prices(*rows))
    assert result.rejected == 0
    # A row that is loaded already with the same values is unchanged: it is not warned of again.
    assert result.warned == warned


def test_a_reference_within_the_file_is_known_unless_that_row_is_rejected(desk: Viewer, tmp_path: Path) -> None:
    header = ["site_number", "name", "country", "distributor_site_number"]
    rows = [
        header,
        ["1", "Um", "BR", "2"],
        ["2", "Dois", "BR", ""],
        ["3", "Três", "BR", "4"],
        ["4", "Quatro", "Atlantis", ""],
        ["5", "Cinco", "BR", "3"],
    ]
    found = trial(desk, tmp_path, "resellers", rows)
    assert found.loaded == 2
    assert [row["reason"].split(":")[0] for row in csv_rows(found.rejected_rows)] == ["Line 4", "Line 5", "Line 6"]
    assert "reseller 3 is not known" in csv_rows(found.rejected_rows)[2]["reason"]


@pytest.mark.parametrize("cells", [["00123", "123", "0123", " 123\u00a0"], ["123.0"]])
def test_a_numeric_site_number_matches_with_or_without_its_padding(desk: Viewer, tmp_path: Path, cells: list[str]) -> None:
    lines = [order(line_number=str(at), site_number=cell) for at, cell in enumerate(cells, 1)]
    result = trial(desk, tmp_path, "orders", orders(*lines))
    assert (result.loaded, result.rejected) == (len(cells), 0)


def test_identifiers_lose_a_spreadsheets_decimal_only_when_every_one_has_it(desk: Viewer, tmp_path: Path) -> None:
    assert reasons(trial(desk, tmp_path, "orders", orders(order(site_number="123.0"), order(line_number="2", site_number="A1")))) == [
        "site_number: site 123.0 is not known.",
        "site_number: site A1 is not known.",
    ]


def test_a_column_that_is_open_is_asked_for_and_the_option_answers(desk: Viewer, tmp_path: Path) -> None:
    with pytest.raises(Ambiguous, match="Column order_date: every date, such as 01/02/2026"):
        of_orders(desk, tmp_path, order_date="01/02/2026")
    with pytest.raises(Ambiguous, match="Column quantity: 1,234 has two readings"):
        of_orders(desk, tmp_path, quantity="1,234")
    result = trial(desk, tmp_path, "orders", orders(order(order_date="01/02/2026", quantity="1,234", unit_price="5")), numbers="point", dates="dmy")
    assert result.loaded == 1


def test_line_breaks_in_names_become_spaces_and_unicode_is_composed(alone: Viewer, tmp_path: Path) -> None:
    load(alone, tmp_path, "parts", [["part_number", "description"], ["D1234LL", "Sa\u0303o\r\nJoão\t1"]])
    with alone.store.reading() as connection:
        assert connection.scalar(select(schema.parts.c.description)) == "São João 1"


def test_the_rejected_rows_are_the_same_file_and_can_be_mended_and_loaded_again(alone: Viewer, tmp_path: Path) -> None:
    rows = [
        ["Pedido", "Qtd", "Preço", "Site", "=Obs", "Peça"],
        ["1", "2", "1,5", "9", "=1+1", "P"],
        ["1", "dois", "2,5", "", "-x", "P"],
        ["1", "4", "3,5", "9", "-5", "P"],
    ]
    options: dict[str, Any] = {
        "fixed": {"currency": "BRL", "order_date": "2026-05-01"},
        "defaults": {"site_number": "8"},
        "reseller": "7000002",
        "create_missing": True,
    }
    result = load(alone, tmp_path, "orders", rows, skip_rejected=True, **options)
    assert (result.read, result.loaded, result.rejected) == (3, 2, 1)
    kept = batches.rejected_rows(alone, result.batch or 0)
    assert kept == result.rejected_rows
    row = csv_rows(kept)[0]
    assert row == {
        "Pedido": "1",
        "Qtd": "dois",
        "Preço": "2,5",
        "Site": "8",
        "'=Obs": "'-x",
        "Peça": "P",
        "reseller_site_number": "7000002",
        "line_number": "2",
        "order_date": "2026-05-01",
        "currency": "BRL",
        "reason": row["reason"],
    }
    mended = import_file(alone, written(tmp_path, kept.replace(b"dois", b"3"), "mended.csv"), "orders", options=ImportOptions(create_missing=True))
    assert (mended.loaded, mended.unchanged, mended.rejected) == (1, 0, 0)
    with alone.store.reading() as connection:
        lines = connection.execute(select(schema.orders.c.line_number, schema.orders.c.amount).order_by(schema.orders.c.line_number)).all()
    assert [tuple(line) for line in lines] == [(1, 300), (2, 750), (3, 1400)]


def test_a_cell_that_a_spreadsheet_would_run_comes_back_as_it_was(alone: Viewer, tmp_path: Path) -> None:
    shown = {
        "=1+1": "'=1+1", "+cmd|x": "'+cmd|x", "@SUM(A1)": "'@SUM(A1)", "\uff1d1+1": "'\uff1d1+1", "-x": "'-x", "-5": "-5", "+5": "+5",
        "'quoted": "'quoted",
    }
    rows = [[f"D{at}LL", cell, "wrong"] for at, cell in enumerate(shown, 1)]
    content = load(alone, tmp_path, "parts", [["part_number", "description", "family"], *rows]).rejected_rows
    assert [row["description"] for row in csv_rows(content)] == list(shown.values())
    import_file(alone, written(tmp_path, content.replace(b"wrong", b"saas")), "parts")
    with alone.store.reading() as connection:
        assert list(connection.scalars(select(schema.parts.c.description).order_by(schema.parts.c.part_number))) == list(shown)


def test_reasons_are_said_in_the_readers_language(desk: Viewer, tmp_path: Path) -> None:
    with use("pt_BR"):
        assert of_orders(desk, tmp_path, site_number="") != ["site_number is empty."]


def test_a_preview_shows_rows_and_how_headers_were_understood(desk: Viewer, tmp_path: Path) -> None:
    found = preview(desk, written(tmp_path, "Peça;Descrição;Cor\nP1;Um;azul\n"), "parts")
    assert (found.headers, found.rows) == (("Peça", "Descrição", "Cor"), [["P1", "Um", "azul"]])
    assert (found.columns, found.ignored, found.refusal) == ({"part_number": "Peça", "description": "Descrição"}, ("Cor",), None)
    assert "no column for description" in (preview(desk, written(tmp_path, "Peça\nP1\n"), "parts").refusal or "")


def test_an_unknown_dataset_is_refused(desk: Viewer, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"No dataset is named invoices\. Datasets: resellers,"):
        load(desk, tmp_path, "invoices", "a\n1\n")
