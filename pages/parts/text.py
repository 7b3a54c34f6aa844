"""Text of users inside markdown: shown as it is, never as formatting, a link, a formula or an icon."""

from __future__ import annotations

import re

# `$` starts a formula, `:` an icon or colour, brackets a link; a line break would end the element's first line.
_MARKS = re.compile(r"([\\`*_{}\[\]()<>#+!|~$:^=@&-])")
_SPACES = re.compile(r"\s+")
# What Streamlit reads as an icon, an arrow or a link even where it is written literally: an invisible joiner breaks it.
_JOINED = re.compile(r"(?<=:)(?=\d*[^\W\d][\w+/-]*:|[+-]1:|100:|1234:)|(?<=:)(?=//)|(?<=www)(?=\.)|(?<=[-<>])(?=[-=>])", re.IGNORECASE)
_JOINER = "\u2060"
# An e-mail becomes a link even where its sign is written literally. Parted from the rest, in a span without any look of its own, it does not;
# and nothing is copied that was not there.
_AT = re.compile(r"(?<=[\w.+-])\\@", re.ASCII)


def escape(text: object) -> str:
    """The text with every character that markdown could read as a mark written literally."""
    return _AT.sub(r":color[\\@]", _literal(text))


def in_badge(text: object) -> str:
    """The same for the label of a badge, of which Streamlit escapes the square brackets by itself, and which so can hold no span."""
    return _AT.sub(rf"{_JOINER}\\@", _literal(text)).replace("\\[", "[").replace("\\]", "]")


def _literal(text: object) -> str:
    return _MARKS.sub(r"\\\1", _JOINED.sub(_JOINER, _SPACES.sub(" ", str(text))))


def quiet(text: str) -> str:
    """Markdown beside what matters more: as small as a caption, but dark enough to be read with ease."""
    return f":small[:gray[{text}]]"
