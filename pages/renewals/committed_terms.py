"""Renewals > Committed terms: open renewal lines of Committed Term Licenses, when they fall due and when their terms end."""

import streamlit as st

from pages.parts import due, session, states
from pao_core.locale import N_, ngettext
from pao_core.renewals import committed_terms

WAYS = {**due.WAYS, "end_month": N_("Month in which the term ends"), "term_months": N_("Term in months")}

scene = session.enter(committed_terms.RIGHT)


def drawn(found: due.Due) -> None:
    """Figures and charts of the open lines."""
    due.figures_of(found, [due.overdue(found), due.soon(found), due.near(found), due.expiring(found)])
    left, right = st.columns([1.6, 1], gap="medium")
    with left, states.told():
        due.over_months(found, {"month": N_("Due date"), "end_month": N_("End of the term")})
    with right, states.told():
        due.ranked(found, "country")


with states.told():
    found = due.due(committed_terms, "month")
    if found:
        drawn(found)
        due.hint()
due.lines(committed_terms, lambda count: ngettext("{count} line of a committed term", "{count} lines of committed terms", count),
          ways=WAYS, more=("term_months", "coverage_end"))
