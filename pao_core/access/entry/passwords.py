"""Passwords: what may be one, how it is kept (argon2id) and how it is checked, in the same time for known and unknown users."""

from __future__ import annotations

import hashlib
import secrets
from base64 import b64encode
from threading import BoundedSemaphore, Lock

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher
from zxcvbn import zxcvbn

from pao_core.locale import N_, Refused

MIN_CHARACTERS, MAX_CHARACTERS = 12, 128
# Fewer guesses than this fall even to a throttled attack (zxcvbn's scores 0 and 1): common passwords, their simple
# variants, repetitions and rows of keys. No rule asks for kinds of characters (OWASP ASVS 5.0, 6.2.4 and 6.2.5).
MIN_GUESSES = 10**6
ZXCVBN_CHARACTERS = 72

MEMORY_KIB, PASSES, LANES = 64 * 1024, 3, 4

_argon2 = PasswordHash([Argon2Hasher(memory_cost=MEMORY_KIB, time_cost=PASSES, parallelism=LANES)])
# Each takes 64 MiB and four threads: a burst of sign-ins waits in line instead of exhausting memory.
_turns = BoundedSemaphore(2)
_zxcvbn_turn = Lock()  # zxcvbn keeps the words of its last caller in a module global


def check_new(password: object, *about: str) -> str:
    """The password if it may be one; else Refused says what to do. `about` (e-mail, name) must not be the password."""
    if not isinstance(password, str) or not MIN_CHARACTERS <= len(password) <= MAX_CHARACTERS:
        raise Refused(N_("Choose a password of {least} to {most} characters."), least=MIN_CHARACTERS, most=MAX_CHARACTERS)
    words = [word for text in about for word in (text, *text.replace("@", " ").split())]
    with _zxcvbn_turn:
        guesses = zxcvbn(password[:ZXCVBN_CHARACTERS], user_inputs=words)["guesses"]
    if guesses < MIN_GUESSES:
        raise Refused(N_("This password is too easy to guess. Choose another, for example four words that have nothing to do "
                         "with each other."))
    return password


def same(password: object, repeated: object) -> object:
    """The password, typed twice; Refused when the two differ."""
    if password != repeated:
        raise Refused(N_("The two passwords differ. Type the same one twice."))
    return password


def hashed(password: str) -> str:
    """The argon2id hash to keep, with its own salt."""
    with _turns:
        return _argon2.hash(_bytes(password))


def matches(password: object, kept: str | None) -> tuple[bool, str | None]:
    """Whether the password is the kept one, exactly as received; and a better hash to keep if the parameters have changed.

    Without a kept hash (unknown user, no password yet) the work and the time are the same and the answer is no.
    """
    if not isinstance(password, str) or len(password) > MAX_CHARACTERS:
        password, kept = "", None
    with _turns:
        try:
            right, better = _argon2.verify_and_update(_bytes(password), kept or _nobodys())
        except UnknownHashError:
            return False, None
    return right and kept is not None, better


def fingerprint(kept: str | None) -> str:
    """What a session remembers of the password that was set when it was opened, or that there was none; tells nothing of the hash."""
    return hashlib.sha256((kept or "").encode()).hexdigest()


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")  # half a character from a broken client is a wrong password, no error


def _nobodys() -> str:
    """A hash that no password gives, with the parameters of today, so that checking against it takes as long."""
    salt, digest = (b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (16, 32))
    return f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${salt}${digest}"
