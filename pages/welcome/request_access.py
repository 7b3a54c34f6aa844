"""Request access: open to everyone; the answer is the same whatever there is."""

import streamlit as st

from pages.parts import session, states
from pages.parts.access import welcome
from pages.parts.text import escape, quiet
from pao_core.access import Viewer
from pao_core.config import Settings
from pao_core.locale import Refused, _
from pao_core.welcome import request_access

store = session.enter_open()


def form(viewer: Viewer | None) -> None:
    """The form; who is signed in asks by the own e-mail and name."""
    with st.form("request_access"):
        email, name = (viewer.email, viewer.name) if viewer else ("", "")
        if viewer:
            st.markdown(quiet(escape(f"{name} · {email}")))
        else:
            email = st.text_input(_("E-mail *"), autocomplete="email")
            name = st.text_input(_("Name *"), autocomplete="name")
        forms = request_access.forms()
        kind = st.radio(_("Form *"), list(forms), format_func=forms.__getitem__, captions=[_(text) for text in request_access.FORMS.values()])
        site = st.text_input(_("Site number *"))
        st.caption(_(request_access.WHERE))
        claim = st.radio(f"{_(request_access.CLAIM)} *", ["no", "yes"], format_func={"no": _("No"), "yes": _("Yes")}.__getitem__, horizontal=True)
        st.caption(_("Fields with an asterisk are needed."))
        if st.form_submit_button(session.on_primary(f":material/send: {_('Ask for access')}"), type="primary"):
            try:
                answer = request_access.ask(store, viewer, email, name, site, kind, claim == "yes", st.context.ip_address, Settings.now())
            except Refused as refusal:
                states.refused(refusal)
            else:
                st.success(escape(answer), icon=":material/mark_email_read:")


with welcome.card(_(request_access.TITLE), _("A person decides, and the answer comes by e-mail.")), states.told():
    form(session.viewer())
