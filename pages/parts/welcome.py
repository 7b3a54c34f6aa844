"""The frame of the pages that are open without signing in, and of the sign-in page: way in, language, who stands behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from pages.parts import session
from pages.parts.text import escape
from pao_core.access import Viewer
from pao_core.locale import LANGUAGES, _, language

HOME = "pages/home/home.py"
CARD_WIDTH = 460


def around_open(viewer: Viewer | None, run: Callable[[], None]) -> None:
    """Run an open page inside its frame: the way to sign-in (for who is signed in, to Home) and the choice of a language above it, whose
    product it is below."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.page_link(HOME, label=_("Go to Home") if viewer else _("Go to sign-in"), icon=":material/arrow_back:")
        language_choice(viewer)
    run()
    foot()


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
