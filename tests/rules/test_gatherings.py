"""Which incidents would there have been?"""

from datetime import datetime
from typing import Any

from rules.anomalies import AnomalyId
from rules.book import LadderAction
from rules.events import OrderKey, OrderNo
from rules.gatherings import calls_manager, gather
from rules.rehearsal import Alert, Occasion
from rules.stages import Kind, Priority, Stage
from rules.storms import Cause, Front
from tests.builders import MINUTE, SHOP, TICK, WANG, a_book, a_roster, at

FRONT = Front("default", Stage.PICKING, Cause.WAREHOUSE, "hz1")
ROSTER = a_roster()
BOOK = a_book()


def an_alert(number: int, when: datetime | str, **parts: Any) -> Alert:
    raised_at = at(when) if isinstance(when, str) else when
    defaults: dict[str, Any] = {
        "case": AnomalyId(f"c{number:03}"),
        "order": OrderKey(SHOP, OrderNo(f"DB{number:03}")),
        "parcel": "",
        "stage": Stage.PICKING,
        "run": 1,
        "kind": Kind.NOT_STARTED,
        "due_at": raised_at - TICK,
        "raised_at": raised_at,
        "occasion": Occasion.OPENED,
        "priority": Priority.P2,
        "group": "default",
        "fronts": (FRONT,),
    }
    return Alert(**(defaults | parts))


def gathered(*alerts: Alert, until: str = "20:00") -> Any:
    return gather(alerts, BOOK, lambda _: ROSTER, at(until))


def test_three_of_one_cause_within_the_window_are_one_incident() -> None:
    alerts = [an_alert(number, f"09:0{number}") for number in range(3)]
    found = gathered(*alerts)
    (incident,) = found.incidents
    assert (incident.size, incident.opened_at, incident.lead) == (3, at("09:02"), "c002")
    assert {case: joined.at for case, joined in found.joined.items()} == dict.fromkeys(
        ("c000", "c001", "c002"), at("09:02")
    )


def test_two_are_none_and_neither_are_three_too_far_apart() -> None:
    assert gathered(an_alert(0, "09:00"), an_alert(1, "09:01")).incidents == ()
    apart = [an_alert(number, at("09:00") + 4 * MINUTE * number) for number in range(3)]
    assert gathered(*apart).incidents == ()


def test_three_at_one_moment_are_one_incident() -> None:
    assert len(gathered(*(an_alert(number, "09:00") for number in range(3))).incidents) == 1


def test_what_was_over_by_then_is_none_of_them() -> None:
    over = an_alert(0, "09:00", over_at=at("09:01"))
    assert gathered(over, an_alert(1, "09:02"), an_alert(2, "09:03")).incidents == ()


def test_a_case_without_a_cause_is_on_its_own() -> None:
    assert gathered(*(an_alert(number, "09:00", fronts=()) for number in range(5))).incidents == ()


def test_later_ones_join_until_it_is_locked() -> None:
    first = [an_alert(number, "09:00") for number in range(3)]
    late = [an_alert(3, "09:30"), an_alert(4, "10:01")]
    found = gathered(*first, *late)
    (incident,) = found.incidents
    assert incident.size == 4
    assert "c003" in found.joined
    assert "c004" not in found.joined


def test_an_incident_that_is_over_takes_in_no_more() -> None:
    first = [an_alert(number, "09:00", over_at=at("09:10"), answered_at=at("09:10")) for number in range(3)]
    assert "c003" not in gathered(*first, an_alert(3, "09:30")).joined


def test_a_case_is_in_one_incident_in_its_life() -> None:
    first = [an_alert(number, "09:00") for number in range(3)]
    again = an_alert(0, "12:00", occasion=Occasion.AGAIN)
    found = gathered(*first, again, an_alert(5, "12:01"), an_alert(6, "12:02"))
    assert len(found.incidents) == 1


def test_its_ladder_climbs_while_a_customer_waits() -> None:
    forgotten = gathered(*(an_alert(number, "09:00") for number in range(3)))
    assert [climb.do for climb in forgotten.climbs] == [step.do for step in BOOK.ladder]
    assert [climb.at for climb in forgotten.climbs] == sorted(climb.at for climb in forgotten.climbs)
    assert forgotten.climbs[-1].to == WANG
    answered = [an_alert(number, "09:00", answered_at=at("09:04")) for number in range(3)]
    assert [climb.do for climb in gathered(*answered).climbs] == [LadderAction.REMIND_OWNER]


def test_it_begins_anew_for_those_who_come_once_the_first_were_answered() -> None:
    first = [an_alert(number, "09:00", answered_at=at("09:01")) for number in range(3)]
    found = gathered(*first, an_alert(3, "09:20"))
    assert min(climb.at for climb in found.climbs) > at("09:20")


def test_the_manager_is_called_where_the_rules_say_so() -> None:
    pushed = [an_alert(number, "09:00", pushed=WANG if number == 0 else None) for number in range(3)]
    (incident,) = gathered(*pushed).incidents
    assert calls_manager(incident, {one.case: one for one in pushed}) is (incident.lead == "c000")
    urgent = [an_alert(number, "09:00", priority=Priority.P1) for number in range(3)]
    (incident,) = gathered(*urgent).incidents
    assert calls_manager(incident, {one.case: one for one in urgent})
