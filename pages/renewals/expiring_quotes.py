"""Renewals > Expiring quotes: what has to be closed, or quoted again, before its quote is worth nothing."""

import streamlit as st

from pages.parts import due, filter_bar, session, states
from pao_core.locale import N_, _, ngettext
from pao_core.renewals import expiring_quotes

WAYS = {"quote": N_("Quote number"), "quote_expires": N_("Quote expires"), **{way: due.WAYS[way] for way in ("customer", "country", "product_group")}}

scene = session.enter(expiring_quotes.RIGHT)


with states.told():
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        filter_bar.days(_("Window in days"), "window", expiring_quotes.WINDOW)
        found = due.due(expiring_quotes)
    if found:
        due.figures_of(found, [due.everything(found), due.overdue(found), due.soon(found)])
        due.over_time(found)
        due.hint()
due.lines(expiring_quotes, lambda count: ngettext("{count} line whose quote expires", "{count} lines whose quotes expire", count), ways=WAYS,
          more=("quote_expires",))
