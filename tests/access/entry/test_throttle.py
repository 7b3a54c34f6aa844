"""Throttling: guesses stop, the owner of an account does not. By an injected clock."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import product

import pytest
from cast import times
from keys import ANA, NOW
from sqlalchemy import func, select

from pao_core.access.entry import throttle
from pao_core.access.entry.throttle import Throttled, TooOften
from pao_core.store.engine import Store
from pao_core.store.schema import sign_ins

HOME, ELSEWHERE = "203.0.113.7", "198.51.100.1"
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def attempt(store: Store, email: str = ANA, address: str = HOME, now: datetime = NOW, right: bool = False) -> bool:
    """Whether an attempt was let through to the password."""
    try:
        with store.desk_writing() as desk:
            made = throttle.begin(desk, email, address, now)
            if right:
                throttle.succeeded(desk, made)
    except Throttled:
        return False
    return True


def let_through(store: Store, count: int, **where: object) -> int:
    return sum(attempt(store, **where) for _ in range(count))  # type: ignore[arg-type]


def test_five_failures_in_a_quarter_hour_then_no_more(store: Store) -> None:
    assert let_through(store, 9) == 5


def test_another_address_or_account_is_not_affected(store: Store) -> None:
    let_through(store, 9)
    assert attempt(store, address=ELSEWHERE) and attempt(store, email="bia@cedro.example")


def test_failures_decay_one_by_one(store: Store) -> None:
    for minute in range(5):
        attempt(store, now=NOW + minute * MINUTE)
    assert not attempt(store, now=NOW + 14 * MINUTE)
    assert let_through(store, 9, now=NOW + 16 * MINUTE) == 2


def test_throttled_attempts_do_not_prolong_the_wait(store: Store) -> None:
    let_through(store, 5)
    for minute in range(15):
        assert not attempt(store, now=NOW + minute * MINUTE)
    assert attempt(store, now=NOW + 15 * MINUTE)


def test_the_right_password_forgets_the_failures_before_it(store: Store) -> None:
    let_through(store, 4)
    assert attempt(store, right=True)
    assert let_through(store, 9) == 5


def test_a_hundred_failures_an_hour_from_one_address_close_it_for_every_account(store: Store) -> None:
    assert sum(attempt(store, email=f"user{n}@boreal.example", now=NOW + n * SECOND) for n in range(120)) == 100
    assert not attempt(store, email="new@boreal.example", now=NOW + 59 * MINUTE)
    assert attempt(store, email="new@boreal.example", now=NOW + 61 * MINUTE)


def test_guessing_from_everywhere_stops_and_the_owner_still_comes_in(store: Store) -> None:
    assert attempt(store, right=True)
    guesses = [attempt(store, address=f"198.51.100.{n}", now=NOW + n * SECOND) for n in range(1, 60)]
    assert sum(guesses) == throttle.ACCOUNT_FAILURES
    assert attempt(store, address=HOME, right=True, now=NOW + MINUTE)
    assert not attempt(store, address="192.0.2.1", now=NOW + MINUTE)
    assert attempt(store, address="192.0.2.1", now=NOW + 17 * MINUTE)


def test_a_botnet_against_many_accounts_gets_few_guesses_and_locks_nobody_out(store: Store) -> None:
    accounts = [f"user{n}@boreal.example" for n in range(times(4, 40))]
    addresses = [f"198.51.100.{n}" for n in range(times(8, 120))]
    hours, heard = times(2, 12), Counter[str]()
    for account in accounts:
        assert attempt(store, email=account, right=True)  # each has signed in from home before
    for round_ in range(hours * 12):
        now = NOW + round_ * 5 * MINUTE
        with store.desk_writing() as desk:
            for account, address in product(accounts, addresses):
                try:
                    throttle.begin(desk, account, address, now)
                    heard.update((account, address))
                except Throttled:
                    pass
        assert attempt(store, email=accounts[round_ % len(accounts)], now=now, right=True)
    # A window that slides lets through one more round's worth at its edges.
    assert max(heard[account] for account in accounts) <= throttle.ACCOUNT_FAILURES * (4 * hours + 1)
    assert max(heard[address] for address in addresses) <= throttle.ADDRESS_FAILURES * (hours + 1)
    assert min(heard[account] for account in accounts) > 0


def test_an_address_is_known_for_ninety_days(store: Store) -> None:
    attempt(store, right=True)
    later = NOW + timedelta(days=91)
    for n in range(1, 40):
        attempt(store, address=f"198.51.100.{n}", now=later)
    assert not attempt(store, address=HOME, now=later)


def test_of_thirty_two_guesses_at_once_five_are_tried(store: Store) -> None:
    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(lambda _: attempt(store), range(32))) == 5


def test_the_log_forgets_after_ninety_days(store: Store) -> None:
    let_through(store, 3)
    attempt(store, now=NOW + timedelta(days=91))
    with store.desk_reading() as connection:
        assert connection.scalar(select(func.count()).select_from(sign_ins)) == 1


def test_the_sentence_does_not_tell_what_was_exceeded(store: Store) -> None:
    said = set()
    for where in ({"email": ANA}, {"email": "nobody@boreal.example"}):
        let_through(store, 5, **where)
        with pytest.raises(Throttled) as refused, store.desk_writing() as desk:
            throttle.begin(desk, where["email"], HOME, NOW)
        said.add(str(refused.value))
    assert said == {"Too many attempts to sign in. Wait 15 minutes, then try again."}


@pytest.mark.parametrize(("address", "counted"), [
    ("203.0.113.7", "203.0.113.7"), ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"), ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
    ("::ffff:203.0.113.7", "203.0.113.7"), (None, ""), ("", ""), (7, ""), ("proxy" * 50, ("proxy" * 50)[:64]),
])
def test_an_address_is_counted_by_what_one_person_has(address: object, counted: str) -> None:
    assert throttle.place(address) == counted


def asked(store: Store, email: str = ANA, address: str = HOME, now: datetime = NOW, act: str = "link") -> bool:
    """Whether a stranger's wish was let through."""
    try:
        with store.desk_writing() as desk:
            throttle.count_open_act(desk, act, email, address, now)
    except TooOften:
        return False
    return True


def test_a_mailbox_is_asked_for_three_times_an_hour_from_wherever(store: Store) -> None:
    assert [asked(store, address=f"198.51.100.{n}", now=NOW + n * MINUTE) for n in range(5)] == [True] * 3 + [False] * 2
    assert asked(store, act="access") and asked(store, email="bia@cedro.example")
    assert asked(store, now=NOW + 61 * MINUTE)


def test_an_address_asks_twenty_times_an_hour_for_whomever(store: Store) -> None:
    assert sum(asked(store, email=f"user{n}@boreal.example") for n in range(30)) == 20
    assert asked(store, address=ELSEWHERE)


def test_of_sixteen_who_ask_at_once_for_a_mailbox_three_are_heard(store: Store) -> None:
    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(lambda _: asked(store), range(16))) == 3
