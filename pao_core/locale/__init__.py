"""The three languages: gettext catalogues over English, read from the .po files so that a plain checkout works.

Module-level texts are marked with `N_` and translated where they are shown with `_`, in the language of the reader that
`use` has set for this thread or task.
"""

from __future__ import annotations

import gettext as _gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from io import BytesIO
from pathlib import Path

LANGUAGES = {"en": "English", "pt_BR": "Português (Brasil)", "es": "Español"}
DEFAULT_LANGUAGE = "en"
_language: ContextVar[str] = ContextVar("language", default=DEFAULT_LANGUAGE)


def N_(text: str) -> str:
    """Mark a text for translation; it is translated later, where it is shown."""
    return text


@cache
def _catalogue(language: str) -> _gettext.NullTranslations:
    path = Path(__file__).parent / language / "LC_MESSAGES" / "pao.po"
    if language == DEFAULT_LANGUAGE:
        return _gettext.NullTranslations()
    # Imported here: the process that reads files marks its sentences and translates none.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return _gettext.GNUTranslations(compiled)


def language() -> str:
    """The reader's language of this thread or task: a key of LANGUAGES."""
    return _language.get()


def choose(wanted: str | None) -> str:
    """The language of LANGUAGES nearest to a browser's tag such as `pt-PT` or `es_MX`; English when none is near."""
    head = (wanted or "").replace("-", "_").split("_")[0].lower()
    return next((known for known in LANGUAGES if known.split("_")[0] == head), DEFAULT_LANGUAGE)


def set_language(wanted: str) -> None:
    """Speak this language in this thread or task from here on."""
    _language.set(wanted if wanted in LANGUAGES else choose(wanted))


@contextmanager
def use(wanted: str) -> Iterator[None]:
    """Speak this language inside the block."""
    token = _language.set(wanted if wanted in LANGUAGES else choose(wanted))
    try:
        yield
    finally:
        _language.reset(token)


def _(text: str, /, **facts: object) -> str:
    """The text in the reader's language, with its `{facts}` filled in."""
    translated = _catalogue(language()).gettext(text) if text else text
    return translated.format(**facts) if facts else translated


def ngettext(one: str, many: str, count: int, /, **facts: object) -> str:
    """The singular or plural form for `count`, in the reader's language; `{count}` is filled in, as `facts` say it
    when they say it."""
    facts.setdefault("count", count)
    return _catalogue(language()).ngettext(one, many, count).format(**facts)


class Refused(Exception):
    """A request that cannot be done, said as a sentence that tells what to do.

    `template` is English and marked with N_; `facts` fill it. str() gives it in the reader's language.
    """

    def __init__(self, template: str, **facts: object) -> None:
        super().__init__(template, facts)
        self.template = template
        self.facts = facts

    def __str__(self) -> str:
        return _(self.template, **self.facts)
