"""A table as a file: CSV for machines, XLSX and PDF for people; formulas are neutralised here and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class Column(Protocol):
    """What a file needs to know of a column; `pao_core.report.Column` is one."""

    @property
    def name(self) -> str: ...

    @property
    def text(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def currency(self) -> str: ...


@dataclass(frozen=True)
class Cell:
    """A value by itself: text in the reader's language, or a number of a column's kind (money: in `currency`)."""

    value: Any
    kind: str = "text"
    currency: str | None = None


@dataclass(frozen=True)
class Block:
    """A small table beside the rows of a file: its title, the names of its columns, its lines; texts in the reader's language."""

    title: str
    head: tuple[str, ...]
    lines: Sequence[Sequence[Cell]]
