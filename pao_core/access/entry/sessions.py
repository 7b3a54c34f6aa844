"""Sessions: the server-side row is the authority, the cookie only names it; both are read again at every rerun.

Signing in gives a ticket, which the browser exchanges once for its HttpOnly cookie. The desk keeps only hashes of both.
What the browser holds (`sid`) is the session's token signed with the cookie key: a forged one never reaches the database.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import Signer
from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from pao_core.access.entry.cookie_key import cookie_key
from pao_core.access.entry.passwords import fingerprint
from pao_core.access.turn import take_turn
from pao_core.access.viewer import Viewer
from pao_core.config import Settings
from pao_core.store.engine import Store
from pao_core.store.schema import challenges, session_tickets, sessions, users

COOKIE = "pao_sid"
TICKET_LIFE = timedelta(seconds=60)
IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
PER_USER = 5
TOUCH_EVERY = timedelta(minutes=1)
TOKEN_BYTES = 32
HANDLE_BYTES = 9  # what a session is called on screen: it opens nothing
AGENT_CHARACTERS, ADDRESS_CHARACTERS = 300, 64
SID_CHARACTERS = 128  # a token and its signature have 87

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Session:
    """A live session as its user sees it. `handle` names it and opens nothing; `agent` is what the browser calls itself."""

    handle: str
    address: str | None
    agent: str | None
    since: datetime
    used: datetime
    this: bool


def cookie_name(settings: Settings) -> str:
    """The cookie's name. Where people come by https browsers hold it to a promise: set by this very host, over https, for no other."""
    return f"__Host-{COOKIE}" if settings.is_https else COOKIE


def open_ticket(connection: Connection, user_id: int, credentials: str, now: datetime) -> str:
    """A single-use ticket for a new session of the user, good for 60 seconds; `credentials` as in `passwords.fingerprint`."""
    ticket = secrets.token_urlsafe(TOKEN_BYTES)
    connection.execute(delete(session_tickets).where(session_tickets.c.expires_at <= now))
    connection.execute(insert(session_tickets).values(
        ticket_hash=_hash(ticket), user_id=user_id, credentials=credentials, expires_at=now + TICKET_LIFE,
    ))
    return ticket


def exchange(store: Store, ticket: object, now: datetime, address: str | None = None, agent: str | None = None) -> str | None:
    """The sid of the session that the ticket opens; None for a ticket that is used, late or not one. `address` and `agent` are where
    the browser is and what it calls itself."""
    if not isinstance(ticket, str) or len(ticket) > SID_CHARACTERS or not ticket.isascii():
        log.warning("refused a session ticket: not one")
        return None
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with store.desk_writing() as connection:
        row = connection.execute(
            delete(session_tickets).where(session_tickets.c.ticket_hash == _hash(ticket)).returning(session_tickets)
        ).one_or_none()
        if row is not None and row.expires_at > now:
            _open(connection, row, token, now, address, agent)
            return _signed(store, token)
    log.warning("refused a session ticket: used, late or unknown")
    return None


def _open(connection: Connection, ticket: Row[tuple[object, ...]], token: str, now: datetime, address: str | None, agent: str | None) -> None:
    """Insert the session and end the user's oldest ones above the limit; a good moment to sweep out what has ended."""
    take_turn(connection, f"sessions of {ticket.user_id}")
    connection.execute(delete(sessions).where(or_(sessions.c.expires_at <= now, sessions.c.used_at <= now - IDLE)))
    mine = select(sessions.c.token_hash).where(sessions.c.user_id == ticket.user_id).order_by(sessions.c.created_at.desc())
    oldest = connection.scalars(mine.offset(PER_USER - 1)).all()
    connection.execute(delete(sessions).where(sessions.c.token_hash.in_(oldest)))
    connection.execute(insert(sessions).values(
        token_hash=_hash(token), user_id=ticket.user_id, credentials=ticket.credentials,
        created_at=now, used_at=now, expires_at=now + ABSOLUTE, handle=secrets.token_urlsafe(HANDLE_BYTES),
        address=_shown(address, ADDRESS_CHARACTERS), agent=_shown(agent, AGENT_CHARACTERS),
    ))


def viewer(store: Store, sid: object, now: datetime, *, activity: bool = True) -> Viewer | None:
    """Who looks, by the rows as they are now: None when there is no live session or its user may no longer come in.

    `activity=False` (a heartbeat) does not keep an idle session alive.
    """
    token = _token(store, sid)
    if token is None:
        return None
    with store.desk_reading() as connection:
        session = connection.execute(select(sessions).where(sessions.c.token_hash == _hash(token))).one_or_none()
    if session is None or session.expires_at <= now or session.used_at <= now - IDLE:
        log.info("refused a session: ended, idle or expired")
        return None
    found = _user(store, session)
    if found is not None and activity and now - session.used_at >= TOUCH_EVERY:
        with store.desk_writing() as connection:
            connection.execute(update(sessions).where(sessions.c.token_hash == session.token_hash).values(used_at=now))
    return found


def _user(store: Store, session: Row[tuple[object, ...]]) -> Viewer | None:
    """The session's user as it is now; without one, the session (all, when the user may not come in) is over for good."""
    with store.reading() as connection:
        row = connection.execute(select(users.c.password_hash, users.c.status).where(users.c.id == session.user_id)).one_or_none()
        found = Viewer.of_user(store, session.user_id, connection, session.at_site)
    if found is None or row is None or row.status != "active":
        log.warning("ended the sessions of user %s: suspended, removed or gone", session.user_id)
        end_all(store, session.user_id)
        return None
    if not secrets.compare_digest(fingerprint(row.password_hash), session.credentials):
        log.warning("ended a session of user %s: opened with another password", session.user_id)
        _end(store, session.token_hash)
        return None
    return found


def signed_here(store: Store, sid: object) -> bool:
    """Whether this installation made the sid, be its session alive or over: asks no database and is no event."""
    if not isinstance(sid, str) or len(sid) > SID_CHARACTERS or not sid.isascii():
        return False
    # Signed again and compared: unsigning would also take other spellings of the same base64.
    return secrets.compare_digest(_signed(store, sid.rpartition(".")[0]), sid)


def end(store: Store, sid: object) -> None:
    """Sign out: the session is over at once, in every process."""
    token = _token(store, sid)
    if token is not None:
        _end(store, _hash(token))


def end_all(store: Store, user_id: int) -> None:
    """End every session of the user, and what could still become one: tickets, and sign-ins that wait for a code."""
    with store.desk_writing() as connection:
        _end_where(connection, user_id, keeping=None)


def end_others(store: Store, user_id: int, sid: object, credentials: str | None = None) -> int:
    """End every session of the user but the one of `sid`, which goes on, with other `credentials` when given (see `open_ticket`);
    gives how many ended."""
    token = _token(store, sid)
    current = None if token is None else _hash(token)
    with store.desk_writing() as connection:
        if credentials is not None:
            this = sessions.c.token_hash == current, sessions.c.user_id == user_id
            connection.execute(update(sessions).where(*this).values(credentials=credentials))
        return _end_where(connection, user_id, keeping=current)


def end_one(store: Store, user_id: int, handle: object) -> bool:
    """End the user's session of this handle; whether there was one."""
    with store.desk_writing() as connection:
        ended = delete(sessions).where(sessions.c.user_id == user_id, sessions.c.handle == str(handle)).returning(sessions.c.handle)
        return connection.execute(ended).one_or_none() is not None


def mine(store: Store, user_id: int, sid: object, now: datetime) -> list[Session]:
    """The live sessions of the user, the one of `sid` first, then the last used."""
    token = _token(store, sid)
    current = None if token is None else _hash(token)
    live = sessions.c.user_id == user_id, sessions.c.expires_at > now, sessions.c.used_at > now - IDLE
    with store.desk_reading() as connection:
        rows = connection.execute(select(sessions).where(*live).order_by(sessions.c.used_at.desc())).all()
    found = [Session(row.handle, row.address, row.agent, row.created_at, row.used_at, row.token_hash == current) for row in rows]
    return sorted(found, key=lambda session: not session.this)


def choose_site(store: Store, sid: object, site: str | None) -> None:
    """Look at this site alone in this session from now on; at all of the user's with None. A site of somebody else narrows nothing."""
    token = _token(store, sid)
    if token is not None:
        with store.desk_writing() as connection:
            connection.execute(update(sessions).where(sessions.c.token_hash == _hash(token)).values(at_site=site))


def _end_where(connection: Connection, user_id: int, keeping: str | None) -> int:
    for waiting in (session_tickets, challenges):
        connection.execute(delete(waiting).where(waiting.c.user_id == user_id))
    others = delete(sessions).where(sessions.c.user_id == user_id, sessions.c.token_hash != (keeping or ""))
    return len(connection.execute(others.returning(sessions.c.handle)).all())


def _end(store: Store, token_hash: str) -> None:
    with store.desk_writing() as connection:
        connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash))


def _token(store: Store, sid: object) -> str | None:
    """The token that a sid names, if this installation signed it; an absent one (None, empty) is no event."""
    if sid is None or sid == "":
        return None
    if signed_here(store, sid):
        return str(sid).rpartition(".")[0]
    log.warning("refused a session cookie: not signed here")
    return None


def _signed(store: Store, token: str) -> str:
    return Signer(cookie_key(store.settings), salt=COOKIE, digest_method=hashlib.sha256).sign(token).decode()


def _shown(text: object, most: int) -> str | None:
    """What a browser says of itself, as it may be kept: one line of visible characters, not too long."""
    if not isinstance(text, str):
        return None
    return "".join(mark for mark in text if mark.isprintable())[:most] or None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
