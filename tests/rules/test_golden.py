"""The figures of the golden ten minutes: shares and waits, and how those of several shops make one."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.golden import TEN, Golden, Share, Waits, together, within
from rules.reasons import ReasonSource
from tests.builders import LI, an_anomaly

SECONDS = st.lists(st.integers(0, 5000), max_size=30)


def waits(*seconds: int) -> Waits:
    return Waits(Counter(seconds))


@pytest.mark.parametrize(
    ("share", "percent"), [(Share(), None), (Share(0, 3), 0), (Share(2, 3), 66), (Share(999, 1000), 99)]
)
def test_a_share_of_nothing_is_none_and_only_all_are_a_hundred(share: Share, percent: int | None) -> None:
    assert share.percent == percent
    assert Share(3, 3).percent == 100


def test_of_no_wait_there_is_no_median() -> None:
    assert (waits().n, waits().median, waits().p90) == (0, None, None)


@given(SECONDS.filter(bool))
def test_half_took_the_median_at_most_and_nine_of_ten_the_p90(seconds: list[int]) -> None:
    found = waits(*seconds)
    for quantile, percent in ((found.median, 50), (found.p90, 90)):
        assert quantile is not None
        at_most = [one for one in seconds if one <= quantile.total_seconds()]
        fewer = [one for one in seconds if one < quantile.total_seconds()]
        assert 100 * len(at_most) >= percent * len(seconds) > 100 * len(fewer)


@given(SECONDS, SECONDS)
def test_waits_of_two_shops_are_those_of_both(one: list[int], other: list[int]) -> None:
    both = waits(*one).plus(waits(*other))
    assert (both.n, both.median, both.p90) == (
        len(one) + len(other),
        waits(*one, *other).median,
        waits(*one, *other).p90,
    )


def test_shops_add_up_figure_by_figure() -> None:
    parts = [
        Golden(
            opened=number,
            healed=Share(number, 10),
            within_ten=Share(1, number),
            within_fifteen=Share(2, 3),
            claimed=waits(number),
            reached=waits(9, number),
        )
        for number in (3, 4)
    ]
    assert together(parts) == Golden(
        opened=7,
        healed=Share(7, 20),
        within_ten=Share(2, 7),
        within_fifteen=Share(4, 6),
        claimed=waits(3, 4),
        reached=waits(9, 9, 3, 4),
    )
    assert together([]) == Golden()
    assert together(parts).reached.median == timedelta(seconds=4)


def test_a_share_within_ten_minutes_is_of_what_people_had_to_answer() -> None:
    opened = an_anomaly().opened_at
    case, minute = an_anomaly(), timedelta(minutes=1)
    in_time, late = (replace(case, first_reached_at=opened + wait * minute) for wait in (10, 11))
    others = [
        replace(in_time, silent=True),
        replace(case, waived_by=LI),
        replace(case, closed_at=opened, reason_source=ReasonSource.EVIDENCE),
    ]
    now = opened + 10 * minute
    assert within([in_time, late, case, *others], TEN, now) == Share(1, 2), (
        "whose time is not up is not judged"
    )
    assert within([in_time, late, case, *others], TEN, now + minute) == Share(1, 3)
