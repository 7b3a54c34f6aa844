"""From columns of numbers to rows of the store, some at a time: what all tables share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pao_core.demo.price_list import MICRO

ROWS_AT_ONCE = 50_000
Rows = Iterator[pa.Table]


def slices(count: int) -> Iterator[slice]:
    """The rows from first to last, ROWS_AT_ONCE at a time."""
    for start in range(0, count, ROWS_AT_ONCE):
        yield slice(start, min(start + ROWS_AT_ONCE, count))


def parted(table: pa.Table) -> Rows:
    """A whole table, some rows at a time."""
    return (table.slice(rows.start, rows.stop - rows.start) for rows in slices(len(table)))


def groups(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of keys in order: the place at which each group of equal ones begins, and the group of each row."""
    begins = np.r_[True, keys[1:] != keys[:-1]] if len(keys) else np.zeros(0, dtype=bool)
    return np.flatnonzero(begins), (np.cumsum(begins) - 1).astype(np.int32)


def numbered(first: np.ndarray, group: np.ndarray) -> np.ndarray:
    """The number of each row within its group, from 1 on; `first` is where each group begins."""
    number: np.ndarray = np.arange(len(group)) - first[group] + 1
    return number


def amounts(quantity: np.ndarray, micro: np.ndarray, decimals: np.ndarray) -> np.ndarray:
    """quantity x unit price in minor units, rounded half up away from zero: `money.line_amount` by column.

    Whole quantities; the price is taken apart so that 64 bits hold every product.
    """
    scale = 10 ** decimals.astype(np.int64)
    whole, fraction = np.divmod(micro, MICRO)
    count = np.abs(quantity).astype(np.int64)
    minor = count * whole * scale + (count * fraction * scale + MICRO // 2) // MICRO
    signed: np.ndarray = np.sign(quantity) * minor
    return signed


def words(choices: Sequence[str | None], places: np.ndarray) -> pa.Array:
    """The choice at each place."""
    return pa.array(choices, pa.string()).take(pa.array(places))


def numbers(head: str, values: np.ndarray, width: int = 0) -> pa.Array:
    """Whole numbers as text behind `head`, with leading zeros up to `width`."""
    digits = pc.utf8_lpad(pc.cast(pa.array(values), pa.string()), width, "0") if width else pc.cast(pa.array(values), pa.string())
    return pc.binary_join_element_wise(pa.scalar(head), digits, "")


def where(condition: np.ndarray, values: pa.Array) -> pa.Array:
    """The values where `condition` holds, null elsewhere."""
    return pc.if_else(pa.array(condition), values, pa.scalar(None, values.type))


def thousandths(quantity: np.ndarray) -> pa.Array:
    """Whole quantities as the store holds them."""
    return pa.array(quantity.astype(np.int64) * 1000)
