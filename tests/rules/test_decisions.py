"""Did it help? Before and after, with what speaks against believing it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from rules.anomalies import Anomaly
from rules.decisions import (
    LONGEST,
    About,
    Comparison,
    Decision,
    DecisionNo,
    Doubt,
    Expected,
    Side,
    Verdict,
    carried_by,
    compare,
    share_of,
    sides_of,
)
from rules.golden import Share
from rules.reasons import Reason, ReasonSource
from rules.reasons import Verdict as Given
from tests.builders import HOUR, MINUTE, WANG, an_anomaly, at

DAY = timedelta(days=1)
TURN = at("00:00")


def a_decision(**fields: Any) -> Decision:
    decision = Decision(
        number=DecisionNo(1),
        at=at("10:00"),
        author=WANG,
        decided_at=TURN,
        owner=WANG,
        text="华东改发顺丰",
        about=About.OTHER,
        look_at=TURN + 14 * DAY,
    )
    return replace(decision, **fields)


def a_side(part: int, of: int, days: int = 14, **carriers: int) -> Side:
    return Side(
        since=TURN, until=TURN + days * DAY, cases=of, share=Share(part, of), carriers=carriers or {"sf": of}
    )


def found(before: Side, after: Side, expected: Expected = Expected.REASON_SHARE, **more: bool) -> Comparison:
    return compare(expected, before, after, **more)


# --- the two sides -------------------------------------------------------------------------


def test_both_sides_are_equally_long_and_end_with_the_look_back() -> None:
    decision = a_decision()

    assert sides_of(decision, TURN + 3 * DAY) == ((TURN - 3 * DAY, TURN), (TURN, TURN + 3 * DAY))
    assert sides_of(decision, TURN + 99 * DAY) == ((TURN - 14 * DAY, TURN), (TURN, TURN + 14 * DAY))
    assert sides_of(replace(decision, look_at=None), TURN + 999 * DAY)[1] == (TURN, TURN + LONGEST)
    assert sides_of(decision, TURN - DAY) == ((TURN, TURN), (TURN, TURN))


def test_each_measure_is_of_the_cases_that_it_is_about() -> None:
    late: Mapping[str, Any] = {"reason_source": ReasonSource.AGENT, "touched_at": at("10:00")}
    explained = [
        an_anomaly(reason=Given(reason=Reason.NOT_PICKED_UP), first_reached_at=None, **late),
        an_anomaly(reason=Given(reason=Reason.OUT_OF_STOCK), **late),
    ]
    healed = an_anomaly(
        reason=Given(reason=Reason.NOT_PICKED_UP), reason_source=ReasonSource.EVIDENCE, closed_at=at("10:00")
    )
    unexplained = an_anomaly()
    quick = replace(unexplained, first_reached_at=unexplained.opened_at + 5 * MINUTE)
    cases: list[Anomaly] = [*explained, healed, quick]
    now = unexplained.opened_at + HOUR

    assert share_of(Expected.REASON_SHARE, cases, Reason.NOT_PICKED_UP, now) == Share(1, 2)
    assert share_of(Expected.HEALED, cases, None, now) == Share(1, 3)
    assert share_of(Expected.WITHIN_TEN, cases, None, now) == Share(1, 3)


def test_carriers_are_counted_and_who_is_not_named_as_well() -> None:
    assert carried_by(["sf", None, "sf"]) == {"sf": 2, "": 1}


# --- what they tell ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "before", "after", "verdict"),
    [
        (Expected.REASON_SHARE, (60, 100), (30, 100), Verdict.BETTER),
        (Expected.REASON_SHARE, (30, 100), (60, 100), Verdict.WORSE),
        (Expected.HEALED, (60, 100), (30, 100), Verdict.BETTER),
        (Expected.WITHIN_TEN, (60, 100), (30, 100), Verdict.WORSE),
        (Expected.WITHIN_TEN, (30, 100), (60, 100), Verdict.BETTER),
        (Expected.REASON_SHARE, (35, 100), (30, 100), Verdict.UNCLEAR),
        (Expected.REASON_SHARE, (20, 29), (0, 100), Verdict.TOO_FEW),
        (Expected.REASON_SHARE, (60, 100), (0, 29), Verdict.TOO_FEW),
        (Expected.REASON_SHARE, (0, 0), (30, 100), Verdict.TOO_FEW),
    ],
)
def test_a_difference_counts_only_where_it_is_no_chance(
    expected: Expected, before: tuple[int, int], after: tuple[int, int], verdict: Verdict
) -> None:
    assert found(a_side(*before), a_side(*after), expected).verdict is verdict


def test_the_interval_of_a_difference_is_that_of_the_literature() -> None:
    """Newcombe 1998, table II, contrast (a): 56/70 - 48/80 has 0.0524 to 0.3339 by method 10."""
    difference = found(a_side(48, 80), a_side(56, 70)).difference

    assert difference is not None
    assert (round(difference.low, 4), round(difference.high, 4)) == (0.0524, 0.3339)


def test_where_nothing_has_changed_a_change_is_seen_in_one_of_twenty_at_most() -> None:
    random = Random(4)
    seen = 0
    for _ in range(1000):
        one, other = (sum(random.random() < 0.3 for _ in range(120)) for _ in range(2))
        seen += found(a_side(one, 120), a_side(other, 120)).verdict is not Verdict.UNCLEAR

    assert seen <= 60


def test_other_carriers_than_before_are_told() -> None:
    before, moved = a_side(30, 100, sf=60, yuantong=40), a_side(30, 100, sf=35, yuantong=40, jd=25)

    assert Doubt.MIX in found(before, moved).doubts
    assert Doubt.MIX not in found(before, a_side(30, 100, sf=50, yuantong=50)).doubts
    few = a_side(3, 10, jd=10)
    assert Doubt.MIX not in found(before, few).doubts, "ten cases tell of no mix"


def test_whatever_else_speaks_against_it_is_told() -> None:
    week = a_side(30, 100, days=7)

    assert found(week, week).doubts == ()
    assert found(week, a_side(30, 100, days=6)).doubts == (Doubt.SHORT,)
    assert found(week, week, cut=True, other_rules=True).doubts == (Doubt.OTHER_RULES, Doubt.CUT)
