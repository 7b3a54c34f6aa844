"""What a page has drawn in this run: parts note it as they draw, so that a page can be had as one file without a line of its own.

Noting costs nothing: what is kept is what was drawn anyway, and for the rows of a report only the question. Dialogs are no part of the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState

from pages.parts.explain import Number
from pao_core.charts import Figure
from pao_core.filters import Filters
from pao_core.report import Column


@dataclass(frozen=True)
class Told:
    """A figure: its label and value as shown, a note, its course, and the numbers that explain it."""

    label: str
    value: str
    note: str = ""
    course: Sequence[float] = ()
    numbers: Sequence[Number] = ()


@dataclass(frozen=True)
class Asked:
    """The rows of a report: how they were asked for, so that all of them can be."""

    report: ModuleType
    filters: Filters
    form: str
    by: str | None
    sort: str | None
    order: tuple[str, ...]  # of the columns on screen


@dataclass(frozen=True)
class Listed:
    """A table that is no report's: what is on screen."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]


@dataclass
class Drawn:
    """Everything of a run, in order; `offered` is whether the page is one to be had as a file."""

    figures: list[Told] = field(default_factory=list)
    charts: list[tuple[str, Figure]] = field(default_factory=list)
    tables: list[Asked | Listed] = field(default_factory=list)
    offered: bool = False


def begin() -> Drawn:
    """A page is about to be drawn."""
    found = st.session_state["_drawn"] = Drawn()
    return found


def page() -> Drawn:
    """What the page has drawn so far; what a dialog draws goes nowhere."""
    found: Drawn = Drawn() if in_dialog() else st.session_state.setdefault("_drawn", Drawn())
    return found


def in_dialog() -> bool:
    """Whether what is drawn now is a dialog's; one cannot open another."""
    return ThreadState.get().fragment_id is not None  # a dialog is a fragment
