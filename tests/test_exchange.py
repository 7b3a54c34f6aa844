"""One currency on wish: each line by the rate of its day, never a silent mix, the same on every engine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
import world as worlds
from cast import BOREAL, settle, store_in
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import BigInteger, insert, literal, select

from pao_core import exchange, locale, replica, report
from pao_core.access import Viewer
from pao_core.filters import Filters
from pao_core.orders import order_history
from pao_core.store.engine import Store
from pao_core.store.schema import exchange_rates, orders
from pao_core.store.sql import each_day, quotient

TODAY = date(2026, 11, 24)
FRIDAY, SUNDAY = date(2026, 11, 13), date(2026, 11, 15)


@pytest.fixture(params=["DuckDB", "PostgreSQL"])
def read(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store that reports read on each engine."""
    environment = {}
    if request.param == "PostgreSQL":
        url = request.getfixturevalue("postgresql_url")
        environment = {"PAO_DATABASE_URL": url, "PAO_ANALYTICS_URL": url}
    store = store_in(tmp_path, **environment)
    yield store
    replica.forget(store)
    store.dispose()


def rates(store: Store, *given: tuple[date, str, str]) -> None:
    """Load rates: day, currency, units for one euro."""
    with store.writing("test") as writing:
        writing.connection.execute(insert(exchange_rates), [
            {"date": day, "currency": currency, "rate": Decimal(rate), "txn": writing.txn} for day, currency, rate in given])


def ordered(store: Store, day: date, currency: str, minor: int, number: str = "1") -> None:
    """An order line of Boreal's with this amount."""
    with store.writing("test") as writing:
        writing.connection.execute(insert(orders), [{
            "reseller_site_number": BOREAL, "order_number": number, "line_number": 1, "order_date": day, "order_type": "purchase",
            "site_number": "7101", "country": "BR", "part_number": "D0001LL", "quantity": Decimal(1), "unit_price": Decimal(1),
            "currency": currency, "amount": minor, "txn": writing.txn}])


def people(store: Store) -> dict[str, Viewer]:
    """The cast, and a world without lines."""
    found = settle(store)
    world = worlds.make(1, lines=1)
    world.orders, world.renewals, world.rates = [], [], {}
    world.write(store)
    return found


def totals(viewer: Viewer, currency: str, today: date = TODAY) -> dict[str, tuple[Decimal, int]]:
    found = report.totals_of(order_history, viewer, Filters(in_currency=currency), today)  # type: ignore[arg-type]
    return {row["currency"]: (row["amount"], row["lines"]) for row in found}


def line(viewer: Viewer, currency: str, today: date = TODAY) -> dict[str, object]:
    (row,) = report.run(order_history, viewer, Filters(in_currency=currency), today=today, form="detail").rows
    return row


def test_a_day_without_a_rate_goes_by_the_last_one_before_and_says_of_which_day_it_is(read: Store) -> None:
    ana = people(read)["ana"]
    rates(read, (FRIDAY, "BRL", "6.25"), (FRIDAY + timedelta(days=3), "BRL", "5"))
    ordered(read, SUNDAY, "BRL", 100_00)
    found = line(ana, "EUR")
    assert (found["amount_in"], found["in_currency"], found["rate"], found["rate_date"]) == (Decimal("16.00"), "EUR", Decimal("0.16"), FRIDAY)
    assert (found["amount"], found["currency"]) == (Decimal("100.00"), "BRL")  # what was invoiced stays beside it


def test_a_line_before_the_first_rate_keeps_its_currency_and_is_never_added(read: Store) -> None:
    ana = people(read)["ana"]
    rates(read, (FRIDAY, "BRL", "5"))
    ordered(read, FRIDAY - timedelta(days=1), "BRL", 100_00, "1")
    ordered(read, FRIDAY, "BRL", 100_00, "2")
    ordered(read, FRIDAY, "KWD", 1_000, "3")
    assert totals(ana, "EUR") == {"EUR": (Decimal("20.00"), 1), "BRL": (Decimal("100.00"), 1), "KWD": (Decimal("1.000"), 1)}


def test_days_after_today_go_by_todays_rate_and_a_rate_after_today_does_not_count(read: Store) -> None:
    ana = people(read)["ana"]
    rates(read, (FRIDAY, "BRL", "5"), (date(2027, 1, 4), "BRL", "10"))
    ordered(read, date(2027, 2, 1), "BRL", 100_00)
    assert totals(ana, "EUR") == {"EUR": (Decimal("20.00"), 1)}
    assert line(ana, "EUR")["rate_date"] == FRIDAY
    assert totals(ana, "EUR", today=date(2027, 2, 1)) == {"EUR": (Decimal("10.00"), 1)}


def test_a_rate_of_today_counts_today(read: Store) -> None:
    ana = people(read)["ana"]
    rates(read, (TODAY, "BRL", "5"))
    ordered(read, TODAY, "BRL", 100_00)
    assert totals(ana, "EUR") == {"EUR": (Decimal("20.00"), 1)}
    assert exchange.newest(ana, "BRL", TODAY) == TODAY


def test_two_currencies_meet_through_the_euro_and_the_older_rates_day_is_told(read: Store) -> None:
    ana = people(read)["ana"]
    rates(read, (FRIDAY - timedelta(days=2), "JPY", "160"), (FRIDAY, "BRL", "6.4"))
    ordered(read, FRIDAY, "JPY", 500)
    found = line(ana, "BRL")
    assert (found["amount_in"], found["rate"], found["rate_date"]) == (Decimal("20.00"), Decimal("0.04"), FRIDAY - timedelta(days=2))


def test_the_euro_itself_and_the_wanted_currency_need_no_rate(read: Store) -> None:
    ana = people(read)["ana"]
    ordered(read, FRIDAY, "EUR", 7_77)
    assert totals(ana, "EUR") == {"EUR": (Decimal("7.77"), 1)}
    assert totals(ana, "BRL") == {"EUR": (Decimal("7.77"), 1)}


@pytest.mark.parametrize(("minor", "expected"), [(1, "0.01"), (-1, "-0.01"), (3, "0.02"), (-3, "-0.02"), (2, "0.01"), (0, "0.00")])
def test_a_half_is_rounded_up_and_a_return_mirrors_its_sale(read: Store, minor: int, expected: str) -> None:
    ana = people(read)["ana"]
    rates(read, (FRIDAY, "BRL", "2"))
    ordered(read, FRIDAY, "BRL", minor)
    assert totals(ana, "EUR")["EUR"][0] == Decimal(expected)


def test_an_amount_of_the_widest_kind_is_converted_without_a_loss(read: Store) -> None:
    ana = people(read)["ana"]
    rates(read, (FRIDAY, "IDR", "18000"))
    ordered(read, FRIDAY, "EUR", 2**62)
    assert totals(ana, "IDR")["IDR"][0] == Decimal(2**62).scaleb(-2) * 18000


def test_currencies_are_offered_when_there_is_a_rate_and_the_newest_rate_is_told(read: Store) -> None:
    ana = people(read)["ana"]
    assert exchange.currencies(ana) == []
    rates(read, (FRIDAY, "BRL", "2"), (TODAY + timedelta(days=3), "JPY", "160"), (date(2022, 12, 30), "HRK", "7.5365"))
    assert exchange.currencies(ana) == ["BRL", "EUR", "JPY"]  # the kuna is no more
    assert exchange.newest(ana, "EUR", TODAY) == FRIDAY
    assert exchange.newest(ana, "JPY", TODAY) is None


def test_the_filters_say_in_words_that_amounts_are_in_one_currency() -> None:
    with locale.use("en"):
        assert Filters(in_currency="EUR").words() == ["Amounts in: EUR"]


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(numbers=st.lists(st.tuples(st.integers(-(2**62), 2**62), st.integers(1, 2**60), st.integers(0, 10**15)), min_size=1, max_size=20))
def test_a_quotient_is_exact_beyond_64_bits(read: Store, numbers: list[tuple[int, int, int]]) -> None:
    reader = replica.reader(read)
    asked = select(*(quotient(literal(dividend, BigInteger), literal(divisor, BigInteger), times=literal(times, BigInteger)).label(f"q{place}")
                     for place, (dividend, divisor, times) in enumerate(numbers)))
    expected = [(1 if dividend >= 0 else -1) * int(Fraction(abs(dividend) * times, divisor) + Fraction(1, 2)) for dividend, divisor, times in numbers]
    assert [int(value) for value in reader.rows(asked)[0]] == expected


def test_each_day_gives_a_row_for_every_day_over_a_leap_day(read: Store) -> None:
    asked = select(each_day(literal(date(2028, 2, 27)), literal(4)).label("day"))
    assert [row.day for row in replica.reader(read).rows(asked)] == [date(2028, 2, 27), date(2028, 2, 28), date(2028, 2, 29), date(2028, 3, 1)]
