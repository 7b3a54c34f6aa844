"""What the customer page tells equals an independent computation, on every engine, and is the same when everyone else's rows are gone."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import customer_in_python as plain
import pytest
import world as worlds
from cast import AURORA, BOREAL, CEDRO, settle, store_in, times
from customer_in_python import OWN, TODAYS
from sqlalchemy import insert
from test_explain import check as check_explanation
from world import only_of

from pao_core import replica, report
from pao_core.access import AccessDenied, Viewer
from pao_core.customers import briefing, contacts, customer, dealings, inventory, points, renewal_history, sites, subscriptions
from pao_core.filters import Filters
from pao_core.locale import use
from pao_core.store.engine import Store
from pao_core.store.schema import agreements, entitlements, parts, resellers
from pao_core.store.schema import sites as sites_table

TODAY = TODAYS[0]
LISTED = (inventory, renewal_history, subscriptions, contacts, sites)


def a_customer(pick: random.Random, world: worlds.World, own: str) -> tuple[str | None, str | None]:
    """An agreement, a site, or one site of an agreement, with rows that the reseller sees."""
    site = pick.choice(sorted(number for _reseller, number in worlds.links(world, own)))
    agreement = world.sites[site]["agreement_number"]
    return pick.choice([(agreement, None), (agreement, site)]) if agreement else (None, site)


def check(world: worlds.World, people: dict[str, Viewer], rounds: int, seed: int) -> None:
    pick = random.Random(seed)
    for _ in range(rounds):
        name, today = pick.choice(("carla", "ana")), pick.choice(TODAYS)
        own = OWN[name]
        agreement, site = a_customer(pick, world, own)
        found = customer.find(people[name], agreement, site)
        filters = found.filters.but(in_currency=pick.choice([None, None, "EUR", "BRL"]))
        at = plain.sites_of(world, own, agreement, site) if not (agreement and site) else {site}
        told = f"{name} {agreement} {site} {today} {filters.in_currency}"
        check_identity(world, found, own, agreement, site)
        check_inventory(world, people[name], filters, plain.at(world.entitlements, own, at), today, told)
        check_dealings(world, people[name], filters, own, at, today, told)
        check_subscriptions(world, people[name], filters, own, at, today, told)
        check_people(world, people[name], filters, own, at, today)


def check_identity(world: worlds.World, found: customer.Customer, own: str, agreement: str | None, site: str | None) -> None:
    of = world.agreements.get(agreement or "", {})
    assert {one.number for one in found.sites} == plain.sites_of(world, own, agreement, site)
    assert {one.number: one.account_manager for one in found.sites} == {
        one.number: next((row["account_manager"] for row in world.assignments
                          if (row["reseller_site_number"], row["site_number"]) == (own, one.number)), None) for one in found.sites}
    assert (found.agreement and found.agreement.number) == agreement
    assert found.agreement is None or (found.agreement.price_level, found.agreement.program) == (of["price_level"], of["program"])
    assert (found.only and found.only.number) == (site if agreement else None)
    seller = next(reseller for reseller in sorted((pair[0] for pair in worlds.links(world, own) if pair[1] == found.sites[0].number),
                                                  key=lambda reseller: (reseller != own, reseller)))
    assert found.name == worlds.customer_of(world, found.sites[0].number, seller, own)[1]


def check_inventory(world: worlds.World, viewer: Viewer, filters: Filters, rows: list[plain.Row], today: date, told: str) -> None:
    held = inventory.coverage(viewer, filters, today)
    expected = plain.products(world, rows, today)
    assert {one.product: (one.entitled, one.covered, one.deployed, one.covered_until) for one in held.products} == expected, told
    assert {one.product_name for one in held.products} == {world.parts[product]["description"] for product in expected}
    entitled = sum((of[0] for of in expected.values()), Decimal(0))
    a_year_before = plain.products(world, rows, plain.years_before(today, 1)).values()
    assert held.share_before == (sum((of[1] for of in a_year_before), Decimal(0)) / sum((of[0] for of in a_year_before), Decimal(0))
                                 if a_year_before else None), told
    assert held.share == (sum((of[1] for of in expected.values()), Decimal(0)) / entitled if entitled else None)
    assert {one.product for one in held.lapsed} == {product for product, of in expected.items() if of[1] == 0}
    assert {one.product for one in held.over_deployed} == {product for product, of in expected.items() if of[2] is not None and of[2] > of[0]}
    listed = report.run(inventory, viewer, filters, today=today, form="detail", totals=False)
    assert {_key(inventory, row): (row["entitlement_state"], row["product"], row["deployed_share"]) for row in listed.rows} == {
        _key(inventory, row): (
            plain.state(world, row, rows, today), plain.product_of(world, row["part_number"]),
            None if row["deployed_quantity"] is None else plain.share(row["deployed_quantity"], row["quantity"])) for row in rows}, told
    for product in list(expected)[:2]:
        (one,) = (one for one in held.products if one.product == product)
        spells = one.spells
        assert all(before.end is not None and before.end < after.start for before, after in pairwise(spells)), told
        edges = {day for row in rows for day in (row["coverage_start"], row["coverage_end"] or today)}
        for day in {edge + timedelta(days) for edge in edges for days in (-1, 0, 1)}:
            inside = any(spell.start <= day and (spell.end is None or day <= spell.end) for spell in spells)
            assert inside == plain.covered_on(world, rows, product, day, today), (told, product, day)
        behind = inventory.of_product(viewer, filters, product, today)
        assert len(behind) == len([row for row in rows if plain.product_of(world, row["part_number"]) == product])
        assert sum(row["quantity"] for row in behind if row["entitlement_state"] == "active") == one.covered


def _key(of: ModuleType, row: plain.Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in of.KEYS)


def check_dealings(world: worlds.World, viewer: Viewer, filters: Filters, own: str, at: set[str], today: date, told: str) -> None:
    lines = [worlds.reported(world, line, "order_date", filters.in_currency, today) for line in plain.at(world.orders, own, at)]
    renewals = [worlds.reported(world, line, "due_date", filters.in_currency, today) for line in plain.at(world.renewals, own, at)]
    found = dealings.dealings(viewer, filters, today)
    assert {of.currency: (of.lines, of.amount, of.before) for of in found.ordered} == plain.ordered(lines, today), told
    assert {of.currency: (of.lines, of.amount, of.lines_overdue, of.amount_overdue) for of in found.due} == plain.due(renewals, today), told
    assert found.orders == len({(line["reseller_site_number"], line["order_number"]) for line in lines})
    recent = [line for line in lines if plain.years_before(today, 1) < line["order_date"] <= today]
    assert found.points == sum((line["quantity"] * (world.parts[line["part_number"]]["points"] or 0) for line in recent), Decimal(0)), told
    open_lines = [line for line in renewals if line["status"] == "open"]
    quotes = found.quotes
    assert [quote.due_date for quote in quotes] == sorted(quote.due_date for quote in quotes)
    assert sum(quote.lines for quote in quotes) == len(open_lines)
    known = briefing.brief(viewer, customer.find(viewer, next(iter(filters.agreement), None), next(iter(filters.site), None)), filters, found,
                           inventory.coverage(viewer, filters, today), {"suspended": 2}, today)
    assert (known.suspended, known.awaiting_form) == (2, 0)
    assert {quote.number for quote in known.overdue} == {line["quote_number"] for line in open_lines if line["due_date"] < today}
    assert {quote.number for quote in known.expired} == {
        line["quote_number"] for line in open_lines if line["quote_expires"] and line["quote_expires"] < today}
    ahead = sorted(line["due_date"] for line in open_lines if line["due_date"] >= today)
    assert {quote.due_date for quote in known.next_due} == set(ahead[:1])
    assert sum(quote.lines for quote in known.next_due) == ahead.count(ahead[0]) if ahead else not known.next_due
    settled = report.run(renewal_history, viewer, filters, today=today, form="detail", totals=False)
    assert {_key(renewal_history, row): (row["status"], row["amount"], row["currency"]) for row in settled.rows} == {
        _key(renewal_history, row): (row["status"], row["amount"], row["currency"]) for row in plain.at(world.renewals, own, at)
        if row["status"] != "open"}, told
    happened = ([(line["order_date"], "ordered") for line in lines] + [(line["renewed_on"], "renewed") for line in renewals
                if line["status"] == "renewed"] + [(line["due_date"], "lapsed") for line in renewals if line["status"] == "lapsed"])
    newest = sorted({day for day, _kind in happened if day <= today}, reverse=True)
    events = found.latest
    assert [event.on for event in events] == sorted((event.on for event in events), reverse=True)
    assert {(event.on, event.kind) for event in events} <= {(day, kind) for day, kind in happened if day <= today}
    assert not newest or events[0].on == newest[0]


def check_subscriptions(world: worlds.World, viewer: Viewer, filters: Filters, own: str, at: set[str], today: date, told: str) -> None:
    rows = {row["subscription_number"]: row for row in plain.at(world.subscriptions, own, at)}
    listed = report.run(subscriptions, viewer, filters, today=today, form="detail", totals=False)
    assert subscriptions.counted(viewer, filters) == Counter(row["fulfillment_status"] or "" for row in rows.values())
    expected = {}
    for number, row in rows.items():
        begun = sorted((use for use in worlds.seen(world.usage, own) if use["subscription_number"] == number and use["period_start"] <= today),
                       key=lambda use: use["period_start"])
        recent = [use["overage_quantity"] or Decimal(0) for use in begun if use["period_start"] > plain.years_before(today, 1)]
        used = begun[-1]["used_quantity"] if begun else None
        expected[number] = (used, None if used is None else plain.share(used, row["entitled_quantity"]),
                            sum(recent, Decimal(0)) if begun else None, row["fulfillment_status"])
    assert {row["subscription_number"]: (row["used_quantity"], row["used_share"], row["overage_12_months"], row["fulfillment_status"])
            for row in listed.rows} == expected, told


def check_people(world: worlds.World, viewer: Viewer, filters: Filters, own: str, at: set[str], today: date) -> None:
    listed = report.run(contacts, viewer, filters, today=today, form="detail", totals=False).rows
    assert sorted((row["site_number"], row["email"]) for row in listed) == sorted(
        (row["site_number"], row["email"]) for row in world.contacts if row["site_number"] in at)
    in_order = [row["role"] for row in contacts.listed(viewer, filters)]
    assert in_order == sorted(in_order) and len(in_order) == len(listed)  # primary before renewal
    there = report.run(sites, viewer, filters, today=today, form="detail", totals=False).rows
    assert {(row["reseller_site_number"], row["site_number"]) for row in there} == {pair for pair in worlds.links(world, own) if pair[1] in at}


def check_explained(world: worlds.World, people: dict[str, Viewer], rounds: int, seed: int) -> None:
    """Coverage and points on screen, their explanations, and the same in plain Python."""
    pick, made = random.Random(seed), Counter[str]()
    for _ in range(rounds):
        name, today = pick.choice(("carla", "ana")), pick.choice(TODAYS)
        agreement, site = a_customer(pick, world, OWN[name])
        filters = customer.find(people[name], agreement, site).filters
        at = {site} if site else plain.sites_of(world, OWN[name], agreement, site)
        expected = plain.products(world, plain.at(world.entitlements, OWN[name], at), today).values()
        entitled, covered = (sum((of[place] for of in expected), Decimal(0)) for place in (0, 1))
        held = check_explanation(inventory, people[name], filters, today)
        assert {one.measure.name: one.of_rows for one in held.totals} == ({"counts_entitled": entitled, "covered": covered} if entitled else {})
        assert inventory.coverage(people[name], filters, today).share == (covered / entitled if entitled else None)
        since = plain.years_before(today, 1) + timedelta(1)
        counted = sum((line["quantity"] * (world.parts[line["part_number"]]["points"] or 0) for line in plain.at(world.orders, OWN[name], at)
                       if since <= line["order_date"] <= today), Decimal(0))
        one = check_explanation(points, people[name], filters.within(since, today), today).total("points", None)
        assert dealings.dealings(people[name], filters, today).points == counted == (one.amount if one else 0)
        made.update(share=bool(entitled), some=0 < covered < entitled, points=bool(one))
    assert min(made.values()) > 0, made


def test_coverage_and_points_explain_themselves(sqlite_store: Store) -> None:
    people, world = settle(sqlite_store), plain.make(7, lines=300)
    world.write(sqlite_store)
    check_explained(world, people, times(4, 300), seed=33)


def test_it_equals_plain_python_read_through_duckdb(store: Store) -> None:
    people, world = settle(store), plain.make(5)
    world.write(store)
    check(world, people, times(25, 1_500), seed=35 if store.on_postgresql else 31)


def test_it_equals_plain_python_read_on_postgresql(direct_store: Store) -> None:
    people, world = settle(direct_store), plain.make(6)
    world.write(direct_store)
    check(world, people, times(20, 700), seed=32)
    check_explained(world, people, times(3, 100), seed=34)


# -- nothing of others ------------------------------------------------------------------------------------------------
def everything(viewer: Viewer, agreement: str | None, site: str | None) -> Any:
    """All that the page can tell this viewer of a customer, or the refusal."""
    try:
        found = customer.find(viewer, agreement, site)
    except customer.UnknownCustomer as problem:
        return str(problem), problem.nearest
    filters = found.filters
    held = inventory.coverage(viewer, filters, TODAY)
    listed = [report.run(of, viewer, filters, today=TODAY, form="detail", totals=False).rows for of in LISTED]
    used = [(subscriptions.periods(viewer, filters, *key), subscriptions.form(viewer, filters, *key)) for key in (
        (row["reseller_site_number"], row["subscription_number"]) for row in listed[2])]
    done = dealings.dealings(viewer, filters, TODAY)
    return found, held, done, briefing.brief(viewer, found, filters, done, held, subscriptions.counted(viewer, filters), TODAY), listed, used


@pytest.mark.parametrize("name", list(OWN))
@pytest.mark.parametrize("seed", range(times(2, 100)))
def test_the_page_tells_the_same_when_everyone_elses_rows_are_gone(tmp_path: Path, name: str, seed: int) -> None:
    world = plain.make(seed, lines=80)
    full, alone = store_in(tmp_path / "full"), store_in(tmp_path / "alone")
    viewers = {}
    for store in (full, alone):
        viewers[store] = settle(store)[name]
        world.write(store)
    only_of(alone, OWN[name])
    asked = [*((number, None) for number in world.agreements), *((None, number) for number in world.sites)]
    for agreement, site in random.Random(seed).sample(asked, times(7, len(asked))):
        assert everything(viewers[full], agreement, site) == everything(viewers[alone], agreement, site), (agreement, site)
    assert customer.search(viewers[full], "a") == customer.search(viewers[alone], "a")
    assert customer.largest(viewers[full], TODAY) == customer.largest(viewers[alone], TODAY)
    for store in (full, alone):
        replica.forget(store)
        store.dispose()


def test_of_a_customer_that_two_resellers_sell_to_each_sees_its_own_lines_and_people(store: Store) -> None:
    people, world = settle(store), plain.make(3)
    world.write(store)
    shared = next(site for site in world.sites if {(BOREAL, site), (CEDRO, site)} <= worlds.links(world, BOREAL) | worlds.links(world, CEDRO))
    for name in ("ana", "bob"):
        told = everything(people[name], None, shared)
        listed = [row for rows in told[4] for row in rows if "reseller_site_number" in row]
        assert {row["reseller_site_number"] for row in listed} == {OWN[name]}
    managers = {row["account_manager"] for row in world.assignments if row["reseller_site_number"] != AURORA}
    for number in {site for _reseller, site in worlds.links(world, AURORA)}:
        found = customer.find(people["carla"], None, number)
        assert managers.isdisjoint(found.looked_after_by)  # a distributor reads the rows sold through it, not who looks after them


def test_a_customer_of_others_is_as_unknown_as_none_at_all(store: Store) -> None:
    people, world = settle(store), plain.make(3, lines=60)
    world.write(store)
    seen = {site for _reseller, site in worlds.links(world, CEDRO)}
    foreign = next(site for site in world.sites if site not in seen)
    told = []
    for number in (foreign, "7999"):
        with pytest.raises(customer.UnknownCustomer) as refused:
            customer.find(people["bob"], None, number)
        told.append(str(refused.value).replace(number, "X").split("Nearest")[0])
        assert set(refused.value.nearest) <= seen
    assert told[0] == told[1] == "There is no customer X among those whose rows you see. "
    with pytest.raises(customer.UnknownCustomer, match=foreign):
        customer.find(people["bob"], "9000", foreign)


def test_nobody_without_the_right_is_told_anything(sqlite_store: Store) -> None:
    people, world = settle(sqlite_store), plain.make(3, lines=30)
    world.write(sqlite_store)
    dora, filters = people["dora"], Filters(site=("7100",))
    asked = (
        lambda: customer.find(dora, None, "7100"), lambda: customer.largest(dora, TODAY), lambda: customer.search(dora, "7"),
        lambda: inventory.coverage(dora, filters, TODAY), lambda: inventory.of_product(dora, filters, "D0000LL", TODAY),
        lambda: dealings.dealings(dora, filters, TODAY),
        lambda: contacts.listed(dora, filters), lambda: subscriptions.counted(dora, filters),
        lambda: subscriptions.periods(dora, filters, BOREAL, "S1"),
        lambda: subscriptions.form(dora, filters, BOREAL, "S1"), *(
            lambda of=of: report.run(of, dora, filters, today=TODAY, form="detail", totals=False) for of in LISTED))
    for ask in asked:
        with pytest.raises(AccessDenied):
            ask()


def test_the_use_of_a_subscription_is_told_with_its_own_customer_alone(store: Store) -> None:
    people, world = settle(store), plain.make(3)
    world.write(store)
    row = next(row for row in world.subscriptions if row["reseller_site_number"] == BOREAL)
    key = (row["reseller_site_number"], row["subscription_number"])
    assert len(subscriptions.periods(people["ana"], Filters(site=(row["site_number"],)), *key)) == 1
    other = next(site for site in world.sites if site != row["site_number"])
    assert subscriptions.periods(people["ana"], Filters(site=(other,)), *key) == []
    assert subscriptions.periods(people["bob"], Filters(site=(row["site_number"],)), *key) == []


def test_a_customer_is_called_what_the_viewers_own_file_called_it(sqlite_store: Store) -> None:
    people, world = settle(sqlite_store), plain.make(3, lines=30)
    with sqlite_store.writing("test") as writing:  # a reseller whose number comes before the distributor's own
        writing.connection.execute(insert(resellers).values(site_number="6000001", name="Delta", country="BR", tier="reseller", stub=False,
                                                            distributor_site_number=AURORA, txn=writing.txn))
    world.sites["7199"] = world.sites["7100"] | {"site_number": "7199", "name": "7199", "name_folded": "7199", "stub": True, "agreement_number": None}
    line = world.orders[0] | {"site_number": "7199", "distributor_site_number": AURORA}
    world.orders = [line | {"reseller_site_number": reseller, "order_number": f"N{reseller}"} for reseller in ("6000001", AURORA)]
    world.names[AURORA, "7199"] = "Nosso Nome"
    world.write(sqlite_store)
    assert customer.find(people["carla"], None, "7199").name == "Nosso Nome"


def test_colleagues_are_the_people_of_the_viewers_own_sites(sqlite_store: Store) -> None:
    people = settle(sqlite_store)
    assert people["ana"].colleagues() == {"ana@boreal.example": "Ana"}
    assert people["carla"].colleagues() == {"carla@aurora.example": "Carla"}  # not those of the resellers that it supplies
    assert people["dora"].colleagues() == {}


# -- the rules, one by one --------------------------------------------------------------------------------------------
LICENCE, RENEWAL, TERM = "D1", "E1", "D2"


def held(store: Store, viewer: Viewer, *rows: tuple[Any, ...], today: date = TODAY) -> inventory.Coverage:
    """The coverage of one site with these entitlements: part, first and last day, quantity, deployed."""
    site = {"name": "Lumiara", "name_folded": "lumiara", "country": "BR", "agreement_number": "A1", "stub": False}
    described = {LICENCE: "Data Platform, VPC License + S&S", RENEWAL: "Data Platform, VPC S&S Renewal", TERM: "Fixed Term License"}
    types = {LICENCE: "license", RENEWAL: "renewal", TERM: "fixed_term"}
    with store.writing("test") as writing:
        of = {"txn": writing.txn}
        writing.connection.execute(insert(agreements).values(agreement_number="A1", customer_name="Lumiara", customer_name_folded="lumiara",
                                                             stub=False, **of))
        writing.connection.execute(insert(sites_table), [site | {"site_number": number} | of for number in ("1", "2")])
        writing.connection.execute(insert(parts), [
            {"part_number": number, "description": text, "part_type": types[number], "license_part": LICENCE if number == RENEWAL else None,
             "renewal_part": RENEWAL if number == LICENCE else None, "stub": False} | of for number, text in described.items()])
        writing.connection.execute(insert(entitlements), [
            {"reseller_site_number": BOREAL, "site_number": "1", "part_number": part, "coverage_start": start, "coverage_end": end,
             "quantity": Decimal(quantity), "deployed_quantity": deployed, "kind": "renewed" if part == RENEWAL else "purchased"} | of
            for part, start, end, quantity, deployed in rows])
    return inventory.coverage(viewer, Filters(agreement=("A1",)), today)


@pytest.fixture
def ana(sqlite_store: Store) -> Viewer:
    return settle(sqlite_store)["ana"]


def figures(of: inventory.Coverage) -> list[tuple[Any, ...]]:
    return [(product.entitled, product.covered, product.coverage_state, product.covered_until) for product in of.products]


def test_coverage_includes_its_first_and_its_last_day(sqlite_store: Store, ana: Viewer) -> None:
    end = date(2026, 2, 28)
    of = held(sqlite_store, ana, (LICENCE, date(2025, 3, 1), end, 100, None), today=date(2025, 3, 1))
    assert figures(of) == [(100, 100, "covered", end)]
    for today, state in ((end, "covered"), (end + timedelta(1), "lapsed")):
        (product,) = inventory.coverage(ana, Filters(agreement=("A1",)), today).products
        assert (product.coverage_state, product.covered_until) == (state, end)
    assert inventory.coverage(ana, Filters(agreement=("A1",)), date(2025, 2, 28)).products == ()


def test_a_renewal_stands_in_place_of_what_it_renews_and_what_was_not_renewed_has_no_support(sqlite_store: Store, ana: Viewer) -> None:
    of = held(sqlite_store, ana, (LICENCE, date(2024, 12, 1), date(2025, 11, 30), 100, 90), (RENEWAL, date(2025, 12, 1), date(2026, 11, 30), 80, 95))
    assert figures(of) == [(100, 80, "partial", date(2026, 11, 30))]
    (product,) = of.products
    assert (product.name, product.deployed, product.over_deployed) == ("Data Platform, VPC", 95, False)
    assert of.share == Decimal("0.8")
    told = report.run(inventory, ana, Filters(agreement=("A1",)), today=TODAY, form="detail")
    assert [(row["counts_entitled"], row["covered"]) for row in sorted(told.rows, key=lambda row: row["coverage_start"])] == [(100, None), (None, 80)]
    assert told.totals == [{"covered": 80, "counts_entitled": 100}]


def test_a_renewal_that_begins_on_the_last_day_of_coverage_is_its_renewal(sqlite_store: Store, ana: Viewer) -> None:
    of = held(sqlite_store, ana, (LICENCE, date(2025, 11, 24), TODAY, 10, None), (RENEWAL, TODAY, date(2027, 11, 24), 10, None))
    assert figures(of) == [(10, 10, "covered", date(2027, 11, 24))]


def test_what_was_bought_beside_runs_beside_and_is_not_replaced(sqlite_store: Store, ana: Viewer) -> None:
    of = held(sqlite_store, ana, (LICENCE, date(2024, 12, 1), date(2025, 11, 30), 100, None),
              (LICENCE, date(2026, 3, 1), date(2027, 2, 28), 50, None), (RENEWAL, date(2025, 12, 1), date(2026, 11, 30), 100, None))
    assert figures(of) == [(150, 150, "covered", date(2026, 11, 30))]


def test_coverage_without_an_end_lasts_until_a_renewal_begins(sqlite_store: Store, ana: Viewer) -> None:
    of = held(sqlite_store, ana, (LICENCE, date(2020, 1, 1), None, 10, None), (RENEWAL, date(2026, 12, 1), date(2027, 11, 30), 8, None))
    assert figures(of) == [(10, 10, "covered", None)]
    assert of.products[0].spells == (inventory.Spell(date(2020, 1, 1), None),)
    later = inventory.coverage(ana, Filters(agreement=("A1",)), date(2026, 12, 1))
    assert figures(later) == [(10, 8, "partial", date(2027, 11, 30))]
    assert later.products[0].spells == (inventory.Spell(date(2020, 1, 1), date(2026, 11, 30)), inventory.Spell(date(2026, 12, 1), date(2027, 11, 30)))


def test_a_term_licence_that_is_over_is_no_entitlement_but_a_perpetual_one_is(sqlite_store: Store, ana: Viewer) -> None:
    of = held(sqlite_store, ana, (TERM, date(2025, 1, 1), date(2025, 12, 31), 5, None), (LICENCE, date(2024, 1, 1), date(2024, 12, 31), 7, 9))
    assert figures(of) == [(7, 0, "lapsed", date(2024, 12, 31))]
    assert [product.product for product in of.over_deployed] == [LICENCE]


def test_the_next_level_is_told_where_points_earn_one() -> None:
    def of(level: str | None, program: str | None = "PA") -> customer.Agreement:
        return customer.Agreement("A1", program, level, None, None, None, date(2024, 2, 29))

    assert of("E").next_level(Decimal("1840.5")) == ("F", Decimal("659.5"))
    assert of("BL").next_level(Decimal(700)) == ("D", Decimal(0))
    assert [of(level).next_level(Decimal(1)) for level in ("H", "ED", "GV", "SRP", None)] == [None] * 5
    assert of("D", "PAX").next_level(Decimal(1)) is None
    assert of("D").next_anniversary(date(2026, 3, 1)) == date(2027, 2, 28)


def test_products_are_told_in_the_readers_language(sqlite_store: Store, ana: Viewer) -> None:
    held(sqlite_store, ana, (RENEWAL, date(2026, 1, 1), None, 5, None))
    with sqlite_store.writing("test") as writing:
        writing.connection.execute(parts.update().where(parts.c.part_number == LICENCE).values(description_pt="Plataforma de dados, VPC, licença",
                                                                                           txn=writing.txn))
        writing.connection.execute(parts.update().where(parts.c.part_number == RENEWAL).values(description_pt="Plataforma de dados, VPC, renovação",
                                                                                           txn=writing.txn))
    with use("pt_BR"):
        (product,) = inventory.coverage(ana, Filters(agreement=("A1",)), TODAY).products
        assert product.name == "Plataforma de dados, VPC"
