"""What was used by period against what there is a right to: the entitlement is a line, what goes beyond it is hatched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pao_core.charts.bars import MOST_TICKS
from pao_core.charts.labels import ALL_OR_NOTHING, LEAST_COLUMNS, WIDTH, every, over, room
from pao_core.charts.paper import GLYPH, LABEL_GAP, PALETTES, Figure, base, plain
from pao_core.locale import _, formats

HEIGHT = 240
ROOM = 1.16  # above the highest: the value stands there
TEXT = 0.1  # the part of the height that a line of text takes
# A pattern and not only a colour tells them apart: what is billed, and what is not.
BEYOND, SUPPRESSED = "/", "x"


@dataclass(frozen=True)
class Used:
    """A period: `key` comes back when it is clicked, `note` stands above its bar; `suppressed` is overage that is not billed."""

    key: str
    label: str
    used: float
    suppressed: bool
    note: str


def used_columns(periods: Sequence[Used], entitled: float, mode: str) -> Figure:
    """Upright bars in the order given, cut at the entitlement: below it in the accent, above it hatched; the line is named at its end."""
    ink = PALETTES[mode]
    layout = base(ink, HEIGHT)
    top = max([entitled, *(period.used for period in periods)], default=0.0) or 1.0
    name = _("Entitled {quantity}", quantity=formats.compact(entitled))
    side = len(name) * GLYPH + LABEL_GAP
    layout["margin"].update(t=18, r=side)
    layout.update(barmode="stack", uniformtext=ALL_OR_NOTHING, shapes=[{
        "type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": "y", "y0": entitled, "y1": entitled,
        "line": {"color": ink["text"], "width": 1.5, "dash": "dash"},
    }], annotations=[{
        "xref": "paper", "x": 1, "xshift": 6, "xanchor": "left", "yref": "y", "y": entitled, "showarrow": False, "text": f"<b>{plain(name)}</b>",
        "font": {"color": ink["text"], "size": 12},
    }])
    # By place and not by label: two periods may lie in one month.
    places, names = list(range(len(periods))), [period.label for period in periods]
    step = every(names, MOST_TICKS, WIDTH - side)
    # Room for the first name, which reaches beyond its bar: it would else be left out.
    layout["margin"]["l"] = max(0.0, room(names[:1]) - (WIDTH - side) / max(len(names), LEAST_COLUMNS)) / 2
    layout["xaxis"].update(tickvals=places[::step], ticktext=names[::step], tickangle=0, range=[-0.5, max(len(periods), LEAST_COLUMNS) - 0.5])
    layout["yaxis"]["range"] = [0.0, top * ROOM]
    # A value of a bar that ends just below the line stands above it: the line would else run through the figures.
    line_height = top * ROOM * TEXT
    ends = [entitled if 0 <= entitled - period.used < line_height else period.used for period in periods]
    values = over(places, [period.used for period in periods], [period.note for period in periods], ink, WIDTH - side, ends)
    within = {
        "type": "bar", "x": places, "y": [min(period.used, entitled) for period in periods], "customdata": [period.key for period in periods],
        "marker": {"color": ink["accent"]}, "hoverinfo": "none",
    }
    beyond = [max(period.used - entitled, 0.0) for period in periods]
    above = {
        "type": "bar", "x": places, "y": beyond, "customdata": [period.key for period in periods], "hoverinfo": "none",
        "marker": {"color": ink["page"], "line": {"color": ink["overdue"], "width": [1 if height else 0 for height in beyond]}, "pattern": {
            "shape": [SUPPRESSED if period.suppressed else BEYOND for period in periods], "fgcolor": ink["overdue"], "bgcolor": ink["page"],
            "size": 6, "fillmode": "replace"}},
    }
    return {"data": [within, above, values], "layout": layout}
