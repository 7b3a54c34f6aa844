"""Tiles: a figure of the day with the page behind it, or with the filters that narrow its own page down to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import streamlit as st

from pages.parts import drawn, explain, filter_bar
from pages.parts.text import escape
from pao_core.filters import Filters

NARROWEST = 168
FEWEST = 4  # columns: a lone tile does not fill the page
BESIDE = 32  # characters of a note that leave room for the link beside it


@dataclass(frozen=True)
class Tile:
    """One tile: `colour` and `icon` say its kind, `note` what stands behind the value, `page` what it opens, if any; with `filters`, its
    own page takes these instead. `numbers` explain its value, which `formula` says how it is made of them."""

    icon: str
    label: str
    value: str
    note: str
    page: str
    link: str
    colour: str = "blue"
    params: Mapping[str, Sequence[str]] = field(default_factory=dict)
    filters: Filters | None = None
    numbers: Sequence[explain.Number] = ()
    formula: str = ""


def row(tiles: Sequence[Tile], *, key: str = "tile") -> None:
    """The tiles abreast, two abreast on a phone; each row of a page has its own key."""
    grid = st.grid(max(len(tiles), FEWEST), min_column_width=NARROWEST, gap="small")
    below = len(tiles) > FEWEST or any(len(tile.note) > BESIDE for tile in tiles)  # then the links stand below the notes, all of a row alike
    for place, tile in enumerate(tiles):
        note = " ".join(part for part in (tile.note, tile.formula) if part)
        drawn.page().figures.append(drawn.Told(tile.label, tile.value, note, numbers=tile.numbers))
        with grid.container(border=True, gap="xxsmall", height="stretch", vertical_alignment="distribute"):
            with st.container(gap="xxsmall"):
                with st.container(horizontal=True, horizontal_alignment="distribute", gap=None, wrap=False):
                    st.metric(f":{tile.colour}[:material/{tile.icon}:] {escape(tile.label)}", escape(tile.value), width="stretch")
                    explain.opener(tile.numbers, key=f"{key}_{place}", formula=tile.formula)
                if below:
                    st.caption(escape(tile.note))
            with st.container(horizontal=True, horizontal_alignment="right" if below else "distribute", vertical_alignment="center", gap=None):
                if not below:
                    st.caption(escape(tile.note), width="content")
                if tile.filters is not None:
                    st.button(tile.link, type="tertiary", icon=":material/filter_alt:", key=f"{key}_{place}", on_click=filter_bar.adopt,
                              args=(tile.filters,))
                elif tile.page:
                    st.page_link(tile.page, label=tile.link, icon=":material/arrow_forward:", icon_position="right",
                                 query_params={key: list(values) for key, values in tile.params.items()})
            if not (below or tile.page or tile.filters):
                st.space(1)  # its note stands as high as those beside a link
