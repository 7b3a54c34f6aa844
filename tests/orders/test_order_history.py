"""Order history equals an independent computation, on every engine."""

from __future__ import annotations

import random
from datetime import date

import pytest
import world as worlds
from cast import AURORA, BOREAL, settle, times

from pao_core import locale, report
from pao_core.access import AccessDenied, Viewer
from pao_core.filters import BadFilter, Filters
from pao_core.orders import order_history
from pao_core.store.engine import Store

TODAY = date(2026, 11, 24)
# Rates of days after today do not exist yet: a month end, a year end and a leap day among them.
TODAYS = (TODAY, date(2025, 12, 31), date(2024, 2, 29), date(2024, 8, 31))
OWN = {"carla": AURORA, "ana": BOREAL}


def check(store: Store, world: worlds.World, people: dict[str, Viewer], rounds: int, seed: int) -> None:
    """Random filters, for the distributor and for one of its resellers: every row, count and total."""
    pick = random.Random(seed)
    for _ in range(rounds):
        name = pick.choice(list(OWN))
        filters = worlds.random_filters(pick, world)
        today = pick.choice(TODAYS)
        lines = worlds.order_lines(world, OWN[name], filters, today)
        by = pick.choice(order_history.BY)
        found = report.run(order_history, people[name], filters, today=today, by=by)
        expected = worlds.order_groups(world, lines, by)
        assert {(row[by], row["currency"]): {key: row[key] for key in order_history.MEASURES} for row in found.rows} == expected, filters
        assert found.count == len(expected)
        totals = {row["currency"]: {key: row[key] for key in order_history.MEASURES} for row in found.totals}
        assert totals == {currency: of for (_key, currency), of in worlds.order_groups(world, lines, None).items()}, filters
        detail = report.run(order_history, people[name], filters, today=today, form="detail")
        assert [_key(row) for row in detail.rows] == [_key(line) for line in _by_default(lines)], filters
        own = worlds.order_lines(world, OWN[name], filters.but(in_currency=None), today)
        assert {_key(row): (row["amount"], row["currency"], row["quantity"], row["country"]) for row in detail.rows} == {
            _key(line): (line["amount"], line["currency"], line["quantity"], line["country"]) for line in own}
        if filters.in_currency:
            assert {_key(row): (row["amount_in"], row["in_currency"]) for row in detail.rows} == {
                _key(line): (line["amount"], line["currency"]) if line["currency"] == filters.in_currency else (None, None) for line in lines}


def _key(row: dict[str, object]) -> tuple[object, ...]:
    return tuple(row[name] for name in order_history.KEYS)


def _by_default(lines: list[dict[str, object]]) -> list[dict[str, object]]:
    return sorted(sorted(lines, key=_key), key=lambda line: line["order_date"], reverse=True)  # type: ignore[arg-type,return-value]


def test_it_equals_plain_python_read_through_duckdb(store: Store) -> None:
    people, world = settle(store), worlds.make(1)
    world.write(store)
    check(store, world, people, times(100, 2_500), seed=11)


def test_it_equals_plain_python_read_on_postgresql(direct_store: Store) -> None:
    people, world = settle(direct_store), worlds.make(2)
    world.write(direct_store)
    check(direct_store, world, people, times(40, 1_000), seed=12)


def test_pages_of_rows_are_the_whole_cut_in_pieces(store: Store) -> None:
    people, world = settle(store), worlds.make(3, lines=90)
    world.write(store)
    whole = report.run(order_history, people["carla"], Filters(), today=TODAY, form="detail", sort="part_number")
    pieces = [report.run(order_history, people["carla"], Filters(), today=TODAY, form="detail", sort="part_number", limit=7, offset=at)
              for at in range(0, whole.count, 7)]
    assert [row for piece in pieces for row in piece.rows] == whole.rows
    assert {piece.count for piece in pieces} == {whole.count}


@pytest.mark.parametrize("falling", [False, True])
@pytest.mark.parametrize("column", ["status", "customer_name", "amount", "order_number"])
def test_nulls_are_last_and_text_sorts_by_code_point_whatever_the_direction(store: Store, column: str, falling: bool) -> None:
    people, world = settle(store), worlds.make(4, lines=120)
    world.write(store)
    sort = f"-{column}" if falling else column
    values = [row[column] for row in
              report.run(order_history, people["carla"], Filters(), today=TODAY, form="detail", sort=sort).rows]
    known = [value for value in values if value is not None]
    assert values == known + [None] * (len(values) - len(known))
    if column != "amount":  # amounts of different currencies sort by their minor units
        assert known == sorted(known, reverse=falling)


def test_a_sort_or_grouping_it_does_not_have_is_refused_with_the_choices(sqlite_store: Store) -> None:
    ana = settle(sqlite_store)["ana"]
    with pytest.raises(BadFilter, match="Choose one of: reseller_site_number"):
        report.run(order_history, ana, Filters(), today=TODAY, form="detail", sort="amount; DROP TABLE orders")
    with pytest.raises(BadFilter, match="month, site, customer"):
        report.run(order_history, ana, Filters(), today=TODAY, by="password_hash")


def test_nobody_without_the_right_gets_a_row(sqlite_store: Store) -> None:
    dora = settle(sqlite_store)["dora"]
    with pytest.raises(AccessDenied):
        report.run(order_history, dora, Filters(), today=TODAY)


def test_part_descriptions_are_in_the_readers_language(sqlite_store: Store) -> None:
    people, world = settle(sqlite_store), worlds.make(8, lines=20)
    for part in world.parts.values():
        part |= {"description_pt": f"Peça de {part['part_number']}"}
    world.write(sqlite_store)
    said = {}
    for spoken in ("en", "pt_BR", "es"):
        with locale.use(spoken):
            rows = report.run(order_history, people["ana"], Filters(), today=TODAY, form="detail").rows
        said[spoken] = {row["part_description"].split(" ")[0] for row in rows}
    assert said == {"en": {"Part"}, "pt_BR": {"Peça"}, "es": {"Part"}}


def test_by_agreement_and_site_and_by_attributes_of_the_customer_the_same_orders_are_found(store: Store) -> None:
    people, world = settle(store), worlds.make(9)
    for at, (number, agreement) in enumerate(world.agreements.items()):  # a name that no other holds
        agreement |= {"customer_name": f"Grupo {number} Ltda.", "customer_name_folded": f"grupo {number} ltda.",
                      "program": ("PA", "PAX", "ELA")[at % 3], "anniversary_date": date(2024, at + 1, 1)}
    world.write(store)
    found = 0
    for name, own in OWN.items():
        for number, agreement in world.agreements.items():
            sites = tuple(site for site, of in world.sites.items() if of["agreement_number"] == number)
            by_number = Filters(agreement=(number,), site=sites)
            by_attributes = Filters(customer=(f"GRUPO {number}",), program=(agreement["program"],),
                                    anniversary_month=(agreement["anniversary_date"].month,), country=worlds.COUNTRIES)
            ways = [report.run(order_history, people[name], filters, today=TODAY, form="detail") for filters in (by_number, by_attributes)]
            assert ways[0].rows == ways[1].rows
            assert ways[0].totals == ways[1].totals
            assert {_key(row) for row in ways[0].rows} == {_key(line) for line in worlds.order_lines(world, own, by_number, TODAY)}
            found += len(ways[0].rows)
    assert found
