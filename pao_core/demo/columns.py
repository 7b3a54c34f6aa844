"""Rows by column: many numbers of one kind side by side, kept small."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import ClassVar, Self

import numpy as np


@dataclass(frozen=True)
class Columns:
    """Arrays of one length, a field each. `SMALL` names the type that a field is kept in, where that is not 32 bits."""

    SMALL: ClassVar[dict[str, type[np.generic]]] = {}

    @classmethod
    def names(cls) -> list[str]:
        """The columns, in order."""
        return [field.name for field in fields(cls)]

    def __len__(self) -> int:
        return len(getattr(self, self.names()[0]))

    def take(self, places: np.ndarray) -> Self:
        """The rows at these places, or where these are true."""
        return type(self)(*(getattr(self, name)[places] for name in self.names()))

    def kept(self) -> Self:
        """The same rows in the least memory."""
        return type(self)(*(getattr(self, name).astype(self.SMALL.get(name, np.int32), copy=False) for name in self.names()))

    @classmethod
    def joined(cls, pieces: Sequence[Self]) -> Self:
        """The rows of all pieces, one after the other."""
        return cls(*(np.concatenate([getattr(piece, name) for piece in pieces]) for name in cls.names()))


@dataclass(frozen=True)
class OfContracts(Columns):
    """Rows that contracts bring; `contract` is the place of each one's contract."""

    contract: np.ndarray
