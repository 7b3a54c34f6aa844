"""Headers are understood in three languages; what is not is said, never guessed."""

from __future__ import annotations

from typing import Any

import pytest

from pao_core.access import Viewer
from pao_core.importing import mapping
from pao_core.importing.datasets import DATASETS
from pao_core.importing.mapping import Mapped
from pao_core.importing.options import ImportOptions
from pao_core.locale import Refused

ORDERS = ["reseller_site_number", "order_number", "order_date", "site_number", "part_number", "quantity", "unit_price", "currency"]


def match(dataset: str, headers: list[str], **options: Any) -> Mapped:
    return mapping.match(DATASETS[dataset], headers, ImportOptions(**options), {}, file="file.csv")


@pytest.mark.parametrize(
    "headers",
    [
        ["Site Number", "Name", "Country"],
        ["NÚMERO DO SITE", "Nome", "País/Região"],
        ["numero_de_sitio", "Nombre", "  país "],
        ["site #", "company name", "COUNTRY CODE"],
    ],
)
def test_headers_match_in_three_languages_whatever_their_case_accents_and_spacing(headers: list[str]) -> None:
    assert match("resellers", headers).columns == {"site_number": 0, "name": 1, "country": 2}


def test_a_header_can_be_named_and_the_rest_still_matches() -> None:
    found = match("resellers", ["Código", "Nome", "País"], mapped={"site_number": "codigo"})
    assert found.columns == {"site_number": 0, "name": 1, "country": 2}


def test_a_named_header_is_taken_from_its_usual_column() -> None:
    assert match("parts", ["part", "descrição", "nome comercial"], mapped={"description": "nome comercial"}).columns == {
        "part_number": 0,
        "description": 2,
    }


def test_values_for_every_row_and_defaults_stand_for_columns() -> None:
    found = match(
        "orders", [header for header in ORDERS if header not in ("currency", "reseller_site_number")], fixed={"currency": "BRL"}, reseller="7000001"
    )
    assert found.fixed == {"currency": "BRL", "reseller_site_number": "7000001"}


def test_headers_that_are_not_understood_are_listed() -> None:
    assert match("parts", ["part", "description", "Colour", ""]).ignored == ("Colour",)


@pytest.mark.parametrize(
    ("dataset", "headers", "options", "sentence"),
    [
        ("parts", ["part"], {}, r"file\.csv: no column for description\. Say which header is meant.* Its headers: part\."),
        (
            "orders",
            ["part_number", "country", "currency", "price_level", "effective_from", "unit_price"],
            {},
            r"looks like a file of Prices, not of Orders",
        ),
        ("resellers", ["site_number", "name", "country", "agreement_number", "industry"], {}, r"looks like a file of Sites, not of Resellers"),
        ("parts", ["part", "part number", "description"], {}, r"more than one column can be part_number: part, part number"),
        ("parts", ["part", "description"], {"mapped": {"colour": "part"}}, r"parts has no column colour\. Its columns: part_number"),
        ("parts", ["part", "description"], {"fixed": {"colour": "red"}}, r"parts has no column colour"),
        ("parts", ["part", "description"], {"defaults": {"colour": "red"}}, r"parts has no column colour"),
        ("parts", ["part", "description"], {"mapped": {"points": "Pts"}}, r"no column is headed Pts\. Its headers: part, description\."),
        ("parts", ["part", "description", "x", "X"], {"mapped": {"points": " x-"}}, r"more than one column can be"),
    ],
)
def test_what_cannot_be_matched_is_said(dataset: str, headers: list[str], options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        match(dataset, headers, **options)


@pytest.mark.parametrize("options", [{"numbers": "dot"}, {"dates": "ymd"}])
def test_an_option_with_an_unknown_word_is_refused(options: dict[str, str]) -> None:
    with pytest.raises(Refused, match="is none of"):
        ImportOptions(**options)  # type: ignore[arg-type]


def test_options_survive_the_way_to_a_job() -> None:
    options = ImportOptions(mapped={"a": "b"}, fixed={"c": "d"}, skip_rejected=True, dates="dmy")
    assert ImportOptions(**options.to_json()) == options


def test_a_kept_mapping_is_used_replaced_and_seen_only_by_its_reseller(operator: Viewer, people: dict[str, Viewer]) -> None:
    mapping.keep(people["ana"], "mine", "orders", {"order_number": "Pedido nº"})
    mapping.keep(people["ana"], "mine", "orders", {"order_number": "Ordem"})
    mapping.keep(operator, "for all", "orders", {"order_number": "Invoice"})
    assert mapping.kept(people["ana"], "orders") == {"for all": {"order_number": "Invoice"}, "mine": {"order_number": "Ordem"}}
    assert mapping.kept(people["carla"], "orders") == {"for all": {"order_number": "Invoice"}}
    assert mapping.kept(people["ana"], "parts") == {}
    assert mapping.of_options(people["ana"], "orders", ImportOptions(mapping="mine")) == {"order_number": "Ordem"}
    with pytest.raises(Refused, match=r"No mapping of orders is named mine\. Kept: for all\."):
        mapping.of_options(people["carla"], "orders", ImportOptions(mapping="mine"))


def test_who_may_not_import_keeps_no_mapping(people: dict[str, Viewer]) -> None:
    with pytest.raises(Refused, match="You do not have the right"):
        mapping.keep(people["bob"], "mine", "orders", {})
