"""Renewals > Due in 180 days: what falls due in the days ahead, or did in the days past and is still open."""

import streamlit as st

from pages.parts import due, filter_bar, session, states
from pao_core.locale import _, formats, ngettext
from pao_core.renewals import due_180_days

WINDOWS = (30, 60, 90, 180, 365)

scene = session.enter(due_180_days.RIGHT)
first, last = due_180_days.window(scene.filters, scene.today)


def shortcuts() -> None:
    """How far the report looks, and which way."""
    filter_bar.shortcuts(_("Window in days"), {str(days): {"window": None if days == due_180_days.WINDOW else days} for days in WINDOWS},
                         {str(days): ngettext("{count} day", "{count} days", days) for days in WINDOWS})
    filter_bar.days(_("Another number of days"), "window", due_180_days.WINDOW)
    filter_bar.shortcuts(_("Direction"), {"next": {"direction": None}, "last": {"direction": due_180_days.LAST}},
                         {"next": _("Days ahead"), "last": _("Days past")})


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
        shortcuts()
        found = due.due(due_180_days)
    if found:
        drawn(found)
        due.hint()
due.lines(due_180_days, says)
