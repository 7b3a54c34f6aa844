"""Signing in by e-mail and password. The answer tells nobody whether an account exists: neither by text nor by time."""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy import select, update

from pao_core.access import passwords, sessions, throttle
from pao_core.access.people import email_key
from pao_core.locale import N_
from pao_core.store.engine import Store, StoreUnreachable
from pao_core.store.schema import users

# What a page says when `sign_in` gives None, whatever the reason.
REFUSAL = N_("This e-mail and password do not match an active account. Check both and try again.")

log = logging.getLogger(__name__)


def sign_in(store: Store, email: object, password: object, address: str | None, now: datetime) -> str | None:
    """A ticket to exchange for the session's cookie within 60 seconds; None when refused (say `REFUSAL`).

    `address` is where the browser is. Raises throttle.Throttled after too many failures, before looking at anything.
    """
    key = email_key(email) or ""
    with store.desk_writing() as desk:
        attempt = throttle.begin(desk, key, throttle.place(address), now)
    with store.reading() as connection:
        user = connection.execute(select(users).where(users.c.email == key)).one_or_none()
    right, better = passwords.matches(password, user.password_hash if user else None)
    if user is None or not right or user.status != "active":
        log.warning("refused a sign-in from %s", throttle.place(address) or "an unknown address")
        return None
    kept = _rehash(store, user.id, user.email, user.password_hash, better) if better else user.password_hash
    with store.desk_writing() as desk:
        throttle.succeeded(desk, attempt)
        return sessions.open_ticket(desk, user.id, passwords.fingerprint(kept), now)


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
