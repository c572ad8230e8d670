"""An experiment from its start to its end: how it grows, when it is looked at, and what all its measures say together."""

import random
import sys
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from rules.bookfile import parse_rule_book
from rules.experiments import Aim, Finding, Part, Split
from rules.sequential import Arm
from rules.trials import (
    EVERYBODY,
    GOALS,
    HARMS,
    LOOK_EVERY,
    Ending,
    Tally,
    Yardstick,
    differ_for_orders,
    found,
    measured,
)
from tests.contracts.builders import NOW, an_experiment


def test_it_grows_from_ten_to_thirty_to_all_and_no_more_when_it_is_over() -> None:
    experiment = an_experiment()
    assert experiment.next_share == 30
    assert replace(experiment, percent=30).next_share == EVERYBODY
    assert replace(experiment, ending=Ending.STOPPED).next_share is None


def test_its_name_salts_the_choice_whatever_its_share() -> None:
    assert an_experiment(id="x", percent=30).split == Split(name="x", share=0.3)


def test_it_is_looked_at_every_hour_as_long_as_it_goes_on() -> None:
    experiment = an_experiment()
    assert not experiment.is_to_look(NOW + LOOK_EVERY - timedelta(seconds=1))
    assert experiment.is_to_look(NOW + LOOK_EVERY)
    seen = replace(experiment, looked_at=NOW + LOOK_EVERY)
    assert not seen.is_to_look(NOW + LOOK_EVERY + timedelta(minutes=59))
    assert seen.is_to_look(NOW + 2 * LOOK_EVERY)
    assert not replace(seen, ending=Ending.WORSE).is_to_look(NOW + 9 * LOOK_EVERY)


def test_the_harms_count_whatever_it_is_for() -> None:
    compared = measured([Yardstick.QUIET], {})
    assert {one: both.aim for one, both in compared.items()} == {
        Yardstick.QUIET: Aim.MORE,
        Yardstick.REFUNDED: Aim.NOT_MORE,
        Yardstick.COMPLAINED: Aim.NOT_MORE,
    }


def a_tally(n: int, **hits: int) -> Tally:
    return Tally(exposed=n, arms={Yardstick(name): Arm(n=n, hits=count) for name, count in hits.items()})


def test_more_complaints_are_harmful_however_many_are_reached() -> None:
    experiment = an_experiment()
    better = {Part.TRIED: a_tally(1_000, reached=800), Part.CONTROL: a_tally(1_000, reached=600)}
    assert found(experiment, {}) is Finding.OPEN
    assert found(experiment, better) is Finding.BETTER
    harmful = {
        Part.TRIED: a_tally(1_000, reached=800, complained=200),
        Part.CONTROL: a_tally(1_000, reached=600, complained=50),
    }
    assert found(experiment, harmful) is Finding.HARMFUL


@pytest.mark.parametrize(
    ("changes", "differ"),
    [
        ({}, False),
        ({"stages": {"picking": {"normal": "31m"}}}, True),
        ({"ladder": []}, True),
        ({"lanes": [{"name": "x"}]}, True),
        ({"storm": {"threshold": 9}}, False),
        ({"baseline": {"within_ten": 50}}, False),
    ],
)
def test_only_what_is_said_of_orders_can_be_tried(changes: Any, differ: bool) -> None:
    assert differ_for_orders(parse_rule_book({}), parse_rule_book(changes)) is differ


# --- the whole of it, looked at every hour --------------------------------------------

HOURS = 14 * 24
PER_HOUR = 20
RATES = {
    Yardstick.REACHED: 0.3,
    Yardstick.RESOLVED: 0.95,
    Yardstick.QUIET: 0.8,
    Yardstick.REFUNDED: 0.04,
    Yardstick.COMPLAINED: 0.08,
}
MOST_ENDED = 0.05


def tell(figure: str) -> None:
    """Shown with `pytest -s`, and of a test that fails."""
    sys.stdout.write(figure + "\n")


def hits_of(chance: random.Random, n: int, rate: float) -> int:
    return sum(chance.random() < rate for _ in range(n))


def ends(chance: random.Random, more: dict[Yardstick, float]) -> Finding:
    """What an experiment for all goals has found first, looked at every hour for two weeks."""
    experiment, counts = (
        an_experiment(goals=GOALS),
        {part: dict.fromkeys(RATES, 0) for part in (Part.TRIED, Part.CONTROL)},
    )
    sizes = dict.fromkeys(counts, 0)
    for _ in range(HOURS):
        tried = hits_of(chance, PER_HOUR, 0.5)
        for part, new in ((Part.TRIED, tried), (Part.CONTROL, PER_HOUR - tried)):
            sizes[part] += new
            for one, rate in RATES.items():
                extra = more.get(one, 0) if part is Part.TRIED else 0
                counts[part][one] += hits_of(chance, new, rate + extra)
        tallies = {
            part: Tally(
                exposed=sizes[part], arms={one: Arm(n=sizes[part], hits=hits) for one, hits in theirs.items()}
            )
            for part, theirs in counts.items()
        }
        said = found(experiment, tallies)
        if said is not Finding.OPEN:
            return said
    return Finding.OPEN


@pytest.mark.parametrize(
    "runs", [10, pytest.param(2_000, marks=[pytest.mark.long, pytest.mark.timeout(1800)])]
)
def test_with_five_measures_hardly_any_experiment_ends_where_there_is_no_difference(runs: int) -> None:
    chance = random.Random(20)
    false = sum(ends(chance, {}) is not Finding.OPEN for _ in range(runs))
    tell(
        f"A/A with {len(GOALS)} goals and {len(HARMS)} harms, a look every hour for two weeks: {false} of {runs} ended"
    )
    assert false <= max(MOST_ENDED * runs, 1)


@pytest.mark.parametrize("runs", [5, pytest.param(200, marks=[pytest.mark.long, pytest.mark.timeout(1800)])])
def test_harm_of_five_points_is_found_in_two_weeks(runs: int) -> None:
    chance = random.Random(21)
    found_harm = sum(ends(chance, {Yardstick.COMPLAINED: 0.06}) is Finding.HARMFUL for _ in range(runs))
    tell(f"complaints 14 % against 8 %, {PER_HOUR} orders an hour: harm found in {found_harm} of {runs}")
    assert found_harm >= 0.9 * runs
