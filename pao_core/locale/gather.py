"""Gather the marked texts of the code into the catalogues: `python -m pao_core.locale.gather` (or `make texts`).

Read from the syntax tree and not with Babel's own extractor, which misses a text inside an f-string and takes a key such
as `LABELS["from"]` for one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from pao_core.locale import DEFAULT_LANGUAGE, LANGUAGES

PROJECT = Path(__file__).resolve().parents[2]
Marked = str | tuple[str, str]


HEAD = """msgid ""
msgstr ""
"Project-Id-Version: PAO Desk\\n"
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural}\\n"

"""


def sources() -> list[Path]:
    """The files whose texts people read."""
    return sorted([PROJECT / "app.py", *(PROJECT / "pages").rglob("*.py"), *(PROJECT / "pao_core").rglob("*.py")])


def texts() -> dict[Marked, str]:
    """Every marked text, or pair of singular and plural, with the first place where it stands."""
    found: dict[Marked, str] = {}
    for path in sources():
        for marked, line in _marked(ast.parse(path.read_text())):
            found.setdefault(marked, f"{path.relative_to(PROJECT)}:{line}")
    return found


def _marked(tree: ast.AST) -> Iterator[tuple[Marked, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            words = [one.value for one in node.args[:2] if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            if node.func.id in ("_", "N_") and words:
                yield words[0], node.lineno
            elif node.func.id == "ngettext" and len(words) == 2:
                yield (words[0], words[1]), node.lineno


def catalogue_path(language: str) -> Path:
    """Where a language's catalogue is."""
    return Path(__file__).parent / language / "LC_MESSAGES" / "pao.po"


def main() -> None:
    """Bring every catalogue up to the code: new texts empty, texts no longer said gone."""
    template = Catalog(charset="utf-8")
    for marked in texts():
        template.add(marked)
    for language in LANGUAGES:
        if language == DEFAULT_LANGUAGE:
            continue
        path = catalogue_path(language)
        with path.open("rb") as file:
            catalogue = read_po(file, locale=language)
        catalogue.update(template, no_fuzzy_matching=True)
        entries = BytesIO()
        write_po(entries, catalogue, no_location=True, ignore_obsolete=True, omit_header=True, width=0)
        path.write_bytes(HEAD.format(language=language, plural=catalogue.plural_forms).encode() + entries.getvalue())


if __name__ == "__main__":
    main()
