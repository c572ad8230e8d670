"""Which limit would history propose? One after which few move on by themselves; none where there is too little to tell."""

import random
from datetime import UTC, datetime, timedelta

from rules.proposals import (
    ENOUGH,
    HEALED_AT_MOST,
    ROUND,
    Days,
    Place,
    Stint,
    Why,
    factor,
    middle,
    propose,
    weekly,
)
from rules.stages import Kind, Stage
from rules.survival import Span

NOW = datetime(2026, 3, 30, tzinfo=UTC)
MINUTE, HOUR, WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(weeks=1)
PLACE = Place(Stage.PACKING, Kind.NOT_COMPLETED, "", Days.WORKDAY)


def history(n: int, weeks: int = 10, *, stuck: float = 0.04, seed: int = 1) -> list[Stint]:
    """Packing takes about half an hour; a few are stuck for a day. What began lately may still be under way."""
    chance = random.Random(seed)
    found = list[Stint]()
    for _ in range(n):
        since = NOW - weeks * WEEK * chance.random()
        took = (
            chance.uniform(10, 30) * HOUR
            if chance.random() < stuck
            else chance.lognormvariate(3.4, 0.4) * MINUTE
        )
        ended = since + took <= NOW
        found.append(Stint(since=since, span=Span(length=took if ended else NOW - since, ended=ended)))
    return found


def test_a_limit_that_alarms_too_soon_is_moved_to_where_few_move_on_by_themselves() -> None:
    told = propose(PLACE, history(4_000), 30 * MINUTE, NOW)
    assert told.why is None
    assert told.new is not None
    assert told.new.healed is not None
    assert told.old.healed is not None
    assert told.new.healed <= HEALED_AT_MOST < told.old.healed
    assert 60 * MINUTE <= told.new.limit <= 120 * MINUTE
    assert told.new.limit in ROUND
    assert told.new.alerts is not None
    assert told.old.alerts is not None
    assert told.new.alerts.high < told.old.alerts.low
    assert told.new.alerts.low <= 0.045 * 400 <= told.new.alerts.high


def test_a_limit_that_alarms_too_late_is_moved_forward() -> None:
    told = propose(PLACE, history(4_000), 6 * HOUR, NOW)
    assert told.new is not None
    assert told.new.limit < 3 * HOUR


def test_each_order_of_a_sample_stands_for_several() -> None:
    known = history(1_000)
    one, many = (propose(PLACE, known, 30 * MINUTE, NOW, each=each) for each in (1, 8))
    assert one.new is not None
    assert many.new is not None
    assert one.new.alerts is not None
    assert many.new.alerts == one.new.alerts.times(8)


def test_where_nobody_has_touched_it_for_long_what_moves_on_by_then_has_healed() -> None:
    told = propose(PLACE, history(4_000), 30 * MINUTE, NOW, least_wait=24 * HOUR)
    assert told.why is Why.NONE_FITS


def test_too_little_proposes_nothing_and_says_so() -> None:
    assert propose(PLACE, [], HOUR, NOW).why is Why.TOO_FEW
    assert propose(PLACE, history(ENOUGH - 1), HOUR, NOW).why is Why.TOO_FEW
    assert propose(PLACE, history(400, stuck=0), 6 * HOUR, NOW).why is Why.TOO_FEW_SLOW
    assert propose(PLACE, history(4_000, weeks=3), 30 * MINUTE, NOW).why is Why.FEW_WEEKS


def test_what_fits_is_left_as_it_is() -> None:
    told = propose(PLACE, history(4_000), 30 * MINUTE, NOW)
    assert told.new is not None
    again = propose(PLACE, history(4_000), told.new.limit, NOW)
    assert (again.new, again.why) == (None, Why.FITS)


def test_where_most_orders_pass_every_limit_none_is_proposed() -> None:
    slow = [Stint(since=one.since, span=Span(length=40 * HOUR, ended=True)) for one in history(500)]
    assert propose(PLACE, slow, HOUR, NOW).why is Why.NONE_FITS


def test_what_is_still_open_is_not_taken_for_done() -> None:
    """Half of the slow ones are watched for two hours only: dropping them would say that there are fewer."""
    known = history(4_000)
    cut = [
        Stint(since=one.since, span=Span(length=2 * HOUR, ended=False))
        if one.span.length > 2 * HOUR and number % 2
        else one
        for number, one in enumerate(known)
    ]
    whole, censored = propose(PLACE, known, 30 * MINUTE, NOW), propose(PLACE, cut, 30 * MINUTE, NOW)
    assert whole.new is not None
    assert censored.new is not None
    assert whole.new.limit == censored.new.limit
    assert censored.open > whole.open


def test_weeks_end_now_and_the_first_one_counts_as_a_whole() -> None:
    times = [NOW, NOW - WEEK, NOW - WEEK + MINUTE, NOW - 3 * WEEK, NOW + MINUTE]
    assert weekly(times, NOW - 4 * WEEK, NOW) == [1, 0, 1, 2]
    assert weekly([], NOW - MINUTE, NOW) == []


def test_holidays_take_as_much_longer_as_they_did_last_year() -> None:
    usual = history(500, stuck=0)
    holiday = [
        Stint(since=one.since, span=Span(length=2 * one.span.length, ended=True)) for one in usual[:100]
    ]
    told = factor(holiday, usual)
    assert told is not None
    assert 1.8 <= told <= 2.2
    assert factor(holiday[:5], usual) is None
    open_ = [Stint(since=one.since, span=Span(length=MINUTE, ended=False)) for one in usual]
    assert factor(open_, usual) is None
    assert middle({Stage.PICKING: 1.84, Stage.PACKING: 0.4, Stage.TRANSIT: 2.6}) == 1.8
    assert middle({Stage.PICKING: 0.4}) == 1.0
    assert middle({}) is None


def test_a_place_has_a_name() -> None:
    assert PLACE.key == "packing:not_completed::workday"


def test_a_week_of_holidays_says_nothing_about_the_workdays_of_the_next_one() -> None:
    holiday = (NOW - 5 * WEEK, NOW - 4 * WEEK)
    known = [one for one in history(4_000) if not holiday[0] <= one.since < holiday[1]]
    naive, told = (propose(PLACE, known, 30 * MINUTE, NOW, days_in=days) for days in ([], [5, 5, 5, 5, 0, 5]))
    assert naive.old.alerts is not None
    assert told.old.alerts is not None
    assert told.old.alerts.high < naive.old.alerts.high
    assert told.old.alerts.low > 0
