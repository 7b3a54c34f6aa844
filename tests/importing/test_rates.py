"""The European Central Bank's rates go the way of every import: checked against the package's own converter."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from cast import times
from currency_converter import CurrencyConverter, RateNotFoundError
from files import load
from sqlalchemy import func, select

from pao_core.access import AccessDenied, Viewer
from pao_core.importing import batches, jobs, rates
from pao_core.locale import Refused
from pao_core.store import schema
from pao_core.store.engine import Store

RATES = schema.exchange_rates


@pytest.fixture(scope="module")
def converter() -> CurrencyConverter:
    return CurrencyConverter(decimal=True)


def held(store: Store, since: date = date.min) -> dict[tuple[date, str], Decimal]:
    with store.reading() as connection:
        found = connection.execute(select(RATES.c.date, RATES.c.currency, RATES.c.rate).where(RATES.c.date >= since))
        return {(row.date, row.currency): row.rate for row in found}


def test_the_whole_history_is_loaded_once_and_can_be_undone(sqlite_store: Store, converter: CurrencyConverter) -> None:
    operator = Viewer.of_command_line(sqlite_store)
    seen: list[tuple[str, int]] = []
    result = rates.load(operator, progress=lambda step, done, total: seen.append((step, done)))
    found = held(sqlite_store)
    assert (result.read, result.loaded, result.unchanged, result.rejected) == (len(found), len(found), 0, 0)
    assert {step for step, _done in seen} == {"Reading", "Checking", "Loading"}
    assert max(done for _step, done in seen) == result.read
    days = {day for day, _currency in found}
    assert (min(days), max(days)) == (date(1999, 1, 4), rates.last_day())
    bounds = {currency: converter.bounds[currency] for currency in converter.currencies if currency != "EUR"}
    assert {currency for _day, currency in found} == set(bounds)
    pick = random.Random(1)
    for _ in range(times(3_000, 100_000)):
        day, currency = date(1999, 1, 1) + timedelta(days=pick.randrange(10_200)), pick.choice(list(bounds))
        assert found.get((day, currency)) == expected(converter, day, currency), (day, currency)
    batch = batches.listed(operator)[0]
    assert (batch["dataset"], batch["file_name"]) == ("exchange_rates", f"ecb-1999-01-04-{rates.last_day()}.csv")
    number = sqlite_store.change_number()
    again = rates.load(operator)
    assert (again.loaded, again.unchanged) == (0, len(found))
    assert sqlite_store.change_number() == number
    with sqlite_store.reading() as connection:
        audited = connection.scalars(select(schema.audit.c.act).order_by(schema.audit.c.id)).all()
    assert audited == ["import", "import"]
    assert batches.undo(operator, batch["id"]) == len(found)
    assert held(sqlite_store) == {}


def expected(converter: CurrencyConverter, day: date, currency: str) -> Decimal | None:
    """The rate by the package's own converter; None where the bank had none that day."""
    first, last = converter.bounds[currency]
    if not first <= day <= last:
        return None
    try:
        return Decimal(converter.convert(1, "EUR", currency, date=day))
    except RateNotFoundError:
        return None


def test_only_the_days_that_are_asked_for_are_loaded_and_others_stay(operator: Viewer, tmp_path: Path) -> None:
    late, early = rates.last_day() - timedelta(days=5), rates.last_day() - timedelta(days=40)
    first = rates.load(operator, late)
    assert {day for day, _currency in held(operator.store)} <= {late + timedelta(days=n) for n in range(6)}
    more = rates.load(operator, early)
    assert (more.unchanged, more.loaded) == (first.loaded, more.read - first.loaded)
    assert batches.undo(operator, more.batch or 0) == more.loaded
    assert len(held(operator.store)) == first.loaded


def test_a_rate_that_was_loaded_from_elsewhere_is_replaced_and_comes_back_with_the_undoing(operator: Viewer, tmp_path: Path) -> None:
    last = rates.last_day()
    load(operator, tmp_path, "exchange_rates", [["date", "currency", "rate"], [last.isoformat(), "BRL", "9.99"]])
    batch = rates.load(operator, last).batch or 0
    assert held(operator.store)[last, "BRL"] != Decimal("9.99")
    batches.undo(operator, batch)
    assert held(operator.store) == {(last, "BRL"): Decimal("9.99")}


def test_a_day_after_the_last_is_refused_with_that_day(operator: Viewer) -> None:
    with pytest.raises(Refused, match=f"end on {rates.last_day()}"):
        rates.load(operator, rates.last_day() + timedelta(days=1))


def test_rates_are_the_operators_alone(people: dict[str, Viewer]) -> None:
    for name in ("ana", "bob", "carla"):
        with pytest.raises(AccessDenied):
            rates.load(people[name], rates.last_day())
    assert rates.load(people["dora"], rates.last_day()).loaded > 0


def test_the_web_loads_them_in_a_process_of_its_own(people: dict[str, Viewer]) -> None:
    file = rates.published(rates.last_day())
    job = jobs.start(people["dora"], file.content, rates.DATASET, rates.OPTIONS, file.name)
    jobs._children[job].wait(60)
    state = jobs.state(people["dora"], job)
    assert (state.state, (state.result or {})["loaded"]) == ("done", len(held(people["dora"].store)))
    with people["dora"].store.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(schema.batches).where(schema.batches.c.file_name == file.name)) == 1
