"""Money: integer minor units with their currency, Decimal for people; never float, never two currencies in one sum."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

QUANTITY_DECIMALS = 3
UNIT_PRICE_DECIMALS = 6
CROSS_DECIMALS = 12  # of the rate between two currencies


# ISO 4217, the currencies whose minor unit is not a hundredth. CLDR is no source for it: it has RSD and IQD at 0.
EXCEPTIONS = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}


def decimals(currency: str) -> int:
    """The number of decimals of a currency by ISO 4217: JPY 0, BRL 2, KWD 3."""
    return EXCEPTIONS.get(currency, 2)


def from_minor(minor: int, currency: str) -> Decimal:
    """The amount that `minor` units of `currency` are."""
    return Decimal(minor).scaleb(-decimals(currency))


def to_minor(amount: Decimal, currency: str) -> int:
    """The amount in minor units, rounded half up (away from zero, so that a return mirrors its sale)."""
    return int(amount.scaleb(decimals(currency)).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def line_amount(quantity: Decimal, unit_price: Decimal, currency: str) -> Decimal:
    """quantity x unit price, rounded once, half up, to the currency's decimals."""
    return from_minor(to_minor(quantity * unit_price, currency), currency)
