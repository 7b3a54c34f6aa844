"""Text that a spreadsheet would run as a formula, and the apostrophe that stops it (OWASP, CSV injection)."""

from __future__ import annotations

import re

# The full-width forms are folded to the plain ones by spreadsheets in some locales.
_TRIGGER = "[=+\\-@\\t\\r\uff1d\uff0b\uff0d\uff20]"
# What a text must begin with for `neutral` to have anything to do.
SIGNS = frozenset("'=+-@\t\r\uff1d\uff0b\uff0d\uff20")
# How a text begins that `neutral` changes: an expression that Python and RE2 read alike.
DANGEROUS = f"'*{_TRIGGER}"
_DANGEROUS = re.compile(DANGEROUS)
_NEUTRALISED = re.compile(f"'+{_TRIGGER}")


def neutral(text: str) -> str:
    """The text with an apostrophe before it when it would start a formula; one that already has an apostrophe there
    gets another, so that `restored` gives every text back exactly."""
    return f"'{text}" if _DANGEROUS.match(text) else text


def restored(text: str) -> str:
    """What `neutral` was given."""
    return text[1:] if _NEUTRALISED.match(text) else text
