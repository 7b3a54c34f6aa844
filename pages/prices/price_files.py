"""Prices > Price files: six files for a country and currency, previewed and handed out; two editions against each other; gaps."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from pages.parts import chart, download, explain, frame, price_difference, price_market, session, states, table, view
from pages.parts.text import escape
from pao_core.access.rights import PRICES_DOWNLOAD
from pao_core.locale import N_, _, formats, language, ngettext, words
from pao_core.prices import price_files
from pao_core.prices.choice import NAMES_OF_WHENS
from pao_core.prices.price_files import FAMILIES, WHENS, Count, PriceFile

HOLDS = {"current": N_("In force today"), "current+future": N_("Today and from {day}"), "future": N_("From {day}")}
ROWS = 100
scene = session.enter(PRICES_DOWNLOAD)
viewer, today = scene.viewer, scene.today


def make(choice: PriceFile) -> Callable[[str], bytes]:
    """What makes the file in the form that it is asked for, with the right checked again."""
    return lambda form: price_files.file(session.still(scene), choice, form, today)


def line(choice: PriceFile, count: Count, seen: bool) -> None:
    """One of the six files: when it holds, how many prices, preview and download."""
    when = _(HOLDS[count.when if count.starts else "current"], day=formats.day(count.starts) if count.starts else "")
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        with st.container(gap=None, width="content"):
            st.markdown(f":primary[:material/visibility:] **{_(NAMES_OF_WHENS[count.when])}**" if seen else _(NAMES_OF_WHENS[count.when]))
            prices = ngettext("{count} price", "{count} prices", count.prices, count=formats.number(count.prices))
            st.caption(escape(f"{when} · {prices}"))
        with st.container(horizontal=True, gap="xsmall", width="content", vertical_alignment="center"):
            st.button(_("On display") if seen else _("Preview"), type="tertiary", key=f"see_{count.family}_{count.when}", disabled=seen,
                      on_click=view.show, args=("file", f"{count.family}:{count.when}"))
            download.file_buttons(make(choice), choice.stem(today), key=f"{count.family}_{count.when}")


def preview(choice: PriceFile) -> None:
    """The first parts of the file on display, with the change to the next price."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        title = st.container(width="content")
        search = view.search("price_search", _("Part number or description"))
    found = price_files.preview(viewer, choice, search, ROWS, today)
    with title:
        about = _("{shown} of {count} parts · {currency} per unit · change at level {level} · the file has every row", level=found.level,
                  shown=formats.number(len(found.rows)), count=formats.number(found.count), currency=choice.currency)
        chart.heading(escape(f"{words.word('family', choice.family)} · {_(NAMES_OF_WHENS[choice.when])}"), escape(about))
    if found.rows:
        table.table(found.columns, found.rows, alt=_("Preview of the price file"), key=f"prices_{hash((choice, search, language()))}")
    else:
        states.empty(_("No part matches"), _("Search another part number or description, or choose other levels."))


def files(of: partial[PriceFile]) -> None:
    """The six files, and the one on display."""
    options = [f"{family}:{when}" for family in FAMILIES for when in WHENS]
    on_display = of(*view.shown("file", options, options[1]).split(":"))
    counts = price_files.counts(viewer, on_display.country, on_display.currency, today, on_display.levels)
    for place, family in zip(st.columns(len(FAMILIES), gap="small"), FAMILIES, strict=True):
        with place, st.container(border=True, gap="small"):
            st.subheader(words.word("family", family), anchor=False)
            for count in (one for one in counts if one.family == family):
                line(of(family, count.when), count, (family, count.when) == (on_display.family, on_display.when))
    preview(on_display)
    with frame.header(_("Price files"), explain.published(price_files.published(viewer))):
        download.main_file(make(on_display), on_display.stem(today), label=_("Download the file on display"))
        explain.text(_(price_files.DEFINITION), key="prices")


SHOWN = {"files": (N_("Files"), files), "difference": (N_("Difference of two files"), price_difference.compared),
         "gaps": (N_("Gaps"), price_difference.gaps)}

with states.told():
    if markets := price_files.countries_and_currencies(viewer):
        show = view.choice("show", {name: _(text) for name, (text, _draw) in SHOWN.items()}, label=_("What is shown"))
        SHOWN[show][1](price_market.chosen(markets, laid_out=show == "files"))
    else:
        frame.header(_("Price files"), "")
        states.empty(_("No prices yet"), _("Price files appear here as soon as prices have been imported."), "sell")
