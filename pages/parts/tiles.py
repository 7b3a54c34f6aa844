"""Tiles: a figure of the day with the page behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import streamlit as st

from pages.parts.text import escape

NARROWEST = 168


@dataclass(frozen=True)
class Tile:
    """One tile: `colour` and `icon` say its kind, `note` what stands behind the value, `page` what it opens."""

    icon: str
    label: str
    value: str
    note: str
    page: str
    link: str
    colour: str = "blue"
    params: Mapping[str, Sequence[str]] = field(default_factory=dict)


def row(tiles: Sequence[Tile]) -> None:
    """The tiles abreast, two abreast on a phone."""
    grid = st.grid(len(tiles), min_column_width=NARROWEST, gap="small")
    for tile in tiles:
        with grid.container(border=True, gap="xxsmall", height="stretch", vertical_alignment="distribute"):
            st.metric(f":{tile.colour}[:material/{tile.icon}:] {escape(tile.label)}", escape(tile.value))
            with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap=None):
                st.caption(escape(tile.note), width="content")
                st.page_link(tile.page, label=tile.link, icon=":material/arrow_forward:", icon_position="right",
                             query_params={key: list(values) for key, values in tile.params.items()})
