"""Who tries a change first? The same orders for ever, as many as ordered, and the rest is left alone."""

import random
import sys
from bisect import bisect
from collections import Counter
from functools import cache
from itertools import accumulate
from math import comb

import pytest

from rules.events import OrderKey, OrderNo, Shop
from rules.experiments import Aim, Finding, Measured, Part, Split, finding
from rules.sequential import FEWEST, Arm, Difference, difference, is_split_as_ordered


def an_order(number: int) -> OrderKey:
    return OrderKey(Shop("main"), OrderNo(f"DB{number:07}"))


ORDERS = [an_order(number) for number in range(20_000)]


def parts(split: Split) -> dict[OrderKey, Part]:
    return {order: split.part_of(order) for order in ORDERS}


def shares(split: Split, orders: list[OrderKey]) -> dict[Part, float]:
    counts = Counter(split.part_of(order) for order in orders)
    return {part: counts[part] / len(orders) for part in Part}


# --- who --------------------------------------------------------------------------


def test_ten_percent_are_ten_percent_and_as_many_are_compared_with() -> None:
    found = shares(Split(name="picking-90m", share=0.1), ORDERS)
    assert found[Part.TRIED] == pytest.approx(0.1, abs=0.01)
    assert found[Part.CONTROL] == pytest.approx(0.1, abs=0.01)


@pytest.mark.long
def test_ten_percent_of_a_hundred_thousand_are_off_by_half_a_point_at_most() -> None:
    orders = [an_order(number) for number in range(100_000)]
    for name in ("a", "b", "c", "618 大促", "payment"):
        assert shares(Split(name=name, share=0.1), orders)[Part.TRIED] == pytest.approx(0.1, abs=0.005)


def test_whoever_tries_a_change_goes_on_when_the_share_grows() -> None:
    tried: set[OrderKey] = set()
    for share in (0.1, 0.3, 0.5, 0.8, 1.0):
        now = {order for order, part in parts(Split(name="x", share=share)).items() if part is Part.TRIED}
        assert tried <= now
        assert len(now) / len(ORDERS) == pytest.approx(share, abs=0.01)
        tried = now


def test_nobody_is_compared_with_who_was_outside_but_by_growing() -> None:
    small, large = parts(Split(name="x", share=0.1)), parts(Split(name="x", share=0.3))
    for order, part in small.items():
        assert part is Part.OUTSIDE or large[order] is part


def test_an_order_is_what_it_was_after_a_restart() -> None:
    split = Split(name="picking-90m", share=0.5)
    chosen = [number for number in range(8) if split.part_of(an_order(number)) is Part.TRIED]
    assert chosen == [2, 4, 5]


def test_two_experiments_choose_without_regard_to_each_other() -> None:
    one, other = parts(Split(name="one", share=0.5)), parts(Split(name="other", share=0.5))
    both = sum(one[order] is other[order] is Part.TRIED for order in ORDERS)
    assert both / len(ORDERS) == pytest.approx(0.25, abs=0.015)


def test_none_and_all_can_be_ordered_too() -> None:
    assert set(parts(Split(name="x", share=0)).values()) == {Part.OUTSIDE}
    assert set(parts(Split(name="x", share=1)).values()) == {Part.TRIED}


# --- what they say ----------------------------------------------------------------


def measured(tried: Arm, control: Arm, aim: Aim = Aim.MORE) -> Measured:
    return Measured(aim=aim, tried=tried, control=control)


HALF = Split(name="x", share=0.1)
EVEN = {Part.TRIED: 1_000, Part.CONTROL: 1_000}
EQUAL = measured(Arm(n=1_000, hits=700), Arm(n=1_000, hits=700))
BETTER = measured(Arm(n=1_000, hits=800), Arm(n=1_000, hits=600))
HARM = measured(Arm(n=1_000, hits=200), Arm(n=1_000, hits=50), Aim.NOT_MORE)


def test_what_is_clear_is_said_and_harm_comes_first() -> None:
    assert finding(HALF, EVEN, {"reached": EQUAL}) is Finding.OPEN
    assert finding(HALF, EVEN, {"reached": BETTER}) is Finding.BETTER
    assert finding(HALF, EVEN, {"reached": BETTER, "refunds": HARM}) is Finding.HARMFUL
    worse = measured(BETTER.control, BETTER.tried)
    assert finding(HALF, EVEN, {"reached": worse}) is Finding.WORSE
    assert finding(HALF, EVEN, {"reached": worse, "resolved": BETTER}) is Finding.WORSE


def test_parts_that_are_not_as_large_as_ordered_say_nothing() -> None:
    uneven = {Part.TRIED: 1_200, Part.CONTROL: 1_000}
    assert finding(HALF, uneven, {"reached": BETTER}) is Finding.SPOILT
    assert finding(HALF, {}, {"reached": EQUAL}) is Finding.OPEN


def test_without_a_measure_of_success_there_is_no_experiment() -> None:
    with pytest.raises(ValueError, match="measure of success"):
        finding(HALF, EVEN, {"refunds": HARM})


def test_few_say_nothing_however_different() -> None:
    few = FEWEST - 1
    assert difference(Arm(n=few, hits=few), Arm(n=few)) == Difference(estimate=1.0, low=-1.0, high=1.0)
    assert difference(Arm(), Arm()).estimate == 0


# --- however often one looks ------------------------------------------------------

HOURS = 14 * 24
PER_HOUR = 20


def tell(figure: str) -> None:
    """Shown with `pytest -s`, and of a test that fails."""
    sys.stdout.write(figure + "\n")


@cache
def below(n: int, rate: float) -> list[float]:
    """How likely there are at most none, one, two ... hits among `n`."""
    return list(accumulate(comb(n, hits) * rate**hits * (1 - rate) ** (n - hits) for hits in range(n)))


def hits_of(chance: random.Random, n: int, rate: float) -> int:
    """How many of `n` hit."""
    return bisect(below(n, rate), chance.random())


def more(arm: Arm, n: int, hits: int) -> Arm:
    return Arm(n=arm.n + n, hits=arm.hits + hits)


def stops(chance: random.Random, tried: float, control: float) -> int | None:
    """After how many hours a difference is seen, looking every hour for two weeks; None if none is."""
    changed, same = Arm(), Arm()
    for hour in range(HOURS):
        chosen = hits_of(chance, PER_HOUR, 0.5)
        changed = more(changed, chosen, hits_of(chance, chosen, tried))
        same = more(same, PER_HOUR - chosen, hits_of(chance, PER_HOUR - chosen, control))
        found = difference(changed, same)
        if found.is_above or found.is_below:
            return hour
    return None


@pytest.mark.parametrize("runs", [20, pytest.param(2_000, marks=pytest.mark.long)])
def test_where_there_is_no_difference_hardly_any_is_seen(runs: int) -> None:
    for rate in (0.5, 0.05):
        chance = random.Random(round(1000 * rate))
        false = sum(stops(chance, rate, rate) is not None for _ in range(runs))
        tell(f"A/A at {rate:.0%}, a look every hour for two weeks: {false} of {runs} stopped")
        assert false <= max(0.05 * runs, 2)


@pytest.mark.parametrize("runs", [10, pytest.param(500, marks=pytest.mark.long)])
def test_a_difference_of_ten_points_is_seen_in_two_weeks(runs: int) -> None:
    chance = random.Random(10)
    hours = [stops(chance, 0.7, 0.6) for _ in range(runs)]
    seen = sorted(hour for hour in hours if hour is not None)
    tell(
        f"70 % against 60 %, {PER_HOUR} orders an hour: {len(seen)} of {runs} seen, half by hour {seen[len(seen) // 2]}"
    )
    assert len(seen) >= 0.95 * runs


@pytest.mark.parametrize("runs", [50, pytest.param(5_000, marks=pytest.mark.long)])
def test_a_split_as_ordered_is_hardly_ever_doubted_and_a_wrong_one_is(runs: int) -> None:
    chance, doubted, caught = random.Random(4), 0, 0
    for _ in range(runs):
        right = [chance.random() < 0.5 for _ in range(2_000)]
        wrong = [chance.random() < 0.6 for _ in range(2_000)]
        looks = range(100, 2_001, 100)
        doubted += not all(is_split_as_ordered(sum(right[:n]), n - sum(right[:n]), 0.5) for n in looks)
        caught += not all(is_split_as_ordered(sum(wrong[:n]), n - sum(wrong[:n]), 0.5) for n in looks)
    tell(f"of {runs} right splits {doubted} doubted, of {runs} of 60 to 40 {caught} caught")
    assert doubted <= max(0.001 * runs, 1)
    assert caught == runs
