"""The difference of two price files and the gaps of a list equal a loop over prices, on every engine."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from cast import settle, times
from openpyxl import load_workbook
from price_lists import by_key, in_force
from prices.test_price_files import MARKETS, START, Price, made_up, write

from pao_core.access import AccessDenied, Viewer
from pao_core.explain import behind, explain
from pao_core.filters import BadFilter, Filters
from pao_core.locale import use
from pao_core.prices import difference
from pao_core.prices.compared import Compared
from pao_core.prices.difference import KINDS, Two
from pao_core.prices.price_files import FAMILIES, LEVELS, PriceFile
from pao_core.store.engine import Store

Parts = list[dict[str, Any]]
PERCENT = Decimal("0.0001")


def family_of(part: dict[str, Any]) -> str:
    return "saas" if part["family"] == "saas" or part["part_type"] == "monthly" else "software"


def keyed(parts: Parts, found: list[Price], of: PriceFile) -> Iterator[tuple[str, str, list[Price]]]:
    """The prices of each part and level of the file, by part and on the ladder of levels."""
    there = {part["part_number"] for part in parts if family_of(part) == of.family}
    keys = by_key(found)
    for number, country, currency, level in sorted(keys, key=lambda key: (key[0], LEVELS.index(key[3] or ""))):
        if number in there and (country, currency) == (of.country, of.currency) and level in (of.levels or LEVELS):
            yield number, str(level), keys[number, country, currency, level]


def kind_of(old: Decimal | None, new: Decimal | None) -> str:
    return "new" if old is None else "gone" if new is None else "same" if old == new else "changed"


def expected(parts: Parts, found: list[Price], two: Two) -> list[dict[str, Any]]:
    rows = []
    groups = {part["part_number"]: part["product_group"] for part in parts}
    for number, level, of_key in keyed(parts, found, two.file):
        old, new = (price and price["unit_price"] for price in (in_force(of_key, day) for day in (two.earlier, two.later)))
        if old is not None or new is not None:
            both = old is not None and new is not None
            rows.append({
                "part_number": number, "product_group": groups[number], "country": two.file.country, "currency": two.file.currency,
                "price_level": level, "kind": kind_of(old, new), "old_price": old, "new_price": new,
                "price_difference": new - old if both else None, "change": (new / old - 1).quantize(PERCENT, ROUND_HALF_UP) if both else None,
            })
    return rows


def expected_gaps(parts: Parts, found: list[Price], of: PriceFile, day: date) -> list[tuple[Any, ...]]:
    times_, there = [], defaultdict(set)
    for number, level, of_key in keyed(parts, found, of):
        begins = sorted(price["effective_from"] for price in of_key)
        for price in sorted(of_key, key=lambda price: price["effective_from"]):
            later = [start for start in begins if start > price["effective_from"]]
            if price["effective_to"] and later and price["effective_to"] < later[0]:
                times_.append((number, level, "time", price["effective_to"], later[0]))
        if in_force(of_key, day):
            there[number].add(level)
    levels = [level for level in LEVELS if any(level in held for held in there.values())]
    return times_ + [(number, level, "level", None, None) for number in sorted(there) for level in levels if level not in there[number]]


def check(store: Store, ana: Viewer, parts: Parts, found: list[Price], rounds: int, seed: int) -> None:
    pick, kinds_seen = random.Random(seed), Counter[str]()
    for _ in range(rounds):
        country, currency = pick.choice(MARKETS)
        levels = tuple(pick.sample(LEVELS, pick.choice([0, 0, 2, 5])))
        of = PriceFile(pick.choice(FAMILIES), "current", country, currency, levels)
        days = difference.days(ana, country, currency)
        assert days == tuple(sorted({price["effective_from"] for price in found if (price["country"], price["currency"]) == (country, currency)}))
        two = Two(of, *sorted(pick.sample(days, 2)))
        every = expected(parts, found, two)
        kinds = tuple(pick.sample(KINDS, pick.randrange(0, 4)))
        search = pick.choice(["", "", "database 1", "ünlü", "E000"])
        words = {part["part_number"]: f"{part['part_number']} {part['description']} {part['description_pt']}".casefold().replace("ü", "u")
                 .replace("ç", "c").replace("ã", "a") for part in parts}
        shown = [row for row in every if row["kind"] in (kinds or KINDS[:3])
                 and all(word in words[row["part_number"]] for word in search.casefold().replace("ü", "u").split())]
        told = difference.rows(ana, two, kinds, search)
        assert [{name: value for name, value in row.items() if name != "description"} for row in told] == shown, (two, kinds, search)
        assert difference.rows(ana, two, kinds, search, 3, 2) == told[2:5]
        assert difference.how_many(ana, two, kinds, search) == len(shown)
        counted = difference.counts(ana, two)
        assert counted.prices == {kind: sum(row["kind"] == kind for row in every) for kind in KINDS}
        assert counted.parts == {kind: len({row["part_number"] for row in every if row["kind"] == kind}) for kind in KINDS}
        assert sum(counted.bands.values()) == counted.prices["changed"]
        assert {row["product_group"]: [row[kind] for kind in KINDS] for row in counted.groups} == {
            group: [sum((row["product_group"], row["kind"]) == (group, kind) for row in every) for kind in KINDS]
            for group in {row["product_group"] for row in every}}
        day = pick.choice(days)
        gaps = expected_gaps(parts, found, of, day)
        told = difference.gaps(ana, of, day)
        assert [tuple(row[name] for name in ("part_number", "price_level", "kind", "gap_from", "gap_to")) for row in told] == gaps
        assert difference.gaps_of(ana, of, day) == {kind: sum(gap[2] == kind for gap in gaps) for kind in ("time", "level")}
        kinds_seen.update(row["kind"] for row in every)
        kinds_seen.update(gap[2] for gap in gaps)
    assert kinds_seen.keys() == {*KINDS, "time", "level"}
    _check_explained(ana, two, every)


def _check_explained(ana: Viewer, two: Two, every: list[dict[str, Any]]) -> None:
    """Each count of the page has an explanation with the same total, and exactly the prices that it is made of."""
    explained, counted = explain(Compared(two), ana, Filters(), today=START), difference.counts(ana, two).prices
    assert explained.start == explained.rows == len(every) > 0
    for kind in KINDS:
        one = explained.total(kind, two.file.currency)
        assert one and one.amount == one.of_rows == one.rows == counted[kind]
        with use("pt_BR"):
            rows = behind(explained, one, ana).rows
        assert sorted((row["part_number"], row["price_level"], row["old_price"], row["new_price"], row["change"]) for row in rows) == sorted(
            (row["part_number"], row["price_level"], row["old_price"], row["new_price"], row["change"]) for row in every if row["kind"] == kind)
        assert [step.left_out for step in explained.steps_to(one)] == [len(every) - one.rows]


def test_it_equals_plain_python_read_through_duckdb(sqlite_store: Store) -> None:
    ana = settle(sqlite_store)["ana"]
    parts, found = made_up(3)
    write(sqlite_store, parts, found)
    check(sqlite_store, ana, parts, found, times(25, 1_000), 1)


def test_it_equals_plain_python_read_on_postgresql(direct_store: Store) -> None:
    ana = settle(direct_store)["ana"]
    parts, found = made_up(4)
    write(direct_store, parts, found)
    check(direct_store, ana, parts, found, times(12, 500), 2)


@pytest.fixture
def lists(sqlite_store: Store) -> Viewer:
    """Three parts in two editions: one dearer, one ended, one that comes; and a gap of a month."""
    ana = settle(sqlite_store)["ana"]
    first, second = START, START + timedelta(180)
    rows = [("E1LL", first, None, 100), ("E1LL", second, None, 106), ("E2LL", first, second - timedelta(30), 50), ("=E3LL", second, None, 7),
            ("E4LL", first, second - timedelta(30), 9), ("E4LL", second, None, 9)]
    write(sqlite_store, [{"part_number": number, "description": f"=Support {number}", "description_pt": "Suporte", "family": "software",
                          "part_type": "renewal", "product_group": "Security"} for number in ("E1LL", "E2LL", "=E3LL", "E4LL")],
          [{"part_number": number, "country": "BR", "currency": "BRL", "price_level": "BL", "effective_from": begins, "effective_to": ends,
            "unit_price": Decimal(price), "points": None} for number, begins, ends, price in rows])
    return ana


SOFTWARE = PriceFile("software", "current", "BR", "BRL")
BOTH = Two(SOFTWARE, START, START + timedelta(180))


def test_its_files_hold_the_rows_of_the_screen_for_systems_in_english_and_for_people_in_their_language(lists: Viewer) -> None:
    with use("pt_BR"):
        written = list(csv.DictReader(io.StringIO(difference.file(lists, BOTH, (), "csv").decode("utf-8-sig"))))
        sheet = load_workbook(io.BytesIO(difference.file(lists, BOTH, (), "xlsx"))).worksheets[0]
    assert [(row["part_number"], row["description"], row["kind"], row["old_price"], row["new_price"], row["change"]) for row in written] == [
        ("'=E3LL", "'=Support =E3LL", "new", "", "7.000000", ""), ("E1LL", "'=Support E1LL", "changed", "100.000000", "106.000000", "0.0600"),
        ("E2LL", "'=Support E2LL", "gone", "50.000000", "", "")]
    assert [[cell.value for cell in row][:2] for row in sheet.iter_rows(min_row=2)] == [
        ["=E3LL", "Suporte"], ["E1LL", "Suporte"], ["E2LL", "Suporte"]]
    assert sheet["A2"].data_type == "s"  # a text, no formula


def test_a_month_without_a_price_is_a_gap_of_the_list(lists: Viewer) -> None:
    begins = START + timedelta(180)
    assert [(row["part_number"], row["gap_from"], row["gap_to"]) for row in difference.gaps(lists, SOFTWARE, START)] == [
        ("E4LL", begins - timedelta(30), begins)]
    assert b"E4LL" in difference.gaps_file(lists, SOFTWARE, START, "csv")


@pytest.mark.parametrize(("today", "days"), [
    (START + timedelta(20), (START, START + timedelta(180))), (START + timedelta(180), (START, START + timedelta(180))),
    (START - timedelta(1), (START, START + timedelta(180))),
])
def test_usually_the_edition_in_force_is_compared_with_the_next_one_else_the_first_or_the_last_two(today: date, days: tuple[date, date]) -> None:
    assert difference.usual((START, START + timedelta(180)), today) == days


def test_an_unknown_list_and_a_viewer_without_the_right_are_refused(lists: Viewer) -> None:
    with pytest.raises(BadFilter, match="no price list for PT in EUR"):
        difference.counts(lists, Two(PriceFile("software", "current", "PT", "EUR"), *(BOTH.earlier, BOTH.later)))
    for ask in (lambda viewer: difference.rows(viewer, BOTH), lambda viewer: difference.file(viewer, BOTH, (), "csv"),
                lambda viewer: difference.gaps(viewer, SOFTWARE, START), lambda viewer: difference.counts(viewer, BOTH),
                lambda viewer: explain(Compared(BOTH), viewer, Filters(), today=START)):
        with pytest.raises(AccessDenied):
            ask(Viewer.of_email(lists.store, "dora@desk.example"))
