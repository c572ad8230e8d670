"""How busy would a rule book have kept people?"""

from datetime import timedelta

from rules.book import LadderAction
from rules.calendar import SHANGHAI
from rules.events import UserId
from rules.rehearsal import Alert, Climb, Occasion
from rules.roster import Roster
from rules.stages import Priority, Stage
from rules.tallies import PersonTally, Played, Span, StageTally, Tally, tally
from tests.builders import LI, MINUTE, WANG, ZHANG, a_book, a_roster, at
from tests.rules.test_gatherings import an_alert

ROSTER = a_roster(
    shifts=[
        {"userid": ZHANG, "from": "08:00", "to": "12:00"},
        {"userid": LI, "from": "12:00", "to": "20:00"},
        {"userid": WANG},
    ]
)
SPAN = Span(at("08:00"), at("20:00"), SHANGHAI)


def counted(*alerts: Alert, climbs: tuple[Climb, ...] = (), span: Span = SPAN) -> Tally:
    return tally(Played(alerts=list(alerts), climbs=list(climbs)), a_book(), lambda _: ROSTER, span)


def alone(number: int, when: str, **parts: object) -> Alert:
    return an_alert(number, when, fronts=(), **parts)


def test_nothing_is_nothing() -> None:
    found = counted()
    assert (found.alerts, found.per_hour, found.busiest, found.busiest_at, found.by_stage) == (
        0,
        0,
        0,
        None,
        {},
    )
    assert Tally().per_hour == 0


def test_alerts_are_counted_by_hour_and_stage() -> None:
    found = counted(
        alone(0, "09:10"),
        alone(1, "09:20", healed_at=at("09:30")),
        alone(1, "09:50", occasion=Occasion.AGAIN),
        alone(2, "15:00", stage=Stage.PAYMENT),
    )
    assert (found.cases, found.alerts, found.healed, found.hours) == (3, 4, 1, 12)
    assert (found.busiest, found.busiest_at) == (3, at("09:00"))
    assert [(hour, count) for hour, count in enumerate(found.by_hour) if count] == [(9, 3), (15, 1)]
    assert found.by_stage == {
        Stage.PICKING: StageTally(cases=2, alerts=3, healed=1),
        Stage.PAYMENT: StageTally(cases=1, alerts=1),
    }
    assert round(found.per_hour, 3) == round(4 / 12, 3)


def test_what_only_the_board_shows_is_no_alert() -> None:
    found = counted(alone(0, "09:10", silent=True, group=None))
    assert (found.cases, found.alerts, found.silent, found.cards) == (1, 0, 1, 0)


def test_what_was_raised_before_is_left_out() -> None:
    found = counted(alone(0, "09:10"), alone(1, "11:00"), span=Span(at("10:00"), at("20:00"), SHANGHAI))
    assert (found.cases, found.alerts) == (1, 1)


def test_whoever_is_on_duty_meets_with_the_cards_and_the_manager_with_the_pushes() -> None:
    found = counted(
        alone(0, "09:10"),
        alone(1, "13:00", pushed=WANG, priority=Priority.P1),
        alone(2, "13:30", pushed=WANG),
        alone(3, "14:00", group=None, pushed=WANG, occasion=Occasion.URGENT, priority=Priority.P1),
    )
    people: dict[UserId, PersonTally] = {
        WANG: PersonTally(cards=0, pushes=3),
        LI: PersonTally(cards=2, pushes=0),
        ZHANG: PersonTally(cards=1, pushes=0),
    }
    assert found.by_person == people
    assert (found.cards, found.pushes, found.urgent) == (3, 3, 2)


def test_steps_of_ladders_are_counted_and_who_is_called_by_them() -> None:
    one = alone(0, "09:10")
    climbs = [
        Climb(case=one.case, order=one.order, at=at("09:13"), do=LadderAction.REMIND_OWNER, to=ZHANG),
        Climb(case=one.case, order=one.order, at=at("09:19"), do=LadderAction.PUSH, to=WANG),
    ]
    found = counted(one, climbs=(*climbs,))
    assert (found.climbs, found.by_step[LadderAction.PUSH]) == (2, 1)
    assert found.by_person[WANG] == PersonTally(pushes=1)


def test_an_incident_has_one_card_one_push_and_one_ladder() -> None:
    storm = [an_alert(number, "09:00", priority=Priority.P1, pushed=WANG) for number in range(8)]
    late = [Climb(case=one.case, order=one.order, at=at("09:05"), do=LadderAction.PUSH) for one in storm]
    found = counted(*storm, climbs=(*late,))
    assert (found.cases, found.alerts, found.incidents, found.gathered) == (8, 8, 1, 8)
    assert (found.cards, found.pushes, found.urgent) == (1, 1, 1)
    assert found.climbs == len(a_book().ladder)


def test_those_before_the_third_had_cards_of_their_own() -> None:
    found = counted(*(an_alert(number, at("09:00") + number * MINUTE) for number in range(3)))
    assert (found.cards, found.incidents) == (3, 1)


def test_more_than_a_conversation_takes_is_folded() -> None:
    found = counted(*(alone(number, "09:00") for number in range(27)))
    assert (found.cards, found.folded) == (27, 7)


def test_nobody_is_called_where_nobody_is_there() -> None:
    storm = [an_alert(number, "09:00", priority=Priority.P1) for number in range(3)]
    played = Played(alerts=storm, climbs=[])
    found = tally(played, a_book(), lambda _: Roster(members={}), SPAN)
    assert (found.cards, found.pushes) == (1, 0)


def test_the_span_has_its_hours() -> None:
    assert counted(span=Span(at("08:00"), at("08:00") + timedelta(days=2), SHANGHAI)).hours == 48
