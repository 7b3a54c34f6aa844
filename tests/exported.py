"""A table with a column of every kind and texts that mean harm, for the tests of files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Column:
    name: str
    text: str
    kind: str
    currency: str = "currency"


COLUMNS = (
    Column("customer", "Customer", "code"), Column("customer_name", "Customer", "text"), Column("country", "Country", "country"),
    Column("order_date", "Order date", "date"), Column("month", "Month", "month"), Column("lines", "Lines", "integer"),
    Column("quantity", "Quantity", "quantity"), Column("unit_price", "Unit price", "unit_price"), Column("currency", "Currency", "code"),
    Column("amount", "Amount", "money"),
)
HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201", "'=1", "''=1", "=cmd|'/c calc'!A1"]
# What is within them begins a cell for a program that splits at semicolons, tabs or any line break.
SPLIT = ["a;=1", "a;\uff1d1", "a;'=1", 'a;"=1";b', "a\t@x", "a\n-1;+1", "a\r\n=1", "=1;=1", "a,;=1"]


def row(**given: object) -> dict[str, object]:
    return {"customer": "00123", "customer_name": "Companhia Lumiara", "country": "BR", "order_date": date(2026, 11, 24), "month": "2026-11",
            "lines": 3, "quantity": Decimal("-2.500"), "unit_price": Decimal("10.123456"), "currency": "BRL", "amount": Decimal("-25.31"), **given}
