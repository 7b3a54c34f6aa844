"""Figures in a row of cards: value, change against the period before, its course by month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import streamlit as st

from pages.parts import drawn, explain
from pages.parts.text import escape
from pao_core.locale import _, formats

NARROWEST = 168
Colour = Literal["red", "orange", "green", "blue", "gray"]


@dataclass(frozen=True)
class Metric:
    """One card of plain texts; `value` and `change` are written out, `course` is drawn below. `about` says what the change is against; with a
    `colour`, the change is no rise or fall but a remark. `numbers` explain the value, which `formula` says how it is made of them."""

    label: str
    value: str
    change: str | None = None
    course: Sequence[float] = ()
    about: str | None = None
    colour: Colour | None = None
    help: str | None = None
    numbers: Sequence[explain.Number] = ()
    formula: str = ""


def row(cards: Sequence[Metric]) -> None:
    """The cards abreast, two abreast on a phone."""
    grid = st.grid(len(cards), min_column_width=NARROWEST, gap="small")
    for place, card in enumerate(cards):
        about = _("against the period before") if card.change and not card.colour else None
        note = " ".join(part for part in (card.change, card.about or about, card.formula) if part)
        drawn.page().figures.append(drawn.Told(card.label, card.value, note, card.course, card.numbers))
        # A rise or a fall begins with its sign, by which it is drawn; a remark is words.
        change = escape(card.change) if card.change and card.colour else card.change
        # One with a button beside its value has its border around both.
        cell = grid.container(border=True, height="stretch", horizontal=True, wrap=False, gap=None) if card.numbers else grid
        cell.metric(escape(card.label), escape(card.value), change, card.colour or "normal", border=not card.numbers, height="stretch",
                    chart_type="area", chart_data=list(card.course) if len(card.course) > 1 else None, help=escape(card.help) if card.help else None,
                    delta_arrow="off" if card.colour else "auto", delta_description=escape(card.about or about) if card.about or about else None)
        if card.numbers:
            with cell:
                explain.opener(card.numbers, key=f"metric_{place}_{card.label}", formula=card.formula)


def relative(now: Decimal | None, then: Decimal | None) -> str | None:
    """The change in per cent of what it was; None where there is nothing to compare with."""
    return formats.signed_percent((now - then) / then) if now is not None and then is not None and then > 0 else None


def absolute(now: int, then: int | None) -> str | None:
    """The change in number."""
    return None if then is None else formats.signed(now - then)


def points(now: float | None, then: float | None) -> str | None:
    """The change of a share, in percentage points."""
    return None if now is None or then is None else _("{change} p.p.", change=formats.signed((now - then) * 100, 1))
