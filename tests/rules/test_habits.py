"""How does a source usually speak, and which silence is out of the ordinary?"""

from datetime import date, timedelta
from random import Random

import pytest

from rules.calendar import Calendar
from rules.habits import A_MINUTE, AN_HOUR, UNKNOWN, DayKind, Habit, HeardHour, Slot, Span, learn, slot_of
from tests.builders import at
from tests.rules.feeding import CALENDAR, Diary, by_the_clock, habit_of, history, in_waves, midnight, spread


def known(diary: Diary, dark: tuple[Span, ...] = ()) -> Habit:
    return habit_of(diary, 0, 60, dark)


def limit_of(habit: Habit) -> float:
    assert habit.limit is not None
    return habit.limit


def test_an_hour_is_told_by_the_clock_of_the_merchant_and_the_kind_of_day() -> None:
    calendar = Calendar(days_off=frozenset({date(2026, 3, 3)}))
    days = {"2026-03-02": DayKind.WORKDAY, "2026-03-03": DayKind.DAY_OFF, "2026-03-07": DayKind.WEEKEND}
    for day, kind in days.items():
        assert slot_of(at("09:30", day=date.fromisoformat(day)), calendar) == Slot(kind, 9)


def test_a_source_with_a_few_events_a_day_is_not_known() -> None:
    assert known(history(spread(3), 60, Random(1))).limit is None


def test_a_source_that_is_new_is_not_known_however_much_it_sends() -> None:
    assert known(history(spread(3000), 6, Random(1))) == UNKNOWN
    assert known(Diary()) == UNKNOWN


def test_what_is_usual_grows_with_the_evidence_up_to_the_mean() -> None:
    """A source that sends six bundles an hour, around the clock."""
    slot = Slot(DayKind.WORKDAY, 10)
    week, month = (known(history(by_the_clock(10, 3), days, Random(1))) for days in (8, 40))
    assert 4.0 < week.usual[slot].minutes < month.usual[slot].minutes < 6.0
    assert month.usual[slot].events == pytest.approx(18, rel=0.2)


def test_nothing_is_expected_on_days_of_a_kind_that_it_has_not_lived_through() -> None:
    habit = known(history(spread(3000), 13, Random(1)))
    holiday = Calendar(days_off=frozenset({date(2026, 3, 2)}))
    morning = midnight(0) + 10 * AN_HOUR
    assert habit.between(morning, morning + AN_HOUR, CALENDAR).minutes > 40
    assert habit.between(morning, morning + AN_HOUR, holiday) == (0.0, 0.0)


def test_a_night_is_shorter_than_a_quarter_of_an_hour_by_day() -> None:
    habit = known(history(spread(1000), 28, Random(1)))
    night = habit.between(midnight(0), midnight(0) + 6 * AN_HOUR, CALENDAR)
    day = habit.between(midnight(0) + 15 * AN_HOUR, midnight(0) + 15 * AN_HOUR + 15 * A_MINUTE, CALENDAR)
    assert night.minutes < day.minutes


def test_the_more_regular_a_source_is_the_sooner_its_silence_is_out_of_the_ordinary() -> None:
    """Both are heard about as often: by the clock, or as it happens."""
    regular = limit_of(known(history(by_the_clock(30, 5), 40, Random(1))))
    irregular = limit_of(known(history(spread(48), 40, Random(1))))
    assert regular < irregular


def test_an_outage_that_is_known_teaches_nothing() -> None:
    diary = history(spread(3000), 28, Random(1))
    as_it_was, cut = limit_of(known(diary)), midnight(-4) + 10 * AN_HOUR
    for day in (-4, -6, -11, -13):
        for hour in range(10, 18):
            diary.hours.pop(midnight(day) + timedelta(hours=hour), None)
    spans = tuple(
        Span(midnight(day) + 9.9 * AN_HOUR, midnight(day) + 18 * AN_HOUR) for day in (-4, -6, -11, -13)
    )
    assert cut not in diary.hours
    assert limit_of(known(diary)) > 2 * as_it_was
    assert limit_of(known(diary, spans)) < 1.2 * as_it_was


def test_the_hour_that_is_under_way_teaches_nothing() -> None:
    hours = [HeardHour(midnight(-10) + n * AN_HOUR, 60, (1 << 60) - 1) for n in range(241)]
    half_past = midnight(0) + 30 * A_MINUTE
    assert learn(hours, half_past, CALENDAR) == learn(hours[:-1], half_past, CALENDAR)


def test_of_days_on_which_it_is_often_silent_nothing_is_expected_before_it_has_spoken() -> None:
    """Half of the weekends nobody picks; every workday somebody does."""
    habit = known(history(in_waves(400), 28, Random(7)))
    assert habit.kept == {DayKind.WORKDAY}
    noon = {day: midnight(day) + 12 * AN_HOUR for day in (0, 5)}
    for day, asked in noon.items():
        overnight = habit.between(asked - 16 * AN_HOUR, asked, CALENDAR).minutes
        assert (overnight > 20) is (day == 0)
    assert habit.between(noon[5], noon[5] + 2 * AN_HOUR, CALENDAR).minutes > 5
