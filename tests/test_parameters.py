"""What an address, a search box or an option holds is hostile: it is meant, told or refused, and never widens what its reader sees."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

import pytest
from cast import AURORA, BOREAL, CEDRO, settle, store_in, times
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from world import World, make, searched, seen
from world import links as visible_links

from pao_core import catalogue, choices, report
from pao_core.access import Viewer
from pao_core.filters import LABELS, BadFilter, Filters
from pao_core.importing import run as importing
from pao_core.importing.options import ImportOptions
from pao_core.locale import Refused
from pao_core.prices import choice as prices
from pao_core.report import UnknownReport
from pao_core.store.types import fold

TODAY = date(2026, 11, 24)
ADDRESSES = times(400, 100_000)
TEXTS = times(100, 30_000)
FEW = {"deadline": None, "suppress_health_check": list(HealthCheck)}
HOSTILE = (
    "' OR 1=1--", "\" OR \"\"=\"", "'); DROP TABLE orders;--", "%", "_", "\\", "%27", "\x00", "a\x00b", "x" * 65_536, "../../etc/passwd", "=1+1",
    "{viewer}", "{0.__class__}", "%s", "${jndi:x}", "<script>alert(1)</script>", "[x](javascript:x)", "\u202eabc", "\ufeff", "\ud800", "ß", "İ", "0",
    "-1", "1e309", "nan", "9" * 400, "٣", "0x10", "true", "null", "None", "[]", "{}", "2026-02-30", "2026-13-01", "9999-12-31", "0001-01-01",
    "02-30", "*", "all", "operator", AURORA, BOREAL, CEDRO, f"0000{AURORA}", "ana@boreal.example", "7100", "9000", "Q1",
)
KEYS = (
    *LABELS, "reseller_site_number", "distributor_site_number", "own", "viewer", "scope", "as", "user_id", "operator", "__class__", "form", "by",
    "sort",
    "tab", "step", "limit", "offset", "q", "", "site[]", "SITE", "from_", "in_currency", "\x00",
)
addresses = st.dictionaries(st.sampled_from(KEYS), st.lists(st.sampled_from(HOSTILE) | st.text(max_size=30), min_size=1, max_size=6), max_size=5)
# The signs that mean something to a database or a pattern, among a few that do not.
awkward = st.text(st.sampled_from("%_\\'\"aAçß *?[]^$."), min_size=1, max_size=6)


class Booked(NamedTuple):
    """People and the world of their order books, which takes too long to print."""

    people: dict[str, Viewer]
    world: World

    def __repr__(self) -> str:
        return "booked"


@pytest.fixture(scope="module")
def booked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Booked]:
    """The cast and its order books, which nothing here changes."""
    store = store_in(tmp_path_factory.mktemp("parameters"))
    people, world = settle(store), make(11, lines=120)
    names = ["100%", "a_c", "abc", "a\\c", "O'Brien", 'O"Brien', "%_%", "[a]", "a.c", "Ça ß", "_", "a*", "^a$", "?"]
    for site, name in zip(world.sites.values(), names, strict=True):
        site |= {"name": name, "name_folded": searched(name), "agreement_number": None, "stub": False}
    world.names.clear()
    for at, line in enumerate(world.renewals):
        line["quote_number"] = f"{names[at % len(names)]}{at}"
    sold = ("reseller_site_number", "distributor_site_number", "subscription_number")
    world.provisioning += [{key: of[key] for key in sold} | {"element": "region", "required": True} for of in world.subscriptions]
    for period in world.usage:
        period |= {"suppressed": True, "overage_quantity": 3}
    world.write(store)
    yield Booked(people, world)
    store.dispose()


@settings(max_examples=ADDRESSES, **FEW)
@given(params=addresses, name=st.sampled_from(sorted(catalogue.REPORTS)), who=st.sampled_from(["ana", "bob", "carla"]))
@example(params={option: ["\ud800"] for option in LABELS}, name="customer-activity", who="ana")  # half of a sign
def test_a_hostile_address_is_read_or_told_and_shows_its_reader_nothing_of_others(
    booked: Booked, params: dict[str, list[str]], name: str, who: str,
) -> None:
    people, world = booked
    filters, problems = Filters.from_params(params)
    assert all(str(problem) for problem in problems)
    unknown = choices.unknown(people[who], filters)
    filters = choices.without(filters, unknown)
    own = {"ana": BOREAL, "bob": CEDRO, "carla": AURORA}[who]
    rows = report.run(catalogue.find(name), people[who], filters, today=TODAY, form="detail", totals=False).rows
    keys = tuple(key for key in catalogue.find(name).KEYS if key != "currency")
    assert {tuple(row[key] for key in keys) for row in rows} <= known(world, own, keys)


def known(world: World, own: str, keys: tuple[str, ...]) -> set[tuple[Any, ...]]:
    """What tells the rows of a kind apart, of those that a reseller may see: the first kind of rows that has all these columns."""
    if {"reseller_site_number", "site_number", "agreement_number"}.issuperset(keys):
        links = ({"reseller_site_number": reseller, **world.sites[site]} for reseller, site in visible_links(world, own))
        return {tuple(link[key] for key in keys) for link in links}
    # Renewals late, and before orders: their lines name more than what tells them apart.
    kinds = (world.entitlements, world.subscriptions, world.usage, world.provisioning, world.renewals, world.orders)
    return {tuple(row[key] for key in keys) for row in seen(next(rows for rows in kinds if rows[0].keys() >= set(keys)), own)}


@settings(max_examples=TEXTS, **FEW)
@given(text=awkward)
def test_what_is_searched_for_is_found_sign_for_sign(booked: Booked, text: str) -> None:
    people, world = booked
    sites = {site for _reseller, site in visible_links(world, AURORA)}
    names = {world.sites[site]["name"] for site in sites}
    wanted = searched(text.strip())
    assert {code for code, _label in choices.search(people["carla"], "customer", text, 100)} == {
        name for name in names if wanted in searched(name) or name.startswith(text.strip())}
    quotes = {row["quote_number"] for rows in (world.orders, world.renewals) for row in seen(rows, AURORA)} - {None}
    assert {code for code, _label in choices.search(people["carla"], "quote", text, 500)} == {
        quote for quote in quotes if quote.startswith(text.strip()) or fold(text.strip()) in quote}
    if text.strip():
        rows = report.run(catalogue.find("customer-activity"), people["carla"], Filters(customer=(text,)), today=TODAY, form="detail").rows
        assert {row["site_number"] for row in rows} == {site for site in sites if searched(text) in searched(world.sites[site]["name"])}


names = st.sampled_from(HOSTILE) | st.text(max_size=30) | st.sampled_from([
    "amount; DROP TABLE orders", "amount DESC", "-amount--", "--amount", "1", "orders.amount", "reseller_site_number)", "txn", "id", "amount,lines",
])


@settings(max_examples=TEXTS, **FEW)
@given(text=names, name=st.sampled_from(sorted(catalogue.REPORTS)), form=st.sampled_from(["summary", "detail"]))
def test_a_column_that_a_report_does_not_have_is_refused_by_name(
    booked: Booked, text: str, name: str, form: str,
) -> None:
    people, _world = booked
    module = catalogue.find(name)
    known = {column.name for column in module.COLUMNS}
    if text.removeprefix("-") not in known and text:
        with pytest.raises(BadFilter):
            report.run(module, people["bob"], Filters(), today=TODAY, form=form, sort=text)
    if text not in module.BY:
        with pytest.raises(BadFilter):
            report.run(module, people["bob"], Filters(), today=TODAY, by=text)
        with pytest.raises(BadFilter):
            report.how_many(module, people["bob"], Filters(), text, today=TODAY)


@settings(max_examples=TEXTS, **FEW)
@given(text=names)
def test_a_word_of_no_closed_set_is_refused_by_name(booked: Booked, text: str) -> None:
    people, _world = booked
    if text not in catalogue.REPORTS:
        with pytest.raises(UnknownReport):
            catalogue.find(text)
    for wrong in ({"family": text}, {"when": text}, {"levels": (text,)}):
        words: dict[str, Any] = {"family": "software", "when": "current", "country": "BR", "currency": "BRL"} | wrong
        if text.strip().casefold() not in {word.casefold() for word in (*prices.FAMILIES, *prices.WHENS, *prices.LEVELS)}:
            with pytest.raises(BadFilter):
                prices.choose(**words)
    for option in ("numbers", "dates"):
        with pytest.raises(Refused):
            ImportOptions(**{option: text})
    with pytest.raises(Refused):
        importing._dataset(people["ana"], text)
