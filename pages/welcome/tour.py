"""Tour: three minutes through what one can see and do, open to everyone."""

import streamlit as st

from pages.parts import session, welcome
from pages.parts.text import escape
from pao_core.locale import _
from pao_core.welcome import tour

store = session.enter_open()

st.title(_("Tour"), anchor=False)
st.markdown(_("Three minutes through the day of four people who live from renewals. The pictures are of the product itself, with data made up for "
              "the demonstration."))
role = st.segmented_control(_("Whose day"), list(tour.ROLES), key="tour_role", format_func=lambda role: _(tour.ROLES[role]),
                            label_visibility="collapsed")
for chapter in tour.chapters(role):
    with st.container(border=True):
        words, shown = st.columns([1, 2], gap="medium", vertical_alignment="center")
        with words:
            with st.container(horizontal=True, gap="xsmall"):
                for name in chapter.roles:
                    st.badge(_(tour.ROLES[name]), color="blue")
            st.header(_(chapter.title), anchor=False)
            st.markdown(escape(_(chapter.text)))
        with shown:
            welcome.picture(chapter)
