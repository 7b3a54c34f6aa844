"""What the person who imports decides besides the file; plain values, so that a job can carry them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class ImportOptions:
    """`headers`: canonical column -> the file's header. `fixed` is for every row, `defaults` for empty cells.

    `decimal` (`.` or `,`) and `dates` (`day-first` or `month-first`) answer what a column leaves open. `mapping` names a
    kept mapping: used, and kept under this name when `headers` are given too.
    """

    headers: dict[str, str] = field(default_factory=dict)
    mapping: str | None = None
    fixed: dict[str, str] = field(default_factory=dict)
    defaults: dict[str, str] = field(default_factory=dict)
    reseller: str | None = None
    create_missing: bool = False
    skip_rejected: bool = False
    dry_run: bool = False
    sheet: str | None = None
    decimal: str | None = None
    dates: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; `ImportOptions(**value)` is the way back."""
        return asdict(self)
