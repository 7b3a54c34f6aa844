"""My next steps on Home equal plain Python over notes of all kinds, and are called as the customers that their reader sees."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import world as worlds
from cast import AURORA, BOREAL, CEDRO
from sqlalchemy import insert, select
from staff import hire

from pao_core.access import AccessDenied, Viewer
from pao_core.customers import next_steps
from pao_core.customers.notes import LAST_DAY
from pao_core.store.engine import Store
from pao_core.store.schema import notes, sites

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SITES = {"ana": (BOREAL,), "bob": (CEDRO,), "carla": (AURORA,), "both": (BOREAL, CEDRO)}
UNSEEN = "7999"  # a site of which nobody has a row
Row = dict[str, Any]


def planned(pick: random.Random, world: worlds.World, emails: list[str]) -> list[Row]:
    """Notes and steps at any site, some of them done or removed, due around today, given to anybody."""
    rows = []
    for _ in range(300):
        step, done = pick.random() < 0.8, pick.random() < 0.2
        rows.append({
            "reseller_site_number": pick.choice([AURORA, BOREAL, CEDRO]), "site_number": pick.choice([*world.sites, UNSEEN]),
            "kind": "step" if step else "note", "text": "Call", "due_on": TODAY + timedelta(pick.randrange(-9, 10)) if step else None,
            "assignee": pick.choice(emails) if step else None, "done_at": NOW if step and done else None, "done_by": None,
            "removed_at": NOW if pick.random() < 0.2 else None, "version": 1,
            **{f"{act}_at": NOW for act in ("written", "changed")}, **{f"{act}_by": "x" for act in ("written", "changed")},
        })
    return rows


def expected(world: worlds.World, rows: list[Row], own: tuple[str, ...], email: str) -> list[tuple[date, str, str, str]]:
    """What is open, the reader's, of its own sites and due within a week: day, when, site and the customer's name."""
    found = []
    for row in rows:
        if row["kind"] != "step" or row["done_at"] or row["removed_at"] or row["assignee"] != email or row["reseller_site_number"] not in own:
            continue
        days = (row["due_on"] - TODAY).days
        if days < 7:
            when = "overdue" if days < 0 else "week" if days else "today"
            found.append((row["due_on"], when, row["site_number"], called(world, row["site_number"], row["reseller_site_number"], own)))
    return sorted(found, key=lambda step: step[0])


def called(world: worlds.World, site: str, reseller: str, own: tuple[str, ...]) -> str:
    """As the note's reseller calls the customer; else as another of the reader's own does, or one that it reads along; else by the number."""
    seen = {pair[0] for mine in own for pair in worlds.links(world, mine) if pair[1] == site}
    ranked = sorted(seen, key=lambda one: (one != reseller, one not in own, one))
    if not ranked:
        return site
    return worlds.customer_of(world, site, ranked[0], ranked[0] if ranked[0] in own else own[0])[1]


def test_they_equal_plain_python_for_everybody(store: Store, people: dict[str, Viewer]) -> None:
    pick, world = random.Random(51), worlds.make(51, lines=60)
    world.write(store)
    hire(store, "both@boreal.example", BOREAL, "user")
    readers = {**people, "both": hire(store, "both@boreal.example", CEDRO, "user")}
    rows = planned(pick, world, [readers[name].email for name in SITES])
    with store.writing("test") as writing:
        if writing.connection.scalar(select(sites.c.site_number).where(sites.c.site_number == UNSEEN)) is None:
            writing.connection.execute(insert(sites).values(site_number=UNSEEN, name=UNSEEN, name_folded=UNSEEN, country="BR", stub=True,
                                                            txn=writing.txn))
        writing.connection.execute(insert(notes), rows)
    kinds = Counter[str]()
    for name, own in SITES.items():
        found = next_steps.mine(readers[name], TODAY)
        told = [(step.note.now.due_on, step.when, step.note.site, step.customer_name) for step in found]
        assert [step[0] for step in told] == sorted(step[0] for step in told if step[0])
        assert sorted(told, key=str) == sorted(expected(world, rows, own, readers[name].email), key=str), name
        kinds.update(step.when for step in found)
        kinds["unseen"] += sum(step.customer_name == UNSEEN for step in found)
    assert set(kinds) == {"overdue", "today", "week", "unseen"} and all(kinds.values())
    with pytest.raises(AccessDenied):
        next_steps.mine(people["dora"], TODAY)


def test_the_week_ends_with_the_calendar() -> None:
    assert next_steps.last_day(TODAY) == date(2026, 11, 30)
    assert next_steps.last_day(LAST_DAY) == LAST_DAY
