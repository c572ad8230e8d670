"""When is nobody on shift who should be, and what else is wrong with the duty of the days to come?"""

from datetime import datetime, timedelta
from typing import Any

import pytest

from rules.calendar import Block, Calendar
from rules.changes import FlawKind
from rules.events import Shop, UserId
from rules.gaps import (
    ANY_SHOP,
    Doubled,
    Finding,
    Gap,
    Stranger,
    Unfit,
    findings,
    gaps,
    needed_shops,
    stand_in,
)
from rules.rights import Role
from rules.roster import Roster
from rules.rosterfile import RosterFile, parse_roster
from rules.staff import Employment, Staff, StaffMember
from tests.builders import LI, WANG, ZHANG

CALENDAR = Calendar()
TEAM: dict[str, Any] = {
    "members": [
        {"userid": ZHANG, "name": "张三", "roles": ["agent"]},
        {"userid": LI, "name": "李四", "roles": ["agent"]},
        {"userid": WANG, "name": "王五", "roles": ["manager"]},
    ],
    "shifts": [{"userid": ZHANG}, {"userid": WANG}],
    "fallback": WANG,
}


def china(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}+08:00")


NOW = china("03-02T20:00")
WEEK = NOW, NOW + timedelta(days=7)


def team(**parts: Any) -> RosterFile:
    return parse_roster(TEAM | parts)


def found(
    file: RosterFile, staff: Staff | None = None, *shops: str, calendar: Calendar = CALENDAR
) -> list[Finding]:
    known = staff or Staff()
    return findings(file.compile(staff=known), file, known, [Shop(shop) for shop in shops], calendar, NOW)


def bare(roster: Roster, calendar: Calendar = CALENDAR, *shops: str) -> list[Gap]:
    return gaps(roster, needed_shops(roster, [Shop(shop) for shop in shops]), calendar, *WEEK)


def leave(userid: str, start: str, end: str) -> dict[str, str]:
    return {"do": "leave", "userid": userid, "from": f"2026-{start}", "to": f"2026-{end}"}


def swap(userid: str, substitute: str, start: str, end: str) -> dict[str, str]:
    return {"do": "swap", "userid": userid, "with": substitute, "from": f"2026-{start}", "to": f"2026-{end}"}


# --- gaps ------------------------------------------------------------------------


def test_all_is_well_while_somebody_of_every_role_that_there_is_is_on_shift() -> None:
    assert found(team()) == []


def test_a_team_without_shifts_leaves_everything_to_the_fallback_by_intention() -> None:
    assert found(team(shifts=[])) == []


def test_a_leave_of_the_only_one_is_a_gap_to_the_minute() -> None:
    away = team(overrides=[leave(ZHANG, "03-04 09:17", "03-04 12:03")])
    assert found(away) == [
        Gap(role=Role.AGENT, shop=ANY_SHOP, start=china("03-04T09:17"), end=china("03-04T12:03"))
    ]


def test_a_role_that_somebody_has_and_nobody_is_on_shift_for_is_missing_all_week() -> None:
    lead = {"userid": "zhao", "name": "赵六", "roles": ["lead"]}
    assert found(team(members=[*TEAM["members"], lead])) == [
        Gap(role=Role.LEAD, shop=ANY_SHOP, start=WEEK[0], end=WEEK[1])
    ]


def test_agents_are_needed_while_cards_are_posted_and_managers_always() -> None:
    calendar = Calendar(
        quiet=(Block(timedelta(), timedelta(hours=9)), Block(timedelta(hours=21), timedelta(days=1)))
    )
    shifts = [{"userid": who, "from": "09:00", "to": "21:00"} for who in (ZHANG, WANG)]
    assert {gap.role for gap in bare(team(shifts=shifts).compile())} == {Role.AGENT, Role.MANAGER}
    assert {gap.role for gap in bare(team(shifts=shifts).compile(), calendar)} == {Role.MANAGER}


def test_each_shop_is_looked_at_that_members_name_or_orders_come_from() -> None:
    members = [
        {"userid": ZHANG, "name": "张三", "roles": ["agent"], "shops": ["a"]},
        {"userid": LI, "name": "李四", "roles": ["agent"], "shops": ["b"]},
        TEAM["members"][2],
    ]
    shifts = [{"userid": ZHANG}, {"userid": LI, "from": "08:00", "to": "24:00"}, {"userid": WANG}]
    some = team(members=members, shifts=shifts)
    assert {gap.shop for gap in bare(some.compile())} == {"b"}
    assert {gap.shop for gap in bare(some.compile(), CALENDAR, "c")} == {"b", "c"}


@pytest.mark.parametrize("also_away", [True, False])
def test_a_gap_is_filled_by_the_first_who_is_free(*, also_away: bool) -> None:
    lines = [leave(ZHANG, "03-04", "03-04")] + ([leave(LI, "03-04", "03-04")] if also_away else [])
    roster = team(overrides=lines).compile()
    (gap,) = bare(roster)
    assert stand_in(gap, roster) == (None if also_away else LI)


# --- people ----------------------------------------------------------------------


def test_whoever_has_left_is_found_in_shifts_and_among_the_contacts_of_carriers() -> None:
    gone = StaffMember(userid=LI, name="李四", employment=Employment.LEFT)
    file = team(shifts=[*TEAM["shifts"], {"userid": LI}], carriers=[{"contact": LI}, {"contact": WANG}])
    assert found(file, Staff(members={LI: gone})) == [
        Stranger(where="shifts[2]", who=LI),
        Stranger(where="carriers[0]", who=LI),
    ]


def test_a_tag_that_leads_to_nobody_is_found_and_one_that_leads_to_somebody_is_on_shift() -> None:
    tagged = {"tag": "夜班", "roles": ["agent"]}
    file = team(members=[*TEAM["members"], tagged], shifts=[{"tag": "夜班"}, {"userid": WANG}])
    nobody, *missing = sorted(found(file), key=lambda one: isinstance(one, Gap))
    assert nobody == Stranger(where="shifts[0]", who="夜班")
    assert missing == [Gap(role=Role.AGENT, shop=ANY_SHOP, start=WEEK[0], end=WEEK[1])]

    zhou = StaffMember(
        userid=UserId("zhou"), name="周八", employment=Employment.ACTIVE, tags=frozenset({"夜班"})
    )
    there = Staff(members={zhou.userid: zhou})
    assert found(file, there) == []
    with_leave = team(
        members=file.model_dump(by_alias=True, exclude_none=True)["members"],
        shifts=[{"tag": "夜班"}, {"userid": WANG}],
        overrides=[leave("zhou", "03-04", "03-04")],
    )
    assert [type(one) for one in found(with_leave, there)] == [Gap], "changes work for people of a tag, too"


def test_whoever_has_the_duty_of_two_is_found_with_the_time() -> None:
    shifts = [
        {"userid": ZHANG, "from": "08:00", "to": "16:00"},
        {"userid": LI, "from": "12:00", "to": "08:00"},
    ]
    file = team(shifts=[*shifts, {"userid": WANG}], overrides=[swap(ZHANG, LI, "03-04 08:00", "03-04 16:00")])
    (doubled,) = [one for one in found(file) if isinstance(one, Doubled)]
    assert (doubled.start, doubled.end) == (china("03-04T12:00"), china("03-04T16:00"))


def test_a_change_that_could_not_be_made_any_more_is_found() -> None:
    unknown = parse_roster(TEAM | {"overrides": [swap(ZHANG, "zhou", "03-04 08:00", "03-04 16:00")]})
    (unfit,) = [one for one in found(unknown) if isinstance(one, Unfit)]
    assert unfit.flaw.kind is FlawKind.UNKNOWN
    later = parse_roster(TEAM | {"overrides": [swap(ZHANG, "zhou", "04-04 08:00", "04-04 16:00")]})
    assert found(later) == []
