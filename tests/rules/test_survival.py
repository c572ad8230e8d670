"""How long until it happens? Held against the textbook, against counting, and against a clock that is known."""

import random
from datetime import timedelta
from math import isclose, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.survival import Span, curve

MINUTE = timedelta(minutes=1)
SPANS = st.builds(Span, length=st.integers(0, 50).map(lambda minutes: minutes * MINUTE), ended=st.booleans())


def spans(*told: str) -> list[Span]:
    """`9` happened after nine weeks; `13+` was watched for thirteen, and it had not."""
    return [Span(length=int(one.rstrip("+")) * MINUTE, ended="+" not in one) for one in told]


LEUKEMIA = spans("6", "6", "6", "6+", "7", "9+", "10", "10+", "11+", "13", "16", "17+", "19+", "20+", "22", "23",
                 "25+", "32+", "32+", "34+", "35+")  # fmt: skip
"""Freireich 1963, the treated: the example of the textbooks."""


@pytest.mark.parametrize(
    ("after", "left"),
    [(5, 1.0), (6, 0.857), (7, 0.807), (10, 0.753), (13, 0.690), (16, 0.627), (22, 0.538), (23, 0.448)],
)
def test_the_textbook_s_curve(after: int, left: float) -> None:
    assert isclose(1 - curve(LEUKEMIA).within(after * MINUTE), left, abs_tol=0.0006)


def test_the_textbook_s_median_and_its_interval() -> None:
    found = curve(LEUKEMIA)
    assert (found.n, found.events) == (21, 9)
    assert found.by(0.5) == 23 * MINUTE
    assert found.by(0.8) is None, "nobody was watched for so long"
    sure = found.interval(10 * MINUTE)
    assert sure is not None
    assert isclose(1 - sure.high, 0.503, abs_tol=0.003)
    assert isclose(1 - sure.low, 0.889, abs_tol=0.003)


def test_of_nothing_there_is_a_curve_that_says_nothing() -> None:
    empty = curve([])
    assert (empty.n, empty.within(MINUTE), empty.by(0.8), empty.interval(MINUTE)) == (0, 0.0, None, None)


@given(lengths=st.lists(st.integers(0, 50), min_size=1, max_size=40), after=st.integers(0, 60))
def test_without_anything_open_it_is_what_counting_gives(lengths: list[int], after: int) -> None:
    found = curve(Span(length=one * MINUTE, ended=True) for one in lengths)
    assert isclose(
        found.within(after * MINUTE), sum(one <= after for one in lengths) / len(lengths), abs_tol=1e-9
    )


@given(known=st.lists(SPANS, max_size=40), after=st.integers(0, 60), order=st.randoms(use_true_random=False))
def test_it_grows_lies_within_its_interval_and_knows_no_order(
    known: list[Span], after: int, order: random.Random
) -> None:
    found = curve(known)
    assert list(found.shares) == sorted(found.shares)
    assert all(0 < share <= 1 + 1e-9 for share in found.shares)
    sure, share = found.interval(after * MINUTE), found.within(after * MINUTE)
    assert sure is None or sure.low - 1e-9 <= share <= sure.high + 1e-9
    mixed = [*known]
    order.shuffle(mixed)
    assert curve(mixed) == found


def test_what_is_still_open_is_not_taken_for_what_was_quick() -> None:
    """Half are looked away from at a random moment: dropping them would say 40 % less than the truth."""
    chance = random.Random(6)
    true_p80 = -log(0.2) * 100
    known: list[Span] = []
    for _ in range(4000):
        happens, looked_away = chance.expovariate(1 / 100), chance.expovariate(1 / 100)
        known.append(Span(length=min(happens, looked_away) * MINUTE, ended=happens <= looked_away))
    p80 = curve(known).by(0.8)
    dropped = curve([span for span in known if span.ended]).by(0.8)
    assert p80 is not None
    assert dropped is not None
    assert abs(p80 / MINUTE - true_p80) < 0.1 * true_p80
    assert dropped / MINUTE < 0.65 * true_p80
