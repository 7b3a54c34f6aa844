"""Write docs/permissions.md, who may do what, from the menu, the reports and the table of acts: `make permissions`.

With `--json` it prints the same matrix for a program instead: the tests hold the running product against it.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import pao_core
from pao_core import catalogue
from pao_core.access.rights import JOBS, LEVEL_TEXTS, OPERATOR, PRESETS, SIGNED_IN, TOOL_TEXTS, TOOLS, each_of, granted
from pao_core.access.verbs import ANY_SITE, VERBS, Verb

FILE = Path(__file__).with_suffix(".md")
SECTIONS = sorted(folder.name for folder in (FILE.parents[1] / "pages").iterdir() if folder.is_dir() and folder.name != "parts")
OPEN = "open to all"
YES, NO = "✓", "·"
Row = dict[str, Any]
HEAD = """# Who may do what

Made by `make permissions` from the menu, the reports and the table of acts. The tests hold the running product against it: every row and column, at
the reader's own reseller site and at another one.

**✓** is at the own site alone (or, for acts that need no privilege, about oneself); else it says where. **·** is refused and leaves
a line in the audit. What may be done at one site may not be done at another: a foreign object is answered as one that does not exist.

Reports show the rows of the reader's own reseller sites; a distributor also reads, and never writes, what was sold through it. The operator runs the
installation and sees no row of a reseller.
"""
RULES = """
## Between people
- The **primary contact** has every privilege, which cannot be taken away. A site has at most one and never loses its last one: it cannot be removed,
  suspended or demoted. The role is handed over in two acts, the offer and its acceptance; the operator may appoint another primary contact.
- A **secondary contact** with the privilege to update access acts on plain users alone: it makes no secondary contact, gives no privilege above its
  own, and does not touch the primary contact.
- **Nobody** changes the own role or privileges, or suspends or removes oneself.
- A **request** waits for the operator when it claims the primary role, names no known site, or a site without a primary contact; else for those of
  the site who may update access. It is decided once.
- The **operator** suspends a person at all sites; those of a site, at their site.
"""


@dataclass(frozen=True)
class Who:
    """A column: what a person has at the own reseller site."""

    name: str
    role: str | None
    privileges: Mapping[str, str]
    operator: bool = False

    def has(self, right: str) -> bool:
        """Whether the person has a right, or each of those that go together, at the own site or as who it is."""
        if right == OPEN or self.name == "stranger":
            return right == OPEN
        given = {SIGNED_IN, *granted(dict(self.privileges)), *([OPERATOR] if self.operator else [])}
        return given.issuperset(each_of(right))

    def mark(self, rights: Iterable[str]) -> str:
        """The cell of something that one of the rights opens."""
        return YES if any(self.has(right) for right in rights) else NO

    def acts(self, verb: Verb) -> str:
        """The cell of an act."""
        if self.operator and (verb.operator or verb.right == OPERATOR):
            return f"{YES} {verb.operator or ANY_SITE}"
        return self.mark([verb.right]) if self.role == "primary" or not verb.primary else NO

    def level(self, tool: str) -> str:
        """The word for what the person has of a tool."""
        return NO if self.operator else LEVEL_TEXTS[self.privileges.get(tool, "none")].lower()


COLUMNS = (
    Who("stranger", None, {}),
    Who("no privileges", "user", {}),
    *(Who(name.replace("_", " "), "user", privileges) for name, (_text, privileges) in JOBS.items()),
    *(Who(role, role, PRESETS[role]) for role in ("user", "secondary", "primary")),
    Who("operator", None, {}, operator=True),
)


def reports() -> Iterator[ModuleType]:
    """Every module that lists rows to a reader: the reports, and the lists that are parts of a page."""
    for section in SECTIONS:
        package = importlib.import_module(f"{pao_core.__name__}.{section}")
        for found in pkgutil.iter_modules(package.__path__):
            module = importlib.import_module(f"{package.__name__}.{found.name}")
            if {"NAME", "RIGHT", "COLUMNS", "detail"} <= set(vars(module)):
                yield module


def menu() -> Any:
    """The menu of app.py, which wants a place for data when it is imported."""
    with TemporaryDirectory() as folder:
        os.environ["PAO_DATA_DIR"] = folder
        return importlib.import_module("app").MENU


def matrix() -> dict[str, list[Row]]:
    """Pages, reports and acts, each with the right it needs and, by column, whether it is allowed."""
    entries = [(section, entry, [OPEN] if entry.open else list(entry.right)) for section, entries in menu().items() for entry in entries]
    return {
        "pages": [{"name": entry.title, "path": f"{section} / {entry.title}" if section else entry.title, "address": entry.address, "right": rights,
                   "who": {who.name: who.mark(rights) for who in COLUMNS}} for section, entry, rights in entries],
        "reports": [{"name": report.NAME, "module": report.__name__, "right": [report.RIGHT],
                     "who": {who.name: who.mark([report.RIGHT]) for who in COLUMNS}} for report in reports()],
        "acts": [{"name": verb.text, "act": verb.act, "right": [verb.right], "primary": verb.primary,
                  "who": {who.name: who.acts(verb) for who in COLUMNS}} for verb in VERBS.values()],
    }


def written(found: Mapping[str, list[Row]]) -> str:
    """The matrix as the text of docs/permissions.md."""
    names = [who.name for who in COLUMNS]
    levels = [[TOOL_TEXTS[tool], *(who.level(tool) for who in COLUMNS[1:])] for tool in TOOLS]
    return "".join((
        HEAD,
        "\n## What each column has\n\n", _table(["tool", *names[1:]], levels),
        "\n## Pages\n\n", _table(["page", "address", "needs", *names], [
            [row["path"], f"`/{row['address']}`", *_cells(row)] for row in found["pages"]]),
        "\n## Reports, with their counts, totals and files (XLSX, CSV)\n\n", _table(["report", "on", "needs", *names], [
            [f"`{row['name']}`", "page and command" if row["name"] in catalogue.REPORTS else "page", *_cells(row)] for row in found["reports"]]),
        "\n## Acts\n\n", _table(["act", "in the audit", "needs", *names], [
            [row["name"], f"`{row['act']}`", *_cells(row)] for row in found["acts"]]),
        "\n## What each privilege opens\n\n", _table(["tool", "level", "pages", "acts"], [
            [TOOL_TEXTS[tool], LEVEL_TEXTS[level], *(_opened(found[key], f"{tool}.{level}") for key in ("pages", "acts"))]
            for tool, levels in TOOLS.items() for level in levels]),
        RULES,
    ))


def _cells(row: Row) -> list[str]:
    return [" or ".join(row["right"]).replace("_", " "), *row["who"].values()]


def _opened(rows: list[Row], right: str) -> str:
    return ", ".join(_beside(row["name"], needed, right) for row in rows for needed in map(each_of, row["right"]) if right in needed) or NO


def _beside(name: str, needed: tuple[str, ...], right: str) -> str:
    """What a right opens, with the tools whose privileges it takes too."""
    others = [TOOL_TEXTS[other.split(".")[0]] for other in needed if other != right]
    return f"{name} (with {', '.join(others)})" if others else name


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> None:
    """Write the file, or print the matrix."""
    found = matrix()
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps({"matrix": found, "text": written(found)}))
    else:
        FILE.write_text(written(found))


if __name__ == "__main__":
    main()
