"""Since the last visit: what is told equals a comparison of the rows before and after in plain Python, and is the viewer's own."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import world as worlds
from cast import AURORA, BOREAL, CEDRO, settle, times
from files import load, order, orders
from sqlalchemy import insert, update

from pao_core import locale, report
from pao_core.access import Viewer, changes
from pao_core.access.visits import Look
from pao_core.filters import Filters
from pao_core.home import news, told
from pao_core.importing import batches
from pao_core.orders import order_history
from pao_core.renewals import renewals
from pao_core.store import schema
from pao_core.store.engine import Store

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
OWN = {"carla": AURORA, "ana": BOREAL, "bob": CEDRO}
NUMBERS = {"orders": "order_number", "renewals": "quote_number"}
ALL = Filters()
Rows = dict[tuple[Any, ...], dict[str, Any]]
Pairs = list[tuple[dict[str, Any] | None, dict[str, Any]]]


def now_seen(store: Store) -> Look:
    """A look at all that the store has by now."""
    return Look(NOW, store.change_number())


def keyed(world: worlds.World, table: str) -> Rows:
    return {(row["reseller_site_number"], row[NUMBERS[table]], row["line_number"]): row for row in getattr(world, table)}


def put(store: Store, table: str, before: Rows, after: Rows) -> None:
    """Write what differs, each line in a transaction with some others."""
    rows = schema.metadata.tables[table]
    for part in (0, 1):
        with store.writing("test") as writing:
            for at, (key, row) in enumerate(after.items()):
                if at % 2 != part or row is before.get(key):
                    continue
                stored = row | {"amount": int(row["amount"].scaleb(worlds.DECIMALS[row["currency"]])), "txn": writing.txn}
                if key in before:
                    mine = (rows.c.reseller_site_number == key[0], rows.c[NUMBERS[table]] == key[1], rows.c.line_number == key[2])
                    writing.connection.execute(update(rows).where(*mine).values(stored))
                else:
                    writing.connection.execute(insert(rows).values(stored))


def altered(pick: random.Random, table: str, before: Rows) -> Rows:
    """The lines with some of them rewritten (not all of those to other values) and new ones among them."""
    after = dict(before)
    newest = [key for key in before if key[2] >= 9_000][:5]
    for key in dict.fromkeys([*pick.sample(list(before), 40), *newest]):
        row = dict(before[key])
        if table == "renewals":
            others = {"unit_price": row["unit_price"] + 1, "due_date": row["due_date"] + timedelta(days=3), "quantity": row["quantity"] * 2,
                      "status": pick.choice(["renewed", "lapsed", "cancelled", "open"])}
            row |= {name: value for name, value in others.items() if pick.random() < 0.3}
            row["amount"] += pick.choice([0, 5])
        after[key] = row
    for at in range(15):
        row = dict(pick.choice(list(before.values())), line_number=9_000 + at)
        after[row["reseller_site_number"], row[NUMBERS[table]], row["line_number"]] = row
    return after


# -- the same, in plain Python ----------------------------------------------------------------------------------------
def expected(world: worlds.World, own: str, filters: Filters, before: dict[str, Rows], after: dict[str, Rows]) -> dict[str, Pairs]:
    """The lines that are news, as they were (None: not there) and are, by kind."""
    def sees(row: dict[str, Any]) -> bool:
        return own in (row["reseller_site_number"], row["distributor_site_number"])

    def mine(table: str) -> Pairs:
        old = {key: row for key, row in before[table].items() if sees(row)}  # what was another's before is new to who sees it now
        return [(old.get(key), row) for key, row in after[table].items() if row is not before[table].get(key) and sees(row)
                and worlds.looked_after(world, filters, row["site_number"], row["reseller_site_number"], own)]

    kinds: dict[str, Pairs] = defaultdict(list)
    kinds["orders"] = [(was, now) for was, now in mine("orders") if was is None]
    for was, now in mine("renewals"):
        if was is None:
            kinds["renewals"] += [(was, now)] * (now["status"] == "open")
        elif now["status"] != "open":
            kinds["renewed" if now["status"] == "renewed" else "closed"] += [(was, now)] * (was["status"] != now["status"])
        else:
            for kind, name in (("repriced", "unit_price"), ("moved", "due_date"), ("resized", "quantity")):
                kinds[kind] += [(was, now)] * (was[name] != now[name])
    return {kind: lines for kind, lines in kinds.items() if lines}


def tallied(world: worlds.World, own: str, kind: str, lines: Pairs) -> dict[str, Any]:
    """What is told of them: lines, groups, amounts, the one customer, and what the value of repriced lines changed by."""
    number = NUMBERS["orders" if kind == "orders" else "renewals"]
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    for _was, now in lines:
        amounts[now["currency"]] += now["amount"]
    counted = Counter(now["currency"] for _was, now in lines)
    customers = {worlds.customer_of(world, now["site_number"], now["reseller_site_number"], own)[0] for _was, now in lines}
    return {
        "lines": len(lines), "groups": len({(now["reseller_site_number"], now[number]) for _was, now in lines}),
        "amounts": tuple((currency, amounts[currency]) for currency in sorted(counted, key=lambda one: (-counted[one], one))),
        "customer": customers.pop() if len(customers) == 1 else None, "change": _change(lines) if kind == "repriced" else None,
    }


def _change(lines: Pairs) -> Decimal | None:
    same = [(was, now) for was, now in lines if was and was["quantity"] == now["quantity"]]
    counted = Counter(now["currency"] for _was, now in same)
    best = {currency for currency, count in counted.items() if count == max(counted.values())}
    if len(best) != 1:
        return None  # none is the commonest: not compared
    was, now = (sum(line["amount"] for line in side if line["currency"] in best) for side in zip(*same, strict=True))
    return (now / was - 1).quantize(Decimal("0.0001"), ROUND_HALF_UP) if was > 0 else None


def check(store: Store, people: dict[str, Viewer], world: worlds.World, rounds: int, seed: int) -> None:
    """Random changes, for the distributor and two of its resellers, whole and of one account manager."""
    pick = random.Random(seed)
    state = {table: keyed(world, table) for table in NUMBERS}
    for _ in range(rounds):
        look, after = now_seen(store), state
        for _time in range(2):  # some lines are written twice, and some of the new ones again
            before, after = after, {table: altered(pick, table, after[table]) for table in NUMBERS}
            for table in NUMBERS:
                put(store, table, before[table], after[table])
        for name, own in OWN.items():
            for filters in (ALL, Filters(account_manager=worlds.MANAGERS[own][:1])):
                facts = {fact.kind: fact for fact in news.facts(people[name], look, filters, TODAY)}
                plain = expected(world, own, filters, state, after)
                assert facts.keys() == plain.keys(), (name, filters)
                for kind, lines in plain.items():
                    of = tallied(world, own, kind, lines)
                    if of["change"] is None:
                        of |= {"change": facts[kind].change}
                    assert {key: getattr(facts[kind], key) for key in of} == of, (name, filters, kind)
        state = after


def test_it_equals_plain_python_read_through_duckdb(store: Store) -> None:
    people, world = settle(store), worlds.make(1)
    world.write(store)
    check(store, people, world, times(4, 100), seed=21)


def test_it_equals_plain_python_read_on_postgresql(direct_store: Store) -> None:
    people, world = settle(direct_store), worlds.make(2)
    world.write(direct_store)
    check(direct_store, people, world, times(2, 40), seed=22)


def test_what_a_fact_opens_holds_the_lines_that_it_counted(sqlite_store: Store) -> None:
    people, world = settle(sqlite_store), worlds.make(3)
    world.write(sqlite_store)
    look, before = now_seen(sqlite_store), {table: keyed(world, table) for table in NUMBERS}
    after = {table: altered(random.Random(5), table, before[table]) for table in NUMBERS}
    for table in NUMBERS:
        put(sqlite_store, table, before[table], after[table])
    plain = expected(world, AURORA, ALL, before, after)
    pages = {"orders": order_history, "repriced": renewals, "moved": renewals, "resized": renewals, "renewals": renewals}
    assert plain.keys() >= pages.keys()
    for fact in news.facts(people["carla"], look, ALL, TODAY):
        if fact.kind in pages:
            assert fact.filters is not None
            shown = report.run(pages[fact.kind], people["carla"], fact.filters, today=TODAY, form="detail").rows
            number = "order_number" if fact.kind == "orders" else "quote_number"
            assert {(now["reseller_site_number"], now[number], now["line_number"]) for _was, now in plain[fact.kind]} <= {
                (row["reseller_site_number"], row[number], row["line_number"]) for row in shown}, fact.kind


# -- whose news, and when ---------------------------------------------------------------------------------------------
def test_the_first_visit_ever_is_told_nothing(sqlite_store: Store) -> None:
    people = settle(sqlite_store)
    worlds.make(1, lines=30).write(sqlite_store)
    assert news.last_look(people["ana"], NOW) is None
    assert news.facts(people["ana"], None, ALL, TODAY) == []


def test_what_is_imported_between_two_visits_is_told_at_the_second_and_no_more_at_the_third(store: Store, tmp_path: Path) -> None:
    ana = settle(store)["ana"]
    assert news.last_look(ana, NOW) is None
    load(ana, tmp_path, "orders", orders(order(), order(line_number="2")), create_missing=True)
    second = news.last_look(ana, NOW + timedelta(days=1))
    facts = {fact.kind: fact for fact in news.facts(ana, second, ALL, TODAY)}
    assert facts.keys() == {"orders", "imports"}
    assert (facts["orders"].lines, facts["orders"].groups, facts["orders"].amounts) == (2, 1, (("BRL", Decimal("42.00")),))
    assert facts["imports"].names == ("orders",)
    assert news.facts(ana, news.last_look(ana, NOW + timedelta(days=2)), ALL, TODAY) == []


def test_what_was_imported_and_taken_back_is_no_news(store: Store, tmp_path: Path) -> None:
    ana = settle(store)["ana"]
    load(ana, tmp_path, "orders", orders(order()), create_missing=True)
    look = now_seen(store)
    result = load(ana, tmp_path, "orders", orders(order(quantity="7"), order(line_number="2")))
    batches.undo(ana, result.batch or 0)
    assert news.facts(ana, look, ALL, TODAY) == []


def test_nobody_is_told_what_changed_for_another_reseller(store: Store, tmp_path: Path) -> None:
    people, world = settle(store), worlds.make(4)
    world.write(store)
    look, before = now_seen(store), {table: keyed(world, table) for table in NUMBERS}
    for table in NUMBERS:
        after = altered(random.Random(7), table, before[table])
        put(store, table, before[table], {key: row if row["reseller_site_number"] == BOREAL else before[table].get(key, row)
                                          for key, row in after.items() if key in before[table] or row["reseller_site_number"] == BOREAL})
    load(people["ana"], tmp_path, "orders", orders(order(site_number="7101", part_number="D0001LL")))
    assert {"orders", "repriced", "imports"} <= {fact.kind for fact in news.facts(people["ana"], look, ALL, TODAY)}
    assert news.facts(people["bob"], look, ALL, TODAY) == []


def test_who_may_see_neither_reports_nor_prices_is_told_of_neither(sqlite_store: Store) -> None:
    people, world = settle(sqlite_store), worlds.make(5)
    look = now_seen(sqlite_store)
    world.write(sqlite_store)
    assert {"orders", "renewals"} == {fact.kind for fact in news.facts(people["ana"], look, ALL, TODAY)}
    assert news.facts(people["dora"], look, ALL, TODAY) == []


def test_new_prices_are_told_by_the_first_day_to_come(sqlite_store: Store) -> None:
    people = settle(sqlite_store)
    worlds.make(6, lines=30).write(sqlite_store)
    look = now_seen(sqlite_store)
    price = {"part_number": "D0001LL", "currency": "BRL", "price_level": "BL", "unit_price": Decimal(1), "effective_to": None}
    with sqlite_store.writing("test") as writing:
        writing.connection.execute(insert(schema.prices), [
            price | {"country": country, "effective_from": day, "txn": writing.txn}
            for country, day in (("BR", date(2026, 1, 1)), ("BR", date(2027, 1, 1)), ("PT", date(2027, 1, 1)), ("BR", date(2027, 7, 1)))
        ])
    (fact,) = news.facts(people["ana"], look, ALL, TODAY)
    assert (fact.kind, fact.lines, fact.groups, fact.day, fact.names) == ("prices", 4, 2, date(2027, 1, 1), ("BR", "PT"))
    assert news.facts(people["ana"], look, ALL, date(2028, 1, 1))[0].day == date(2027, 7, 1)


def test_amounts_are_in_the_one_currency_that_is_asked_for(sqlite_store: Store) -> None:
    people, world = settle(sqlite_store), worlds.make(7)
    look = now_seen(sqlite_store)
    world.write(sqlite_store)
    told_ = next(fact for fact in news.facts(people["ana"], look, Filters(in_currency="EUR"), TODAY) if fact.kind == "orders")
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    for line in worlds.visible(world, BOREAL):
        line = worlds.reported(world, line, "order_date", "EUR", TODAY)
        amounts[line["currency"]] += line["amount"]
    assert dict(told_.amounts) == amounts
    assert told_.amounts[0][0] == "EUR"


def test_a_rewrite_of_more_lines_than_are_looked_through_is_told_as_new_or_changed(sqlite_store: Store) -> None:
    people, world = settle(sqlite_store), worlds.make(8)
    world.write(sqlite_store)
    many = [{"part_number": f"X{at}", "description": "x", "stub": False} for at in range(changes.MOST)]
    with sqlite_store.writing("test") as writing:
        writing.connection.execute(insert(schema.parts), [part | {"txn": writing.txn} for part in many])
    look = now_seen(sqlite_store)
    with sqlite_store.writing("test") as writing:
        writing.connection.execute(update(schema.parts).where(schema.parts.c.part_number.startswith("X")).values(txn=writing.txn))
    with sqlite_store.writing("test") as writing:
        writing.connection.execute(update(schema.orders).where(schema.orders.c.reseller_site_number == BOREAL).values(txn=writing.txn))
    (fact,) = news.facts(people["ana"], look, ALL, TODAY)
    boreal = [line for line in world.orders if line["reseller_site_number"] == BOREAL]
    assert (fact.kind, fact.mixed, fact.lines) == ("orders", True, len(boreal))
    assert told.title(fact) == f"{len(boreal)} order lines are new or changed"


def test_of_very_many_new_lines_their_number_is_told(sqlite_store: Store) -> None:
    people, world = settle(sqlite_store), worlds.make(8, lines=30)
    world.write(sqlite_store)
    look, boreal = now_seen(sqlite_store), next(line for line in world.orders if line["reseller_site_number"] == BOREAL)
    with sqlite_store.writing("test") as writing:
        writing.connection.execute(insert(schema.orders), [
            boreal | {"amount": 1, "order_number": f"N{at}", "txn": writing.txn} for at in range(changes.MOST + 1)])
    (fact,) = news.facts(people["ana"], look, ALL, TODAY)
    assert (fact.kind, fact.lines, fact.mixed, told.title(fact), told.about(fact)) == (
        "orders", changes.MOST + 1, True, "50,001 order lines are new or changed", "")


def test_a_long_import_that_began_before_a_look_and_ended_after_it_is_news(postgresql_store: Store) -> None:
    settle(postgresql_store)
    rows = schema.resellers
    with postgresql_store.writing("slow") as slow:
        with postgresql_store.writing("quick") as quick:
            quick.connection.execute(update(rows).where(rows.c.site_number == CEDRO).values(name="quick", txn=quick.txn))
        look = now_seen(postgresql_store)
        slow.connection.execute(update(rows).where(rows.c.site_number == BOREAL).values(name="slow", txn=slow.txn))
    since = changes.since(postgresql_store, look.number)
    assert since == changes.Since(slow.txn, (quick.txn,))
    with postgresql_store.reading() as connection:
        assert connection.scalars(rows.select().with_only_columns(rows.c.name).where(since.wrote(rows.c.txn))).all() == ["slow"]


# -- in words ---------------------------------------------------------------------------------------------------------
def test_one_customers_news_names_it_and_amounts_of_two_currencies_are_not_added() -> None:
    fact = news.Fact("orders", 3, 2, ALL, (("BRL", Decimal("1234.50")), ("EUR", Decimal(9))), "A1", "Companhia Lumiara")
    assert (told.title(fact), told.about(fact)) == ("Companhia Lumiara: New lines in 2 orders", "3 lines · R$1,234.50 and 1 more currency")
    repriced = news.Fact("repriced", 12, 1, ALL, (("BRL", Decimal(106)),), change=Decimal("0.06"))
    assert (told.title(repriced), told.about(repriced)) == ("New price on 12 renewal lines", "1 quote · +6.0% in value · R$106.00")


def test_news_is_written_as_the_readers_language_writes_numbers() -> None:
    with locale.use("pt_BR"):
        assert "R$ 1.234,50" in told.about(news.Fact("renewed", 1_200, 1, None, (("BRL", Decimal("1234.50")),))).replace("\xa0", " ")
