"""Nobody sees another reseller's rows: what a viewer is told is the same as on a store from which all other rows are gone."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import world as worlds
from cast import AURORA, BOREAL, CEDRO, settle, store_in, times
from sqlalchemy import delete

from pao_core import catalogue, choices, replica, report
from pao_core.access import Viewer
from pao_core.access.visits import Look
from pao_core.export.csv import table_csv
from pao_core.filters import Filters
from pao_core.home import home, news
from pao_core.store.engine import Store
from pao_core.store.schema import TENANT, assignments

TODAY = date(2026, 11, 24)
OWN = {"carla": AURORA, "ana": BOREAL, "bob": CEDRO}
SEARCHED = ("agreement", "site", "customer", "country", "program", "product-group", "status", "reseller", "quote", "account-manager")


def told(viewer: Viewer, filters: Filters, search: str) -> dict[str, Any]:
    """Everything that reports, counts, totals, files, searches and refusals tell this viewer."""
    found: dict[str, Any] = {}
    for name, module in catalogue.REPORTS.items():
        for form, by in [("detail", None), *(("summary", by) for by in module.BY)]:
            result = report.run(module, viewer, filters, today=TODAY, form=form, by=by, limit=7)
            found[f"{name} {form} {by}"] = (result.rows, result.count, result.totals, table_csv(result.columns, result.rows))
    found["home"] = morning(viewer, filters.only(("account-manager", "in-currency")))
    for key in SEARCHED:
        found[f"search {key}"] = choices.search(viewer, key, search, 10)
    wrong = Filters(site=("7100", "999"), agreement=("9000", "90"), reseller=(AURORA, BOREAL, CEDRO), product_group=("Security", "Secure"),
                    quote=("Q1", "Q99"),
                    account_manager=("bob@cedro.example", "rui@boreal.example", "nobody@boreal.example"))
    found["refusals"] = [str(problem) for problem in choices.unknown(viewer, wrong)]
    return found


def morning(viewer: Viewer, whose: Filters) -> list[Any]:
    """What Home tells: figures, queue, and as news everything since the store was empty."""
    shown = home.currency(viewer, whose, TODAY) or "BRL"
    figures = [home.due, home.renewed, home.queue, home.by_week]
    return [shown, home.has_portfolio(viewer), home.expired(viewer, whose, TODAY), home.on_time(viewer, whose, TODAY),
            home.prices_ahead(viewer, whose, TODAY), *(figure(viewer, whose, shown, TODAY) for figure in figures),
            news.facts(viewer, Look(datetime(2026, 1, 1, tzinfo=UTC), 1), whose, TODAY)]


def only_of(store: Store, own: str) -> None:
    """Delete every row that the reseller may not see."""
    with store.writing("test") as writing:
        for table in TENANT:
            foreign = table.c.reseller_site_number != own
            if "distributor_site_number" in table.c and table is not assignments:  # a distributor reads along, but not the users of others
                foreign = foreign & table.c.distributor_site_number.is_distinct_from(own)
            writing.connection.execute(delete(table).where(foreign))


@pytest.mark.parametrize("name", list(OWN))
@pytest.mark.parametrize("seed", range(times(3, 300)))
def test_a_viewer_is_told_the_same_when_everyone_elses_rows_are_gone(tmp_path: Path, name: str, seed: int) -> None:
    pick = random.Random(seed)
    world = worlds.make(seed, lines=80)
    full, alone = store_in(tmp_path / "full"), store_in(tmp_path / "alone")
    viewers = {}
    for store in (full, alone):
        viewers[store] = settle(store)[name]
        world.write(store)
    only_of(alone, OWN[name])
    for _ in range(4):
        filters, search = worlds.random_filters(pick, world), pick.choice(["", "7", "90", "a", "ac", "%", "S"])
        assert told(viewers[full], filters, search) == told(viewers[alone], filters, search), filters
    for store in (full, alone):
        replica.forget(store)
        store.dispose()


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
