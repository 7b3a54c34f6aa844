"""Activation: a one-time link sets the password. Open to everyone, tells nothing to who has no link."""

import streamlit as st

from pages.parts import session, states, welcome
from pages.parts.text import escape
from pao_core.access.passwords import MIN_CHARACTERS
from pao_core.config import Settings
from pao_core.locale import Refused, _
from pao_core.welcome import activation

store = session.enter_open()
token = session.link_token()
with welcome.card(_("Activation")), states.told():
    problem = activation.refusal(store, token, Settings.now())
    if problem:
        st.error(escape(_(problem)), icon=":material/link_off:")
    else:
        with st.form("activation"):
            st.caption(escape(_("Choose a password of at least {count} characters. A sentence is easier to remember than signs.",
                                count=MIN_CHARACTERS)))
            first = st.text_input(_("New password"), type="password", autocomplete="new-password")
            second = st.text_input(_("The same password again"), type="password", autocomplete="new-password")
            if st.form_submit_button(_("Set the password"), type="primary"):
                try:
                    activation.set_password(store, token, first, second, Settings.now())
                except Refused as refusal:
                    st.error(escape(refusal), icon=":material/error:")
                else:
                    st.success(_("Your password is set."), icon=":material/check_circle:")
    st.page_link("pages/home/home.py", label=_("Go to sign-in"), icon=":material/login:")
