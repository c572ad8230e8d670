"""A lane may name people: who is asked about its orders then, live and in a rehearsal?"""

from datetime import timedelta
from typing import Any

import pytest

from rules.assignment import led_to, team_of
from rules.book import LadderAction, LadderStep, Recipient
from rules.bookfile import parse_rule_book
from rules.calendar import SHANGHAI
from rules.consequences import GiveTask, PushCard, PushReason, consequences
from rules.editions import Rules
from rules.events import Shop, UserId
from rules.gatherings import gather
from rules.rehearsal import rehearse
from rules.retelling import retell
from rules.rights import Role
from rules.roster import Roster
from rules.stages import Priority, Stage
from rules.tallies import PersonTally, Played, Span, tally
from rules.tasks import TaskKind
from tests.builders import (
    LI,
    ORDER,
    SHOP,
    WANG,
    ZHANG,
    a_book,
    a_roster,
    an_anomaly,
    an_order,
    at,
    until,
)
from tests.rules.faults import faults
from tests.rules.test_gatherings import an_alert

NOW = at("09:50")
QIAN, SUN, OTHERS = UserId("qianqi"), UserId("sunba"), UserId("zhouyi")
ROSTER = a_roster(
    members=[
        {"userid": ZHANG, "name": "张三", "roles": ["agent"]},
        {"userid": LI, "name": "李四", "roles": ["agent", "lead"]},
        {"userid": WANG, "name": "王五", "roles": ["manager"]},
        {"userid": QIAN, "name": "钱七", "roles": ["manager"]},
        {"userid": SUN, "name": "孙八", "roles": ["lead"]},
        {"userid": OTHERS, "name": "周一", "roles": ["manager"], "shops": ["other"]},
        {"userid": "wuyue", "name": "吴越", "roles": ["operations"]},
    ],
    shifts=[
        {"userid": ZHANG},
        {"userid": LI},
        {"userid": WANG},
        {"userid": QIAN, "from": "09:00", "to": "18:00"},
        {"userid": SUN, "from": "09:00", "to": "18:00"},
        {"userid": OTHERS},
        {"userid": "wuyue"},
    ],
)
EVENING = at("19:00")
LANE = "618"


def a_lane(**recipients: list[str]) -> dict[str, Any]:
    return {"name": LANE, "match": {"all": []}, "recipients": recipients}


def the_team(roster: Roster = ROSTER, /, **recipients: list[str]) -> Roster:
    return team_of(LANE, a_book(lanes=[a_lane(**recipients)]), roster)


def test_whoever_a_lane_names_stands_for_all_others_of_the_role() -> None:
    team = the_team(duty_manager=[QIAN], lead=[SUN], agent=[LI])
    assert team.duty_manager(SHOP, NOW) == QIAN
    assert team.lead(SHOP, NOW) == SUN
    assert team.agents(SHOP, NOW) == (LI,)


def test_they_are_asked_in_the_order_in_which_they_are_named() -> None:
    assert the_team(agent=[LI, ZHANG]).agents(SHOP, NOW) == (LI, ZHANG)


def test_a_role_for_which_nobody_is_named_is_as_on_the_roster() -> None:
    team = the_team(duty_manager=[QIAN])
    assert (team.lead(SHOP, NOW), team.agents(SHOP, NOW)) == (ROSTER.lead(SHOP, NOW), (ZHANG, LI))


def test_their_role_on_the_roster_does_not_matter() -> None:
    assert the_team(duty_manager=[LI]).duty_manager(SHOP, NOW) == LI


@pytest.mark.parametrize(
    "named",
    [
        pytest.param([SUN, QIAN], id="off-shift"),
        pytest.param(["nobody"], id="not on the roster"),
        pytest.param([OTHERS], id="serves another shop"),
        pytest.param(["wuyue"], id="may not work on orders"),
    ],
)
def test_when_none_of_them_can_be_asked_the_roster_is(named: list[str]) -> None:
    assert the_team(duty_manager=named).duty_manager(SHOP, EVENING) == WANG


def test_whoever_of_them_has_left_is_passed_over() -> None:
    gone = ROSTER.without({QIAN})
    assert the_team(gone, duty_manager=[QIAN, LI]).duty_manager(SHOP, NOW) == LI
    assert the_team(gone, duty_manager=[QIAN]).duty_manager(SHOP, NOW) == WANG


def test_in_a_shop_of_their_own_they_are_asked() -> None:
    assert the_team(duty_manager=[OTHERS]).duty_manager(Shop("other"), EVENING) == OTHERS


def test_with_nobody_on_shift_at_all_the_fallback_is_asked_and_never_nobody() -> None:
    empty = a_roster(shifts=[{"userid": ZHANG, "from": "01:00", "to": "02:00"}])
    assert the_team(empty, lead=[LI], agent=[ZHANG], duty_manager=[LI]).agents(SHOP, NOW) == (WANG,)


def test_instead_of_somebody_others_who_are_named_come_first_and_then_those_of_the_role() -> None:
    team = the_team(agent=[SUN], lead=[LI])
    assert team.standby(Role.AGENT, SHOP, NOW) == (SUN, ZHANG, LI, WANG)


@pytest.mark.parametrize("lane", [None, "another lane"])
def test_other_orders_are_for_the_roster(lane: str | None) -> None:
    assert team_of(lane, a_book(lanes=[a_lane(duty_manager=[QIAN])]), ROSTER) is ROSTER


def test_the_ladder_leads_to_them_and_not_to_the_owner() -> None:
    step = LadderStep(after=timedelta(minutes=6), do=LadderAction.HAND_OVER, to=Recipient.LEAD)
    team = the_team(lead=[SUN, LI])
    assert led_to(step, None, team, SHOP, NOW) == [SUN, LI]
    assert led_to(step, SUN, team, SHOP, NOW) == [LI]


def test_what_follows_from_a_case_of_the_lane_is_for_them() -> None:
    book = a_book(
        stages={"picking": {"actions": ["push_duty_manager", "recheck_stock"]}},
        lanes=[a_lane(duty_manager=[QIAN], lead=[SUN])],
    )
    order = an_order(stage=Stage.PICKING)
    for lane, manager, lead in ((LANE, QIAN, SUN), (None, WANG, LI)):
        found = consequences(None, an_anomaly(lane=lane), order, book, ROSTER, NOW)
        assert PushCard(to=manager, why=PushReason.LIMIT) in found
        (task,) = [one for one in found if isinstance(one, GiveTask)]
        assert (task.kind, task.owner) == (TaskKind.RECHECK_STOCK, lead)


# --- rehearsed --------------------------------------------------------------------------


def test_a_rehearsal_leads_to_them_as_well() -> None:
    rules = Rules.only(a_book(lanes=[a_lane(duty_manager=[QIAN], lead=[SUN])]))
    told = retell(ORDER, until(Stage.PAYMENT, "09:00"), (), at("10:00"))
    walked = rehearse(ORDER, told, rules, lambda _: ROSTER, at("10:00"))
    assert [alert.pushed for alert in walked.alerts] == [QIAN]
    assert [climb.to for climb in walked.climbs] == [None, SUN, QIAN]


def test_an_incident_goes_by_the_lane_of_the_case_that_made_it_one() -> None:
    book = a_book(lanes=[a_lane(duty_manager=[QIAN])])
    alerts = [
        an_alert(number, f"09:0{number}", lane=LANE if number == 2 else None, priority=Priority.P1)
        for number in range(3)
    ]
    found = gather(alerts, book, lambda _: ROSTER, at("10:00"))
    assert found.climbs[-1].to == QIAN
    counted = tally(
        Played(alerts=alerts, climbs=[]),
        book,
        lambda _: ROSTER,
        Span(at("08:00"), at("10:00"), SHANGHAI),
    )
    assert WANG not in counted.by_person
    assert counted.by_person[QIAN].pushes == 2


def test_a_tally_counts_the_cards_for_those_who_are_named() -> None:
    book = a_book(lanes=[a_lane(agent=[SUN])])
    alerts = [an_alert(0, "09:10", fronts=(), lane=LANE), an_alert(1, "09:10", fronts=())]
    counted = tally(
        Played(alerts=alerts, climbs=[]), book, lambda _: ROSTER, Span(at("08:00"), at("10:00"), SHANGHAI)
    )
    assert counted.by_person == {one: PersonTally(cards=1) for one in (SUN, ZHANG, LI)}


# --- as it is written --------------------------------------------------------------------


def test_what_is_written_amiss_is_told_at_its_place() -> None:
    book = {"lanes": [a_lane(lead=[LI, LI], agent=[]), {"name": "b", "recipients": {"boss": [LI]}}]}
    assert faults(parse_rule_book, book) == {
        "lanes.0.recipients.lead.1": "this is named already; name each once",
        "lanes.0.recipients.agent": "List should have at least 1 item after validation, not 0",
        "lanes.1.recipients.boss": "Input should be 'agent', 'lead' or 'duty_manager'",
    }
