"""The one filter bar: search and a popover for each filter, read from the address and written back to it at every run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.parts.text import escape, in_badge
from pao_core import choices, exchange
from pao_core.access import Viewer
from pao_core.filters import LABELS, MOST_DAYS, Filters
from pao_core.locale import N_, _, formats, language, ngettext, set_language, words
from pao_core.reports.saved_views import KEY
from pao_core.store.types import fold

NONE = Filters()
LISTED = 250  # options of a popover; what more there is, the search finds
FOUND = 6  # of each kind that the search box offers
MOST_TYPED = 200  # characters of what is looked for
ICONS = {
    "country": ":material/public:", "program": ":material/badge:", "product-group": ":material/category:", "order-type": ":material/receipt_long:",
    "reseller": ":material/storefront:", "due": ":material/hourglass_bottom:", "account-manager": ":material/assignment_ind:",
    "in-currency": ":material/currency_exchange:", "chosen": ":material/person:", "period": ":material/date_range:",
    "anniversary": ":material/event_repeat:",
}
# Shorter than LABELS: eight of them share a line.
NAMES = {"country": N_("Country"), "program": N_("Enrollment"), "product-group": N_("Group"), "order-type": N_("Type"), "reseller": N_("Reseller"),
         "due": N_("Due"), "account-manager": N_("Portfolio"), "in-currency": N_("Currency")}
SEARCHED = ("agreement", "site", "customer", "quote")
LISTS = ("country", "program", "product-group", "order-type", "due", "account-manager", "reseller")
MULTIPLE = (*SEARCHED, *LISTS, "anniversary-month")
SETS = {"order-type": words.ORDER_TYPES, "due": words.DUE_BUCKETS}
DAYS_WIDTH = 130
WINDOWS = (30, 60, 90, 180, 365)  # days, at one click
DATE_FORMATS = {"en": "YYYY-MM-DD"}


def draw(viewer: Viewer, keys: Sequence[str], today: date) -> tuple[Filters, DeltaGenerator, DeltaGenerator]:
    """Draw the bar of a page that has the filters `keys`; give those of them that hold now, the place where the page says what
    they find (of a page that searches nothing, at the head of the bar), and the place beside the filters in words. What other pages
    filter by is kept for them."""
    _take_over(viewer)
    _bound()
    searches = not set(SEARCHED).isdisjoint(keys)
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        if searches:
            st.text_input(_("Search"), key="f_search", placeholder=_("Customer, site, agreement, quote"), icon=":material/search:",
                          label_visibility="collapsed", width=250)
            _chosen()
        else:
            head = st.container(width="content")
        for key in LISTS:
            if key in keys:
                _list(viewer, key)
        if "anniversary-month" in keys:
            _anniversary()
        if "from" in keys:
            _period()
        if "in-currency" in keys:
            _in_currency(viewer, today)
    if searches:
        _suggestions(viewer)
    filters = _read()
    if filters != st.session_state["_filters"]:
        st.session_state["_notices"] = []
    st.session_state["_filters"] = filters
    holding = filters.only(keys)
    _write(holding)
    said, beside = _sentence(holding, in_words=searches)
    for notice in st.session_state["_notices"]:
        st.warning(escape(notice), icon=":material/filter_alt_off:")
    return holding, said if searches else head, beside


# -- address, session and widgets: one value --------------------------------------------------------------------------
def _given() -> dict[str, list[str]]:
    return {key: st.query_params.get_all(key) for key in LABELS if key in st.query_params}


def _take_over(viewer: Viewer) -> None:
    """Decide what holds: an address that the reader brought, else what the bar says, else what held on the page before."""
    state = st.session_state
    given, moved = _given(), state["_moved"]
    state.setdefault("_notices", [])
    if given and (moved or given != state.get("_written")):
        filters, problems = Filters.from_params(given)
        unknown = choices.unknown(viewer, filters)
        adopt(choices.without(filters, unknown))
        state["_notices"] = [str(problem) for problem in (*problems, *unknown)]
    elif moved or "_filters" not in state:
        adopt(state.get("_filters", NONE))
    for key, value in _widgets(state["_filters"]).items():
        state.setdefault(key, value)


def _bound() -> None:
    """Whatever was chosen or brought, no more holds than the address can say: so that every link and every saved view of it works."""
    state = st.session_state
    filters, cut = _read().fitting()
    if cut:
        adopt(filters)
        state["_notices"] = list(dict.fromkeys([*state["_notices"], *map(str, cut)]))


def adopt(filters: Filters) -> None:
    """Make these the filters that hold, and have the widgets say so: before they are drawn, or in a callback."""
    st.session_state["_filters"] = filters
    for key, value in _widgets(filters).items():
        st.session_state[key] = value


def _widgets(filters: Filters) -> dict[str, Any]:
    """The widgets' keys and what each says for these filters."""
    said: dict[str, Any] = {f"f_{key}": list(getattr(filters, key.replace("-", "_"))) for key in MULTIPLE}
    said |= {"f_from": filters.from_, "f_to": filters.to, "f_in-currency": filters.in_currency}
    for key in ("anniversary_from", "anniversary_to"):
        month, _dash, day = (getattr(filters, key) or "").partition("-")
        said |= {f"f_{key}_month": int(month) if month else None, f"f_{key}_day": int(day) if day else None}
    return said


def _read() -> Filters:
    """What the widgets say."""
    state = st.session_state
    values: dict[str, Any] = {key.replace("-", "_"): tuple(state[f"f_{key}"]) for key in MULTIPLE}
    kept: Filters = state["_filters"]
    return kept.but(**values, from_=state["f_from"], to=state["f_to"], in_currency=state["f_in-currency"],
                    anniversary_from=_month_day("anniversary_from", 1), anniversary_to=_month_day("anniversary_to", 31))


def _month_day(key: str, otherwise: int) -> str | None:
    month, day = st.session_state[f"f_{key}_month"], st.session_state[f"f_{key}_day"]
    if month is None:
        return None
    last = (date(2001, month % 12 + 1, 1) - date(2001, month, 1)).days % 365 if month != 2 else 29
    return f"{month:02}-{min(day or otherwise, last):02}"


def _write(filters: Filters) -> None:
    """Put the filters into the address, and leave there what is not a filter."""
    params = filters.to_params()
    st.session_state["_written"] = params
    if _given() != params:
        others = {key: st.query_params.get_all(key) for key in st.query_params if key not in LABELS}
        st.query_params.from_dict({**params, **others})


def bring(parameters: Mapping[str, Sequence[str]]) -> None:
    """Have the address say exactly this, and the bar follow it, whatever held before: before the bar is drawn, or in a callback."""
    adopt(NONE)
    st.session_state["_notices"], st.session_state["_written"] = [], None
    st.query_params.from_dict({key: list(values) for key, values in parameters.items()})


def reset() -> None:
    """No filter any more, nor a saved view; the address follows. The currency that amounts are asked in stays."""
    kept: Filters = st.session_state["_filters"]
    adopt(NONE.but(in_currency=kept.in_currency))
    st.query_params.pop(KEY, None)
    st.session_state["f_search"] = ""
    st.session_state["_notices"] = []


def held_currency() -> str | None:
    """The one currency that the reader wants amounts in, for pages without a bar."""
    kept: Filters = st.session_state.get("_filters", NONE)
    return kept.in_currency


def take(viewer: Viewer, given: Mapping[str, Sequence[str]]) -> None:
    """Put these values (by address key) in place of those of the same filters, as if an address had brought them: what no visible row has
    falls away and is told. For callbacks."""
    kept: Filters = st.session_state["_filters"]
    found, problems = Filters.from_params({**kept.to_params(), **given})
    unknown = choices.unknown(viewer, found)
    adopt(choices.without(found, unknown))
    st.session_state["_notices"] = [str(problem) for problem in (*problems, *unknown)]


def offered(viewer: Viewer, key: str) -> dict[str, str]:
    """The values of a filter that the viewer's rows have, by what they are called."""
    return dict(_options(viewer, key, viewer.store.change_number(), language()))


# -- what is drawn ----------------------------------------------------------------------------------------------------
@lru_cache(maxsize=512)
def _options(viewer: Viewer, key: str, _number: int, spoken: str) -> list[tuple[str, str]]:
    """The values of a filter that the viewer's rows have; kept until data, rights or language are others."""
    set_language(spoken)
    if key in SETS:
        return [(value, _(name)) for value, name in SETS[key].items()]
    found = choices.search(viewer, key, "", LISTED)
    if key == "account-manager":
        mine = [(viewer.email, _("My portfolio"))] if any(code == viewer.email for code, _name in found) else []
        return mine + [(code, name) for code, name in found if code != viewer.email]
    return sorted(((code, formats.country(code)) for code, _name in found), key=lambda named: fold(named[1])) if key == "country" else found


def _list(viewer: Viewer, key: str) -> None:
    options = offered(viewer, key)
    chosen: list[str] = st.session_state[f"f_{key}"]
    if not chosen and len(options) < (2 if key == "reseller" else 1):
        return
    labels = {**options, **{value: options.get(value, value) for value in chosen}}
    with st.popover(_said(_(NAMES[key]), [labels[value] for value in chosen]), icon=ICONS[key], key=f"p_{key}"):
        st.multiselect(_(LABELS[key]), list(labels), key=f"f_{key}", format_func=lambda value: labels.get(value, value), select_all=False,
                       placeholder=_("All"))


def _chosen() -> None:
    """What the search has put in; drawn only while there is something to take out."""
    chosen = [value for key in SEARCHED for value in st.session_state[f"f_{key}"]]
    if not chosen:
        return
    with st.popover(_said(_("Customer"), chosen), icon=ICONS["chosen"], key="p_chosen"):
        for key in SEARCHED:
            st.multiselect(_(LABELS[key]), list(st.session_state[f"f_{key}"]), key=f"f_{key}", select_all=False,
                           placeholder=_("All; use the search to choose"))


def _anniversary() -> None:
    filters: Filters = st.session_state["_filters"]
    said = [formats.month_name(month) for month in filters.anniversary_month]
    if filters.anniversary_from or filters.anniversary_to:
        said.append(f"{formats.month_day(filters.anniversary_from or '01-01')} - {formats.month_day(filters.anniversary_to or '12-31')}")
    with st.popover(_said(_("Anniversary"), said), icon=ICONS["anniversary"], key="p_anniversary"):
        st.multiselect(_(LABELS["anniversary-month"]), range(1, 13), key="f_anniversary-month", format_func=formats.month_name, select_all=False,
                       placeholder=_("All"))
        for key in ("anniversary_from", "anniversary_to"):
            day, month = st.columns([1, 2])
            day.selectbox(_("{bound}: day", bound=_(LABELS[key.replace("_", "-")])), range(1, 32), index=None, key=f"f_{key}_day", placeholder="–")
            month.selectbox(_("Month"), range(1, 13), index=None, key=f"f_{key}_month", format_func=formats.month_name, placeholder="–")


def _period() -> None:
    since, until = st.session_state["f_from"], st.session_state["f_to"]
    said = [f"{formats.day(since) if since else '…'} - {formats.day(until) if until else '…'}"] if since or until else []
    shape = DATE_FORMATS.get(language(), "DD/MM/YYYY")
    with st.popover(_said(_("Period"), said), icon=ICONS["period"], key="p_period"):
        for key in ("from", "to"):
            st.date_input(_(LABELS[key]), value=None, key=f"f_{key}", format=shape, min_value=date(1970, 1, 1), max_value=date(2199, 12, 31))


def _in_currency(viewer: Viewer, today: date) -> None:
    """All amounts in one currency, on wish; not offered while there is no rate to go by."""
    chosen: str | None = st.session_state["f_in-currency"]
    known = _currencies(viewer, viewer.store.change_number())
    if not known and chosen is None:
        return
    with st.popover(_said(_(NAMES["in-currency"]), [chosen] if chosen else []), icon=ICONS["in-currency"], key="p_in-currency"):
        st.selectbox(_(LABELS["in-currency"]), sorted({*known, *([chosen] if chosen else [])}), index=None, key="f_in-currency",
                     format_func=lambda code: f"{code} · {formats.currency_name(code)}", placeholder=_("Each in its own currency"))
        newest = exchange.newest(viewer, chosen, today) if chosen else None
        st.caption(escape(_("Each line by the rate of its day, or the last one before; the newest rate is of {day}. Lines without a rate are "
                            "counted apart.", day=formats.day(newest)) if newest else
                          _("Each line by the rate of its day, or the last one before. Lines without a rate are counted apart.")))


@lru_cache(maxsize=8)
def _currencies(viewer: Viewer, _number: int) -> list[str]:
    return exchange.currencies(viewer)


def _said(name: str, values: Sequence[str]) -> str:
    """The label of a popover: its name, or its name with the first value and how many more."""
    if not values:
        return escape(name)
    first = values[0] if len(values[0]) <= 24 else f"{values[0][:23]}…"
    return f"{escape(name)} **{escape(first)}**" + (f" \\+{len(values) - 1}" if len(values) > 1 else "")


def sought(typed: str | None) -> str:
    """What is looked for by what a box says: its beginning, for a browser may send more than a person types."""
    return (typed or "").strip()[:MOST_TYPED].rstrip()


def _suggestions(viewer: Viewer) -> None:
    """What the search box finds, as buttons; a name's part is always offered, for names beyond the first few."""
    text = sought(st.session_state.get("f_search"))
    if not text:
        return
    found = {("customer", text): _("Name contains “{text}”", text=text)}
    for key in (key for key in SEARCHED if key != "customer"):
        found |= {(key, code): f"{_(LABELS[key])} {label}" for code, label in choices.search(viewer, key, text, FOUND)}
    with st.container(horizontal=True, gap="xsmall"):
        for place, ((key, code), label) in enumerate(found.items()):
            st.button(escape(label), key=f"found_{place}", on_click=_add, args=(key, code), icon=":material/add:")


def _add(key: str, value: str) -> None:
    filters: Filters = st.session_state["_filters"]
    adopt(filters.but(**{key: tuple(dict.fromkeys((*getattr(filters, key), value)))}))
    st.session_state["f_search"] = ""


def _sentence(filters: Filters, *, in_words: bool) -> tuple[DeltaGenerator, DeltaGenerator]:
    """The active filters as words with the one button that ends them; before them the place of what the page found, after them another."""
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        found = st.container(width="content")
        if in_words:
            for phrase in filters.words():
                st.badge(in_badge(phrase), color="blue")
            if filters.but(in_currency=None) != NONE:
                st.button(_("Clear filters"), type="tertiary", icon=":material/close:", on_click=reset, shortcut="alt+l", key="f_reset")
        beside = st.container(horizontal=True, gap="xsmall", width="content", vertical_alignment="center")
    return found, beside


def shortcuts(name: str, offered: Mapping[str, Mapping[str, Any]], labels: Mapping[str, str]) -> None:
    """A row of buttons that set filters at one click; the one whose filters hold is marked."""
    filters: Filters = st.session_state["_filters"]
    key = f"s_{name}"
    holding = next((word for word, changes in offered.items() if filters.but(**changes) == filters), None)
    st.session_state[key] = holding

    def chosen() -> None:
        word = st.session_state[key]
        if word is not None:
            adopt(filters.but(**offered[word]))

    st.segmented_control(name, list(offered), key=key, format_func=lambda word: labels[word], label_visibility="collapsed", on_change=chosen)


def window(default: int, last: str) -> None:
    """How many days a page looks, `default` of them without a filter, and which way: ahead, or back with the direction `last`."""
    shortcuts(_("Window in days"), {str(count): {"window": None if count == default else count} for count in WINDOWS},
              {str(count): ngettext("{count} day", "{count} days", count) for count in WINDOWS})
    days(_("Another number of days"), "window", default)
    shortcuts(_("Direction"), {"next": {"direction": None}, "last": {"direction": last}}, {"next": _("Days ahead"), "last": _("Days past")})


def days(label: str, name: str, default: int) -> None:
    """A field for a filter that is a number of days; the default is no filter."""
    filters: Filters = st.session_state["_filters"]
    key = f"n_{name}"
    st.session_state[key] = getattr(filters, name) or default

    def chosen() -> None:
        adopt(filters.but(**{name: None if st.session_state[key] == default else st.session_state[key]}))

    st.number_input(label, 1, MOST_DAYS, key=key, label_visibility="collapsed", width=DAYS_WIDTH, on_change=chosen)
