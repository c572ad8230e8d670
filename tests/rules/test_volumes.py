"""How many will there be in the next week? The range holds what comes as often as it says."""

import random
from collections.abc import Callable, Iterator
from math import sqrt

import pytest

from rules.volumes import FEWEST, Forecast, forecast
from tests.rules.test_contrast import tell


def test_of_few_weeks_nothing_is_guessed() -> None:
    assert forecast([5] * (FEWEST - 1)) is None
    assert forecast([5] * FEWEST) is not None


def test_the_guess_lies_within_its_range_and_never_below_nothing() -> None:
    none = forecast([0] * 8)
    assert none is not None
    assert none.low == 0 <= none.expected <= none.high < 5
    growing = forecast([10, 14, 19, 25, 30, 36, 44])
    assert growing is not None
    assert 36.7 < growing.expected < 44 < growing.high, (
        "it goes on growing, half as much: the last three are 36.7"
    )


def test_each_can_stand_for_several() -> None:
    assert Forecast(expected=2.0, low=1.0, high=4.0).times(8) == Forecast(expected=16.0, low=8.0, high=32.0)


def weeks_of_their_own(chance: random.Random) -> Iterator[float]:
    """By a third more or less than usual."""
    level = chance.uniform(5, 200)
    return (level * chance.uniform(0.7, 1.3) for _ in range(24))


def growth_that_comes_and_goes(chance: random.Random) -> Iterator[float]:
    """Six weeks long by a tenth a week, up or down."""
    level, growth = chance.uniform(20, 200), 0.0
    for week in range(24):
        growth = chance.choice((-0.1, 0.0, 0.1)) if week % 6 == 0 else growth
        level *= 1 + growth
        yield level


@pytest.mark.parametrize("shops", [60, pytest.param(600, marks=pytest.mark.long)])
@pytest.mark.parametrize("volumes", [weeks_of_their_own, growth_that_comes_and_goes])
def test_nine_in_ten_ranges_hold_what_comes_where_weeks_differ(
    volumes: Callable[[random.Random], Iterator[float]], shops: int
) -> None:
    """A Poisson range around the mean is too narrow."""
    chance, held, naive, asked = random.Random(7), 0, 0, 0
    for _ in range(shops):
        weeks = [max(0, round(chance.gauss(level, sqrt(level)))) for level in volumes(chance)]
        for place in range(8, 24):
            guess, mean = forecast(weeks[:place]), sum(weeks[:place]) / place
            assert guess is not None
            held += guess.low - 0.5 <= weeks[place] <= guess.high + 0.5
            naive += abs(weeks[place] - mean) <= 1.645 * sqrt(mean)
            asked += 1
    tell(f"{volumes.__name__}: held {held / asked:.1%} of {asked}, around the naive mean {naive / asked:.1%}")
    assert held >= 0.87 * asked
