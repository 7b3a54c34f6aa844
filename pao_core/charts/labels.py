"""Values over columns and names below them: as many as have room, on a telephone too."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from pao_core.charts.paper import GLYPH, Figure

# The columns' part of a picture on a screen 400 px wide, and what stays free between two texts.
WIDTH, APART = 360, 3
LEAST_COLUMNS = 6  # room for so many, so that few are no walls
SLIM = " \u00a0.,/:"
CLEAR = "rgba(0,0,0,0)"
WORDS = "words"  # the `meta` of a trace that draws nothing and only writes
# As wide as a figure, and no space that is trimmed.
BLANK = "\u2007"
# A text that would have to shrink to have room is not shown.
ALL_OR_NOTHING = {"mode": "hide", "minsize": 12}


def room(texts: Sequence[str]) -> float:
    """The pixels that the longest text takes, with what stays free beside it."""
    return max(map(_wide, texts), default=0.0) + APART


def _wide(text: str) -> float:
    return sum(GLYPH / 2 if sign in SLIM else GLYPH for sign in text)


def every(names: Sequence[str], most: int, width: float = WIDTH) -> int:
    """Every which of the names is shown below its column: at most `most`, and so many that none touches the next in `width` pixels."""
    step, wide = width / max(len(names), 1), [_wide(name) for name in names]
    found = -(-len(names) // most) or 1
    while any((one + following) / 2 + APART > found * step for one, following in pairwise(wide[::found])):
        found += 1
    return found


def peaks(values: Sequence[float], reach: int) -> list[bool]:
    """Which values are above zero and the greatest among so many neighbours on either side; of equal ones the first."""
    return [value > 0 and value > max(values[max(0, place - reach):place], default=0.0) and value >= max(values[place:place + reach + 1])
            for place, value in enumerate(values)]


def over(
    x: Sequence[Any], values: Sequence[float], texts: Sequence[str], ink: Mapping[str, Any], width: float = WIDTH,
    ends: Sequence[float] | None = None,
) -> Figure:
    """A trace that writes the texts over columns of these values, or at `ends`, and under those below zero; its layout needs ALL_OR_NOTHING
    as `uniformtext`.

    On a screen where every text has room all are shown, on one of `width` pixels those of the peaks: the others are made as long as the
    longest, so that they come and go together.
    """
    reach = math.ceil(room(texts) * max(len(texts), LEAST_COLUMNS) / width) - 1
    speaks = peaks(values, reach) if reach else [True] * len(texts)
    longest = max(map(len, texts), default=0)
    return {
        "type": "bar", "meta": WORDS, "x": list(x), "y": list(values if ends is None else ends), "base": 0, "marker": {"color": CLEAR},
        # The invisible bar is the room that its text has: a little less than what its neighbours leave.
        "width": [0.95 + (reach if one else 0) for one in speaks], "constraintext": "outside", "hoverinfo": "skip",
        "text": [text if one or not text else text.center(longest, BLANK) for text, one in zip(texts, speaks, strict=True)],
        "textposition": "outside", "textangle": 0, "textfont": {"color": ink["text"], "size": 12}, "cliponaxis": False,
        "unselected": {"textfont": {"color": ink["text"]}},
    }
