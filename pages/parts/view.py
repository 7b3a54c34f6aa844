"""How a page is looked at (form, grouping, currency): a choice kept in the address and, for this tab, beyond it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.parts import filter_bar, session
from pao_core import choices
from pao_core.filters import LABELS, Filters
from pao_core.locale import language
from pao_core.reports.saved_views import fell_away

LIST_WIDTH = 200
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2199, 12, 31)
CUSTOMER = "pages/customers/customer.py"
FORM = ("form", "by")


def several(name: str, options: Mapping[str, str], *, label: str, placeholder: str, width: int) -> tuple[str, ...]:
    """Any number of `options`; the address says them."""
    key = _key(name)
    _claim(name)
    kept = st.session_state.setdefault("_views", {})
    given = tuple(value for value in st.query_params.get_all(name) if value in options)
    if given and given != kept.get(key):
        st.session_state[key] = list(given)
        if not st.session_state["_moved"]:  # as in `asked`
            st.query_params[name] = list(given)
    st.session_state.setdefault(key, [value for value in kept.get(key, ()) if value in options])
    st.multiselect(label, list(options), key=key, format_func=lambda value: options[value], select_all=False, placeholder=placeholder,
                   width=width)
    values = kept[key] = tuple(value for value in options if value in st.session_state[key])
    if values != tuple(st.query_params.get_all(name)):
        st.query_params[name] = list(values)
    return values


def typed(name: str, *, label: str, placeholder: str, width: int) -> str:
    """A text to look for; the address says it."""
    key = _held(name, st.query_params.get(name), "")
    st.text_input(label, key=key, placeholder=placeholder, max_chars=filter_bar.MOST_TYPED, width=width)
    text = st.session_state["_views"][key] = filter_bar.sought(st.session_state[key])
    _say(name, text, "")
    return text


def day(name: str, *, label: str, width: int) -> date | None:
    """A date; the address says it."""
    given = None
    with suppress(ValueError):
        given = date.fromisoformat(st.query_params.get(name, ""))
    key = _held(name, given if given and FIRST_DAY <= given <= LAST_DAY else None, None)
    st.date_input(label, value=None, key=key, format=filter_bar.DATE_FORMATS.get(language(), "DD/MM/YYYY"), min_value=FIRST_DAY, max_value=LAST_DAY,
                  width=width)
    chosen: date | None = st.session_state[key]
    st.session_state["_views"][key] = chosen
    _say(name, chosen.isoformat() if chosen else "", "")
    return chosen


def clear(*names: str) -> None:
    """Forget what was chosen, in the widgets and in the address; for callbacks."""
    for name in names:
        for kept in (st.session_state, st.session_state["_views"]):
            kept.pop(_key(name), None)
        st.query_params.pop(name, None)


def _held(name: str, given: Any, otherwise: Any) -> str:
    """The key of a widget that says what an address of the reader's brought, else what it said when it was drawn last."""
    key, kept = _key(name), st.session_state.setdefault("_views", {})
    _claim(name)
    if given is not None and given != kept.get(key):
        st.session_state[key] = given
    st.session_state.setdefault(key, kept.get(key, otherwise))
    return key


def search(key: str, hint: str) -> str:
    """A box to type in what to look for."""
    return filter_bar.sought(st.text_input(hint, key=key, placeholder=hint, icon=":material/search:", label_visibility="collapsed", width=260))


def choice(name: str, options: Mapping[str, str], *, label: str, default: str | None = None, as_list: bool = False,
           width: int | None = None) -> str:
    """One of `options` (value -> words), as buttons or as a list (with its label above, when it is given a
    width); the address says it unless it is the default."""
    first = default or next(iter(options))
    key = _key(name)
    kept = st.session_state.setdefault("_views", {})
    given = st.query_params.get(name)
    _claim(name)
    if given is not None and given not in options and st.session_state.get("_brought"):
        st.session_state["_fell"].append(str(fell_away(label, given)))
    if given in options and given != kept.get(key):
        st.session_state[key] = given  # the reader brought an address
    if st.session_state.get(key) not in options:
        st.session_state[key] = kept[key] if kept.get(key) in options else first
    if as_list or width:
        st.selectbox(label, list(options), key=key, format_func=lambda value: options[value],
                     label_visibility="visible" if width else "collapsed", width=width or LIST_WIDTH)
    else:
        st.segmented_control(label, list(options), key=key, format_func=lambda value: options[value], label_visibility="collapsed", required=True)
    value: str = st.session_state[key] or first
    kept[key] = value
    _say(name, value, first)
    return value


def asked(*keys: str) -> Filters:
    """What the address of a page without a filter bar asks for, in the one currency that is wanted on all pages; what cannot be meant is
    left out. The filters that other pages hold stay theirs."""
    if not st.session_state["_moved"]:
        # A link to the page itself leaves the old address in the browser. Not on arrival: then the browser may still stand at the page
        # that was left, and would write this address into its history.
        st.query_params.from_dict(_address())
    found, _problems = Filters.from_params({key: st.query_params.get_all(key) for key in keys})
    return found.but(in_currency=filter_bar.held_currency())


def tabs(name: str, labels: Mapping[str, str], *, of: str) -> tuple[str, DeltaGenerator]:
    """Tabs (code -> words) of which only the open one is to be filled: its code and its place. The address says which it is unless it is
    the first; each thing that the tabs are `of` has its own open one."""
    key, first = f"{_key(name)}_{of}", next(iter(labels))
    _claim(name)
    said = st.session_state.setdefault("_said_tabs", {})
    given = st.query_params.get(name, first)
    if given != said.get(key) or key not in st.session_state:  # the reader brought an address, or went back to one
        st.session_state[key] = given if given in labels else first
    code: str = st.session_state[key]
    said[key] = code
    st.session_state[f"{key}_drawn"] = labels[code]

    def opened() -> None:
        st.session_state[key] = next(code for code, label in labels.items() if label == st.session_state[f"{key}_drawn"])

    drawn = st.tabs(list(labels.values()), key=f"{key}_drawn", on_change=opened)
    _say(name, code, first)
    return code, drawn[list(labels).index(code)]


def _key(name: str) -> str:
    return f"{_keys(session.scene().address)}{name}"


def _keys(address: str) -> str:
    return f"v_{address}_"


def _claim(name: str) -> None:
    """This run of the page looks at the address's `name`."""
    st.session_state.setdefault("_claimed", set()).add(name)


def said() -> dict[str, list[str]]:
    """What the address says of the page as it is drawn: its filters, and the ways of looking that it offers now."""
    claimed = st.session_state.get("_claimed", ())
    return {key: values for key, values in _address().items() if key in LABELS or key in claimed}


def whole() -> dict[str, list[str]]:
    """The same with form and grouping where the address leaves them out because they are the page's first: so that what is kept means the
    same elsewhere and later."""
    kept, claimed, found = st.session_state.get("_views", {}), st.session_state.get("_claimed", ()), said()
    return {name: [kept[_key(name)]] for name in FORM if name in claimed and _key(name) in kept} | found


def forget(address: str) -> None:
    """Look at a page in its usual ways again; before it is drawn, or in a callback."""
    for kept in (st.session_state, st.session_state.setdefault("_views", {})):
        for key in [key for key in kept if str(key).startswith(_keys(address))]:
            del kept[key]


def pick(name: str, value: Any) -> None:
    """Open a panel about what was clicked in a table whose key ends with `turn`. The table forgets its selection: one that stayed would
    open the panel again at every rerun."""
    st.session_state[f"_picked_{name}"] = value
    st.session_state[f"_turn_{name}"] = turn(name) + 1
    st.rerun()


def picked(name: str) -> Any:
    """What was clicked, once; None when nothing was."""
    return st.session_state.pop(f"_picked_{name}", None)


def turn(name: str) -> int:
    """How often something was clicked."""
    found: int = st.session_state.get(f"_turn_{name}", 0)
    return found


def _say(name: str, value: str, default: str) -> None:
    if value == default:
        if name in st.query_params:
            del st.query_params[name]
    elif st.query_params.get(name) != value:
        st.query_params[name] = value


def peek(name: str) -> str | None:
    """What a `choice` further down the page says, before it is drawn."""
    value: str | None = st.session_state.get("_views", {}).get(_key(name))
    return st.session_state.get(_key(name)) or st.query_params.get(name) or value


def show(name: str, value: str) -> None:
    """Choose by a button what `choice` or a page then reads; for callbacks."""
    st.session_state[_key(name)] = value


def shown(name: str, options: Sequence[str], default: str) -> str:
    """What `show` chose, else what the address says, else the default; the address says it unless it is the default."""
    key = _key(name)
    _claim(name)
    value = st.session_state.setdefault(key, st.query_params.get(name, default))
    value = value if value in options else default
    _say(name, value, default)
    return value


def narrow(filters: Filters, **views: str) -> None:
    """Show the rows behind a figure: these filters and ways of looking, on the same page."""
    st.session_state["_next"] = (filters, {_key(name): value for name, value in views.items()})
    st.rerun()


def follow() -> None:
    """Take what `narrow` left, before anything is drawn."""
    filters, views = st.session_state.pop("_next", (None, {}))
    if filters is not None:
        filter_bar.adopt(filters)
    for key, value in views.items():
        st.session_state[key] = value


def open_page(file: str, filters: Filters, **views: str) -> None:
    """Go to another page with these filters."""
    sent = {**filters.to_params(), **{name: [value] for name, value in views.items()}}
    if Path(file).stem.replace("_", "-") != session.scene().address:
        leave(sent)
    st.switch_page(file, query_params=sent)


def leave(sent: Mapping[str, Sequence[str]]) -> None:
    """A click is about to lead from this page to another one with these parameters: remember what the address says here."""
    st.session_state.setdefault("_left", {})[session.scene().address] = (dict(sent), _address())


def arrive(address: str) -> None:
    """Tell whether the reader comes from another page. On the way back to one put back what its address said: Streamlit writes the next
    page's filters into the history of the one that is left, so the browser's way back would lead to those."""
    moved = st.session_state["_moved"] = st.session_state.get("_page") != address
    st.session_state["_page"], st.session_state["_claimed"], st.session_state["_brought"] = address, set(), False
    sent, before = st.session_state.get("_left", {}).get(address, (None, None))
    if moved and sent is not None and _address() == sent:
        st.query_params.from_dict(before)


def _address() -> dict[str, list[str]]:
    return {key: st.query_params.get_all(key) for key in st.query_params}


def open_customer(code: str = "", *, site: str | None = None) -> None:
    """Go to the page of a customer, by its code (agreement number, else site number) or by one of its sites."""
    open_page(CUSTOMER, Filters(site=(site,)) if site else choices.of_customer(session.scene().viewer, Filters(), code))
