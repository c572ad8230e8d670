"""The breaks of the State Council's notices, day by day.

Notices: 国办发明电〔2024〕12号 for 2025 and 国办发明电〔2025〕7号 for 2026.
"""

import calendar
from datetime import date, timedelta

import pytest

from bot.holidays import breaks, days_off, is_announced, worked

BREAKS = {
    2025: [
        ("01-01", "01-01"),
        ("01-28", "02-04"),
        ("04-04", "04-06"),
        ("05-01", "05-05"),
        ("05-31", "06-02"),
        ("10-01", "10-08"),
    ],
    2026: [
        ("01-01", "01-03"),
        ("02-15", "02-23"),
        ("04-04", "04-06"),
        ("05-01", "05-05"),
        ("06-19", "06-21"),
        ("09-25", "09-27"),
        ("10-01", "10-07"),
    ],
}
WORKED_WEEKENDS = {
    2025: ["01-26", "02-08", "04-27", "09-28", "10-11"],
    2026: ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"],
}


def the_days(year: int, first: str, last: str) -> set[date]:
    start, end = date.fromisoformat(f"{year}-{first}"), date.fromisoformat(f"{year}-{last}")
    return {start + timedelta(days=number) for number in range((end - start).days + 1)}


@pytest.mark.parametrize("year", BREAKS)
def test_the_days_off_are_the_announced_breaks_and_no_other_day(year: int) -> None:
    announced = {day for first, last in BREAKS[year] for day in the_days(year, first, last)}
    assert days_off(year, year) == announced


@pytest.mark.parametrize("year", WORKED_WEEKENDS)
def test_a_weekend_that_is_worked_is_no_day_off(year: int) -> None:
    worked = {date.fromisoformat(f"{year}-{day}") for day in WORKED_WEEKENDS[year]}
    assert all(day.weekday() >= calendar.SATURDAY for day in worked)
    assert not days_off(year, year) & worked


def test_several_years_are_the_sum_of_each() -> None:
    assert days_off(2025, 2026) == days_off(2025, 2025) | days_off(2026, 2026)


def test_a_break_over_new_year_falls_to_both_years() -> None:
    """1 January 2024 was a Monday: the notice joins it to the weekend before."""
    assert {date(2023, 12, 30), date(2023, 12, 31)} <= days_off(2023, 2023)
    assert date(2024, 1, 1) in days_off(2024, 2024)


def test_a_year_without_a_notice_has_its_statutory_days() -> None:
    assert {date(2027, 1, 1), date(2027, 10, 1), date(2027, 10, 3)} <= days_off(2027, 2027)


def test_a_year_is_announced_when_its_working_weekends_are_known() -> None:
    assert [is_announced(year) for year in (2025, 2026, 2027)] == [True, True, False]


def test_a_holiday_is_known_by_its_name_from_year_to_year() -> None:
    names = [[one.name for one in breaks(year)] for year in (2024, 2025, 2026)]
    assert all({"Chinese New Year", "Labor Day", "National Day"} <= set(year) for year in names)
    may = next(one for one in breaks(2026) if one.name == "Labor Day")
    assert (may.first, may.last) == (date(2026, 5, 1), date(2026, 5, 5))


def test_the_weekends_on_which_people_work_are_told() -> None:
    found = worked(2025, 2026)
    assert date(2026, 2, 28) in found
    assert date(2026, 3, 7) not in found
