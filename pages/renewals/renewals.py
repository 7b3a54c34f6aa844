"""Renewals > Renewals: what is to renew, by due date, over time, by country and product group, and line by line."""

import streamlit as st

from pages.parts import due, session, states
from pao_core.locale import ngettext
from pao_core.renewals import renewals

scene = session.enter(renewals.RIGHT)


def drawn(found: due.Due) -> None:
    """Figures and charts of the open lines."""
    due.figures_of(found, [due.overdue(found), due.soon(found), due.near(found), due.expiring(found)])
    left, middle, right = st.columns([1.1, 1.5, 1], gap="medium")
    with left, states.told():
        due.by_bucket(found)
    with middle, states.told():
        due.over_time(found)
    for by in due.RANKED:
        with right, states.told():
            due.ranked(found, by)


with states.told():
    found = due.due(renewals)
    if found:
        drawn(found)
        due.hint()
due.lines(renewals, lambda count: ngettext("{count} renewal line", "{count} renewal lines", count))
