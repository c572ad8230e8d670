from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replies import timewords
from rules.calendar import SHANGHAI
from rules.instants import from_ms, to_ms
from tests.replies.builders import at

NOW = at("14:02")
INSTANTS = st.integers(to_ms(at("00:00")), to_ms(at("00:00")) + 10**11).map(from_ms)


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (at("13:20"), "13:20"),
        (at("23:59", 21), "昨天 23:59"),
        (at("00:01", 23), "明天 00:01"),
        (at("08:00", 20), "12月20日 08:00"),
        (datetime(2026, 1, 3, 9, tzinfo=SHANGHAI), "2026年1月3日 09:00"),
    ],
)
def test_a_time_is_said_with_its_day_unless_it_is_today(when: datetime, said: str) -> None:
    assert timewords.moment(when, NOW, SHANGHAI) == said


def test_a_promise_always_says_its_day() -> None:
    assert timewords.promised(at("16:30"), NOW, SHANGHAI) == "今天 16:30"
    assert timewords.promised(at("09:30", 23), NOW, SHANGHAI) == "明天 09:30"


def test_the_day_is_that_of_the_zone_not_of_utc() -> None:
    just_past_midnight_in_shanghai = datetime(2025, 12, 21, 16, 5, tzinfo=UTC)
    assert timewords.moment(just_past_midnight_in_shanghai, NOW, SHANGHAI) == "00:05"
    assert timewords.moment(just_past_midnight_in_shanghai, NOW, UTC) == "昨天 16:05"


def test_a_deadline_is_never_said_later_than_it_is() -> None:
    assert timewords.clock(at("14:12") + timedelta(seconds=59, milliseconds=999), SHANGHAI) == "14:12"


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(seconds=-5), "0秒"),
        (timedelta(seconds=12), "12秒"),
        (timedelta(minutes=47, seconds=59), "47分"),
        (timedelta(hours=3, minutes=12), "3小时12分"),
        (timedelta(hours=3), "3小时"),
        (timedelta(days=1, hours=2, minutes=30), "1天2小时"),
        (timedelta(days=1, minutes=30), "1天"),
    ],
)
def test_a_duration_is_said_in_its_two_largest_units(length: timedelta, said: str) -> None:
    assert timewords.duration(length) == said


@given(INSTANTS, st.sampled_from([SHANGHAI, UTC, ZoneInfo("Asia/Kathmandu"), ZoneInfo("Asia/Kolkata")]))
def test_the_next_half_hour_is_at_most_half_an_hour_away_and_on_the_clock(
    when: datetime, zone: ZoneInfo
) -> None:
    after = timewords.half_hour_after(when, zone)
    local = after.astimezone(zone)
    assert timedelta() <= after - when < timewords.HALF_HOUR
    assert (local.minute % 30, local.second, local.microsecond) == (0, 0, 0)


@given(INSTANTS, INSTANTS)
def test_only_words_that_midnight_can_make_false_count_as_relative(when: datetime, now: datetime) -> None:
    day_after = now + timedelta(days=1)
    changes = timewords.promised(when, now, SHANGHAI) != timewords.promised(when, day_after, SHANGHAI)
    if timewords.is_relative(when, now, SHANGHAI):
        assert changes
