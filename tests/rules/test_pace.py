"""How fast may one conversation be written to? Below WeCom's silent drop at 30 a minute and 1000 an hour."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from rules.pace import Pace, Spent, pace_of, wait_until
from rules.stages import Priority
from tests.builders import HOUR, MINUTE, at

START = at("10:00")


@pytest.mark.parametrize(
    ("priority", "answer", "pace"),
    [
        (Priority.P3, False, Pace(per_minute=25, per_hour=900)),
        (Priority.P2, False, Pace(per_minute=25, per_hour=900)),
        (Priority.P1, False, Pace(per_minute=28, per_hour=960)),
        (Priority.P3, True, Pace(per_minute=30, per_hour=1000)),
        (Priority.P1, True, Pace(per_minute=30, per_hour=1000)),
    ],
)
def test_what_somebody_waits_for_has_a_reserve(priority: Priority, answer: bool, pace: Pace) -> None:
    assert pace_of(priority, answer=answer) == pace


def test_a_conversation_nobody_wrote_to_takes_a_letter_now() -> None:
    assert wait_until(Spent(), pace_of(Priority.P3, answer=False)) is None


@pytest.mark.parametrize(
    ("minute", "hour", "until"),
    [
        (24, 899, None),
        (25, 25, at("10:00:40") + MINUTE),
        (25, 899, at("10:00:40") + MINUTE),
        (0, 900, at("09:10") + HOUR),
        (25, 900, at("09:10") + HOUR),
    ],
)
def test_the_next_letter_waits_until_the_oldest_no_longer_counts(
    minute: int, hour: int, until: datetime | None
) -> None:
    spent = Spent(minute=minute, hour=hour, oldest_in_minute=at("10:00:40"), oldest_in_hour=at("09:10"))
    assert wait_until(spent, pace_of(Priority.P2, answer=False)) == until


def test_an_urgent_letter_passes_where_an_ordinary_one_waits_and_an_answer_where_that_one_waits() -> None:
    def goes(minute: int, priority: Priority, *, answer: bool = False) -> bool:
        spent = Spent(minute=minute, hour=minute, oldest_in_minute=START, oldest_in_hour=START)
        return wait_until(spent, pace_of(priority, answer=answer)) is None

    assert not goes(25, Priority.P2)
    assert goes(27, Priority.P1)
    assert not goes(28, Priority.P1)
    assert goes(29, Priority.P1, answer=True)
    assert not goes(30, Priority.P1, answer=True)


def test_one_more_letter_is_counted_from_its_own_time_when_it_is_the_first() -> None:
    first = Spent().one_more(START)
    assert first == Spent(minute=1, hour=1, oldest_in_minute=START, oldest_in_hour=START)
    assert first.one_more(START + MINUTE / 2) == Spent(
        minute=2, hour=2, oldest_in_minute=START, oldest_in_hour=START
    )


def spent_by(sent: list[datetime], now: datetime) -> Spent:
    """What was sent lately, counted."""
    in_minute = [moment for moment in sent if moment > now - MINUTE]
    in_hour = [moment for moment in sent if moment > now - HOUR]
    return Spent(
        minute=len(in_minute),
        hour=len(in_hour),
        oldest_in_minute=min(in_minute, default=None),
        oldest_in_hour=min(in_hour, default=None),
    )


def test_whoever_always_waits_as_told_never_goes_faster_than_the_pace() -> None:
    now, sent = START, list[datetime]()
    while len(sent) < 2_000:
        until = wait_until(spent_by(sent, now), pace_of(Priority.P2, answer=False))
        if until is None:
            sent.append(now)
        now = until or now + timedelta(milliseconds=100)
    assert all(later - earlier >= MINUTE for earlier, later in zip(sent, sent[25:], strict=False))
    assert all(later - earlier >= HOUR for earlier, later in zip(sent, sent[900:], strict=False))
    assert all(earlier < later for earlier, later in pairwise(sent))


def test_what_was_sent_in_two_ways_counts_together_from_the_older_on() -> None:
    one = Spent(minute=2, hour=5, oldest_in_minute=at("10:00:40"), oldest_in_hour=at("09:30"))
    other = Spent(minute=0, hour=1, oldest_in_hour=at("09:10"))
    both = Spent(minute=2, hour=6, oldest_in_minute=at("10:00:40"), oldest_in_hour=at("09:10"))
    assert one.and_also(other) == other.and_also(one) == both
    assert Spent().and_also(one) == one
