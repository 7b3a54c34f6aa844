"""Facts in a card, one below the other: an icon, what it is, what stands behind it, and the page that shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import streamlit as st

from pages.parts.text import escape


@dataclass(frozen=True)
class Fact:
    """One fact; `colour` and `icon` say its kind, `page` what `link` opens (None: nothing)."""

    icon: str
    title: str
    about: str
    colour: str = "blue"
    page: str | None = None
    link: str = ""
    params: Mapping[str, Sequence[str]] = field(default_factory=dict)


def listed(found: Sequence[Fact]) -> None:
    """The facts in the order given."""
    with st.container(border=True, gap="small"):
        for fact in found:
            with st.container(horizontal=True, wrap=False, gap="small", vertical_alignment="center"):
                st.markdown(f":{fact.colour}[:material/{fact.icon}:]", width="content")
                with st.container(gap=None):
                    st.markdown(escape(fact.title))
                    if fact.about:
                        st.caption(escape(fact.about))
                if fact.page:
                    st.page_link(fact.page, label=fact.link, icon=":material/arrow_forward:", icon_position="right",
                                 query_params={key: list(values) for key, values in fact.params.items()})
