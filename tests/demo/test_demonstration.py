"""The demonstration: its shape, who finds what in it, and that it comes whole and goes whole."""

from __future__ import annotations

import csv
import re
import stat
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from book import TODAY, Book, rows
from cast import store_in
from sqlalchemy import func, insert, select

from pao_core import money, replica, report
from pao_core.access import AccessDenied, Viewer
from pao_core.access.entry import sign_in
from pao_core.catalogue import REPORTS
from pao_core.config import Settings
from pao_core.demo import demonstration
from pao_core.demo.parts import REAL_NUMBERS
from pao_core.demo.people import CAST
from pao_core.filters import Filters
from pao_core.importing.datasets import DATASETS
from pao_core.importing.options import ImportOptions
from pao_core.importing.run import import_file
from pao_core.locale import LANGUAGES, Refused, use
from pao_core.store.engine import Store
from pao_core.store.schema import (
    REPLICATED,
    agreements,
    metadata,
    one_time_links,
    orders,
    parts,
    prices,
    resellers,
    row_history,
    sessions,
    sites,
    users,
)

LINES = 1_000
# What says that something was there once, and how it is counted.
TRACES = {"audit", "commits", "counters", "row_history", "settings"}
# What is another at each load: the moment of it, the store's own name, and the passwords.
OF_THE_LOAD = {"audit", "commits", "settings", "users"}


def key(price: dict[str, Any]) -> tuple[str, str, str]:
    """The part and the market of a price."""
    return price["part_number"], price["country"], price["currency"]


@pytest.fixture
def book(whole: Book) -> Store:
    """The store of a demonstration of ten thousand lines, only read by the tests."""
    return whole.store


def test_the_same_lines_seed_and_day_give_the_same_rows_and_another_seed_others(tmp_path: Path) -> None:
    found = []
    for folder, seed in (("one", 7), ("two", 7), ("three", 8)):
        (tmp_path / folder).mkdir()
        store = store_in(tmp_path / folder)
        demonstration.load(store, today=TODAY, lines=LINES, seed=seed)
        found.append({table.name: rows(store, table) for table in metadata.sorted_tables if table.name not in OF_THE_LOAD})
        store.dispose()
    assert found[0] == found[1]
    assert all(found[0][name] for name in ("orders", "saved_views", "view_marks", "notes"))
    assert found[2]["orders"] != found[0]["orders"]


@pytest.mark.parametrize("today", [date(2024, 2, 29), date(2026, 12, 31), date(2027, 1, 1), date(2026, 7, 1)])
def test_there_are_as_many_lines_as_asked_for_and_none_after_today(today: date, sqlite_store: Store) -> None:
    demonstration.load(sqlite_store, today=today, lines=LINES + 234)
    days = [row["order_date"] for row in rows(sqlite_store, orders)]
    assert len(days) == LINES + 234
    assert max(days) <= today and max(days) > today - timedelta(days=31)
    editions = sorted({row["effective_from"] for row in rows(sqlite_store, prices)})
    assert len(editions) == 3 and editions[1] <= today < editions[2]


def test_every_amount_is_quantity_times_price_rounded_once(book: Store) -> None:
    found = rows(book, orders)
    assert {row["currency"] for row in found} >= {"CLP", "BRL"}
    for row in found:
        assert money.from_minor(row["amount"], row["currency"]) == money.line_amount(row["quantity"], row["unit_price"], row["currency"])


def test_most_lines_cost_what_the_price_list_says_and_none_costs_more(book: Store) -> None:
    listed = {(*key(price), price["price_level"], price["effective_from"]): price["unit_price"] for price in rows(book, prices)}
    level = {a["agreement_number"]: a["price_level"] for a in rows(book, agreements)}
    site = {s["site_number"]: s for s in rows(book, sites)}
    editions = sorted({start for *_key, start in listed})
    exact = lower = 0
    for line in rows(book, orders):
        at = site[line["site_number"]]
        day = line["coverage_start"] if line["order_type"] == "renewal" else line["order_date"]
        if day < editions[0] or at["agreement_number"] is None or line["quantity"] < 0 or line["order_type"] == "saas":
            continue
        edition = max(start for start in editions if start <= day)
        price = listed.get((line["part_number"], at["country"], line["currency"], level[at["agreement_number"]], edition))
        if price is not None:
            assert line["unit_price"] <= price
            exact, lower = exact + (line["unit_price"] == price), lower + (line["unit_price"] < price)
    assert exact > 5 * lower > 0


def test_no_price_rises_with_the_level_and_some_are_the_same_at_all(book: Store) -> None:
    by_key: dict[tuple[Any, ...], dict[str, Decimal]] = defaultdict(dict)
    for price in rows(book, prices):
        by_key[*key(price), price["effective_from"]][price["price_level"]] = price["unit_price"]
    ladders = [[at[level] for level in ("BL", "D", "E", "F", "G", "H")] for at in by_key.values()]
    assert all(ladder == sorted(ladder, reverse=True) for ladder in ladders)
    assert any(ladder[0] == ladder[-1] for ladder in ladders) and any(ladder[0] > ladder[-1] for ladder in ladders)


def test_prices_rise_at_the_future_edition_and_parts_come_and_go_with_editions(book: Store) -> None:
    current, future = sorted({row["effective_from"] for row in rows(book, prices)})[1:]
    by_edition: dict[date, dict[tuple[Any, ...], Decimal]] = defaultdict(dict)
    ends = set()
    for price in rows(book, prices):
        by_edition[price["effective_from"]][*key(price), price["price_level"]] = price["unit_price"]
        ends.add(price["effective_to"])
    both = by_edition[current].keys() & by_edition[future].keys()
    assert any(by_edition[future][one] > by_edition[current][one] for one in both)
    assert all(by_edition[future][one] >= by_edition[current][one] for one in both)
    assert by_edition[current].keys() - both and by_edition[future].keys() - both
    assert ends == {None, future}


def test_anniversaries_are_the_first_of_the_month_after_the_initial_term(book: Store) -> None:
    kinds = set()
    for agreement in rows(book, agreements):
        kinds.add(agreement["program"])
        first, anniversary = agreement["first_order_date"], agreement["anniversary_date"]
        if agreement["program"] == "PAX":
            assert anniversary is None
            continue
        assert anniversary.day == 1 and TODAY <= anniversary < TODAY.replace(year=TODAY.year + 1) + timedelta(days=1)
        assert anniversary.month == (first.month if first.day == 1 else first.month % 12 + 1)
    assert kinds == {"PA", "PAX", "ELA"}


def test_licences_renewals_and_reinstatements_of_a_family_name_each_other(book: Store) -> None:
    by_number = {part["part_number"]: part for part in rows(book, parts)}
    licences = [part for part in by_number.values() if part["part_type"] == "license"]
    assert licences
    for part in licences:
        renewal = by_number[part["renewal_part"]]
        assert renewal["part_type"] == "renewal" and renewal["license_part"] == part["part_number"]
        if part["reinstatement_part"]:
            assert by_number[part["reinstatement_part"]]["license_part"] == part["part_number"]
    assert {part["part_type"] for part in by_number.values()} == {
        "license", "renewal", "reinstatement", "trade_up", "monthly", "subscription", "fixed_term", "committed_term", "saas", "overage",
        "media",
    }


def test_only_the_listed_real_parts_carry_a_real_name(book: Store) -> None:
    found = rows(book, parts)
    assert {part["part_number"] for part in found} >= REAL_NUMBERS
    for part in found:
        assert re.fullmatch("[DE][0-9A-Z]{4}LL|C[0-9A-Z]{4}EN", part["part_number"])
        assert (part["part_number"] in REAL_NUMBERS) == bool(re.match("IBM|Lotus|Rational", part["description"]))
        assert part["description_pt"] and part["description_es"]


def test_identifiers_have_the_shape_of_the_domain(book: Store) -> None:
    assert all(re.fullmatch("7[0-9]{6}", row["site_number"]) for row in [*rows(book, sites), *rows(book, resellers)])
    held = {(row["reseller_site_number"], row["order_number"]) for row in rows(book, orders)}
    assert len(held) > len({number for _reseller, number in held}), "two resellers use the same order number for different orders"


def test_the_book_has_the_shape_of_a_real_one(book: Store) -> None:
    found = rows(book, orders)
    assert {row["order_type"] for row in found} == {"purchase", "renewal", "media", "saas"}
    assert {row["status"] for row in found} == {"submitted", "accepted", "fulfilled", "invoiced", "cancelled"}
    assert {row["country"] for row in found} >= {"BR", "PT", "MX", "CL", "CO", "AR", "US", "DE"}
    assert any(row["quantity"] < 0 for row in found)
    lines: dict[str, int] = defaultdict(int)
    months: dict[int, int] = defaultdict(int)
    for row in found:
        lines[row["site_number"]] += 1
        months[row["order_date"].month] += row["order_type"] == "purchase"
    largest = sorted(lines.values(), reverse=True)
    assert sum(largest[: len(largest) // 10]) > 0.3 * len(found), "a tenth of the sites has a third of the lines"
    assert months[12] > 1.5 * months[1] and months[6] > months[5]


def test_sites_are_shared_and_the_distributor_sees_all_three(book: Store) -> None:
    sellers = defaultdict(set)
    for row in rows(book, orders):
        sellers[row["site_number"]].add(row["reseller_site_number"])
    assert sum(len(found) > 1 for found in sellers.values()) > 10
    distributor, *others = (who(book, email) for email, _name, _site, role in CAST if role == "primary")
    counts = [replica_count(viewer) for viewer in (distributor, *others)]
    assert counts[0] == 10_000 and sum(counts[1:]) < 10_000 and min(counts) > 0


def who(store: Store, email: str) -> Viewer:
    return Viewer.of_email(store, email)


def replica_count(viewer: Viewer) -> int:
    return report.run(REPORTS["order-history"], viewer, Filters(), today=TODAY, form="detail", limit=1).count


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_has_rows_for_every_primary_and_runs_for_each_role_in_each_language_with_rows_and_without(name: str, book: Store) -> None:
    first = {role: email for email, _name, _site, role in reversed(CAST)}
    for (email, _name, _site, role), language in product(CAST, LANGUAGES):
        if email != first[role] and (role != "primary" or language != "en"):
            continue
        for form, nothing in product(("summary", "detail"), (False, True)):
            filters = Filters(site=("1",)) if nothing else Filters()
            with use(language):
                if role == "operator":
                    with pytest.raises(AccessDenied):
                        report.run(REPORTS[name], who(book, email), filters, today=TODAY, form=form, limit=5)
                    continue
                found = report.run(REPORTS[name], who(book, email), filters, today=TODAY, form=form, limit=5)
            if nothing:
                assert (found.rows, found.count, found.totals) == ([], 0, []), (email, form)
            elif role == "primary":
                assert found.rows and found.totals, (email, form)


def test_the_log_ins_are_kept_for_the_owner_alone_and_are_new_each_time_and_the_file_shrinks_when_it_goes(sqlite_store: Store) -> None:
    embedded = Path(str(sqlite_store.settings.database_url.database))
    before = embedded.stat().st_size
    first = demonstration.load(sqlite_store, today=TODAY, lines=LINES)
    assert demonstration.log_ins(sqlite_store) == first
    file = sqlite_store.settings.data_dir / "demonstration-logins.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    demonstration.remove(sqlite_store)
    assert not file.exists() and demonstration.log_ins(sqlite_store) == []
    assert embedded.stat().st_size < before + 1_000_000, "the embedded file shrinks when the demonstration goes"
    second = demonstration.load(sqlite_store, today=TODAY, lines=LINES)
    assert not {login["password"] for login in first} & {login["password"] for login in second}


def test_it_comes_whole_or_not_at_all(store: Store) -> None:
    (store.settings.data_dir / "demonstration-logins.json").mkdir()  # the last step fails
    with pytest.raises(OSError):
        demonstration.load(store, today=TODAY, lines=LINES)
    assert demonstration.wanted(store) and not demonstration.present(store)
    assert filled(store) <= TRACES


def filled(store: Store) -> set[str]:
    """The tables of the store that hold a row."""
    with store.reading() as connection:
        return {table.name for table in metadata.sorted_tables if connection.scalar(select(func.count()).select_from(table))}


def test_the_people_sign_in_with_the_passwords_that_loading_gave_and_it_goes_whole(store: Store) -> None:
    assert demonstration.wanted(store)
    for login in demonstration.load(store, today=TODAY, lines=LINES):
        assert sign_in.sign_in(store, login["email"], login["password"], "127.0.0.1", Settings.now())
    assert sorted((login["reseller"], login["role"]) for login in demonstration.log_ins(store)) == [
        ("", "operator"), ("7000101", "primary"), ("7000202", "primary"), ("7000202", "secondary"), *[("7000202", "user")] * 2,
        ("7000303", "primary")]
    assert demonstration.present(store) and not demonstration.wanted(store)
    demonstration.remove(store)
    assert filled(store) <= TRACES
    with store.desk_reading() as desk:
        assert not desk.execute(select(sessions)).all()
    assert not demonstration.present(store)
    assert not demonstration.wanted(store), "removed once, serve does not bring it back"


def test_what_is_gone_is_gone_from_the_reading_copy_and_leaves_no_history(store: Store) -> None:
    demonstration.load(store, today=TODAY, lines=LINES)
    reader = replica.reader(store)
    tables = [table for table in REPLICATED if rows(store, table)]
    assert len(tables) == len(REPLICATED) - 1, "nobody has named a stub"
    assert all(reader.rows(select(func.count()).select_from(table))[0][0] for table in tables)
    with store.writing("test") as writing:
        writing.connection.execute(insert(resellers).values(site_number="7999999", name="Outra", country="BR", stub=False, txn=writing.txn))
    demonstration.remove(store)
    assert [reader.rows(select(func.count()).select_from(table))[0][0] for table in tables] == [table is resellers for table in tables]
    assert {row["table_name"] for row in rows(store, row_history)} == {"parts"}
    with store.writing("test") as writing:
        writing.connection.execute(resellers.delete())
    assert {row["table_name"] for row in rows(store, row_history)} == {"parts", "resellers"}, "what others delete is kept as ever"
    assert reader.rows(select(func.count()).select_from(resellers))[0][0] == 0
    replica.forget(store)


def test_a_second_load_and_a_store_with_other_data_are_refused(store: Store) -> None:
    with store.writing("test") as writing:
        writing.connection.execute(insert(resellers).values(site_number="7999999", name="Outra", country="BR", txn=writing.txn))
    with pytest.raises(Refused, match="other data"):
        demonstration.load(store, today=TODAY, lines=LINES)
    with store.writing("test") as writing:
        writing.connection.execute(resellers.delete())
    demonstration.load(store, today=TODAY, lines=LINES)
    with pytest.raises(Refused, match="already"):
        demonstration.load(store, today=TODAY, lines=LINES)
    demonstration.remove(store)
    with pytest.raises(Refused, match="no demonstration"):
        demonstration.remove(store)


@pytest.mark.parametrize("lines", [0, 999, 10_000_001])
def test_a_number_of_lines_out_of_range_is_refused(lines: int, sqlite_store: Store) -> None:
    with pytest.raises(Refused, match="from 1000 to 10000000"):
        demonstration.load(sqlite_store, today=TODAY, lines=lines)


@pytest.mark.parametrize("name", DATASETS)
def test_every_dataset_of_it_is_one_that_an_import_takes_whole(name: str, book: Store, tmp_path: Path) -> None:
    """Read back as a file, the import finds nothing to reject and nothing that it would have written otherwise."""
    columns = [column.name for column in DATASETS[name].columns if column.name in metadata.tables[name].c]
    file = tmp_path / f"{name}.csv"
    with file.open("w", newline="", encoding="utf-8") as text:
        writer = csv.DictWriter(text, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows(book, metadata.tables[name]))
    result = import_file(Viewer.of_command_line(book), file, name, options=ImportOptions(dry_run=True)).to_json()
    assert (result["loaded"], result["unchanged"], result["rejected"]) == (0, len(rows(book, metadata.tables[name])), 0)


def test_removal_keeps_what_others_loaded_and_what_that_needs(store: Store) -> None:
    demonstration.load(store, today=TODAY, lines=LINES)
    sold = rows(store, orders)[0]
    with store.writing("test") as writing:
        writing.connection.execute(insert(resellers).values(site_number="7999999", name="Outra", country="BR", stub=False, txn=writing.txn))
        writing.connection.execute(insert(orders).values(
            **sold | {"reseller_site_number": "7999999", "distributor_site_number": None, "txn": writing.txn}))
        user = {"name": "Vera", "operator": False, "status": "invited", "created_at": writing.at}
        vera = writing.connection.execute(insert(users).values(email="vera@outra.example", **user).returning(users.c.id)).scalar_one()
        writing.connection.execute(insert(one_time_links).values(token_hash="x", user_id=vera, purpose="activation", expires_at=writing.at))
    demonstration.remove(store)
    assert [row["site_number"] for row in rows(store, resellers)] == ["7999999"]
    assert len(rows(store, orders)) == 1
    assert [row["site_number"] for row in rows(store, sites)] == [sold["site_number"]]
    assert {row["part_number"] for row in rows(store, parts)} == {sold["part_number"]}
    assert [row["email"] for row in rows(store, users)] == ["vera@outra.example"]
    assert len(rows(store, one_time_links)) == 1
