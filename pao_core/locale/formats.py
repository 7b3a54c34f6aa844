"""How the reader's language writes dates, months, numbers, money and countries; English dates name the month, so no order is guessed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_timedelta
from babel.numbers import format_compact_decimal, format_currency, format_decimal, format_percent, get_currency_name, get_currency_symbol

from pao_core.locale import _, language
from pao_core.money import decimals

UNKNOWN_COUNTRY = "ZZ"
# Below this a number is written out whole; above it, three figures with their word say as much in a tile.
COMPACT_FROM = 100_000
TO_THE_CENT = 1_000  # amounts below are short with their cents
MILLION = 1_000_000
DATES = {"en": "dd MMM yyyy"}
SHORT_DATES = {"en": "dd MMM"}
DAY_FIRST, DAY_FIRST_SHORT = "dd/MM/yyyy", "dd/MM"


@cache
def locale(of: str) -> Locale:
    """Babel's locale of a language of ours."""
    return Locale.parse(of)


def _here() -> Locale:
    return locale(language())


# -- numbers ----------------------------------------------------------------------------------------------------------
@cache
def _pattern(places: int | None) -> str | None:
    return None if places is None else "#,##0" + ("." + "0" * places if places else "")


def number(value: Decimal | float, places: int | None = None) -> str:
    """2846 -> 2.846 in Portuguese; with `places`, always that many decimals."""
    return str(format_decimal(value, format=_pattern(places), locale=_here()))


def signed(value: Decimal | float, places: int | None = None) -> str:
    """A change with its sign; ASCII signs, because a metric reads U+2212 as a rise."""
    return ("+" if value > 0 else "-" if value < 0 else "") + number(value if value > 0 else -value, places)


def percent(share: Decimal | float, places: int = 1) -> str:
    """0.643 -> 64,3%, without the space that some languages put."""
    pattern = _pattern(places) or "#,##0"
    return str(format_percent(share, format=f"{pattern}%", locale=_here()))


def signed_percent(share: Decimal | float, places: int = 1) -> str:
    """A relative change with its sign, ASCII."""
    return ("+" if share > 0 else "-" if share < 0 else "") + percent(share if share > 0 else -share, places)


def separators() -> str:
    """Decimal sign and thousands sign, as plotly wants them."""
    symbols = _here().number_symbols["latn"]
    return f"{symbols['decimal']}{symbols['group']}"


# -- money ------------------------------------------------------------------------------------------------------------
@cache
def _money_pattern(of: str, currency: str, compact: bool) -> str:
    plain = str(locale(of).currency_formats["standard"].pattern).split(";")[0]
    number_part = "#,##0" + ("." + "0" * decimals(currency) if decimals(currency) else "")
    for shape in ("#,##,##0.00", "#,##0.00"):
        plain = plain.replace(shape, "{}" if compact else number_part)
    return plain


def money(amount: Decimal, currency: str) -> str:
    """1234.5 BRL -> R$ 1.234,50: with as many decimals as ISO 4217 gives the currency."""
    pattern = _money_pattern(language(), currency, False)
    return str(format_currency(amount, currency, format=pattern, locale=_here(), currency_digits=False))


def compact(value: Decimal | float) -> str:
    """4,170,000 -> 4,17 mi, 41,700,000 -> 41,7 mi: three figures; below a hundred thousand the whole number."""
    size = value if value > 0 else -value
    if size < COMPACT_FROM:
        return number(round(value))
    places = 0 if size < MILLION or size >= 100 * MILLION else 1 if size >= 10 * MILLION else 2
    return str(format_compact_decimal(value, locale=_here(), fraction_digits=places))


def scale(most: float) -> tuple[int, str]:
    """What to divide numbers up to `most` by so that they are short, and the word for it: (1000000, mi)."""
    for size in (MILLION, 1_000):
        if abs(most) >= size:
            return size, str(format_compact_decimal(size, locale=_here())).replace("1", "").strip()
    return 1, ""


def compact_money(amount: Decimal, currency: str) -> str:
    """4,170,000 BRL -> R$ 4,17 mi, 46,575.16 -> R$ 46.575; below a thousand the amount to the cent. A tile on a telephone has no room for more."""
    if abs(amount) < TO_THE_CENT:
        return money(amount, currency)
    pattern = _money_pattern(language(), currency, True)
    symbol = currency_symbol(currency)
    sign = "-" if amount < 0 else ""
    return sign + pattern.replace("¤", symbol).format(compact(abs(amount)))


def currency_symbol(currency: str) -> str:
    """BRL -> R$; the code itself where the language has no sign for it."""
    return str(get_currency_symbol(currency, locale=_here()))


def currency_name(currency: str) -> str:
    """BRL -> real brasileiro; the code itself for an unknown one."""
    return str(get_currency_name(currency, locale=_here()))


# -- dates ------------------------------------------------------------------------------------------------------------
def day(value: date) -> str:
    """24/11/2026, in English 24 Nov 2026."""
    return str(format_date(value, DATES.get(language(), DAY_FIRST), locale=_here()))


def long_day(value: date) -> str:
    """The weekday before the date: terça-feira, 24/11/2026."""
    weekday = str(format_date(value, "EEEE", locale=_here()))
    return f"{weekday[0].upper()}{weekday[1:]}, {day(value)}"


def month(value: date | str) -> str:
    """nov/26, from a date or from `2026-11`."""
    at = value if isinstance(value, date) else date.fromisoformat(f"{value}-01")
    return str(format_date(at, "MMM/yy", locale=_here())).replace(".", "")


def quarter(value: str) -> str:
    """The quarter of a month `2026-11`: T4/26, in English Q4/26."""
    return str(format_date(date.fromisoformat(f"{value}-01"), "QQQ/yy", locale=_here())).replace(".", "")


def month_name(number_: int) -> str:
    """11 -> novembro."""
    return str(format_date(date(2000, number_, 1), "LLLL", locale=_here()))


def month_day(value: str) -> str:
    """`02-14` -> 14/02, in English 14 Feb."""
    return str(format_date(date.fromisoformat(f"2000-{value}"), SHORT_DATES.get(language(), DAY_FIRST_SHORT), locale=_here()))


def moment(value: datetime, timezone: ZoneInfo) -> str:
    """An aware instant as day and minute in the installation's time zone."""
    there = value.astimezone(timezone)
    return f"{day(there.date())}, {there:%H:%M}"


def ago(lapse: timedelta) -> str:
    """How long ago something was, short enough for a tile: 42 min ago, há 42 min."""
    return str(format_timedelta(-lapse, format="short", add_direction=True, locale=_here()))


# -- places -----------------------------------------------------------------------------------------------------------
def country(code: str) -> str:
    """BR -> Brasil; the code itself where there is no such country, and a word for an unknown one."""
    if code == UNKNOWN_COUNTRY:
        return _("Unknown country")
    return str(_here().territories.get(code, code))
