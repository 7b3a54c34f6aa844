"""The documents say what the product says: definitions and guides are up to date, every page is in a guide, every link leads somewhere."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pao_core import catalogue
from pao_core.access.rights import each_of
from pao_core.config import PROJECT

DOCS = PROJECT / "docs"
PAGE = re.compile(r"\*\*([^*]+)\*\* \(`(/[a-z0-9-]*)`\)")  # **Section > Page** (`/address`)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
WRITTEN = sorted([*DOCS.rglob("*.md"), PROJECT / "README.md", PROJECT / "CHANGELOG.md"])


def output(script: str, option: str, folder: Path) -> str:
    """What a script of docs/ prints, in a process of its own: it imports the whole app."""
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "PAO_DATA_DIR": str(folder)}
    return subprocess.run([sys.executable, f"docs/{script}", option], cwd=PROJECT, env=environment, capture_output=True, check=True,
                          text=True, encoding="utf-8").stdout


@pytest.fixture(scope="module")
def guides(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Every guide as it would be written now, the pages of the menu, the rights of each role."""
    return dict(json.loads(output("guide.py", "--json", tmp_path_factory.mktemp("guides"))))


def prose(guides: dict[str, Any], role: str) -> str:
    """What people wrote of a guide, without what is made."""
    text = str(guides["guides"][role])
    return text[:text.index(guides["begin"])] + text[text.index(guides["end"]):]


def test_the_definitions_are_those_of_the_reports(tmp_path: Path) -> None:
    text = output("definitions.py", "--print", tmp_path)
    assert (DOCS / "definitions.md").read_text(encoding="utf-8") == text, "run `make definitions`"
    for report in catalogue.REPORTS.values():
        assert f"`{report.NAME}`" in text
        assert all(f"| `{column.name}` |" in text for column in report.COLUMNS)


def test_the_guides_say_the_pages_and_acts_that_a_role_has(guides: dict[str, Any]) -> None:
    for role, text in guides["guides"].items():
        assert (DOCS / "guide" / f"{role}.md").read_text(encoding="utf-8") == text, "run `make guide`"
    assert {path.stem for path in (DOCS / "guide").glob("*.md")} == set(guides["guides"])


def test_every_page_of_the_menu_is_told_of_in_a_guide_by_its_name_and_address(guides: dict[str, Any]) -> None:
    told = {found for role in guides["guides"] for found in PAGE.findall(prose(guides, role))}
    missing = {(page["name"], page["address"]) for page in guides["pages"]} - told
    assert not missing, f"no guide says what these pages are for: {sorted(missing)}"


def test_a_guide_sends_nobody_to_a_page_that_is_not_there_or_not_open_to_the_role(guides: dict[str, Any]) -> None:
    pages = {page["address"]: page for page in guides["pages"]}
    for role, rights in guides["rights"].items():
        for name, address in PAGE.findall(prose(guides, role)):
            assert address in pages, f"{role}: there is no page {address}"
            assert pages[address]["name"] == name, f"{role}: {address}"
            opens = any(set(rights).issuperset(each_of(right)) for right in pages[address]["right"])
            assert pages[address]["open"] or opens, f"{role} may not open {address}"
        assert not re.search(r"`/[a-z0-9-]*`", PAGE.sub("", prose(guides, role))), f"{role}: an address without the name of its page"


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_link_of_the_documents_leads_somewhere(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in LINK.findall(text):
        if "://" in target or target.startswith("mailto:"):
            continue
        file, _hash, part = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        assert there.exists(), f"{path.name}: {target}"
        assert not part or part in anchors(there), f"{path.name}: {target}"


def anchors(path: Path) -> set[str]:
    """The names of the headings of a document, as a reader of Markdown makes them."""
    heads = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_the_readme_leads_to_the_definitions_and_to_every_guide(guides: dict[str, Any]) -> None:
    linked = LINK.findall((PROJECT / "README.md").read_text(encoding="utf-8"))
    assert {"docs/definitions.md", *(f"docs/guide/{role}.md" for role in guides["guides"])} <= set(linked)
