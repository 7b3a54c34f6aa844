"""After an act: what was done, what became of its letter; a refusal in its place."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.parts import session, states
from pages.parts.text import escape
from pao_core.access.mail import outbox
from pao_core.locale import Refused, _


def do(act: Callable[[], None], done: str, *, letter: bool = False) -> None:
    """Do the act; then the page is drawn anew and says `done`, and with `letter` whether its letter is on the way or waits. A refusal is
    said here, and nothing else changes."""
    try:
        act()
    except Refused as problem:
        states.refused(problem)
    else:
        st.session_state["_done"] = done, (outbox.note(session.store()) or _("The letter is on its way.")) if letter else ""
        st.rerun()


def said() -> None:
    """What the act before this run did, once."""
    done, letter = st.session_state.pop("_done", ("", ""))
    if done:
        st.success(" ".join(escape(text) for text in (done, letter) if text), icon=":material/check_circle:")
