"""A figure on the page, what it says to who does not see it, its numbers as a table, and what was clicked in it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from pages.parts import drawn, session
from pages.parts.text import escape
from pao_core import charts
from pao_core.charts import Figure
from pao_core.locale import _, formats

MOST_TOLD = 3  # values that a chart says aloud


def chart(figure: Figure, *, key: str, alt: str) -> Any:
    """Draw a figure; gives the key of the bar or point that was clicked, None without a click."""
    drawn.page().charts.append((alt, figure))
    with st.container(gap=None):
        event = st.plotly_chart(figure, key=key, on_select="rerun", selection_mode="points", config={"displayModeBar": False},
                                alt=_said(figure, alt))
        if charts.is_drawn(figure) and not drawn.in_dialog():
            with st.container(horizontal=True, horizontal_alignment="right"):
                if st.button("", type="tertiary", icon=":material/table_rows:", key=f"twin_{key}", help=_("Show as a table")):
                    st.dialog(escape(alt), width="large", icon=":material/table_rows:")(_twin)(figure, alt)
    points = event.selection.points
    return points[0].get("customdata") if points else None


def heading(title: str, about: str) -> None:
    """What a chart or table shows, and its unit; both already safe for markdown."""
    with st.container(gap=None):
        if drawn.in_dialog():
            st.markdown(f"**{title}**")  # in a dialog a subheader is as small as a caption
        else:
            st.subheader(title, anchor=False)
        st.caption(about)


def _said(figure: Figure, title: str) -> str:
    """The title with the largest values of the chart, for who hears it."""
    values = "; ".join(f"{name}{f' ({of})' if of else ''} {formats.compact(value)}" for name, of, value in charts.largest(figure, title, MOST_TOLD))
    return _("{title}. Largest: {values}", title=title, values=values) if values else title


def _twin(figure: Figure, title: str) -> None:
    """Every value of the chart, one row for each bar, column or point of time."""
    session.enter_dialog()
    picture = charts.picture(figure, title)
    assert picture, "a chart that shows nothing has no twin"
    if picture.kind == "span":
        first, _days, last = picture.series
        columns: dict[str, Any] = {_("Name"): picture.categories, _("From"): first.values, _("To"): last.values}
    else:
        columns = {_("Name"): picture.categories, **{series.name: series.values for series in picture.series}}
    shown = {name: [formats.day(value) if isinstance(value, date) else value for value in values] for name, values in columns.items()}
    st.dataframe(pd.DataFrame(shown), hide_index=True, placeholder="–",
                 column_config={name: st.column_config.NumberColumn(name, format="localized") for name, values in list(shown.items())[1:]
                                if not any(isinstance(value, str) for value in values)})
