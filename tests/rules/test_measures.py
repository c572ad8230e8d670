"""How well does the team answer? The intervals, and what stands beside them."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.bookfile import parse_rule_book
from rules.golden import Share, Waits
from rules.measures import (
    REFERENCES,
    Baseline,
    Between,
    Healing,
    Measure,
    Measures,
    around,
    mean,
    messages_of,
    reached_by,
)
from rules.stages import Kind, Stage
from tests.builders import a_book
from tests.rules.faults import faults

SECOND = timedelta(seconds=1)
TINY = 1e-9
"""What floats may be off by."""
SHARES = st.integers(1, 5000).flatmap(lambda of: st.integers(0, of).map(lambda part: Share(part, of)))
WAITS = st.dictionaries(st.integers(0, 100_000), st.integers(1, 50), min_size=1, max_size=30).map(Waits)


def test_of_nothing_nothing_is_said() -> None:
    assert around(Waits()) is None
    assert mean(Waits()) is None
    assert reached_by(Waits(), range(3)) == []
    assert messages_of({}) == (0, None)


@given(WAITS, st.sampled_from((50, 90)))
def test_a_quantile_lies_within_its_interval(waits: Waits, percent: int) -> None:
    low, high = around(waits, percent) or Between(SECOND, SECOND)
    value = waits.median if percent == 50 else waits.p90
    assert value is not None
    assert low <= value <= high


def test_the_interval_of_a_median_is_between_ranks() -> None:
    hundred = Waits(dict.fromkeys(range(1, 101), 1))
    assert around(hundred) == Between(40 * SECOND, 61 * SECOND)
    assert around(Waits({7: 1})) == Between(7 * SECOND, 7 * SECOND)


def test_a_wait_has_a_mean() -> None:
    assert mean(Waits({10: 1, 40: 2})) == 30 * SECOND


@given(WAITS)
def test_the_curve_only_rises(waits: Waits) -> None:
    curve = reached_by(waits, range(31))
    assert all(one <= other for one, other in pairwise(curve))
    assert all(0 <= share <= 1 for share in curve)


def test_the_curve_says_which_share_had_been_reached() -> None:
    assert reached_by(Waits({0: 1, 60: 1, 61: 1, 600: 1}), [0, 1, 2, 10]) == [0.25, 0.5, 0.75, 1.0]


def test_what_healed_by_itself_is_that_of_all_rules_together() -> None:
    healing = [
        Healing(stage=Stage.PICKUP, kind=Kind.NO_UPDATE, book_version=version, share=Share(version, 4))
        for version in (1, 2)
    ]
    assert Measures(healing=healing).healed == Share(3, 8)


def test_messages_are_counted_for_each_case() -> None:
    assert messages_of({0: 1, 3: 3}) == (4, 2.25)


def test_the_merchant_says_how_it_was_before() -> None:
    book = a_book(baseline={"detection_to_contact": "42m", "within_fifteen": 20})
    assert book.baseline.of(Measure.CONTACT) == timedelta(minutes=42)
    assert book.baseline.of(Measure.WITHIN_FIFTEEN) == 0.2
    assert book.baseline.of(Measure.ALONE) is None
    assert a_book().baseline == Baseline(), "nobody's figures are taken for the merchant's"


def test_what_others_report_is_no_baseline() -> None:
    assert all(a_book().baseline.of(measure) is None for measure in REFERENCES)


@pytest.mark.parametrize(
    "value",
    [{"within_ten": 101}, {"within_ten": "20"}, {"within_ten": 0.2}, {"handling": "0s"}, {"contact": "1m"}],
)
def test_a_baseline_that_makes_no_sense_is_refused(value: dict[str, Any]) -> None:
    assert faults(parse_rule_book, {"baseline": value})
