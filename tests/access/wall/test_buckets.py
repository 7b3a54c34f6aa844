"""Token buckets: never more than the burst and what has trickled in since, whatever the clock does and however many ask."""

from __future__ import annotations

import math
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from keys import NOW

from pao_core.access.wall.buckets import Buckets
from pao_core.access.wall.rates import Places

BURST, PER_SECOND = 10, 2.0


@given(st.lists(st.tuples(st.floats(0, 20), st.integers(1, 4)), max_size=60))
def test_a_bucket_gives_at_most_the_burst_and_what_trickled_in(asks: list[tuple[float, int]]) -> None:
    buckets, now, given_ = Buckets(BURST, PER_SECOND), NOW, 0
    for pause, cost in asks:
        now += timedelta(seconds=pause)
        wait = buckets.take("a", now, cost)
        given_ += 0 if wait else cost
        assert given_ <= BURST + PER_SECOND * (now - NOW).total_seconds() + 1e-3
        if wait:
            assert not Buckets.take(buckets, "a", now + timedelta(seconds=wait + 0.001), cost)
            now, given_ = now + timedelta(seconds=wait + 0.001), given_ + cost


def test_what_was_not_used_is_given_back_and_never_more_than_fits() -> None:
    buckets = Buckets(BURST, PER_SECOND)
    assert buckets.take("a", NOW, BURST) == 0
    buckets.give("a", NOW, 4)
    assert (buckets.take("a", NOW, 4), buckets.take("a", NOW, 2)) == (0, 1.0)
    buckets.give("a", NOW, 1_000)
    assert (buckets.take("a", NOW, BURST), buckets.take("a", NOW)) == (0, 0.5)


def test_more_than_a_bucket_holds_is_never_given() -> None:
    buckets = Buckets(BURST, PER_SECOND)
    assert buckets.take("a", NOW, BURST + 1) == math.inf
    assert buckets.take("a", NOW, BURST) == 0


def test_a_clock_that_is_set_back_neither_fills_nor_blocks_a_bucket() -> None:
    buckets = Buckets(BURST, PER_SECOND)
    assert buckets.take("a", NOW, BURST) == 0
    earlier = NOW - timedelta(hours=1)
    assert buckets.take("a", earlier) == 0.5
    assert buckets.take("a", earlier + timedelta(seconds=1), 2) == 0


def test_a_flood_of_addresses_takes_no_more_memory_than_so_many() -> None:
    buckets = Buckets(1, PER_SECOND, most=100)
    assert [buckets.take(str(number), NOW) for number in range(1_000)] == [0] * 1_000
    assert len(buckets) == 100
    assert buckets.take("999", NOW) > 0  # the most recent are remembered


def test_places_are_freed_when_their_time_is_over() -> None:
    places = Places(each=2, all_=100, kept=timedelta(seconds=120))
    assert [places.enter("a", NOW) for _ in range(3)] == [True, True, False]
    places.leave("a", NOW)
    assert not places.enter("a", NOW + timedelta(seconds=119))
    assert places.enter("a", NOW + timedelta(seconds=120))


def test_a_few_keys_cannot_take_every_place() -> None:
    places = Places(each=100, all_=100)
    taken = {key: sum(places.enter(key, NOW) for _ in range(200)) for key in "abcde"}
    assert taken["a"] == 34 and sum(taken.values()) < 90
    assert places.enter("newcomer", NOW)


def test_all_places_together_are_never_more_than_all() -> None:
    places = Places(each=100, all_=100)
    assert sum(places.enter(str(number % 300), NOW) for number in range(3_000)) == 100
