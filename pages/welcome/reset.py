"""Reset: a forgotten password is set anew, by a link that goes to its owner's mailbox. Open to everyone, tells nobody which accounts there are."""

import streamlit as st

from pages.parts import session, states
from pages.parts.access import new_password, welcome
from pao_core.locale import _
from pao_core.welcome import reset

store = session.enter_open()
with welcome.card(_(reset.TITLE)), states.told():
    if session.link_token():
        new_password.by_link(store, reset.PURPOSE)
    else:
        st.caption(_("Give the e-mail that you sign in with. A link to a new password comes by mail; it is good once, for one hour."))
        new_password.ask(store, reset.PURPOSE)
