"""Prices > Price files: six files for a country and currency, previewed and handed out."""

from functools import partial

import streamlit as st

from pages.parts import chart, download, explain, frame, session, states, table, view
from pages.parts.text import escape
from pao_core.access.rights import PRICES_DOWNLOAD
from pao_core.locale import N_, _, formats, language, ngettext
from pao_core.prices import price_files
from pao_core.prices.price_files import FAMILIES, LEVELS, WHENS, Count, PriceFile

NAMES = {"software": N_("Software"), "saas": N_("SaaS and monthly license")}
WORDS = {"current": N_("Current"), "current+future": N_("Current and future"), "future": N_("Future")}
HOLDS = {"current": N_("In force today"), "current+future": N_("Today and from {day}"), "future": N_("From {day}")}
ROWS = 100

scene = session.enter(PRICES_DOWNLOAD)
viewer, today = scene.viewer, scene.today


def market(markets: dict[str, tuple[str, ...]]) -> partial[PriceFile]:
    """Country, currency, levels and layout; gives the choice that still lacks family and moment."""
    first, second, third, fourth = st.columns([1, 1, 1.4, 1])
    with first:
        names = dict(sorted(((code, formats.country(code)) for code in markets), key=lambda named: named[1]))
        country = view.choice("country", names, label=_("Country/region"), default="BR" if "BR" in names else None, as_list=True, labelled=True)
    with second:
        currencies = {code: f"{code} · {formats.currency_name(code)}" for code in markets[country]}
        currency = view.choice("currency", currencies, label=_("Currency"), as_list=True, labelled=True)
    with third:
        levels = view.several("level", {level: level for level in LEVELS}, label=_("Price level"), placeholder=_("All levels"))
    with fourth:
        layouts = {"wide": _("A column for each level"), "long": _("A row for each price")}
        layout = view.choice("layout", layouts, label=_("Layout of the file"), as_list=True, labelled=True)
    return partial(PriceFile, country=country, currency=currency, levels=levels, wide=layout == "wide")


def button(choice: PriceFile, *, key: str, label: str, kind: str = "secondary") -> None:
    """The file in both forms, made on the click."""
    stem = f"{choice.family}-{choice.when.replace('+', '-and-')}-{choice.country}-{choice.currency}-{today.isoformat()}"
    download.file_buttons(lambda form: price_files.file(session.still(scene), choice, form, today), stem, key=key, label=label, kind=kind)


def line(choice: PriceFile, count: Count, seen: bool) -> None:
    """One of the six files: when it holds, how many prices, preview and download."""
    prices = ngettext("{count} price", "{count} prices", count.prices, count=formats.number(count.prices))
    when = _(HOLDS[count.when if count.starts else "current"], day=formats.day(count.starts) if count.starts else "")
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        with st.container(gap=None, width="content"):
            st.markdown(f":primary[:material/visibility:] **{_(WORDS[count.when])}**" if seen else _(WORDS[count.when]))
            st.caption(escape(f"{when} · {prices}" if count.prices else _("Nothing in it")))
        with st.container(horizontal=True, gap="xsmall", width="content", vertical_alignment="center"):
            st.button(_("On display") if seen else _("Preview"), type="tertiary", key=f"see_{count.family}_{count.when}", disabled=seen,
                      on_click=view.show, args=("file", f"{count.family}:{count.when}"))
            button(choice, key=f"{count.family}_{count.when}", label=_("Download"))


def preview(choice: PriceFile) -> None:
    """The first parts of the file on display, with the change to the next price."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        title = st.container(width="content")
        search = st.text_input(_("Part number or description"), key="price_search", placeholder=_("Part number or description"),
                               icon=":material/search:", label_visibility="collapsed", width=260)
    found = price_files.preview(viewer, choice, search or "", ROWS, today)
    with title:
        about = _("{shown} of {count} parts · {currency} per unit · change at level {level} · the file has every row",
                  shown=formats.number(len(found.rows)), count=formats.number(found.count), currency=formats.currency_symbol(choice.currency),
                  level=found.level)
        chart.heading(escape(_("Preview: {family}, {when}", family=_(NAMES[choice.family]), when=_(WORDS[choice.when]).lower())), escape(about))
    if not found.rows:
        states.empty(_("No part matches"), _("Search another part number or description, or choose other levels."))
        return
    first = ("part_number", "description", "product_group", f"price_{found.level}", "future_price", "current_price", "change", "future_from")
    columns = sorted(found.columns, key=lambda column: first.index(column.name) if column.name in first else len(first))
    table.table(columns, found.rows, alt=_("Preview of the price file"), key=f"prices_{hash((choice, search, language()))}")


with states.told():
    markets = price_files.countries_and_currencies(viewer)
    if not markets:
        frame.header(_("Price files"), "")
        states.empty(_("No prices yet"), _("Price files appear here as soon as prices have been imported."), "sell")
        st.stop()
    of = market(markets)
    options = [f"{family}:{when}" for family in FAMILIES for when in WHENS]
    on_display = of(*view.shown("file", options, options[1]).split(":"))
    counts = price_files.counts(viewer, on_display.country, on_display.currency, today, on_display.levels)
    for place, family in zip(st.columns(len(FAMILIES), gap="small"), FAMILIES, strict=True):
        with place, st.container(border=True, gap="small"):
            st.subheader(_(NAMES[family]), anchor=False)
            for count in (one for one in counts if one.family == family):
                line(of(family, count.when), count, (family, count.when) == (on_display.family, on_display.when))
    preview(on_display)
    published = price_files.published(viewer)
    about = _("Published {moment} · list prices without tax", moment=formats.moment(published, viewer.store.settings.timezone)) if published else ""
    with frame.header(_("Price files"), escape(about)):
        button(on_display, key="display", label=_("Download the file on display"), kind="primary")
        explain.text(_(price_files.DEFINITION), key="prices")
