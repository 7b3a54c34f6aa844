"""The parts of My account about signing in: password, second factor, and where one is signed in."""

from __future__ import annotations

from html import escape as quoted

import segno
import streamlit as st

from pages.parts import chart, session, states
from pages.parts.access import acted, new_password
from pages.parts.text import escape
from pao_core.access import Viewer
from pao_core.access.entry import new_password as setting
from pao_core.access.entry import second_factor
from pao_core.config import Settings
from pao_core.locale import Refused, _, formats, ngettext
from pao_core.settings import my_account
from pao_core.settings.my_account import SignedIn

WIDTH, QR_WIDTH = 720, 208  # pixels
GROUP = 4  # letters of the secret that are read at once


def password() -> None:
    """Another password, for the old one."""
    scene = session.scene()
    chart.heading(_("Password"), escape(_("Changing it ends your sessions in every other browser")))
    if not my_account.has_password(scene.viewer):
        st.caption(escape(_("You sign in with your company account and have no password here.")))
        return
    with st.form("my_password", clear_on_submit=True, width=WIDTH):
        old = st.text_input(_("Current password"), type="password", autocomplete="current-password")
        first, second = new_password.typed_twice()
        if st.form_submit_button(_("Change the password"), icon=":material/key:"):
            done = _("Your password is changed. Your other sessions have ended.")
            if my_account.calendars(scene.viewer):
                done = f"{done} {_('The addresses of your calendars still hold; you can end them below.')}"
            acted.do(lambda: setting.by_old_one(scene.viewer, scene.sid, old, first, second, session.address(), Settings.now()), done)


def factor() -> None:
    """The second factor: turned on with an app, or off; new recovery codes."""
    viewer = session.scene().viewer
    chart.heading(_("Second factor"), escape(_("A code of an authenticator app, asked for after the password")))
    state = second_factor.state(viewer)
    with st.container(border=True, width=WIDTH):
        if "_recovery_codes" in st.session_state:
            _codes(st.session_state["_recovery_codes"])
        elif state.on:
            _on(state)
        elif "_enrolment" in st.session_state:
            _enrol(st.session_state["_enrolment"])
        else:
            st.caption(escape(_("It is off: the password alone signs you in.")))
            if st.button(_("Set it up"), icon=":material/phonelink_lock:", key="factor_begin"):
                try:
                    st.session_state["_enrolment"] = second_factor.begin(viewer)
                except Refused as refusal:
                    states.refused(refusal)
                else:
                    st.rerun()


def _enrol(enrolment: second_factor.Enrolment) -> None:
    """The secret, as a picture and as text, until a code of the app that has it turns the factor on."""
    scene = session.scene()
    left, right = st.columns([QR_WIDTH + 40, WIDTH - QR_WIDTH], gap="medium")
    with left:
        picture = segno.make(enrolment.address, error="m").svg_data_uri(scale=4, border=4, dark="#000", light="#fff")
        st.html(f'<img src="{quoted(picture)}" width="{QR_WIDTH}" height="{QR_WIDTH}" alt="{quoted(_("QR code of the secret"))}">')
    with right:
        st.markdown(escape(_("Scan this with an authenticator app, or type the secret into it:")))
        st.code(" ".join(enrolment.secret[at:at + GROUP] for at in range(0, len(enrolment.secret), GROUP)), language=None, wrap_lines=True)
        with st.form("factor_confirm", border=False):
            code = st.text_input(_("Code that the app shows"), autocomplete="one-time-code", max_chars=second_factor.CODE_CHARACTERS)
            with st.container(horizontal=True, gap="xsmall"):
                confirmed = st.form_submit_button(session.on_primary(f":material/check: {_('Turn it on')}"), type="primary")
                given_up = st.form_submit_button(_("Not now"))
    if given_up:
        del st.session_state["_enrolment"]
        st.rerun()
    if confirmed:
        try:
            codes = second_factor.confirm(scene.viewer, scene.sid, code, Settings.now())
        except Refused as refusal:
            states.refused(refusal)
        else:
            del st.session_state["_enrolment"]
            st.session_state["_recovery_codes"] = codes
            st.rerun()


def _codes(codes: list[str]) -> None:
    """New recovery codes, which are never shown again."""
    st.markdown(f"**{escape(_('Keep these recovery codes where only you find them'))}**")
    st.caption(escape(_("Each lets you in once in place of a code of the app. They are not shown again.")))
    st.code("\n".join(codes), language=None)
    if st.button(session.on_primary(f":material/check: {_('I have kept them')}"), type="primary", key="codes_kept"):
        del st.session_state["_recovery_codes"]
        st.rerun()


def _on(state: second_factor.State) -> None:
    """It is on: new recovery codes, or off, for the password or a code."""
    scene = session.scene()
    left = ngettext("{count} recovery code is left.", "{count} recovery codes are left.", state.codes_left)
    st.markdown(":green[:material/verified_user:] " + escape(" ".join((_("The second factor is on."), left))))
    with st.form("factor_on", border=False, clear_on_submit=True):
        proof = st.text_input(_("Password, or a code"), type="password", autocomplete="off")
        with st.container(horizontal=True, gap="xsmall"):
            renew = st.form_submit_button(_("New recovery codes"), icon=":material/refresh:")
            off = st.form_submit_button(_("Turn it off"), icon=":material/no_encryption:")
    if off:
        acted.do(lambda: second_factor.turn_off(scene.viewer, scene.sid, proof, session.address(), Settings.now()),
                 _("The second factor is off. Your other sessions have ended."))
    if renew:
        try:
            st.session_state["_recovery_codes"] = second_factor.renew_codes(scene.viewer, proof, session.address(), Settings.now())
        except Refused as refusal:
            states.refused(refusal)
        else:
            st.rerun()


def sessions() -> None:
    """Where one is signed in: each session can be ended, or all others at once."""
    scene = session.scene()
    found = my_account.signed_in(scene.viewer, scene.sid, Settings.now())
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom", width=WIDTH):
        with st.container(width="content"):
            chart.heading(_("Sessions"), escape(_("Where you are signed in now")))
        if len(found) > 1 and st.button(_("End all others"), icon=":material/logout:", key="end_others"):
            acted.do(lambda: my_account.end_others(scene.viewer, scene.sid) and None, _("Your other sessions have ended."))
    for one in found:
        _session(scene.viewer, one)


def _session(viewer: Viewer, one: SignedIn) -> None:
    zone = viewer.store.settings.timezone
    browser = _("{browser} on {system}", browser=one.browser or _("A browser"), system=one.system or _("an unknown system"))
    with st.container(border=True, horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", width=WIDTH):
        with st.container(gap=None):
            st.markdown(f"**{escape(browser)}**" + (f" :green-badge[{escape(_('This session'))}]" if one.this else ""))
            where = (one.address or _("unknown address"), _("since {moment}", moment=formats.moment(one.since, zone)),
                     _("last used {moment}", moment=formats.moment(one.used, zone)))
            st.caption(escape(" · ".join(where)))
        if not one.this and st.button(_("End session"), icon=":material/logout:", key=f"end_{one.handle}"):
            acted.do(lambda: my_account.end_session(viewer, one.handle), _("The session has ended."))


def calendars() -> None:
    """The addresses that calendar programs read without signing in: all of them can be ended at once."""
    viewer = session.scene().viewer
    count = my_account.calendars(viewer)
    if not count:
        return
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom", width=WIDTH):
        with st.container(width="content"):
            chart.heading(_("Calendars"), escape(ngettext("{count} address reads your days without signing in",
                                                          "{count} addresses read your days without signing in", count)))
        if st.button(_("End all addresses"), icon=":material/event_busy:", key="end_calendars"):
            acted.do(lambda: my_account.end_calendars(viewer) and None, _("The addresses of your calendars have ended."))
