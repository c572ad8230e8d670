"""Is a source alive, quiet by nature, late, or out?"""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from random import Random

import pytest

from rules.habits import A_MINUTE, AN_HOUR, UNKNOWN, Habit, HeardHour, Span
from rules.signs import Expect, FeedRule, FeedRules, Pulse, Sign, heard_minutes, is_caught_up, judge
from tests.builders import MINUTE, SHOP, at
from tests.rules.feeding import (
    CALENDAR,
    Found,
    Shape,
    Trouble,
    by_the_clock,
    habit_of,
    history,
    in_waves,
    live_a_day,
    midnight,
    spread,
)

BEAT = FeedRule(heartbeat=5 * MINUTE)
SHAPES: Mapping[str, Shape] = {
    "busy": spread(3000),
    "usual": spread(600),
    "calm": spread(120),
    "bundles": by_the_clock(10, 3),
    "seldom": by_the_clock(30, 5),
    "waves": in_waves(400),
    "tiny": spread(3),
}
NOISY = 50
"""Days."""


def a_pulse(heard: str = "10:00", **parts: object) -> Pulse:
    fields: dict[str, object] = {"heard_at": at(heard), "occurred_at": at(heard), **parts}
    return replace(Pulse(source="/wms", shops=(SHOP,), heard_at=at(heard), occurred_at=at(heard)), **fields)


def sign(
    pulse: Pulse, now: str, *, habit: Habit = UNKNOWN, rule: FeedRule = BEAT, awake: str = "00:00"
) -> Sign:
    return judge(pulse, habit, rule, awake_at=at(awake), now=at(now), calendar=CALENDAR).sign


# --- heartbeats --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("10:10", Sign.ALIVE),
        ("10:10:00.001", Sign.LATE),
        ("10:15", Sign.LATE),
        ("10:15:00.001", Sign.OUT),
    ],
)
def test_two_missed_heartbeats_are_late_and_three_are_an_outage(now: str, expected: Sign) -> None:
    assert sign(a_pulse("09:59", beat_at=at("10:00")), now) is expected


def test_a_heartbeat_vouches_for_a_source_that_has_nothing_to_tell() -> None:
    assert sign(a_pulse("07:00", beat_at=at("10:00")), "10:01") is Sign.QUIET


def test_an_event_is_as_good_as_a_heartbeat() -> None:
    assert sign(a_pulse("10:10", beat_at=at("10:00")), "10:20") is Sign.ALIVE


def test_no_heartbeat_is_missed_before_the_first_has_come() -> None:
    assert sign(a_pulse("01:00"), "10:00") is Sign.QUIET


def test_nothing_is_missed_while_nobody_listened() -> None:
    assert sign(a_pulse("09:00", beat_at=at("09:00")), "10:00", awake="09:55") is not Sign.OUT
    assert sign(a_pulse("09:00", beat_at=at("09:00")), "10:11", awake="09:55") is Sign.OUT


def test_a_source_of_which_nothing_is_expected_is_never_out() -> None:
    assert (
        sign(a_pulse(beat_at=at("01:00")), "23:00", rule=replace(BEAT, expect=Expect.NOTHING)) is Sign.QUIET
    )


def test_the_rule_of_the_longest_prefix_is_a_source_s() -> None:
    rules = FeedRules(by_prefix={"/wms": BEAT, "/wms/hz": FeedRule(expect=Expect.NOTHING)})
    assert rules.of("/wms/sh1") == BEAT
    assert rules.of("/wms/hz1").expect is Expect.NOTHING
    assert rules.of("/erp") == FeedRule()


# --- news that is old ----------------------------------------------------------------


def test_a_source_that_sends_what_is_old_is_delayed_and_not_out() -> None:
    assert sign(a_pulse("10:00", occurred_at=at("08:00")), "10:01") is Sign.DELAYED


@pytest.mark.parametrize(
    ("now", "heard", "occurred", "expected"),
    [
        ("10:02", "10:02", "10:02", False),
        ("10:03", "10:03", "10:02", True),
        ("10:10", "10:10", "09:00", False),
        ("10:10", "10:07", "09:00", True),
        ("10:29", "10:29", "09:00", False),
        ("10:30", "10:30", "09:00", True),
    ],
    ids=["at once", "fresh", "old", "nothing more comes", "just in the grace", "after the grace"],
)
def test_a_backlog_is_through_when_news_is_fresh_or_ends_or_takes_too_long(
    now: str, heard: str, occurred: str, expected: bool
) -> None:
    pulse = a_pulse(heard, occurred_at=at(occurred))
    assert is_caught_up(pulse, at("10:00"), FeedRule(), at(now)) is expected


# --- habits ----------------------------------------------------------------------------


def test_minutes_are_counted_from_their_first_to_their_last() -> None:
    hours = [HeardHour(at("09:00"), 3, 1 << 0 | 1 << 30 | 1 << 59), HeardHour(at("10:00"), 1, 1)]
    assert heard_minutes(hours, at("09:00"), at("10:01")) == 4
    assert heard_minutes(hours, at("09:01"), at("10:00")) == 2
    assert heard_minutes(hours, at("09:31"), at("09:59")) == 0


def silent_since(shape: Shape, start: datetime, seed: int) -> tuple[Pulse, Habit]:
    """A source that fell silent, and what is known of it."""
    diary = history(shape, 28, Random(seed))
    hour = start.replace(minute=0) - 3 * AN_HOUR
    while hour < start:
        for minute in range(60):
            moment = hour + minute * A_MINUTE
            if moment < start:
                diary.note(moment, 1)
        hour += AN_HOUR
    return diary.pulse(), habit_of(diary, 0, 60, ())


def test_a_busy_source_is_out_after_minutes_by_day_and_quiet_by_night() -> None:
    day, habit = silent_since(spread(3000), midnight(0) + 15 * AN_HOUR, 1)
    judged = {
        minutes: judge(
            day,
            habit,
            FeedRule(),
            awake_at=midnight(0),
            now=day.heard_at + minutes * A_MINUTE,
            calendar=CALENDAR,
        )
        for minutes in (3, 10, 30)
    }
    assert [one.sign for one in judged.values()] == [Sign.ALIVE, Sign.LATE, Sign.OUT]
    assert judged[30].expected > 50
    assert judged[30].since == day.heard_at
    night, habit = silent_since(spread(3000), midnight(0) + 1 * AN_HOUR, 1)
    asleep = [
        judge(
            night,
            habit,
            FeedRule(),
            awake_at=midnight(0),
            now=midnight(0) + hour * AN_HOUR,
            calendar=CALENDAR,
        )
        for hour in (2, 3, 6)
    ]
    assert [one.sign for one in asleep] == [Sign.QUIET, Sign.LATE, Sign.OUT], (
        "even at night it sends three an hour"
    )


def test_a_source_that_had_slowed_down_is_given_more_time() -> None:
    pulse, habit = silent_since(spread(3000), midnight(0) + 15 * AN_HOUR, 1)
    slow = replace(pulse, hours=[hour._replace(minutes=1 << 59) for hour in pulse.hours])
    now = pulse.heard_at + 20 * A_MINUTE
    judged = [
        judge(one, habit, FeedRule(), awake_at=midnight(0), now=now, calendar=CALENDAR)
        for one in (pulse, slow)
    ]
    assert judged[0].sign is Sign.OUT
    assert judged[1].sign is not Sign.OUT


# --- whole days, made up ---------------------------------------------------------------


def days_of(shape: Shape, seed: int, days: int, *, cuts: bool = True) -> Iterator[Found]:
    """Days of a source: a cut, a calm day, a slowdown, a calm day, and so on."""
    random = Random(seed)
    diary, dark = history(shape, 28, random), list[Span]()
    for day in range(days):
        habit = habit_of(diary, day, 60, tuple(dark))
        start = random.randint(9 * 60, 17 * 60)
        end = start + random.randint(60, 180)
        cut = [Trouble(start=start, end=end)] if cuts else []
        slow = [Trouble(start=start, end=end, left=0.3, replayed=False)]
        found = live_a_day(diary, day, shape, random, {0: cut, 2: slow}.get(day % 4, []), habit)
        dark += found.dark
        yield found


def reckoned(found: Iterator[Found]) -> tuple[Counter[str], list[int]]:
    """How many outages were right, wrong and missed, and after how many minutes each right one was noticed."""
    count, delays = Counter[str](), list[int]()
    for day in found:
        cuts = [trouble for trouble in day.troubles if trouble.is_cut]
        count["cuts"] += len(cuts)
        for minute in day.outages:
            cut = next((one for one in cuts if one.start <= minute < one.end), None)
            count["wrong" if cut is None else "right"] += 1
            if cut is not None:
                delays.append(minute - cut.start)
    return count, delays


@pytest.mark.parametrize("name", ["busy", "bundles"])
def test_a_few_noisy_days_of_cuts_and_slowdowns_are_told_apart(name: str) -> None:
    count, delays = reckoned(days_of(SHAPES[name], 3, 5))
    assert count["wrong"] == 0
    assert count["right"] == count["cuts"]
    assert all(5 <= delay <= 60 for delay in delays)


RECALL = {"busy": 1.0, "usual": 0.8, "calm": 0.3, "bundles": 0.9, "seldom": 0.6, "waves": 0.2, "tiny": 0.0}
"""Of the cuts of one to three hours by day: what may be silent for an hour by itself, is not missed sooner."""


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", SHAPES)
def test_fifty_noisy_days(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One outage in fifty days is made up at most; how many are noticed, and how soon, is printed."""
    count, delays = reckoned(days_of(SHAPES[name], 7, NOISY))
    middle = sorted(delays)[len(delays) // 2] if delays else None
    with capsys.disabled():
        sys.stdout.write(
            f"\n{name}: {dict(count)}, noticed after {middle} min, {max(delays, default=None)} at most\n"
        )
    assert count["wrong"] <= 1
    assert count["right"] >= RECALL[name] * count["cuts"]
