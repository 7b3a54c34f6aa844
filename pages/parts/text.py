"""Text of users inside markdown: shown as it is, never as formatting, a link, a formula or an icon."""

from __future__ import annotations

import re

# `$` starts a formula, `:` an icon or colour, brackets a link; a line break would end the element's first line.
_MARKS = re.compile(r"([\\`*_{}\[\]()<>#+!|~$:^=@&-])")
_SPACES = re.compile(r"\s+")
# What Streamlit reads as an icon, an arrow or a link even where it is written literally: an invisible joiner breaks it.
_JOINED = re.compile(r"(?<=:)(?=\d*[^\W\d][\w+/-]*:|[+-]1:|100:|1234:)|(?<=:)(?=//)|(?<=www)(?=\.)|(?<=[-<>])(?=[-=>])", re.IGNORECASE)
_JOINER = "\u2060"


def escape(text: object) -> str:
    """The text with every character that markdown could read as a mark written literally."""
    return _MARKS.sub(r"\\\1", _JOINED.sub(_JOINER, _SPACES.sub(" ", str(text))))


def in_badge(text: object) -> str:
    """The same for the label of a badge, of which Streamlit escapes the square brackets by itself."""
    return escape(text).replace("\\[", "[").replace("\\]", "]")


def quiet(text: str) -> str:
    """Markdown beside what matters more: as small and grey as a caption, but an e-mail in it, which becomes a link, can still be read."""
    return f":small[:gray[{text}]]"
