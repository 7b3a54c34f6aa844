"""Price notifications: both prices of every open line, what they make and who is to be told equal an independent computation."""

from __future__ import annotations

import csv
import io
import random
from collections import defaultdict
from collections.abc import Callable
from contextlib import nullcontext
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
import renewal_lines
import world as worlds
from browser import Served, settled, sign_in, viewer
from cast import AURORA, BOREAL, settle, times
from openpyxl import load_workbook
from playwright.sync_api import Page, expect
from price_lists import START, Price, by_key, in_force, price_lists
from renewal_lines import Line, Said, lay, line
from sqlalchemy import insert, update
from staff import hire

from pao_core import report
from pao_core.access import AccessDenied, Viewer
from pao_core.config import Settings
from pao_core.export.csv import table_csv
from pao_core.filters import Filters
from pao_core.locale import formats
from pao_core.locale.words import PRICE_EFFECTS
from pao_core.prices import difference
from pao_core.prices.difference import Two
from pao_core.prices.price_files import PriceFile
from pao_core.renewals import price_figures, price_mailing, price_notifications
from pao_core.renewals.price_notifications import APART
from pao_core.store.engine import Store
from pao_core.store.schema import agreements, contacts, prices, sites

TODAY = date(2026, 11, 24)
NEW_YEAR = date(2027, 1, 1)
AMOUNTS = ("amount", "old_amount", "new_amount")


# -- the report again, in plain Python --------------------------------------------------------------------------------
def priced(lists: list[Price]) -> Callable[[worlds.World, Filters, date, Line], Line]:
    """What the report says of a line beyond what all reports of renewals do."""
    keys = by_key(lists)

    @cache
    def next_edition(country: str, currency: str, today: date, asked: date | None) -> date | None:
        return min((price["effective_from"] for price in lists if (price["country"], price["currency"]) == (country, currency)
                    and price["effective_from"] > today and asked in (None, price["effective_from"])), default=None)

    def more(world: worlds.World, filters: Filters, today: date, line: Line) -> Line:
        site = world.sites[line["site_number"]]
        level = world.agreements.get(site["agreement_number"] or "", {}).get("price_level")
        edition = next_edition(site["country"], line["currency"], today, filters.edition)
        of_key = keys[line["part_number"], site["country"], line["currency"], level]
        now, then = in_force(of_key, today), in_force(of_key, edition) if edition else None
        new = (then if line["coverage_start"] >= edition else now) if edition else None
        old_price, new_price = now and now["unit_price"], new and new["unit_price"]
        effect = effect_of(level, edition, old_price, new_price, line["coverage_start"])
        old_amount, new_amount = ((amount(line, price) for price in (old_price, new_price)) if effect not in APART else (None, None))
        change = ((new_price / old_price - 1).quantize(Decimal("0.0001"), ROUND_HALF_UP)
                  if old_price is not None and new_price is not None else None)
        return {
            "edition": edition, "effect": effect, "old_price": old_price, "new_price": new_price, "old_amount": old_amount,
            "new_amount": new_amount, "price_difference": None if change is None else new_price - old_price, "change": change,
            "band": band_of(old_price, new_price, change) if effect in ("rises", "falls", "same") else None,
            "order_before": edition - timedelta(1) if effect == "rises" and edition else None,
        }

    return more


def amount(line: Line, price: Decimal) -> Decimal:
    return (line["quantity"] * price).quantize(Decimal(1).scaleb(-worlds.DECIMALS[line["currency"]]), ROUND_HALF_UP)


def effect_of(level: str | None, edition: date | None, old: Decimal | None, new: Decimal | None, starts: date) -> str:
    if level is None:
        return "no_level"
    if edition is None:
        return "no_edition"
    if old is None:
        return "no_price_now"
    if starts < edition:
        return "before"
    if new is None:
        return "no_new_price"
    return "same" if new == old else "rises" if new > old else "falls"


def band_of(old: Decimal, new: Decimal, change: Decimal) -> str:
    if old == new:
        return "same"
    size = abs(change) * 100
    if new < old:
        return "down-0-5" if size <= 5 else "down-5-10" if size <= 10 else "down-10"
    return "up-0-3" if size <= 3 else "up-3-6" if size <= 6 else "up-6-10" if size <= 10 else "up-10"


def asked_for(world: worlds.World, filters: Filters, _today: date, line: Line) -> bool:
    return not filters.effect or line["effect"] in filters.effect


def of_prices(pick: random.Random, filters: Filters) -> Filters:
    """The filters with one by effect or by edition now and then."""
    if pick.random() < 0.3:
        filters = filters.but(effect=tuple(pick.sample(list(PRICE_EFFECTS), k=pick.randrange(1, 4))))
    return filters.but(edition=START + timedelta(100 * pick.randrange(15))) if pick.random() < 0.3 else filters


def a_world(store: Store, seed: int) -> tuple[worlds.World, Said]:
    world = worlds.make(seed)
    world.prices = price_lists(random.Random(seed), world)
    near = random.Random(seed)
    for at, price in enumerate(world.prices):  # some changes small enough for every band
        if at and (at % 3) and all(price[name] == world.prices[at - 1][name] for name in ("part_number", "country", "currency", "price_level")):
            price["unit_price"] = (world.prices[at - 1]["unit_price"] * Decimal(near.randrange(8_600, 11_400)) / 10_000).quantize(Decimal("0.000001"))
    world.write(store)
    return world, Said(asked_for, priced(world.prices), AMOUNTS, of_prices)


def test_it_equals_plain_python_read_through_duckdb(store: Store) -> None:
    people = settle(store)
    world, said = a_world(store, 41)
    renewal_lines.check(price_notifications, world, people, times(100, 2_500), 83 if store.on_postgresql else 81, said)


def test_it_equals_plain_python_read_on_postgresql(direct_store: Store) -> None:
    people = settle(direct_store)
    world, said = a_world(direct_store, 42)
    renewal_lines.check(price_notifications, world, people, times(40, 1_000), 82, said, both=True)


# -- an announced change ----------------------------------------------------------------------------------------------
def announced(store: Store, pick: random.Random) -> tuple[worlds.World, dict[str, Viewer]]:
    """Lines of many parts around New Year, whose coverage starts before, on and after it; half of the parts cost 6 % more from then on."""
    people = settle(store)
    world = worlds.World()
    world.agreements = {number: {"agreement_number": number, "program": "PA", "customer_name": f"Cliente {number}",
                                 "customer_name_folded": f"cliente {number}", "price_level": level} for number, level in (("A1", "BL"), ("A2", "D"))}
    world.sites = {number: {"site_number": number, "name": f"Unidade {number}", "name_folded": f"unidade {number}", "country": "BR",
                            "agreement_number": agreement, "stub": False} for number, agreement in (("1", "A1"), ("2", "A1"), ("3", "A2"))}
    world.parts = {f"E{at}": {"part_number": f"E{at}", "description": f"Support {at}", "product_group": "Security", "part_type": "renewal",
                              "points": None, "charge_metric": None} for at in range(20)}
    for at, part in enumerate(world.parts):
        for level in ("BL", "D"):
            price = Decimal(pick.randrange(100, 10**6)).scaleb(-2)
            editions = [(date(2026, 1, 1), price), *([(NEW_YEAR, price * Decimal("1.06"))] if at % 2 else [])]
            world.prices += [{"part_number": part, "country": "BR", "currency": "BRL", "price_level": level, "effective_from": day,
                              "effective_to": None, "unit_price": cost, "points": None} for day, cost in editions]
    days = (NEW_YEAR - timedelta(1), NEW_YEAR, NEW_YEAR + timedelta(1), date(2026, 12, 1), date(2027, 6, 1))
    world.renewals = [line(at, pick.choice(days), quote_number=f"Q{at % 9}", site_number=pick.choice("123"),
                           part_number=pick.choice(list(world.parts)), quantity=Decimal(pick.randrange(1, 9_000)).scaleb(-3)) for at in range(1, 301)]
    world.write(store)
    return world, people


def test_six_per_cent_on_half_the_parts_costs_what_plain_python_says_and_only_from_that_day_on(store: Store) -> None:
    world, people = announced(store, random.Random(6))
    keys = by_key(world.prices)
    saved: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    found = report.run(price_notifications, people["ana"], Filters(), today=TODAY, form="detail").rows
    assert len(found) == len(world.renewals)
    seen = set()
    for row in found:
        level = {"A1": "BL", "A2": "D"}[row["agreement_number"]]
        base = keys[row["part_number"], "BR", "BRL", level][0]["unit_price"]
        rises = row["coverage_start"] >= NEW_YEAR and int(row["part_number"][1:]) % 2 == 1
        now, then = (amount(row, base * factor) for factor in (Decimal(1), Decimal("1.06") if rises else Decimal(1)))
        assert (row["old_amount"], row["new_amount"], row["difference"]) == (now, then, then - now), row
        assert (row["change"], row["order_before"]) == ((Decimal("0.0600"), date(2026, 12, 31)) if rises else (Decimal("0.0000"), None)), row
        saved["A1" if level == "BL" else "A2", "BRL"] += then - now
        seen.add((row["coverage_start"] - NEW_YEAR, rises))
    assert {(timedelta(-1), False), (timedelta(0), True), (timedelta(0), False), (timedelta(1), True), (timedelta(1), False)} <= seen
    by_agreement = report.run(price_notifications, people["ana"], Filters(), today=TODAY, by="agreement")
    assert {(row["agreement"], row["currency"]): row["saved"] for row in by_agreement.rows} == saved
    assert by_agreement.totals[0]["difference"] == sum(saved.values()) > 0
    impact = price_figures.impact(people["ana"], Filters(effect=("falls",)), "BRL", TODAY)
    assert (impact.rises.difference, impact.order_before, impact.bands["up-3-6"]) == (
        sum(saved.values()), date(2026, 12, 31), impact.rises.lines)
    assert report.run(price_notifications, people["ana"], impact.rises.filters, today=TODAY, form="detail").count == impact.rises.lines


def test_once_the_prices_are_in_force_nothing_is_to_come_and_every_line_is_still_listed(sqlite_store: Store) -> None:
    world, people = announced(sqlite_store, random.Random(7))
    rows = report.run(price_notifications, people["ana"], Filters(), today=NEW_YEAR, by="effect").rows
    assert [(row["effect"], row["lines"], row["lines_apart"], row["old_amount"]) for row in rows] == [
        ("no_edition", len(world.renewals), len(world.renewals), None)]


# -- whom to write to -------------------------------------------------------------------------------------------------
def test_the_mailing_has_each_customer_with_each_contact_of_the_sites_whose_lines_rise_and_no_formula(store: Store) -> None:
    _world, people = announced(store, random.Random(8))
    with store.writing("test") as writing:
        writing.connection.execute(insert(contacts), [
            {"site_number": site, "email": email, "name": name, "role": "renewal", "phone": None, "txn": writing.txn}
            for site, email, name in (("1", "ana@a1.example", "=cmd()"), ("2", "ana@a1.example", "=cmd()"), ("2", "rui@a1.example", "Rui"))])
    found = report.run(price_mailing, people["ana"], Filters(in_currency="EUR"), today=TODAY, form="detail", totals=False)
    sums = {row["agreement"]: row for row in report.run(
        price_notifications, people["ana"], Filters(effect=("rises",)), today=TODAY, by="agreement").rows}
    assert [(row["customer"], row["email"], row["contact_name"]) for row in found.rows] == [
        ("A1", "ana@a1.example", "=cmd()"), ("A1", "rui@a1.example", "Rui"), ("A2", None, None)]
    for row in found.rows:
        of = sums[row["customer"]]
        assert [row[name] for name in ("lines", "old_amount", "new_amount", "difference")] == [
            of[name] for name in ("lines", "old_amount", "new_amount", "difference")]
        assert (row["order_before"], row["edition"], row["currency"]) == (date(2026, 12, 31), NEW_YEAR, "BRL")
    written = list(csv.DictReader(io.StringIO(table_csv(found.columns, found.rows).decode("utf-8-sig"))))
    assert [row["contact_name"] for row in written] == ["'=cmd()", "Rui", ""]


def test_a_distributor_reads_what_its_resellers_lines_will_cost_and_is_given_nobody_of_theirs_to_write_to(sqlite_store: Store) -> None:
    people = lay(sqlite_store, line(1, date(2027, 6, 1), distributor_site_number=AURORA))
    with sqlite_store.writing("test") as writing:
        writing.connection.execute(update(sites).values(agreement_number="A"))
        writing.connection.execute(update(agreements).values(price_level="D"))
        writing.connection.execute(insert(prices), [
            {"part_number": "E1", "country": "BR", "currency": "BRL", "price_level": "D", "effective_from": day, "effective_to": None,
             "unit_price": cost, "points": None, "txn": writing.txn} for day, cost in ((date(2026, 1, 1), 100), (NEW_YEAR, 106))])
    for name, rows in (("ana", 1), ("carla", 0)):
        assert [row["effect"] for row in report.run(price_notifications, people[name], Filters(), today=TODAY, form="detail").rows] == ["rises"]
        assert report.run(price_mailing, people[name], Filters(), today=TODAY, form="detail", totals=False).count == rows


@pytest.mark.parametrize("module", [price_notifications, price_mailing])
def test_it_takes_the_right_to_reports_and_the_right_to_price_files(sqlite_store: Store, module: ModuleType) -> None:
    settle(sqlite_store)
    for privileges in ({}, {"reporting": "view"}, {"price_files": "download"}, {"reporting": "view", "price_files": "download"}):
        reader = hire(sqlite_store, f"{'-'.join(('reader', *privileges))}@boreal.example", BOREAL, "user", privileges)
        with nullcontext() if len(privileges) == 2 else pytest.raises(AccessDenied):
            report.run(module, reader, Filters(), today=TODAY, form="detail", totals=False)


def test_what_rises_is_found_at_one_click_and_the_mailing_and_the_difference_of_two_files_are_taken_away(
    served: Served, tab: Callable[..., Page],
) -> None:
    page, reader, today = tab(), viewer(served), Settings.from_environment().today()
    sign_in(page, served, "/price-notifications")
    rising = report.run(price_notifications, reader, Filters(effect=("rises",)), today=today, form="detail", limit=1).count
    page.get_by_role("radio", name="Rises", exact=True).click()
    page.wait_for_url("**effect=rises**")
    settled(page)
    expect(page.get_by_test_id("stMarkdown").filter(has_text="renewal lines").first).to_contain_text(f"{rising:,} renewal lines")
    impact = price_figures.impact(reader, Filters(), "BRL", today)
    assert impact.order_before
    expect(page.get_by_text(f"order by {formats.day(impact.order_before)}")).to_be_visible()
    page.get_by_role("button", name="Download").last.click()
    with page.expect_download() as taken:
        page.get_by_role("button", name="CSV for systems").click()
    rows = list(csv.DictReader(io.StringIO(Path(taken.value.path()).read_text(encoding="utf-8-sig"))))
    assert {row["email"] for row in rows} == {row["email"] or "" for row in report.run(
        price_mailing, reader, Filters(effect=("rises",)), today=today, form="detail", totals=False).rows}
    page.goto(f"{served.url}/price-files?show=difference")
    settled(page)
    markets = difference.days(reader, "BR", "BRL")
    found = difference.counts(reader, Two(PriceFile("software", "current", "BR", "BRL"), *difference.usual(markets, today)))
    changed = page.get_by_test_id("stMetric").filter(has=page.get_by_text("Changed", exact=True))
    expect(changed).to_contain_text(f"{found.prices['changed']:,}")
    with page.expect_download() as taken:
        page.get_by_role("button", name="Download the difference").click()
    sheet = load_workbook(io.BytesIO(Path(taken.value.path()).read_bytes()), read_only=True).worksheets[0]
    assert sum(1 for _row in sheet.iter_rows()) == 1 + sum(found.prices[kind] for kind in ("new", "gone", "changed"))
    page.get_by_role("radio", name="Gaps", exact=True).click()
    page.wait_for_url("**show=gaps**")
    expect(page.get_by_role("heading", name="Gaps").first).to_be_visible()
