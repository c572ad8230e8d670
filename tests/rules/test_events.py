"""What does an event say of its own time and place?"""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from rules.events import EventKey
from rules.instants import NaiveTimeError
from tests.builders import MINUTE, TICK, an_event, at


@pytest.mark.parametrize(
    ("observed_at", "rules_go_by"),
    [(at("09:00"), at("09:00")), (at("11:00"), at("09:10")), (at("09:10"), at("09:10"))],
)
def test_rules_go_by_the_earlier_of_the_two_times(observed_at: datetime, rules_go_by: datetime) -> None:
    assert an_event(when="09:10", observed_at=observed_at).at == rules_go_by


def test_times_are_utc_in_whole_milliseconds() -> None:
    event = an_event(
        when=at("09:00").replace(microsecond=1999),
        observed_at=at("09:00") + timedelta(microseconds=999),
        not_before=at("10:00") + TICK / 2,
    )
    assert (event.occurred_at.tzinfo, event.occurred_at.microsecond) == (UTC, 1000)
    assert (event.observed_at, event.not_before) == (at("09:00"), at("10:00"))


def test_a_presale_without_its_offset_is_refused() -> None:
    with pytest.raises(NaiveTimeError):
        an_event(not_before=at("10:00").replace(tzinfo=None))


def test_events_stand_in_the_order_of_time_then_source_then_id() -> None:
    in_order = [
        an_event(when="09:00", source="/z", id_="9"),
        an_event(when="09:10", source="/a", id_="2"),
        an_event(when="09:10", source="/b", id_="1"),
        an_event(when="09:10", source="/b", id_="2"),
        an_event(when=at("09:10") + MINUTE, source="/a", id_="1"),
    ]
    for events in permutations(in_order):
        assert sorted(events, key=lambda event: event.position) == in_order


def test_two_sources_may_use_the_same_id() -> None:
    keys = {an_event(source=source, id_="1").key for source in ("/a", "/b")}
    assert keys == {EventKey("/a", "1"), EventKey("/b", "1")}


def test_an_event_that_arrived_early_by_its_own_clock_keeps_its_place() -> None:
    ahead = an_event(when="09:10", observed_at=at("09:00"))
    assert (ahead.position.occurred_at, ahead.at) == (at("09:10"), at("09:00"))
