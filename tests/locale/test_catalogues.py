"""Every text that a person reads is marked, and speaks Portuguese and Spanish."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from pao_core import locale
from pao_core.locale.gather import catalogue_path, sources, texts

HOUSE = Path(__file__).resolve().parents[2]
LANGUAGES = [known for known in locale.LANGUAGES if known != locale.DEFAULT_LANGUAGE]
# Calls whose text arguments are read by a person.
SHOWN = re.compile(r"^st\.(sidebar\.)?(title|header|subheader|caption|markdown|write|text|info|warning|error|success|button|download_button|"
                   r"link_button|page_link|selectbox|multiselect|text_input|text_area|date_input|number_input|radio|checkbox|toggle|pills|"
                   r"segmented_control|file_uploader|expander|popover|metric|toast|spinner|status|form_submit_button|tabs|dialog|badge|menu_button|"
                   r"progress)$")
SPOKEN = {"label", "help", "placeholder", "alt", "title", "body"}
REFUSALS = {"Refused", "BadFilter", "StoreUnreachable", "UnknownReport", "AccessDenied", "Column"}
CODE = sources()


@cache
def catalogue(language: str) -> Catalog:
    with catalogue_path(language).open("rb") as file:
        return read_po(file, locale=language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    spoken = catalogue(language)
    missing = []
    for message, place in texts().items():
        entry = spoken.get(message if isinstance(message, str) else message[0])
        whole = entry is not None and not entry.fuzzy and (all(entry.string) if isinstance(entry.string, tuple | list) else entry.string)
        if not whole:
            missing.append(f"{place}: {message}")
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_keeps_every_fact_of_its_text(language: str) -> None:
    def facts(text: str) -> set[str]:
        return set(re.findall(r"\{(\w+)[^}]*\}", text))

    for entry in catalogue(language):
        if entry.id:
            ids = entry.id if isinstance(entry.id, tuple | list) else (entry.id,)
            strings = entry.string if isinstance(entry.string, tuple | list) else (entry.string,)
            known = set().union(*(facts(one) for one in ids))
            for string in strings:
                assert facts(string) <= known, entry.id
                assert facts(string) | {"count"} >= facts(ids[-1]), entry.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_holds_nothing_that_is_not_said(language: str) -> None:
    said = {message if isinstance(message, str) else message[0] for message in texts()}
    held = {entry.id[0] if isinstance(entry.id, tuple | list) else entry.id for entry in catalogue(language) if entry.id}
    assert held - said == set()


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(HOUSE)))
def test_no_text_for_a_person_is_unmarked(path: Path) -> None:
    unmarked = []
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        if SHOWN.match(name):
            arguments = [*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg in SPOKEN)]
        elif name in REFUSALS:
            arguments = node.args[1:2] if name in ("BadFilter", "Column") else node.args[:1]
        else:
            continue
        unmarked += [f"line {node.lineno}: {ast.unparse(one)}" for one in arguments if _speaks(one)]
    assert unmarked == []


def _speaks(argument: ast.expr) -> bool:
    """A literal with words in it; icons, colours and signs are none."""
    parts = argument.values if isinstance(argument, ast.JoinedStr) else [argument]
    if isinstance(argument, ast.Constant) and str(argument.value).endswith((".py", ".svg")):
        return False  # the page of a link
    literal = "".join(part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str))
    return bool(re.search(r"[A-Za-z]{3,}", re.sub(r":material/\w*:?|:\w*(-background|-badge)?\[|\w+=|#\w+", "", literal)))


def test_the_nearest_language_is_chosen_and_english_without_any() -> None:
    assert [locale.choose(tag) for tag in ("pt-PT", "es_MX", "en-GB", "de", None, "")] == ["pt_BR", "es", "en", "en", "en", "en"]


def test_a_refusal_speaks_the_language_of_the_reader_it_reaches() -> None:
    refusal = locale.Refused(locale.N_("{path} exists already. Name a new file."), path="a.db")
    said = {}
    for language in locale.LANGUAGES:
        with locale.use(language):
            said[language] = str(refusal)
    assert said["en"] == "a.db exists already. Name a new file."
    assert len(set(said.values())) == 3
    assert all("a.db" in text for text in said.values())
