"""Requests for access: one card each, and the dialogs in which they are granted or denied."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.parts import session, states, table
from pages.parts.access import acted, privileges
from pages.parts.text import escape, quiet
from pao_core.access import Viewer
from pao_core.access.people import requests
from pao_core.access.people.requests import MAX_REASON, Request
from pao_core.access.rights import PRESETS
from pao_core.config import Settings
from pao_core.locale import _
from pao_core.settings import access_requests

ABOUT_WIDTH = 620  # wraps above its buttons on a narrow screen


def waiting(viewer: Viewer) -> None:
    """Those that wait for the viewer, the oldest first."""
    found = requests.waiting(viewer)
    if not found:
        states.empty(_("No request waits"), _("Whoever asks for access to your site appears here, and you are told by e-mail."), "how_to_reg")
    for asked in found:
        with st.container(border=True, horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small"):
            with st.container(gap=None, width=ABOUT_WIDTH):
                st.markdown(f"**{escape(asked.name)}** · {escape(asked.email)}")
                st.caption(escape(" · ".join(access_requests.facts(asked, Settings.now()))))
                for warning in access_requests.warnings(asked):
                    st.markdown(f":orange[:material/warning:] {quiet(escape(warning))}")
            if access_requests.may_decide(viewer, asked):
                with st.container(horizontal=True, gap="xsmall", width="content"):
                    if st.button(session.on_primary(f":material/check: {_('Grant')}"), type="primary", key=f"grant_{asked.id}"):
                        st.dialog(_("Grant access"), width="medium", icon=":material/how_to_reg:")(_grant)(asked)
                    if st.button(_("Deny"), icon=":material/close:", key=f"deny_{asked.id}"):
                        st.dialog(_("Deny access"), width="medium", icon=":material/person_off:")(_deny)(asked)


def history(viewer: Viewer) -> None:
    """What was decided, by whom, and why not."""
    found = requests.history(viewer)
    if not found:
        st.caption(_("Nothing was decided yet."))
        return
    rows = [access_requests.row(asked, viewer.store.settings.timezone) for asked in found]
    table.table(access_requests.COLUMNS, rows, key="decided_requests", alt=_("Decided requests"))


def _about(asked: Request) -> Viewer:
    """The head of either dialog; gives who decides."""
    viewer = session.enter_dialog()
    st.markdown(f"**{escape(asked.name)}** · {escape(asked.email)}")
    st.caption(escape(" · ".join(access_requests.facts(asked, Settings.now()))))
    return viewer


def _grant(asked: Request) -> None:
    granting(_about(asked), asked)


def granting(viewer: Viewer, asked: Request) -> None:
    """Which role and privileges; a claim to the primary role names who would give way."""
    roles = access_requests.roles_to_give(viewer, asked)
    choice = privileges.editor(viewer, asked.site, roles, PRESETS["user"], key=f"granting_{asked.id}")
    replaced = None
    if choice.role == "primary" and asked.primary is not None:
        replaces = st.checkbox(escape(_("This person takes the place of {email}, who becomes a secondary contact.", email=asked.primary)),
                               key=f"replaces_{asked.id}_{asked.primary}")
        replaced = asked.primary if replaces else None
    st.caption(_("Make sure who it is by a way that you know already. A letter tells the person."))
    _button(_("Grant access"), "check", f"{choice.key}_grant", lambda: requests.grant(viewer, asked.id, choice.role, choice.levels, replaced),
            _("Granted access to {name}.", name=asked.name))


def _deny(asked: Request) -> None:
    """Why not: the person reads it."""
    viewer = _about(asked)
    reason = st.text_area(_("Reason *"), max_chars=MAX_REASON, key=f"reason_{asked.id}", help=_("The person reads it in the letter."))
    _button(_("Deny access"), "close", f"do_deny_{asked.id}", lambda: requests.deny(viewer, asked.id, reason or ""),
            _("Denied access to {name}.", name=asked.name))


def _button(label: str, icon: str, key: str, act: Callable[[], None], done: str) -> None:
    if st.button(session.on_primary(f":material/{icon}: {label}"), type="primary", key=key):
        acted.do(act, done, letter=True)
