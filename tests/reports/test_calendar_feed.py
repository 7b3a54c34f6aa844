"""The calendar of a view: another program reads the days that its user may see, with a token that is over with the user."""

from __future__ import annotations

import random
import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import ics
import pytest
import world as worlds
from browser import PATIENCE, Served
from cast import BOREAL, CEDRO, settle, times
from door import Answer, Door, serving
from keys import NOW, PASSWORD, kept
from renewal_lines import lay, line
from sqlalchemy import select, update
from staff import audit_since, hire, refusal

from pao_core import catalogue, report
from pao_core.access import Viewer
from pao_core.access.entry import calendar_tokens, links, new_password
from pao_core.access.people import users as people_acts
from pao_core.locale import formats, use
from pao_core.renewals import renewals
from pao_core.reports import calendar_feed, saved_views
from pao_core.reports.calendar_feed import AHEAD, AT_ONCE, BACK, READINGS
from pao_core.settings import my_account
from pao_core.store.engine import Store
from pao_core.store.schema import calendar_feeds, memberships, users

TODAY = NOW.date()
DAYS = {"customer-activity": False, "order-history": False, "renewals": True, "due-180-days": True, "committed-terms": True}


@pytest.fixture
def fonts(tmp_path: Path) -> Path:
    (tmp_path / "fonts").mkdir()
    return tmp_path / "fonts"


@pytest.fixture
def door(store: Store, fonts: Path) -> Iterator[Door]:
    """The route behind the wall; the hand of its clock is the door's."""
    opened: list[Door] = []

    def clock() -> datetime:
        return opened[0].now if opened else NOW

    with serving(store, fonts, routes=calendar_feed.routes(store, catalogue.of_page, clock)) as made:
        opened.append(made)
        yield made


def path(address: str) -> str:
    return address.removeprefix("http://localhost:8501")


def read(door: Door, address: str) -> list[Any]:
    """The events of a calendar, as another program reads them."""
    answer = door.ask("GET", path(address))
    assert (answer.status, answer.headers["Content-Type"], answer.headers["Cache-Control"]) == (200, "text/calendar; charset=utf-8", "no-store")
    assert answer.cookie == ""
    return sorted(ics.Calendar(answer.body.decode()).events, key=lambda event: (event.begin, event.name))


def told(answer: Answer) -> tuple[Any, ...]:
    """All of an answer that could tell one refusal from another."""
    return answer.status, answer.body, sorted((name, value) for name, value in answer.headers.items() if name.lower() != "date")


def view_of(viewer: Viewer, parameters: dict[str, list[str]] | None = None, page: str = "renewals", name: str = "Mine") -> int:
    return saved_views.save(viewer, page, name, parameters or {})


# -- what is in it ----------------------------------------------------------------------------------------------------
def test_each_due_date_of_a_customer_is_one_event_with_count_and_amount_in_the_owners_language(store: Store, door: Door) -> None:
    due = TODAY + timedelta(days=9)
    ana = lay(store, line(1, due), line(2, due, amount=Decimal("1134.50")), line(3, due, currency="EUR"), line(4, due + timedelta(1)),
              line(5, TODAY - BACK), line(6, TODAY - BACK - timedelta(1)), line(7, TODAY + AHEAD), line(8, TODAY + AHEAD + timedelta(1)),
              line(9, due, status="lapsed"), line(10, due, reseller_site_number=CEDRO, amount=Decimal(7)))["ana"]
    my_account.speak(ana, "pt_BR")
    address = calendar_feed.make(ana, view_of(ana, name="Vencimentos; de; Ana"))
    events = read(door, address)
    with use("pt_BR"):
        amounts = f"{formats.money(Decimal('1234.50'), 'BRL')} + {formats.money(Decimal(100), 'EUR')}"
    assert [event.begin.date() for event in events] == [TODAY - BACK, due, due + timedelta(1), TODAY + AHEAD]
    assert events[1].name.startswith("Companhia Lumiara: 3") and events[1].name.endswith(amounts)
    assert all(event.all_day for event in events) and f"from={due}&to={due}" in events[1].url and "view=this" in events[1].url
    assert b"Vencimentos\\; de\\; Ana" in door.ask("GET", path(address)).body


def test_an_event_is_the_same_whenever_it_is_read_and_another_in_another_view(store: Store, door: Door) -> None:
    ana = lay(store, *(line(at, TODAY + timedelta(days=at)) for at in range(1, 8)))["ana"]
    first, second = (calendar_feed.make(ana, view_of(ana, name=name)) for name in ("One", "Two"))
    uids = [[event.uid for event in read(door, address)] for address in (first, second, first)]
    assert uids[0] == uids[2] and not set(uids[0]) & set(uids[1]) and len(set(uids[0])) == 7


def test_anniversaries_come_every_year_and_on_the_28th_where_there_is_no_29th(store: Store, door: Door) -> None:
    people = settle(store)
    worlds.World(
        agreements={"A": {"agreement_number": "A", "program": "PA", "customer_name": "Salto", "customer_name_folded": "salto",
                          "anniversary_date": date(2024, 2, 29)}},
        sites={"1": {"site_number": "1", "name": "Salto", "name_folded": "salto", "country": "BR", "agreement_number": "A"}},
        parts={"E1": {"part_number": "E1", "description": "Support", "product_group": "Security", "part_type": "renewal", "points": None,
                      "charge_metric": None}},
        renewals=[line(1, TODAY + timedelta(900))]).write(store)
    ana = people["ana"]
    for page in ("renewals", "customers"):
        days = [event.begin.date() for event in read(door, calendar_feed.make(ana, view_of(ana, page=page)))]
        assert days == [date(2026, 2, 28), date(2027, 2, 28)], page
    door.now = datetime(2028, 1, 3, 12, tzinfo=NOW.tzinfo)
    made = calendar_feed.make(ana, view_of(ana, name="Leap"))
    assert date(2028, 2, 29) in [event.begin.date() for event in read(door, made)]


def test_a_view_says_in_its_calendar_what_it_holds_and_what_fell_away(store: Store, door: Door) -> None:
    ana = lay(store, line(1, TODAY))["ana"]
    address = calendar_feed.make(ana, view_of(ana, {"site": ["1"], "product-group": ["Zeppelins"]}))
    told_ = door.ask("GET", path(address)).body.decode().replace("\r\n ", "")
    assert "Site number: 1" in told_ and "Zeppelins is not known" in told_


def test_a_report_without_days_has_no_calendar() -> None:
    assert {name: calendar_feed.has_days(module) for name, module in catalogue.REPORTS.items() if name in DAYS} == DAYS | {"customer-activity": True}


def test_a_calendar_holds_the_rows_of_its_user_and_of_no_other_reseller(store: Store) -> None:
    people, world = settle(store), worlds.make(91, 250)
    world.write(store)
    pick, seen = random.Random(5), Counter[str]()
    for at in range(times(4, 300)):
        filters = worlds.random_filters(pick, world)
        for name in ("ana", "bob", "carla"):
            who = people[name]
            view = saved_views.find(who, view_of(who, {key: list(values) for key, values in filters.to_params().items()}, name=f"View {at}"))
            assert view
            asked = saved_views.asked(who, renewals, view.parameters)
            today = date(2026, 11, 24)
            events = calendar_feed.events(who, view, renewals, asked, today)
            expected = Counter(
                (row["due_date"], row["customer"]) for row in report.run(renewals, who, asked.filters, today=today, form="detail").rows
                if today - BACK <= row["due_date"] <= today + AHEAD)
            days = Counter(event.day for event in events if "anniversary" not in event.summary)
            assert days == Counter(day for day, _customer in expected)
            seen[name] += len(events)
    assert all(seen[name] for name in ("ana", "bob", "carla"))


# -- the token --------------------------------------------------------------------------------------------------------
def test_the_token_is_shown_once_and_only_its_hash_is_kept(store: Store, door: Door, people: dict[str, Viewer]) -> None:
    ana = people["ana"]
    address = calendar_feed.make(ana, view_of(ana))
    token = address.rsplit("/", 1)[1].removesuffix(".ics")
    with store.reading() as connection:
        (row,) = connection.execute(select(calendar_feeds))
        assert row.token_hash == calendar_tokens.token_hash(token) and token not in repr(row)
    assert len(token) == 43 and read(door, address) == []
    view = saved_views.listed(ana)[0]
    assert view.calendar and view.read_at == NOW


def test_a_new_address_ends_the_one_before_and_a_revoked_one_is_over(door: Door, people: dict[str, Viewer]) -> None:
    ana, view = people["ana"], view_of(people["ana"])
    first = calendar_feed.make(ana, view)
    second = calendar_feed.make(ana, view)
    assert door.ask("GET", path(first)).status == 404 and read(door, second) == []
    calendar_feed.revoke(ana, view)
    assert door.ask("GET", path(second)).status == 404
    assert refusal(calendar_feed.revoke, ana, view) is not None
    assert refusal(calendar_feed.make, people["bob"], view) is not None


def test_a_token_that_is_over_is_answered_like_one_that_there_never_was(store: Store, door: Door, people: dict[str, Viewer]) -> None:
    """Whatever ended it: suspended, removed, without the right, the view gone or private again; and what is no token at all."""
    ana, operator = people["ana"], Viewer.of_command_line(store)
    shared = view_of(ana, name="Shared")
    saved_views.share(ana, shared, BOREAL)
    over = {}
    for name in ("suspended", "removed", "blind", "invited", "everywhere", "unshared", "gone"):
        who = hire(store, f"{name}@boreal.example", BOREAL, "user")
        over[name] = calendar_feed.make(who, shared if name == "unshared" else view_of(who))
        if name == "suspended":
            people_acts.suspend(ana, who.email, BOREAL)
            people_acts.restore(ana, who.email, BOREAL)  # it was over for good
        elif name == "everywhere":
            people_acts.suspend(operator, who.email, None)
            people_acts.restore(operator, who.email, None)
        elif name == "removed":
            people_acts.remove(ana, who.email, BOREAL)
        elif name == "gone":
            saved_views.remove(who, saved_views.listed(who)[0].id)
        else:
            with store.writing("test") as writing:
                values: dict[str, Any] = {"blind": {"privileges": {"access": "view"}}}.get(name, {})
                if values:
                    writing.connection.execute(update(memberships).where(memberships.c.user_id == who.user_id).values(**values))
                if name == "invited":
                    writing.connection.execute(update(users).where(users.c.id == who.user_id).values(status="invited"))
    saved_views.keep_private(ana, shared)
    unknown = told(door.ask("GET", f"/calendar/{'A' * 43}.ics"))
    assert unknown[:2] == (404, b"Not found")
    for name, address in over.items():
        assert told(door.ask("GET", path(address))) == unknown, name
    for odd in ("a", "A" * 500, "%00", "%F0%9F%99%82", "..%2F..%2Fetc", "' OR 1=1 --".replace(" ", "%20"), "=" * 43):
        assert told(door.ask("GET", f"/calendar/{odd}.ics"))[0] in (404, 200), odd
    for answer in (door.ask("GET", f"/calendar/{'B' * 43}.ics", Cookie="pao_sid=whatever"), door.ask("HEAD", f"/calendar/{'C' * 43}.ics")):
        assert answer.status == 404 and answer.cookie == ""


def test_a_password_set_by_a_link_ends_calendars_and_a_changed_one_leaves_them_to_their_user(
    store: Store, door: Door, people: dict[str, Viewer],
) -> None:
    """Who needs a link may have lost more than the password; who knows the old one is asked nothing by the own telephone's calendar."""
    ana, bob = people["ana"], people["bob"]
    mine, another, others = (path(calendar_feed.make(who, view_of(who, name=name))) for who, name in ((ana, "One"), (ana, "Two"), (bob, "One")))

    def found() -> list[int]:
        return [door.ask("GET", address).status for address in (mine, another, others)]

    with store.writing("test") as writing:
        writing.connection.execute(update(users).where(users.c.id == ana.user_id).values(password_hash=kept(), status="active"))
    new_password.by_old_one(ana, None, PASSWORD, "nine blue lanterns sing", "nine blue lanterns sing", None, NOW)
    assert found() == [200, 200, 200] and my_account.calendars(ana) == 2
    assert my_account.end_calendars(ana) == 2 and found() == [404, 404, 200]
    mine = path(calendar_feed.make(ana, saved_views.listed(ana)[0].id))
    assert found() == [200, 404, 200]
    with store.writing("test") as writing:
        link = links.issue(writing.connection, ana.user_id or 0, links.RESET, NOW)
    assert new_password.by_link(store, link, links.RESET, PASSWORD, PASSWORD, NOW) == 1  # told on the page
    assert found() == [404, 404, 200] and my_account.calendars(ana) == 0
    said = [(line.act, line.facts) for line in audit_since(store, 0) if line.act in ("password.set", "calendar.revoked")]
    by_link = {"by_link": "reset", "activated": False, "calendars": 1}
    assert said == [("password.set", {}), ("calendar.revoked", {"calendars": 2}), ("password.set", by_link)]


def test_a_token_reads_with_the_rights_of_now(store: Store, door: Door) -> None:
    people = lay(store, line(1, TODAY), line(2, TODAY, reseller_site_number=CEDRO))
    rui = hire(store, "rui@boreal.example", BOREAL, "user")
    address = calendar_feed.make(rui, view_of(rui))
    assert [event.name.split(":")[1] for event in read(door, address)] == [" 1 line due, R$100.00"]
    hire(store, "rui@boreal.example", CEDRO, "user")
    assert [event.name.split(":")[1] for event in read(door, address)] == [" 2 lines due, R$200.00"]
    people_acts.suspend(people["ana"], rui.email, BOREAL)  # still at Cedro
    assert [event.name.split(":")[1] for event in read(door, address)] == [" 1 line due, R$100.00"]


def test_who_reads_without_end_is_slowed_known_or_not(door: Door, people: dict[str, Viewer]) -> None:
    address = path(calendar_feed.make(people["ana"], view_of(people["ana"])))
    for asked in (address, f"/calendar/{'A' * 43}.ics"):
        found = [door.ask("GET", asked).status for _ in range(READINGS + 2)]
        assert found[READINGS:] == [429, 429] and len(set(found[:READINGS])) == 1
    door.now += timedelta(minutes=2)
    assert door.ask("GET", address).status == 200


def test_a_crowd_of_calendars_waits_without_a_thread_that_others_need(sqlite_store: Store, fonts: Path) -> None:
    """The store is slow for them: only so many are in the making, and who else asks is answered."""
    ana = settle(sqlite_store)["ana"]
    addresses = [path(calendar_feed.make(ana, view_of(ana, name=f"View {at}"))) for at in range(AT_ONCE + 2)]
    inside, entered, go_on = Counter[str](), threading.Semaphore(0), threading.Event()

    def slow(page: str) -> ModuleType | None:
        inside["now"] += 1
        entered.release()
        go_on.wait(PATIENCE)
        return catalogue.of_page(page)

    with serving(sqlite_store, fonts, routes=calendar_feed.routes(sqlite_store, slow, lambda: NOW)) as door, ThreadPoolExecutor() as crowd:
        answers = [crowd.submit(door.ask, "GET", address) for address in addresses]
        assert all(entered.acquire(timeout=PATIENCE) for _place in range(AT_ONCE))
        assert door.ask("GET", "/healthz").status == 200
        assert inside["now"] == AT_ONCE
        go_on.set()
        assert [answer.result().status for answer in answers] == [200] * len(addresses)


def test_the_served_product_answers_to_a_calendar_program(served: Served) -> None:
    """The route stands before the pages: without it Streamlit would answer with the page itself."""
    with pytest.raises(urllib.error.HTTPError) as gone:
        urllib.request.urlopen(f"{served.url}/calendar/{'A' * 43}.ics", timeout=20)
    assert gone.value.code == 404 and gone.value.read() == b"Not found"
