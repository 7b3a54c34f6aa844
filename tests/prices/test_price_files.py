"""Price files equal an independent computation, on every engine; and what a preview, a right and a bad choice give."""

from __future__ import annotations

import csv
import io
import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from cast import settle, times
from openpyxl import load_workbook
from sqlalchemy import insert, update

from pao_core.access import AccessDenied, Viewer
from pao_core.filters import BadFilter
from pao_core.importing.run import import_file
from pao_core.locale import use
from pao_core.prices import price_files
from pao_core.prices.price_files import FAMILIES, LEVELS, WHENS, PriceFile
from pao_core.store.engine import Store
from pao_core.store.schema import memberships, parts, prices

START = date(2025, 1, 1)
MARKETS = (("BR", "BRL"), ("BR", "USD"), ("PT", "EUR"), ("CL", "CLP"))
TYPES = ("license", "renewal", "monthly", "saas", "overage", None)
Price = dict[str, Any]


def made_up(seed: int, count: int = 14) -> tuple[list[dict[str, Any]], list[Price]]:
    """Parts of every family and type, and editions of their prices: open-ended, with gaps, ended at or after the next."""
    pick = random.Random(seed)
    found_parts = [{
        "part_number": f"{pick.choice('DEde')}{number:04X}LL", "description": f"Ünlü Database {number}", "description_pt": f"Ação {number}",
        "description_es": None, "family": pick.choice(("software", "saas", None)), "part_type": pick.choice(TYPES),
        "product_group": pick.choice(("Data and AI", None)), "charge_metric": "VPC", "points": pick.choice((Decimal("1.5"), None)),
    } for number in range(count)]
    found: list[Price] = []
    for part in found_parts:
        for country, currency in MARKETS:
            for level in pick.sample(LEVELS, pick.randrange(1, 5)):
                days = sorted(pick.sample(range(0, 900, 30), pick.randrange(0, 5)))
                for place, day in enumerate(days):
                    following = days[place + 1] if place + 1 < len(days) else day + 400
                    ends = pick.choice((None, None, following, day + 10, following + 15))
                    found.append({
                        "part_number": part["part_number"], "country": country, "currency": currency, "price_level": level,
                        "effective_from": START + timedelta(days=day),
                        "effective_to": None if ends is None else START + timedelta(days=ends),
                        "unit_price": Decimal(pick.randrange(1, 10**9)).scaleb(-pick.randrange(0, 7)),
                        "points": pick.choice((None, Decimal("2.25"), Decimal(0))),
                    })
    return found_parts, found


def write(store: Store, found_parts: list[dict[str, Any]], found: list[Price]) -> None:
    with store.writing("test") as writing:
        writing.connection.execute(insert(parts), [row | {"stub": False, "txn": writing.txn} for row in found_parts])
        writing.connection.execute(insert(prices), [row | {"txn": writing.txn} for row in found])


def held(found: list[Price], today: date) -> Iterator[tuple[Price, str]]:
    """Each price that is in force on the day, as "current", or later, as "future": by a loop over the editions of a key."""
    keys: dict[tuple[str, ...], list[Price]] = defaultdict(list)
    for price in found:
        keys[price["part_number"], price["country"], price["currency"], price["price_level"]].append(price)
    for of_key in keys.values():
        of_key.sort(key=lambda price: price["effective_from"])
        for place, price in enumerate(of_key):
            ends = [price["effective_to"]] if price["effective_to"] else []
            ends += [later["effective_from"] for later in of_key[place + 1:place + 2]]
            if price["effective_from"] > today:
                yield price, "future"
            elif not ends or today < min(ends):
                yield price, "current"


def expected(found_parts: list[dict[str, Any]], found: list[Price], choice: PriceFile, today: date) -> list[Price]:
    """The rows of a long file."""
    saas = {part["part_number"] for part in found_parts if part["family"] == "saas" or part["part_type"] == "monthly"}
    rows = [
        price for price, when in held(found, today)
        if (price["country"], price["currency"]) == (choice.country, choice.currency) and when in choice.when.split("+")
        and (price["part_number"] in saas) == (choice.family == "saas") and (not choice.levels or price["price_level"] in choice.levels)
    ]
    return sorted(rows, key=lambda price: (price["part_number"], price["effective_from"], LEVELS.index(price["price_level"])))


def widened(rows: list[Price], choice: PriceFile) -> list[dict[str, Any]]:
    """The same rows with a column a level."""
    groups: dict[tuple[Any, ...], dict[str, Decimal]] = defaultdict(dict)
    for row in rows:
        groups[row["part_number"], row["effective_from"], row["effective_to"], row["points"]][row["price_level"]] = row["unit_price"]
    levels = [level for level in LEVELS if not choice.levels or level in choice.levels]
    return [
        {"part_number": part, "country": choice.country, "currency": choice.currency, "effective_from": start, "effective_to": end,
         "points": points, **{f"price_{level}": at.get(level) for level in levels}}
        for (part, start, end, points), at in sorted(groups.items(), key=_nulls_last)
    ]


def _nulls_last(item: tuple[tuple[Any, ...], Any]) -> tuple[Any, ...]:
    part, start, end, points = item[0]
    return part, start, end or date.max, Decimal("Infinity") if points is None else points


def read_back(value: Any, name: str) -> Any:
    """A value of JSON or CSV as what it stands for."""
    if value in (None, ""):
        return None
    if name.startswith("effective"):
        return date.fromisoformat(value)
    return Decimal(value) if name.startswith(("price_", "unit_price", "points")) and name != "price_level" else value


def random_choice(pick: random.Random) -> tuple[PriceFile, date]:
    country, currency = pick.choice(MARKETS)
    levels = tuple(pick.sample(LEVELS, pick.choice((0, 0, 1, 3))))
    day = START + timedelta(days=pick.choice((*range(-30, 1000, 30), *range(-31, 1000, 30), 15, 10, 100)))
    return PriceFile(pick.choice(FAMILIES), pick.choice(WHENS), country, currency, levels, pick.random() < 0.5), day


def check(store: Store, viewer: Viewer, rounds: int, seed: int) -> None:
    found_parts, found = made_up(seed)
    write(store, found_parts, found)
    pick = random.Random(seed)
    seen = 0
    for _ in range(rounds):
        choice, today = random_choice(pick)
        rows = expected(found_parts, found, choice, today)
        seen += len(rows)
        wanted = widened(rows, choice) if choice.wide else rows
        answer = price_files.rows(viewer, choice, today)
        assert [{name: read_back(value, name) for name, value in row.items()} for row in answer] == wanted, (choice, today)
        text = price_files.file(viewer, choice, "csv", today).decode("utf-8-sig")
        lines = list(csv.DictReader(io.StringIO(text)))
        assert lines == [{name: value or "" for name, value in row.items()} for row in answer], (choice, today)
        check_counts(viewer, found_parts, found, choice, today)
        check_preview(viewer, found_parts, found, choice, today, pick.choice(("", "acao 1", "ÜNLU database", "nothing")))
    assert seen > 3 * rounds


def check_counts(viewer: Viewer, found_parts: list[dict[str, Any]], found: list[Price], choice: PriceFile, today: date) -> None:
    for count in price_files.counts(viewer, choice.country, choice.currency, today, choice.levels):
        same = expected(found_parts, found, PriceFile(count.family, count.when, choice.country, choice.currency, choice.levels), today)
        ahead = [row["effective_from"] for row in same if row["effective_from"] > today]
        assert (count.prices, count.starts) == (len(same), min(ahead, default=None)), (choice, today)


def check_preview(
    viewer: Viewer, found_parts: list[dict[str, Any]], found: list[Price], choice: PriceFile, today: date, search: str,
) -> None:
    texts = {"": lambda part: True, "acao 1": lambda part: "1" in (part["part_number"] + part["description"] + part["description_pt"]),
             "ÜNLU database": lambda part: True, "nothing": lambda part: False}
    matching = {part["part_number"] for part in found_parts if texts[search](part)}
    in_file = sorted({row["part_number"] for row in expected(found_parts, found, choice, today)} & matching)
    got = price_files.preview(viewer, choice, search, 5, today)
    assert got.count == len(in_file) and [row["part_number"] for row in got.rows] == in_file[:5], (choice, today, search)
    levels = [level for level in LEVELS if not choice.levels or level in choice.levels]
    for row in got.rows:
        at: dict[str, dict[str, Price]] = {"current": {}, "future": {}}
        for price, when in held(found, today):
            if (price["part_number"], price["country"], price["currency"]) == (row["part_number"], choice.country, choice.currency):
                earlier = at[when].get(price["price_level"])
                at[when][price["price_level"]] = min(price, earlier or price, key=lambda one: one["effective_from"])
        shown = at["future" if choice.when == "future" else "current"]
        assert {level: row[f"price_{level}"] for level in levels} == {
            level: shown[level]["unit_price"] if level in shown else None for level in levels}
        now, then = at["current"].get(levels[0]), at["future"].get(levels[0])
        assert row["current_price"] == (now and now["unit_price"]) and row["future_from"] == (then and then["effective_from"])
        change = (then["unit_price"] / now["unit_price"] - 1).quantize(Decimal("0.0001"), ROUND_HALF_UP) if now and then else None
        assert row["change"] == change


def test_they_equal_plain_python_read_through_duckdb(store: Store) -> None:
    check(store, settle(store)["ana"], times(60, 1_500), seed=21)


def test_they_equal_plain_python_read_on_postgresql(direct_store: Store) -> None:
    check(direct_store, settle(direct_store)["ana"], times(30, 600), seed=22)


@pytest.fixture
def ana(sqlite_store: Store) -> Viewer:
    """The primary contact of Boreal, over two parts with a current and a future price."""
    people = settle(sqlite_store)
    price = {"country": "BR", "currency": "BRL", "effective_to": None, "points": None}
    write(sqlite_store, [
        {"part_number": "D9AA1LL", "description": "=HYPERLINK(1)", "description_pt": "Servidor", "description_es": "Servidor de datos",
         "family": "software", "part_type": "license", "product_group": "Automation", "charge_metric": "VPC", "points": None},
    ], [
        price | {"part_number": "D9AA1LL", "price_level": level, "effective_from": day, "unit_price": Decimal(amount)}
        for level, day, amount in (("BL", date(2026, 1, 1), "1234.5"), ("D", date(2026, 1, 1), "1200"), ("BL", date(2027, 1, 1), "1339.43"))
    ])
    return people["ana"]


TODAY = date(2026, 11, 24)
BRAZIL = PriceFile("software", "current+future", "BR", "BRL")


def test_the_lists_and_their_editions_are_named(ana: Viewer) -> None:
    assert price_files.countries_and_currencies(ana) == {"BR": ("BRL",)}
    editions = [(edition.effective_from, edition.prices) for edition in price_files.editions(ana)]
    assert editions == [(date(2026, 1, 1), 2), (date(2027, 1, 1), 1)]
    assert price_files.published(ana) is not None


def test_a_preview_tells_the_change_to_the_next_price(ana: Viewer) -> None:
    [row] = price_files.preview(ana, BRAZIL, "servidor", 10, TODAY).rows
    assert row["change"] == Decimal("0.0850") and row["future_from"] == date(2027, 1, 1)


def test_the_description_is_in_the_readers_language(ana: Viewer) -> None:
    for language, text in (("en", "=HYPERLINK(1)"), ("pt_BR", "Servidor"), ("es", "Servidor de datos")):
        with use(language):
            assert price_files.preview(ana, BRAZIL, "", 10, TODAY).rows[0]["description"] == text
            sheet = load_workbook(io.BytesIO(price_files.file(ana, BRAZIL, "xlsx", TODAY))).worksheets[0]
            assert sheet["B2"].value == text and sheet["B2"].data_type == "s", "a text, never a formula"


def test_the_workbook_has_real_numbers_and_dates(ana: Viewer) -> None:
    sheet = load_workbook(io.BytesIO(price_files.file(ana, BRAZIL, "xlsx", TODAY))).worksheets[0]
    header, *rows = sheet.iter_rows(values_only=True)
    first = dict(zip(header, rows[0], strict=True))
    assert first["Unit price"] == 1234.5 and first["Valid from"].date() == date(2026, 1, 1) and len(rows) == 3


def test_a_downloaded_file_imports_again_and_changes_nothing(ana: Viewer, tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    file.write_bytes(price_files.file(ana, BRAZIL, "csv", TODAY))
    result = import_file(Viewer.of_command_line(ana.store), file, "prices").to_json()
    assert (result["loaded"], result["unchanged"], result["rejected"]) == (0, 3, 0)


def test_every_function_asks_for_the_right(ana: Viewer) -> None:
    with ana.store.writing("test") as writing:
        writing.connection.execute(update(memberships).values(privileges={"reporting": "view"}))
    with ana.store.reading() as connection:
        assert ana.user_id
        without = Viewer.of_user(ana.store, ana.user_id, connection)
    assert without
    calls = (
        price_files.countries_and_currencies, price_files.editions, price_files.published,
        lambda who: price_files.counts(who, "BR", "BRL", TODAY), lambda who: price_files.preview(who, BRAZIL, "", 1, TODAY),
        lambda who: price_files.rows(who, BRAZIL, TODAY), lambda who: price_files.file(who, BRAZIL, "csv", TODAY),
        lambda who: price_files.file(who, BRAZIL, "xlsx", TODAY),
    )
    for call in calls:
        call(ana)  # the files are prepared now: that opens nothing
        with pytest.raises(AccessDenied):
            call(without)


@pytest.mark.parametrize(("words", "says"), [
    (("hardware", "current", "BR", "BRL"), "software, saas"), (("saas", "past", "BR", "BRL"), "current, current\\+future, future"),
])
def test_a_word_of_no_file_is_refused_with_those_there_are(words: tuple[str, str, str, str], says: str) -> None:
    with pytest.raises(BadFilter, match=says):
        price_files.choose(*words)
    with pytest.raises(BadFilter, match="BL, D, E"):
        price_files.choose("saas", "current", "BR", "BRL", ["Z"])


def test_a_country_or_currency_without_prices_is_refused_with_the_nearest(ana: Viewer) -> None:
    for choice in (price_files.choose("saas", "current", "br", "eur"), price_files.choose("saas", "current", "BX", "BRL")):
        for call in (price_files.rows, lambda who, what, day: price_files.file(who, what, "csv", day)):
            with pytest.raises(BadFilter, match="BR BRL"):
                call(ana, choice, TODAY)


def test_small_letters_mean_the_same() -> None:
    assert price_files.choose("SaaS", "Current + Future", "br", "brl", ["bl"]) == PriceFile("saas", "current+future", "BR", "BRL", ("BL",))
