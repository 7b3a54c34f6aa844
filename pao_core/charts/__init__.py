"""A table becomes a plotly figure: plain dicts, labelled directly, in the palette of the light or the dark theme."""

from pao_core.charts.bars import Bar, bars, columns, monthly, ranked
from pao_core.charts.coverage import Coverage, coverage_timeline
from pao_core.charts.due import buckets, due_columns
from pao_core.charts.lines import Line, is_by_quarter, lines, over_time
from pao_core.charts.native import Picture, is_drawn, largest, picture
from pao_core.charts.paper import GLYPH, PALETTES, Figure, plain
from pao_core.charts.use import Used, used_columns

__all__ = ["GLYPH", "PALETTES", "Bar", "Coverage", "Figure", "Line", "Picture", "Used", "bars", "buckets", "columns", "coverage_timeline",
           "due_columns", "is_by_quarter", "is_drawn", "largest", "lines", "monthly", "over_time", "picture", "plain", "ranked", "used_columns"]
