"""Who is looking: the cookie's session, read again at every rerun; sign-in, sign-out, language, heartbeat."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any, Literal, cast

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.pages_manager import PagesManager

from pages.parts import states
from pages.parts.text import escape
from pao_core.access import AccessDenied, Viewer, sessions, sign_in
from pao_core.access.rights import SIGNED_IN
from pao_core.config import Settings
from pao_core.filters import Filters
from pao_core.locale import Refused, _, choose, language, set_language
from pao_core.store.engine import Store

HEARTBEAT_SECONDS = 15
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
    """Who looks now; None for a stranger."""
    return sessions.viewer(store(), _sid(), Settings.now(), activity=activity)


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
        states.refused(AccessDenied(rights[0]))
        st.stop()
    return replace(scene(), viewer=found)


def enter_open() -> Store:
    """The first line of a page that needs no sign-in."""
    _framed()
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
        self.ticket: str | None = None
        self.problem: str | None = None

    def login(self, username: str, password: str, *_args: Any, **_options: Any) -> None:
        try:
            address = st.context.ip_address
            self.ticket = sign_in.sign_in(store(), username, password, address, Settings.now())
            self.problem = None if self.ticket else _(sign_in.REFUSAL)
        except Refused as refusal:
            self.problem = str(refusal)


def sign_in_form() -> None:
    """The form, in place of the page; the address stays, so the reader lands on what was asked for."""
    # Imported here: at the import of app.py its cookie component would register before the runtime exists.
    import streamlit_authenticator as stauth

    form = stauth.Authenticate.__new__(stauth.Authenticate)
    check = _Check()
    form.attrs, form.path = {"login_sleep_time": 0}, None
    form.cookie_controller, form.authentication_controller = cast(Any, _NoCookie()), cast(Any, check)
    form.login(fields={"Form name": _("Sign in"), "Username": _("E-mail"), "Password": _("Password"), "Login": _("Sign in")},
               key="sign_in")
    if check.problem:
        st.error(escape(check.problem), icon=":material/error:")
    if check.ticket:
        _exchange(check.ticket)


def _exchange(ticket: str) -> None:
    """Have the browser swap the ticket for its HttpOnly cookie, and come back to the same address."""
    _post("/auth/session", ticket, "location.reload()")


def sign_out() -> None:
    """End the session in every process and forget what this tab knew."""
    sessions.end(store(), _sid())
    _post("/auth/sign-out", "", "location.assign('/')")
    st.session_state.clear()
    st.stop()


def _post(path: str, body: str, then: str) -> None:
    # Both texts are the product's own: a ticket is url-safe base64.
    assert body.replace("-", "").replace("_", "").isalnum() or not body
    st.html(f"<script>fetch('{path}',{{method:'POST',body:'{body}',credentials:'same-origin'}}).finally(()=>{then})</script>",
            unsafe_allow_javascript=True)


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
        st.html(f"<script>document.documentElement.lang='{code}'</script>", unsafe_allow_javascript=True)
