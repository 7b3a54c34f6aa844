"""Text that a spreadsheet would run as a formula, and the apostrophe that stops it (OWASP, CSV injection).

A spreadsheet may split lines elsewhere than at our commas: at semicolons (its habit in Portuguese and Spanish) or tabs, and our quotation
marks do not hold it back, for there they stand within a cell. So a sign gets its apostrophe too where such a cell would begin with it.
"""

from __future__ import annotations

import re

# All expressions here are read alike by Python, by Arrow and by DuckDB.
SIGN = "[=+\\-@\uff1d\uff0b\uff0d\uff20]"  # spreadsheets in some locales fold the full-width forms to the plain ones
_FIRST = f"(?:{SIGN}|[\\t\\r])"
# After these a cell may begin within a text; what is written as quotation marks at its beginning is none of it.
BETWEEN = ";\t\r\n"
WITHIN = f"([{BETWEEN}])('*\"*{SIGN})"
# What `neutral` changes; and what it has changed, with what that was.
DANGEROUS = f"^'*{_FIRST}|{WITHIN}"
NEUTRALISED = ((f"^'('*{_FIRST})", r"\1"), (f"([{BETWEEN}])'('*\"*{SIGN})", r"\1\2"))
# What a text without any of BETWEEN must begin with for `neutral` to have anything to do.
SIGNS = frozenset("'=+-@\t\r\uff1d\uff0b\uff0d\uff20")
_STARTS, _WITHIN = re.compile(f"'*{_FIRST}"), re.compile(WITHIN)


def neutral(text: str) -> str:
    """The text with an apostrophe before each sign that would start a formula; one that already has an apostrophe there
    gets another, so that `restored` gives every text back exactly."""
    stopped = _WITHIN.sub(r"\1'\2", text)
    return f"'{stopped}" if _STARTS.match(text) else stopped


def restored(text: str) -> str:
    """What `neutral` was given."""
    for changed, original in NEUTRALISED:
        text = re.sub(changed, original, text)
    return text
