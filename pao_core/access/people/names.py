"""How people are named: the e-mail that identifies a user, and the name that is shown."""

from __future__ import annotations

import re
import unicodedata

from pao_core.locale import N_, Refused

MAX_EMAIL, MAX_NAME = 254, 200
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
# Marks that turn the reading direction of what follows them: a name with one can pose as another.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def email_key(email: object) -> str | None:
    """The e-mail as users are told apart: compatibility forms and case folded; None for what is no e-mail."""
    if not isinstance(email, str) or len(email) > MAX_EMAIL:
        return None
    key = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", email.strip()).casefold())
    hidden = any(unicodedata.category(mark) in ("Cc", "Cf", "Cs", "Co", "Cn") for mark in key)
    return key if _EMAIL.fullmatch(key) and len(key) <= MAX_EMAIL and not hidden else None


def checked_email(email: object) -> str:
    """The e-mail's key; Refused for what is no e-mail."""
    key = email_key(email)
    if key is None:
        raise Refused(N_("{email} is not an e-mail address. Write it as name@example.com."), email=str(email)[:MAX_EMAIL])
    return key


def checked_name(name: str) -> str:
    """The name to show, without space around it; Refused for an empty, too long or misleading one."""
    name = unicodedata.normalize("NFC", name).strip()
    if not name or len(name) > MAX_NAME:
        raise Refused(N_("Give a name of 1 to {most} characters."), most=MAX_NAME)
    if misleading(name):
        raise Refused(N_("The name holds characters that cannot be shown. Write it again with letters alone."))
    return name


def misleading(text: str) -> bool:
    """Whether the text holds characters that cannot be shown, or that turn the reading direction of others."""
    return any(unicodedata.category(mark) in ("Cc", "Cs") or mark in _BIDI for mark in text)


def shown(text: str) -> str:
    """The text with each such character as its code, so that it is seen and turns nothing."""
    return "".join(f"⟨U+{ord(mark):04X}⟩" if misleading(mark) else mark for mark in text)
