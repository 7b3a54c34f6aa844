"""Text of users inside markdown: shown as it is, never as formatting, a link, a formula or an icon."""

from __future__ import annotations

import re

# `$` starts a formula, `:` an icon or colour, brackets a link; a line break would end the element's first line.
_MARKS = re.compile(r"([\\`*_{}\[\]()<>#+!|~$:^=@&-])")
_SPACES = re.compile(r"\s+")


def escape(text: object) -> str:
    """The text with every character that markdown could read as a mark written literally."""
    return _MARKS.sub(r"\\\1", _SPACES.sub(" ", str(text)))
