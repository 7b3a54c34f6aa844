"""The timeline of a customer equals an independent computation, page by page, on every engine; and tells nothing of others."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import customer_in_python as plain
import pytest
import world as worlds
from cast import AURORA, BOREAL, CEDRO, settle, times
from customer_in_python import OWN, TODAYS
from sqlalchemy import insert

from pao_core.access import AccessDenied, Viewer
from pao_core.customers import customer, timeline
from pao_core.customers.timeline import TOPICS, Happened
from pao_core.filters import Filters
from pao_core.locale.words import TIMELINE_KINDS
from pao_core.store import schema
from pao_core.store.engine import Store

Note = dict[str, Any]
SHOWN = ("on", "kind", "number", "part_number", "site_number", "quantity", "lines", "currency", "amount", "reseller_site_number")


def make(seed: int, lines: int = 400) -> tuple[worlds.World, list[Note]]:
    """A world with ends and orders around today, and notes of all three resellers on days when much happened."""
    world, pick = plain.make(seed, lines), random.Random(seed)
    for place, row in enumerate(world.orders[::5]):
        row |= {"order_date": TODAYS[place % len(TODAYS)]}
    for place, row in enumerate(world.subscriptions):
        row |= {"ordered_on": TODAYS[place % 6] - timedelta(60), "start": pick.choice([None, TODAYS[place % 6]]),
                "end": pick.choice([None, TODAYS[place % 6] + timedelta(pick.choice([-1, 0, 1]))])}
    kept = []
    for number in range(160):
        reseller, site = pick.choice(sorted({*worlds.links(world, AURORA), *((AURORA, site) for site in world.sites)}))
        written = datetime.combine(pick.choice(TODAYS) + timedelta(pick.randrange(-2, 3)), time(pick.randrange(24)), UTC)
        step, done = pick.random() < 0.5, pick.random() < 0.5
        kept.append({
            "reseller_site_number": reseller, "site_number": site, "kind": "step" if step else "note", "text": f"Said {number}",
            "due_on": written.date() if step else None, "assignee": "ana@boreal.example" if step else None,
            "done_at": written + timedelta(1) if step and done else None, "done_by": "ana@boreal.example" if step and done else None,
            "written_at": written, "written_by": "ana@boreal.example", "changed_at": written, "changed_by": "ana@boreal.example", "version": 1,
            "removed_at": written if number % 7 == 0 else None})
    return world, kept


def write(store: Store, world: worlds.World, kept: list[Note]) -> None:
    world.write(store)
    with store.writing("test") as writing:
        writing.connection.execute(insert(schema.notes), kept)


def expected(world: worlds.World, kept: list[Note], own: str, at: set[str], currency: str | None, today: date) -> list[tuple[Any, ...]]:
    """What happened, as the columns SHOWN."""
    found: list[tuple[Any, ...]] = []
    grouped: dict[tuple[Any, ...], list[plain.Row]] = defaultdict(list)
    for line in plain.at(world.orders, own, at):
        of = worlds.reported(world, line, "order_date", currency, today)
        grouped["ordered", line["order_date"], line["reseller_site_number"], line["order_number"], of["currency"]].append(of)
    for line in plain.at(world.renewals, own, at):
        of, day = worlds.reported(world, line, "due_date", currency, today), {"renewed": line["renewed_on"], "lapsed": line["due_date"]}
        if day.get(line["status"]):
            grouped[line["status"], day[line["status"]], line["reseller_site_number"], line["quote_number"], of["currency"]].append(of)
    for (kind, on, reseller, number, code), of in grouped.items():
        at_sites = {line["site_number"] for line in of}
        found.append((on, kind, number, None, at_sites.pop() if len(at_sites) == 1 else None, None, len(of), code,
                      sum((line["amount"] for line in of), Decimal(0)), reseller))
    edges: dict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    for row in plain.at(world.entitlements, own, at):
        edges[row["coverage_start"], "coverage_began", row["part_number"], row["site_number"], row["reseller_site_number"]] += row["quantity"]
        if row["coverage_end"] and row["coverage_end"] < today:
            edges[row["coverage_end"], "coverage_ended", row["part_number"], row["site_number"], row["reseller_site_number"]] += row["quantity"]
    found += [(on, kind, None, part, site, quantity, None, None, None, reseller) for (on, kind, part, site, reseller), quantity in edges.items()]
    for row in plain.at(world.subscriptions, own, at):
        for day, kind in (("ordered_on", "ordered"), ("start", "began"), ("end", "ended")):
            if row[day] and (kind != "ended" or row[day] < today):
                found.append((row[day], f"subscription_{kind}", row["subscription_number"], row["part_number"], row["site_number"],
                              row["entitled_quantity"], None, None, None, row["reseller_site_number"]))
    for number, note in enumerate(kept, 1):
        if note["reseller_site_number"] == own and note["site_number"] in at and note["removed_at"] is None:
            told = (str(number), None, note["site_number"], None, None, None, None, own)
            found.append((note["written_at"].date(), note["kind"], *told))
            if note["done_at"]:
                found.append((note["done_at"].date(), "step_done", *told))
    return [row for row in found if row[0] <= today]


def told(row: Happened) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in SHOWN)


def check(world: worlds.World, kept: list[Note], people: dict[str, Viewer], rounds: int, seed: int) -> None:
    pick, notes_seen = random.Random(seed), 0
    for _ in range(rounds):
        name, today, currency = pick.choice(("carla", "ana")), pick.choice(TODAYS), pick.choice([None, None, "EUR", "BRL"])
        own = OWN[name]
        site = pick.choice(sorted(number for _reseller, number in worlds.links(world, own)))
        agreement = world.sites[site]["agreement_number"]
        filters = Filters(agreement=(agreement,)) if agreement and pick.random() < 0.7 else Filters(site=(site,))
        at = plain.sites_of(world, own, agreement if filters.agreement else None, None if filters.agreement else site)
        topics = pick.choice([(), (), *((topic,) for topic in TOPICS), ("orders", "notes")])
        kinds = {kind for topic in topics or TOPICS for kind in TOPICS[topic]}
        rows = [row for row in expected(world, kept, own, at, currency, today) if row[1] in kinds]
        size = len(rows) // pick.choice([1, 2, 3, 5]) + 1
        pages = [timeline.page(people[name], filters.but(in_currency=currency), today, topics, limit=size, offset=offset)
                 for offset in range(0, len(rows) + 1, size)]
        found = [row for page in pages for row in page.rows]
        why = f"{name} {filters} {currency} {today} {topics} {size}"
        assert Counter(map(told, found)) == Counter(rows), why
        assert {page.count for page in pages} == {len(rows)}, why
        assert all(len(page.rows) == size for page in pages[:-1]), why
        assert [row.topic == "notes" for row in found] == [row.topic == "notes" for row in sorted(
            found, key=lambda row: (-row.on.toordinal(), row.topic != "notes"))], why  # first of what happened on their day
        assert [row.on for row in found] == sorted((row.on for row in found), reverse=True), why
        notes_seen += sum(row.topic == "notes" for row in found)
    assert notes_seen


def test_it_equals_plain_python_page_by_page_read_through_duckdb(store: Store) -> None:
    people, (world, kept) = settle(store), make(7)
    write(store, world, kept)
    check(world, kept, people, times(25, 1_500), seed=41)


def test_it_equals_plain_python_page_by_page_read_on_postgresql(direct_store: Store) -> None:
    people, (world, kept) = settle(direct_store), make(8)
    write(direct_store, world, kept)
    check(world, kept, people, times(10, 700), seed=42)


def test_of_a_shared_customer_each_reads_what_is_its_own_and_notes_of_nobody_else(sqlite_store: Store) -> None:
    people, (world, kept) = settle(sqlite_store), make(9)
    write(sqlite_store, world, kept)
    shared = min({site for reseller, site in worlds.links(world, BOREAL)} & {site for _reseller, site in worlds.links(world, CEDRO)})
    for name in ("ana", "bob"):
        rows = timeline.page(people[name], Filters(site=(shared,)), TODAYS[0], limit=500).rows
        assert {row.reseller_site_number for row in rows} == {OWN[name]}
    carla = timeline.page(people["carla"], Filters(site=(shared,)), TODAYS[0], limit=500).rows
    assert {row.reseller_site_number for row in carla if row.topic == "notes"} <= {AURORA}
    assert {row.reseller_site_number for row in carla if row.topic != "notes"} >= {BOREAL, CEDRO}


def test_nobody_without_the_right_is_told_what_happened(sqlite_store: Store) -> None:
    with pytest.raises(AccessDenied):
        timeline.page(settle(sqlite_store)["dora"], Filters(site=("7100",)), TODAYS[0], limit=5)


def test_every_kind_has_a_word_and_belongs_to_one_topic() -> None:
    assert sorted(kind for kinds in TOPICS.values() for kind in kinds) == sorted(TIMELINE_KINDS)
    assert customer.RIGHT == timeline.RIGHT
