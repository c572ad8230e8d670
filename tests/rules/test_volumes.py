"""How many will there be in the next week? The range holds what comes as often as it says."""

import random
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
    assert growing.low < 44 < growing.expected < growing.high, "it goes on growing"


def test_each_can_stand_for_several() -> None:
    assert Forecast(expected=2.0, low=1.0, high=4.0).times(8) == Forecast(expected=16.0, low=8.0, high=32.0)


@pytest.mark.parametrize("shops", [60, pytest.param(600, marks=pytest.mark.long)])
def test_nine_in_ten_ranges_hold_what_comes_where_weeks_differ(shops: int) -> None:
    """The volume of each week is its own: by a fifth more or less. A Poisson range around the mean is too narrow."""
    chance, held, naive, asked = random.Random(7), 0, 0, 0
    for _ in range(shops):
        level = chance.uniform(5, 200)
        weeks = [
            max(0, round(chance.gauss(level * chance.uniform(0.7, 1.3), sqrt(level)))) for _ in range(24)
        ]
        for place in range(8, 24):
            guess, mean = forecast(weeks[:place]), sum(weeks[:place]) / place
            assert guess is not None
            held += guess.low - 0.5 <= weeks[place] <= guess.high + 0.5
            naive += abs(weeks[place] - mean) <= 1.645 * sqrt(mean)
            asked += 1
    tell(f"weeks of their own: held {held / asked:.1%} of {asked}, around the naive mean {naive / asked:.1%}")
    assert held >= 0.87 * asked
