"""Undo brings back what was there before a batch, or says which later change stands in the way."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cast import BOREAL, CEDRO
from files import EVERY_DATASET, changed, load, order, orders
from sqlalchemy import insert, select, text, true

from pao_core.access import AccessDenied, Viewer
from pao_core.access.people import users
from pao_core.importing import batches
from pao_core.importing.datasets import DATASETS
from pao_core.importing.loading import wait_for_others
from pao_core.locale import Refused
from pao_core.store import schema
from pao_core.store.engine import Store

WHOLE = {"create_missing": True}


def content(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of every dataset, without the ids and transactions that a restored row gets anew."""
    with store.reading() as connection:
        return {
            table.name: sorted(
                (tuple(row) for row in connection.execute(select(*(c for c in table.columns if c.name not in ("id", "txn"))))), key=repr
            )
            for table in schema.REPLICATED
        }


def test_undo_takes_back_rows_stubs_and_names(people: dict[str, Viewer], tmp_path: Path) -> None:
    ana = people["ana"]
    before = content(ana.store)
    result = load(
        ana,
        tmp_path,
        "orders",
        orders([*order(), "Name", "Part"], [*order(line_number="2"), "", ""], extra=["customer_name", "part_description"]),
        **WHOLE,
    )
    number = ana.store.change_number()
    assert batches.undo(ana, result.batch or 0) == 2
    assert content(ana.store) == before
    assert ana.store.change_number() == number + 1
    assert batches.listed(ana)[0]["undone"]
    with pytest.raises(Refused, match="undone already"):
        batches.undo(ana, result.batch or 0)
    assert load(ana, tmp_path, "orders", orders(order()), **WHOLE).loaded == 1


# Other values for the first row of a dataset's small file, then a new row.
REPLACING: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "contacts": ({"name": "Rita Ção", "phone": "", "role": "billing"}, {"email": "b@x.example"}),
    "renewals": ({"status": "renewed", "renewed_on": "2026-05-01", "coverage_end": "", "prior_unit_price": "", "unit_price": "0.000001"},
                 {"line_number": "9"}),
    "entitlements": ({"quantity": "1", "kind": "", "coverage_end": "", "deployed_quantity": ""}, {"coverage_start": "2025-06-01"}),
    "subscriptions": ({"start": "", "end": "", "entitled_quantity": "1.5", "billing": "monthly", "fulfillment_status": ""},
                      {"subscription_number": "S3"}),
    "usage": ({"used_quantity": "1", "overage_quantity": "", "suppressed": "no", "suppression_reason": ""}, {"period_start": "2026-02-02"}),
    "provisioning": ({"required": "", "value": "Ana", "submitted_on": "2026-05-01"}, {"element": "Domain"}),
    "assignments": ({"account_manager": "zoe@boreal.example"}, {"site_number": "124"}),
    "exchange_rates": ({"rate": "0.0000000001"}, {"currency": "USD", "rate": "1.1172"}),
}


@pytest.mark.parametrize("dataset", DATASETS)
def test_undo_restores_every_value_of_every_dataset(operator: Viewer, people: dict[str, Viewer], tmp_path: Path, dataset: str) -> None:
    price = ["part_number", "country", "currency", "price_level", "effective_from", "effective_to", "unit_price", "points"]
    files: dict[str, list[list[list[str]]]] = {
        "resellers": [
            [["site_number", "name", "country", "tier"]],
            [["7000004", "Old", "BR", "reseller"]],
            [["7000004", "New", "PT", ""], ["8", "More", "BR", ""]],
        ],
        "agreements": [
            [["agreement_number", "program", "customer_name", "anniversary_date", "price_level"]],
            [["1", "PA", "Old", "2026-05-01", "D"]],
            [["1", "ELA", "New", "", "E"]],
        ],
        "sites": [
            [["site_number", "name", "country", "city"]],
            [["123", "Velho ção", "BR", "SP"]],
            [["123", "Novo", "PT", ""], ["9", "More", "BR", ""]],
        ],
        "parts": [[["part_number", "description", "points"]], [["D1234LL", "Old", "1.5"]], [["D1234LL", "New", "2.25"]]],
        "prices": [
            [price],
            [["D1234LL", "BR", "BRL", "BL", "2026-01-01", "2026-02-01", "1.123456", "3"]],
            [["D1234LL", "BR", "BRL", "BL", "2026-01-01", "", "2", ""]],
        ],
        "orders": [
            orders(extra=["po_number"]),
            [[*order(), "PO"]],
            [[*order(quantity="-9", unit_price="0.000001", order_date="2026-06-01"), ""], [*order(line_number="7"), ""]],
        ],
    }
    header, first, second = files.get(dataset) or [
        EVERY_DATASET[dataset][:1], EVERY_DATASET[dataset][1:], [changed(dataset, **values)[1] for values in REPLACING[dataset]],
    ]
    if dataset == "assignments":
        users.add(operator, "zoe@boreal.example", "Zoe", BOREAL, "user")
    if DATASETS[dataset].under:
        load(operator, tmp_path, "subscriptions", EVERY_DATASET["subscriptions"], **WHOLE)
    load(operator, tmp_path, dataset, header + first, **WHOLE)
    before = content(operator.store)
    later = load(operator, tmp_path, dataset, header + second, **WHOLE)
    assert later.loaded == len(second)
    assert content(operator.store) != before
    assert batches.undo(operator, later.batch or 0) == len(second)
    assert content(operator.store) == before


def test_batches_come_off_in_the_reverse_order_however_many(people: dict[str, Viewer], operator: Viewer, tmp_path: Path) -> None:
    states, numbers = [], []
    for quantity in ("1", "2", "3"):
        states.append(content(operator.store))
        numbers.append(load(operator, tmp_path, "orders", orders(order(quantity=quantity), order(line_number=quantity + "0")), **WHOLE).batch or 0)
    for number in numbers[:2]:
        with pytest.raises(Refused, match=r"A later change touched what this import wrote \(7000002 SO1 1, for one\)"):
            batches.undo(operator, number)
    while numbers:
        batches.undo(operator, numbers.pop())
        assert content(operator.store) == states.pop()


def test_a_change_after_an_undo_stands_in_the_way_too(operator: Viewer, tmp_path: Path) -> None:
    first = load(operator, tmp_path, "orders", orders(order(quantity="1")), **WHOLE).batch or 0
    second = load(operator, tmp_path, "orders", orders(order(quantity="2"))).batch or 0
    batches.undo(operator, second)
    load(operator, tmp_path, "orders", orders(order(quantity="3")))
    with pytest.raises(Refused, match="A later change touched"):
        batches.undo(operator, first)


def test_undo_is_refused_while_later_rows_refer_to_what_it_brought(operator: Viewer, tmp_path: Path) -> None:
    parts = load(operator, tmp_path, "parts", [["part_number", "description"], ["D1234LL", "x"]]).batch or 0
    first = load(operator, tmp_path, "orders", orders(order()), **WHOLE).batch or 0
    later = load(operator, tmp_path, "orders", orders(order(order_number="later"))).batch or 0
    before = content(operator.store)
    with pytest.raises(Refused, match=r"Later rows of orders refer to what this import brought: D1234LL\."):
        batches.undo(operator, parts)
    with pytest.raises(Refused, match=r"Later rows of orders refer to what this import brought: 123\."):
        batches.undo(operator, first)
    assert content(operator.store) == before
    for number in (later, first, parts):
        batches.undo(operator, number)
    assert {name: len(rows) for name, rows in content(operator.store).items() if rows} == {"resellers": 1}


@pytest.mark.parametrize("dataset", ["usage", "provisioning"])
def test_a_subscription_stays_while_something_is_under_it(people: dict[str, Viewer], operator: Viewer, tmp_path: Path, dataset: str) -> None:
    ana = people["ana"]
    # Cedro has a subscription of the same number with usage of its own: it stands in nobody's way, and nothing of it is told.
    for name in ("subscriptions", dataset):
        load(operator, tmp_path, name, [[CEDRO if cell == BOREAL else cell for cell in row] for row in EVERY_DATASET[name]], **WHOLE)
    before = content(ana.store)
    first = load(ana, tmp_path, "subscriptions", EVERY_DATASET["subscriptions"], **WHOLE).batch or 0
    below = load(ana, tmp_path, dataset, EVERY_DATASET[dataset]).batch or 0
    with pytest.raises(Refused, match=rf"Later rows of {dataset} refer to what this import brought: (S1, )?S2\."):
        batches.undo(ana, first)
    batches.undo(ana, below)
    assert batches.undo(operator, first) == 2
    assert content(ana.store) == before


def test_usage_waits_for_an_undoing_of_its_subscription_that_has_begun(postgresql_store: Store, tmp_path: Path) -> None:
    operator = Viewer.of_command_line(postgresql_store)
    load(operator, tmp_path, "subscriptions", EVERY_DATASET["subscriptions"], **WHOLE)
    with ThreadPoolExecutor(1) as pool, operator.writing() as undoing:
        wait_for_others(undoing.connection, "subscriptions")
        loading = pool.submit(load, operator, tmp_path, "usage", EVERY_DATASET["usage"])
        until_somebody_waits(postgresql_store, loading)
        undoing.delete(schema.subscriptions, true())
    with pytest.raises(Refused, match="was changed while it was loaded"):
        loading.result()


def test_an_undoing_waits_for_usage_that_is_being_loaded_and_finds_it(postgresql_store: Store, tmp_path: Path) -> None:
    operator = Viewer.of_command_line(postgresql_store)
    batch = load(operator, tmp_path, "subscriptions", EVERY_DATASET["subscriptions"], **WHOLE).batch or 0
    period = {"period_start": date(2026, 2, 1), "period_end": date(2026, 2, 28), "used_quantity": 1}
    with ThreadPoolExecutor(1) as pool, operator.writing() as loading:
        wait_for_others(loading.connection, "subscriptions")
        loading.connection.execute(insert(schema.usage).values(reseller_site_number=BOREAL, subscription_number="S1", txn=loading.txn, **period))
        undoing = pool.submit(batches.undo, operator, batch)
        until_somebody_waits(postgresql_store, undoing)
    with pytest.raises(Refused, match="Later rows of usage refer to what this import brought: S1"):
        undoing.result()


def until_somebody_waits(store: Store, work: Future[Any]) -> None:
    """Until the work waits for its turn, as only PostgreSQL lets us see."""
    waiting = text("SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database "
                   "WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted")
    with store.engine.connect() as connection:
        while not connection.scalar(waiting):
            assert not work.done()


def test_a_later_import_that_only_changes_a_subscription_is_undone_although_it_has_usage(operator: Viewer, tmp_path: Path) -> None:
    load(operator, tmp_path, "subscriptions", EVERY_DATASET["subscriptions"], **WHOLE)
    load(operator, tmp_path, "usage", EVERY_DATASET["usage"])
    before = content(operator.store)
    later = load(operator, tmp_path, "subscriptions", changed("subscriptions", entitled_quantity="7")).batch or 0
    assert batches.undo(operator, later) == 1
    assert content(operator.store) == before


def test_a_stub_that_another_reseller_uses_stays_and_the_user_learns_nothing(people: dict[str, Viewer], operator: Viewer, tmp_path: Path) -> None:
    ana = people["ana"]
    used = load(ana, tmp_path, "orders", orders(order()), **WHOLE).batch or 0
    load(operator, tmp_path, "orders", orders(order(reseller_site_number=CEDRO)))
    assert batches.undo(ana, used) == 1
    found = content(ana.store)
    assert [row[:1] for row in found["orders"]] == [(CEDRO,)]
    assert len(found["sites"]) == len(found["parts"]) == 1


def test_a_stub_that_the_operator_has_loaded_since_stays(operator: Viewer, tmp_path: Path) -> None:
    batch = load(operator, tmp_path, "orders", orders(order()), **WHOLE).batch or 0
    load(operator, tmp_path, "sites", [["site_number", "name", "country"], ["123", "Real", "BR"]])
    batches.undo(operator, batch)
    assert [row[2] for row in content(operator.store)["sites"]] == ["Real"]


def test_each_sees_and_undoes_only_its_own_batches(people: dict[str, Viewer], operator: Viewer, tmp_path: Path) -> None:
    of_ana = load(people["ana"], tmp_path, "orders", orders(order()), **WHOLE).batch or 0
    of_cedro = load(operator, tmp_path, "orders", orders(order(reseller_site_number=CEDRO))).batch or 0
    of_both = load(operator, tmp_path, "orders", orders(order(order_number="2"), order(order_number="2", reseller_site_number=CEDRO))).batch or 0
    of_parts = load(people["dora"], tmp_path, "parts", [["part_number", "description"], ["P1", "x"]]).batch or 0
    seen = {name: [batch["id"] for batch in batches.listed(viewer)] for name, viewer in people.items()}
    assert seen == {"ana": [of_ana], "bob": [], "carla": [], "dora": [of_parts]}
    assert [batch["id"] for batch in batches.listed(operator)] == [of_parts, of_both, of_cedro, of_ana]
    for number in (of_cedro, of_both, of_parts, 999):
        for verb in (batches.undo, batches.rejected_rows, batches.warned_rows):
            with pytest.raises(Refused, match=f"No import has the number {number}"):
                verb(people["ana"], number)
    assert batches.listed(people["ana"])[0]["reseller_site_number"] == BOREAL


def test_who_has_lost_the_right_undoes_nothing(people: dict[str, Viewer], tmp_path: Path) -> None:
    ana = people["ana"]
    batch = load(ana, tmp_path, "orders", orders(order()), **WHOLE).batch or 0
    with ana.store.writing("test") as writing:
        writing.connection.execute(schema.users.update().where(schema.users.c.email == ana.email).values(status="suspended"))
    with pytest.raises(AccessDenied):
        batches.undo(ana, batch)
    assert len(content(ana.store)["orders"]) == 1
