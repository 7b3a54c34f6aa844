"""What a report counts, one click away: definition, filters, rows, age of the data."""

from __future__ import annotations

from datetime import datetime
from types import ModuleType

import streamlit as st

from pages.parts import session
from pages.parts.text import escape
from pao_core.locale import _, formats
from pao_core.report import Result
from pao_core.report import age as report_age


def definition(report: ModuleType, result: Result | None) -> None:
    """The button and what it opens."""
    scene = session.scene()
    with st.popover(_("Definition"), icon=":material/info:", type="tertiary", key=f"definition_{report.NAME}"):
        st.markdown(escape(_(report.DEFINITION)))
        words = scene.filters.words() or [_("No filter")]
        st.markdown("\n".join(f"- {escape(phrase)}" for phrase in words))
        if result is not None:
            st.caption(escape(_("{count} rows; data of {moment}", count=formats.number(result.count), moment=age(scene))))


def text(told: str, *, key: str) -> None:
    """The same button for what is no report."""
    with st.popover(_("Definition"), icon=":material/info:", type="tertiary", key=f"definition_{key}"):
        st.markdown(escape(told))


def age(scene: session.Scene) -> str:
    """When the last change of the data on screen was committed."""
    as_of, _behind = report_age(scene.viewer)
    return formats.moment(as_of, scene.viewer.store.settings.timezone) if as_of else _("no data yet")


def published(at: datetime | None) -> str:
    """When the price lists last changed, and what they are; safe for markdown."""
    if at is None:
        return ""
    timezone = session.scene().viewer.store.settings.timezone
    return escape(_("Published {moment} · list prices without tax", moment=formats.moment(at, timezone)))


def age_in_words(scene: session.Scene) -> str:
    """How long ago that was: in minutes, hours or days."""
    as_of, _behind = report_age(scene.viewer)
    return formats.ago(scene.viewer.store.settings.now() - as_of) if as_of else "–"


def freshness() -> str:
    """The age as a phrase under a title, with a sign when a newer copy is being made; safe for markdown."""
    scene = session.scene()
    told = escape(_("Data of {moment}", moment=age(scene)))
    if report_age(scene.viewer)[1]:
        told += f" :orange-badge[:material/schedule: {escape(_('newer data are being prepared'))}]"
    return told
