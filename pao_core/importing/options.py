"""What the person who imports decides besides the file; plain values, so that a job can carry them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from pao_core.locale import N_, Refused

CHOICES = {"numbers": ("point", "comma"), "dates": ("dmy", "mdy")}


@dataclass(frozen=True)
class ImportOptions:
    """`mapped`: canonical column -> the file's header. `fixed` is for every row, `defaults` for empty cells.

    `numbers` (`point` or `comma`) and `dates` (`dmy` or `mdy`) answer what a column leaves open. `mapping` names a kept
    mapping: used, and kept under this name when `mapped` is given too.
    """

    mapped: dict[str, str] = field(default_factory=dict)
    mapping: str | None = None
    fixed: dict[str, str] = field(default_factory=dict)
    defaults: dict[str, str] = field(default_factory=dict)
    reseller: str | None = None
    create_missing: bool = False
    skip_rejected: bool = False
    dry_run: bool = False
    sheet: str | None = None
    numbers: str | None = None
    dates: str | None = None

    def __post_init__(self) -> None:
        for name, words in CHOICES.items():
            value = getattr(self, name)
            if value is not None and value not in words:
                raise Refused(N_("{option}: {value} is none of: {choices}."), option=name, value=value, choices=", ".join(words))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; `ImportOptions(**value)` is the way back."""
        return asdict(self)
