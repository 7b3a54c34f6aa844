"""A table as a file: CSV for machines, XLSX for people; formulas are neutralised here and nowhere else."""

from __future__ import annotations

from typing import Protocol


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
