"""The one way in which reading fails: a sentence with its facts, carried as data to the parent process."""

from __future__ import annotations

from dataclasses import dataclass


class Unreadable(Exception):
    """The file cannot be read; `template` is English, marked with N_, and takes {file} from the parent."""

    def __init__(self, template: str, **facts: object) -> None:
        super().__init__(template)
        self.template = template
        self.facts = facts


@dataclass(frozen=True)
class Bounds:
    """What the child may read at most; see `pao_core.config.Limits`."""

    unpacked_bytes: int
    rows: int
    columns: int
    cell_characters: int
    rows_wanted: int | None = None  # a preview stops here
