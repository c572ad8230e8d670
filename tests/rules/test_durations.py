"""How is a stretch of time written in a file?"""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.durations import LONGEST, format_duration, parse_duration

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("5s", 5 * SECOND),
        ("90s", 90 * SECOND),
        ("5m", 5 * MINUTE),
        ("1h30m", 90 * MINUTE),
        ("2d", 2 * DAY),
        ("1d2h3m4s", DAY + 2 * HOUR + 3 * MINUTE + 4 * SECOND),
        ("  5m ", 5 * MINUTE),
        ("0s", timedelta()),
        ("3650d", LONGEST),
    ],
)
def test_a_duration_runs_from_seconds_to_days(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "5",
        "m",
        "5 m",
        "1.5h",
        "-5m",
        "5M",
        "30m1h",
        "1h1h",
        "5min",
        "５m",
        "5m\n6m",
        None,
        5,
        5.0,
        True,
        ["5m"],
    ],
)
def test_anything_else_is_refused_with_the_mend(text: object) -> None:
    with pytest.raises(ValueError, match="such as 90s, 5m, 1h30m or 2d"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["3651d", "3650d1s", "999999999d", "9" * 30 + "s"])
def test_what_is_longer_than_ten_years_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="ten years"):
        parse_duration(text)


def test_what_is_a_duration_already_is_taken() -> None:
    assert parse_duration(5 * MINUTE) == 5 * MINUTE


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (90 * SECOND, "1m30s"),
        (90 * MINUTE, "1h30m"),
        (24 * HOUR, "1d"),
        (timedelta(), "0s"),
        (DAY + SECOND, "1d1s"),
    ],
)
def test_a_duration_is_written_from_days_to_seconds(duration: timedelta, text: str) -> None:
    assert format_duration(duration) == text


@given(st.integers(0, LONGEST // SECOND).map(lambda count: count * SECOND))
def test_what_was_written_is_read_as_it_was(duration: timedelta) -> None:
    assert parse_duration(format_duration(duration)) == duration
