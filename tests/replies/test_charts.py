"""How is a chart drawn?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replies.charts import LEAST_SEEN, Box, Plot, highest, shares, spark

COUNTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=24)
PLOT = Plot(left=10, top=5, width=240, height=100)


@given(COUNTS)
def test_an_axis_ends_with_an_even_round_number_above_all(counts: list[int]) -> None:
    top = highest(counts)
    assert top >= max(*counts, 4)
    assert top % 2 == 0
    assert str(top).rstrip("0") in {"1", "2", "4", "6", "8"}


@pytest.mark.parametrize(
    ("most", "expected"), [(0, 4), (4, 4), (5, 6), (9, 10), (11, 20), (21, 40), (81, 100)]
)
def test_an_axis_ends_as_near_as_it_can(most: int, expected: int) -> None:
    assert highest([most], []) == expected


def test_an_axis_of_nothing_has_a_height_too() -> None:
    assert highest([], []) == 4


def test_a_column_stands_on_the_zero_as_high_as_its_count() -> None:
    first, last = PLOT.columns([50, 0, 100], 100, of=1, side=0, slots=24)
    assert (first.y, first.height, last.y, last.height) == (55, 50, 5, 100)
    assert last.x - first.x == 20


def test_columns_of_one_hour_stand_beside_each_other_within_it() -> None:
    (one,) = PLOT.columns([1], 4, of=2, side=0, slots=24)
    (other,) = PLOT.columns([1], 4, of=2, side=1, slots=24)
    assert PLOT.left < one.x
    assert other.x == pytest.approx(one.x + one.width)
    assert other.x + other.width < PLOT.left + 10


def test_a_line_passes_through_the_middle_of_each_hour() -> None:
    assert PLOT.line([0, 10], 10, slots=24) == "15.0,105.0 25.0,5.0"


def test_the_axes_are_marked_from_end_to_end() -> None:
    assert [(tick.at, tick.text) for tick in PLOT.heights(10)] == [(105, "0"), (55, "5"), (5, "10")]
    assert [(tick.at, tick.text) for tick in PLOT.edges(24, 12)] == [(10, "0"), (130, "12"), (250, "24")]
    assert (PLOT.right, PLOT.bottom) == (250, 105)


@given(st.lists(st.integers(0, 10**6), min_size=3, max_size=3))
def test_a_bar_is_filled_and_shows_whatever_is_not_nothing(counts: list[int]) -> None:
    boxes = shares(counts)
    assert [bool(box.width) for box in boxes] == [bool(count) for count in counts]
    assert sum(box.width for box in boxes) == pytest.approx(100 if any(counts) else 0, abs=0.02)
    for box in boxes:
        assert not box.width or box.width > LEAST_SEEN * 0.9
    ends = [box.x + box.width for box in boxes]
    assert not any(counts) or ends == sorted(ends)


def test_small_columns_are_as_high_as_the_highest_is() -> None:
    assert spark([], 240, 24) == []
    assert spark([0, 0], 240, 24) == []
    low, high = spark([1, 4], 240, 24)
    assert (low.height, high.height) == (6, 24)
    assert isinstance(low, Box)
