"""A second factor: an authenticator app's code (TOTP, RFC 6238) beside the password, and recovery codes for who has lost the app.

The secret is kept sealed under a key derived from the installation's cookie key: a store or a backup alone makes no code. With another
cookie key the apps' codes no longer fit; recovery codes still do, and the operator turns the factor off (`reset`).
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime

import pyotp
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, delete, func, insert, or_, select, update

from pao_core.access.entry import passwords, sessions, throttle
from pao_core.access.entry.cookie_key import cookie_key
from pao_core.access.mail import outbox
from pao_core.access.people.names import email_key
from pao_core.access.viewer import Acting, Viewer
from pao_core.locale import N_, Refused
from pao_core.store.engine import Store
from pao_core.store.schema import recovery_codes, second_factors, users

ISSUER = "PAO Desk"
STEP_SECONDS = 30
WINDOW = 1  # steps that an app's clock may be off, either way
NONCE_BYTES = 12
RECOVERY_CODES, RECOVERY_CHARACTERS = 10, 16  # 80 bits each
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's: nothing that is read as something else
MISREAD = str.maketrans("oil", "011")
CODE_CHARACTERS = 64  # more than this is no code
NOT_A_PERSON = N_("The command line has no account of its own. Sign in as a user.")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class State:
    """Whether the second factor is on, and how many recovery codes are left."""

    on: bool
    codes_left: int


@dataclass(frozen=True)
class Enrolment:
    """What an app needs to make codes: the secret to type, and the address that a QR code carries."""

    secret: str
    address: str


def state(viewer: Viewer) -> State:
    """The viewer's own."""
    with viewer.store.reading() as connection:
        left = select(func.count()).select_from(recovery_codes).where(recovery_codes.c.user_id == viewer.user_id, recovery_codes.c.used_at.is_(None))
        return State(viewer.user_id is not None and is_on(connection, viewer.user_id), connection.scalar(left) or 0)


def is_on(connection: Connection, user_id: int) -> bool:
    """Whether the user signs in with a code too."""
    on = select(second_factors.c.user_id).where(second_factors.c.user_id == user_id, second_factors.c.confirmed_at.is_not(None))
    return connection.scalar(on) is not None


def begin(viewer: Viewer) -> Enrolment:
    """A new secret for the viewer's app, in place of one that was never confirmed; nothing is asked for at sign-in until `confirm`.
    Raises Refused when the factor is on already."""
    secret = pyotp.random_base32()
    with viewer.acting("second_factor.on", viewer.email) as act:
        user_id = _own(act, on=False)
        act.connection.execute(delete(second_factors).where(second_factors.c.user_id == user_id))
        act.connection.execute(insert(second_factors).values(user_id=user_id, secret=_seal(viewer.store, user_id, secret)))
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=viewer.email, issuer_name=ISSUER))


def confirm(viewer: Viewer, sid: object, code: object, now: datetime) -> list[str]:
    """Turn the factor on by a code of the app that has the secret; gives the recovery codes, which are never shown again. The viewer's
    other sessions end. Raises Refused for a code that does not fit."""
    with viewer.acting("second_factor.on", viewer.email) as act:
        user_id = _own(act, on=False)
        step = _step(act.connection, viewer.store, user_id, code, now)
        if step is None:
            raise Refused(N_("This code does not fit. Wait for the app's next one, check that the clock of your telephone is right, and try again."))
        on = update(second_factors).where(second_factors.c.user_id == user_id).values(confirmed_at=now, last_step=step)
        act.connection.execute(on)
        codes = _new_codes(act.connection, user_id)
        _tell(act, user_id, now, on=True)
        act.audit()
    sessions.end_others(viewer.store, user_id, sid)
    return codes


def renew_codes(viewer: Viewer, proof: object, address: str | None, now: datetime) -> list[str]:
    """New recovery codes in place of the old ones, for the password or a code; shown once. Raises Refused for neither, and
    throttle.Throttled."""
    _prove(viewer, "second_factor.codes", proof, address, now)
    with viewer.acting("second_factor.codes", viewer.email) as act:
        codes = _new_codes(act.connection, _own(act, on=True))
        act.audit()
    return codes


def turn_off(viewer: Viewer, sid: object, proof: object, address: str | None, now: datetime) -> None:
    """Turn the factor off, for the password or a code; the viewer's other sessions end. Raises Refused for neither, and
    throttle.Throttled."""
    _prove(viewer, "second_factor.off", proof, address, now)
    with viewer.acting("second_factor.off", viewer.email) as act:
        user_id = _own(act, on=True)
        forget(act.connection, user_id)
        _tell(act, user_id, now, on=False)
        act.audit()
    sessions.end_others(viewer.store, user_id, sid)


def reset(operator: Viewer, email: object, now: datetime) -> None:
    """Turn off the factor of a user who has lost app and recovery codes, and end all its sessions. For the operator, who has made sure
    who asks. Raises AccessDenied, and Refused for a user who has none."""
    key = email_key(email) or ""
    with operator.acting("second_factor.reset", key) as act:
        user_id = act.connection.scalar(select(users.c.id).where(users.c.email == key))
        if user_id is None or not is_on(act.connection, user_id):
            raise Refused(N_("There is no user {email} with a second factor."), email=key or str(email))
        forget(act.connection, user_id)
        outbox.put(act.connection, "second_factor_changed", key, now, user_id=user_id, on=False)
        act.audit()
    sessions.end_all(operator.store, user_id)


def forget(connection: Connection, user_id: int) -> None:
    """Delete secret and recovery codes."""
    for table in (recovery_codes, second_factors):
        connection.execute(delete(table).where(table.c.user_id == user_id))


def use(store: Store, user_id: int, email: str, code: object, now: datetime) -> bool:
    """Whether the code lets the user in: of the app, within a step of now and later than the last one used, or a recovery code; used up
    with the answer, so that of two who show the same code one comes in."""
    with store.reading() as connection:
        step = _step(connection, store, user_id, code, now)
    with store.writing(email, user_id) as writing:
        writing.touches_replica = False
        if step is not None:
            later = or_(second_factors.c.last_step.is_(None), second_factors.c.last_step < step)
            mine = update(second_factors).where(second_factors.c.user_id == user_id, second_factors.c.confirmed_at.is_not(None), later)
            return writing.connection.execute(mine.values(last_step=step)).rowcount == 1
        unused = update(recovery_codes).where(
            recovery_codes.c.code_hash == _hash(code), recovery_codes.c.user_id == user_id, recovery_codes.c.used_at.is_(None),
        )
        return writing.connection.execute(unused.values(used_at=now)).rowcount == 1


def _prove(viewer: Viewer, act: str, proof: object, address: str | None, now: datetime) -> None:
    """Count an attempt, and refuse it (and say so in the audit) unless the proof is the password or a good code."""
    if viewer.user_id is None:
        raise Refused(NOT_A_PERSON)
    with viewer.store.desk_writing() as desk:
        attempt = throttle.begin(desk, viewer.email, throttle.place(address), now)
    with viewer.store.reading() as connection:
        kept = connection.scalar(select(users.c.password_hash).where(users.c.id == viewer.user_id))
    if not passwords.matches(proof, kept)[0] and not use(viewer.store, viewer.user_id, viewer.email, proof, now):
        refusal = Refused(N_("This is neither your password nor a code that is good now. Try again."))
        viewer.note_refusal(act, viewer.email, why=refusal.template)
        raise refusal
    with viewer.store.desk_writing() as desk:
        throttle.succeeded(desk, attempt)


def _own(act: Acting, on: bool) -> int:
    """Who acts, whose factor is on or not, as the act needs; locked, so that it stays so."""
    user_id = act.viewer.user_id
    if user_id is None:
        raise Refused(NOT_A_PERSON)
    act.connection.execute(select(users.c.id).where(users.c.id == user_id).with_for_update())
    if is_on(act.connection, user_id) != on:
        raise Refused(N_("The second factor is off.") if on else N_("The second factor is on already. Turn it off first."))
    return user_id


def _tell(act: Acting, user_id: int, now: datetime, on: bool) -> None:
    outbox.put(act.connection, "second_factor_changed", act.viewer.email, now, user_id=user_id, on=on)


def _step(connection: Connection, store: Store, user_id: int, code: object, now: datetime) -> int | None:
    """The time step of which the code is the app's, within the window; None for none, or when the secret cannot be read."""
    sealed = connection.scalar(select(second_factors.c.secret).where(second_factors.c.user_id == user_id))
    secret = None if sealed is None else _unseal(store, user_id, sealed)
    text = "".join(code.split()) if isinstance(code, str) and len(code) <= CODE_CHARACTERS else ""
    if secret is None or len(text) != 6 or not text.isascii() or not text.isdigit():
        return None
    app, here = pyotp.HOTP(secret), int(now.timestamp()) // STEP_SECONDS
    fitting = [step for step in range(here - WINDOW, here + WINDOW + 1) if secrets.compare_digest(app.at(step), text)]
    return max(fitting, default=None)


def _new_codes(connection: Connection, user_id: int) -> list[str]:
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(RECOVERY_CHARACTERS)) for _ in range(RECOVERY_CODES)]
    connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
    connection.execute(insert(recovery_codes), [{"code_hash": _hash(code), "user_id": user_id} for code in codes])
    return ["-".join(code[at:at + 4] for at in range(0, RECOVERY_CHARACTERS, 4)) for code in codes]


def _hash(code: object) -> str:
    """A recovery code as it is kept, however it was typed."""
    text = code.casefold().translate(MISREAD) if isinstance(code, str) and len(code) <= CODE_CHARACTERS else ""
    return hashlib.sha256("".join(mark for mark in text if mark in ALPHABET).encode()).hexdigest()


def _seal(store: Store, user_id: int, secret: str) -> str:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return b64encode(nonce + _cipher(store).encrypt(nonce, secret.encode(), str(user_id).encode())).decode()


def _unseal(store: Store, user_id: int, sealed: str) -> str | None:
    try:
        kept = b64decode(sealed)
        return _cipher(store).decrypt(kept[:NONCE_BYTES], kept[NONCE_BYTES:], str(user_id).encode()).decode()
    except (InvalidTag, ValueError):
        log.warning("the second factor of user %s was sealed with another key", user_id)
        return None


def _cipher(store: Store) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, None, b"second factor").derive(cookie_key(store.settings)))
