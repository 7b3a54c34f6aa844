"""What each dataset asks of its rows: the sentence of every rejection and warning, in a store where everything has been loaded."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cast import AURORA, BOREAL, CEDRO, cast_of, settle, store_in, times
from files import EVERY_DATASET, changed, csv_rows, load
from sqlalchemy import func, select

from pao_core.access import Viewer
from pao_core.importing.datasets import DATASETS
from pao_core.importing.run import ImportResult
from pao_core.store.engine import Store

TENANT = [name for name, dataset in DATASETS.items() if dataset.tenant]
NOBODYS = "7009999"


@dataclass(frozen=True)
class Desk:
    """A store that has loaded the small file of every dataset, and what Cedro has: subscription SX and the user bob."""

    operator: Viewer
    people: dict[str, Viewer]
    folder: Path

    def trial(self, dataset: str, rows: list[list[Any]], who: str | None = None, **options: Any) -> ImportResult:
        return load(self.people[who] if who else self.operator, self.folder, dataset, rows, dry_run=True, **options)

    def reasons(self, dataset: str, rows: list[list[Any]], who: str | None = None, **options: Any) -> list[str]:
        content = self.trial(dataset, rows, who, **options).rejected_rows
        return [row["reason"].partition(": ")[2] for row in csv_rows(content)] if content else []


ALL = "all"


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Data folders to copy: by dataset, of a store that has loaded every dataset before it, and of one that has loaded ALL."""
    found: dict[str, Path] = {}
    folder = tmp_path_factory.mktemp("before")
    store = store_in(folder)
    settle(store)
    for dataset, rows in EVERY_DATASET.items():
        found[dataset] = _copied(store, folder / dataset)
        assert load(Viewer.of_command_line(store), folder, dataset, rows).loaded == len(rows) - 1
    found[ALL] = _copied(store, folder / ALL)
    return found


def _copied(store: Store, folder: Path) -> Path:
    store.dispose()  # its file is whole without a connection
    return Path(shutil.copytree(store.settings.data_dir, folder))


@pytest.fixture(scope="module")
def desk(before: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    shutil.copytree(before[ALL], folder / "data")
    store = store_in(folder)
    operator = Viewer.of_command_line(store)
    load(operator, folder, "subscriptions", changed("subscriptions", reseller_site_number=CEDRO, subscription_number="SX"))
    yield Desk(operator, cast_of(store), folder)
    store.dispose()


# -- what is rejected -------------------------------------------------------------------------------------------------
# The other values of a row, and what is wrong with it; the rows of a dataset come in one file.
WRONG: dict[str, list[tuple[dict[str, str], str]]] = {
    "contacts": [
        ({"site_number": "9"}, "site_number: site 9 is not known."),
        ({"email": "rita"}, "email: rita is not an e-mail address. Write it as name@example.com."),
        ({"email": "a b@c"}, "email: a b@c is not an e-mail address. Write it as name@example.com."),
        ({"email": ""}, "email is empty."),
        ({"role": "boss"}, "role: boss is none of: primary, technical, administrative, renewal, billing."),
    ],
    "renewals": [
        ({"site_number": "9"}, "site_number: site 9 is not known."),
        ({"line_number": ""}, "line_number is empty."),
        ({"due_date": ""}, "due_date is empty."),
        ({"coverage_end": "2026-05-31"}, "coverage_end 2026-05-31 is before coverage_start 2026-06-01."),
        ({"status": "maybe"}, "status: maybe is none of: open, renewed, lapsed, cancelled."),
        ({"quantity": "999999999", "unit_price": "999999999999"}, "The amount of the line is larger than can be kept."),
        ({"prior_unit_price": "1.1234567"},
         "prior_unit_price: 1.1234567 is not a number in this column's form, with at most 6 decimals."),
    ],
    "entitlements": [
        ({"coverage_start": "2027-06-01"}, "coverage_end 2027-05-31 is before coverage_start 2027-06-01."),
        ({"part_number": "D9"}, "part_number: part D9 is not known."),
        ({"kind": "gift"}, "kind: gift is none of: purchased, renewed, allocated, future."),
    ],
    "subscriptions": [
        ({"end": "2026-01-31"}, "end 2026-01-31 is before start 2026-02-01."),
        ({"billing": "daily"}, "billing: daily is none of: upfront, monthly, quarterly, annual."),
        ({"fulfillment_status": "lost"},
         "fulfillment_status: lost is none of: ordered, awaiting_form, provisioning, active, suspended, expired."),
    ],
    "usage": [
        ({"subscription_number": "S9"}, "subscription_number: subscription S9 is not known."),
        ({"subscription_number": "s1"}, "subscription_number: subscription s1 is not known."),
        ({"subscription_number": ""}, "subscription_number is empty."),
        ({"period_end": "2026-01-31", "subscription_number": "S2"}, "period_end 2026-01-31 is before period_start 2026-02-01."),
        ({"period_start": "2026-01-31"},
         "The period 2026-01-31 to 2026-02-28 is outside its subscription, which runs from 2026-02-01 to 2027-01-31."),
        ({"period_end": "2027-02-01"},
         "The period 2026-02-01 to 2027-02-01 is outside its subscription, which runs from 2026-02-01 to 2027-01-31."),
        ({"used_quantity": "-0.001", "period_start": "2026-02-02"}, "used_quantity: -0.001 is below zero."),
        ({"overage_quantity": "-1", "period_start": "2026-02-03"}, "overage_quantity: -1 is below zero."),
        ({"suppressed": "perhaps", "period_start": "2026-02-04"}, "suppressed: perhaps is neither yes nor no."),
    ],
    "provisioning": [
        ({"subscription_number": "S9"}, "subscription_number: subscription S9 is not known."),
        ({"element": ""}, "element is empty."),
    ],
    "assignments": [
        ({"site_number": "9"}, "site_number: site 9 is not known."),
        ({"account_manager": "Ana", "reseller_site_number": CEDRO}, "account_manager: Ana is not an e-mail address. Write it as name@example.com."),
        ({"account_manager": "nobody@boreal.example"}, f"account_manager: nobody@boreal.example is no user of reseller {BOREAL}."),
    ],
    "exchange_rates": [
        ({"rate": "0"}, "rate: 0 is not above zero."),
        ({"rate": "-5.5"}, "rate: -5.5 is not above zero."),
        ({"rate": "1.12345678901"}, "rate: 1.12345678901 is not a number in this column's form, with at most 10 decimals."),
        ({"currency": "EUR", "rate": "1"}, "EUR is what rates are given for: it has none itself."),
        ({"currency": "XYZ"}, "currency: XYZ is not a currency. Give its ISO 4217 code, such as BRL."),
    ],
}


def together(dataset: str, cases: list[dict[str, str]]) -> list[list[Any]]:
    """A file with a row for each case, none of which repeats the key of another."""
    of_its_own = {
        "renewals": ("quote_number", "Q1{:02}"), "subscriptions": ("subscription_number", "N{}"), "exchange_rates": ("date", "2026-10-{:02}"),
    }
    column, form = of_its_own.get(dataset, ("", ""))
    rows = [changed(dataset, **({column: form.format(at)} if column else {}) | values) for at, values in enumerate(cases, 1)]
    return [rows[0][0], *(row for _header, row in rows)]


@pytest.mark.parametrize("dataset", WRONG)
def test_each_row_that_cannot_be_loaded_says_why(desk: Desk, dataset: str) -> None:
    assert desk.reasons(dataset, together(dataset, [values for values, _reason in WRONG[dataset]])) == [reason for _values, reason in WRONG[dataset]]


def test_a_row_keeps_every_reason(desk: Desk) -> None:
    rows = changed("usage", subscription_number="S9", period_end="2026-01-01", used_quantity="-1", suppressed="?")
    assert desk.reasons("usage", rows) == [
        "suppressed: ? is neither yes nor no. subscription_number: subscription S9 is not known. used_quantity: -1 is below zero. "
        "period_end 2026-01-01 is before period_start 2026-02-01."
    ]


@pytest.mark.parametrize(
    ("dataset", "cases"),
    [
        ("usage", [{"period_start": "2026-02-01", "period_end": "2027-01-31"},
                   {"subscription_number": "S2", "period_start": "1900-01-01", "period_end": "2199-12-31"}]),
        ("renewals", [{"coverage_end": "2026-06-01"}, {"quantity": "-3"}]),
        ("entitlements", [{"coverage_end": ""}]),
        ("subscriptions", [{"end": "2026-02-01"}]),
        ("assignments", [{"account_manager": "ANA@boreal.example"}]),
        ("exchange_rates", [{"rate": "0.0000000001"}, {"currency": "BGN", "date": "2007-12-31", "rate": "1.9558"}]),
    ],
)
def test_what_lies_on_a_bound_loads_without_a_warning(desk: Desk, dataset: str, cases: list[dict[str, str]]) -> None:
    result = desk.trial(dataset, together(dataset, cases))
    assert (result.loaded + result.unchanged, result.rejected, result.warned) == (len(cases), 0, 0)


# -- what is warned of ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("dataset", "cases"),
    [
        ("renewals", [{"unit_price": "0"}, {"renewed_on": "2026-05-01"}, {"renewed_on": "2026-05-01", "status": "lapsed"}, {"status": "renewed"}]),
        ("orders", [{"coverage_start": "2026-06-01", "coverage_end": "2026-05-31"}]),
    ],
)
def test_what_is_only_unexpected_loads_with_a_warning(desk: Desk, dataset: str, cases: list[dict[str, str]]) -> None:
    result = desk.trial(dataset, together(dataset, cases))
    assert (result.loaded, result.rejected, result.warned) == (len(cases), 0, len(cases))


# -- whose rows they are ----------------------------------------------------------------------------------------------
def own(dataset: str, **values: str) -> list[list[Any]]:
    """A row for Boreal and the same for others: Cedro and Aurora, where ana is nobody, and a reseller that is not there."""
    rows = changed(dataset, **values)
    return rows + [changed(dataset, reseller_site_number=number, **values)[1] for number in (CEDRO, AURORA, NOBODYS)]


@pytest.mark.parametrize("dataset", TENANT)
def test_another_resellers_row_is_rejected_in_the_words_of_an_unknown_one(desk: Desk, dataset: str) -> None:
    rows = own(dataset, **({"subscription_number": "SX"} if DATASETS[dataset].under else {}))
    result = desk.trial(dataset, rows, "ana", skip_rejected=True)
    told = {row["reseller_site_number"]: row["reason"].partition(": ")[2] for row in csv_rows(result.rejected_rows)}
    assert {reason.replace(reseller, "N") for reseller, reason in told.items() if reseller != BOREAL} == {told[NOBODYS].replace(NOBODYS, "N")}
    assert "reseller_site_number: reseller 7009999 is not known." in told[NOBODYS]


@pytest.mark.parametrize("dataset", ["usage", "provisioning"])
@pytest.mark.parametrize("create_missing", [False, True])
def test_another_resellers_subscription_is_as_unknown_as_one_that_is_not_there(desk: Desk, dataset: str, create_missing: bool) -> None:
    rows = together(dataset, [{"subscription_number": number} for number in ("SX", "S9")])
    for who in ("ana", None):
        assert desk.reasons(dataset, rows, who, create_missing=create_missing) == [
            f"subscription_number: subscription {number} is not known." for number in ("SX", "S9")
        ]


def test_a_file_of_several_resellers_finds_each_ones_own_subscription(desk: Desk) -> None:
    rows = [*changed("usage"), changed("usage", reseller_site_number=CEDRO, subscription_number="SX")[1],
            changed("usage", reseller_site_number=CEDRO)[1]]
    assert desk.reasons("usage", rows) == ["subscription_number: subscription S1 is not known."]


def test_another_resellers_user_is_told_from_nobody_by_no_word(desk: Desk) -> None:
    theirs, nobodys = (
        desk.reasons("assignments", own("assignments", account_manager=email), "ana") for email in ("bob@cedro.example", "bxb@cedro.example")
    )
    assert [reason.replace("bxb", "bob") for reason in nobodys] == theirs
    assert f"account_manager: bob@cedro.example is no user of reseller {BOREAL}." in theirs


def test_an_account_manager_is_one_of_the_rows_own_reseller(desk: Desk) -> None:
    ana, bob = "ana@boreal.example", "bob@cedro.example"

    def rows(of_boreal: str, of_cedro: str) -> list[list[Any]]:
        return [*changed("assignments", account_manager=of_boreal),
                changed("assignments", reseller_site_number=CEDRO, account_manager=of_cedro)[1]]

    assert desk.reasons("assignments", rows(ana, bob)) == []
    assert desk.reasons("assignments", rows(bob, ana)) == [
        f"account_manager: {bob} is no user of reseller {BOREAL}.", f"account_manager: {ana} is no user of reseller {CEDRO}."
    ]


def test_a_distributor_is_no_user_of_the_resellers_it_serves(desk: Desk) -> None:
    assert desk.reasons("assignments", changed("assignments", account_manager="carla@aurora.example")) == [
        f"account_manager: carla@aurora.example is no user of reseller {BOREAL}."
    ]


# -- what is made for them --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("dataset", "stubs"),
    [
        ("contacts", {"sites": 1}),
        ("renewals", {"resellers": 0, "sites": 1, "parts": 1}),
        ("entitlements", {"resellers": 0, "sites": 1, "parts": 1}),
        ("subscriptions", {"resellers": 0, "sites": 1, "parts": 1}),
        ("assignments", {"resellers": 0, "sites": 1}),
    ],
)
def test_unknown_sites_and_parts_are_made_when_asked_for(desk: Desk, dataset: str, stubs: dict[str, int]) -> None:
    rows = changed(dataset, site_number="9", **({"part_number": "D9"} if "parts" in stubs else {}))
    result = desk.trial(dataset, rows, create_missing=True)
    assert (result.loaded, result.stubs) == (1, stubs)


# -- words ------------------------------------------------------------------------------------------------------------
WORDS = {
    ("contacts", "role"): {
        "primary": ("Primary", "Contato principal", "principal"), "technical": ("site technical contact", "Contato técnico do site", "técnico"),
        "administrative": ("Administrative", "administrativo", "Contacto administrativo"),
        "renewal": ("S&S renewal", "Contato para renovação de S&S", "renovación"), "billing": ("Billing", "Contato de cobrança", "facturación"),
    },
    ("renewals", "status"): {
        "open": ("Open", "Em aberto", "abierta", ""), "renewed": ("RENEWED", "renovada", "renovado"), "lapsed": ("Lapsed", "Vencida", "caducada"),
        "cancelled": ("Canceled", "Cancelada", "cancelado"),
    },
    ("entitlements", "kind"): {
        "purchased": ("Purchased", "Comprado", "adquirida"), "renewed": ("Renewed", "renovado", "renovación"),
        "allocated": ("Allocated", "Alocado", "asignado"), "future": ("Future", "Futuro", "futura"), None: ("",),
    },
    ("subscriptions", "billing"): {
        "upfront": ("Up front", "antecipado", "por adelantado"), "monthly": ("Monthly", "Mensal", "mensual"),
        "quarterly": ("Quarterly", "trimestral"), "annual": ("Annual", "anual", "yearly"),
    },
    ("subscriptions", "fulfillment_status"): {
        "ordered": ("Ordered", "Pedido", "solicitado"), "awaiting_form": ("Awaiting form", "Aguardando formulário", "en espera del formulario"),
        "provisioning": ("Provisioning", "Em provisionamento", "aprovisionamiento"), "active": ("Active", "Ativa", "activo"),
        "suspended": ("Suspended", "Suspensa", "suspendida"), "expired": ("Expired", "Encerrada", "finalizada"),
    },
    ("usage", "suppressed"): {
        True: ("yes", "Y", "TRUE", "Sim", "Sí", "1", "x", "verdadeiro"), False: ("No", "n", "false", "Não", "0", "FALSO"), None: ("",),
    },
}


def numbered(dataset: str, number: int) -> dict[str, str]:
    """A value of the dataset's last key column, of its own for each number."""
    column = DATASETS[dataset].key[-1]
    forms = {"email": f"n{number}@x.example", "line_number": str(number + 10), "subscription_number": f"N{number}"}
    return {column: forms.get(column, f"2026-03-{number + 1:02}")}


@pytest.mark.parametrize(("dataset", "column"), WORDS)
def test_words_of_three_languages_are_understood(sqlite_store: Store, tmp_path: Path, dataset: str, column: str) -> None:
    settle(sqlite_store)
    operator = Viewer.of_command_line(sqlite_store)
    names = [(kept, name) for kept, names in WORDS[dataset, column].items() for name in names]
    until = {"period_end": "2026-12-31"} if dataset == "usage" else {}
    rows = [changed(dataset, **{column: name}, **until, **numbered(dataset, at)) for at, (_kept, name) in enumerate(names)]
    if dataset == "usage":
        load(operator, tmp_path, "subscriptions", EVERY_DATASET["subscriptions"], create_missing=True)
    assert load(operator, tmp_path, dataset, [rows[0][0], *(row for _header, row in rows)], create_missing=True).rejected == 0
    table, key = DATASETS[dataset].table, DATASETS[dataset].key[-1]
    with operator.store.reading() as connection:
        found = {str(row[0]): row[1] for row in connection.execute(select(table.c[key], table.c[column]))}
    assert found == {numbered(dataset, at)[key]: kept for at, (kept, _name) in enumerate(names)}


# -- nothing vanishes -------------------------------------------------------------------------------------------------
SPOILING = ("", "?", "-1", "0", "2026-02-30", "1990-01-01", "9", "S9", "x" * 600, "#REF!", "\u202e", "Ana@Boreal.example", CEDRO, NOBODYS)


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("seed", range(times(1, 200)))
def test_read_is_loaded_and_unchanged_and_rejected_whatever_the_cells(before: dict[str, Path], tmp_path: Path, dataset: str, seed: int) -> None:
    pick = random.Random(f"{dataset} {seed}")
    whole = DATASETS[dataset].under or pick.random() < 0.5
    shutil.copytree(before[dataset if whole else next(iter(before))], tmp_path / "data")
    store = store_in(tmp_path)
    operator = Viewer.of_command_line(store)
    header, *good = EVERY_DATASET[dataset]
    rows = [[pick.choice(SPOILING) if pick.random() < 0.06 else cell for cell in pick.choice(good)] for _ in range(60)]
    for at, row in enumerate(rows):
        if pick.random() < 0.8:
            row[header.index(DATASETS[dataset].key[-1])] = pick.choice([f"N{at}", str(at + 1), f"2026-02-{at % 28 + 1:02}", f"n{at}@x.example"])
    options = {"create_missing": pick.random() < 0.5, "numbers": "point", "dates": "dmy"}
    had = _count(store, dataset)
    result = load(operator, tmp_path, dataset, [header, *rows], skip_rejected=True, **options)
    assert result.read == len(rows) == result.loaded + result.unchanged + result.rejected
    assert len(csv_rows(result.rejected_rows)) == result.rejected
    assert all(row["reason"] for row in csv_rows(result.rejected_rows))
    # What was loaded is there: the same file again finds it, and rejects the same rows for the same reasons.
    again = load(operator, tmp_path, dataset, [header, *rows], skip_rejected=True, **options)
    assert (again.loaded, again.unchanged, again.rejected_rows) == (0, result.loaded + result.unchanged, result.rejected_rows)
    assert _count(store, dataset) <= had + result.loaded + sum(result.stubs.values())
    store.dispose()


def _count(store: Store, dataset: str) -> int:
    with store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(DATASETS[dataset].table)) or 0
