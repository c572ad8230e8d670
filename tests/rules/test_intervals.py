"""How sure is a share? Held against what is known of it, and against its own promise."""

from math import comb, isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.intervals import wilson


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (171, 214, 0.7404, 0.8473)],
)
def test_the_interval_is_the_one_of_the_books(count: int, n: int, low: float, high: float) -> None:
    found = wilson(count, n)
    assert found is not None
    assert isclose(found.low, low, abs_tol=0.0006)
    assert isclose(found.high, high, abs_tol=0.0006)


def test_of_nothing_nothing_is_known() -> None:
    assert wilson(0, 0) is None


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (5, 10, 0.2366, 0.7634),
        (10, 10, 0.7225, 1.0),
        (81, 263, 0.2553, 0.3662),  # Newcombe 1998, table I
        (15, 148, 0.0624, 0.1605),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_it_is_the_one_of_newcombe_s_table(count: int, n: int, low: float, high: float) -> None:
    found = wilson(count, n)
    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == pytest.approx((low, high), abs=0.0001)


@given(n=st.integers(1, 10_000), data=st.data())
def test_it_holds_the_share_and_stays_within_bounds(n: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, n))
    found = wilson(count, n)
    assert found is not None
    assert 0 <= found.low <= count / n <= found.high <= 1


@pytest.mark.parametrize("share", [0.05, 0.5, 0.8, 0.97])
def test_it_covers_what_it_says_on_average(share: float) -> None:
    """Exactly, over every outcome of forty trials; Wilson's may miss 95 % by a little here and there."""
    n, covered = 40, 0.0
    for count in range(n + 1):
        found = wilson(count, n)
        if found is not None and found.low <= share <= found.high:
            covered += comb(n, count) * share**count * (1 - share) ** (n - count)
    assert 0.91 <= covered <= 0.99
