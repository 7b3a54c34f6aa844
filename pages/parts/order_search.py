"""The two ways to a customer's orders: by agreement and site, or by attributes of the customer. Both set the filters of the bar."""

from __future__ import annotations

import streamlit as st

from pages.parts import filter_bar, session, view
from pages.parts.access.account import attempt
from pao_core.access import Viewer
from pao_core.filters import LABELS
from pao_core.locale import N_, _, formats

PATHS = {"agreement": N_("By agreement and site"), "attributes": N_("By customer attributes")}
# What each way asks for, by the filter's name in the address: numbers and names are typed, the rest is chosen.
ASKED = {"agreement": ("agreement", "site"), "attributes": ("customer", "country", "program", "anniversary-month")}
TYPED = {"agreement": N_("Agreement number"), "site": N_("Site number"), "customer": N_("Name contains")}
BETWEEN = ";"  # several values in one field; a name may hold a comma
WIDTH, MOST_TYPED = 230, 200


def fields() -> None:
    """The choice of the way, and its fields; what the other way has set stays, and is told with the filters above."""
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        path = view.choice("path", {name: _(text) for name, text in PATHS.items()}, label=_("Find orders"))
        for key in ASKED[path]:
            if key in TYPED:
                _typed(key)
            else:
                _chosen(key)


def _typed(key: str) -> None:
    """Numbers or parts of a name; several stand apart with a semicolon."""
    scene, widget = session.scene(), f"o_{key}"
    st.session_state[widget] = f"{BETWEEN} ".join(getattr(scene.filters, key))

    def taken(viewer: Viewer) -> None:
        values = [value.strip() for value in st.session_state[widget].split(BETWEEN)]
        filter_bar.take(viewer, {key: [value for value in values if value]})

    st.text_input(_(TYPED[key]), key=widget, max_chars=MOST_TYPED, width=WIDTH, on_change=attempt, args=(taken,),
                  placeholder=_("Several: {example}", example="A; B"))


def _chosen(key: str) -> None:
    """Values from a list: those that the reader's rows have."""
    scene, widget = session.scene(), f"o_{key}"
    chosen = getattr(scene.filters, key.replace("-", "_"))
    months = {str(month): formats.month_name(month) for month in range(1, 13)}
    options = months if key == "anniversary-month" else filter_bar.offered(scene.viewer, key)
    options |= {str(value): options.get(str(value), str(value)) for value in chosen}
    st.session_state[widget] = [str(value) for value in chosen]

    def taken(viewer: Viewer) -> None:
        filter_bar.take(viewer, {key: st.session_state[widget]})

    st.multiselect(_(LABELS[key]), list(options), key=widget, format_func=lambda value: options[value], select_all=False, placeholder=_("All"),
                   width=WIDTH, on_change=attempt, args=(taken,))

