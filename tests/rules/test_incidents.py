"""How an incident grows, and how its ladder sees it."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from rules.anomalies import Anomaly, AnomalyId
from rules.incidents import Incident, as_a_case, grown, has_doubled, takes_in, waiting_of
from rules.stages import Priority, Stage
from rules.storms import Cause, IncidentId, StormRules
from tests.builders import LI, MINUTE, ORDER, an_anomaly, at

NOON = at("12:00")
RULES = StormRules()
ID = IncidentId("i1")
INCIDENT = Incident(
    id=ID,
    group="default",
    stage=Stage.PICKING,
    cause=Cause.WAREHOUSE,
    value="hz1",
    priority=Priority.P2,
    book_version=1,
    lead=AnomalyId("a1"),
    order=ORDER,
    size=3,
    opened_at=NOON,
    joined_at=NOON,
    locks_at=NOON + RULES.span,
    raised_at=NOON,
    surge_at=NOON,
    surge=3,
    wave_at=NOON,
)


def a_member(joined_at: datetime = NOON, **fields: object) -> Anomaly:
    return replace(an_anomaly(), incident=ID, joined_at=joined_at, **fields)  # pyright: ignore[reportArgumentType] -- as the tests name them


def after(incident: Incident, *comings: tuple[int, float]) -> Incident:
    """The incident after so many cases came, each so many minutes after it began."""
    for count, minutes in comings:
        incident = grown(incident, [an_anomaly()] * count, RULES, NOON + timedelta(minutes=minutes))
    return incident


# --- how large it is ---------------------------------------------------------------


def test_it_has_doubled_at_twice_and_four_times_what_makes_a_storm() -> None:
    sizes = [3, 4, 6, 7, 11, 12, 23, 24]
    doubled = [after for before, after in pairwise(sizes) if has_doubled(before, after, RULES.threshold)]
    assert doubled == [6, 12, 24]
    assert has_doubled(3, 13, RULES.threshold)


# --- waves -------------------------------------------------------------------------


def test_what_comes_before_a_window_of_quiet_is_the_same_burst() -> None:
    incident = after(INCIDENT, (4, 1), (9, 6), (1, 11))

    assert (incident.waves, incident.size, incident.surge) == (1, 17, 17)
    assert incident.joined_at == NOON + 11 * MINUTE


def test_after_quiet_as_many_as_make_a_storm_are_a_wave() -> None:
    quiet = after(INCIDENT, (1, 20), (1, 21))
    assert (quiet.waves, quiet.surge, quiet.wave_at) == (1, 2, NOON)

    wave = after(quiet, (1, 22))
    assert (wave.waves, wave.surge, wave.size) == (2, 3, 6)
    assert wave.wave_at == wave.raised_at == NOON + 22 * MINUTE
    assert after(wave, (5, 23)).waves == 2


def test_a_trickle_is_no_wave() -> None:
    assert after(INCIDENT, (1, 10), (1, 13), (1, 16), (1, 19)).waves == 1
    assert after(INCIDENT, (2, 10), (2, 16), (2, 22)).waves == 1


def test_a_wave_begins_the_ladder_anew_and_single_cases_do_not() -> None:
    climbed = replace(INCIDENT, steps=2, climbed_at=NOON + 6 * MINUTE)

    assert after(climbed, (2, 20)).steps == 2
    wave = after(climbed, (3, 20))
    assert (wave.steps, wave.climbed_at) == (0, None)


def test_it_is_as_urgent_as_the_most_urgent_that_came() -> None:
    urgent = grown(INCIDENT, [an_anomaly(priority=Priority.P1)], RULES, NOON)

    assert urgent.priority is Priority.P1


def test_it_takes_in_cases_until_it_locks() -> None:
    assert takes_in(INCIDENT, NOON + timedelta(minutes=59))
    assert not takes_in(INCIDENT, NOON + timedelta(minutes=60))
    assert not takes_in(replace(INCIDENT, closed_at=NOON), NOON)


# --- its ladder ------------------------------------------------------------------------


def test_it_waits_while_a_customer_of_its_cases_does() -> None:
    waiting = a_member()
    others = [
        a_member(reached_at=NOON),
        a_member(waived_by=LI),
        a_member(ended_at=NOON),
        a_member(reopened_at=NOON + MINUTE),
        an_anomaly(),
    ]

    assert waiting_of([waiting, *others]) == [waiting]
    assert as_a_case(INCIDENT, others) is None
    assert as_a_case(replace(INCIDENT, closed_at=NOON), [waiting]) is None


def test_the_ladder_sees_one_case_that_is_the_incidents_own() -> None:
    incident = replace(INCIDENT, steps=1, climbed_at=NOON + 3 * MINUTE)
    urgent = a_member(NOON + MINUTE, priority=Priority.P1, snoozed_until=NOON + 30 * MINUTE)

    seen = as_a_case(incident, [urgent, a_member(steps=2)])

    assert seen is not None
    assert (seen.owner, seen.steps, seen.raised_at) == (None, 1, NOON)
    assert (seen.priority, seen.snoozed_until, seen.incident) == (Priority.P1, None, None)


def test_it_begins_anew_for_those_who_came_after_all_before_were_answered() -> None:
    incident = replace(INCIDENT, steps=1, climbed_at=NOON + 3 * MINUTE)
    late = a_member(NOON + 30 * MINUTE)

    seen = as_a_case(incident, [a_member(reached_at=NOON), late])

    assert seen is not None
    assert (seen.steps, seen.climbed_at, seen.raised_at) == (0, None, NOON + 30 * MINUTE)


def test_while_nobody_has_one_of_its_cases_nobody_has_it() -> None:
    taken, forsaken = a_member(owner=LI, claimed_at=NOON), a_member(NOON + MINUTE, id="a2")

    assert (seen := as_a_case(INCIDENT, [taken, forsaken])) is not None
    assert seen.owner is None
    assert (seen := as_a_case(INCIDENT, [taken])) is not None
    assert (seen.owner, seen.reminded_at) == (LI, None)


def test_who_has_its_cases_is_reminded_once_for_each_claim() -> None:
    reminded = replace(INCIDENT, reminded_at=NOON + 4 * MINUTE)
    before, after_it = (a_member(owner=LI, claimed_at=NOON + minutes * MINUTE) for minutes in (1, 5))

    assert (seen := as_a_case(reminded, [before])) is not None
    assert seen.reminded_at == NOON + 4 * MINUTE
    assert (seen := as_a_case(reminded, [after_it])) is not None
    assert seen.reminded_at is None
