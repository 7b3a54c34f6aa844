"""Signing in by e-mail and password, and by a code for who has a second factor. The answer to a stranger tells nobody whether an account
exists: neither by text nor by time."""

from __future__ import annotations

import hashlib
import logging
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, delete, insert, select, update

from pao_core.access.entry import passwords, second_factor, sessions, throttle
from pao_core.access.people.names import email_key
from pao_core.access.viewer import Viewer
from pao_core.locale import N_, Refused
from pao_core.store.engine import Store, StoreUnreachable
from pao_core.store.schema import challenges, users

# What a page says when `sign_in` gives None, whatever the reason.
REFUSAL = N_("This e-mail and password do not match an active account. Check both and try again.")
# The same, of `second_step`.
NO_CODE = N_("This code is not good now. Type the app's newest code, or a recovery code that was not used yet.")
LATE = N_("This sign-in took too long. Start again with e-mail and password.")
CHALLENGE_LIFE = timedelta(minutes=5)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Challenge:
    """The password was right; a code is needed too, within 5 minutes, by `second_step`."""

    token: str = field(repr=False)


def sign_in(store: Store, email: object, password: object, address: str | None, now: datetime) -> str | Challenge | None:
    """A ticket to exchange for the session's cookie within 60 seconds; a Challenge for who has a second factor; None when refused
    (say `REFUSAL`).

    `address` is where the browser is. Raises throttle.Throttled after too many failures, before looking at anything.
    """
    key = email_key(email) or ""
    with store.desk_writing() as desk:
        attempt = throttle.begin(desk, key, throttle.place(address), now)
    with store.reading() as connection:
        user = connection.execute(select(users).where(users.c.email == key)).one_or_none()
    right, better = passwords.matches(password, user.password_hash if user else None)
    if user is None or not right or not may_come_in(store, user):
        log.warning("refused a sign-in from %s", throttle.place(address) or "an unknown address")
        return None
    kept = _rehash(store, user.id, user.email, user.password_hash, better) if better else user.password_hash
    return let_in(store, user.id, kept, attempt, now)


def let_in(store: Store, user_id: int, kept: str | None, attempt: int, now: datetime) -> str | Challenge:
    """What who has given the first proof gets: a ticket, or a challenge when there is a second factor. `kept` is the hash of the
    password, `attempt` the number of the attempt (see `throttle`)."""
    with store.reading() as connection:
        needs_code = second_factor.is_on(connection, user_id)
    with store.desk_writing() as desk:
        if needs_code:
            throttle.half_done(desk, attempt)
            return _challenge(desk, user_id, passwords.fingerprint(kept), now)
        throttle.succeeded(desk, attempt)
        return sessions.open_ticket(desk, user_id, passwords.fingerprint(kept), now)


def second_step(store: Store, challenge: Challenge, code: object, address: str | None, now: datetime) -> str | None:
    """A ticket, as of `sign_in`, for the challenge and a code of the app or a recovery code; None for another code (say `NO_CODE`).

    Codes are counted with passwords: raises throttle.Throttled after too many failures. Raises Refused for a challenge that is used,
    late, or older than another password.
    """
    key = _hash(challenge.token)
    with store.desk_reading() as desk:
        found = desk.execute(select(challenges).where(challenges.c.challenge_hash == key)).one_or_none()
    user = None if found is None or found.expires_at <= now else _challenged(store, found)
    if user is None:
        raise Refused(LATE)
    with store.desk_writing() as desk:
        attempt = throttle.begin(desk, user.email, throttle.place(address), now)
    if not second_factor.use(store, user.id, user.email, code, now):
        log.warning("refused a code of user %s from %s", user.id, throttle.place(address) or "an unknown address")
        return None
    with store.desk_writing() as desk:
        claimed = delete(challenges).where(challenges.c.challenge_hash == key).returning(challenges.c.credentials)
        credentials = desk.scalar(claimed)
        if credentials is None:
            raise Refused(LATE)
        throttle.succeeded(desk, attempt)
        return sessions.open_ticket(desk, user.id, credentials, now)


def may_come_in(store: Store, user: Row[tuple[object, ...]], *, invited: bool = False) -> bool:
    """Whether the account is active (or `invited`, where that is enough) and some place at a site is open to it (or it is the operator's)."""
    if user.status != "active" and not (invited and user.status == "invited"):
        return False
    with store.reading() as connection:
        return Viewer.of_user(store, user.id, connection) is not None


def _challenge(connection: Connection, user_id: int, credentials: str, now: datetime) -> Challenge:
    token = secrets.token_urlsafe(sessions.TOKEN_BYTES)
    connection.execute(delete(challenges).where(challenges.c.expires_at <= now))
    connection.execute(insert(challenges).values(
        challenge_hash=_hash(token), user_id=user_id, credentials=credentials, expires_at=now + CHALLENGE_LIFE,
    ))
    return Challenge(token)


def _challenged(store: Store, challenge: Row[tuple[object, ...]]) -> Row[tuple[object, ...]] | None:
    """The user that the challenge is for, if its password is still the one that was given and it may still come in."""
    with store.reading() as connection:
        user = connection.execute(select(users).where(users.c.id == challenge.user_id)).one_or_none()
    same = user is not None and secrets.compare_digest(passwords.fingerprint(user.password_hash), challenge.credentials)
    return user if user is not None and same and may_come_in(store, user) else None


def _rehash(store: Store, user_id: int, email: str, old: str, better: str) -> str:
    """Keep the password under today's parameters, unless an import holds the store: then a later sign-in does it."""
    mine = users.c.id == user_id, users.c.password_hash == old
    try:
        with store.writing(email, user_id, patience=0) as writing:
            writing.touches_replica = False
            changed = writing.connection.execute(update(users).where(*mine).values(password_hash=better)).rowcount
            if changed:
                writing.audit("password.rehashed", email)
    except StoreUnreachable:
        return old
    return better if changed else old


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
