"""Setting a password by a one-time link, and asking for another link: what the pages Activation and Reset are made of."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.parts import session, states
from pages.parts.text import escape
from pao_core.access.entry import new_password
from pao_core.access.entry.passwords import MIN_CHARACTERS
from pao_core.config import Settings
from pao_core.locale import Refused, _
from pao_core.store.engine import Store


def by_link(store: Store, purpose: str) -> None:
    """The form that sets the password by the link in the address; for a link that is no longer good, why, and the way to a new one."""
    token = session.link_token()
    # A link that has just set the password is used up, which is no problem to tell of.
    done = st.session_state.get("_password_set_by") == token and token is not None
    problem = None if done else new_password.refusal(store, token, purpose, Settings.now())
    if done:
        st.success(_("Your password is set."), icon=":material/check_circle:")
        if st.session_state["_calendars_ended"]:
            st.info(escape(_("The addresses of your calendars have ended too. Make new ones on the page Saved views.")), icon=":material/event_busy:")
    elif problem:
        st.error(escape(_(problem)), icon=":material/link_off:")
        ask(store, purpose)
    else:
        with st.form(purpose):
            first, second = typed_twice()
            if st.form_submit_button(session.on_primary(_("Set the password")), type="primary"):
                try:
                    st.session_state["_calendars_ended"] = new_password.by_link(store, token, purpose, first, second, Settings.now())
                except Refused as refused:
                    states.refused(refused)
                else:
                    st.session_state["_password_set_by"] = token
                    st.rerun()
    st.page_link("pages/home/home.py", label=_("Go to sign-in"), icon=":material/login:")


def typed_twice() -> tuple[Any, Any]:
    """A new password and the same again, with what may be one."""
    st.caption(escape(_("Choose a password of at least {count} characters. A sentence is easier to remember than signs.",
                        count=MIN_CHARACTERS)))
    return (st.text_input(_("New password"), type="password", autocomplete="new-password"),
            st.text_input(_("The same password again"), type="password", autocomplete="new-password"))


def ask(store: Store, purpose: str) -> None:
    """The form that has a new link sent: whoever asks, for whomever, is told the same."""
    with st.form(f"{purpose}_ask"):
        email = st.text_input(_("E-mail"), autocomplete="username")
        if st.form_submit_button(session.on_primary(f":material/mail: {_('Send me a link')}"), type="primary"):
            try:
                new_password.ask(store, email, session.address(), Settings.now())
            except Refused as refused:
                states.refused(refused)
            else:
                st.success(escape(_(new_password.ASKED)), icon=":material/mark_email_read:")
