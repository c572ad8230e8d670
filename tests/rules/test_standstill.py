"""When is somebody reminded that an order stands still although its customer was reached?"""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from rules.anomalies import Anomaly, Ended
from rules.book import RuleBook
from rules.bookfile import parse_rule_book
from rules.reaching import Needless
from rules.stages import Priority
from rules.standstill import next_nudge, stands_still
from tests.builders import HOUR, LI, ZHANG, a_book, an_anomaly, at
from tests.rules.faults import faults

BOOK = a_book()
REACHED = replace(an_anomaly(), owner=ZHANG, reached_at=at("10:00"), reached_by=ZHANG, touched_at=at("09:50"))


def nudges(case: Anomaly, book: RuleBook = BOOK) -> list[tuple[datetime, bool]]:
    """When each reminder comes, and whether it is a lead's, as long as nothing moves."""
    found: list[tuple[datetime, bool]] = []
    while (coming := next_nudge(case, book.standstill, book.calendar)) is not None:
        assert coming.number == case.nudges
        found.append((coming.at, coming.to_lead))
        case = replace(case, nudges=case.nudges + 1)
    return found


def test_the_owner_is_reminded_three_times_and_then_a_lead_hears_of_it() -> None:
    assert nudges(REACHED) == [
        (at("12:00"), False),
        (at("14:00"), False),
        (at("16:00"), False),
        (at("18:00"), True),
    ]


def test_what_is_urgent_is_reminded_of_sooner() -> None:
    times = [due_at for due_at, _ in nudges(replace(REACHED, priority=Priority.P1))]
    assert times == [at("10:30"), at("11:00"), at("11:30"), at("12:00")]


def test_the_merchant_sets_how_soon_and_how_often() -> None:
    book = a_book(standstill={"after": "1h", "urgent": "10m", "times": 1})
    assert nudges(REACHED, book) == [(at("11:00"), False), (at("12:00"), True)]
    assert nudges(replace(REACHED, priority=Priority.P1), book)[0] == (at("10:10"), False)


@pytest.mark.parametrize(
    "changes",
    [
        {"reached_at": None},
        {"ended_at": at("11:00"), "ended_how": Ended.MOVED},
        {"closed_at": at("11:00"), "ended_at": at("11:00")},
        {"silent": True},
        {"held_by": "outage-1"},
        {"reached_at": None, "waived_by": LI, "waived_at": at("10:00"), "waived_why": Needless.TEST},
    ],
)
def test_nobody_is_reminded_where_nothing_can_be_done(changes: dict[str, Any]) -> None:
    case = replace(REACHED, **changes)
    assert nudges(case) == []
    assert not stands_still(replace(case, nudges=1))


def test_an_order_whose_customer_knows_is_to_move_as_well() -> None:
    waived = replace(
        REACHED, reached_at=None, waived_by=LI, waived_at=at("10:10"), waived_why=Needless.INFORMED
    )
    assert nudges(waived)[0] == (at("12:10"), False)
    assert nudges(replace(waived, waived_at=None))[0] == (waived.raised_at + 2 * HOUR, False)


def test_trouble_that_is_back_is_counted_anew() -> None:
    assert nudges(replace(REACHED, raised_at=at("11:00")))[0] == (at("13:00"), False)


def test_it_waits_out_a_snooze_and_the_night() -> None:
    snoozed = replace(REACHED, snoozed_until=at("13:30"))
    assert [due_at for due_at, _ in nudges(snoozed)][:2] == [at("13:30"), at("14:00")]
    quiet = a_book(quiet_hours=["11:00-15:00"])
    assert nudges(REACHED, quiet)[0] == (at("16:00"), False)
    urgent = replace(REACHED, priority=Priority.P1, snoozed_until=at("11:30"))
    assert nudges(urgent, quiet)[0] == (at("11:30"), False)


def test_it_is_said_of_an_order_once_somebody_was_reminded() -> None:
    assert not stands_still(REACHED)
    assert stands_still(replace(REACHED, nudges=1))


@pytest.mark.parametrize(
    "value", [{"times": 0}, {"times": 11}, {"times": "3"}, {"after": "0s"}, {"every": "1h"}]
)
def test_what_makes_no_sense_is_refused(value: dict[str, Any]) -> None:
    assert faults(parse_rule_book, {"standstill": value})
