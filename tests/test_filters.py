"""Filters: one value <-> address parameters <-> words; what cannot be meant is told, never guessed."""

from __future__ import annotations

import calendar
from datetime import date
from urllib.parse import urlencode

import pytest
import streamlit as st_web
from cast import settle
from hypothesis import given
from hypothesis import strategies as st
from world import links, make, searched, seen

from pages.parts import filter_bar
from pao_core import choices, locale
from pao_core.dates import add_months, between_month_days, parse_month_day
from pao_core.filters import MOST_ADDRESS, MOST_VALUES, Filters
from pao_core.locale import Refused
from pao_core.reports import saved_views
from pao_core.store.engine import Store

days = st.dates(date(1900, 1, 1), date(2100, 12, 31))
month_days = days.map(lambda day: f"{day:%m-%d}")
texts = st.lists(st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=30).filter(lambda text: text == text.strip() and text),
                 unique=True, max_size=3).map(tuple)


@given(st.builds(
    Filters, agreement=texts, customer=texts, product_group=texts, status=texts,
    site=st.lists(st.from_regex(r"[1-9][0-9]{0,9}", fullmatch=True), unique=True, max_size=3).map(tuple),
    country=st.lists(st.sampled_from(["BR", "PT", "ZZ"]), unique=True).map(tuple),
    program=st.lists(st.sampled_from(["PA", "PAX", "ELA"]), unique=True).map(tuple), quote=texts,
    due=st.lists(st.sampled_from(["overdue", "0-30", "later"]), unique=True).map(tuple),
    quote_state=st.lists(st.sampled_from(["expired", "undated"]), unique=True).map(tuple), window=st.none() | st.integers(1, 730),
    direction=st.sampled_from([None, "next", "last"]), kind=st.lists(st.sampled_from(["purchased", "future"]), unique=True).map(tuple),
    state=st.lists(st.sampled_from(["active", "followed"]), unique=True).map(tuple), edition=st.none() | days,
    in_currency=st.sampled_from([None, "EUR", "BRL"]),
    account_manager=st.lists(st.sampled_from(["ana@boreal.example", "b@c.example"]), unique=True).map(tuple),
    order_type=st.lists(st.sampled_from(["purchase", "saas"]), unique=True).map(tuple),
    anniversary_month=st.lists(st.integers(1, 12), unique=True).map(tuple),
    anniversary_from=st.none() | month_days, anniversary_to=st.none() | month_days, from_=st.none() | days, to=st.none() | days,
))
def test_an_address_gives_the_same_filters_back(filters: Filters) -> None:
    read, problems = Filters.from_params(filters.to_params())
    assert (read, problems) == (filters, [])


@given(st.dictionaries(
    st.sampled_from(["country", "from", "anniversary-month", "anniversary-to", "program", "site", "customer", "order-type", "due", "window",
                     "direction", "in-currency", "account-manager", "kind", "state", "edition", "evil"]),
    st.lists(st.text(max_size=300), max_size=4),
))
def test_whatever_an_address_holds_is_read_or_told_and_never_raises(params: dict[str, list[str]]) -> None:
    filters, problems = Filters.from_params(params)
    assert all(str(problem) for problem in problems)
    assert all(len(values) > 0 for values in filters.to_params().values())


def test_words_speak_the_readers_language() -> None:
    filters = Filters(country=("BR", "PT"), from_=date(2026, 3, 1), anniversary_month=(11,))
    with locale.use("pt_BR"):
        assert filters.words() == ["País/região: Brasil ou Portugal", "Mês de aniversário: novembro", "De: 01/03/2026"]
    with locale.use("en"):
        assert filters.words()[0] == "Country/region: Brazil or Portugal"


@pytest.mark.parametrize(("written", "code"), [("br", "BR"), ("Brasil", "BR"), ("alemanha", "DE"), ("ESPAÑA", "ES"), ("Germany", "DE")])
def test_a_country_is_known_by_its_code_and_by_its_name_in_three_languages(written: str, code: str) -> None:
    assert Filters.from_params({"country": [written]})[0].country == (code,)


def test_a_mistyped_value_names_the_nearest() -> None:
    _filters, (problem,) = Filters.from_params({"country": ["Brazl"]})
    assert "Brazil (BR)" in str(problem)
    _filters, (problem,) = Filters.from_params({"program": ["PX"]})
    assert "PAX" in str(problem)


@pytest.mark.parametrize("count", [30, 200])
@pytest.mark.parametrize("name", ["7", "São Paulo & Filhos", "\u6f22\u5b57"])
def test_no_filters_take_more_of_an_address_than_it_holds_and_what_is_left_out_is_told(count: int, name: str) -> None:
    few = {"from_": date(2026, 1, 1), "country": ("BR", "PT"), "customer": (name,)}
    sites = tuple(str(1_000_000_000 + place) for place in range(3 * count))
    filters = Filters(**few, site=sites, quote=sites[:count // 3])
    fitting, problems = filters.fitting()
    assert len(urlencode(fitting.to_params(), doseq=True)) <= MOST_ADDRESS
    assert fitting == filters.but(site=sites[:len(fitting.site)]) and fitting.fitting() == (fitting, [])
    told = [] if count == 30 else [f"Site number has more than {len(fitting.site)} values. Those beyond are left out: choose fewer."]
    assert [str(problem) for problem in problems] == told and (len(fitting.site) == len(sites)) is not bool(told)


def test_the_bar_holds_no_more_than_an_address_whatever_was_chosen() -> None:
    agreements = tuple(f"A{place:09}" for place in range(400))
    try:
        filter_bar.adopt(Filters(agreement=agreements[:-1], country=("BR",)))
        st_web.session_state["_notices"] = []
        st_web.session_state["f_agreement"] = list(agreements)  # one more, by its widget
        filter_bar._bound()
        held: Filters = st_web.session_state["_filters"]
        assert held.country == ("BR",) and agreements[:len(held.agreement)] == held.agreement
        assert st_web.session_state["f_agreement"] == list(held.agreement) and len(urlencode(held.to_params(), doseq=True)) <= MOST_ADDRESS
        assert st_web.session_state["_notices"] == [
            f"Agreement has more than {len(held.agreement)} values. Those beyond are left out: choose fewer."]
    finally:
        st_web.session_state.clear()


def test_a_view_is_kept_as_long_as_its_link_and_those_of_its_calendar_are_sure_to_be_taken(sqlite_store: Store) -> None:
    ana, kept = settle(sqlite_store)["ana"], {"product-group": [f"{place:03}" for place in range(410)]}
    saved_views.save(ana, "subscription-updates", "Long", kept)
    assert 7_000 < len(saved_views.link(ana, "subscription-updates", kept | {"from": ["2026-01-01"], "to": ["2026-12-31"]})) < 8_000
    with pytest.raises(Refused, match="there are too many, or one is too long"):
        saved_views.save(ana, "subscription-updates", "Longer", {"product-group": [*kept["product-group"], *map(str, range(1_000, 1_020))]})


def test_site_numbers_match_with_and_without_leading_zeros() -> None:
    assert Filters.from_params({"site": ["0007123456", "00A1"]})[0].site == ("7123456", "00A1")


@pytest.mark.parametrize(("day", "first", "last", "inside"), [
    (301, 301, 301, True), (229, 228, 228, True), (229, 301, 228, True), (228, 229, 301, False), (1231, 1201, 131, True),
    (615, 1201, 131, False), (101, 1201, 101, True), (229, 301, 1231, False),
])
def test_month_days_are_inclusive_wrap_the_year_end_and_count_the_leap_day_on_the_28th(day: int, first: int, last: int, inside: bool) -> None:
    assert between_month_days(day, first, last) is inside


@given(days, st.integers(-1200, 1200))
def test_months_added_keep_the_day_or_end_the_month(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == min(day.day, calendar.monthrange(later.year, later.month)[1])


@pytest.mark.parametrize("text", ["13-01", "02-30", "2-3", "0229", "aa-bb", "", "٠١-٠١"])
def test_what_is_no_month_day_is_none(text: str) -> None:
    assert parse_month_day(text) is None


def test_search_and_nearest_values_stay_inside_what_the_viewer_sees(sqlite_store: Store) -> None:
    people, world = settle(sqlite_store), make(1, lines=80)
    world.write(sqlite_store)
    visible = {site for _reseller, site in links(world, "7000003")}
    assert {code for code, _label in choices.search(people["bob"], "site", "", 100)} == visible
    hidden = sorted(set(world.sites) - visible)
    (problem,) = choices.unknown(people["bob"], Filters(site=("9999999",)))
    assert not any(number in str(problem) for number in hidden)
    unseen = Filters(site=(*hidden[:1], sorted(visible)[0]))
    problems = choices.unknown(people["bob"], unseen)
    assert len(problems) == len(hidden[:1])
    assert choices.without(unseen, problems).site == (sorted(visible)[0],)


def test_more_values_than_anybody_chooses_are_told_and_left_out_and_few_of_those_unknown_are_compared(sqlite_store: Store) -> None:
    """An address of a few thousand would have the server look for the nearest of each for minutes."""
    people, world = settle(sqlite_store), make(1, lines=80)
    world.write(sqlite_store)
    filters, problems = Filters.from_params({"site": [f"x{number}" for number in range(9_000)], "country": ["Brazl"] * 9_000})
    assert len(filters.site) == MOST_VALUES and len(problems) == MOST_VALUES + 2
    assert [str(problem) for problem in problems if str(MOST_VALUES) in str(problem)] == [
        f"{name} has more than {MOST_VALUES} values. Those beyond are left out: choose fewer." for name in ("Site number", "Country/region")]
    unknown = choices.unknown(people["bob"], filters)
    assert len(unknown) == MOST_VALUES and choices.without(filters, unknown) == Filters()
    assert ["Nearest" in str(problem) for problem in unknown] == [True] * choices.COMPARED + [False] * (MOST_VALUES - choices.COMPARED)


@pytest.mark.parametrize("text", ["%", "_", "\\", "'", '"', "100%", "a_c", "acucar"])
def test_a_search_finds_its_text_literally(sqlite_store: Store, text: str) -> None:
    people, world = settle(sqlite_store), make(2, lines=200)
    world.write(sqlite_store)
    found = {label for _code, label in choices.search(people["carla"], "customer", text, 100)}
    everyone = {label for _code, label in choices.search(people["carla"], "customer", "", 100)}
    assert found == {name for name in everyone if searched(text) in searched(name)}


def test_quotes_are_searched_among_renewals_and_orders_and_account_managers_among_ones_own(sqlite_store: Store) -> None:
    people, world = settle(sqlite_store), make(5, lines=60)
    world.write(sqlite_store)
    for name, own in (("bob", "7000003"), ("carla", "7000001")):
        quotes = {row["quote_number"] for rows in (world.orders, world.renewals) for row in seen(rows, own)} - {None}
        assert {code for code, _label in choices.search(people[name], "quote", "", 500)} == quotes
        managers = {row["account_manager"] for row in world.assignments if row["reseller_site_number"] == own}
        assert {code for code, _label in choices.search(people[name], "account-manager", "", 500)} == managers


def test_what_goes_by_several_names_is_offered_once_by_the_first_that_was_looked_for(sqlite_store: Store) -> None:
    people, world = settle(sqlite_store), make(3, lines=200)
    number, row = next((number, row) for number, row in world.agreements.items()
                       if len({world.sites[site]["name"] for _reseller, site in links(world, "7000001")
                               if world.sites[site]["agreement_number"] == number}) > 1)
    row["stub"] = True  # no name of its own: that of whichever site
    world.write(sqlite_store)
    names = {world.sites[site]["name"] for _reseller, site in links(world, "7000001") if world.sites[site]["agreement_number"] == number}
    found = choices.search(people["carla"], "agreement", "", 100)
    assert len({code for code, _label in found}) == len(found)
    assert (number, f"{number} · {min(names)}") in found
    last = max(names)
    first = min(name for name in names if searched(last) in searched(name))
    assert (number, f"{number} · {first}") in choices.search(people["carla"], "agreement", last)
