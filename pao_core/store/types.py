"""Column types that keep what databases lose: exact decimals, aware instants, NFC text."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, DateTime, Integer, Text, TypeDecorator
from sqlalchemy.engine import Dialect

# SQLite counts rowids only for a column of exactly this type.
Identity = BigInteger().with_variant(Integer(), "sqlite")


class Scaled(TypeDecorator[Decimal]):
    """An exact decimal kept as a whole number of 10**-decimals. More decimals than that are an error, not rounded."""

    impl = BigInteger
    cache_ok = True

    def __init__(self, decimals: int) -> None:
        super().__init__()
        self.decimals = decimals

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        scaled = Decimal(value).scaleb(self.decimals)
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{value} has more than {self.decimals} decimals")
        return int(scaled)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(int(value)).scaleb(-self.decimals)


class Minor(TypeDecorator[int]):
    """An amount in minor units of the row's currency (`pao_core.money`); also what a sum of such amounts comes back as."""

    impl = BigInteger
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> int | None:
        return None if value is None else int(value)


class Instant(TypeDecorator[datetime]):
    """An aware instant, stored as UTC; SQLite forgets the zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Name(TypeDecorator[str]):
    """Text that people write, kept in Unicode NFC so that equal texts are equal."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else unicodedata.normalize("NFC", value)


def fold(text: str) -> str:
    """The text as it is searched: no accents, no case, no compatibility forms."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(mark for mark in unicodedata.normalize("NFKD", decomposed) if not unicodedata.combining(mark))


def name_key(text: str) -> str:
    """A name as it is recognised: no case, accents, spacing and punctuation; `Número do site` and `numero_do_site` are one."""
    return re.sub(r"[^a-z0-9]", "", fold(text))


def site_number(text: str) -> str:
    """A site number as it is stored, shown and matched: a purely numeric one without leading zeros."""
    stripped = text.strip()
    return stripped.lstrip("0") or "0" if stripped.isascii() and stripped.isdigit() else stripped
