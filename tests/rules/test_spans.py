"""Which stretch of days and hours does somebody mean?"""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.spans import Span, Unclear, UnclearError, parse_span, written

TODAY = date(2026, 11, 27)
"""A Friday."""
THIRD = "2026-12-03T00:00", "2026-12-04T00:00"
MORNING = "2026-12-03T09:00", "2026-12-03T18:00"
NIGHT = "2026-12-03T22:00", "2026-12-04T06:00"


@pytest.mark.parametrize(
    ("said", "bounds"),
    [
        ("12-03", THIRD),
        ("12/3", THIRD),
        ("12.3", THIRD),
        ("12月3日", THIRD),
        ("１２月３号", THIRD),
        ("2026-12-03", THIRD),
        ("2026年12月3日", THIRD),
        ("12-03..12-05", ("2026-12-03T00:00", "2026-12-06T00:00")),
        ("12-03-12-05", ("2026-12-03T00:00", "2026-12-06T00:00")),
        ("12.3 到 12.5", ("2026-12-03T00:00", "2026-12-06T00:00")),
        ("12-03 ~ 12-05", ("2026-12-03T00:00", "2026-12-06T00:00")),
        ("12-03 09:00-18:00", MORNING),
        ("12-03 ０９：００－１８：００", MORNING),
        ("12-03 9:00～18:00", MORNING),
        ("12-03 9点到18点", MORNING),
        ("12月3日上午9点至下午6点", MORNING),
        ("12-03，09:00 — 18:00", MORNING),
        ("12-03 09:00..12-03 18:00", MORNING),
        ("12-03 22:00..12-04 06:00", NIGHT),
        ("12-03 22:00-次日06:00", NIGHT),
        ("12-03 晚上10点到次日6点", NIGHT),
        ("12-03 18:00-24:00", ("2026-12-03T18:00", "2026-12-04T00:00")),
        ("12-03 09:30..12-05", ("2026-12-03T09:30", "2026-12-06T00:00")),
        ("今天", ("2026-11-27T00:00", "2026-11-28T00:00")),
        ("明天 14点半-18点15分", ("2026-11-28T14:30", "2026-11-28T18:15")),
        ("后天到大后天", ("2026-11-29T00:00", "2026-12-01T00:00")),
        ("tomorrow 09:00 to 18:00", ("2026-11-28T09:00", "2026-11-28T18:00")),
        ("周五", ("2026-11-27T00:00", "2026-11-28T00:00")),
        ("周六", ("2026-11-28T00:00", "2026-11-29T00:00")),
        ("星期四", THIRD),
        ("下周四", THIRD),
        ("礼拜天", ("2026-11-29T00:00", "2026-11-30T00:00")),
        ("本周一", ("2026-11-23T00:00", "2026-11-24T00:00")),
        ("上周四", ("2026-11-19T00:00", "2026-11-20T00:00")),
        ("Thursday", THIRD),
        ("next thu", THIRD),
        ("14:00-18:00", ("2026-11-27T14:00", "2026-11-27T18:00")),
        ("11-20", ("2026-11-20T00:00", "2026-11-21T00:00")),
        ("01-02", ("2027-01-02T00:00", "2027-01-03T00:00")),
        ("2-29", ("2028-02-29T00:00", "2028-03-01T00:00")),
    ],
)
def test_a_stretch_may_be_written_in_many_ways(said: str, bounds: tuple[str, str]) -> None:
    start, end = map(datetime.fromisoformat, bounds)
    today = date(2027, 12, 1) if said == "2-29" else TODAY
    assert parse_span(said, today) == Span(start=start, end=end)


@pytest.mark.parametrize(
    ("said", "why", "part", "mend"),
    [
        ("", Unclear.EMPTY, "", ""),
        ("  ", Unclear.EMPTY, "", ""),
        ("李四", Unclear.UNREADABLE, "李四", ""),
        ("12-03 9", Unclear.UNREADABLE, "9", ""),
        ("12-03 某个 时候", Unclear.UNREADABLE, "某个", ""),
        ("02-30", Unclear.NO_SUCH_DAY, "02-30", ""),
        ("9999-12-31", Unclear.NO_SUCH_DAY, "9999-12-31", ""),
        ("2026-13-01", Unclear.NO_SUCH_DAY, "2026-13-01", ""),
        ("12-03 25:00-26:00", Unclear.NO_SUCH_TIME, "25:00", ""),
        ("12-03 09:61-10:00", Unclear.NO_SUCH_TIME, "09:61", ""),
        ("12-03 09:00", Unclear.NO_END, "12-03 09:00", ""),
        ("12-03 09:00-", Unclear.NO_END, "12-03 09:00-", ""),
        ("12-03..", Unclear.NO_END, "12-03..", ""),
        ("..12-03", Unclear.EMPTY, "", ""),
        ("12-03..18:00", Unclear.UNREADABLE, "12-03..18:00", ""),
        ("12-03 12-05", Unclear.TOO_MUCH, "12-03 12-05", ""),
        ("12-03 9-18", Unclear.TOO_MUCH, "12-03 9-18", ""),
        ("12-03 09:00 10:00", Unclear.TOO_MUCH, "12-03 09:00 10:00", ""),
        ("12-03..12-04..12-05", Unclear.TOO_MUCH, "12-03..12-04..12-05", ""),
        ("12-03 22:00-06:00", Unclear.MIDNIGHT, "12-03 22:00-06:00", "12-03 22:00..12-04 06:00"),
        ("12-03 09:00-09:00", Unclear.MIDNIGHT, "12-03 09:00-09:00", "12-03 09:00..12-04 09:00"),
        ("12-05..12-03", Unclear.MIDNIGHT, "12-05..12-03", ""),
    ],
)
def test_what_cannot_be_read_is_told_with_the_part_and_the_mend(
    said: str, why: Unclear, part: str, mend: str
) -> None:
    with pytest.raises(UnclearError) as error:
        parse_span(said, TODAY)
    assert (error.value.why, error.value.said, error.value.mend) == (why, part, mend)


@given(st.text(max_size=30))
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    try:
        span = parse_span(text, TODAY)
    except UnclearError:
        return
    assert span.start < span.end


MOMENTS = st.datetimes(datetime(2026, 9, 1), datetime(2027, 1, 20)).map(  # noqa: DTZ001 -- the clock on the wall
    lambda at: at.replace(second=0, microsecond=0)
)


@given(MOMENTS, MOMENTS)
def test_what_is_written_is_read_as_it_was_meant(one: datetime, other: datetime) -> None:
    if one != other:
        span = Span(start=min(one, other), end=max(one, other))
        assert parse_span(written(span), TODAY) == span
