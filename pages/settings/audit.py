"""Settings > Audit: who did what, what it was before, when and from where; what was refused; who signed in."""

from collections.abc import Callable

import streamlit as st

from pages.parts import download, explain, frame, session, states, table, view
from pages.parts.access import audit_list
from pages.parts.text import escape
from pao_core.access.rights import ACCESS_VIEW, OPERATOR
from pao_core.access.verbs import VERBS
from pao_core.locale import N_, _
from pao_core.locale.words import AUDIT_OUTCOMES
from pao_core.settings import audit
from pao_core.settings.audit import Asked, Found

OUTCOMES = {"": N_("Both"), **AUDIT_OUTCOMES}
FILTERS = ("from", "to", "who", "act", "outcome", "object")
scene = session.enter(ACCESS_VIEW, OPERATOR)


def looked_for(which: str) -> Asked:
    """The filters; the address says them all."""
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        since, until = view.day("from", label=_("From the day"), width=165), view.day("to", label=_("To the day"), width=165)
        who = view.typed("who", label=_("Who"), placeholder=_("E-mail, or a part of it"), width=190)
        outcome = view.choice("outcome", {code: _(text) for code, text in OUTCOMES.items()}, label=_("Outcome"), width=120)
        acts, text = about() if which == audit.ACTS else ((), "")
        asked = Asked(since, until, who, acts, outcome, text)
        if asked != Asked():
            st.button(_("Clear filters"), type="tertiary", icon=":material/close:", on_click=view.clear, args=FILTERS, shortcut="alt+l",
                      key="audit_clear")
    return asked


def about() -> tuple[tuple[str, ...], str]:
    """Which acts, on whom or what."""
    names = sorted(((act, _(verb.text)) for act, verb in VERBS.items()), key=lambda named: named[1])
    # One, not several: a chosen chip cannot be read in the dark theme.
    act = view.choice("act", {"": _("Every act"), **dict(names)}, label=_("What"), width=250)
    return (act,) if act else (), view.typed("object", label=_("To whom or what"), placeholder=_("A part of it, or a site number"), width=225)


def make(asked: Asked, which: str, newest: int) -> Callable[[str], bytes]:
    """What makes the file in the form that it is asked for, with the right checked again."""
    return lambda form: audit.file(session.still(scene), asked, which, form, newest)


def head(asked: Asked, which: str, found: Found) -> None:
    """Title, download and definition."""
    zone = scene.viewer.store.settings.timezone.key
    with frame.header(_(audit.TITLE), escape(_("The newest first; times are those of {zone}", zone=zone))):
        if found.more:
            st.button(_("Download: choose a shorter period"), icon=":material/download:", disabled=True, key="audit_too_many")
        elif found.count:
            download.file_buttons(make(asked, which, found.newest), f"audit-{which}-{scene.today.isoformat()}", key="audit")
        explain.text(_(audit.DEFINITION), key="audit")


with states.told():
    shown, place = view.tabs("list", {which: _(text) for which, text in audit.LISTS.items()}, of="audit")
    with place:
        wanted = looked_for(shown)
        entries = audit_list.listed(wanted, shown)
    table.said(audit_list.counted(entries))
    head(wanted, shown, entries)
