"""Contenders are compared within a round, and a round in which the machine was busy does not count."""

from collections.abc import Iterable
from itertools import cycle

import pytest

from bench.rounds import Contender, Figures, Rounds, compete
from bench.targets import Target

RATE = "rate"


def contender(name: str, rates: Iterable[float]) -> Contender:
    """Finds these rates, one in each round; a negative one is an error."""
    left = iter(rates)

    async def measure(_round: int) -> Figures:
        rate = next(left)
        if rate < 0:
            raise RuntimeError("it fell over")
        return {RATE: rate}

    return Contender(name, "nothing", measure)


async def rounds(ceiling: Iterable[float], **rates: list[float]) -> Rounds:
    """What so many rounds found, with what the machine could do before the first and after each."""
    looks = iter(ceiling)

    async def look() -> float:
        return next(looks)

    return await compete(
        {"ceiling": look},
        [contender(name, found) for name, found in rates.items()],
        len(next(iter(rates.values()))),
    )


async def test_ratios_are_those_of_one_round() -> None:
    found = await rounds(cycle([100]), ours=[30, 100], peer=[10, 25])

    assert found.ratios(("ours", RATE), ("peer", RATE)) == [3, 4]


async def test_a_round_in_which_the_ceiling_moved_is_dropped() -> None:
    found = await rounds([100, 71, 40, 40], ours=[30, 90, 60], peer=[10, 10, 10])

    assert [one.moved > 0.3 for one in found.all] == [False, True, False]
    assert found.ratios(("ours", RATE), ("peer", RATE)) == [3, 6]
    assert not found.restless


async def test_without_a_quiet_round_all_are_shown() -> None:
    found = await rounds([100, 50, 100], ours=[30, 20], peer=[10, 10])

    assert found.restless
    assert found.ratios(("ours", RATE), ("peer", RATE)) == [3, 2]


async def test_a_contender_that_falls_over_leaves_the_others_their_figures() -> None:
    found = await rounds(cycle([100]), ours=[30, 30], peer=[-1, 15])

    assert found.all[0].failures == {"peer": "RuntimeError: it fell over"}
    assert found.values("ours", RATE) == [30, 30]
    assert found.ratios(("ours", RATE), ("peer", RATE)) == [2]


@pytest.mark.parametrize(("at_least", "met", "worst"), [(True, False, 1), (False, True, 4)])
def test_a_target_is_met_by_the_median(at_least: bool, met: bool, worst: float) -> None:
    target = Target("a", "speed", 3, [1, 2, 4], at_least=at_least)

    assert (target.met, target.worst) == (met, worst)
