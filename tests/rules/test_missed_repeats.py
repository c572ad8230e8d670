"""A limit that speaks again and again does not make up for what it could not say in time."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rules.book import RuleBook
from rules.deadlines import deadlines
from rules.stages import Stage, Status
from tests.builders import HOUR, TICK, a_book, an_order, at, staged

NINE = at("09:00")
ON_THE_ROAD = an_order(staged(Stage.TRANSIT, Status.STARTED, NINE, "YT1"))
PLACE = Stage.TRANSIT, "YT1"


def due(raised: datetime | None, now: datetime | None, book: RuleBook) -> datetime:
    (deadline,) = deadlines(ON_THE_ROAD, book, {} if raised is None else {PLACE: raised}, now)
    return deadline.due_at


def test_repeats_come_one_after_the_other_while_each_is_raised() -> None:
    book = a_book()
    assert due(None, NINE, book) == NINE + 24 * HOUR
    assert due(NINE + 24 * HOUR, NINE + 25 * HOUR, book) == NINE + 48 * HOUR
    assert due(NINE + 48 * HOUR, None, book) == NINE + 72 * HOUR


def test_after_a_long_silence_of_ours_only_the_latest_repeat_is_raised() -> None:
    book, now = a_book(), NINE + 100 * HOUR
    assert due(None, now, book) == NINE + 96 * HOUR
    assert due(NINE + 24 * HOUR, now, book) == NINE + 96 * HOUR
    assert due(NINE + 96 * HOUR, now, book) == NINE + 120 * HOUR
    assert due(None, None, book) == NINE + 24 * HOUR, "without a now it is the first that was not raised"


def test_at_its_very_instant_a_repeat_is_not_passed_yet() -> None:
    book = a_book()
    assert due(NINE + 24 * HOUR, NINE + 48 * HOUR, book) == NINE + 48 * HOUR
    assert due(None, NINE + 48 * HOUR, book) == NINE + 24 * HOUR
    assert due(None, NINE + 48 * HOUR + TICK, book) == NINE + 48 * HOUR


def test_repeats_count_opening_hours_only() -> None:
    limit = {"when": "no_update", "after": "5h", "repeat": "5h"}
    book = a_book(hours={"mon-sun": ["09:00-19:00"]}, stages={"transit": {"limits": [limit]}})
    assert due(None, NINE, book) == NINE + 5 * HOUR
    assert due(NINE + 5 * HOUR, None, book) == NINE + 10 * HOUR
    assert due(NINE + 10 * HOUR, None, book) == NINE + 29 * HOUR
    assert due(NINE + 12 * HOUR, None, book) == NINE + 29 * HOUR, "raised while the shop was closed"


seconds = st.integers(min_value=1, max_value=400_000).map(lambda number: timedelta(seconds=number))


@given(after=seconds, repeat=seconds, now=seconds, heard=st.none() | seconds)
def test_what_is_due_is_the_latest_that_is_passed_or_else_the_next(
    after: timedelta, repeat: timedelta, now: timedelta, heard: timedelta | None
) -> None:
    limit = {
        "when": "no_update",
        "after": f"{after // timedelta(seconds=1)}s",
        "repeat": f"{repeat // timedelta(seconds=1)}s",
    }
    book = a_book(stages={"transit": {"limits": [limit]}})
    times = [after + number * repeat for number in range(max(now, heard or now) // repeat + 2)]
    unheard = [time for time in times if heard is None or time > heard]
    passed = [time for time in unheard if time < now]
    raised = None if heard is None else NINE + heard
    assert due(raised, NINE + now, book) == NINE + (passed[-1] if passed else unheard[0])
