"""The week that is over is told on Monday morning, beside the one before."""

from datetime import date, timedelta
from typing import Any

import pytest

from rules.anomalies import Ended
from rules.calendar import SHANGHAI
from rules.events import Attribute, OrderKey, OrderNo, Shop
from rules.evidence import Hit
from rules.golden import Share
from rules.intervals import difference
from rules.reasons import Reason, ReasonSource
from rules.shares import Given, Tally, picture
from rules.weeks import Cell, begin_of_week, changes_of, due_week, week_of, worst_cell
from tests.builders import an_anomaly, an_order, at, created

MONDAY = date(2026, 3, 2)
LAST = date(2026, 2, 23)


@pytest.mark.parametrize(
    ("clock", "day", "due"),
    [
        ("08:59", MONDAY, None),
        ("09:00", MONDAY, LAST),
        ("23:59", MONDAY + timedelta(days=1), LAST),
        ("08:59", MONDAY + timedelta(days=2), LAST),
        ("09:00", MONDAY + timedelta(days=2), None),
        ("12:00", MONDAY + timedelta(days=6), None),
    ],
)
def test_a_week_is_told_from_monday_morning_on_for_two_days(clock: str, day: date, due: date | None) -> None:
    assert due_week(at(clock, day=day), SHANGHAI) == due


def test_a_week_is_called_as_everywhere_in_the_world() -> None:
    assert week_of(MONDAY) == "2026-W10"
    assert week_of(date(2027, 1, 1)) == "2026-W53"
    assert begin_of_week("2026-W53") == date(2026, 12, 28)
    for wrong in ("2026-W54", "2026W10", "", "2026-10", "x"):
        with pytest.raises(ValueError):
            begin_of_week(wrong)


def test_reasons_are_told_with_how_they_moved_and_those_of_neither_week_are_left_out() -> None:
    def tallies(**counts: int) -> list[Tally]:
        return [
            Tally(at=at("10:00"), reason=Reason(name), given=Given.PEOPLE, count=count)
            for name, count in counts.items()
        ]

    found = changes_of(
        picture(tallies(out_of_stock=30, payment_failed=10)), picture(tallies(payment_failed=20, other=5))
    )

    assert [one.reason for one in found] == [Reason.OUT_OF_STOCK, Reason.PAYMENT_FAILED, Reason.OTHER]
    assert (found[1].share, found[1].before) == (Share(10, 40), Share(20, 25))
    assert found[1].moved == difference(20, 25, 10, 40)
    assert found[1].moved is not None
    assert found[1].moved.high < 0
    assert changes_of(picture(tallies(other=1)), picture([]))[0].moved is None


def a_hit(number: int, carrier: str, region: str | None, **case: Any) -> Hit:
    facts: dict[Attribute, Any] = {Attribute.CARRIER: carrier, Attribute.REGION: region or ""}
    key = OrderKey(Shop("main"), OrderNo(f"DB{number}"))
    return Hit(an_anomaly(order=key, **case), an_order(created("09:00", attributes=facts), key=key))


def test_the_worst_place_is_the_one_with_most_cases_that_did_not_heal() -> None:
    healed = {
        "closed_at": at("11:00"), "ended_at": at("11:00"), "ended_how": Ended.MOVED,
        "reason_source": ReasonSource.EVIDENCE,
    }  # fmt: skip
    hits = [
        *(a_hit(number, "sf", "浙江") for number in range(5)),
        *(a_hit(number, "yuantong", "浙江", **healed) for number in range(10, 20)),
        *(a_hit(number, "jd", None) for number in range(20, 30)),
        a_hit(30, "jd", "上海"),
    ]

    assert worst_cell(hits) == Cell(carrier="sf", region="浙江", cases=5, of=6)
    assert worst_cell(hits[1:]) is None, "four are no place to look at"
    assert worst_cell([]) is None


def test_a_difference_needs_something_on_either_side() -> None:
    assert difference(0, 0, 1, 2) is None
    assert difference(1, 2, 0, 0) is None
