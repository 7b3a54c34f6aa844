"""Letters that have not gone out, for the operator: whom they are for, why they wait, their links to hand over."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.parts import chart, states
from pages.parts.text import escape
from pao_core.access import Viewer
from pao_core.access.mail import outbox
from pao_core.locale import Refused, _, formats, ngettext


def waiting(viewer: Viewer) -> None:
    """The list, with what can be done with each letter; nothing when mail goes out and no letter waits, or for who is no operator."""
    if not viewer.operator:
        return
    found, has_server = outbox.waiting(viewer), viewer.store.settings.mail is not None
    if not found and has_server:
        return
    chart.heading(_("Letters that wait"), ngettext("{count} letter", "{count} letters", len(found), count=formats.number(len(found))))
    if not has_server:
        st.caption(_("No mail server is set up. Show the link of a letter and hand it over yourself, by a way that reaches this person alone."))
    for letter in found:
        _letter(viewer, letter, has_server)


def _letter(viewer: Viewer, letter: dict[str, Any], has_server: bool) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small"):
        with st.container(gap=None):
            to = f"{letter['name']} · {letter['to']}" if letter["to"] else _("whoever decides the request")
            st.markdown(f"**{escape(letter['letter'])}** · {escape(to)}")
            st.caption(escape(" · ".join(_facts(viewer, letter))))
            if letter["problem"]:
                st.caption(escape(letter["problem"]))
        with st.container(horizontal=True, gap="xsmall", width="content"):
            if letter["link"] and st.button(_("Show the link"), icon=":material/link:", key=f"letter_link_{letter['id']}"):
                _show(viewer, letter)
            if has_server and st.button(_("Send again"), icon=":material/send:", key=f"letter_again_{letter['id']}"):
                _send(viewer, letter)


def _facts(viewer: Viewer, letter: dict[str, Any]) -> list[str]:
    facts = [_("Site {site}", site=letter["site"])] if letter["site"] else []
    facts.append(_("since {moment}", moment=formats.moment(letter["since"], viewer.store.settings.timezone)))
    if letter["tries"]:
        facts.append(ngettext("tried {count} time", "tried {count} times", letter["tries"], count=formats.number(letter["tries"])))
    return [*facts, _("given up")] if letter["given_up"] else facts


def _show(viewer: Viewer, letter: dict[str, Any]) -> None:
    try:
        link = outbox.show_link(viewer, letter["id"])
    except Refused as refusal:
        states.refused(refusal)
    else:
        st.dialog(escape(letter["letter"]), width="medium", icon=":material/link:", on_dismiss="rerun")(_shown)(link, letter["to"])


def _shown(link: str, email: str) -> None:
    """The link, once: it is kept nowhere, and gone with the dialog."""
    st.markdown(escape(_("The link for {email}. Copy it now: it is shown this once. The letter is not sent any more, and older links of this "
                         "person are no longer good.", email=email)))
    st.code(link, language=None, wrap_lines=True)


def _send(viewer: Viewer, letter: dict[str, Any]) -> None:
    try:
        outbox.send_again(viewer, letter["id"])
    except Refused as refusal:
        states.refused(refusal)
    else:
        st.toast(outbox.note(viewer.store) or _("The letter is on its way."))
        st.rerun()
