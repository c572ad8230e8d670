"""An instant is aware, in UTC and cut to whole milliseconds, and as a number it is the same."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.instants import EPOCH, MILLISECOND, NaiveTimeError, from_ms, instant, to_ms, whole_ms
from tests.builders import TICK, at

ZONES = st.sampled_from(
    [
        UTC,
        UTC,
        ZoneInfo("UTC"),
        ZoneInfo("Asia/Shanghai"),
        ZoneInfo("America/New_York"),
        timezone(timedelta(hours=-12)),
    ]
)
MOMENTS = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=ZONES)  # noqa: DTZ001 -- bounds have no zone


@given(MOMENTS)
def test_an_instant_is_the_latest_whole_millisecond_that_is_not_after_the_moment(moment: datetime) -> None:
    cut = instant(moment)
    assert cut.tzinfo is UTC
    assert timedelta() <= moment - cut < MILLISECOND
    assert cut.microsecond % 1000 == 0
    assert instant(cut) is cut


@given(MOMENTS)
def test_there_and_back_is_exact(moment: datetime) -> None:
    assert from_ms(to_ms(moment)) == instant(moment)
    assert to_ms(instant(moment)) == to_ms(moment)


@given(st.integers(-(10**13), 10**14))
def test_milliseconds_are_counted_from_1970(milliseconds: int) -> None:
    assert to_ms(from_ms(milliseconds)) == milliseconds
    assert from_ms(milliseconds) - EPOCH == milliseconds * MILLISECOND


def test_a_known_moment_has_its_known_number() -> None:
    assert (to_ms(EPOCH), from_ms(1)) == (0, EPOCH + TICK)
    assert to_ms(at("09:00")) == 1772413200000
    assert to_ms(EPOCH - timedelta(microseconds=1)) == -1


def test_a_time_without_its_offset_is_refused() -> None:
    with pytest.raises(NaiveTimeError, match="offset"):
        instant(datetime(2026, 3, 2, 9, 0))  # noqa: DTZ001 -- that is the fault


@given(st.timedeltas(timedelta(), timedelta(days=3650)))
def test_a_stretch_of_time_is_cut_as_well(duration: timedelta) -> None:
    assert timedelta() <= duration - whole_ms(duration) < MILLISECOND
    assert whole_ms(duration) % MILLISECOND == timedelta()
