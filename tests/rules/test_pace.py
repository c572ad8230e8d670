"""How fast may one conversation be written to? Below WeCom's silent drop at 30 a minute and 1000 an hour."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from rules.pace import (
    CONVERSATION,
    WEBHOOK,
    Pace,
    Paces,
    Rank,
    Spent,
    digest_at,
    rank_of,
    wait_until,
)
from rules.stages import Priority
from tests.builders import HOUR, MINUTE, at

START, SECOND = at("10:00"), timedelta(seconds=1)
ORDINARY = CONVERSATION[Rank.ORDINARY]
ALERTING = (Rank.ORDINARY, Rank.DIGEST, Rank.URGENT, Rank.URGENT_DIGEST)


@pytest.mark.parametrize(
    ("priority", "answer", "digest", "rank"),
    [
        (Priority.P3, False, False, Rank.ORDINARY),
        (Priority.P2, False, False, Rank.ORDINARY),
        (Priority.P2, False, True, Rank.DIGEST),
        (Priority.P1, False, False, Rank.URGENT),
        (Priority.P1, False, True, Rank.URGENT_DIGEST),
        (Priority.P3, True, False, Rank.ANSWER),
        (Priority.P1, True, False, Rank.ANSWER),
    ],
)
def test_what_somebody_waits_for_goes_further(
    priority: Priority, answer: bool, digest: bool, rank: Rank
) -> None:
    assert rank_of(priority, answer=answer, digest=digest) is rank


@pytest.mark.parametrize("paces", [CONVERSATION, WEBHOOK])
def test_each_rank_has_its_reserve_and_answers_the_last_word(paces: Paces) -> None:
    assert set(paces) == set(Rank)
    for lower, higher in pairwise(paces[rank] for rank in ALERTING):
        assert lower.per_minute < higher.per_minute
        assert (lower.per_hour or 0) < (higher.per_hour or 1)
    assert paces[Rank.ANSWER].per_minute >= paces[Rank.URGENT_DIGEST].per_minute


def test_we_stay_below_what_wecom_allows() -> None:
    assert max(CONVERSATION[rank].per_minute for rank in ALERTING) == 25
    assert CONVERSATION[Rank.ANSWER].per_minute < 30
    assert (CONVERSATION[Rank.ANSWER].per_hour or 1000) < 1000
    assert max(pace.per_minute for pace in WEBHOOK.values()) == 18
    assert {pace.per_hour for pace in WEBHOOK.values()} == {None}


def test_an_hour_has_room_for_a_digest_a_minute_beyond_what_is_folded() -> None:
    for lower, digest in ((Rank.ORDINARY, Rank.DIGEST), (Rank.URGENT, Rank.URGENT_DIGEST)):
        assert (CONVERSATION[digest].per_hour or 0) - (CONVERSATION[lower].per_hour or 0) >= HOUR // MINUTE


def test_a_conversation_nobody_wrote_to_takes_a_letter_now() -> None:
    assert wait_until(Spent(), ORDINARY) is None


@pytest.mark.parametrize(
    ("minute", "hour", "until"),
    [
        (19, 799, None),
        (20, 20, at("10:00:40") + MINUTE),
        (20, 799, at("10:00:40") + MINUTE),
        (0, 800, at("09:10") + HOUR),
        (20, 800, at("09:10") + HOUR),
    ],
)
def test_the_next_letter_waits_until_the_oldest_no_longer_counts(
    minute: int, hour: int, until: datetime | None
) -> None:
    spent = Spent(minute=minute, hour=hour, oldest_in_minute=at("10:00:40"), oldest_in_hour=at("09:10"))
    assert wait_until(spent, ORDINARY) == until


def test_a_webhook_has_no_hour() -> None:
    spent = Spent(minute=1, hour=5_000, oldest_in_minute=START, oldest_in_hour=START)
    assert wait_until(spent, WEBHOOK[Rank.ORDINARY]) is None


def test_what_is_urgent_passes_where_the_ordinary_waits_and_an_answer_where_that_waits() -> None:
    def goes(minute: int, rank: Rank) -> bool:
        spent = Spent(minute=minute, hour=minute, oldest_in_minute=START, oldest_in_hour=START)
        return wait_until(spent, CONVERSATION[rank]) is None

    assert not goes(20, Rank.ORDINARY)
    assert goes(20, Rank.DIGEST)
    assert goes(23, Rank.URGENT)
    assert not goes(24, Rank.URGENT)
    assert goes(24, Rank.URGENT_DIGEST)
    assert goes(28, Rank.ANSWER)
    assert not goes(29, Rank.ANSWER)


def test_one_more_letter_is_counted_from_its_own_time_when_it_is_the_first() -> None:
    first = Spent().one_more(START)
    assert first == Spent(minute=1, hour=1, oldest_in_minute=START, oldest_in_hour=START)
    assert first.one_more(START + MINUTE / 2) == Spent(
        minute=2, hour=2, oldest_in_minute=START, oldest_in_hour=START
    )


def test_a_digest_leaves_with_the_next_room_a_minute_later_at_most_and_at_once_when_it_is_urgent() -> None:
    assert digest_at(START + 20 * SECOND, START, Priority.P2) == START + 20 * SECOND
    assert digest_at(START + HOUR, START, Priority.P3) == START + MINUTE
    assert digest_at(START + HOUR, START, Priority.P1) == START


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


@pytest.mark.parametrize("pace", [ORDINARY, WEBHOOK[Rank.ORDINARY]])
def test_whoever_always_waits_as_told_never_goes_faster_than_the_pace(pace: Pace) -> None:
    now, sent = START, list[datetime]()
    while len(sent) < 2_000:
        until = wait_until(spent_by(sent, now), pace)
        if until is None:
            sent.append(now)
        now = until or now + timedelta(milliseconds=100)
    in_turn = [(MINUTE, pace.per_minute), *([(HOUR, pace.per_hour)] if pace.per_hour else [])]
    for span, most in in_turn:
        assert all(later - earlier >= span for earlier, later in zip(sent, sent[most:], strict=False))
    assert all(earlier < later for earlier, later in pairwise(sent))


def test_what_was_sent_in_two_ways_counts_together_from_the_older_on() -> None:
    one = Spent(minute=2, hour=5, oldest_in_minute=at("10:00:40"), oldest_in_hour=at("09:30"))
    other = Spent(minute=0, hour=1, oldest_in_hour=at("09:10"))
    both = Spent(minute=2, hour=6, oldest_in_minute=at("10:00:40"), oldest_in_hour=at("09:10"))
    assert one.and_also(other) == other.and_also(one) == both
    assert Spent().and_also(one) == one
