"""What every figure is drawn on: the palettes of the two themes, the empty sheet, and its labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pao_core.locale import formats

Figure = dict[str, Any]

# The tokens of the theme in .streamlit/config.toml.
PALETTES: dict[str, dict[str, Any]] = {
    "light": {
        "page": "#FFFFFF", "text": "#111827", "muted": "#565F73", "line": "#DDE1E9", "accent": "#3346C9", "faint": "#C9CFDA",
        "overdue": "#A82315", "soon": "#CC7A00", "on_soon": "#111827", "near": "#FFF2DC", "ahead": ("#2836A0", "#3F53CF", "#6075DF", "#8292E6"),
        "series": ("#3346C9", "#0A8276", "#A65F00", "#8A1F63", "#5B6B82"),
    },
    "dark": {
        "page": "#10141D", "text": "#E6EAF2", "muted": "#A4AFC0", "line": "#2C3546", "accent": "#95A5FF", "faint": "#4A5568",
        "overdue": "#FF7A66", "soon": "#F5BE62", "on_soon": "#10141D", "near": "#362711", "ahead": ("#C7D0FF", "#95A5FF", "#6D7FE0", "#5163C4"),
        "series": ("#95A5FF", "#4CC4C4", "#F0B04C", "#F08CC0", "#A9B6C9"),
    },
}
# A character of 12 px in the theme's font, bold figures included.
GLYPH = 7.0
LABEL_GAP = 10
# The bars' part of a picture 400 px wide.
NARROW = 200


def base(ink: Mapping[str, Any], height: int) -> Figure:
    """The layout of an empty sheet of so many pixels, without legend, grid and margins; a chart changes what it needs."""
    axis = {
        "showgrid": False, "zeroline": False, "fixedrange": True, "ticks": "", "automargin": True,
        "tickfont": {"color": ink["muted"], "size": 12},
    }
    return {
        "separators": formats.separators(), "height": height, "margin": {"l": 0, "r": 0, "t": 8, "b": 0}, "showlegend": False,
        "bargap": 0.38, "dragmode": False, "font": {"size": 12, "color": ink["text"]}, "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)", "hoverlabel": {"bgcolor": ink["page"], "font": {"color": ink["text"]}},
        "xaxis": dict(axis), "yaxis": {**axis, "visible": False},
    }


def plain(text: str) -> str:
    """The text without what plotly reads as markup: its labels know a few HTML tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def shortened(label: str, most: int = 22) -> str:
    """The label, cut to so many characters with an ellipsis."""
    return label if len(label) <= most else f"{label[:most - 1].rstrip()}…"
