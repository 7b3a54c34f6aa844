"""The guide of the first steps on Home, until its reader puts it away."""

from __future__ import annotations

import streamlit as st

from pages.parts.text import escape
from pao_core.access import Viewer
from pao_core.locale import _
from pao_core.welcome import guide

# What each step opens, and its icon.
OPENS = {
    "due": ("pages/renewals/renewals.py", "event_upcoming"), "customer": ("pages/customers/customers.py", "person_search"),
    "prices": ("pages/prices/price_files.py", "sell"), "data": ("pages/settings/data.py", "upload_file"),
    "people": ("pages/settings/users.py", "group_add"), "tour": ("pages/welcome/tour.py", "play_circle"),
    "account": ("pages/settings/my_account.py", "manage_accounts"),
}
HOME = "pages/home/home.py"
NARROWEST = 200


def card(viewer: Viewer) -> None:
    """The steps, each with the page that it opens, and the way to put the guide away for good."""
    if not guide.wanted(viewer):
        return
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown(f"**{escape(_('Your first steps'))}**", width="content")
            st.button(_("Put the guide away"), icon=":material/close:", type="tertiary", key="guide_away", on_click=guide.dismiss, args=(viewer,))
        steps = guide.steps(viewer)
        grid = st.grid(len(steps), min_column_width=NARROWEST, gap="medium")
        for step in steps:
            page, icon = OPENS[step.name]
            with grid.container(gap="xxsmall", height="stretch", vertical_alignment="distribute"):
                with st.container(gap="xxsmall"):
                    st.markdown(f":primary[:material/{icon}:] **{escape(_(step.title))}**")
                    st.caption(escape(_(step.text)))
                st.page_link(page, label=_(step.link), icon=":material/arrow_forward:", icon_position="right")


def again(viewer: Viewer) -> None:
    """For the account's menu: have the guide back, on Home."""
    if st.button(_("Show the guide again"), icon=":material/signpost:", key="guide_again", width="stretch"):
        guide.show_again(viewer)
        st.switch_page(HOME)
