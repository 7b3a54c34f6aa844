"""Nobody sees another reseller's rows, in a few stories that a person can follow; tests/isolation asks every question of made-up towns."""

from __future__ import annotations

from datetime import date

import world as worlds
from cast import AURORA, BOREAL, CEDRO, settle

from pao_core import catalogue, choices, replica, report
from pao_core.filters import Filters
from pao_core.store.engine import Store

TODAY = date(2026, 11, 24)
OWN = {"carla": AURORA, "ana": BOREAL, "bob": CEDRO}


def test_a_shared_customer_shows_each_reseller_its_own_lines_only(store: Store) -> None:
    people, world = settle(store), worlds.make(3)
    world.write(store)
    shared = next(site for site in world.sites if {BOREAL, CEDRO} <= {
        line["reseller_site_number"] for line in world.orders if line["site_number"] == site})
    for name in ("ana", "bob"):
        lines = report.run(catalogue.find("order-history"), people[name], Filters(site=(shared,)), today=TODAY, form="detail").rows
        assert {line["reseller_site_number"] for line in lines} == {OWN[name]}
        assert len(lines) == len([line for line in world.orders
                                  if (line["site_number"], line["reseller_site_number"]) == (shared, OWN[name])])


def test_asking_for_another_reseller_gives_nothing_and_tells_nothing(store: Store) -> None:
    people, world = settle(store), worlds.make(3)
    world.write(store)
    result = report.run(catalogue.find("order-history"), people["ana"], Filters(reseller=(CEDRO,)), today=TODAY, form="detail")
    assert (result.rows, result.count, result.totals) == ([], 0, [])
    (foreign,) = choices.unknown(people["ana"], Filters(reseller=(CEDRO,)))
    (missing,) = choices.unknown(people["ana"], Filters(reseller=("7000009",)))
    assert str(foreign).replace(CEDRO, "X") == str(missing).replace("7000009", "X")


def test_an_operator_without_a_membership_sees_no_tenant_row(store: Store) -> None:
    dora = settle(store)["dora"]
    worlds.make(3).write(store)
    assert dora.sites() == ()
    reader = replica.reader(store)
    for rows in (dora.orders(), dora.customers(), dora.resellers()):
        assert list(reader.rows(rows.select())) == []
