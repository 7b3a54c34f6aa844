"""Who sees and writes what: Boreal and Cedro sell to one site, Aurora distributes to both. On both stores."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from cast import AURORA, BOREAL, CEDRO
from sqlalchemy import Column, Connection, FromClause, MetaData, Table, delete, func, insert, select, true, update

from pao_core.access import AccessDenied, Viewer, scope
from pao_core.access.people import users
from pao_core.access.rights import DATA_IMPORT, OPERATOR, granted
from pao_core.store.engine import Store
from pao_core.store.schema import (
    TENANT,
    agreements,
    contacts,
    memberships,
    metadata,
    orders,
    parts,
    prices,
    resellers,
    sites,
    stub_names,
)
from pao_core.store.schema import users as users_table

SHARED, STUB, ONLY_CEDROS = "501", "502", "503"
SELECTABLES = [name for name, verb in inspect.getmembers(Viewer, inspect.isfunction) if inspect.signature(verb).return_annotation == "FromClause"]


def order(reseller: str, number: str, site: str = SHARED, part: str = "D1AAALL", amount: int = 10_000) -> dict[str, Any]:
    return {
        "reseller_site_number": reseller, "order_number": number, "line_number": 1, "order_date": date(2026, 2, 1), "order_type": "purchase",
        "site_number": site, "country": "BR", "part_number": part, "quantity": 1, "unit_price": 100, "currency": "BRL", "amount": amount,
    }


def staged(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> Table:
    """A temporary table with these rows, in the columns that they name."""
    stage = Table(f"stage_{table.name}", MetaData(), *(Column(name, table.c[name].type) for name in rows[0]), prefixes=["TEMPORARY"],
                  postgresql_on_commit="DROP")
    stage.drop(connection, checkfirst=True)
    stage.create(connection)
    connection.execute(insert(stage), rows)
    return stage


def upsert(viewer: Viewer, table: Table, rows: list[dict[str, Any]]) -> None:
    with viewer.writing() as writing:
        writing.upsert(table, staged(writing.connection, table, rows), list(rows[0]))


def beyond_orders(reseller: str) -> dict[str, dict[str, Any]]:
    """A row of a reseller in each tenant table but orders and names of stubs."""
    here = {"reseller_site_number": reseller, "site_number": SHARED, "part_number": "D1AAALL"}
    of_subscription = {"reseller_site_number": reseller, "subscription_number": f"S{reseller}"}
    day = date(2026, 2, 1)
    return {
        "renewals": here | {"quote_number": f"Q{reseller}", "line_number": 1, "quantity": 1, "unit_price": 100, "currency": "BRL", "amount": 10_000,
                            "coverage_start": day, "due_date": day, "status": "open"},
        "entitlements": here | {"coverage_start": day, "quantity": 1},
        "subscriptions": here | of_subscription | {"entitled_quantity": 1},
        "usage": of_subscription | {"period_start": day, "period_end": day, "used_quantity": 1},
        "provisioning": of_subscription | {"element": "region"},
        "assignments": {"reseller_site_number": reseller, "site_number": SHARED, "account_manager": f"one@{reseller}.example"},
    }


@pytest.fixture
def world(operator: Viewer) -> Callable[[str], Viewer]:
    """Sites, parts and orders of all three; gives the viewer of a reseller's primary contact."""
    with operator.writing() as writing:
        def load(table: Table, *rows: dict[str, Any]) -> None:
            writing.connection.execute(insert(table).values([row | {"txn": writing.txn} for row in rows]))

        load(agreements, {"agreement_number": "A1", "customer_name": "Lumiara", "customer_name_folded": "lumiara", "stub": False})
        load(sites, *(
            {"site_number": number, "name": name, "name_folded": name.casefold(), "country": "BR", "stub": number == STUB, "agreement_number": of}
            for number, name, of in ((SHARED, "Lumiara Recife", "A1"), (STUB, STUB, None), (ONLY_CEDROS, "Escola Aurora", None))
        ))
        load(parts, *({"part_number": number, "description": number, "stub": number == "STUBPART"} for number in ("D1AAALL", "STUBPART")))
        load(stub_names, *(
            {"reseller_site_number": reseller, "kind": kind, "number": number, "name": name, "name_folded": name.casefold()}
            for reseller, kind, number, name in (
                (BOREAL, "site", STUB, "Boreal's name"), (CEDRO, "site", STUB, "Cedro's name"), (BOREAL, "part", "STUBPART", "Boreal's part"),
            )
        ))
        lines = [order(BOREAL, "S1"), order(BOREAL, "S2", STUB, "STUBPART"), order(CEDRO, "L1"), order(CEDRO, "L2", STUB, "STUBPART"),
                 order(CEDRO, "L3", ONLY_CEDROS), order(AURORA, "N1")]
        writing.upsert(orders, staged(writing.connection, orders, lines), list(lines[0]))
        for reseller in (BOREAL, CEDRO):
            for name, row in beyond_orders(reseller).items():
                writing.upsert(metadata.tables[name], staged(writing.connection, metadata.tables[name], [row]), list(row))
        load(contacts, *({"site_number": site, "email": f"one@{site}.example", "name": "One"} for site in (SHARED, ONLY_CEDROS)))
    for reseller, email in ((AURORA, "caio@aurora.example"), (BOREAL, "ana@boreal.example"), (CEDRO, "bia@cedro.example")):
        users.add(operator, email, email.split("@")[0].title(), reseller, "primary")
    return lambda reseller: viewer_of(operator.store, reseller)


def viewer_of(store: Store, reseller: str) -> Viewer:
    with store.reading() as connection:
        user_id = connection.scalar(select(memberships.c.user_id).where(memberships.c.reseller_site_number == reseller))
        assert user_id is not None
        found = Viewer.of_user(store, user_id, connection)
    assert found is not None
    return found


def rows(viewer: Viewer, selectable: FromClause) -> list[tuple[Any, ...]]:
    with viewer.store.reading() as connection:
        return sorted((tuple(row) for row in connection.execute(select(selectable))), key=repr)


def everything(store: Store) -> dict[str, list[Any]]:
    with store.reading() as connection:
        return {t.name: sorted(map(tuple, connection.execute(select(t))), key=repr) for t in metadata.sorted_tables if t.info.get("replicated")}


def numbers(viewer: Viewer) -> list[str]:
    seen = viewer.orders()
    with viewer.store.reading() as connection:
        return sorted(connection.scalars(select(seen.c.order_number)))


def test_the_selectables_under_test_are_all_there_are() -> None:
    assert {"orders", "customers", "resellers"} <= set(SELECTABLES)


@pytest.mark.parametrize("name", SELECTABLES)
def test_a_reseller_sees_only_its_own_rows(world: Callable[[str], Viewer], name: str) -> None:
    for reseller in (BOREAL, CEDRO):
        selectable = getattr(world(reseller), name)()
        key = "reseller_site_number" if "reseller_site_number" in selectable.c else "site_number"
        position = list(selectable.c.keys()).index(key)
        found = rows(world(reseller), selectable)
        own = {BOREAL: {SHARED}, CEDRO: {SHARED, ONLY_CEDROS}}[reseller] if name == "contacts" else {reseller}
        assert found and {row[position] for row in found} == own


@pytest.mark.parametrize("name", SELECTABLES)
def test_what_a_reseller_sees_does_not_depend_on_anyone_elses_rows(world: Callable[[str], Viewer], name: str) -> None:
    boreal = world(BOREAL)
    before = rows(boreal, getattr(boreal, name)())
    with boreal.store.writing("test") as writing:
        for table in TENANT:
            writing.connection.execute(delete(table).where(table.c.reseller_site_number != BOREAL))
    assert rows(boreal, getattr(boreal, name)()) == before


def test_a_distributor_reads_what_was_sold_through_it_and_writes_none_of_it(world: Callable[[str], Viewer]) -> None:
    aurora = world(AURORA)
    assert numbers(aurora) == ["L1", "L2", "L3", "N1", "S1", "S2"]
    before = everything(aurora.store)
    with pytest.raises(AccessDenied):
        upsert(aurora, orders, [order(BOREAL, "S1", amount=1)])
    with aurora.writing() as writing:
        assert writing.update(orders, orders.c.order_number == "S1", amount=1) == 0
        assert writing.delete(orders, orders.c.reseller_site_number == BOREAL) == 0
    assert everything(aurora.store) == before


def test_a_distributor_reads_every_kind_of_row_sold_through_it_but_not_the_users_of_others(world: Callable[[str], Viewer]) -> None:
    aurora = world(AURORA)
    for name in beyond_orders(BOREAL):
        selectable = getattr(aurora, name)()
        position = list(selectable.c.keys()).index("reseller_site_number")
        expected = set() if name == "assignments" else {BOREAL, CEDRO}
        assert {row[position] for row in rows(aurora, selectable)} == expected, name


def test_a_row_stays_with_the_distributor_it_was_sold_through(world: Callable[[str], Viewer], operator: Viewer) -> None:
    upsert(operator, resellers, [{"site_number": BOREAL, "name": "Boreal", "country": "BR", "tier": "reseller", "distributor_site_number": CEDRO}])
    upsert(world(BOREAL), orders, [order(BOREAL, "S3")])
    assert numbers(world(AURORA)) == ["L1", "L2", "L3", "N1", "S1", "S2"]
    assert numbers(world(CEDRO)) == ["L1", "L2", "L3", "S3"]


def test_names_given_to_stubs_stay_with_the_reseller_that_gave_them(world: Callable[[str], Viewer]) -> None:
    def names(reseller: str) -> set[tuple[str, str]]:
        seen = world(reseller).customers()
        with world(reseller).store.reading() as connection:
            found = connection.execute(select(seen.c.reseller_site_number, seen.c.site_name).where(seen.c.site_number == STUB))
            return {tuple(row) for row in found}

    assert names(BOREAL) == {(BOREAL, "Boreal's name")}
    assert names(CEDRO) == {(CEDRO, "Cedro's name")}
    assert names(AURORA) == {(BOREAL, STUB), (CEDRO, STUB)}  # the distributor reads the rows, not what others call them


def test_descriptions_given_to_stub_parts_stay_with_the_reseller_that_gave_them(world: Callable[[str], Viewer]) -> None:
    def described(reseller: str) -> set[str]:
        viewer = world(reseller)
        lines = viewer.orders()
        joined, columns = scope.with_parts(lines, lines, viewer.sites())
        with viewer.store.reading() as connection:
            found = select(columns["part_description"]).select_from(joined).where(lines.c.part_number == "STUBPART")
            return set(connection.scalars(found))

    assert (described(BOREAL), described(CEDRO), described(AURORA)) == ({"Boreal's part"}, {"STUBPART"}, {"STUBPART"})


def test_a_search_finds_a_stub_by_ones_own_name_for_it_alone(world: Callable[[str], Viewer]) -> None:
    def found(reseller: str, text: str) -> list[str]:
        viewer = world(reseller)
        lines = viewer.orders()
        named = scope.site_matches(lines, viewer.sites(), lambda site: [site["customer_folded"] == text])
        with viewer.store.reading() as connection:
            return sorted(connection.scalars(select(lines.c.order_number).where(named)))

    assert {who: found(who, "boreal's name") for who in (BOREAL, CEDRO, AURORA)} == {BOREAL: ["S2"], CEDRO: [], AURORA: []}
    assert {who: found(who, STUB) for who in (BOREAL, CEDRO, AURORA)} == {BOREAL: [], CEDRO: [], AURORA: ["L2", "S2"]}


def test_the_real_row_ends_a_stubs_names(world: Callable[[str], Viewer], operator: Viewer) -> None:
    upsert(operator, sites, [{"site_number": STUB, "name": "Porto Velho", "name_folded": "porto velho", "country": "BR"}])
    seen = world(BOREAL).customers()
    with operator.store.reading() as connection:
        assert connection.scalar(select(seen.c.site_name).where(seen.c.site_number == STUB)) == "Porto Velho"


def test_one_foreign_row_refuses_a_whole_upsert_before_anything_is_written(world: Callable[[str], Viewer]) -> None:
    boreal = world(BOREAL)
    before = everything(boreal.store)
    mixed = [order(BOREAL, "S1", amount=1), order(BOREAL, "S9"), order(CEDRO, "L1", amount=1)]
    with boreal.writing() as writing:  # committed although refused: nothing may have been written by then
        stage = staged(writing.connection, orders, mixed)
        for verb in (writing.upsert, writing.insert_missing):
            with pytest.raises(AccessDenied):
                verb(orders, stage, list(mixed[0]))
    assert everything(boreal.store) == before


def test_a_row_of_nobody_is_refused(world: Callable[[str], Viewer]) -> None:
    with pytest.raises(AccessDenied):
        upsert(world(BOREAL), orders, [order(BOREAL, "S9") | {"reseller_site_number": None}])


def test_an_update_or_delete_of_everything_touches_own_rows_only(world: Callable[[str], Viewer]) -> None:
    boreal = world(BOREAL)
    with boreal.writing() as writing:
        assert writing.update(orders, true(), po_number="X") == 2
        assert writing.delete(orders, true()) == 2
        assert writing.update(sites, true(), name="X") == writing.delete(sites, true()) == 0
    assert numbers(world(AURORA)) == ["L1", "L2", "L3", "N1"] and numbers(world(CEDRO)) == ["L1", "L2", "L3"]


@pytest.mark.parametrize("column", ["reseller_site_number", "distributor_site_number"])
def test_no_row_is_given_to_another_owner(world: Callable[[str], Viewer], column: str) -> None:
    boreal = world(BOREAL)
    before = everything(boreal.store)
    with pytest.raises(ValueError, match=column), boreal.writing() as writing:
        writing.update(orders, true(), **{column: CEDRO})
    with pytest.raises((ValueError, AccessDenied)):
        upsert(boreal, orders, [order(BOREAL, "S1") | {column: CEDRO}])
    assert everything(boreal.store) == before


SHARED_ROWS = [
    (sites, {"site_number": "999", "name": "X", "name_folded": "x", "country": "BR"}),
    (resellers, {"site_number": "1009", "name": "X", "country": "BR"}),
    (prices, {"part_number": "D1AAALL", "country": "BR", "currency": "BRL", "price_level": "BL",
              "effective_from": date(2026, 1, 1), "unit_price": 1}),
]


@pytest.mark.parametrize(("table", "row"), SHARED_ROWS, ids=lambda value: getattr(value, "name", ""))
def test_shared_tables_are_the_operators(world: Callable[[str], Viewer], table: Table, row: dict[str, Any]) -> None:
    boreal = world(BOREAL)
    with pytest.raises(AccessDenied):
        upsert(boreal, table, [row])
    for fixed in ({}, {"stub": True}) if table is resellers else ({},):
        with pytest.raises(AccessDenied), boreal.writing() as writing:
            writing.insert_missing(table, staged(writing.connection, table, [row]), list(row), **fixed)


def test_a_users_file_may_name_a_site_that_nobody_has_loaded(world: Callable[[str], Viewer]) -> None:
    row = SHARED_ROWS[0][1]
    with world(BOREAL).writing() as writing:
        assert writing.insert_missing(sites, staged(writing.connection, sites, [row]), list(row), stub=True) == 1


@pytest.mark.parametrize("privileges", [{}, {"reporting": "view"}, {"data": "none"}, {"data": ["import"]}, {"data": "IMPORT"}])
def test_a_right_taken_away_since_the_page_was_drawn_is_gone_when_it_is_used(world: Callable[[str], Viewer], privileges: Any) -> None:
    boreal = world(BOREAL)
    with boreal.store.writing("test") as writing:
        writing.connection.execute(update(memberships).where(memberships.c.user_id == boreal.user_id).values(privileges=privileges))
    before = everything(boreal.store)
    site = SHARED_ROWS[0][1]
    with pytest.raises(AccessDenied):
        upsert(boreal, orders, [order(BOREAL, "S9")])
    with pytest.raises(AccessDenied), boreal.writing() as writing:
        writing.insert_missing(sites, staged(writing.connection, sites, [site]), list(site), stub=True)
    with boreal.writing() as writing:
        assert writing.update(orders, true(), po_number="X") == writing.delete(orders, true()) == 0
    assert everything(boreal.store) == before


def test_who_is_suspended_since_the_page_was_drawn_writes_nothing(world: Callable[[str], Viewer]) -> None:
    boreal = world(BOREAL)
    with boreal.store.writing("test") as writing:
        writing.connection.execute(update(users_table).where(users_table.c.id == boreal.user_id).values(status="suspended"))
    with pytest.raises(AccessDenied), boreal.writing():
        pass


def test_an_operator_without_a_site_sees_no_tenant_row(world: Callable[[str], Viewer], operator: Viewer) -> None:
    users.add(operator, "op@desk.example", "Op", None, "operator")
    with operator.store.reading() as connection:
        user_id = connection.scalar(select(users_table.c.id).where(users_table.c.operator))
        assert user_id is not None
        viewer = Viewer.of_user(operator.store, user_id, connection)
    assert viewer is not None and viewer.may(OPERATOR) and not viewer.may(DATA_IMPORT)
    assert all(rows(viewer, getattr(viewer, name)()) == [] for name in SELECTABLES)
    with pytest.raises(AccessDenied):
        upsert(viewer, orders, [order(BOREAL, "S9")])


def test_without_the_reporting_right_there_are_no_rows(world: Callable[[str], Viewer]) -> None:
    boreal = world(BOREAL)
    with boreal.store.writing("test") as writing:
        writing.connection.execute(update(memberships).where(memberships.c.user_id == boreal.user_id).values(privileges={"data": "import"}))
    assert all(rows(boreal, getattr(world(BOREAL), name)()) == [] for name in SELECTABLES)


def test_unknown_words_among_the_privileges_give_no_right() -> None:
    assert granted({"reporting": "everything", "admin": "view", "data": "import"}) == {"data.import"}


def test_a_count_of_what_is_visible_is_the_count_of_the_rows(world: Callable[[str], Viewer]) -> None:
    boreal = world(BOREAL)
    with boreal.store.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(boreal.orders())) == 2
