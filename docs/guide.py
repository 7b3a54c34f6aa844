"""Write the parts of docs/guide that would rot (a role's pages and acts) from the menu and the table of acts: `make guide`.

What people are told in words is written by hand around them. With `--json` it prints, for the tests, every guide as it would be written,
with the pages of the menu and the role's rights.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pao_core.access.rights import JOBS, PRESETS, SIGNED_IN, each_of, granted
from pao_core.access.verbs import VERBS

sys.path.insert(0, str(Path(__file__).parent))
from permissions import menu

FOLDER = Path(__file__).with_suffix("")
PICTURES = FOLDER.parent / "pictures"
BEGIN, END = "<!-- made by `make guide` -->", "<!-- end of what is made -->"
# Whom each guide is for, by what such a person starts with.
ROLES: dict[str, Mapping[str, str]] = {
    "account-manager": JOBS["account_manager"][1], "sales": JOBS["sales"][1], "primary-contact": PRESETS["primary"],
    "operations": JOBS["operations"][1],
}


def pages() -> Iterator[tuple[str, str, tuple[str, ...], bool]]:
    """Every page of the menu: its name as it is found there, its address, the rights that open it, whether it is open to all."""
    for section, entries in menu().items():
        for entry in entries:
            name = f"{section} > {entry.title}" if section else entry.title
            yield name, "/" if entry.address == "home" else f"/{entry.address}", entry.right, entry.open


def rights(role: str) -> set[str]:
    """What a person of this guide may do at the own site."""
    return {SIGNED_IN, *granted(dict(ROLES[role]))}


def made(role: str) -> str:
    """The pages that the role has, with their pictures, and what it may do beyond reading."""
    own = rights(role)
    rows = [f"| {name} | `{address}` | {_picture(address)} |" for name, address, needed, is_open in pages()
            if not is_open and any(own.issuperset(each_of(right)) for right in needed)]
    acts = [verb for verb in VERBS.values() if verb.right in own and verb.right != SIGNED_IN and (role == "primary-contact" or not verb.primary)]
    return "\n".join([
        BEGIN, "", "| page | address | looks like |", "| --- | --- | --- |", *rows, "",
        "Beyond reading, at your own site, each act leaving a line in the audit (" + ", ".join(f"*{verb.text}*" for verb in acts) + ")."
        if acts else "Beyond reading there is nothing that you may change.", "", END,
    ])


def _picture(address: str) -> str:
    stem = address.strip("/") or "home"
    return f"[picture](../pictures/{stem}-en-light.png)" if (PICTURES / f"{stem}-en-light.png").exists() else "·"


def written(role: str) -> str:
    """The guide with what is made in its place."""
    text = (FOLDER / f"{role}.md").read_text()
    before, _begin, rest = text.partition(BEGIN)
    _was, _end, after = rest.partition(END)
    return f"{before}{made(role)}{after}"


def told() -> dict[str, Any]:
    """What the tests hold the guides against."""
    return {
        "guides": {role: written(role) for role in ROLES}, "pages": [{"name": name, "address": address, "right": list(needed), "open": is_open}
                                                                    for name, address, needed, is_open in pages()],
        "rights": {role: sorted(rights(role)) for role in ROLES}, "begin": BEGIN, "end": END,
    }


def main() -> None:
    """Write the guides, or print what they would be."""
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps(told()))
    else:
        for role in ROLES:
            (FOLDER / f"{role}.md").write_text(written(role))


if __name__ == "__main__":
    main()
