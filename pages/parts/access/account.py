"""The menu of one's own account, behind the icon above every page: the site on display, the language, the way out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.parts import session
from pages.parts.access import guide
from pages.parts.text import escape, quiet
from pao_core.access import Viewer
from pao_core.locale import LANGUAGES, Refused, _, language
from pao_core.settings import my_account

PAGE = "pages/settings/my_account.py"
EVERY = ""  # None would be a choice not made yet


def menu(viewer: Viewer) -> None:
    """Who is signed in, the site on display for who has several, the language, the way to My account and out."""
    with st.popover("", icon=":material/account_circle:", type="tertiary", help=_("Account"), key="account"):
        st.markdown(f"**{escape(viewer.name)}**")
        st.markdown(quiet(escape(viewer.email)))
        if len(viewer.belongs_to) > 1:
            site_choice(viewer, "menu")
        else:
            for site in viewer.belongs_to:
                st.caption(escape(_("Reseller site {number}", number=site)))
        language_choice("menu")
        st.page_link(PAGE, label=_("My account"), icon=":material/manage_accounts:")
        guide.again(viewer)
        if st.button(_("Sign out"), icon=":material/logout:", key="sign_out", width="stretch"):
            session.sign_out()


def site_choice(viewer: Viewer, key: str) -> None:
    """Which of several sites is on display; everything narrows at once."""
    names = {place.site: f"{place.name} · {place.site}" for place in my_account.places(viewer)}
    chosen = follow(f"{key}_site", viewer.at_site or EVERY)
    st.radio(_("Site on display"), [EVERY, *names], key=chosen, on_change=attempt,
             args=(lambda now: my_account.choose_site(now, session.scene().sid, st.session_state[chosen] or None),),
             format_func=lambda site: escape(names[site]) if site else _("All my sites"))


def language_choice(key: str) -> None:
    """The language of the product, for this user in every browser."""
    chosen = follow(f"{key}_language", language())
    st.selectbox(_("Language"), list(LANGUAGES), key=chosen, format_func=LANGUAGES.__getitem__, on_change=attempt,
                 args=(lambda now: my_account.speak(now, st.session_state[chosen]),))


def follow(key: str, value: Any) -> str:
    """The key of a widget that always shows what is kept, whatever another widget of the same thing or another browser has changed."""
    st.session_state[f"my_{key}"] = value
    return f"my_{key}"


def attempt(act: Callable[[Viewer], None]) -> None:
    """Do what a widget asks as the user is now, before the page is drawn anew; a refusal is said above it."""
    try:
        act(session.still(session.scene()))
    except Refused as refusal:
        st.toast(escape(refusal), icon=":material/error:")
