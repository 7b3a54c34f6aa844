"""Saved views: kept, shared and marked by whom they may be; what of one fell away is said; and the whole story in a browser."""

from __future__ import annotations

import random
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from urllib.parse import parse_qs, urlencode, urlsplit

import ics
import pytest
import world as worlds
from browser import Served, pick, settled, sign_in, viewer
from cast import BOREAL, CEDRO, settle, times
from playwright.sync_api import Locator, Page, expect
from renewal_lines import lay, line
from sqlalchemy import insert, select, update
from staff import audit_since, audited, hire, refusal, rows

from pao_core import catalogue, report
from pao_core.access import AccessDenied, Viewer
from pao_core.filters import Filters
from pao_core.locale import Refused
from pao_core.orders import order_history
from pao_core.renewals import renewals
from pao_core.reports import pinned, saved_views
from pao_core.reports.saved_views import MOST_PINNED, Outdated, SavedView
from pao_core.store.engine import Store
from pao_core.store.schema import memberships, view_marks
from pao_core.store.schema import saved_views as table

TODAY = date(2026, 11, 24)
LATE = {"country": ["BR", "PT"], "due": ["overdue"], "form": ["summary"], "by": ["country"], "sort-summary": ["-lines"]}
Tab = Callable[..., Page]


def kept(who: Viewer, view_id: int) -> SavedView:
    found = saved_views.find(who, view_id)
    assert found is not None
    return found


def titles(who: Viewer, page: str | None = None) -> list[str]:
    return [view.title for view in saved_views.listed(who, page)]


# -- kept and found ---------------------------------------------------------------------------------------------------
def test_a_view_keeps_what_the_page_says_and_is_its_owners_alone(people: dict[str, Viewer]) -> None:
    ana = people["ana"]
    made = saved_views.save(ana, "renewals", "  Late   in Brazil ", LATE)
    view = kept(ana, made)
    assert (view.name, view.page, view.mine, view.site, view.may_change, view.pinned, view.default) == (
        "Late in Brazil", "renewals", True, None, True, False, False)
    assert saved_views.same(view.parameters, LATE) and saved_views.same(view.parameters, LATE | {"country": ["PT", "BR"]})
    assert not saved_views.same(view.parameters, LATE | {"country": ["PT"]})
    assert [saved_views.find(people[name], made) for name in ("bob", "carla", "dora")] == [None, None, None]
    assert titles(ana, "renewals") == titles(ana) == ["Late in Brazil"] and titles(ana, "order-history") == titles(people["carla"]) == []


def test_a_view_is_found_by_its_words_whatever_case_or_accents(people: dict[str, Viewer]) -> None:
    ana = people["ana"]
    for name, page, parameters in (("São Paulo", "renewals", {"country": ["BR"]}), ("Old orders", "order-history", {"order-type": ["renewal"]})):
        saved_views.save(ana, page, name, parameters)
    found = saved_views.listed(ana)
    for text, names in {"sao": ["São Paulo"], "BRAZIL": ["São Paulo"], "renewal": ["Old orders", "São Paulo"], "order-hist": ["Old orders"],
                        "ana@boreal": ["Old orders", "São Paulo"], "%": [], "_": [], "": ["Old orders", "São Paulo"]}.items():
        assert [view.title for view in saved_views.matching(found, text)] == names, text
    assert saved_views.named(ana, "renewals", "sÃO paulo").name == "São Paulo"
    with pytest.raises(Refused, match="There are: São Paulo"):
        saved_views.named(ana, "renewals", "Old orders")


HOSTILE = {
    **{name: name for name in ("= 1+1", "<img src=x onerror=alert(1)>", "x" * 80, "🙂 :material/home:", "'; DROP TABLE saved_views; --")},
    **dict.fromkeys(("", "   ", "x" * 81, "a\u202egnirts", "nul\x00", "bell\x07", "lone \ud800")), "a\u0301gua": "água",
}


def test_a_hostile_name_is_kept_as_it_is_or_refused_with_a_sentence(people: dict[str, Viewer]) -> None:
    ana = people["ana"]
    for at, (name, expected) in enumerate(HOSTILE.items()):
        if expected is None:
            with pytest.raises(Refused):
                saved_views.save(ana, "renewals", name, LATE)
        else:
            view = kept(ana, saved_views.save(ana, f"page-{at}", name, LATE))
            assert view.name == expected
            with pytest.raises(Refused, match="Give another name"):
                saved_views.save(ana, f"page-{at}", name, {})
    assert len(saved_views.listed(ana)) == sum(expected is not None for expected in HOSTILE.values())


ODD = [
    ("renewals", {"by": ["x" * 201]}), ("renewals", {"BAD KEY": ["1"]}), ("renewals", {"by": ["a\x00b"]}), ("renewals", {"country": ["BR"] * 5_000}),
    ("../renewals", {}), ("", {}), ("p" * 61, {}), ("renewals", {"k" * 41: ["1"]}),
]


def test_what_no_page_says_is_not_kept(people: dict[str, Viewer]) -> None:
    for page, parameters in ODD:
        assert refusal(saved_views.save, people["ana"], page, "Odd", parameters) is not None, (page, parameters)
    assert saved_views.listed(people["ana"]) == []


def test_what_an_address_says_of_itself_is_no_part_of_a_view(people: dict[str, Viewer]) -> None:
    said = {"view": ["7"], "embed": ["true"], "token": ["secret"], "form": ["detail"], "due": []}
    made = saved_views.save(people["ana"], "renewals", "Plain", said)
    assert kept(people["ana"], made).parameters == {"form": ("detail",)}


# -- shared -----------------------------------------------------------------------------------------------------------
def test_a_shared_view_is_seen_by_the_readers_of_its_site_with_their_own_rows_and_by_nobody_else(store: Store) -> None:
    people, world = settle(store), worlds.make(77, 300)
    world.write(store)
    ana = people["ana"]
    rui, blind = hire(store, "rui@boreal.example", BOREAL, "user"), hire(store, "blind@boreal.example", BOREAL, "user", {"access": "view"})
    made = saved_views.save(ana, "renewals", "Everything open", {"form": ["detail"]})
    assert titles(rui) == []
    with pytest.raises(AccessDenied):
        saved_views.share(ana, made, CEDRO)
    saved_views.share(ana, made, BOREAL)
    view = kept(rui, made)
    assert (view.mine, view.site, view.owner, view.may_change) == (False, BOREAL, "ana@boreal.example", False)
    assert [titles(one) for one in (blind, people["bob"], people["carla"], people["dora"])] == [[], [], [], []]
    for one in (ana, rui):
        told = pinned.worth(one, kept(one, made), renewals, TODAY)
        assert told.count == report.run(renewals, one, Filters(), today=TODAY, form="detail").count > 0
    saved_views.keep_private(ana, made)
    assert titles(rui) == [] and titles(ana) == ["Everything open"]


def test_its_owner_and_the_primary_contact_change_a_shared_view_and_nobody_else(store: Store, people: dict[str, Viewer]) -> None:
    ana, rui, eva = people["ana"], hire(store, "rui@boreal.example", BOREAL, "user"), hire(store, "eva@boreal.example", BOREAL, "secondary")
    made = saved_views.save(rui, "renewals", "Rui's", LATE)
    saved_views.share(rui, made, BOREAL)
    acts: dict[str, Callable[[Viewer], object]] = {
        "rename": lambda who: saved_views.rename(who, made, kept(rui, made).version, "Other"),
        "replace": lambda who: saved_views.replace(who, made, kept(rui, made).version, {"due": ["0-30"]}),
        "private": lambda who: saved_views.keep_private(who, made), "remove": lambda who: saved_views.remove(who, made),
        "share": lambda who: saved_views.share(who, made, BOREAL),
    }
    before = rows(store)
    for name, act in acts.items():
        for who in (eva, people["bob"], people["carla"], people["dora"]):
            count = audited(store)
            assert refusal(act, who) is not None, (name, who.email)
            assert [(entry.refused, entry.actor) for entry in audit_since(store, count)] == [(True, who.email)]
    assert rows(store) == before
    assert kept(ana, made).may_change and not kept(eva, made).may_change
    acts["rename"](ana)
    acts["replace"](ana)
    assert (kept(rui, made).name, kept(rui, made).parameters) == ("Other", {"due": ("0-30",)})
    acts["private"](ana)
    assert titles(ana) == [] and titles(rui) == ["Other"]
    acts["share"](rui)
    count = audited(store)
    acts["remove"](ana)
    (entry,) = audit_since(store, count)
    assert (entry.act, entry.reseller_site_number, entry.object) == ("shared_view.removed", BOREAL, "Other")
    assert titles(rui) == []


def test_who_has_left_the_site_has_no_say_in_what_is_shown_there(store: Store, people: dict[str, Viewer]) -> None:
    rui = hire(store, "rui@boreal.example", BOREAL, "user")
    hire(store, "rui@boreal.example", CEDRO, "user")
    made = saved_views.save(rui, "renewals", "Rui's", LATE)
    saved_views.share(rui, made, BOREAL)
    with store.writing("test") as writing:
        writing.connection.execute(update(memberships).where(memberships.c.user_id == rui.user_id, memberships.c.reseller_site_number == BOREAL)
                                   .values(suspended_at=writing.at))
    rui = Viewer.of_email(store, rui.email)
    assert titles(rui) == [] and titles(people["ana"]) == ["Rui's"]
    with pytest.raises(Refused, match="no longer, there"):
        saved_views.rename(rui, made, 2, "Posing as yours")


def test_a_foreign_view_is_refused_in_the_words_of_one_that_there_never_was(people: dict[str, Viewer]) -> None:
    made = saved_views.save(people["ana"], "renewals", "Ana's", LATE)
    acts: list[Callable[[int], object]] = [
        lambda one: saved_views.rename(people["bob"], one, 1, "Mine"), lambda one: saved_views.replace(people["bob"], one, 1, {}),
        lambda one: saved_views.remove(people["bob"], one), lambda one: saved_views.keep_private(people["bob"], one),
        lambda one: saved_views.share(people["bob"], one, CEDRO), lambda one: saved_views.pin(people["bob"], one, True),
        lambda one: saved_views.make_default(people["bob"], one),
    ]
    for act in acts:
        told = [refusal(act, one) for one in (made, 987_654)]
        assert str(told[0]) == str(told[1]) and "no longer, there" in str(told[0])


def test_two_who_change_a_view_do_not_overwrite_each_other(store: Store, people: dict[str, Viewer]) -> None:
    rui = hire(store, "rui@boreal.example", BOREAL, "user")
    made = saved_views.save(rui, "renewals", "Rui's", LATE)
    saved_views.share(rui, made, BOREAL)
    seen = kept(people["ana"], made)
    saved_views.rename(rui, made, seen.version, "Mine")
    with pytest.raises(Outdated):
        saved_views.replace(people["ana"], made, seen.version, {})
    assert kept(rui, made).name == "Mine" and saved_views.same(kept(rui, made).parameters, LATE)


# -- on Home, and as a default ----------------------------------------------------------------------------------------
def test_home_has_the_views_that_were_put_there_in_their_order_and_no_more_than_it_may(people: dict[str, Viewer]) -> None:
    ana = people["ana"]
    made = [saved_views.save(ana, "renewals", f"View {at}", {}) for at in range(MOST_PINNED + 1)]
    for one in reversed(made[1:]):
        saved_views.pin(ana, one, True)
    assert [view.id for view in saved_views.pinned(ana)] == made[:0:-1]
    with pytest.raises(Refused, match="Take another one away"):
        saved_views.pin(ana, made[0], True)
    saved_views.pin(ana, made[1], True)  # once more is no more
    saved_views.pin(ana, made[2], False)
    saved_views.pin(ana, made[0], True)
    assert [view.id for view in saved_views.pinned(ana)][-1] == made[0] and saved_views.pinned(people["bob"]) == []


def test_a_page_has_one_default_of_each_reader_and_saving_it_again_replaces_it(people: dict[str, Viewer]) -> None:
    ana = people["ana"]
    named = saved_views.save(ana, "renewals", "Late", LATE)
    other = saved_views.save(ana, "order-history", "", {"form": ["detail"]}, default=True)
    first = saved_views.save(ana, "renewals", "", {"due": ["0-30"]}, default=True)
    assert saved_views.save(ana, "renewals", " ", {"due": ["31-60"]}, default=True) == first
    assert kept(ana, first).parameters == {"due": ("31-60",)}
    saved_views.make_default(ana, named)
    assert {view.id for view in saved_views.listed(ana) if view.default} == {named, other}
    saved_views.make_default(ana, named, False)
    assert {view.id for view in saved_views.listed(ana) if view.default} == {other}
    with pytest.raises(Refused, match="name first"):
        saved_views.share(ana, first, BOREAL)


def test_two_defaults_at_once_leave_one(store: Store, people: dict[str, Viewer]) -> None:
    ana = people["ana"]
    made = [saved_views.save(ana, "renewals", f"View {at}", {"window": [str(at + 1)]}) for at in range(3)]
    with ThreadPoolExecutor(16) as threads:
        for _round in range(times(5, 500)):
            acts = [lambda one=one: saved_views.make_default(ana, one) for one in made] * 2
            acts += [lambda at=at: saved_views.save(ana, "renewals", "", {"window": [str(at + 9)]}, default=True) for at in range(4)]
            random.Random(_round).shuffle(acts)
            list(threads.map(lambda act: act(), acts))
            with store.reading() as connection:
                marked = connection.execute(select(view_marks).where(view_marks.c.default_of == "renewals")).all()
                unnamed = connection.execute(select(table.c.id).where(table.c.name == "")).all()
            assert len(marked) == 1 and len(unnamed) == 1


def test_a_view_that_is_removed_is_gone_from_every_home_and_default(store: Store, people: dict[str, Viewer]) -> None:
    ana, rui = people["ana"], hire(store, "rui@boreal.example", BOREAL, "user")
    made = saved_views.save(ana, "renewals", "Late", LATE)
    saved_views.share(ana, made, BOREAL)
    saved_views.pin(rui, made, True)
    saved_views.make_default(rui, made)
    saved_views.keep_private(ana, made)
    assert saved_views.pinned(rui) == saved_views.listed(rui) == []
    saved_views.save(rui, "renewals", "", {}, default=True)  # the one that is not seen now is no hindrance
    saved_views.remove(ana, made)
    with store.reading() as connection:
        assert len(connection.execute(select(view_marks)).all()) == 1


# -- what fell away ---------------------------------------------------------------------------------------------------
def put(who: Viewer, page: str, parameters: dict[str, list[str]]) -> SavedView:
    """A view as an older version of the product kept it."""
    with who.store.writing("test") as writing:
        made = writing.connection.execute(insert(table).values(
            user_id=who.user_id, page=page, name="Old", parameters=parameters, shared=False, created_at=writing.at, changed_at=writing.at,
            version=1).returning(table.c.id)).scalar_one()
    return kept(who, made)


FALLEN = {
    "country": (["Atlantis"], "Country/region Atlantis is not known"), "due": (["soon"], "Due in days soon is not known"),
    "from": (["yesterday"], "takes a date"), "by": (["astrology"], "by: astrology is not there any more"), "form": (["cube"], "form: cube is not"),
    "sort-summary": (["-gone"], "sort-summary: -gone is not there"), "product-group": (["Zeppelins"], "Product group Zeppelins is not known"),
    "site": (["zqmissing"], "Site number zqmissing is not known"),
}


def test_a_view_whose_filter_or_way_of_looking_is_no_more_opens_with_the_rest_and_says_what_fell_away(store: Store) -> None:
    ana = lay(store, line(1, TODAY), line(2, TODAY))["ana"]
    view = put(ana, "renewals", {key: values for key, (values, _told) in FALLEN.items()} | {"program": ["PA"]})
    asked = saved_views.asked(ana, renewals, view.parameters)
    assert (asked.filters, asked.form, asked.by, asked.sort) == (Filters(program=("PA",)), "summary", None, None)
    told = [str(problem) for problem in asked.problems]
    assert len(told) == len(FALLEN) and all(any(words in one for one in told) for _values, words in FALLEN.values()), told
    worth = pinned.worth(ana, view, renewals, TODAY)
    assert worth.problems and worth.count == report.run(renewals, ana, Filters(program=("PA",)), today=TODAY, form="detail").count


def test_a_view_of_a_report_that_is_no_more_or_not_allowed_any_more_says_so(store: Store, people: dict[str, Viewer]) -> None:
    blind = hire(store, "blind@boreal.example", BOREAL, "user", {"access": "view"})
    view = put(blind, "renewals", {})
    assert catalogue.of_page("tarot") is None and catalogue.of_page(view.page) is renewals
    with pytest.raises(AccessDenied):
        pinned.worth(blind, view, renewals, TODAY)


def test_every_report_can_be_saved_and_is_worth_something_on_home(store: Store) -> None:
    people, world = settle(store), worlds.make(78, 120)
    world.write(store)
    ana = people["ana"]
    for module in catalogue.REPORTS.values():
        view = kept(ana, saved_views.save(ana, report.page_of(module), "All", {"form": ["detail"]}))
        assert catalogue.of_page(view.page) is module
        worth, totals = pinned.worth(ana, view, module, TODAY), report.totals_of(module, ana, Filters(), TODAY)
        assert worth.problems == () and worth.currencies == sum(bool(total.get("currency")) for total in totals)
        counts = [total[worth.counted.name] for total in totals]
        assert worth.count == (sum(counts) if worth.counted.name == "lines" else max(counts, default=0))
        if worth.amount is not None:
            most = max(totals, key=lambda total, counted=worth.counted.name: total[counted])
            assert (worth.currency, worth.amount) in {(most["currency"], value) for value in most.values()}, module.NAME
        # What explains the tile's value is the total of this measure and currency.
        explains = [total[worth.measure] for total in totals if total.get("currency") == worth.currency]
        assert explains == ([worth.amount if worth.currency else worth.count] if totals else []), module.NAME
        assert worth.count > 0 or module not in (order_history, renewals)


# -- the whole story --------------------------------------------------------------------------------------------------
RAFAEL, BRUNO = 1, 3  # primary contact of one reseller, and a user there
NAME = "Late [in] *Brazil*"


def asked_of(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def go(page: Page, section: str, title: str) -> None:
    """Through the menu, which loads nothing anew."""
    page.get_by_test_id("stTopNavSection").filter(has_text=section).click()
    page.get_by_test_id("stTopNavLinkContainer").filter(has_text=title).click()
    expect(page.locator("h1")).to_have_text(title)
    settled(page)


def panel(page: Page, name: str) -> Locator:
    """The panel of the one view that is found by this name."""
    go(page, "Reports", "Saved views")
    search = page.get_by_placeholder("Name, page or filter")
    search.fill(name)
    search.press("Enter")
    expect(page.locator("canvas table")).to_have_attribute("aria-rowcount", "2")
    opened = page.get_by_test_id("stDialog")
    pick(page.get_by_test_id("stDataFrame"), opened)
    opened.get_by_text("A link to exactly this").wait_for()
    settled(page)
    return opened


def test_a_view_is_saved_shared_opened_by_a_colleague_pinned_made_the_default_and_left_and_its_calendar_revoked(served: Served, tab: Tab) -> None:
    page, bruno, rafael = tab(), viewer(served, BRUNO), viewer(served, RAFAEL)
    what = {"country": ["BR"], "due": ["0-30"], "form": ["summary"], "by": ["country"]}
    sign_in(page, served, f"/renewals?{urlencode(what, doseq=True)}", who=BRUNO)
    page.get_by_role("button", name="Views").click()
    page.get_by_label("Save this view as").fill(NAME)
    page.get_by_label("Who sees it").click()
    page.get_by_role("option", name="Readers of site 7000202").click()
    page.get_by_role("button", name="Save view").click()
    page.wait_for_url("**view=*")
    expect(page.get_by_text(f"View: {NAME}")).to_be_visible()
    (made,) = (one for one in saved_views.listed(bruno) if one.name == NAME)
    assert (made.site, saved_views.same(made.parameters, what)) == ("7000202", True)

    colleague = tab(width=400, dark=True)
    sign_in(colleague, served, "/renewals?program=PA&form=detail", who=RAFAEL)
    colleague.get_by_role("button", name="Views").click()
    colleague.get_by_role("button", name=f"{NAME} · Bruno Teles").click()
    colleague.wait_for_url("**country=BR**")
    settled(colleague)
    assert asked_of(colleague) == what | {"view": [str(made.id)]}  # nothing of what was asked before
    filters, _problems = Filters.from_params(what)
    count = report.run(renewals, rafael, filters, today=rafael.store.settings.today(), form="detail").count
    expect(colleague.get_by_test_id("stMarkdown").filter(has_text="renewal line").first).to_contain_text(f"{count} renewal line")
    assert colleague.evaluate("document.documentElement.scrollWidth") <= 400
    colleague.close()

    opened = panel(page, NAME)
    opened.get_by_text("On Home").click()
    settled(page)
    opened.get_by_role("button", name="Make an address").click()
    address = opened.locator("code").filter(has_text="/calendar/").inner_text()
    with urllib.request.urlopen(f"{served.url}{urlsplit(address).path}", timeout=20) as answer:
        events = ics.Calendar(answer.read().decode()).events
    lines = report.run(renewals, bruno, filters, today=bruno.store.settings.today(), form="detail").rows
    assert {event.begin.date() for event in events if "due" in event.name} == {one["due_date"] for one in lines} != set()
    opened.get_by_role("button", name="Revoke the address").click()
    expect(opened.get_by_role("button", name="Make an address")).to_be_visible()
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{served.url}{urlsplit(address).path}", timeout=20)

    page.goto(f"{served.url}/")
    tile = page.get_by_test_id("stMetric").filter(has_text=NAME)
    expect(tile).to_be_visible()
    settled(page)
    page.get_by_role("link", name="Show", exact=True).and_(page.locator(f"[href*='view={made.id}']")).click()
    page.wait_for_url(f"**view={made.id}**")
    settled(page)
    assert asked_of(page) == what | {"view": [str(made.id)]}
    page.get_by_role("button", name="Save as default").click()
    expect(page.get_by_text(f"Default view: {NAME}")).to_be_visible()

    page.goto(f"{served.url}/renewals")  # the address says nothing, so the default speaks, and says so
    expect(page.get_by_text(f"Default view: {NAME}")).to_be_visible()
    settled(page)
    assert asked_of(page) == what | {"view": [str(made.id)]}
    go(page, "Orders", "Order history")
    assert asked_of(page) == {}  # a default stays on its page
    page.goto(f"{served.url}/renewals?due=overdue")
    expect(page.get_by_role("button", name="Reset")).to_be_visible()
    settled(page)
    assert asked_of(page) == {"due": ["overdue"]}  # an address that says something is taken at its word
    page.get_by_role("button", name="Reset").click()
    page.wait_for_url("**country=BR**")
    expect(page.get_by_text(f"Default view: {NAME}")).to_be_visible()
    page.get_by_role("button", name="Clear filters").click()
    expect(page.get_by_text("Default view")).to_have_count(0)
    settled(page)
    page.reload()
    page.locator("h1").wait_for()
    settled(page)
    assert not {"country", "due"} & asked_of(page).keys()  # and no filter stays no filter

    put(bruno, "renewals", {"due": ["soon"], "by": ["astrology"], "form": ["summary"], "program": ["PA"], "colour": ["red"], "window": ["90"]})
    panel(page, "Old").get_by_role("link", name="Open this view").click()
    expect(page.locator("h1")).to_have_text("Renewals")
    settled(page)
    alerts = page.get_by_test_id("stAlert")
    for told in ("Due in days soon is not known", "astrology is not there any more", "colour: red is not there any more",
                 "Window in days is no filter of this page any more"):
        expect(alerts.filter(has_text=told)).to_have_count(1)
    expect(page.get_by_text("Enrollment type: Passport Advantage")).to_be_visible()
