"""Numbers and dates: the column decides by the values that fit only one form; an open column is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pao_core.importing import formats
from pao_core.importing.bench import Bench
from pao_core.importing.formats import Ambiguous
from pao_core.importing.rules import lines
from pao_core.money import to_minor


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with Bench(tmp_path_factory.mktemp("bench")) as made:
        yield made


def numbers(bench: Bench, texts: list[str], decimals: int = 6, chosen: str | None = None) -> list[Decimal | None]:
    bench.words("given", dict.fromkeys(texts))
    sign = formats.decimal_sign(bench, "given", "text", "Preço", chosen)
    found = dict(bench.all(f"SELECT text, {formats.scaled('text', sign, decimals)} FROM given"))
    return [None if found[text] is None else Decimal(found[text]).scaleb(-decimals) for text in texts]


def dates(bench: Bench, texts: list[str], chosen: str | None = None) -> list[date | None]:
    bench.words("given", dict.fromkeys(texts))
    bench.run("DROP TABLE IF EXISTS found")
    formats.read_dates(bench, "given", "text", "found")
    order = formats.date_order(bench, "given", "text", "found", "Data", chosen)
    values = dict(bench.all(f"SELECT text, coalesce(sure, {order}) FROM found"))
    return [values[text] for text in texts]


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["1.234,56", "7", "1.234"], ["1234.56", "7", "1234"]),
        (["1,234.56", "7", "1,234"], ["1234.56", "7", "1234"]),
        (["1234.56", "1.234"], ["1234.56", "1.234"]),
        (["1234,56", "1,234"], ["1234.56", "1.234"]),
        (["1.234.567", "1.234"], ["1234567", "1234"]),
        (["0.125", "1.234"], ["0.125", "1.234"]),
        (["-5", "+5", "0", "007"], ["-5", "5", "0", "7"]),
        ([".5", "5."], ["0.5", "5"]),
        (["1.5", "2.5", "1,5"], ["1.5", "2.5", None]),
        (["1.5", "1E5", "inf", "NaN", "x", "1 000", "--1", "1,23,4", "€ 5", "1.2.3"], ["1.5", *[None] * 9]),
        (["0.1234567", "0.1234560", "0.12345600000000000"], [None, "0.123456", "0.123456"]),
        (["999999999999.999999", "1000000000000.5"], ["999999999999.999999", None]),
        (["-11062.06"], ["-11062.06"]),
    ],
)
def test_the_column_decides_how_its_numbers_are_read(bench: Bench, texts: list[str], values: list[str | None]) -> None:
    assert numbers(bench, texts) == [None if value is None else Decimal(value) for value in values]


@pytest.mark.parametrize("texts", [["1,234"], ["1.234", "5"], ["1.5", "2,5"]])
def test_numbers_with_two_readings_are_asked_for_and_the_answer_is_taken(bench: Bench, texts: list[str]) -> None:
    with pytest.raises(Ambiguous, match=r"Column Preço: .* has two readings") as asked:
        numbers(bench, texts)
    assert asked.value.option == "numbers"
    assert numbers(bench, texts, chosen="comma") != numbers(bench, texts, chosen="point")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.decimals(min_value=-(10**11), max_value=10**11, places=6), st.sampled_from([",.", ".,"]))
def test_a_number_written_in_either_form_is_itself(bench: Bench, value: Decimal, signs: str) -> None:
    text = f"{value:,.6f}".translate(str.maketrans(",.", signs))
    assert numbers(bench, [text, f"0{signs[1]}5"]) == [value, Decimal("0.5")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-12-31", date(2026, 12, 31)),
        ("2026/12/31", date(2026, 12, 31)),
        ("2026-1-2", date(2026, 1, 2)),
        ("20261231", date(2026, 12, 31)),
        ("31/12/2026", date(2026, 12, 31)),
        ("31.12.2026", date(2026, 12, 31)),
        ("31-12-2026", date(2026, 12, 31)),
        ("01-Jan-2026", date(2026, 1, 1)),
        ("1 February 2026", date(2026, 2, 1)),
        ("01-fev-2026", date(2026, 2, 1)),
        ("1 de março de 2026", date(2026, 3, 1)),
        ("5 ago. 2026", date(2026, 8, 5)),
        ("1-dic-2026", date(2026, 12, 1)),
        ("10 Sept 2026", date(2026, 9, 10)),
        ("3-ENE-2026", date(2026, 1, 3)),
        ("46022", date(2025, 12, 31)),
        ("46022.75", date(2025, 12, 31)),
        ("2026-12-31 08:26", date(2026, 12, 31)),
        ("2026-12-31T08:26:01.5Z", date(2026, 12, 31)),
        ("31/12/2026 11:59 PM", date(2026, 12, 31)),
        ("2026-12-31 23:59:59-03:00", date(2026, 12, 31)),
        ("2024-02-29", date(2024, 2, 29)),
        ("2026-02-29", None),
        ("2026-13-01", None),
        ("31/02/2026", None),
        ("31/12/26", None),
        ("2026", None),
        ("1850-01-01", None),
        ("9999-12-31", None),
        ("hoje", None),
        ("1-Foo-2026", None),
        ("0", None),
        ("2026-12-31x", None),
    ],
)
def test_a_date_is_read_in_every_form_of_the_data_dictionary(bench: Bench, text: str, value: date | None) -> None:
    assert dates(bench, [text]) == [value]


def test_one_date_that_fits_only_one_order_decides_for_the_column(bench: Bench) -> None:
    assert dates(bench, ["01/02/2026", "13/02/2026"])[0] == date(2026, 2, 1)
    assert dates(bench, ["01/02/2026", "02/13/2026"])[0] == date(2026, 1, 2)
    assert dates(bench, ["05/05/2026"]) == [date(2026, 5, 5)]


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        (["01/02/2026", "05/05/2026"], "Column Data: every date, such as 01/02/2026, can be day-first or month-first"),
        (["13/02/2026", "02/14/2026"], "Column Data: 13/02/2026 can only be day-first and 02/14/2026 only month-first"),
    ],
)
def test_dates_with_two_readings_are_asked_for_and_the_answer_is_taken(bench: Bench, texts: list[str], sentence: str) -> None:
    with pytest.raises(Ambiguous, match=sentence) as asked:
        dates(bench, texts)
    assert asked.value.option == "dates"
    assert dates(bench, texts, "dmy") != dates(bench, texts, "mdy")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(-(10**18) + 1, 10**18 - 1), st.integers(-(10**18) + 1, 10**18 - 1), st.sampled_from(["BRL", "JPY", "KWD", "CLF"]))
def test_a_line_amount_is_rounded_half_up_once_or_has_no_room(bench: Bench, quantity: int, price: int, currency: str) -> None:
    values = f"SELECT CAST({quantity} AS BIGINT) AS v_quantity, CAST({price} AS BIGINT) AS v_unit_price, '{currency}' AS v_currency"
    expected = to_minor(Decimal(quantity).scaleb(-3) * Decimal(price).scaleb(-6), currency) if abs(quantity * price) < 10**26 else None
    found = bench.one(f"SELECT {lines.amount()} FROM ({values})")
    if expected is not None and abs(expected) < 2**63:
        assert found == expected
    else:
        assert found is None or abs(quantity * price) >= 10**26


@pytest.mark.parametrize(
    ("quantity", "price", "currency", "minor"),
    [
        ("1", "0.005", "BRL", 1),
        ("-1", "0.005", "BRL", -1),
        ("1", "0.004999", "BRL", 0),
        ("3", "0.5", "JPY", 2),
        ("-3", "0.5", "JPY", -2),
        ("1", "0.0005", "KWD", 1),
        ("0.001", "0.05", "CLF", 1),
        ("12.345", "2.675", "GBP", 3302),
    ],
)
def test_halves_go_away_from_zero(bench: Bench, quantity: str, price: str, currency: str, minor: int) -> None:
    values = (
        f"SELECT CAST({Decimal(quantity).scaleb(3):f} AS BIGINT) AS v_quantity, CAST({Decimal(price).scaleb(6):f} AS BIGINT) AS v_unit_price, "
        f"'{currency}' AS v_currency"
    )
    assert bench.one(f"SELECT {lines.amount()} FROM ({values})") == minor
    assert to_minor(Decimal(quantity) * Decimal(price), currency) == minor


def test_the_bench_refuses_what_does_not_fit_its_memory(tmp_path: Path) -> None:
    with Bench(tmp_path) as own:
        own.run("SET memory_limit='20MB'")
        own.run("SET temp_directory=''")
        with pytest.raises(Exception, match="takes more memory than is allowed"):
            own.run("CREATE TABLE large AS SELECT range AS a, hash(range)::VARCHAR AS b, random()::VARCHAR AS c FROM range(3_000_000)")
