"""Home tells each viewer its own figures, in one currency, and nothing to who may not see orders or prices."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from cast import BOREAL, CEDRO, settle
from sqlalchemy import insert
from world import World

from pao_core.access import AccessDenied, Viewer
from pao_core.home import home
from pao_core.store.engine import Store
from pao_core.store.schema import prices

TODAY = date(2026, 11, 24)


@pytest.fixture
def book(sqlite_store: Store) -> Store:
    return sqlite_store


@pytest.fixture
def people(book: Store) -> dict[str, Viewer]:


    return settle(book)


def line(number: int, reseller: str, on: date, amount: str, currency: str = "BRL", site: str = "1") -> dict[str, object]:
    return {"reseller_site_number": reseller, "order_number": f"{number}", "line_number": 1, "order_date": on, "order_type": "purchase",
            "site_number": site, "country": "BR", "part_number": "D1", "quantity": Decimal(1), "unit_price": Decimal(amount), "currency": currency,
            "amount": Decimal(amount), "distributor_site_number": None, "status": None}


def lay(store: Store, *orders: dict[str, object]) -> None:
    site = {"site_number": "1", "name": "Companhia Lumiara", "name_folded": "companhia lumiara", "country": "BR", "agreement_number": None,
            "role": None, "industry": None}
    part = {"part_number": "D1", "description": "A part", "family": "software", "part_type": "license", "product_group": "Security", "points": None}
    agreement = {"agreement_number": "A1", "program": "PA", "customer_name": "Outra", "customer_name_folded": "outra", "anniversary_date": None}
    World(agreements={"A1": agreement}, names={(BOREAL, "1"): "Lumiara"},
          sites={"1": site, "2": site | {"site_number": "2", "name": "Banco"}}, parts={"D1": part}, orders=list(orders)).write(store)


def test_the_month_is_told_in_the_currency_of_most_lines_against_the_same_days_before(book: Store, people: dict[str, Viewer]) -> None:
    lay(book, line(1, BOREAL, date(2026, 11, 1), "100"), line(2, BOREAL, TODAY, "50"), line(3, BOREAL, TODAY, "9", "EUR"),
        line(4, BOREAL, date(2026, 10, 1), "120"), line(5, BOREAL, date(2026, 10, 25), "999"), line(6, BOREAL, TODAY + timedelta(days=1), "7"))
    sold = home.this_month(people["ana"], TODAY)
    assert sold
    assert (sold.currency, sold.amount, sold.orders, sold.other_currencies, sold.change) == ("BRL", Decimal(150), 2, 1, Decimal("0.25"))


def test_twelve_months_begin_the_day_after_a_year_ago(book: Store, people: dict[str, Viewer]) -> None:
    lay(book, line(1, BOREAL, date(2025, 11, 24), "1000"), line(2, BOREAL, date(2025, 11, 25), "5"))
    sold = home.twelve_months(people["ana"], TODAY)
    assert sold
    assert (sold.amount, sold.change) == (Decimal(5), Decimal("-0.995"))


def test_nobody_is_told_another_resellers_figures(book: Store, people: dict[str, Viewer]) -> None:
    lay(book, line(1, BOREAL, TODAY, "100"), line(2, CEDRO, TODAY, "7", site="2"))
    assert [row["amount"] for row in home.latest_orders(people["bob"], TODAY)] == [Decimal(7)]
    assert home.customer_count(people["bob"], TODAY) == (1, 1)
    assert home.this_month(people["dora"], TODAY) is None
    assert home.may_see_orders(people["dora"]) is False


def test_the_next_edition_is_the_first_to_come(book: Store, people: dict[str, Viewer]) -> None:
    lay(book, line(1, BOREAL, TODAY, "1"))
    price = {"part_number": "D1", "currency": "BRL", "price_level": "BL", "unit_price": Decimal(1), "effective_to": None}
    with book.writing("test") as writing:
        writing.connection.execute(insert(prices), [
            price | {"country": country, "effective_from": day, "txn": writing.txn}
            for country, day in (("BR", date(2026, 1, 1)), ("BR", date(2027, 1, 1)), ("PT", date(2027, 1, 1)), ("BR", date(2027, 7, 1)))
        ])
    coming = home.next_edition(people["ana"], TODAY)
    assert coming == home.Coming(date(2027, 1, 1), 2, 2)
    assert home.next_edition(people["ana"], date(2027, 7, 1)) is None
    with pytest.raises(AccessDenied):
        home.next_edition(people["dora"], TODAY)
