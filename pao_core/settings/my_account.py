"""Settings > My account: what is a user's own: name, language, letters, sessions, the site on display, and what it may do where."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from pao_core.access import Viewer
from pao_core.access.entry import calendar_tokens, sessions
from pao_core.access.mail.occasions import SWITCH, wants
from pao_core.access.people.names import checked_name
from pao_core.access.rights import TOOLS
from pao_core.locale import LANGUAGES, N_, Refused
from pao_core.store.schema import resellers, users

TITLE = N_("My account")
NO_SESSION = N_("This session is over already.")
# What a browser calls itself, most telling first: others claim to be Chrome or Safari too.
BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"),
            ("HeadlessChrome", "Chromium"), ("Chromium", "Chromium"), ("Chrome", "Chrome"), ("CriOS", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
           ("Linux", "Linux"))


@dataclass(frozen=True)
class Place:
    """A site of the viewer's: role (a key of `rights.ROLES`), and the level of each tool (keys of `rights.TOOL_TEXTS`, `LEVEL_TEXTS`)."""

    site: str
    name: str
    role: str
    levels: dict[str, str]


@dataclass(frozen=True)
class SignedIn:
    """A session in words; `browser` and `system` are None when the browser does not say."""

    handle: str
    browser: str | None
    system: str | None
    address: str | None
    since: datetime
    used: datetime
    this: bool


def rename(viewer: Viewer, name: str) -> None:
    """Be called by another name. Raises Refused for an empty, too long or misleading one."""
    _change(viewer, name=checked_name(name))


def speak(viewer: Viewer, language: str) -> None:
    """Read the product and its letters in another language, from the next page drawn on."""
    if language not in LANGUAGES:
        raise Refused(N_("Choose one of the languages offered."))
    _change(viewer, language=language)


def hears_of_requests(viewer: Viewer) -> bool:
    """Whether the viewer gets a letter for each request that it may decide."""
    with viewer.store.reading() as connection:
        return wants(connection.scalar(select(users.c.notifications).where(users.c.id == viewer.user_id)))


def hear_of_requests(viewer: Viewer, wanted: bool) -> None:
    """Get these letters, or not; a request waits in the queue either way."""
    _change(viewer, notifications={SWITCH: bool(wanted)})


def places(viewer: Viewer) -> list[Place]:
    """Every site that the viewer has a place at, chosen or not, and what it may do there."""
    with viewer.store.reading() as connection:
        everywhere = None if viewer.user_id is None else Viewer.of_user(viewer.store, viewer.user_id, connection)
        here = () if everywhere is None else everywhere.memberships
        of = resellers.c.site_number.in_([place.reseller_site_number for place in here])
        names: dict[str, str] = {row.site_number: row.name for row in connection.execute(select(resellers.c.site_number, resellers.c.name).where(of))}
    return [Place(place.reseller_site_number, names[place.reseller_site_number], place.role,
                  {tool: _level(place.rights, tool) for tool in TOOLS}) for place in here]


def choose_site(viewer: Viewer, sid: object, site: str | None) -> None:
    """Look at one of the viewer's sites alone, in this session; at all of them with None. Raises Refused for a site of others."""
    if site is not None and site not in viewer.belongs_to:
        raise Refused(N_("There is no such site among yours."))
    sessions.choose_site(viewer.store, sid, site)


def has_password(viewer: Viewer) -> bool:
    """Whether the viewer signs in by a password here (and not only with a company account)."""
    with viewer.store.reading() as connection:
        return connection.scalar(select(users.c.password_hash).where(users.c.id == viewer.user_id)) is not None


def signed_in(viewer: Viewer, sid: object, now: datetime) -> list[SignedIn]:
    """Where the viewer is signed in: this session first, then the last used."""
    if viewer.user_id is None:
        return []
    return [SignedIn(one.handle, *_words(one.agent), one.address, one.since, one.used, one.this)
            for one in sessions.mine(viewer.store, viewer.user_id, sid, now)]


def end_session(viewer: Viewer, handle: str) -> None:
    """End one session of the viewer's. Raises Refused when it is over already, or somebody else's."""
    with viewer.acting("session.ended", viewer.email) as act:
        if viewer.user_id is None or not sessions.end_one(viewer.store, viewer.user_id, handle):
            raise Refused(NO_SESSION)
        act.audit(sessions=1)


def end_others(viewer: Viewer, sid: object) -> int:
    """End every other session of the viewer's; gives how many there were."""
    with viewer.acting("session.ended", viewer.email) as act:
        count = 0 if viewer.user_id is None else sessions.end_others(viewer.store, viewer.user_id, sid)
        act.audit(sessions=count)
    return count


def calendars(viewer: Viewer) -> int:
    """How many addresses of calendars the viewer has made that still hold."""
    with viewer.store.reading() as connection:
        return calendar_tokens.count(connection, viewer.user_id)


def end_calendars(viewer: Viewer) -> int:
    """End the address of every calendar of the viewer's; gives how many there were."""
    with viewer.acting("calendar.revoked", viewer.email) as act:
        count = 0 if viewer.user_id is None else calendar_tokens.end_all(act.connection, viewer.user_id)
        act.audit(calendars=count)
    return count


def _change(viewer: Viewer, **new: Any) -> None:
    """Write what differs from what is kept, and say so in the audit."""
    with viewer.acting("account.changed", viewer.email) as act:
        kept = act.connection.execute(select(*(users.c[name] for name in new)).where(users.c.id == viewer.user_id)).one_or_none()
        before = {} if kept is None else {name: value for name, value in kept._mapping.items() if value != new[name]}
        if before:
            act.connection.execute(update(users).where(users.c.id == viewer.user_id).values(new))
            act.audit(before=before, after={name: new[name] for name in before})


def _level(rights: frozenset[str], tool: str) -> str:
    """The strongest level of the tool among the rights; `none` for none."""
    return next((level for level in reversed(TOOLS[tool]) if f"{tool}.{level}" in rights), "none")


def _words(agent: str | None) -> tuple[str | None, str | None]:
    """Browser and system by what a browser calls itself."""
    said = agent or ""
    browser = next((name for mark, name in BROWSERS if re.search(rf"\b{re.escape(mark)}", said)), None)
    return browser, next((name for mark, name in SYSTEMS if mark in said), None)
