"""Numbers, money, months and places as each language writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from pao_core.locale import formats, use


def told(language: str, what) -> str:
    with use(language):
        return what().replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(("language", "said"), [("en", "R$4.17M"), ("pt_BR", "R$ 4,17 mi"), ("es", "4,17 M BRL")])
def test_a_tile_says_millions_in_words(language: str, said: str) -> None:
    assert told(language, lambda: formats.compact_money(Decimal("4170000"), "BRL")) == said


@pytest.mark.parametrize(("amount", "said"), [
    ("999.99", "999,99 BRL"), ("-1000.5", "-1.000 BRL"), ("60673.38", "60.673 BRL"), ("751900", "752 mil BRL"), ("29708165.68", "29,7 M BRL"),
    ("147569579.3", "148 M BRL"),
])
def test_a_tile_says_an_amount_so_short_that_a_telephone_shows_it_whole(amount: str, said: str) -> None:
    assert told("es", lambda: formats.compact_money(Decimal(amount), "BRL")) == said


@pytest.mark.parametrize(("currency", "said"), [("BRL", "R$ 1.234,50"), ("CLP", "CLP 1.235"), ("KWD", "KWD 1.234,500")])
def test_money_has_the_decimals_of_its_currency(currency: str, said: str) -> None:
    assert told("pt_BR", lambda: formats.money(Decimal("1234.50") if currency != "CLP" else Decimal(1235), currency)) == said


def test_a_fall_is_written_with_the_sign_that_a_metric_understands() -> None:
    assert told("pt_BR", lambda: formats.signed_percent(-0.018)) == "-1,8%"
    assert told("pt_BR", lambda: formats.signed(112)) == "+112"


@pytest.mark.parametrize(("language", "said"), [("en", "Nov/26"), ("pt_BR", "nov/26"), ("es", "nov/26")])
def test_a_month_is_short(language: str, said: str) -> None:
    assert told(language, lambda: formats.month("2026-11")) == said


@pytest.mark.parametrize(("language", "said"), [("en", "24 Nov 2026"), ("pt_BR", "24/11/2026"), ("es", "24/11/2026")])
def test_no_date_can_be_read_two_ways(language: str, said: str) -> None:
    assert told(language, lambda: formats.day(date(2026, 11, 24))) == said


def test_a_moment_is_told_in_the_installations_time_zone() -> None:
    at = datetime(2026, 11, 24, 2, 10, tzinfo=UTC)
    assert told("pt_BR", lambda: formats.moment(at, ZoneInfo("America/Sao_Paulo"))) == "23/11/2026, 23:10"


def test_a_country_has_its_name_and_an_unknown_code_keeps_itself() -> None:
    assert told("pt_BR", lambda: formats.country("DE")) == "Alemanha"
    assert told("en", lambda: formats.country("QQ")) == "QQ"
