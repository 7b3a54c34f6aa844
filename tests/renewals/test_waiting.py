"""What waiting costs says only what a price is known for, at the list price of the customer's level, and why the rest is not known."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from cast import settle
from sqlalchemy import insert, update

from pao_core.access import AccessDenied, Viewer
from pao_core.access.rights import PRESETS
from pao_core.prices.in_force import prices_of
from pao_core.renewals import waiting
from pao_core.renewals.waiting import AT_NEW_PRICES, BY_THE_DATE, NO_LEVEL, NO_PRICE, NO_REINSTATEMENT, NO_RIGHT, OTHER_LENGTH, REINSTATED
from pao_core.store.engine import Store
from pao_core.store.schema import memberships, parts, prices

TODAY = date(2026, 11, 24)
Line = dict[str, Any]


def row(**more: Any) -> Line:
    """A row of the renewals report: ten of E1 at 100 reais, due in a week."""
    due = TODAY + timedelta(7)
    return {"part_number": "E1", "country": "BR", "currency": "BRL", "price_level": "D", "quantity": Decimal(10), "amount": Decimal(1000),
            "due_date": due, "coverage_start": due, "coverage_end": None} | more


def priced(store: Store, *given: tuple[str, str, date, str]) -> Viewer:
    """Prices (part, level, first day, unit price) in Brazil; E1 is reinstated by D9. Gives ana."""
    ana = settle(store)["ana"]
    with store.writing("test") as writing:
        writing.connection.execute(insert(parts), [
            {"part_number": number, "description": number, "reinstatement_part": back, "stub": False, "txn": writing.txn}
            for number, back in (("D9", None), ("E1", "D9"))])
        writing.connection.execute(insert(prices), [
            {"part_number": number, "country": "BR", "currency": "BRL", "price_level": level, "effective_from": first, "unit_price": Decimal(price),
             "txn": writing.txn} for number, level, first, price in given])
    return ana


def told(viewer: Viewer, line: Line, today: date = TODAY) -> list[tuple[str, date, Decimal, Decimal | None]]:
    return [(cost.what, cost.day, cost.amount, cost.change) for cost in waiting.waiting(viewer, line, today).costs]


NOW, NEW_YEAR = date(2026, 7, 1), date(2027, 1, 1)


def test_a_line_is_told_by_its_date_at_the_prices_of_the_next_edition_and_as_a_reinstatement(sqlite_store: Store) -> None:
    ana = priced(sqlite_store, ("E1", "D", NOW, "100"), ("E1", "D", NEW_YEAR, "106.005"), ("D9", "D", NOW, "180"), ("E1", "H", NOW, "1"))
    line = row(due_date=date(2026, 12, 31), coverage_start=NEW_YEAR)
    assert told(ana, line) == [
        (BY_THE_DATE, date(2026, 12, 31), Decimal(1000), Decimal(0)), (AT_NEW_PRICES, NEW_YEAR, Decimal("1060.05"), Decimal("0.06005")),
        (REINSTATED, NEW_YEAR, Decimal(1800), Decimal("0.8")),
    ]
    assert waiting.waiting(ana, line, TODAY).remarks == ()


def test_a_price_in_force_today_is_no_new_price(sqlite_store: Store) -> None:
    ana = priced(sqlite_store, ("E1", "D", TODAY, "120"), ("E1", "D", NEW_YEAR, "130"))
    assert [what for what, *_more in told(ana, row())] == [BY_THE_DATE]
    assert [what for what, *_more in told(ana, row(coverage_start=NEW_YEAR - timedelta(1)))] == [BY_THE_DATE]
    assert [what for what, *_more in told(ana, row(coverage_start=NEW_YEAR))] == [BY_THE_DATE, AT_NEW_PRICES]


def test_a_reinstatement_of_an_overdue_line_is_told_at_the_price_of_today(sqlite_store: Store) -> None:
    ana = priced(sqlite_store, ("D9", "D", date(2026, 1, 1), "150"), ("D9", "D", NOW, "180"), ("D9", "D", TODAY + timedelta(1), "200"))
    late = row(due_date=date(2026, 3, 1), coverage_start=date(2026, 3, 1))
    assert told(ana, late)[-1] == (REINSTATED, TODAY, Decimal(1800), Decimal("0.8"))


@pytest.mark.parametrize(("more", "remarks"), [
    ({"price_level": None}, (NO_LEVEL,)), ({"price_level": "H"}, (NO_PRICE, NO_REINSTATEMENT)), ({"country": "PT"}, (NO_PRICE, NO_REINSTATEMENT)),
    ({"currency": "USD"}, (NO_PRICE, NO_REINSTATEMENT)), ({"part_number": "D9"}, (NO_REINSTATEMENT,)),
    ({"coverage_start": date(2025, 1, 1), "coverage_end": date(2025, 6, 30)}, (NO_PRICE, OTHER_LENGTH)),
    ({"coverage_end": TODAY + timedelta(7 + 364)}, ()),
])
def test_what_is_not_known_is_said_and_never_made_up(sqlite_store: Store, more: Line, remarks: tuple[str, ...]) -> None:
    ana = priced(sqlite_store, ("E1", "D", NOW, "100"), ("D9", "D", NOW, "180"))
    found = waiting.waiting(ana, row(**more), TODAY)
    assert found.remarks == remarks
    assert found.costs[0].amount == Decimal(1000)
    assert len(found.costs) == (1 if NO_REINSTATEMENT in remarks or NO_LEVEL in remarks else 2)


def test_a_line_that_costs_nothing_has_no_change_to_tell(sqlite_store: Store) -> None:
    ana = priced(sqlite_store, ("E1", "D", NOW, "100"), ("D9", "D", NOW, "180"))
    assert told(ana, row(amount=Decimal(0)))[-1][3] is None


def test_prices_take_the_right_to_price_files(sqlite_store: Store) -> None:
    priced(sqlite_store, ("D9", "D", NOW, "180"))
    with sqlite_store.writing("test") as writing:
        writing.connection.execute(update(memberships).values(privileges={"reporting": "view"}))
    assert "price_files" in PRESETS["user"]
    bob = Viewer.of_email(sqlite_store, "bob@cedro.example")
    assert waiting.waiting(bob, row(), TODAY).remarks == (NO_RIGHT,)
    assert len(waiting.waiting(bob, row(), TODAY).costs) == 1
    with pytest.raises(AccessDenied):
        prices_of(bob, "E1", "BR", "BRL", "D")
