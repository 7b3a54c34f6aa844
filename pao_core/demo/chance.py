"""Draws that belong to a thing and not to a turn: the same numbers always draw the same."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np

_STEP, _FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_BITS = 53


def share(seed: int, about: str, *things: np.ndarray) -> np.ndarray:
    """For each combination of whole numbers a draw from 0 up to 1, about one matter (splitmix64, Steele and others 2014)."""
    mixed = np.full(1, int.from_bytes(blake2b(about.encode(), digest_size=8).digest(), "big"), dtype=np.uint64)
    for thing in (np.full(1, seed), *things):
        mixed = _mixed(mixed + _STEP ^ thing.astype(np.int64).view(np.uint64))
    drawn: np.ndarray = (mixed >> np.uint64(64 - _BITS)) * 2.0**-_BITS
    return drawn


def _mixed(values: np.ndarray) -> np.ndarray:
    values = (values ^ (values >> np.uint64(30))) * _FIRST
    values = (values ^ (values >> np.uint64(27))) * _SECOND
    mixed: np.ndarray = values ^ (values >> np.uint64(31))
    return mixed


def picked(draw: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Which of the weighted choices each draw from 0 up to 1 falls on."""
    reached = np.cumsum(weights / weights.sum())
    places: np.ndarray = np.minimum(np.searchsorted(reached, draw, side="right"), len(weights) - 1)
    return places
