"""One-time links: whoever has one sets the password of its user, first (activation) or anew (reset). Kept as hashes."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, Row, insert, select, update

from pao_core.access import passwords, sessions
from pao_core.config import Settings
from pao_core.locale import N_, Refused
from pao_core.store.engine import Store, Writing
from pao_core.store.schema import one_time_links, users

ACTIVATION, RESET = "activation", "reset"
LIFE = {ACTIVATION: timedelta(days=7), RESET: timedelta(hours=1)}
# Who may still use a link of the purpose: whoever is not suspended may set a first password, only who has one sets it anew.
OPEN_TO = {ACTIVATION: ("invited", "active"), RESET: ("active",)}
TOKEN_BYTES, TOKEN_CHARACTERS = 32, 64

State = Literal["valid", "used", "late", "unknown"]
REFUSALS: dict[str, str] = {
    "used": N_("This link has been used already. Sign in with the password that was set, or ask for a new link."),
    "late": N_("This link is no longer valid. Ask for a new one."),
    "unknown": N_("This link is not complete or not valid. Open it again from where you received it, or ask for a new one."),
}


def issue(connection: Connection, user_id: int, purpose: str, now: datetime) -> str:
    """The token of a new link for the user, good for the purpose's LIFE; older links of the user end."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    end_all(connection, user_id, now)
    connection.execute(insert(one_time_links).values(
        token_hash=_hash(token), user_id=user_id, purpose=purpose, expires_at=now + LIFE[purpose],
    ))
    return token


def end_all(connection: Connection, user_id: int, now: datetime) -> None:
    """No open link of the user is good any longer."""
    still_good = one_time_links.c.user_id == user_id, one_time_links.c.used_at.is_(None), one_time_links.c.expires_at > now
    connection.execute(update(one_time_links).where(*still_good).values(expires_at=now))


def address(settings: Settings, token: str, purpose: str) -> str:
    """The link as it is handed over: it opens the page of its purpose, Activation or Reset."""
    return f"{settings.base_url}/{purpose}?token={token}"


def state(store: Store, token: object, purpose: str, now: datetime) -> State:
    """Whether the link is good for the purpose now."""
    with store.reading() as connection:
        return _state(_find(connection, token), purpose, now)


def redeem(store: Store, token: object, purpose: str, password: object, now: datetime) -> None:
    """Set the password and activate the user; every session and every other link of the user ends.

    Raises Refused for a link that is used, late or unknown, and for a password that may not be one (the link stays good).
    """
    with store.reading() as connection:
        link = _find(connection, token)
    found = _state(link, purpose, now)
    if link is None or found != "valid":
        raise Refused(REFUSALS[found])
    kept = passwords.hashed(passwords.check_new(password, link.email, link.name))
    with store.writing(link.email, link.user_id) as writing:
        writing.touches_replica = False
        _claim(writing, link.token_hash, purpose, now)
        still = users.c.id == link.user_id, users.c.status.in_(OPEN_TO[purpose])
        if writing.connection.execute(update(users).where(*still).values(password_hash=kept, status="active")).rowcount == 0:
            raise Refused(REFUSALS["late"])
        end_all(writing.connection, link.user_id, now)
        writing.audit("password.set", link.email, by_link=purpose, activated=link.status == "invited")
    sessions.end_all(store, link.user_id)


def _claim(writing: Writing, token_hash: str, purpose: str, now: datetime) -> None:
    """Use the link up: of many at once exactly one gets past here."""
    good = one_time_links.c.token_hash == token_hash, one_time_links.c.used_at.is_(None), one_time_links.c.expires_at > now
    claimed = update(one_time_links).where(*good).values(used_at=now).returning(one_time_links.c.user_id)
    if writing.connection.execute(claimed).one_or_none() is None:
        found = _state(_find_hash(writing.connection, token_hash), purpose, now)
        raise Refused(REFUSALS["late" if found == "valid" else found])


def _state(link: Row[tuple[object, ...]] | None, purpose: str, now: datetime) -> State:
    if link is None or link.purpose != purpose:
        return "unknown"
    if link.used_at is not None:
        return "used"
    return "valid" if link.expires_at > now and link.status in OPEN_TO[purpose] else "late"


def _find(connection: Connection, token: object) -> Row[tuple[object, ...]] | None:
    if not isinstance(token, str) or not token.isascii() or len(token) > TOKEN_CHARACTERS:
        return None
    return _find_hash(connection, _hash(token))


def _find_hash(connection: Connection, token_hash: str) -> Row[tuple[object, ...]] | None:
    found = select(one_time_links, users.c.email, users.c.name, users.c.status).join(users, users.c.id == one_time_links.c.user_id)
    return connection.execute(found.where(one_time_links.c.token_hash == token_hash)).one_or_none()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
