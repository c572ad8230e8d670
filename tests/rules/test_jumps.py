"""Has a share jumped? The volumes decide, not the difference alone."""

import random

import pytest

from rules.jumps import Change
from rules.reasons import Reason
from rules.sequential import Arm
from tests.rules.test_contrast import tell


def change(hits: int, n: int, hits_before: int, n_before: int) -> Change:
    return Change(now=Arm(n=n, hits=hits), before=Arm(n=n_before, hits=hits_before))


def test_from_15_to_41_of_a_hundred_is_a_jump_and_of_thirty_is_none() -> None:
    assert change(82, 200, 30, 200).is_jump
    assert not change(12, 29, 5, 29).is_jump, "the same difference, of too few"


def test_of_many_a_small_difference_is_one_too_and_a_fall_is_none() -> None:
    assert change(3_400, 20_000, 3_000, 20_000).is_jump
    assert not change(30, 200, 82, 200).is_jump


@pytest.mark.parametrize("few", [change(19, 19, 0, 100), change(50, 100, 0, 19), change(5, 20, 0, 0)])
def test_of_fewer_than_twenty_in_either_week_nothing_is_said(few: Change) -> None:
    assert not few.is_jump


def test_without_a_week_before_there_is_no_interval() -> None:
    assert change(5, 20, 0, 0).interval is None
    assert change(0, 0, 5, 20).interval is None


def test_the_interval_is_around_the_difference() -> None:
    between = change(82, 200, 30, 200).interval
    assert between is not None
    assert 0 < between.low < 0.26 < between.high < 1


@pytest.mark.parametrize("weeks", [500, pytest.param(5_000, marks=pytest.mark.long)])
def test_where_nothing_changes_hardly_a_week_has_a_jump(weeks: int) -> None:
    chance, jumped = random.Random(34), 0
    shares = (0.15, 0.1, 0.3, 0.25, 0.2)
    for _ in range(weeks):
        sizes = chance.randint(60, 600), chance.randint(60, 600)
        now, before = (chance.choices(list(Reason), shares, k=size) for size in sizes)
        jumped += any(
            change(now.count(reason), len(now), before.count(reason), len(before)).is_jump
            for reason in Reason
        )
    tell(f"no change: a jump in {jumped} of {weeks} weeks of five reasons")
    assert jumped <= 0.05 * weeks
