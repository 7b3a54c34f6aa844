"""Home's figures equal plain Python, and what each tile opens holds exactly the lines that it counted; then a morning in a browser."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import world as worlds
from browser import Served, pick, sign_in, viewer
from cast import AURORA, BOREAL, CEDRO, settle, times
from playwright.sync_api import Locator, Page, expect
from renewal_lines import TODAYS, days_to, lay, line, quote_state
from sqlalchemy import and_, insert, select, update
from staff import hire

from pages.parts import price_impact
from pao_core import report
from pao_core.access import AccessDenied, Viewer
from pao_core.explain import explain
from pao_core.filters import Filters
from pao_core.home import home
from pao_core.orders import order_history
from pao_core.renewals import price_notifications, renewals
from pao_core.store.engine import Store
from pao_core.store.schema import agreements, assignments, orders, prices, sites, visits

OWN = {"carla": AURORA, "ana": BOREAL, "bob": CEDRO}
TODAY = date(2026, 11, 24)
ALL = Filters()
Line = dict[str, Any]
# Which open lines a tile is about.
WINDOWS: dict[str, Callable[[Line, date], bool]] = {
    "overdue": lambda line, today: line["due_date"] < today, "today": lambda line, today: line["due_date"] == today,
    "week": lambda line, today: 0 <= days_to(line["due_date"], today) < 7, "month": lambda line, today: 0 <= days_to(line["due_date"], today) <= 30,
    "expiring": lambda line, today: quote_state(line["quote_expires"], today) == "expiring",
}


# -- the same, in plain Python ----------------------------------------------------------------------------------------
def open_lines(world: worlds.World, own: str, whose: Filters, today: date) -> list[Line]:
    return [worlds.reported(world, line, "due_date", whose.in_currency, today) for line in worlds.seen(world.renewals, own)
            if line["status"] == "open" and worlds.looked_after(world, whose, line["site_number"], line["reseller_site_number"], own)]


def most(lines: list[Line]) -> str | None:
    counted = Counter(line["currency"] for line in lines)
    return min(counted, key=lambda currency: (-counted[currency], currency), default=None)


def worth(lines: list[Line], shown: str, today: date) -> dict[str, Any]:
    shown = shown if not lines or any(line["currency"] == shown for line in lines) else most(lines) or shown
    return {
        "currency": shown, "amount": sum((line["amount"] for line in lines if line["currency"] == shown), Decimal(0)), "lines": len(lines),
        "elsewhere": len([line for line in lines if line["currency"] != shown]),
        "expired": len([line for line in lines if "quote_expires" in line and quote_state(line["quote_expires"], today) == "expired"]),
    }


def renewal_orders(world: worlds.World, own: str, whose: Filters, today: date) -> list[Line]:
    first = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    return [worlds.reported(world, line, "order_date", whose.in_currency, today) for line in worlds.visible(world, own)
            if line["order_type"] == "renewal" and first <= line["order_date"] <= today
            and worlds.looked_after(world, whose, line["site_number"], line["reseller_site_number"], own)]


def on_time(world: worlds.World, own: str, whose: Filters, today: date) -> Decimal | None:
    first = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    done = [line for line in worlds.seen(world.renewals, own) if line["status"] == "renewed" and first <= line["renewed_on"] <= today
            and worlds.looked_after(world, whose, line["site_number"], line["reseller_site_number"], own)]
    timely = [line for line in done if line["renewed_on"] <= line["due_date"]]
    return (Decimal(len(timely)) / len(done)).quantize(Decimal("0.001"), ROUND_HALF_UP) if done else None


def check(world: worlds.World, people: dict[str, Viewer], rounds: int, seed: int) -> None:
    pick, counted = random.Random(seed), Counter[str]()
    for at in range(rounds):
        name = pick.choice(list(OWN))
        own, viewer = OWN[name], people[name]
        today = TODAYS[at % len(TODAYS)] if at % 2 else pick.choice(world.renewals)["due_date"]
        whose = Filters(account_manager=pick.choice([(), worlds.MANAGERS[own][:1]]), in_currency=pick.choice([None, None, "EUR", "BRL"]))
        lines = open_lines(world, own, whose, today)
        shown = home.currency(viewer, whose, today)
        assert shown == ((whose.in_currency or most(lines)) if lines else None), (name, whose, today)
        if shown:
            for window, found in home.due(viewer, whose, shown, today).items():
                of = [line for line in lines if WINDOWS[window](line, today)]
                assert told(found) == worth(of, shown, today), (name, whose, today, window)
                assert opened(renewals, viewer, found, today) == told(found) | {"expired": 0}
                counted[window] += bool(of)
            assert home.expired(viewer, whose, today) == worth(lines, shown, today)["expired"]
            check_weeks(viewer, whose, shown, today, lines)
            check_queue(world, own, viewer, whose, shown, today, lines)
        ordered, found = renewal_orders(world, own, whose, today), home.renewed(viewer, whose, shown, today)
        assert (told(found) if found else None) == (worth(ordered, shown or whose.in_currency or most(ordered) or "", today) if ordered else None)
        if found:
            assert opened(order_history, viewer, found, today) == told(found)
        assert home.on_time(viewer, whose, today) == on_time(world, own, whose, today)
    assert set(counted) == set(WINDOWS)


def told(found: home.Worth) -> dict[str, Any]:
    return {"currency": found.currency, "amount": found.amount, "lines": found.lines, "elsewhere": found.elsewhere, "expired": found.expired}


def opened(module: Any, viewer: Viewer, found: home.Worth, today: date) -> dict[str, Any]:
    """What the report counts that a tile's link opens, its filters read back from the address."""
    filters, problems = Filters.from_params(found.filters.to_params())
    assert (filters, problems) == (found.filters, [])
    result = report.run(module, viewer, filters, today=today, form="detail")
    totals = {row["currency"]: row for row in result.totals}
    assert result.count == sum(row["lines"] for row in result.totals)
    here = totals.get(found.currency, {"amount": Decimal(0), "lines": 0})
    return {"currency": found.currency, "amount": here["amount"], "lines": result.count, "elsewhere": result.count - here["lines"], "expired": 0}


def check_weeks(viewer: Viewer, whose: Filters, shown: str, today: date, lines: list[Line]) -> None:
    rows = home.by_week(viewer, whose, shown, today)
    assert [row["week"].weekday() for row in rows] == [0] * 8
    assert rows[0]["week"] <= today < rows[1]["week"]
    for row in rows:
        of = [line for line in lines if line["currency"] == shown and line["due_date"] >= today
              and row["week"] <= line["due_date"] < row["week"] + timedelta(7)]
        assert row["amount"] == sum((line["amount"] for line in of), Decimal(0))
        totals = report.totals_of(renewals, viewer, home.in_week(whose, row["week"], today), today)  # type: ignore[arg-type]
        assert next((total["amount"] for total in totals if total["currency"] == shown), Decimal(0)) == row["amount"]


def check_queue(world: worlds.World, own: str, viewer: Viewer, whose: Filters, shown: str, today: date, lines: list[Line]) -> None:
    """Overdue before those due in 30 days; in each the most valuable first, by the rates of their days; what has no rate, last."""
    def rank(line: Line) -> tuple[Any, ...]:
        value = worlds.reported(world, line, "due_date", shown, today)
        known = value["currency"] == shown
        return (not known, -value["amount"] if known else 0, *key(line))

    own_amounts = open_lines(world, own, whose.but(in_currency=None), today)
    overdue, soon = (sorted((line for line in own_amounts if WINDOWS[window](line, today)), key=rank) for window in ("overdue", "month"))
    rows = home.queue(viewer, whose, shown, today)
    late = [row for row in rows if row["bucket"] == "overdue"]
    assert [key(row) for row in rows] == [key(line) for line in overdue[:len(late)] + soon[:len(rows) - len(late)]]
    shown_as = {key(line): (line["amount"], line["currency"]) for line in lines}
    assert all((row["amount"], row["currency"]) == shown_as[key(row)] for row in rows)
    assert len(rows) == min(home.QUEUE, len(overdue) + len(soon))
    assert len(late) >= min(len(overdue), home.QUEUE // 2)
    assert len(rows) - len(late) >= min(len(soon), home.QUEUE // 2)


def key(row: Line) -> tuple[Any, ...]:
    return row["reseller_site_number"], row["quote_number"], row["line_number"]


def test_it_equals_plain_python_and_opens_what_it_counted_read_through_duckdb(store: Store) -> None:
    people, world = settle(store), worlds.make(1, lines=1_200)
    world.write(store)
    check(world, people, times(8, 500), seed=31)


def test_it_equals_plain_python_and_opens_what_it_counted_read_on_postgresql(direct_store: Store) -> None:
    people, world = settle(direct_store), worlds.make(2, lines=1_200)
    world.write(direct_store)
    check(world, people, times(6, 250), seed=32)


# -- days -------------------------------------------------------------------------------------------------------------
# today, the last day of its seven and of its thirty, the first of its quarter
DAYS = (
    (date(2026, 11, 24), date(2026, 11, 30), date(2026, 12, 24), date(2026, 10, 1)),
    (date(2026, 12, 31), date(2027, 1, 6), date(2027, 1, 30), date(2026, 10, 1)),
    (date(2028, 2, 29), date(2028, 3, 6), date(2028, 3, 30), date(2028, 1, 1)),
    (date(2027, 1, 1), date(2027, 1, 7), date(2027, 1, 31), date(2027, 1, 1)),
)


@pytest.mark.parametrize(("today", "last_of_week", "last_of_month", "quarter"), DAYS)
def test_windows_hold_today_and_run_over_the_ends_of_months_and_years(
    sqlite_store: Store, today: date, last_of_week: date, last_of_month: date, quarter: date,
) -> None:
    days = sorted({today - timedelta(1), today, last_of_week, last_of_week + timedelta(1), last_of_month, last_of_month + timedelta(1)})
    ana = lay(sqlite_store, *(line(at, day) for at, day in enumerate(days, 1)))["ana"]
    found = home.due(ana, ALL, "BRL", today)
    held = {"overdue": days[:1], "today": days[1:2], "week": days[1:3], "month": days[1:5]}
    for window, expected in held.items():
        shown = report.run(renewals, ana, found[window].filters, today=today, form="detail").rows
        assert [row["due_date"] for row in shown] == expected, window
        assert found[window].lines == len(expected)
    order = {"reseller_site_number": BOREAL, "distributor_site_number": None, "line_number": 1, "order_type": "renewal", "site_number": "1",
             "country": "BR", "part_number": "E1", "quantity": Decimal(1), "unit_price": Decimal(10), "currency": "BRL", "amount": Decimal(10)}
    ordered = (quarter - timedelta(1), quarter, today, today + timedelta(1))
    worlds.World(orders=[order | {"order_number": f"{at}", "order_date": day} for at, day in enumerate(ordered)]).write(sqlite_store)
    done = home.renewed(ana, ALL, "BRL", today)
    assert done
    assert (done.lines, done.filters.from_, done.filters.to) == (2, quarter, today)


def test_a_week_that_has_begun_opens_from_today_on(sqlite_store: Store) -> None:
    monday = TODAY - timedelta(1)
    ana = lay(sqlite_store, line(1, monday), line(2, TODAY), line(3, monday + timedelta(6)), line(4, monday + timedelta(7)))["ana"]
    assert [row["amount"] for row in home.by_week(ana, ALL, "BRL", TODAY)][:3] == [Decimal(200), Decimal(100), Decimal(0)]
    shown = report.run(renewals, ana, home.in_week(ALL, monday, TODAY), today=TODAY, form="detail").rows
    assert [row["line_number"] for row in shown] == [2, 3]


def test_a_renewal_on_the_due_date_is_on_time_and_a_day_later_is_not(sqlite_store: Store) -> None:
    due = date(2026, 11, 1)
    ana = lay(sqlite_store, *(line(at, due, status="renewed", renewed_on=due + timedelta(days)) for at, days in enumerate((-5, 0, 1), 1)))["ana"]
    assert home.on_time(ana, ALL, TODAY) == Decimal("0.667")
    assert home.on_time(ana, ALL, due) == Decimal(1)
    assert home.on_time(ana, ALL, date(2027, 1, 1)) is None


# -- what to do, and whose --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("due", "expires", "step"), [
    (-1, None, "call"), (-1, 0, "call"), (-1, -1, "reinstate"), (0, -1, "requote"), (5, 0, "close"), (5, 14, "close"), (5, 15, "confirm"),
    (30, None, "confirm"),
])
def test_the_next_step_follows_from_the_due_date_and_the_quote(sqlite_store: Store, due: int, expires: int | None, step: str) -> None:
    expiring = None if expires is None else TODAY + timedelta(expires)
    ana = lay(sqlite_store, line(1, TODAY + timedelta(due), quote_expires=expiring))["ana"]
    (row,) = home.queue(ana, ALL, "BRL", TODAY)
    assert row["next_step"] == home.NEXT_STEPS[step]


def test_mine_are_the_sites_that_the_viewer_looks_after(sqlite_store: Store) -> None:
    people = lay(sqlite_store, line(1, TODAY), line(2, TODAY, reseller_site_number=CEDRO, distributor_site_number=AURORA))
    assert not home.has_portfolio(people["ana"])
    with sqlite_store.writing("test") as writing:
        writing.connection.execute(insert(assignments).values(
            reseller_site_number=BOREAL, site_number="1", account_manager="ana@boreal.example", txn=writing.txn))
    assert {name: home.has_portfolio(person) for name, person in people.items()} == {"ana": True, "bob": False, "carla": False, "dora": False}
    mine = Filters(account_manager=("ana@boreal.example",))
    assert home.due(people["ana"], mine, "BRL", TODAY)["today"].lines == 1
    assert home.due(people["carla"], mine, "BRL", TODAY)["today"].lines == 0


def test_nobody_is_told_another_resellers_figures(sqlite_store: Store) -> None:
    people = lay(sqlite_store, line(1, TODAY), line(1, TODAY, reseller_site_number=CEDRO, amount=Decimal(7)))
    assert home.due(people["bob"], ALL, "BRL", TODAY)["today"].amount == Decimal(7)
    assert home.currency(people["dora"], ALL, TODAY) is None
    for ask in (lambda: home.due(people["dora"], ALL, "BRL", TODAY), lambda: home.renewed(people["dora"], ALL, "BRL", TODAY),
                lambda: home.on_time(people["dora"], ALL, TODAY), lambda: home.queue(people["dora"], ALL, "BRL", TODAY),
                lambda: home.prices_ahead(people["dora"], ALL, TODAY)):
        with pytest.raises(AccessDenied):
            ask()


# -- prices -----------------------------------------------------------------------------------------------------------
def test_the_next_prices_are_those_that_change_what_open_lines_cost_and_open_these_lines(sqlite_store: Store) -> None:
    first, second = date(2027, 1, 1), date(2027, 7, 1)
    people = lay(sqlite_store, line(1, TODAY, coverage_start=first), line(2, TODAY, coverage_start=first - timedelta(1)),
                 line(3, TODAY, coverage_start=second, quantity=Decimal(5)), line(4, TODAY, coverage_start=first, status="renewed"))
    ana, files_alone = people["ana"], hire(sqlite_store, "files@boreal.example", BOREAL, "user", {"price_files": "download"})
    assert home.prices_ahead(ana, ALL, TODAY) is home.prices_ahead(files_alone, ALL, TODAY) is None
    put_prices(sqlite_store, (date(2026, 1, 1), "100"), (first, "106"), (second, "212"))
    assert home.prices_ahead(ana, ALL, TODAY) == home.Coming(first, 0, filters=ALL.but(edition=first))  # the lines' customer has no price level
    with sqlite_store.writing("test") as writing:
        writing.connection.execute(update(agreements).values(price_level="D", txn=writing.txn))
        writing.connection.execute(update(sites).values(agreement_number="A", txn=writing.txn))
    put_prices(sqlite_store, (TODAY + timedelta(7), "1"), country="PT")  # no line is there
    changed = Filters(effect=("rises", "falls"))
    for today, expected in ((TODAY, home.Coming(first, 2, "BRL", Decimal("0.06"), changed.but(edition=first))),
                            (first, home.Coming(second, 1, "BRL", Decimal(1), changed.but(edition=second)))):
        assert home.prices_ahead(ana, ALL, today) == expected
        assert expected.filters
        opened = report.run(price_notifications, ana, expected.filters, today=today, form="detail")
        assert (opened.count, opened.totals[0]["currency"]) == (expected.lines, expected.currency)
        difference, now = (explain(number.report, ana, number.filters, today=today).total(number.measure, number.currency)
                           for number in price_impact.ahead(expected).numbers)
        assert difference and now and difference.amount / now.amount == expected.change  # as its formula says
    assert home.prices_ahead(ana, ALL, second) is None
    assert home.prices_ahead(files_alone, ALL, TODAY) == home.Coming(TODAY + timedelta(7))


def put_prices(store: Store, *editions: tuple[date, str], country: str = "BR") -> None:
    price = {"part_number": "E1", "country": country, "currency": "BRL", "price_level": "D", "effective_to": None}
    with store.writing("test") as writing:
        writing.connection.execute(insert(prices), [
            price | {"effective_from": day, "unit_price": Decimal(amount), "txn": writing.txn} for day, amount in editions])


# -- a morning in a browser -------------------------------------------------------------------------------------------
BRUNO = 3  # has a portfolio of his own
Tab = Callable[..., Page]


def params(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def tile(page: Page, label: str) -> Locator:
    """The card of a tile."""
    named = page.get_by_test_id("stMetricLabel").filter(has_text=label)
    return page.get_by_test_id("stVerticalBlock").filter(has=named).filter(has=page.get_by_role("link")).last


def test_from_the_overdue_tile_to_its_lines_and_back(served: Served, tab: Tab) -> None:
    page, bruno = tab(), viewer(served, BRUNO)
    sign_in(page, served, who=BRUNO)
    today = bruno.store.settings.today()
    mine = Filters(account_manager=(bruno.email,))
    late = home.due(bruno, mine, home.currency(bruno, mine, today) or "", today)["overdue"]
    assert late.lines
    expect(tile(page, "Overdue")).to_contain_text(f"{late.lines} line")
    tile(page, "Overdue").get_by_role("link", name="Resolve").click()
    expect(page.locator("h1")).to_have_text("Renewals")
    page.wait_for_url("**due=overdue**")
    assert params(page) == {"account-manager": [bruno.email], "due": ["overdue"]}
    expect(page.get_by_test_id("stMarkdown").filter(has_text="renewal line").first).to_contain_text(f"{late.lines} renewal line")
    page.go_back()
    expect(page.locator("h1")).to_have_text("Hello, Bruno")
    expect(tile(page, "Overdue")).to_contain_text(f"{late.lines} line")


def test_mine_or_all_of_the_site_is_kept_in_the_address(served: Served, tab: Tab) -> None:
    page, bruno = tab(), viewer(served, BRUNO)
    sign_in(page, served, who=BRUNO)
    today = bruno.store.settings.today()
    late = home.due(bruno, ALL, home.currency(bruno, ALL, today) or "", today)["overdue"]
    page.get_by_text("All of the site").click()
    page.wait_for_url("**whose=all**")
    expect(tile(page, "Overdue")).to_contain_text(f"{late.lines} line")
    page.reload()
    expect(tile(page, "Overdue")).to_contain_text(f"{late.lines} line")
    tile(page, "Overdue").get_by_role("link", name="Resolve").click()
    page.wait_for_url("**due=overdue**")
    assert params(page) == {"due": ["overdue"]}


def test_a_click_in_the_queue_opens_the_line(served: Served, tab: Tab) -> None:
    page, bruno = tab(), viewer(served, BRUNO)
    sign_in(page, served, who=BRUNO)
    today = bruno.store.settings.today()
    mine = Filters(account_manager=(bruno.email,))
    first = home.queue(bruno, mine, home.currency(bruno, mine, today) or "", today)[0]
    pick(page.get_by_test_id("stDataFrame").first, page.get_by_test_id("stDialog"), x=160)
    expect(page.get_by_test_id("stDialog")).to_contain_text(first["customer_name"])
    expect(page.get_by_test_id("stDialog")).to_contain_text(first["quote_number"])


def test_what_came_since_the_last_visit_is_told_at_the_next(cold: Served, tab: Tab) -> None:
    page, bruno = tab(), viewer(cold, BRUNO)
    sign_in(page, cold, who=BRUNO)
    expect(page.get_by_text("Welcome.")).to_be_visible()
    with bruno.store.desk_writing() as connection:
        seen = connection.scalar(select(visits.c.seen_at))
        connection.execute(update(visits).values(seen_at=seen - timedelta(hours=1)))
    with bruno.store.writing("test") as writing:
        mine = writing.connection.execute(select(orders).join(assignments, and_(
            assignments.c.reseller_site_number == orders.c.reseller_site_number, assignments.c.site_number == orders.c.site_number,
        )).where(assignments.c.account_manager == bruno.email).limit(1)).one()._asdict()
        del mine["id"]
        writing.connection.execute(insert(orders).values(mine | {"order_number": "NEW-1", "txn": writing.txn}))
    page.reload()
    expect(page.get_by_text("New lines in 1 order")).to_be_visible()
    expect(page.get_by_text("1 change since")).to_be_visible()
