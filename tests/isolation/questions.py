"""Every question that the product answers to a viewer: what to ask each public function, and how an answer becomes text to compare.

`ABOUT` has the way to ask for every public function of pao_core that takes a viewer; what is not asked here writes (`VERBS`) or is a part of
what is asked (`PARTS`). A new function missing from all three fails test_registry.py: add a way to ask it here.
"""

from __future__ import annotations

import gzip
import importlib
import inspect
import pkgutil
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from io import BytesIO
from types import FunctionType, ModuleType
from typing import Any
from zipfile import ZipFile

from isolation.towns import EDITIONS, FIRST_LOOK, NOW, TODAY, Town, filters, of_own, of_reseller, of_session, of_site
from sqlalchemy import FromClause, Row, Select, select

import pao_core
from pao_core import catalogue, charts, choices, exchange, explain, replica, report, report_csv, report_file
from pao_core.access import Viewer, changes
from pao_core.access.entry import second_factor
from pao_core.access.mail import outbox
from pao_core.access.people import guide, handover, requests, standing, users
from pao_core.access.visits import Look
from pao_core.customers import (
    briefing,
    contacts,
    customer,
    dealings,
    deployment,
    inventory,
    levels_and_points,
    next_steps,
    notes,
    points,
    renewal_history,
    sites,
    subscriptions,
    timeline,
)
from pao_core.export.xlsx import table_xlsx
from pao_core.filters import Filters
from pao_core.home import home, news
from pao_core.importing import batches, jobs, mapping
from pao_core.importing.options import ImportOptions
from pao_core.locale import Refused, formats
from pao_core.orders import figures
from pao_core.prices import difference, effect, in_force, price_files
from pao_core.prices.price_files import PriceFile
from pao_core.renewals import (
    committed_terms,
    due_180_days,
    lines,
    price_figures,
    price_mailing,
    renewals,
    waiting,
)
from pao_core.renewals import figures as renewal_figures
from pao_core.reports import calendar_feed, pinned, saved_views
from pao_core.reports.saved_views import SavedView
from pao_core.saas import subscribed
from pao_core.settings import access_requests as request_settings
from pao_core.settings import audit, data, my_account
from pao_core.settings import site as site_settings
from pao_core.settings import users as user_settings
from pao_core.store.engine import Store
from pao_core.welcome import guide as welcome_guide

VIEWER = object()  # stands for the viewer among the arguments of a question
# Everything that lists rows: the reports, whatever their number, and the lists that are parts of a page.
LISTS = (*catalogue.REPORTS.values(), price_mailing, contacts, inventory, points, renewal_history, sites, subscriptions)
# Of an answer, not compared: when anybody last loaded anything is told to all (semantics.md); up to where the audit was read is a number of
# everybody's.
UNTOLD = {"as_of", "newest"}


@dataclass(frozen=True)
class Question:
    """A call of one function, with everything but the viewer."""

    of: Callable[..., Any]
    ask: Callable[..., Any]
    given: tuple[Any, ...]
    named: tuple[tuple[str, Any], ...]

    def answer(self, viewer: Viewer) -> str:
        """What the viewer is told, as text; a refusal is an answer too."""
        try:
            found = self.ask(*(viewer if one is VIEWER else one for one in self.given), **dict(self.named))
            return said(read(viewer, found))
        except Refused as refusal:
            return f"{type(refusal).__name__}: {refusal}"

    @property
    def words(self) -> str:
        """What is asked: its words may come back in the answer."""
        return said((self.given, self.named))

    def __str__(self) -> str:
        return f"{name_of(self.of)}: {self.words}"


Way = Callable[[random.Random, Town], Iterator[Question]]
ABOUT: dict[str, Way] = {}


def name_of(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__qualname__}"


def about(function: Callable[..., Any]) -> Callable[[Way], Way]:
    """This is how the function is asked."""
    def keep(way: Way) -> Way:
        ABOUT[name_of(function)] = way
        return way
    return keep


def asked(function: Callable[..., Any], *given: Any, of: Callable[..., Any] | None = None, **named: Any) -> Question:
    """The question of these arguments; `of` is the function that it is about when `function` is only the way to it."""
    return Question(of or function, function, given, tuple(named.items()))


def simply(function: Callable[..., Any], *names: str) -> None:
    """The function is asked with the viewer and what these names stand for."""
    def way(pick: random.Random, town: Town) -> Iterator[Question]:
        yield asked(function, VIEWER, *(ANY[name](pick, town) for name in names))
    ABOUT[name_of(function)] = way


# -- answers as text --------------------------------------------------------------------------------------------------
def read(viewer: Viewer, found: Any) -> Any:
    """The rows of what is only a statement."""
    if isinstance(found, FromClause):
        found = select(*(column for column in found.c if column.key not in ("id", "txn")))
    if isinstance(found, Select):
        return sorted((tuple(row) for row in replica.reader(viewer.store).rows(found, viewer)), key=said)
    return found


def said(value: Any) -> str:
    """A value as text, the same on every engine; files are unpacked."""
    if isinstance(value, bytes):
        return unpacked(value)
    if isinstance(value, Decimal):
        return format(value.normalize() + 0, "f")
    if isinstance(value, ModuleType | FunctionType):
        return value.__name__
    if isinstance(value, Viewer | Store) or value is VIEWER:
        return "viewer"
    if is_dataclass(value) and not isinstance(value, type):
        told = (f"{one.name}={said(getattr(value, one.name))}" for one in fields(value) if one.name not in UNTOLD)
        return f"{type(value).__name__}({', '.join(told)})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{said(key)}: {said(one)}" for key, one in value.items()) + "}"
    if isinstance(value, set | frozenset):
        return "{" + ", ".join(sorted(map(said, value))) + "}"
    if isinstance(value, list | tuple | Row):
        return "[" + ", ".join(map(said, value)) + "]"
    return str(value) if isinstance(value, str | Exception) else repr(value)


def unpacked(file: bytes) -> str:
    if file.startswith(b"PK"):
        with ZipFile(BytesIO(file)) as archive:
            return "\n".join(f"{name}: {archive.read(name).decode()}" for name in archive.namelist())
    return (gzip.decompress(file) if file.startswith(b"\x1f\x8b") else file).decode()


# -- what to ask with -------------------------------------------------------------------------------------------------
def _one(pick: random.Random, town: Town, column: str) -> str:
    return str(pick.choice([row[column] for row in town.facts() if row.get(column)]))


def _customer(pick: random.Random, town: Town) -> Filters:
    """Filters for one customer, as its page has them, with or without a reporting currency."""
    found = Filters(in_currency=pick.choice([None, "EUR"]))
    if pick.random() < 0.5:
        return found.but(site=(pick.choice(list(town.world.sites)),))
    return found.but(agreement=(pick.choice(list(town.world.agreements)),))


def _whose(pick: random.Random, town: Town) -> Filters:
    managers = sorted({row["account_manager"] for row in town.world.assignments}) or ["nobody@nowhere.example"]
    return Filters(account_manager=pick.choice([(), (), (pick.choice(managers),)]), in_currency=pick.choice([None, "BRL"]))


def _batch(pick: random.Random, town: Town) -> int:
    return pick.randrange(1, len(town.plan.tied) + 2)


ANY: dict[str, Callable[[random.Random, Town], Any]] = {
    "filters": filters, "customer": _customer, "whose": _whose, "today": lambda _pick, _town: TODAY, "now": lambda _pick, _town: NOW, "batch": _batch,
    "currency": lambda pick, _town: pick.choice(["BRL", "EUR"]), "site": lambda pick, town: pick.choice([*town.world.sites, "zqmissing"]),
    "agreement": lambda pick, town: pick.choice([*town.world.agreements, "zqmissing"]),
    "text": lambda pick, _town: pick.choice(["", "zq", "casa", "nome", "grupo", "%", "_", "'", "S", "Q1", "D0", "zq0", "zq1", "zqs", "zqn"]),
    "quote": lambda pick, town: _one(pick, town, "quote_number"), "subscription": lambda pick, town: _one(pick, town, "subscription_number"),
    "reseller": lambda pick, town: of_reseller(pick.randrange(len(town.plan.tied))), "part": lambda pick, town: pick.choice(list(town.world.parts)),
    "job": lambda pick, town: pick.choice([*(f"job-{one.mark}" for one in town.plan.faces), "job-missing"]),
    "country": lambda pick, _town: pick.choice(["BR", "PT"]),
    "choice": lambda pick, _town: PriceFile(pick.choice(["software", "saas"]), pick.choice(["current", "future"]), "BR", "BRL",
                                            wide=pick.random() < 0.5),
}
# The filters whose values are searched for (choices.search).
SEARCHED = ("agreement", "site", "customer", "country", "program", "product-group", "status", "reseller", "quote", "account-manager")


# -- reports ----------------------------------------------------------------------------------------------------------
def _forms(module: ModuleType) -> list[tuple[str, str | None]]:
    return [("detail", None), *(("summary", by) for by in module.BY)]


@about(report.run)
def _runs(pick: random.Random, town: Town) -> Iterator[Question]:
    for module in LISTS:
        chosen = filters(pick, town) if module in catalogue.REPORTS.values() else _customer(pick, town)
        for form, by in pick.sample(_forms(module), k=min(2, len(_forms(module)))):
            yield asked(report.run, module, VIEWER, chosen, today=TODAY, form=form, by=by, limit=pick.choice([None, 7]),
                        totals=module in catalogue.REPORTS.values())
        yield asked(exported, module, VIEWER, chosen, pick.choice(_forms(module)), of=report.run)
    for module in catalogue.REPORTS.values():
        yield asked(charted, module, VIEWER, filters(pick, town), of=report.run)


def exported(module: ModuleType, viewer: Viewer, chosen: Filters, form: tuple[str, str | None]) -> bytes:
    """A report as a workbook, as the download makes it."""
    result = report.run(module, viewer, chosen, today=TODAY, form=form[0], by=form[1], totals=False)
    return table_xlsx(module.TITLE, result.columns, result.rows, words=chosen.words())


@about(report_csv.of_report)
def _files(pick: random.Random, town: Town) -> Iterator[Question]:
    for module in pick.sample(LISTS, k=len(LISTS) // 2):
        chosen = filters(pick, town) if module in catalogue.REPORTS.values() else _customer(pick, town)
        form, by = pick.choice(_forms(module))
        yield asked(report_csv.of_report, module, VIEWER, chosen, today=TODAY, form=form, by=by)


def charted(module: ModuleType, viewer: Viewer, chosen: Filters) -> list[Any]:
    """The figures that pages draw of a report's rows."""
    by, measure = module.BY[0], "amount" if "amount" in module.MEASURES else module.MEASURES[0]
    money = any(column.name == "currency" for column in module.COLUMNS)
    rows = partial(report.run, module, viewer, chosen, today=TODAY, measures=(measure,), totals=False, currency="BRL" if money else None)
    found: list[Any] = [charts.ranked(rows(by=by).rows, by, "light", str, measure=measure)]
    if measure == "amount" and {"month", "product_group"} <= set(module.BY):
        groups = rows(by=("month", "product_group")).rows
        found += [charts.monthly(rows(by="month").rows, "light"), charts.over_time(groups, "product_group", "light", lambda value: value or "-")]
    elif "month" in module.BY:
        found.append(charts.monthly([row for row in rows(by="month").rows if row["month"]], "light", measure))
    return found


@about(report.totals_of)
def _totals(pick: random.Random, town: Town) -> Iterator[Question]:
    for module in catalogue.REPORTS.values():
        yield asked(report.totals_of, module, VIEWER, filters(pick, town), TODAY)


@about(explain.explain)
def _explained(pick: random.Random, town: Town) -> Iterator[Question]:
    yield asked(explain.explain, pick.choice(list(catalogue.REPORTS.values())), VIEWER, filters(pick, town), today=TODAY)


@about(explain.behind)
def _behind_a_total(pick: random.Random, town: Town) -> Iterator[Question]:
    def rows(module: ModuleType, viewer: Viewer, chosen: Filters, place: int) -> list[dict[str, Any]]:
        explained = explain.explain(module, viewer, chosen, today=TODAY)
        totals = explained.totals[place % len(explained.totals):][:1] if explained.totals else ()
        return [row for one in totals for row in explain.behind(explained, one, viewer).rows]
    yield asked(rows, pick.choice(list(catalogue.REPORTS.values())), VIEWER, filters(pick, town), pick.randrange(40), of=explain.behind)


@about(report_file.xlsx)
def _filed(pick: random.Random, town: Town) -> Iterator[Question]:
    def file(module: ModuleType, viewer: Viewer, chosen: Filters) -> bytes:
        # When anybody last loaded anything is told to all.
        return report_file.xlsx(replace(report.run(module, viewer, chosen, today=TODAY), as_of=None), viewer, today=TODAY)
    yield asked(file, pick.choice(list(catalogue.REPORTS.values())), VIEWER, filters(pick, town), of=report_file.xlsx)


@about(report.how_many)
def _counts(pick: random.Random, town: Town) -> Iterator[Question]:
    for module in catalogue.REPORTS.values():
        yield asked(report.how_many, module, VIEWER, filters(pick, town), pick.choice(module.BY), today=TODAY)


@about(report.detail_columns)
def _columns(pick: random.Random, town: Town) -> Iterator[Question]:
    module = pick.choice(LISTS)
    yield asked(report.detail_columns, module, VIEWER, filters(pick, town), TODAY)


@about(report.rows_of)
def _rows_of(pick: random.Random, town: Town) -> Iterator[Question]:
    def rows_of(viewer: Viewer, chosen: Filters) -> list[dict[str, Any]]:
        return report.rows_of(renewals, viewer, renewals.detail(viewer, chosen, TODAY).order_by(*renewals.KEYS))
    yield asked(rows_of, VIEWER, filters(pick, town), of=report.rows_of)


@about(report.age)
def _age(_pick: random.Random, _town: Town) -> Iterator[Question]:
    # When anybody last loaded anything is told to all (semantics.md), so only that it is told.
    yield asked(lambda viewer: report.age(viewer)[1], VIEWER, of=report.age)


def _statement(function: Callable[..., Any], module: ModuleType, which: Callable[[random.Random, Town], Filters]) -> None:
    def way(pick: random.Random, town: Town) -> Iterator[Question]:
        summed = function.__name__ == "summary"
        by = (pick.choice(module.BY),) if module.BY else ()  # a list of a customer's page is summed as a whole
        yield asked(function, VIEWER, which(pick, town), *((by,) if summed else ()), TODAY)
    ABOUT[name_of(function)] = way


for _module in LISTS:
    for _function in filter(None, (getattr(_module, "summary", None), _module.detail)):
        _statement(_function, _module, filters if _module in catalogue.REPORTS.values() else _customer)


@about(lines.summed)
def _summed(pick: random.Random, town: Town) -> Iterator[Question]:
    by = tuple(pick.sample(lines.BY, k=2))
    yield asked(lines.summed, VIEWER, filters(pick, town), by, TODAY, ("quotes", "customers", "lines", "amount"))


simply(lines.listed, "filters", "today")


# -- search -----------------------------------------------------------------------------------------------------------
@about(choices.search)
def _searches(pick: random.Random, town: Town) -> Iterator[Question]:
    for key in SEARCHED:
        yield asked(choices.search, VIEWER, key, ANY["text"](pick, town), 100)
        yield asked(choices.search, VIEWER, key, pick.choice(sorted(town.marks())), 100)


@about(choices.unknown)
def _unknown(pick: random.Random, town: Town) -> Iterator[Question]:
    for field in choices.CHECKED:
        known = {"agreement": "agreement", "site": "site", "reseller": "reseller", "quote": "quote"}.get(field)
        value = ANY[known](pick, town) if known else pick.choice(sorted(town.marks()))
        yield asked(choices.unknown, VIEWER, Filters(**{field: (value, "zqmissing")}))
    yield asked(choices.unknown, VIEWER, filters(pick, town))


@about(choices.near)
def _near(pick: random.Random, town: Town) -> Iterator[Question]:
    for key in SEARCHED:
        yield asked(choices.near, VIEWER, key, pick.choice(sorted(town.marks())))


@about(choices.of_customer)
def _of_customer(pick: random.Random, town: Town) -> Iterator[Question]:
    yield asked(lambda viewer, number: choices.of_customer(viewer, Filters(), number).to_params(), VIEWER,
                ANY[pick.choice(["site", "agreement"])](pick, town), of=choices.of_customer)


# -- customers --------------------------------------------------------------------------------------------------------
@about(customer.find)
def _find(pick: random.Random, town: Town) -> Iterator[Question]:
    for site in [*town.world.sites, "zqmissing"]:
        yield asked(customer.find, VIEWER, site=site)
    for agreement in town.world.agreements:
        yield asked(customer.find, VIEWER, agreement=agreement)
        yield asked(customer.find, VIEWER, agreement=agreement, site=ANY["site"](pick, town))


simply(customer.search, "text")
simply(customer.largest, "today")
simply(contacts.listed, "customer")
simply(dealings.dealings, "customer", "today")
simply(inventory.coverage, "customer", "today")
simply(inventory.of_product, "customer", "part", "today")
simply(notes.people, "reseller")
simply(notes.steps_due, "today")
simply(next_steps.mine, "today")


@about(notes.listed)
def _notes(pick: random.Random, town: Town) -> Iterator[Question]:
    for reseller in range(len(town.plan.tied)):
        site = Filters(site=(of_site(f"n{reseller}"),))
        yield asked(notes.listed, VIEWER, site, removed=pick.random() < 0.3)
    yield asked(notes.listed, VIEWER, _customer(pick, town))


@about(notes.versions)
def _note_versions(_pick: random.Random, town: Town) -> Iterator[Question]:
    for note in range(1, 2 * len(town.plan.tied) + 2):
        yield asked(notes.versions, VIEWER, note)


@about(timeline.page)
def _happened(pick: random.Random, town: Town) -> Iterator[Question]:
    site = Filters(site=(of_site(f"n{pick.randrange(len(town.plan.tied))}"),))
    for which in (_customer(pick, town), site):
        topics = pick.choice([(), tuple(pick.sample(list(timeline.TOPICS), k=2))])
        yield asked(timeline.page, VIEWER, which, TODAY, topics, limit=pick.choice([3, 50]), offset=pick.choice([0, 2]))
simply(inventory.known_of, "customer", "today")


@about(levels_and_points.terms)
def _terms(pick: random.Random, town: Town) -> Iterator[Question]:
    for agreement in town.world.agreements:
        yield asked(levels_and_points.terms, VIEWER, filters(pick, town), agreement, TODAY - timedelta(pick.randrange(900)), TODAY)


@about(deployment.current)
def _deployed(pick: random.Random, town: Town) -> Iterator[Question]:
    def current(viewer: Viewer, key: deployment.Key) -> Any:
        found = deployment.current(viewer, key)
        return found.quantity, found.deployed, found.may_enter, [(one.before, one.after, one.who, one.how) for one in found.history]
    for row in pick.sample(town.world.entitlements, k=min(3, len(town.world.entitlements))):
        for reseller in (row["reseller_site_number"], ANY["reseller"](pick, town)):
            key = deployment.Key(*(row[name] for name in deployment.Key._fields))._replace(reseller_site_number=reseller)
            yield asked(current, VIEWER, key, of=deployment.current)


@about(subscriptions.counted)
def _counted(pick: random.Random, town: Town) -> Iterator[Question]:
    yield asked(lambda viewer, which: sorted(subscriptions.counted(viewer, which).items()), VIEWER, _customer(pick, town), of=subscriptions.counted)



@about(dealings.priced_lines)
def _priced(pick: random.Random, town: Town) -> Iterator[Question]:
    yield asked(dealings.priced_lines, VIEWER, _customer(pick, town), "D")


@about(subscriptions.periods)
def _periods(pick: random.Random, town: Town) -> Iterator[Question]:
    yield from _of_subscriptions(subscriptions.periods, pick, town)


@about(subscriptions.form)
def _form(pick: random.Random, town: Town) -> Iterator[Question]:
    yield from _of_subscriptions(subscriptions.form, pick, town)


def _of_subscriptions(function: Callable[..., Any], pick: random.Random, town: Town) -> Iterator[Question]:
    """Some of the subscriptions, each asked for as its own reseller's and as another's."""
    for row in pick.sample(town.world.subscriptions, k=min(3, len(town.world.subscriptions))):
        for reseller in (row["reseller_site_number"], ANY["reseller"](pick, town)):
            yield asked(function, VIEWER, Filters(site=(row["site_number"],)), reseller, row["subscription_number"])


@about(briefing.brief)
def _brief(pick: random.Random, town: Town) -> Iterator[Question]:
    def brief(viewer: Viewer, site: str) -> Any:
        found = customer.find(viewer, site=site)
        of = found.filters
        return briefing.brief(viewer, found, of, dealings.dealings(viewer, of, TODAY), inventory.coverage(viewer, of, TODAY),
                              subscriptions.counted(viewer, of), TODAY)
    yield asked(brief, VIEWER, ANY["site"](pick, town), of=briefing.brief)


# -- orders and renewals ----------------------------------------------------------------------------------------------
simply(figures.figures, "filters", "currency", "today")
simply(figures.by_month, "filters", "currency", "today")


@about(figures.figures_before)
def _before(pick: random.Random, town: Town) -> Iterator[Question]:
    yield asked(figures.figures_before, VIEWER, filters(pick, town).but(from_=TODAY - timedelta(200)), "BRL", TODAY)


@about(figures.behind)
def _behind(pick: random.Random, town: Town) -> Iterator[Question]:
    yield asked(lambda viewer, number: figures.behind(viewer, Filters(), "customer", number).to_params(), VIEWER, ANY["agreement"](pick, town),
                of=figures.behind)


@about(renewal_figures.behind)
def _behind_renewals(pick: random.Random, town: Town) -> Iterator[Question]:
    yield asked(lambda viewer, number: renewal_figures.behind(viewer, Filters(), "customer", number, TODAY).to_params(), VIEWER,
                ANY["agreement"](pick, town), of=renewal_figures.behind)


@about(price_figures.behind)
def _behind_prices(pick: random.Random, town: Town) -> Iterator[Question]:
    yield asked(lambda viewer, number: price_figures.behind(viewer, Filters(), "customer", number, TODAY).to_params(), VIEWER,
                ANY["agreement"](pick, town), of=price_figures.behind)


simply(price_figures.editions, "today")
simply(price_figures.impact, "filters", "currency", "today")
simply(price_figures.dearest, "filters", "currency", "today")


@about(renewal_figures.spread)
def _spread(pick: random.Random, town: Town) -> Iterator[Question]:
    yield asked(renewal_figures.spread, pick.choice([renewals, due_180_days, committed_terms]), VIEWER, filters(pick, town), "BRL", TODAY,
                pick.choice(["week", "month"]))


@about(waiting.waiting)
def _waiting(pick: random.Random, town: Town) -> Iterator[Question]:
    def waits(viewer: Viewer, quote: str) -> list[Any]:
        rows = report.run(renewals, viewer, Filters(quote=(quote,)), today=TODAY, form="detail").rows
        return [waiting.waiting(viewer, row, TODAY) for row in rows]
    yield asked(waits, VIEWER, ANY["quote"](pick, town), of=waiting.waiting)


@about(subscribed.behind)
def _behind_subscriptions(pick: random.Random, town: Town) -> Iterator[Question]:
    yield asked(lambda viewer, number: subscribed.behind(viewer, Filters(), "customer", number).to_params(), VIEWER, ANY["agreement"](pick, town),
                of=subscribed.behind)


# -- home -------------------------------------------------------------------------------------------------------------
simply(home.may_see_lines)
simply(home.has_portfolio)
simply(home.currency, "whose", "today")
simply(home.expired, "whose", "today")
simply(home.due, "whose", "currency", "today")
simply(home.by_week, "whose", "currency", "today")
simply(home.queue, "whose", "currency", "today")
simply(home.renewed, "whose", "currency", "today")
simply(home.on_time, "whose", "today")
simply(home.prices_ahead, "whose", "today")


@about(news.last_look)
def _last_look(_pick: random.Random, _town: Town) -> Iterator[Question]:
    def last_look(viewer: Viewer) -> Any:
        look = news.last_look(viewer, NOW)
        return look and look.at  # up to which change is a number of everybody's
    yield asked(last_look, VIEWER, of=news.last_look)



@about(home.whole)
def _whole(pick: random.Random, town: Town) -> Iterator[Question]:
    for row in pick.sample(town.world.renewals, k=3):
        key = {name: row[name] for name in renewals.KEYS}
        yield asked(home.whole, VIEWER, key, TODAY)


@about(news.facts)
def _facts(pick: random.Random, town: Town) -> Iterator[Question]:
    # The first changes are the people and the rows; what came later is news.
    yield asked(news.facts, VIEWER, Look(FIRST_LOOK, pick.choice([0, 2])), _whose(pick, town), TODAY)


@about(changes.replaced)
def _replaced(pick: random.Random, _town: Town) -> Iterator[Question]:
    def replaced(viewer: Viewer, table: str) -> Any:
        since = changes.since(viewer.store, 2)
        assert since
        found = changes.replaced(viewer, table, since, ("reseller_site_number", "quote_number", "unit_price"))
        return sorted(said((row.was, row.now)) for row in found or ())
    yield asked(replaced, VIEWER, "renewals", of=changes.replaced)


# -- prices: everybody's, but for lines --------------------------------------------------------------------------------
simply(exchange.currencies)
simply(exchange.newest, "currency", "today")
simply(price_files.countries_and_currencies)
simply(price_files.editions)
simply(price_files.counts, "country", "currency", "today")
simply(price_files.rows, "choice", "today")


@about(price_files.published)
def _published(_pick: random.Random, _town: Town) -> Iterator[Question]:
    yield asked(lambda viewer: price_files.published(viewer) is not None, VIEWER, of=price_files.published)


@about(price_files.editions_since)
def _editions_since(_pick: random.Random, _town: Town) -> Iterator[Question]:
    # In no order that is promised.
    yield asked(lambda viewer, since: sorted(map(said, price_files.editions_since(viewer, since))), VIEWER, changes.Since(1),
                of=price_files.editions_since)


@about(price_files.preview)
def _previews(pick: random.Random, town: Town) -> Iterator[Question]:
    yield asked(price_files.preview, VIEWER, ANY["choice"](pick, town), pick.choice(["", "part", "D0", "zq"]), 10, TODAY)


@about(price_files.file)
def _price_file(pick: random.Random, town: Town) -> Iterator[Question]:
    yield asked(priced, VIEWER, ANY["choice"](pick, town), pick.choice(["csv", "xlsx"]), of=price_files.file)


def priced(viewer: Viewer, choice: PriceFile, suffix: str) -> str:
    """A price file without the moment of the last change, which is each store's own."""
    file = unpacked(price_files.file(viewer, choice, suffix, TODAY))
    published = price_files.published(viewer)
    said_on = formats.moment(published, viewer.store.settings.timezone) if published else ""
    return file.replace(said_on, "") if said_on else file


@about(in_force.prices_of)
def _prices_of(pick: random.Random, town: Town) -> Iterator[Question]:
    yield asked(in_force.prices_of, VIEWER, ANY["part"](pick, town), "BR", "BRL", "D")


def _two(pick: random.Random) -> difference.Two:
    return difference.Two(PriceFile("software", "current", "BR", "BRL"), *pick.sample(EDITIONS, 2))


simply(difference.days, "country", "currency")


@about(difference.counts)
def _difference_counts(pick: random.Random, _town: Town) -> Iterator[Question]:
    yield asked(difference.counts, VIEWER, _two(pick))


@about(difference.rows)
def _differences(pick: random.Random, town: Town) -> Iterator[Question]:
    yield asked(difference.rows, VIEWER, _two(pick), pick.choice([(), ("changed",)]), ANY["text"](pick, town), 20)


@about(difference.how_many)
def _how_many_differ(pick: random.Random, town: Town) -> Iterator[Question]:
    yield asked(difference.how_many, VIEWER, _two(pick), ("new", "gone"), ANY["text"](pick, town))


@about(difference.file)
def _difference_file(pick: random.Random, _town: Town) -> Iterator[Question]:
    yield asked(difference.file, VIEWER, _two(pick), (), "csv")  # the workbook says when prices last changed, in each store another moment


@about(difference.gaps)
def _gaps(pick: random.Random, _town: Town) -> Iterator[Question]:
    yield asked(difference.gaps, VIEWER, _two(pick).file, pick.choice(EDITIONS))


@about(difference.gaps_of)
def _gaps_of(pick: random.Random, _town: Town) -> Iterator[Question]:
    yield asked(difference.gaps_of, VIEWER, _two(pick).file, pick.choice(EDITIONS))


@about(difference.gaps_file)
def _gaps_file(pick: random.Random, _town: Town) -> Iterator[Question]:
    yield asked(difference.gaps_file, VIEWER, _two(pick).file, pick.choice(EDITIONS), "csv")


@about(effect.effects)
def _effects(pick: random.Random, town: Town) -> Iterator[Question]:
    def effects(viewer: Viewer, chosen: Filters) -> Any:
        return effect.effects(viewer, lines.listed(viewer, chosen, TODAY, effect.LINE), TODAY)
    yield asked(effects, VIEWER, filters(pick, town), of=effect.effects)


# -- imports and settings ---------------------------------------------------------------------------------------------
simply(data.loadable)
simply(data.freshness)
simply(batches.rejected_rows, "batch")
simply(batches.warned_rows, "batch")
simply(jobs.state, "job")
simply(jobs.rejected_rows, "job")


@about(users.listed)
def _everybody(_pick: random.Random, _town: Town) -> Iterator[Question]:
    # The list of all users is the operator's own.
    yield asked(lambda viewer: viewer.operator or users.listed(viewer), VIEWER, of=users.listed)


# -- people -----------------------------------------------------------------------------------------------------------


@about(users.people)
def _people(_pick: random.Random, _town: Town) -> Iterator[Question]:
    # Who is at no site stands first or last, as each database has it.
    yield asked(lambda viewer: sorted(map(said, users.people(viewer))), VIEWER, of=users.people)


simply(requests.waiting)
simply(requests.history)
simply(requests.count_waiting)
simply(handover.offers)
simply(second_factor.state)
simply(guide.wanted)
simply(welcome_guide.steps)
simply(standing.rank, "reseller")
simply(standing.roles_to_give, "reseller")
simply(standing.levels_to_give, "reseller")
simply(user_settings.manages, "reseller")
simply(user_settings.roles_to_add, "reseller")
simply(site_settings.sites)
simply(site_settings.primary, "reseller")
simply(site_settings.contacts, "reseller")
simply(site_settings.limits, "reseller")
simply(my_account.places)
simply(my_account.hears_of_requests)
simply(my_account.has_password)
simply(my_account.calendars)


@about(my_account.signed_in)
def _signed_in(_pick: random.Random, _town: Town) -> Iterator[Question]:
    yield asked(my_account.signed_in, VIEWER, None, NOW)


@about(outbox.waiting)
def _letters(_pick: random.Random, _town: Town) -> Iterator[Question]:
    # The letters that wait are the operator's own list.
    yield asked(lambda viewer: viewer.operator or outbox.waiting(viewer), VIEWER, of=outbox.waiting)


@about(standing.may_touch)
def _may_touch(pick: random.Random, town: Town) -> Iterator[Question]:
    yield asked(standing.may_touch, VIEWER, ANY["reseller"](pick, town), pick.choice(town.plan.faces).email, "user")


@about(user_settings.may_change)
def _may_change(_pick: random.Random, _town: Town) -> Iterator[Question]:
    yield asked(lambda viewer: sorted(one.email for one in users.people(viewer) if user_settings.may_change(viewer, one)), VIEWER,
                of=user_settings.may_change)


@about(request_settings.may_decide)
def _may_decide(_pick: random.Random, _town: Town) -> Iterator[Question]:
    yield asked(lambda viewer: [request_settings.may_decide(viewer, one) for one in requests.waiting(viewer)], VIEWER, of=request_settings.may_decide)


@about(request_settings.roles_to_give)
def _to_give(_pick: random.Random, _town: Town) -> Iterator[Question]:
    yield asked(lambda viewer: [request_settings.roles_to_give(viewer, one) for one in requests.waiting(viewer)], VIEWER,
                of=request_settings.roles_to_give)


def _audited(pick: random.Random, town: Town) -> audit.Asked:
    return pick.choice([audit.Asked(), audit.Asked(who=pick.choice(["zq", *sorted(town.marks())])), audit.Asked(text=ANY["reseller"](pick, town)),
                        audit.Asked(acts=("import",)), audit.Asked(text=pick.choice(["%", "_", *sorted(town.marks())]))])


@about(audit.found)
def _audit(pick: random.Random, town: Town) -> Iterator[Question]:
    for which in audit.LISTS:
        yield asked(audit.found, VIEWER, _audited(pick, town), which)


@about(audit.file)
def _audit_file(pick: random.Random, town: Town) -> Iterator[Question]:
    def rows(viewer: Viewer, wanted: audit.Asked, which: str, form: str) -> str:
        return unpacked(audit.file(viewer, wanted, which, form)).split("xl/worksheets/sheet2.xml")[0]  # there it says when it was made
    yield asked(rows, VIEWER, _audited(pick, town), pick.choice(list(audit.LISTS)), pick.choice(["csv", "xlsx"]), of=audit.file)


@about(audit.contact_updates)
def _contact_updates(pick: random.Random, town: Town) -> Iterator[Question]:
    yield asked(audit.contact_updates, VIEWER, ANY["reseller"](pick, town), limit=20)


# -- saved views ------------------------------------------------------------------------------------------------------
for _function in (saved_views.listed, saved_views.pinned, saved_views.may_share):
    simply(_function)


@about(saved_views.find)
def _find_view(pick: random.Random, town: Town) -> Iterator[Question]:
    for number in range(1, len(town.plan.faces) + len(town.plan.tied) + 2):
        yield asked(saved_views.find, VIEWER, number)


@about(saved_views.named)
def _named_view(pick: random.Random, town: Town) -> Iterator[Question]:
    for page, mark in (("customers", of_own(pick.randrange(len(town.plan.tied)))), ("renewals", of_session(pick.choice(town.plan.faces)))):
        yield asked(saved_views.named, VIEWER, page, mark)


def _view(pick: random.Random, town: Town, module: ModuleType) -> SavedView:
    """A view as its page keeps it, of a person's own."""
    said_ = {key: tuple(values) for key, values in filters(pick, town).to_params().items()}
    return SavedView(1, 1, "View", report.page_of(module), said_, "", "", True, None, True, True, False, True, None, NOW)


@about(saved_views.asked)
def _asked_of_view(pick: random.Random, town: Town) -> Iterator[Question]:
    module = pick.choice(list(catalogue.REPORTS.values()))
    yield asked(saved_views.asked, VIEWER, module, {**_view(pick, town, module).parameters, "site": (ANY["site"](pick, town),), "by": ("none",)})


@about(pinned.worth)
def _worth(pick: random.Random, town: Town) -> Iterator[Question]:
    for module in catalogue.REPORTS.values():
        yield asked(pinned.worth, VIEWER, _view(pick, town, module), module, TODAY)


def _with_days() -> list[ModuleType]:
    return [module for module in catalogue.REPORTS.values() if calendar_feed.has_days(module)]


@about(calendar_feed.events)
def _events(pick: random.Random, town: Town) -> Iterator[Question]:
    for module in _with_days():
        yield asked(calendar_feed.events, VIEWER, _view(pick, town, module), module, saved_views.Asked(filters(pick, town), "detail", None, None, ()),
                    TODAY)


@about(calendar_feed.calendar)
def _calendar(pick: random.Random, town: Town) -> Iterator[Question]:
    module = pick.choice(_with_days())

    def unfolded(viewer: Viewer, view: SavedView) -> str:
        return calendar_feed.calendar(viewer, view, module, TODAY, NOW).decode().replace("\r\n ", "")
    yield asked(unfolded, VIEWER, _view(pick, town, module), of=calendar_feed.calendar)


@about(batches.listed)
def _batches(_pick: random.Random, _town: Town) -> Iterator[Question]:
    yield asked(batches.listed, VIEWER)


@about(batches.visible)
def _visible(_pick: random.Random, _town: Town) -> Iterator[Question]:
    def visible(viewer: Viewer) -> Any:
        with viewer.store.reading() as connection:
            table = batches.batches
            return connection.execute(select(table.c.id, table.c.file_name).where(batches.visible(viewer)).order_by(table.c.id)).all()
    yield asked(visible, VIEWER, of=batches.visible)


@about(mapping.kept)
def _mappings(_pick: random.Random, _town: Town) -> Iterator[Question]:
    yield asked(mapping.kept, VIEWER, "orders")


@about(mapping.of_options)
def _of_options(pick: random.Random, town: Town) -> Iterator[Question]:
    name = f"Mapa zqi{pick.randrange(len(town.plan.tied))}zq"
    yield asked(mapping.of_options, VIEWER, "orders", ImportOptions(mapping=name))


# -- the viewer itself: selectables -----------------------------------------------------------------------------------
def _selectable(function: Callable[..., Any]) -> None:
    def way(_pick: random.Random, _town: Town) -> Iterator[Question]:
        yield asked(function, VIEWER)
    ABOUT[name_of(function)] = way


for _function in (Viewer.orders, Viewer.renewals, Viewer.entitlements, Viewer.subscriptions, Viewer.usage, Viewer.provisioning, Viewer.assignments,
                  Viewer.contacts, Viewer.customers, Viewer.resellers, Viewer.colleagues, Viewer.sites, Viewer.sees):
    _selectable(_function)


# What writes: tried in test_writing.py.
VERBS = {
    "pao_core.access.viewer.Viewer.writing", "pao_core.access.viewer.Viewer.acting", "pao_core.importing.batches.undo",
    "pao_core.customers.deployment.enter",
    "pao_core.importing.jobs.cancel", "pao_core.importing.mapping.keep", "pao_core.importing.run.import_file", "pao_core.importing.run.preview",
    *(f"pao_core.access.people.users.{verb}" for verb in ("add", "invite", "change", "suspend", "restore", "remove", "invite_again", "sign_out")),
    *(f"pao_core.access.people.handover.{verb}" for verb in ("offer", "withdraw", "accept", "decline", "appoint")),
    "pao_core.access.people.requests.grant", "pao_core.access.people.requests.deny", "pao_core.access.entry.second_factor.reset",
    "pao_core.access.mail.outbox.show_link", "pao_core.access.mail.outbox.send_again",
    *(f"pao_core.settings.site.{verb}" for verb in ("add", "change", "remove", "set_limits")),
    *(f"pao_core.customers.notes.{verb}" for verb in ("write", "change", "finish", "reopen", "remove", "put_back")),
    *(f"pao_core.reports.saved_views.{verb}" for verb in (
        "save", "replace", "rename", "share", "keep_private", "remove", "pin", "make_default")),
    "pao_core.reports.calendar_feed.make", "pao_core.reports.calendar_feed.revoke",
    "pao_core.settings.my_account.choose_site", "pao_core.settings.my_account.end_session",
}
OWN = "writes to the viewer's own account and takes the name of nobody else's"
# What is no question of its own, with the reason.
PARTS = {
    "pao_core.access.viewer.Viewer.may": "says whether a right is held, reads nothing",
    "pao_core.access.viewer.Viewer.may_act": "says whether a right is held, reads nothing",
    "pao_core.access.viewer.Viewer.require": "refuses without a right, reads nothing",
    "pao_core.access.viewer.Viewer.walled": "PostgreSQL's own rules: under every question that is asked there directly",
    "pao_core.access.viewer.Viewer.reading": "PostgreSQL's own rules: under every question that is asked there directly",
    "pao_core.report.ordered": "a statement, which report.run and report_csv.of_report read",
    "pao_core.report_csv.of_statement": "writes what a statement gives that its caller made, as every file of prices and report_csv.of_report do",
    "pao_core.report_file.pdf": "sets on paper what report.run and explain.explain answer", "pao_core.report_file.as_of": "words a result's own age",
    **{f"pao_core.access.viewer.Viewer.{name}": "writes a line of the audit about the viewer's own attempt" for name in ("note_refusal", "asking")},
    **{f"pao_core.access.people.standing.{name}": "refuses, reads nothing" for name in (
        "check_acting_on", "check_giving", "check_other", "check_touching")},
    **{f"pao_core.access.entry.second_factor.{name}": OWN for name in ("begin", "confirm", "renew_codes", "turn_off")},
    **{f"pao_core.settings.my_account.{name}": OWN for name in ("end_others", "end_calendars", "rename", "speak", "hear_of_requests")},
    "pao_core.access.people.guide.dismiss": OWN, "pao_core.access.people.guide.show_again": OWN, "pao_core.access.entry.new_password.by_old_one": OWN,
    **{f"pao_core.saas.subscribed.{name}": "a part of the statements of the reports on subscriptions" for name in (
        "under", "matching", "described", "with_use")},
    "pao_core.welcome.request_access.ask": "anybody asks for any site, and is told one sentence whatever there is",
    "pao_core.reports.saved_views.link": "writes an address of what it is given, reads nothing",
    "pao_core.reports.saved_views.turn": "names a turn, reads nothing",
    "pao_core.importing.jobs.start": "runs import_file in a process of its own, as the same viewer",
    "pao_core.importing.rates.load": "runs import_file on the rates that come with the product",
    "pao_core.importing.references.check": "a step of import_file", "pao_core.importing.references.may_make": "a step of import_file",
    "pao_core.importing.stubs.prepare": "a step of import_file",
    **{f"pao_core.importing.rules.{name}": "a step of import_file: looks at the file's own rows" for name in (
        "lines.check_orders", "lines.check_renewals", "lines.check_entitlements", "prices.check", "shared.check_agreements", "shared.check_sites",
        "shared.check_parts", "shared.check_assignments", "shared.check_exchange_rates", "subscriptions.check", "subscriptions.check_usage")},
}


def taking_a_viewer() -> set[str]:
    """Every public function of pao_core that takes a viewer, and every public one of a viewer's own."""
    found = set()
    for module in pkgutil.walk_packages(pao_core.__path__, "pao_core."):
        if module.name.rsplit(".", 1)[-1] in ("__main__", "env") or ".versions." in module.name:
            continue
        for function in vars(importlib.import_module(module.name)).values():
            if inspect.isfunction(function) and function.__module__ == module.name and not function.__name__.startswith("_"):
                kinds = [str(parameter.annotation) for parameter in inspect.signature(function).parameters.values()]
                found |= {name_of(function)} if any("Viewer" in kind for kind in kinds) else set()
    return found | {name_of(function) for name, function in inspect.getmembers(Viewer, inspect.isfunction) if not name.startswith("_")}


def all_questions(pick: random.Random, town: Town) -> list[Question]:
    """A round of questions: some to every function, in any order."""
    found = [question for way in ABOUT.values() for question in way(pick, town)]
    pick.shuffle(found)
    return found


def hides(answer: str, question: Question, forbidden: set[str]) -> list[str]:
    """The marks that the answer gives away: forbidden ones which the question did not hold itself."""
    told, words = answer.casefold(), question.words.casefold()
    return sorted(mark for mark in forbidden if mark in told and mark not in words)
