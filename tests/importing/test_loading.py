"""Into the store: whole or not at all, the same again changes nothing, and nobody writes or learns what is another's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cast import AURORA, BOREAL, CEDRO, store_in
from files import EVERY_DATASET, changed, csv_rows, csv_text, load, order, orders, written
from sqlalchemy import JSON, func, select

from pao_core.access import AccessDenied, Viewer
from pao_core.importing import batches
from pao_core.importing.child import Cancelled
from pao_core.importing.datasets import DATASETS
from pao_core.importing.run import ImportOptions, ImportResult, import_file
from pao_core.importing.workroom import LOCK, workroom
from pao_core.locale import Refused
from pao_core.store import schema
from pao_core.store.engine import Store

WHOLE = {"create_missing": True}


def rows(store: Store, table: Any, *columns: str) -> list[tuple[Any, ...]]:
    ordered = [table.c[name] for name in columns if not isinstance(table.c[name].type, JSON)]
    with store.reading() as connection:
        return [tuple(row) for row in connection.execute(select(*(table.c[name] for name in columns)).order_by(*ordered))]


def count(store: Store, table: Any) -> int:
    with store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def counts(result: ImportResult) -> tuple[int, int, int, int]:
    return result.read, result.loaded, result.unchanged, result.rejected


def state(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that an import may write."""
    with store.reading() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(table.c.id))]
            for table in (*schema.REPLICATED, schema.batches, schema.audit, schema.row_history)
        }


def each_value_is_kept_as_it_was_meant(store: Store) -> None:
    def kept(table: Any, *columns: str) -> list[tuple[str, ...]]:
        return [tuple(str(value) for value in row) for row in rows(store, table, *columns)]

    assert kept(schema.contacts, "site_number", "email", "name", "phone", "role") == [
        ("123", "rita@cliente.example", "Rita", "+55 11 5555-0101", "renewal")
    ]
    # 3 x 10.1667 yen are 30.5001, kept as 31; 2.345678 dinars as 2.346.
    assert kept(schema.renewals, "line_number", "quantity", "amount", "currency", "status", "renewed_on", "prior_unit_price", "quote_expires") == [
        ("1", "3.000", "31", "JPY", "open", "None", "9.500000", "2026-06-15"), ("2", "1.000", "2346", "KWD", "renewed", "2026-05-20", "None", "None"),
    ]
    assert kept(schema.entitlements, "site_number", "part_number", "coverage_start", "coverage_end", "quantity", "kind", "deployed_quantity") == [
        ("123", "D1234LL", "2026-06-01", "2027-05-31", "40.000", "renewed", "37.500")
    ]
    assert kept(schema.subscriptions, "subscription_number", "start", "end", "entitled_quantity", "billing", "fulfillment_status") == [
        ("S1", "2026-02-01", "2027-01-31", "100.000", "annual", "active"), ("S2", "None", "None", "5.000", "None", "awaiting_form"),
    ]
    assert rows(store, schema.usage, "subscription_number", "suppressed", "suppression_reason") == [
        ("S1", True, "Agreed"), ("S2", None, None)
    ]
    assert rows(store, schema.provisioning, "element", "required", "value") == [
        ("Administrator", True, None), ("Região", False, "São Paulo")
    ]
    assert rows(store, schema.assignments, "site_number", "account_manager") == [("123", "ana@boreal.example")]
    assert kept(schema.exchange_rates, "date", "currency", "rate") == [
        ("2026-10-30", "BRL", "6.0692000000"), ("2026-10-30", "JPY", "175.6800000000"),
    ]
    for table in schema.TENANT:
        if "distributor_site_number" in table.c:
            assert set(rows(store, table, "reseller_site_number", "distributor_site_number")) == {(BOREAL, AURORA)}, table.name


def test_every_dataset_loads_each_value_as_it_was_meant_and_the_same_again_changes_nothing(
    operator: Viewer, people: dict[str, Viewer], tmp_path: Path,
) -> None:
    assert list(EVERY_DATASET) == list(DATASETS)
    for dataset, content in EVERY_DATASET.items():
        result = load(operator, tmp_path, dataset, content)
        assert counts(result) == (len(content) - 1, len(content) - 1, 0, 0), dataset
        assert result.batch
    each_value_is_kept_as_it_was_meant(operator.store)
    before = {table.name: rows(operator.store, table, "id", "txn") for table in schema.REPLICATED}
    number = operator.store.change_number()
    for dataset, content in EVERY_DATASET.items():
        again = load(operator, tmp_path, dataset, content)
        assert counts(again) == (len(content) - 1, 0, len(content) - 1, 0), dataset
        assert again.warned == 0
    assert {table.name: rows(operator.store, table, "id", "txn") for table in schema.REPLICATED} == before
    assert operator.store.change_number() == number
    assert rows(operator.store, schema.sites, "site_number", "name", "name_folded", "country", "stub") == [
        ("123", "Ação São Paulo", "acao sao paulo", "BR", False)
    ]
    assert rows(operator.store, schema.agreements, "customer_name_folded") == [("acao sa",)]
    assert [
        (str(q), str(p), a, c, t, d)
        for q, p, a, c, t, d in rows(
            operator.store, schema.orders, "quantity", "unit_price", "amount", "country", "order_type", "distributor_site_number"
        )
    ] == [("-1.500", "10.500000", -1575, "BR", "purchase", AURORA), ("2.000", "10.500000", 2100, "BR", "purchase", AURORA)]


def test_a_status_that_the_file_does_not_give_is_open_for_new_lines_and_kept_for_others(operator: Viewer, tmp_path: Path) -> None:
    load(operator, tmp_path, "renewals", changed("renewals", status="lapsed"), **WHOLE)
    header, line = changed("renewals", quantity="7")
    without, new = header.index("status"), changed("renewals", quote_number="Q2")[1]
    load(operator, tmp_path, "renewals", [row[:without] + row[without + 1:] for row in (header, line, new)], **WHOLE)
    assert rows(operator.store, schema.renewals, "quote_number", "status") == [("Q1", "lapsed"), ("Q2", "open")]


def test_a_subscription_that_is_undone_while_its_usage_is_checked_is_not_lost_sight_of(operator: Viewer, tmp_path: Path) -> None:
    batch = load(operator, tmp_path, "subscriptions", EVERY_DATASET["subscriptions"], **WHOLE).batch or 0

    def undo(step: str, done: int, total: int | None) -> None:
        if step == "Loading" and not done:
            batches.undo(operator, batch)

    with pytest.raises(Refused, match="was changed while it was loaded"):
        import_file(operator, written(tmp_path, csv_text(EVERY_DATASET["usage"])), "usage", progress=undo)
    assert count(operator.store, schema.usage) == count(operator.store, schema.subscriptions) == 0


def test_only_what_differs_is_written_and_keeps_its_history(operator: Viewer, tmp_path: Path) -> None:
    load(operator, tmp_path, "orders", orders(order(), order(line_number="2")), **WHOLE)
    before = dict(rows(operator.store, schema.orders, "line_number", "txn"))
    result = load(operator, tmp_path, "orders", orders(order(), order(line_number="2", quantity="3"), order(line_number="3")), **WHOLE)
    assert counts(result) == (3, 2, 1, 0)
    after = dict(rows(operator.store, schema.orders, "line_number", "txn"))
    assert after[1] == before[1]
    assert after[2] == after[3] != before[2]
    assert len(rows(operator.store, schema.row_history, "id")) == 1


def test_a_column_that_the_file_does_not_have_keeps_its_value(operator: Viewer, tmp_path: Path) -> None:
    load(operator, tmp_path, "orders", orders([*order(), "renewal", "PT", "PO1"], extra=["order_type", "country", "po_number"]), **WHOLE)
    assert load(operator, tmp_path, "orders", orders(order())).unchanged == 1
    load(operator, tmp_path, "orders", orders(order(quantity="5")))
    assert rows(operator.store, schema.orders, "order_type", "country", "po_number") == [("renewal", "PT", "PO1")]
    load(operator, tmp_path, "orders", orders([*order(quantity="5"), ""], extra=["po_number"]))
    assert rows(operator.store, schema.orders, "po_number") == [(None,)]


def test_one_rejected_row_means_that_nothing_is_loaded_and_the_counts_say_what_would_be(operator: Viewer, tmp_path: Path) -> None:
    load(operator, tmp_path, "orders", orders(order()), **WHOLE)
    before = state(operator.store)
    file = orders(order(), order(line_number="2"), order(line_number="3", currency="?"))
    for options in ({}, {"dry_run": True}, {"dry_run": True, "skip_rejected": True}):
        result = load(operator, tmp_path, "orders", file, **options)
        assert (*counts(result), result.batch) == (3, 1, 1, 1, None)
        assert result.refused == (not options)
    assert state(operator.store) == before
    result = load(operator, tmp_path, "orders", file, skip_rejected=True)
    assert (*counts(result), result.refused) == (3, 1, 1, 1, False)


def test_the_answer_has_exactly_the_promised_keys(operator: Viewer, tmp_path: Path) -> None:
    answer = load(operator, tmp_path, "orders", orders(order()), **WHOLE).to_json()
    assert list(answer) == ["batch", "dataset", "read", "loaded", "unchanged", "rejected", "warned", "stubs", "seconds"]
    assert answer["stubs"] == {"resellers": 1, "sites": 1, "parts": 1}


def test_stubs_are_named_by_the_first_row_that_names_them(operator: Viewer, tmp_path: Path) -> None:
    extra = ["customer_name", "site_country", "country", "part_description"]
    file = orders(
        [*order(), "", "", "", ""],
        [*order(line_number="2"), "Cliente", "Portugal", "BR", "Base de dados"],
        [*order(line_number="3"), "Outro", "BR", "", "Outra"],
        [*order(line_number="4", site_number="5"), "", "", "Atlantis", ""],
        extra=extra,
    )
    result = load(operator, tmp_path, "orders", file, **WHOLE)
    assert result.stubs == {"resellers": 1, "sites": 2, "parts": 1}
    assert rows(operator.store, schema.sites, "site_number", "name", "country", "stub") == [("123", "Cliente", "PT", True), ("5", "5", "ZZ", True)]
    assert rows(operator.store, schema.parts, "part_number", "description", "family", "part_type", "stub") == [
        ("D1234LL", "Base de dados", "software", "unknown", True)
    ]
    assert rows(operator.store, schema.resellers, "site_number", "name", "country", "stub") == [(BOREAL, BOREAL, "ZZ", True)]
    assert rows(operator.store, schema.orders, "line_number", "country") == [(1, "PT"), (2, "BR"), (3, "PT"), (4, "ZZ")]
    assert load(operator, tmp_path, "orders", file, **WHOLE).stubs == {"resellers": 0, "sites": 0, "parts": 0}
    # The operator's names are the stubs' own, for everybody; none is kept apart for one reseller.
    assert count(operator.store, schema.stub_names) == 0
    load(operator, tmp_path, "sites", [["site_number", "name", "country"], ["123", "Real", "BR"]])
    assert rows(operator.store, schema.sites, "name", "stub") == [("5", True), ("Real", False)]


@pytest.mark.parametrize("dataset", ["renewals", "entitlements"])
def test_renewals_and_entitlements_name_their_stubs_too(people: dict[str, Viewer], operator: Viewer, tmp_path: Path, dataset: str) -> None:
    names = {"customer_name": "Cliente", "site_country": "Portugal", "part_description": "Base de dados"}
    assert load(people["ana"], tmp_path, dataset, changed(dataset, **names), **WHOLE).loaded == 1
    assert rows(operator.store, schema.sites, "site_number", "name", "country", "stub") == [("123", "123", "PT", True)]
    assert rows(operator.store, schema.stub_names, "reseller_site_number", "kind", "name") == [
        (BOREAL, "part", "Base de dados"), (BOREAL, "site", "Cliente")
    ]
    load(operator, tmp_path, dataset, changed(dataset, site_number="124", **names), **WHOLE)
    assert rows(operator.store, schema.sites, "site_number", "name") == [("123", "123"), ("124", "Cliente")]


def test_sites_make_stub_agreements_and_resellers_their_distributor(operator: Viewer, tmp_path: Path) -> None:
    assert load(operator, tmp_path, "sites", [["site_number", "name", "country", "agreement_number"], ["1", "Um", "BR", "777"]], **WHOLE).stubs == {
        "agreements": 1
    }
    assert rows(operator.store, schema.agreements, "agreement_number", "customer_name", "stub") == [("777", "777", True)]
    file = [["site_number", "name", "country", "distributor_site_number"], ["1", "Um", "BR", "2"], ["2", "Dois", "BR", "9"]]
    result = load(operator, tmp_path, "resellers", file, **WHOLE)
    assert (result.loaded, result.stubs) == (2, {"resellers": 1})
    assert rows(operator.store, schema.resellers, "site_number", "distributor_site_number", "stub") == [
        ("1", "2", False),
        ("2", "9", False),
        ("9", None, True),
    ]


def test_the_batch_and_the_audit_tell_what_was_loaded(operator: Viewer, tmp_path: Path) -> None:
    result = load(operator, tmp_path, "orders", orders(order(unit_price="0"), order(line_number="2", currency="?")), skip_rejected=True, **WHOLE)
    batch = batches.listed(operator)[0]
    told = {
        name: batch[name]
        for name in ("id", "dataset", "file_name", "actor", "reseller_site_number", "read", "loaded", "unchanged", "rejected", "warned", "undone")
    }
    assert told == {
        "id": result.batch,
        "dataset": "orders",
        "file_name": "file.csv",
        "actor": "command line",
        "reseller_site_number": BOREAL,
        "read": 2,
        "loaded": 1,
        "unchanged": 0,
        "rejected": 1,
        "warned": 1,
        "undone": False,
    }
    assert "currency: ? is not a currency" in csv_rows(batches.rejected_rows(operator, batch["id"]))[0]["reason"]
    assert csv_rows(batches.warned_rows(operator, batch["id"]))[0]["reason"] == "Line 2: The unit price is zero or below: 0."
    act, about, facts = rows(operator.store, schema.audit, "act", "object", "facts")[-1]
    assert (act, about, facts["read"], facts["loaded"], facts["rejected"]) == ("import", f"batch {result.batch}", 2, 1, 1)


# -- who may --------------------------------------------------------------------------------------------------------
def test_who_may_not_import_is_refused_before_the_file_is_read(people: dict[str, Viewer], tmp_path: Path) -> None:
    for name, dataset in DATASETS.items():
        for viewer in ("bob", "dora") if dataset.tenant else ("bob", "ana", "carla"):
            with pytest.raises(AccessDenied):
                import_file(people[viewer], tmp_path / "missing", name)
            told = rows(people[viewer].store, schema.audit, "act", "object", "actor", "refused")
            assert told.count(("import", name, people[viewer].email, True)) == 1
    assert load(people["dora"], tmp_path, "parts", [["part_number", "description"], ["D1234LL", "x"]]).loaded == 1


def test_another_resellers_rows_are_rejected_in_the_words_of_an_unknown_one(people: dict[str, Viewer], tmp_path: Path) -> None:
    file = orders(order(), order(reseller_site_number=CEDRO), order(reseller_site_number="7009999"), order(reseller_site_number=AURORA))
    result = load(people["ana"], tmp_path, "orders", file, skip_rejected=True, **WHOLE)
    assert counts(result) == (4, 1, 0, 3)
    words = {row["reason"].partition(": ")[2].replace(row["reseller_site_number"], "N") for row in csv_rows(result.rejected_rows)}
    assert words == {"reseller_site_number: reseller N is not known."}
    assert rows(people["ana"].store, schema.orders, "reseller_site_number") == [(BOREAL,)]


def test_a_user_loads_every_dataset_of_its_reseller(people: dict[str, Viewer], tmp_path: Path) -> None:
    for name, dataset in DATASETS.items():
        if dataset.tenant:
            result = load(people["ana"], tmp_path, name, EVERY_DATASET[name], **WHOLE)
            assert (result.loaded, result.rejected) == (len(EVERY_DATASET[name]) - 1, 0), name
            assert batches.listed(people["ana"])[0]["reseller_site_number"] == BOREAL
    assert all(reseller == BOREAL for table in schema.TENANT for (reseller,) in rows(people["ana"].store, table, "reseller_site_number"))


def test_a_user_of_one_reseller_need_not_name_it(people: dict[str, Viewer], tmp_path: Path) -> None:
    header, line = orders(order())
    assert load(people["ana"], tmp_path, "orders", [header[1:], line[1:]], **WHOLE).loaded == 1
    assert rows(people["ana"].store, schema.orders, "reseller_site_number") == [(BOREAL,)]


def test_a_site_that_a_user_cannot_see_is_as_unknown_as_one_that_is_not_there(people: dict[str, Viewer], operator: Viewer, tmp_path: Path) -> None:
    load(operator, tmp_path, "parts", [["part_number", "description"], ["D1234LL", "x"]])
    load(operator, tmp_path, "sites", [["site_number", "name", "country"], ["123", "Secret name", "PT"]])
    load(operator, tmp_path, "orders", orders(order(reseller_site_number=CEDRO)))
    seen, unseen = (load(people["ana"], tmp_path, "orders", orders(order(site_number=number))) for number in ("123", "456"))
    assert [csv_rows(seen.rejected_rows)[0]["reason"].replace("123", "N")] == [csv_rows(unseen.rejected_rows)[0]["reason"].replace("456", "N")]
    linked, made = (
        load(
            people["ana"],
            tmp_path,
            "orders",
            orders([*order(order_number=number, site_number=number), "Ana's name"], extra=["customer_name"]),
            **WHOLE,
        )
        for number in ("123", "456")
    )
    assert linked.stubs == made.stubs == {"resellers": 0, "sites": 1, "parts": 0}
    assert rows(operator.store, schema.sites, "site_number", "name", "stub") == [("123", "Secret name", False), ("456", "456", True)]
    # By now it has a row of ana's own: it is known, and imports without making anything.
    assert load(people["ana"], tmp_path, "orders", orders(order(order_number="2"))).loaded == 1


def test_a_users_names_stay_with_its_reseller(people: dict[str, Viewer], operator: Viewer, tmp_path: Path) -> None:
    load(people["ana"], tmp_path, "orders", orders([*order(), "Ana's customer", "Ana's part"], extra=["customer_name", "part_description"]), **WHOLE)
    assert rows(operator.store, schema.stub_names, "reseller_site_number", "kind", "number", "name") == [
        (BOREAL, "part", "D1234LL", "Ana's part"),
        (BOREAL, "site", "123", "Ana's customer"),
    ]
    assert rows(operator.store, schema.sites, "name") == [("123",)]
    assert rows(operator.store, schema.parts, "description") == [("D1234LL",)]


def test_a_right_that_is_withdrawn_while_the_file_is_checked_loads_nothing(people: dict[str, Viewer], tmp_path: Path) -> None:
    store = people["ana"].store

    def withdraw(step: str, done: int, total: int | None) -> None:
        if step == "Loading" and not done:
            with store.writing("test") as writing:
                writing.connection.execute(schema.memberships.update().values(privileges={}))

    with pytest.raises(AccessDenied):
        import_file(
            people["ana"], written(tmp_path, csv_text(orders(order()))), "orders", options=ImportOptions(create_missing=True), progress=withdraw
        )
    assert count(store, schema.orders) == count(store, schema.sites) == count(store, schema.batches) == 0


# -- one transaction --------------------------------------------------------------------------------------------------
def test_a_cancelled_import_leaves_the_store_as_it_was(operator: Viewer, tmp_path: Path) -> None:
    before = state(operator.store)
    path = written(tmp_path, csv_text(orders(order())))
    for at in range(4):
        steps: list[str] = []

        def cancelled(at: int = at, steps: list[str] = steps) -> bool:
            steps.append("asked")
            return len(steps) > at

        with pytest.raises(Cancelled):
            import_file(operator, path, "orders", options=ImportOptions(create_missing=True), cancelled=cancelled)
    assert state(operator.store) == before


def test_nothing_is_left_in_the_data_folder(operator: Viewer, tmp_path: Path) -> None:
    load(operator, tmp_path, "orders", orders(order()), **WHOLE)
    with pytest.raises(Refused):
        load(operator, tmp_path, "orders", "not,a,file,of,orders\n1,2,3,4,5\n")
    assert [path.name for path in (operator.store.settings.data_dir / "importing").iterdir()] == ["door"]


def test_what_a_killed_import_left_is_swept_and_a_running_ones_folder_is_not(sqlite_store: Store, tmp_path: Path) -> None:
    rooms = sqlite_store.settings.data_dir / "importing"
    (rooms / "left").mkdir(parents=True)
    (rooms / "left" / LOCK).touch()
    with workroom(sqlite_store.settings.data_dir) as first, workroom(sqlite_store.settings.data_dir):
        assert first.exists()
        assert not (rooms / "left").exists()


def test_rooms_that_are_made_at_once_are_never_taken_for_left_ones(tmp_path: Path) -> None:
    def one(number: int) -> bool:
        with workroom(tmp_path) as room:
            (room / "work").write_text(str(number))
            return (room / LOCK).exists() and (room / "work").read_text() == str(number)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(one, range(400)))


def test_two_imports_at_once_do_not_mix(operator: Viewer, tmp_path: Path) -> None:
    load(operator, tmp_path, "orders", orders(order()), **WHOLE)
    folders = [tmp_path / name for name in "ab"]

    def one(folder: Path) -> ImportResult:
        folder.mkdir()
        lines = [order(order_number=str(number), quantity="7" if folder.name == "a" else "9") for number in range(300)]
        return load(operator, folder, "orders", orders(*lines))

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(one, folders))
    assert sorted(result.loaded for result in results) == [300, 300]
    assert len({str(quantity) for (quantity,) in rows(operator.store, schema.orders, "quantity")} - {"2.000"}) == 1


def test_readers_and_sign_ins_do_not_wait_for_the_lock_of_an_import(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    with store.writing("an import"):
        with store.reading() as connection:
            assert connection.scalar(select(func.count()).select_from(schema.orders)) == 0
        with store.desk_writing() as connection:
            connection.execute(schema.sign_ins.insert().values(at=store.settings.now(), email="ana", succeeded=True))
    store.dispose()
