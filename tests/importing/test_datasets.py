"""The data dictionary as data is whole and without contradictions."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import pytest
from cast import SHARED, without

from pao_core import countries
from pao_core.config import PROJECT
from pao_core.importing import mapping
from pao_core.importing.columns import Dataset, Kind
from pao_core.importing.datasets import DATASETS
from pao_core.importing.options import ImportOptions
from pao_core.importing.rules import RULES
from pao_core.locale import Refused, words
from pao_core.store.types import name_key

every_dataset = pytest.mark.parametrize("dataset", DATASETS.values(), ids=DATASETS)
# What the dictionary says beside its table: a stub's part has a type of its own, and three datasets take the names of stubs.
BESIDE = {"part_type": ("unknown",)}
NAMING_STUBS = {"orders", "renewals", "entitlements"}


@dataclass(frozen=True)
class Documented:
    """A column as the dictionary's text has it."""

    name: str
    key: bool
    required: bool
    choices: tuple[str, ...]


@pytest.fixture(scope="module")
def dictionary() -> dict[str, list[Documented]]:
    """The table of the data dictionary's text: dataset -> its columns."""
    path = SHARED / "design" / "data-dictionary.md"
    if not path.exists():
        without(str(path))
    rows = re.findall(r"^\| (\w+) \| (.+) \|$", path.read_text(), re.MULTILINE)
    found = {dataset: columns_of(text) for dataset, text in rows if dataset != "dataset"}
    levels = next(column.choices for column in found["agreements"] if column.name == "price_level")  # said once, of both
    found["prices"] = [replace(column, choices=levels) if column.name == "price_level" else column for column in found["prices"]]
    return found


def columns_of(text: str) -> list[Documented]:
    found = []
    for bold, plain, star, brackets in re.findall(r"(?:\*\*(\w+)\*\*|(\w+))(\*?)(?: \(([^)]*)\))?(?:, |$)", text):
        said = re.split(r",? ", brackets) if brackets and not brackets.startswith(("e-mail of", "units of")) else []
        found.append(Documented(bold or plain, bool(bold), bool(star), tuple(said)))
    return found


def test_the_datasets_are_those_of_the_dictionary_in_its_order(dictionary: dict[str, list[Documented]]) -> None:
    assert len(dictionary) == 14
    assert list(DATASETS) == list(dictionary)


@every_dataset
def test_columns_keys_required_marks_and_closed_sets_are_the_dictionarys(dataset: Dataset, dictionary: dict[str, list[Documented]]) -> None:
    have = [
        Documented(column.name, column.key, column.required, tuple(word for word in column.choices if word not in BESIDE.get(column.name, ())))
        for column in dataset.stored
    ]
    assert have == dictionary[dataset.name]
    helpers = [column.name for column in dataset.columns if column.helper]
    assert helpers == (["customer_name", "site_country", "part_description"] if dataset.name in NAMING_STUBS else [])


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
    derived = {"id", "txn", "stub", "line_number", *RULES[dataset.name].derived, *RULES[dataset.name].for_new}
    required = {column.name for column in dataset.table.columns if not column.nullable} - derived
    assert required <= {column.name for column in dataset.columns if column.required}


@every_dataset
def test_every_header_is_known_in_three_languages(dataset: Dataset) -> None:
    for column in dataset.columns:
        assert len(column.headers) >= 3, column.name


@every_dataset
def test_closed_sets_have_choices_and_others_none(dataset: Dataset) -> None:
    assert all(bool(column.choices) == (column.kind is Kind.CHOICE) for column in dataset.columns)


def test_the_guide_names_every_dataset_who_loads_it_and_its_key() -> None:
    guide = (PROJECT / "docs" / "operations.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([\w' ]+) \| ([\w, ]+) \|$", guide, re.MULTILINE)
    assert rows == [
        (name, "the reseller's users" if dataset.tenant else "the operator", ", ".join(dataset.key)) for name, dataset in DATASETS.items()
    ]


def test_a_person_reads_the_words_of_the_closed_sets_that_files_have() -> None:
    """The new sets are also what pages show, by the same canonical words."""
    shown = {
        ("contacts", "role"): words.CONTACT_ROLES, ("renewals", "status"): words.RENEWAL_STATUSES, ("entitlements", "kind"): words.ENTITLEMENT_KINDS,
        ("subscriptions", "billing"): words.BILLINGS, ("subscriptions", "fulfillment_status"): words.FULFILLMENT_STATUSES,
    }
    for (dataset, column), said in shown.items():
        assert list(DATASETS[dataset].by_name[column].choices) == list(said)


@every_dataset
def test_a_file_with_the_columns_of_a_dataset_is_taken_for_no_other(dataset: Dataset) -> None:
    for columns in (dataset.columns, [column for column in dataset.columns if column.required]):
        names = [column.name for column in columns]
        assert set(mapping.match(dataset, names, ImportOptions(), {}, file="f").columns) == set(names)


@every_dataset
def test_a_missing_column_is_named_and_the_file_not_taken_for_another(dataset: Dataset) -> None:
    names = [column.name for column in dataset.columns]
    for column in dataset.columns:
        if column.required:
            with pytest.raises(Refused, match=f"no column for {column.name}"):
                mapping.match(dataset, [name for name in names if name != column.name], ImportOptions(), {}, file="f")


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
