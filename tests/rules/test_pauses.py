"""How long is one kind of call left alone that was refused for being made too often?"""

from datetime import timedelta

from rules.pauses import DAY, HOUR, MINUTE, Pause, is_over, paused
from tests.builders import at

NOW = at("10:00")
A_SECOND = timedelta(seconds=1)


def test_the_first_refusal_pauses_for_a_minute() -> None:
    assert paused(None, NOW, NOW) == Pause(until=NOW + MINUTE)


def test_when_it_goes_on_it_is_the_hour_and_then_the_natural_day() -> None:
    first = paused(None, NOW, NOW)
    second = paused(first, first.until, first.until + A_SECOND)
    third = paused(second, second.until, second.until)
    fourth = paused(third, third.until, third.until)

    assert second == Pause(until=first.until + A_SECOND + HOUR, refusals=2)
    assert third == Pause(until=at("00:00") + DAY, refusals=3)
    assert fourth == Pause(until=at("00:00") + 2 * DAY, refusals=4)


def test_what_was_under_way_when_the_pause_began_makes_it_no_longer() -> None:
    first = paused(None, NOW, NOW)
    assert paused(first, NOW - A_SECOND, NOW + A_SECOND) == first


def test_only_a_call_after_the_pause_shows_that_it_is_over() -> None:
    pause = paused(None, NOW, NOW)
    assert not is_over(pause, NOW - A_SECOND)
    assert is_over(pause, pause.until)
