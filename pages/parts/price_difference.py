"""Two price files against each other, and the gaps of a price list, on the page of price files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial

import streamlit as st

from pages.parts import chart, download, explain, frame, metrics, price_impact, session, states, table, view
from pages.parts.explain import Number
from pages.parts.text import escape
from pao_core.filters import Filters
from pao_core.locale import _, formats, language, ngettext, words
from pao_core.prices import difference, price_files
from pao_core.prices.choice import FAMILIES
from pao_core.prices.compared import Compared
from pao_core.prices.difference import KINDS, Counts, Two
from pao_core.prices.price_files import PriceFile

COLOURS = {"new": "green", "gone": "red", "changed": "orange", "same": "gray"}
PAGE = "pages/prices/price_files.py"
GROUPS = 200  # product groups that the table shows


def compared(of: partial[PriceFile]) -> None:
    """Two editions, chosen; what is new, gone and changed in figures, drawn, by product group, price by price, and as a file."""
    scene = session.scene()
    with st.container(horizontal=True, gap="small"):
        file, editions = _family(of), _editions(of)
        if len(editions) < 2:
            states.empty(_("One edition only"), _("Two are compared: import a price file with another first day."), "sell")
            return
        named = {day.isoformat(): formats.day(day) for day in editions}
        earlier, later = (day.isoformat() for day in difference.usual(editions, scene.today))
        earlier = view.choice("earlier", named, label=_("From the edition of"), default=earlier, width=180)
        later = view.choice("later", named, label=_("To the edition of"), default=later, width=180)
    two = Two(file, *(date.fromisoformat(day) for day in (earlier, later)))
    found = difference.counts(scene.viewer, two)
    _figures(found, two)
    left, right = st.columns([1.3, 1], gap="medium")
    with left, states.told():
        price_impact.bands(found.bands, escape(_("Prices by change in per cent; the unchanged are not drawn")))
    with right, states.told():
        chart.heading(_("By product group"), escape(_("Number of prices, a price for each part and level")))
        table.table(difference.GROUPS, found.groups[:GROUPS], key=f"groups_{hash((two, language()))}", alt=_("By product group"))
    kinds = _rows(two)

    def make(form: str) -> bytes:
        return difference.file(session.still(scene), two, kinds, form)

    with _header():
        download.main_file(make, two.stem(), label=_("Download the difference"))
        download.file_buttons(make, two.stem(), key="difference")
        explain.text(_(difference.DEFINITION), key="difference")


def gaps(of: partial[PriceFile]) -> None:
    """The gaps of a list: days without a price between two, and levels without one on the first day of an edition."""
    scene = session.scene()
    with st.container(horizontal=True, gap="small"):
        file, editions = _family(of), _editions(of)
        named = {day.isoformat(): formats.day(day) for day in editions}
        usual = difference.usual(editions, scene.today)[0].isoformat()
        day = date.fromisoformat(view.choice("edition-of", named, label=_("Levels on the first day of"), default=usual, width=220))
    count = difference.gaps_of(scene.viewer, file, day)
    chart.heading(_("Gaps"), escape(" · ".join([
        ngettext("{count} time without a price", "{count} times without a price", count["time"], count=formats.number(count["time"])),
        ngettext("{count} level without a price", "{count} levels without a price", count["level"], count=formats.number(count["level"]))])))
    whole = sum(count.values())
    if whole:
        key = f"page_gaps_{hash((file, day))}"
        number: int = st.session_state.get(key, 1)
        rows = difference.gaps(scene.viewer, file, day, table.PAGE, (number - 1) * table.PAGE)
        table.table(difference.GAP_COLUMNS, rows, key=f"gaps_{hash((file, day, number, language()))}", alt=_("Gaps"))
        table.pages(whole, number, key)
    else:
        states.empty(_("No gaps"), _("Every part has a price at every level, and no time between two prices is without one."), "check_circle")

    def make(form: str) -> bytes:
        return difference.gaps_file(session.still(scene), file, day, form)

    stem = f"gaps-{file.family}-{file.country}-{file.currency}-{day.isoformat()}"
    with _header():
        download.main_file(make, stem, label=_("Download the gaps"))
        download.file_buttons(make, stem, key="gaps")
        explain.text(_(difference.GAPS_DEFINITION), key="gaps")


def _family(of: partial[PriceFile]) -> PriceFile:
    family = view.choice("family", {family: words.word("family", family) for family in FAMILIES}, label=_("Family"), width=200)
    return of(family, "current")


def _editions(of: partial[PriceFile]) -> tuple[date, ...]:
    return difference.days(session.scene().viewer, of.keywords["country"], of.keywords["currency"])


def _figures(found: Counts, two: Two) -> None:
    report, of = Compared(two), " · ".join(two.words())

    def card(kind: str) -> metrics.Metric:
        parts = ngettext("{count} part", "{count} parts", found.parts[kind], count=formats.number(found.parts[kind]))
        number = Number(report, kind, two.file.currency, Filters(), of, PAGE, {**view.said(), "differences": [kind]})
        return metrics.Metric(words.word("difference_kind", kind), formats.number(found.prices[kind]), parts, colour=COLOURS[kind],
                              numbers=[number] if found.prices[kind] else [])

    metrics.row([card(kind) for kind in KINDS])


def _rows(two: Two) -> Sequence[str]:
    """The prices that differ, or those of the kinds chosen, a page at a time; gives the kinds."""
    viewer = session.scene().viewer
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        kinds = view.several("differences", {kind: words.word("difference_kind", kind) for kind in KINDS}, label=_("Difference"),
                             placeholder=_("All that differ"), width=320)
        search = view.search("difference_search", _("Part number or description"))
    count = difference.how_many(viewer, two, kinds, search)
    key = f"page_difference_{hash((two, kinds, search))}"
    number: int = st.session_state.get(key, 1)
    if count:
        rows = difference.rows(viewer, two, kinds, search, table.PAGE, (number - 1) * table.PAGE)
        table.table(difference.COLUMNS, rows, key=f"difference_{hash((two, kinds, search, number, language()))}", alt=_("Difference"))
        table.pages(count, number, key)
    else:
        states.empty(_("No price differs"), _("Choose other editions, other differences, or search another part."))
    return kinds


def _header() -> st.delta_generator.DeltaGenerator:
    return frame.header(_("Price files"), explain.published(price_files.published(session.scene().viewer)))

