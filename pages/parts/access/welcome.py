"""The frame of the pages that are open without signing in, and of the sign-in page: way in, language, who stands behind it."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from pages.parts import session
from pages.parts.text import escape
from pao_core.access import Viewer
from pao_core.demo import demonstration
from pao_core.locale import LANGUAGES, N_, _, language
from pao_core.welcome import tour

HOME = "pages/home/home.py"
WAYS_IN = (("pages/welcome/tour.py", N_("Tour"), "play_circle"), ("pages/welcome/request_access.py", N_("Request access"), "person_add"),
           ("pages/welcome/reset.py", N_("Forgotten password"), "lock_reset"))
SHOWN = {mode: f"display:block;width:100%;height:auto;border:1px solid {line};border-radius:0.5rem"
         for mode, line in (("light", "#DDE1E9"), ("dark", "#2C3546"))}
CARD_WIDTH = 460


def around_open(viewer: Viewer | None, run: Callable[[], None]) -> None:
    """Run an open page inside its frame: the way to sign-in (for who is signed in, to Home) and the choice of a language above it, whose
    product it is below."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.page_link(HOME, label=_("Home") if viewer else _("Sign in"), icon=":material/arrow_back:")
        language_choice(viewer)
    run()
    foot()


def around_sign_in(form: Callable[[], None]) -> None:
    """The sign-in page: what the product is and the form, beside a picture of it; below the form the ways in for who has no password."""
    with st.container(horizontal=True, horizontal_alignment="right"):
        language_choice(None)
    left, right = st.columns([1, 1.55], gap="xlarge", vertical_alignment="center")
    with left:
        with st.container(gap="xxsmall"):
            st.title(_("The desk for your renewals"), anchor=False)
            st.markdown(_("What is due, what it is worth and what to do next: the reseller side of Passport Advantage in one place."))
        form()
        ways_in()
        if demonstration.present(session.store()):
            with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
                st.badge(_("Demonstration data"), icon=":material/science:", color="orange")
                st.caption(_("The log-ins were printed when the demonstration was loaded."), width="content")
    with right:
        picture(tour.chapters()[0])
    foot()


def ways_in() -> None:
    """The links for who cannot sign in."""
    with st.container(horizontal=True, gap="xsmall"):
        for file, label, icon in WAYS_IN:
            st.page_link(file, label=_(label), icon=f":material/{icon}:")


def picture(chapter: tour.Chapter) -> None:
    """The picture of a chapter in the reader's language and theme, as wide as its place; fetched when it comes into view."""
    found = tour.picture(chapter.name, session.mode())
    if found is None:
        return
    # Every word here is the product's own. Markdown cannot say how large a picture is, so the page would jump as it comes.
    st.html(f'<img src="{html.escape(found.address)}" alt="{html.escape(_(chapter.alt))}" width="{found.width}" height="{found.height}" '
            f'loading="lazy" style="{SHOWN[session.mode()]}">')


@contextmanager
def card(title: str, about: str = "") -> Iterator[None]:
    """A narrow page in the middle, for one short form: its title, a plain sentence about it, then what the block draws."""
    with st.container(horizontal_alignment="center"), st.container(width=CARD_WIDTH):
        with st.container(gap="xxsmall"):
            st.title(escape(title), anchor=False)
            if about:
                st.caption(escape(about))
        yield


def language_choice(viewer: Viewer | None) -> None:
    """Let a stranger choose the language of this tab; who is signed in has one of their own."""
    if viewer is None:
        chosen = st.menu_button(LANGUAGES[language()], list(LANGUAGES), key="open_language", format_func=LANGUAGES.__getitem__,
                                icon=":material/language:", type="tertiary", help=_("Language"))
        if chosen:
            session.wish_language(chosen)
            st.rerun()


def foot() -> None:
    """The end of every page for strangers."""
    st.caption(_("PAO Desk is not affiliated with IBM."), text_alignment="center")
    session.page_language()
