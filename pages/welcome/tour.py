"""Tour: three minutes through what one can see and do, open to everyone."""

import streamlit as st

from pages.parts import session
from pages.parts.access import welcome
from pages.parts.text import escape
from pao_core.locale import _
from pao_core.welcome import tour

store = session.enter_open()


def told(chapter: tour.Chapter) -> None:
    """A chapter's words beside its picture; above it on a phone."""
    words, shown = st.columns([1, 2.2], gap="medium", vertical_alignment="center")
    with words, st.container(gap="xsmall"):
        with st.container(horizontal=True, gap="xsmall"):
            for role in chapter.roles:
                st.badge(_(tour.ROLES[role]), color="blue")
        st.header(_(chapter.title), anchor=False)
        st.markdown(escape(_(chapter.text)))
    with shown:
        welcome.picture(chapter)


st.title(_("Tour"), anchor=False)
st.markdown(_("Three minutes through the day of four people who live from renewals. The pictures are of the product itself, with data made up for "
              "the demonstration."))
whose = {"": _("Everybody's day"), **{role: _(text) for role, text in tour.ROLES.items()}}
role = st.segmented_control(_("Whose day"), list(whose), key="tour_role", format_func=whose.__getitem__, default="", required=True,
                            label_visibility="collapsed")
with st.container(gap="large"):
    for chapter in tour.chapters(role or None):
        told(chapter)
if session.viewer() is None:
    st.space("small")
    with st.container(horizontal=True, horizontal_alignment="center", vertical_alignment="center", gap="small"):
        if st.button(session.on_primary(f":material/person_add: {_('Request access')}"), type="primary"):
            st.switch_page("pages/welcome/request_access.py")
        st.page_link("pages/home/home.py", label=_("Sign in"), icon=":material/login:")
