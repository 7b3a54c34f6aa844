"""A figure on the page, and what was clicked in it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.parts import drawn
from pao_core.charts import Figure


def chart(figure: Figure, *, key: str, alt: str) -> Any:
    """Draw a figure; gives the key of the bar or point that was clicked, None without a click."""
    drawn.page().charts.append((alt, figure))
    event = st.plotly_chart(figure, key=key, on_select="rerun", selection_mode="points", config={"displayModeBar": False}, alt=alt)
    points = event.selection.points
    return points[0].get("customdata") if points else None


def heading(title: str, about: str) -> None:
    """What a chart or table shows, and its unit; both already safe for markdown."""
    with st.container(gap=None):
        st.subheader(title, anchor=False)
        st.caption(about)
