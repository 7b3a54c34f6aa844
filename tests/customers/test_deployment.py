"""What is deployed: entered by whom it may, once, against what was seen; kept in the row's own history; told to nobody else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import world as worlds
from cast import AURORA, BOREAL, CEDRO, times
from files import load
from sqlalchemy import select
from staff import audit_since, audited, hire, refusal

from pao_core import report
from pao_core.access import AccessDenied, Viewer
from pao_core.access.rights import PRESETS
from pao_core.customers import deployment, entitlements
from pao_core.customers.deployment import Key, Outdated
from pao_core.filters import Filters
from pao_core.importing.batches import undo
from pao_core.locale import Refused, use
from pao_core.settings import audit as audit_page
from pao_core.store import schema
from pao_core.store.engine import Store

TODAY = date(2026, 11, 24)
THREADS = 16
OURS, THEIRS = Key(BOREAL, "1", "E1", date(2026, 1, 1)), Key(CEDRO, "1", "E1", date(2026, 2, 1))


@pytest.fixture
def desk(store: Store, people: dict[str, Viewer]) -> Iterator[dict[str, Viewer]]:
    """One entitlement of Boreal's and one of Cedro's at one site, both sold through Aurora; Rui may read at Boreal and import nothing."""
    site = {"site_number": "1", "name": "Companhia Lumiara", "name_folded": "companhia lumiara", "country": "BR", "agreement_number": None}
    part = {"part_number": "E1", "description": "Support", "product_group": "Security", "part_type": "license", "points": None}
    held = [{**key._asdict(), "distributor_site_number": AURORA, "quantity": Decimal(40), "kind": "purchased", "coverage_end": None,
             "deployed_quantity": None} for key in (OURS, THEIRS)]
    worlds.World(sites={"1": site}, parts={"E1": part}, entitlements=held).write(store)
    yield people | {"rui": hire(store, "rui@boreal.example", BOREAL, "user", PRESETS["user"])}


def deployed(store: Store, key: Key) -> Decimal | None:
    """The figure as the store itself has it."""
    table = schema.entitlements
    with store.reading() as connection:
        found: Decimal | None = connection.scalar(select(table.c.deployed_quantity).where(
            *(table.c[name] == value for name, value in key._asdict().items())))
        return found


def version(viewer: Viewer, key: Key = OURS) -> int:
    return deployment.current(viewer, key).version


def test_what_is_entered_is_in_the_report_at_once_and_in_the_history_with_who_when_from_and_to(desk: dict[str, Viewer]) -> None:
    ana = desk["ana"]
    deployment.enter(ana, OURS, Decimal("12.5"), version(ana))
    deployment.enter(ana, OURS, Decimal(50), version(ana))
    deployment.enter(ana, OURS, None, version(ana))
    deployment.enter(ana, OURS, Decimal(44), version(ana))
    found = deployment.current(ana, OURS)
    assert (found.deployed, found.quantity, found.may_enter) == (Decimal(44), Decimal(40), True)
    assert [(change.before, change.after, change.who, change.how) for change in found.history] == [
        (before, after, ana.email, "entered") for before, after in ((None, Decimal(44)), (Decimal(50), None), (Decimal("12.5"), Decimal(50)),
                                                                    (None, Decimal("12.5")))]
    moments = [change.at for change in found.history]
    assert moments == sorted(moments, reverse=True)
    (row,) = report.run(entitlements, ana, Filters(), today=TODAY, form="detail").rows
    assert (row["deployed_quantity"], row["deployed_share"], row["over_quantity"]) == (Decimal(44), Decimal("1.1"), Decimal(4))


def test_each_entry_leaves_one_line_in_the_audit_with_before_and_after_and_no_operator_reads_it(desk: dict[str, Viewer]) -> None:
    ana, store = desk["ana"], desk["ana"].store
    count = audited(store)
    deployment.enter(ana, OURS, Decimal(3), version(ana))
    (line,) = audit_since(store, count)
    assert (line.act, line.actor, line.reseller_site_number, line.refused) == ("entitlements.deployed", ana.email, BOREAL, False)
    assert line.facts == {"before": {"deployed_quantity": None}, "after": {"deployed_quantity": "3"}}
    assert OURS.text in [entry.object for entry in audit_page.found(ana, audit_page.Asked()).entries]
    assert OURS.text not in [entry.object for entry in audit_page.found(desk["dora"], audit_page.Asked()).entries]


def test_a_distributor_another_reseller_who_only_reads_and_the_operator_enter_nothing(desk: dict[str, Viewer]) -> None:
    store, seen = desk["ana"].store, version(desk["ana"])
    for who in ("carla", "bob", "rui", "dora"):
        count = audited(store)
        with pytest.raises(AccessDenied):
            deployment.enter(desk[who], OURS, Decimal(1), seen)
        assert deployed(store, OURS) is None
        assert [(line.act, line.refused, line.actor, line.reseller_site_number) for line in audit_since(store, count)] == [
            ("entitlements.deployed", True, desk[who].email, BOREAL)]


def test_a_foreign_entitlement_is_refused_as_one_that_is_not_there(desk: dict[str, Viewer]) -> None:
    missing = THEIRS._replace(site_number="2")
    foreign, none = (refusal(deployment.enter, desk["ana"], key, Decimal(1), 1) for key in (THEIRS, missing))
    assert foreign and none
    assert (type(foreign), str(foreign)) == (type(none), str(none))
    told = []
    for key in (THEIRS, missing):
        with pytest.raises(Refused) as refused:
            deployment.current(desk["ana"], key)
        told.append(str(refused.value))
    assert told[0] == told[1]


def test_a_distributor_reads_the_figures_and_not_who_entered_them(desk: dict[str, Viewer]) -> None:
    deployment.enter(desk["ana"], OURS, Decimal(3), version(desk["ana"]))
    found = deployment.current(desk["carla"], OURS)
    assert (found.deployed, found.may_enter) == (Decimal(3), False)
    assert [(change.before, change.after, change.who, change.how) for change in found.history] == [(None, Decimal(3), None, None)]
    assert [change.who for change in deployment.current(desk["rui"], OURS).history] == ["ana@boreal.example"]


def test_a_number_that_no_count_can_be_is_refused_and_nothing_changes(desk: dict[str, Viewer]) -> None:
    seen = version(desk["ana"])
    for number in ("-0.001", "-7", "1000000000001", "1E+30", "0.0001", "12.3456", "NaN", "Infinity", "-Infinity"):
        with pytest.raises(Refused):
            deployment.enter(desk["ana"], OURS, Decimal(number), seen)
    assert (deployed(desk["ana"].store, OURS), version(desk["ana"])) == (None, seen)


def test_a_number_of_three_decimals_is_kept_exactly(desk: dict[str, Viewer]) -> None:
    for number in ("0", "0.001", "12.345", "1000000000000"):
        deployment.enter(desk["ana"], OURS, Decimal(number), version(desk["ana"]))
        assert deployed(desk["ana"].store, OURS) == Decimal(number)


@pytest.mark.parametrize(("language", "text", "number"), [
    ("en", "1,234.5", "1234.5"), ("pt_BR", "1.234,5", "1234.5"), ("es", "1234,5", "1234.5"), ("en", " 40 ", "40"), ("pt_BR", "0,001", "0.001"),
    ("en", "-3", "-3"), ("en", "", None),
])
def test_a_number_is_read_as_the_readers_language_writes_it(language: str, text: str, number: str | None) -> None:
    with use(language):
        assert deployment.written(text) == (None if number is None else Decimal(number))


@pytest.mark.parametrize(("language", "text"), [
    ("en", "1.2345"), ("en", "12,34"), ("pt_BR", "1.2"), ("en", "many"), ("en", "1e5"), ("en", "٣"), ("en", "9" * 41), ("en", "=1+1"), ("en", "NaN"),
])
def test_what_is_no_number_in_the_readers_language_is_refused_with_an_example(language: str, text: str) -> None:
    with use(language), pytest.raises(Refused):
        deployment.written(text)


def test_who_looked_before_another_wrote_is_told_and_writes_nothing(desk: dict[str, Viewer]) -> None:
    ana = desk["ana"]
    seen = version(ana)
    deployment.enter(ana, OURS, Decimal(10), seen)
    with pytest.raises(Outdated):
        deployment.enter(ana, OURS, Decimal(11), seen)
    assert deployed(ana.store, OURS) == 10
    with pytest.raises(Refused, match="already"):
        deployment.enter(ana, OURS, Decimal("10.000"), version(ana))


def test_what_a_file_brought_and_what_an_undo_took_back_is_in_the_history(desk: dict[str, Viewer], tmp_path: Path) -> None:
    ana = desk["ana"]
    deployment.enter(ana, OURS, Decimal(10), version(ana))
    header = [*Key._fields, "quantity", "deployed_quantity"]
    batch = load(ana, tmp_path, "entitlements", [header, [*OURS[:3], OURS.coverage_start.isoformat(), "40", "22"]]).batch
    assert batch
    assert deployed(ana.store, OURS) == 22
    undo(ana, batch)
    assert [(change.before, change.after, change.how) for change in deployment.current(ana, OURS).history] == [
        (Decimal(22), Decimal(10), "undone"), (Decimal(10), Decimal(22), "imported"), (None, Decimal(10), "entered")]


def test_who_loaded_a_file_of_several_resellers_is_not_told_to_one_of_them(desk: dict[str, Viewer], tmp_path: Path) -> None:
    lines = [[*key[:3], key.coverage_start.isoformat(), "40", "22"] for key in (OURS, THEIRS)]
    machine = Viewer.of_command_line(desk["ana"].store)
    assert load(machine, tmp_path, "entitlements", [[*Key._fields, "quantity", "deployed_quantity"], *lines]).batch
    (change,) = deployment.current(desk["ana"], OURS).history
    assert (change.after, change.who, change.how) == (Decimal(22), None, None)


def test_of_many_who_enter_at_once_one_does(desk: dict[str, Viewer]) -> None:
    ana = desk["ana"]
    for turn in range(times(6, 100)):
        seen, gate, done = version(ana), threading.Barrier(THREADS), []

        def enter(number: int, seen: int = seen, gate: threading.Barrier = gate, done: list[Any] = done) -> None:
            gate.wait()
            try:
                deployment.enter(ana, OURS, Decimal(number), seen)
                done.append(number)
            except Outdated:
                done.append(None)

        threads = [threading.Thread(target=enter, args=(turn * 100 + at + 1,)) for at in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        winners = [number for number in done if number is not None]
        assert len(done) == THREADS
        assert len(winners) == 1
        assert deployed(ana.store, OURS) == winners[0]
    assert len(deployment.current(ana, OURS).history) == min(times(6, 100), deployment.SHOWN)
