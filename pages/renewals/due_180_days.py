"""Renewals > Due in 180 days: what falls due in the days ahead, or did in the days past and is still open."""

import streamlit as st

from pages.parts import due, filter_bar, session, states
from pao_core.locale import formats, ngettext
from pao_core.renewals import due_180_days

scene = session.enter(due_180_days.RIGHT)
first, last = due_180_days.window(scene.filters, scene.today)


def drawn(found: due.Due) -> None:
    """Figures and charts of the lines in the window."""
    shown = [due.everything(found), due.soon(found), due.near(found), due.expiring(found)]
    due.figures_of(found, shown if scene.filters.direction != due_180_days.LAST else [due.everything(found), due.expiring(found)])
    left, right = st.columns([1, 1.6], gap="medium")
    with left, states.told():
        due.by_bucket(found)
    with right, states.told():
        due.over_time(found, by_quote=True)


def says(count: int) -> str:
    """How many lines, and the days that the window holds."""
    return ngettext("{count} line due from {first} to {last}", "{count} lines due from {first} to {last}", count, first=formats.day(first),
                    last=formats.day(last))


with states.told():
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        filter_bar.window(due_180_days.WINDOW, due_180_days.LAST)
        found = due.due(due_180_days)
    if found:
        drawn(found)
        due.hint()
due.lines(due_180_days, says)
