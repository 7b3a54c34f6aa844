"""The data dictionary as data is whole and without contradictions."""

from __future__ import annotations

import pytest

from pao_core import countries
from pao_core.importing.datasets import DATASETS, Dataset, Kind, name_key

every_dataset = pytest.mark.parametrize("dataset", DATASETS.values(), ids=DATASETS)


@every_dataset
def test_no_header_means_two_columns(dataset: Dataset) -> None:
    headers = [header for column in dataset.columns for header in column.headers]
    assert sorted(headers) == sorted(set(headers))


@every_dataset
def test_no_word_means_two_choices(dataset: Dataset) -> None:
    for column in dataset.columns:
        meanings = {(name_key(name), word) for word, names in column.choices.items() for name in (word, *names)}
        assert len({name for name, _word in meanings}) == len(meanings)


@every_dataset
def test_every_column_has_its_place_in_the_store(dataset: Dataset) -> None:
    assert {column.name for column in dataset.stored} <= set(dataset.table.c.keys())
    assert set(dataset.key) == set(dataset.table.info["key"])
    assert dataset.tenant == dataset.table.info["tenant"]


@every_dataset
def test_what_the_store_requires_the_file_must_give_or_the_import_derives(dataset: Dataset) -> None:
    derived = {"id", "txn", "stub", "amount", "name_folded", "customer_name_folded", "line_number", "order_type", "country"}
    required = {column.name for column in dataset.table.columns if not column.nullable} - derived
    assert required <= {column.name for column in dataset.columns if column.required}


@every_dataset
def test_every_header_is_known_in_three_languages(dataset: Dataset) -> None:
    for column in dataset.columns:
        assert len(column.headers) >= 3, column.name


@every_dataset
def test_closed_sets_have_choices_and_others_none(dataset: Dataset) -> None:
    assert all(bool(column.choices) == (column.kind is Kind.CHOICE) for column in dataset.columns)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("BR", "BR"),
        ("br", "BR"),
        ("BRA", "BR"),
        ("Brasil", "BR"),
        ("brazil", "BR"),
        ("Alemanha", "DE"),
        ("Alemania", "DE"),
        ("GERMANY", "DE"),
        ("EIRE", "IE"),
        ("RSA", "ZA"),
        ("USA", "US"),
        ("EE.UU.", "US"),
        ("EUA", "US"),
        ("UK", "GB"),
        ("Great Britain", "GB"),
        ("Mexico", "MX"),
        ("México", "MX"),
        ("Czech Republic", "CZ"),
        ("Hong Kong", "HK"),
        ("Korea, Republic of", "KR"),
        ("Côte d’Ivoire", "CI"),
        ("Channel Islands", None),
        ("European Community", None),
        ("Unspecified", None),
        ("ZZ", None),
        ("XK", None),
        ("EU", None),
        ("", None),
        ("日本国", None),
    ],
)
def test_a_country_is_known_by_code_name_and_usual_alias(text: str, code: str | None) -> None:
    assert countries.code(text) == code


def test_the_codes_are_those_of_iso_3166() -> None:
    assert len(countries.codes()) == 249
    assert all(len(code) == 2 and code.isupper() for code in countries.codes())
