"""One-time links: whoever has one sets the password of its user, first (activation) or anew (reset). Kept as hashes."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, Row, insert, select, update

from pao_core.config import Settings
from pao_core.locale import N_, Refused
from pao_core.store.engine import Store
from pao_core.store.schema import one_time_links, users

ACTIVATION, RESET = "activation", "reset"
LIFE = {ACTIVATION: timedelta(days=7), RESET: timedelta(hours=1)}
# Who may still use a link of the purpose: whoever is not suspended may set a first password, only who has one sets it anew.
OPEN_TO = {ACTIVATION: ("invited", "active"), RESET: ("active",)}
TOKEN_BYTES, TOKEN_CHARACTERS = 32, 64

Link = Row[tuple[object, ...]]
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


def opened(store: Store, token: object, purpose: str, now: datetime) -> Link:
    """Whose link it is (token_hash, user_id, email, name, status). Raises Refused for a link that is used, late or unknown."""
    with store.reading() as connection:
        link = _find(connection, token)
    found = _state(link, purpose, now)
    if link is None or found != "valid":
        raise Refused(REFUSALS[found])
    return link


def claim(connection: Connection, token: object, purpose: str, now: datetime) -> Link:
    """Use the link up: of many at once exactly one gets past here. Raises Refused for a link that is used, late or unknown."""
    link = _find(connection, token)
    found = _state(link, purpose, now)
    if link is not None and found == "valid":
        good = one_time_links.c.token_hash == link.token_hash, one_time_links.c.used_at.is_(None), one_time_links.c.expires_at > now
        claimed = update(one_time_links).where(*good).values(used_at=now).returning(one_time_links.c.user_id)
        if connection.execute(claimed).one_or_none() is not None:
            return link
        found = _state(_find_hash(connection, link.token_hash), purpose, now)
    raise Refused(REFUSALS["late" if found == "valid" else found])


def _state(link: Link | None, purpose: str, now: datetime) -> State:
    if link is None or link.purpose != purpose:
        return "unknown"
    if link.used_at is not None:
        return "used"
    return "valid" if link.expires_at > now and link.status in OPEN_TO[purpose] else "late"


def _find(connection: Connection, token: object) -> Link | None:
    if not isinstance(token, str) or not token.isascii() or len(token) > TOKEN_CHARACTERS:
        return None
    return _find_hash(connection, _hash(token))


def _find_hash(connection: Connection, token_hash: str) -> Link | None:
    found = select(one_time_links, users.c.email, users.c.name, users.c.status).join(users, users.c.id == one_time_links.c.user_id)
    return connection.execute(found.where(one_time_links.c.token_hash == token_hash)).one_or_none()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
