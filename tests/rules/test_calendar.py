"""Deadlines against a clock that is walked minute by minute, without any of our arithmetic."""

from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.calendar import ALL_WEEK, Block, Calendar, NeverOpenError
from rules.instants import instant
from tests.builders import HOUR, MINUTE, TICK, a_book, at
from tests.rules.walking import SPRING_FESTIVAL, STARTS, Minutes, Shop, blocks, shops, walk

CHUNJIE, TIAOXIU, WEEKEND, WORKDAY = date(2026, 2, 17), date(2026, 2, 14), date(2026, 3, 7), date(2026, 3, 2)
DECEMBER = date(2025, 12, 31)
WAITS = st.timedeltas(TICK, 30 * HOUR).map(lambda wait: wait // TICK * TICK)


@given(shops(), STARTS, WAITS)
def test_only_opening_hours_count_whatever_they_are(shop: Shop, start: datetime, wait: timedelta) -> None:
    calendar = shop.calendar
    due = walk(start, wait, shop.is_open)
    assert calendar.after(start, wait) == due
    assert calendar.passed(start, due) == wait
    assert calendar.passed(due, start) == timedelta()


@given(shops(zone="Europe/Berlin"), st.sampled_from([date(2026, 3, 27), date(2026, 10, 23)]), STARTS, WAITS)
def test_a_zone_that_changes_its_clocks_counts_real_time(
    shop: Shop, friday: date, moment: datetime, wait: timedelta
) -> None:
    start = instant(datetime.combine(friday, moment.timetz())) + moment.day % 3 * 24 * HOUR
    assert shop.calendar.after(start, wait) == walk(start, wait, shop.is_open)


@given(shops(), blocks(some=False), STARTS, WAITS)
def test_the_ladder_waits_while_the_shop_is_open_and_awake(
    shop: Shop, quiet: list[Minutes], start: datetime, wait: timedelta
) -> None:
    shop = shop._replace(quiet=quiet)
    try:
        calendar = shop.calendar
    except ValueError:
        return  # these leave nothing awake, which is refused; see the rule book's tests
    woken = calendar.after_awake(start, wait)
    due = walk(start, wait, shop.is_awake)
    assert calendar.wakes(due) == woken
    assert shop.is_awake(woken)
    assert woken == due or not any(
        shop.is_awake(due + step * MINUTE) for step in range((woken - due) // MINUTE)
    )


@given(shops(), STARTS)
def test_a_closed_shop_opens_next_when_it_does(shop: Shop, start: datetime) -> None:
    calendar = shop.calendar
    opens = calendar.opens(start)
    assert calendar.is_open(start) == shop.is_open(start) == (opens == start)
    assert shop.is_open(opens)
    assert opens == start or calendar.passed(start, opens) == timedelta()


@given(
    st.sampled_from(["Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Shanghai"]), STARTS
)
def test_hours_on_a_day_whose_clocks_change_stay_in_order_and_apart(zone: str, start: datetime) -> None:
    hours = {"mon-sun": ["00:15-02:15", "02:15-02:45", "02:45-03:10", "23:30-24:00"]}
    calendar = a_book(timezone=zone, hours=hours).calendar
    moments = [calendar.after(start, step * 7 * MINUTE) for step in range(1, 200)]
    assert all(earlier < later for earlier, later in pairwise(moments))


# --- holidays --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "stretched"),
    [(5 * MINUTE, 7.5 * MINUTE), (45 * MINUTE, 67.5 * MINUTE), (3 * HOUR, 4.5 * HOUR), (TICK, TICK)],
)
def test_a_holiday_gives_half_as_much_again(limit: timedelta, stretched: timedelta) -> None:
    calendar = a_book(holidays=SPRING_FESTIVAL).calendar
    assert calendar.stretch(limit, at("10:00", day=CHUNJIE)) == stretched
    assert calendar.due(at("10:00", day=CHUNJIE), limit) == at("10:00", day=CHUNJIE) + stretched


@pytest.mark.parametrize("day", [TIAOXIU, WEEKEND, WORKDAY, date(2026, 2, 28)])
def test_workdays_weekends_and_days_worked_for_a_holiday_are_ordinary(day: date) -> None:
    assert a_book(holidays=SPRING_FESTIVAL).calendar.stretch(HOUR, at("10:00", day=day)) == HOUR


@pytest.mark.parametrize(
    ("clock", "day", "factor"),
    [
        ("23:59:59.999", TIAOXIU, 1),
        ("00:00", date(2026, 2, 15), 1.5),
        ("23:59:59.999", date(2026, 2, 23), 1.5),
        ("00:00", date(2026, 2, 24), 1),
    ],
)
def test_the_day_on_which_the_clock_started_decides_for_an_order_that_crosses_into_or_out_of_a_holiday(
    clock: str, day: date, factor: float
) -> None:
    start = at(clock, day=day)
    due = a_book(holidays=SPRING_FESTIVAL).calendar.due(start, 24 * HOUR)
    assert due == start + factor * 24 * HOUR


def test_the_merchants_midnight_decides_and_not_that_of_utc() -> None:
    new_year = frozenset({date(2026, 1, 1)})
    start = at("23:30", day=DECEMBER)
    shanghai = a_book(holidays=new_year).calendar
    assert shanghai.stretch(HOUR, start) == HOUR
    assert shanghai.stretch(HOUR, start + HOUR) == 1.5 * HOUR
    auckland = a_book(holidays=new_year, timezone="Pacific/Auckland").calendar
    assert auckland.stretch(HOUR, start) == 1.5 * HOUR


def test_the_rule_book_corrects_the_calendar() -> None:
    calendar = a_book(
        holidays=SPRING_FESTIVAL, days_off=["2026-03-07"], workdays=["2026-02-17", "2026-03-02"]
    ).calendar
    assert calendar.days_off == SPRING_FESTIVAL - {CHUNJIE} | {WEEKEND}


@given(st.integers(100, 1000), st.integers(1, 10**8))
def test_a_stretched_limit_is_exact_and_cut_to_whole_milliseconds(hundredths: int, milliseconds: int) -> None:
    calendar = a_book(holiday_factor=hundredths / 100, holidays=SPRING_FESTIVAL).calendar
    exact = Fraction(hundredths, 100) * milliseconds
    assert calendar.stretch(milliseconds * TICK, at("10:00", day=CHUNJIE)) == int(exact) * TICK


@given(shops(), STARTS, st.integers(1, 20 * 60))
def test_holidays_hours_and_midnights_together(shop: Shop, start: datetime, minutes: int) -> None:
    wait = timedelta(seconds=minutes * 90 if shop.is_holiday(start) else minutes * 60)
    assert shop.calendar.due(start, minutes * MINUTE) == walk(start, wait, shop.is_open)
    always = shop.calendar.due(start, minutes * MINUTE, around_the_clock=True)
    assert always == start + wait


def test_the_hour_that_a_zone_skips_or_repeats_is_not_counted_or_counted_twice() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    calendar = a_book(timezone="Europe/Berlin", hours={"sun": ["00:00-06:00"]}, ladder=[]).calendar
    spring, autumn = datetime(2026, 3, 29, tzinfo=berlin), datetime(2026, 10, 25, tzinfo=berlin)
    assert calendar.local(calendar.after(spring, 4 * HOUR)).hour == 5
    assert calendar.local(calendar.after(autumn, 4 * HOUR)).hour == 3
    assert calendar.passed(spring, spring + timedelta(days=1)) == 5 * HOUR
    assert calendar.passed(autumn, autumn + timedelta(days=1)) == 7 * HOUR


@pytest.mark.parametrize(("year", "days"), [(2027, 1), (2028, 2), (2100, 1)])
def test_the_last_of_february_is_a_day_like_any_other(year: int, days: int) -> None:
    """From the evening of the 28th until the morning of 1 March, through the 29th when there is one."""
    shanghai = ZoneInfo("Asia/Shanghai")
    evening, morning = datetime(year, 2, 28, 22, tzinfo=shanghai), datetime(year, 3, 1, 8, tzinfo=shanghai)
    calendar = a_book(hours={"mon-sun": ["08:00-20:00"]}).calendar

    assert calendar.after(evening, (days - 1) * 12 * HOUR + MINUTE) == morning + MINUTE
    assert calendar.passed(evening, morning) == (days - 1) * 12 * HOUR
    assert calendar.after(evening, 10 * HOUR, around_the_clock=True) == evening + 10 * HOUR


# --- edges -----------------------------------------------------------------------


def test_a_day_may_have_several_opening_blocks() -> None:
    calendar = a_book(hours={"mon-sun": ["09:00-12:00", "13:30-18:00"]}).calendar
    assert calendar.after(at("11:30"), HOUR) == at("14:00")
    assert calendar.after(at("11:30"), HOUR / 2) == at("12:00")
    assert calendar.after(at("11:30"), HOUR / 2 + TICK) == at("13:30") + TICK
    assert calendar.after(at("20:00"), HOUR) == at("10:00", day=date(2026, 3, 3))
    assert calendar.opens(at("12:00")) == at("13:30")
    assert not calendar.is_open(at("12:00"))


def test_what_is_said_of_a_day_last_counts() -> None:
    calendar = a_book(hours={"mon-sun": ["09:00-18:00"], "sat,sun": []}).calendar
    assert calendar.opens(at("10:00", day=WEEKEND)) == at("09:00", day=date(2026, 3, 9))


def test_quiet_hours_may_cross_midnight() -> None:
    calendar = a_book(quiet_hours=["23:00-07:00"]).calendar
    assert calendar.wakes(at("23:00")) == at("07:00", day=date(2026, 3, 3))
    assert calendar.wakes(at("06:59:59.999")) == at("07:00")
    assert calendar.wakes(at("07:00")) == at("07:00")
    assert calendar.after_awake(at("22:59"), MINUTE) == at("07:00", day=date(2026, 3, 3))
    assert calendar.after(at("22:59"), HOUR) == at("23:59")


def test_quiet_hours_cut_opening_hours_where_they_meet() -> None:
    noon, evening = Block(12 * HOUR, 13 * HOUR), Block(20 * HOUR, 24 * HOUR)
    day = (Block(9 * HOUR, 18 * HOUR), Block(19 * HOUR, 22 * HOUR))
    calendar = Calendar(hours=(day,) * 7, quiet=(noon, evening))
    assert calendar.awake[0] == (
        Block(9 * HOUR, 12 * HOUR),
        Block(13 * HOUR, 18 * HOUR),
        Block(19 * HOUR, 20 * HOUR),
    )


def test_a_calendar_that_never_wakes_is_refused() -> None:
    with pytest.raises(NeverOpenError, match="never"):
        Calendar(hours=ALL_WEEK, quiet=(Block(timedelta(), 24 * HOUR),))
    with pytest.raises(NeverOpenError, match="never"):
        Calendar(hours=((),) * 7)
