"""An edit in a panel that somebody else may have overtaken: it is done, or both versions are shown, and saving again replaces the other's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from pages.parts import states
from pages.parts.text import escape
from pao_core.locale import Refused, _


def begin(panel: str) -> None:
    """A panel opens: what another edit ran into is no matter of this one."""
    st.session_state.pop(_key(panel), None)


def now(panel: str, opened: Any) -> Any:
    """What an edit goes by: what was `opened`, or what somebody else has made of it and the reader has seen since."""
    return st.session_state.get(_key(panel)) or opened


def attempt(panel: str, act: Callable[[], object], done: str, outdated: type[Any], both: Callable[[Any], None]) -> None:
    """Do the act; then the page is drawn anew and says `done`. A refusal is said here. With the refusal `outdated` comes what somebody else
    has saved meanwhile (its `now`): `both` shows it beside what the reader wrote, and the next try goes by it."""
    try:
        act()
    except outdated as problem:
        st.session_state[_key(panel)] = problem.now
        states.refused(problem)
        both(problem.now)
    except Refused as problem:
        states.refused(problem)
    else:
        st.toast(done, icon=":material/check:")
        st.rerun()


def side_by_side(fields: Mapping[str, str], mine: Mapping[str, str], theirs: Mapping[str, str], who: str) -> None:
    """The fields (name -> marked words) in which the two versions differ, with what each says; `who` saved the other."""
    differing = [name for name in fields if mine[name] != theirs[name]]
    columns = {_("Field"): [_(fields[name]) for name in differing], _("Yours"): [mine[name] for name in differing],
               _("Saved by {who}", who=who): [theirs[name] for name in differing]}
    st.dataframe(pd.DataFrame(columns), hide_index=True, placeholder="–", alt=_("Both versions"))
    st.caption(escape(_("Save again to replace the other version by yours, or close this panel to keep the other.")))


def _key(panel: str) -> str:
    return f"_{panel}_now"
