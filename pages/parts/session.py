"""Who is looking: the cookie's session, read again at every rerun; sign-in, sign-out, language, heartbeat."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from html import escape as quoted
from typing import Any, Literal, cast

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.pages_manager import PagesManager

from pages.parts import states
from pages.parts.access import company
from pages.parts.text import escape
from pao_core.access import AccessDenied, Viewer
from pao_core.access.entry import identity, sessions, sign_in
from pao_core.access.entry.second_factor import CODE_CHARACTERS
from pao_core.access.entry.throttle import Throttled
from pao_core.access.rights import SIGNED_IN
from pao_core.config import Settings
from pao_core.filters import Filters
from pao_core.locale import Refused, _, choose, language, set_language
from pao_core.store.engine import Store, whence

HEARTBEAT_SECONDS = 15
LOOPBACK = "127.0.0.1"
Mode = Literal["light", "dark"]


@dataclass(frozen=True)
class Scene:
    """What every page is given: who looks, with which filters, on which business day."""

    viewer: Viewer
    filters: Filters
    today: date
    address: str
    sid: str | None
    head: DeltaGenerator  # where the title goes, above the filter bar
    count: DeltaGenerator  # where the page says what the filters find


@cache
def store() -> Store:
    """The one store of this process."""
    return Store(Settings.from_environment())


def mode() -> Mode:
    """The reader's theme."""
    return "dark" if st.context.theme.type == "dark" else "light"


def on_primary(label: str) -> str:
    """A label on the accent: Streamlit writes it white, which cannot be read on the accent of the dark theme."""
    return f':color[{label}]{{foreground="#10141D"}}' if mode() == "dark" else label


def speak(viewer: Viewer | None = None) -> None:
    """Use the reader's language in this run: the user's own, else the one a stranger chose here, else the browser's. A fragment's
    rerun begins here too."""
    if viewer is not None:
        st.session_state["_language"] = viewer.language
    set_language(st.session_state.get("_language") or st.session_state.get("_wished_language") or choose(st.context.locale))


def wish_language(code: str) -> None:
    """Speak this language to a stranger, for as long as the tab is open."""
    st.session_state["_wished_language"] = code


def viewer(*, activity: bool = True) -> Viewer | None:
    """Who looks now; None for a stranger. From here on the audit knows from where."""
    whence.set(address())
    return sessions.viewer(store(), _sid(), Settings.now(), activity=activity)


def address() -> str:
    """Where the browser is. Streamlit does not say so of one on this machine."""
    return st.context.ip_address or LOOPBACK


def _sid() -> str | None:
    sid = st.context.cookies.get(sessions.cookie_name(store().settings))
    return sid if isinstance(sid, str) else None


def still(scene_: Scene) -> Viewer:
    """The scene's viewer as it is at this moment, outside a rerun. Raises AccessDenied when its session is over."""
    now = sessions.viewer(scene_.viewer.store, scene_.sid, Settings.now())
    if now is None:
        raise AccessDenied(SIGNED_IN)
    return now


def enter(*rights: str) -> Scene:
    """The first line of every page: the viewer has the right (one of them, when several), or nothing below runs."""
    _framed()
    found = viewer()
    if found is None:
        st.stop()
    if rights and not any(found.may(right) for right in rights):
        refuse(found, scene().address, rights[0])
        st.stop()
    return replace(scene(), viewer=found)


def enter_dialog() -> Viewer:
    """The first line of a dialog: who looks now, spoken to in the own language; all that the dialog draws goes by the rights of now, not by
    those of when the page was drawn. When the session is over the page is drawn anew instead."""
    found = viewer()
    speak(found)
    if found is None:
        st.rerun()
    st.session_state["_scene"] = replace(scene(), viewer=found)
    return found


def refuse(found: Viewer, page: str, right: str) -> None:
    """Say that the page is not for this viewer, and have the audit say so too."""
    refusal = AccessDenied(right)
    found.note_refusal("page.opened", page, right=right, why=refusal.template)
    states.refused(refusal)


def enter_open() -> Store:
    """The first line of a page that needs no sign-in."""
    _framed()
    whence.set(address())
    return store()


def _framed() -> None:
    """A cold server may be asked for a page by a socket that never ran app.py: from here on app.py rules."""
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()


def link_token() -> str | None:
    """The one-time token of the address."""
    return st.query_params.get("token")


def today() -> date:
    """The business day."""
    return store().settings.today()


def scene() -> Scene:
    """What the frame has set for this run."""
    found: Scene = st.session_state["_scene"]
    return found


def set_scene(found: Viewer, filters: Filters, address: str, head: DeltaGenerator, count: DeltaGenerator) -> None:
    """What `enter` gives the page that runs next."""
    st.session_state["_scene"] = Scene(found, filters, today(), address, _sid(), head, count)


def about(filters: Filters) -> Scene:
    """The scene of a page that has no filter bar but is about the rows that these filters find: what reads the scene from here on
    goes by them."""
    made = replace(scene(), filters=filters)
    st.session_state["_scene"] = made
    return made


# -- coming in and going out ------------------------------------------------------------------------------------------
class _NoCookie:
    """The form's library would keep a cookie of its own, readable by scripts; the session's cookie is set by the server."""

    def get_cookie(self) -> None:
        return None


class _Check:
    """What the form asks: gives the form nothing back, so that it takes nobody for signed in."""

    def __init__(self) -> None:
        self.passed: str | sign_in.Challenge | None = None
        self.problem: str | None = None

    def login(self, username: str, password: str, *_args: Any, **_options: Any) -> None:
        try:
            self.passed = sign_in.sign_in(store(), username, password, address(), Settings.now())
            self.problem = None if self.passed else _(sign_in.REFUSAL)
        except Refused as refusal:
            self.problem = str(refusal)


def sign_in_form() -> None:
    """The form, in place of the page; the address stays, so the reader lands on what was asked for. A second one for who has a second
    factor."""
    if "_challenge" in st.session_state:
        _code_form(st.session_state["_challenge"])
        return
    # Imported here: at the import of app.py its cookie component would register before the runtime exists.
    import streamlit_authenticator as stauth

    form = stauth.Authenticate.__new__(stauth.Authenticate)
    check = _Check()
    form.attrs, form.path = {"login_sleep_time": 0}, None
    form.cookie_controller, form.authentication_controller = cast(Any, _NoCookie()), cast(Any, check)
    form.login(fields={"Form name": _("Sign in"), "Username": _("E-mail"), "Password": _("Password"), "Login": _("Sign in")},
               key="sign_in")
    problem = check.problem or st.session_state.pop("_sign_in_problem", None)
    if problem:
        st.error(escape(problem), icon=":material/error:")
    _pass(check.passed)
    _company_door()


def _pass(passed: str | sign_in.Challenge | None) -> None:
    """Go on from the first proof: to the second step, or in."""
    if isinstance(passed, sign_in.Challenge):
        st.session_state["_challenge"] = passed
        st.rerun()
    elif passed:
        _exchange(passed)


def _company_door() -> None:
    """The way in with a company account, where the operator has set one up. It takes a click: coming back from the company's service,
    or having been there today, signs nobody in by itself."""
    if not company.offered():
        return
    claims = company.claims()
    if claims is None or not identity.is_fresh(claims, Settings.now()):
        st.button(_("Sign in with your company account"), icon=":material/domain:", key="company", width="stretch", on_click=st.login)
        return
    with st.container(border=True):
        email = str(claims.get("email") or "")
        if st.button(escape(_("Go on as {email}", email=email)), icon=":material/domain:", key="company_go", width="stretch"):
            passed = identity.sign_in(store(), claims, address(), Settings.now())
            if passed is None:
                st.error(escape(_(identity.REFUSAL)), icon=":material/error:")
            _pass(passed)
        st.button(_("Use another company account"), type="tertiary", key="company_other", on_click=st.logout)


def _code_form(challenge: sign_in.Challenge) -> None:
    """The second step: a code for the challenge, or back to the first."""
    problem, ticket = None, None
    with st.form("second_step"):
        st.subheader(_("Second factor"), anchor=False)
        code = st.text_input(_("Code of your app, or a recovery code"), autocomplete="one-time-code", max_chars=CODE_CHARACTERS)
        with st.container(horizontal=True, gap="xsmall"):
            given = st.form_submit_button(_("Sign in"))
            back = st.form_submit_button(_("Start again"))
    if given:
        try:
            ticket = sign_in.second_step(store(), challenge, code, address(), Settings.now())
            problem = None if ticket else _(sign_in.NO_CODE)
        except Throttled as refusal:
            problem = str(refusal)
        except Refused as refusal:
            st.session_state["_sign_in_problem"] = str(refusal)
            back = True
    if back:
        del st.session_state["_challenge"]
        st.rerun()
    if problem:
        st.error(escape(problem), icon=":material/error:")
    if ticket:
        _exchange(ticket)


def _exchange(ticket: str) -> None:
    """Have the browser swap the ticket for its HttpOnly cookie, and come back to the same address."""
    _script(post="/auth/session", body=ticket)


def sign_out() -> None:
    """End the session in every process and forget what this tab knew."""
    sessions.end(store(), _sid())
    _script(post="/auth/sign-out", then=company.SIGN_OUT if company.claims() else "/")
    st.session_state.clear()
    st.stop()


def _script(**told: str) -> None:
    """Run the site's own script with what it is told: the content security policy lets no script run that stands in a page."""
    attributes = " ".join(f'data-{name}="{quoted(value)}"' for name, value in told.items())
    st.html(f'<script src="/assets/page.js" {attributes}></script>', unsafe_allow_javascript=True)


@st.fragment(run_every=HEARTBEAT_SECONDS)
def heartbeat() -> None:
    """Notice in an idle tab that its session is over; a heartbeat is no activity."""
    if viewer(activity=False) is None:
        st.rerun()


def page_language() -> None:
    """Tell screen readers the language of the page, which Streamlit always calls English."""
    code = language().replace("_", "-")
    if st.session_state.get("_page_language") != code:
        st.session_state["_page_language"] = code
        _script(language=code)
