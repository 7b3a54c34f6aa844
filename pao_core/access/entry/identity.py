"""A company's own sign-in service (OIDC) vouches for an e-mail; whom it belongs to here, and whether that person may come in, is decided
here: by the same users, rights and sessions as with a password. Nobody becomes a user by it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import Row, select, update

from pao_core.access.entry import links, throttle
from pao_core.access.entry.sign_in import Challenge, let_in, may_come_in
from pao_core.access.people.names import email_key
from pao_core.locale import N_
from pao_core.store.engine import Store
from pao_core.store.schema import users

# What a page says when `sign_in` gives None, whatever the reason.
REFUSAL = N_("Your company account does not match an active account here. Ask the primary contact of your site for access.")
# How long the service's word counts. It is kept in the browser for weeks: without a limit it would outlive the account at the company.
FRESH = timedelta(minutes=5)
SKEW = timedelta(minutes=1)  # that the service's clock may be ahead of ours

log = logging.getLogger(__name__)


def is_fresh(claims: Mapping[str, object], now: datetime) -> bool:
    """Whether the service said so within FRESH; by `iat`, which the signature of its token covers."""
    at = claims.get("iat")
    if isinstance(at, bool) or not isinstance(at, int | float) or not 0 <= at < 2**40:
        return False
    return -SKEW <= now - datetime.fromtimestamp(at, UTC) < FRESH


def sign_in(store: Store, claims: Mapping[str, object], address: str | None, now: datetime) -> str | Challenge | None:
    """A ticket, or a challenge for who has a second factor here, as of `sign_in.sign_in`; None when refused (say `REFUSAL`).

    `claims` are those of an ID token whose signature, issuer and audience were checked. The e-mail must be one that the service has
    verified, and said so within FRESH. A user who was invited is active from then on, without a password.
    """
    email = email_key(claims.get("email")) if claims.get("email_verified") is True and is_fresh(claims, now) else None
    with store.reading() as connection:
        user = None if email is None else connection.execute(select(users).where(users.c.email == email)).one_or_none()
    if user is None or not may_come_in(store, user, invited=True) or not _activate(store, user, now):
        log.warning("refused a company account from %s", throttle.place(address) or "an unknown address")
        return None
    with store.desk_writing() as desk:
        attempt = throttle.note(desk, user.email, throttle.place(address), now)
    return let_in(store, user.id, user.password_hash, attempt, now)


def _activate(store: Store, user: Row[tuple[object, ...]], now: datetime) -> bool:
    """Make an invited user active; whether it is active now."""
    if user.status == "active":
        return True
    with store.writing(user.email, user.id) as writing:
        writing.touches_replica = False
        invited = users.c.id == user.id, users.c.status == "invited"
        if writing.connection.execute(update(users).where(*invited).values(status="active")).rowcount == 0:
            return False
        links.end_all(writing.connection, user.id, now)
        writing.audit("account.activated", user.email, before={"status": "invited"}, after={"status": "active"})
    return True
