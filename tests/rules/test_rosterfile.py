"""What may stand in a roster file, and what is refused where?"""

from datetime import time
from typing import Any

import pytest

from rules.calendar import SHANGHAI
from rules.rights import Role
from rules.roster import CarrierContact, Member, Roster, Shift
from rules.rosterfile import parse_roster
from tests.builders import LI, WANG, ZHANG
from tests.rules.faults import faults

EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DESIGN: dict[str, Any] = {
    "members": [
        {"userid": "zhangsan", "name": "张三", "roles": ["agent"], "shops": ["*"]},
        {"userid": "lisi", "name": "李四", "roles": ["agent", "lead"]},
        {"userid": "wangwu", "name": "王五", "roles": ["manager"]},
    ],
    "shifts": [
        {"userid": "zhangsan", "days": EVERY_DAY, "from": "00:00", "to": "24:00"},
        {"userid": "wangwu", "days": EVERY_DAY, "from": "00:00", "to": "24:00"},
    ],
    "fallback": "wangwu",
    "groups": {},
    "carriers": [{"carrier": "yuantong", "region": "*", "contact": "lisi"}],
}
"""The example of the design."""
DEPARTMENT: dict[str, Any] = {"department": "客服部", "roles": ["agent"]}
LEAST: dict[str, Any] = {
    "members": [{"userid": "wangwu", "name": "王五", "roles": ["agent", "lead", "manager"]}],
    "fallback": "wangwu",
}


def test_the_example_of_the_design_is_the_team_that_it_describes() -> None:
    every_day = frozenset(range(7))
    assert parse_roster(DESIGN).compile() == Roster(
        members={
            ZHANG: Member(userid=ZHANG, name="张三", roles=frozenset({Role.AGENT})),
            LI: Member(userid=LI, name="李四", roles=frozenset({Role.AGENT, Role.LEAD})),
            WANG: Member(userid=WANG, name="王五", roles=frozenset({Role.MANAGER})),
        },
        shifts=(
            Shift(userid=ZHANG, days=every_day, start=time(), end=None),
            Shift(userid=WANG, days=every_day, start=time(), end=None),
        ),
        fallback=WANG,
        carriers=(CarrierContact(carrier="yuantong", region="*", contact=LI),),
        zone=SHANGHAI,
    )


def test_the_shortest_roster_has_one_member_and_no_shift() -> None:
    roster = parse_roster(LEAST).compile()
    assert (list(roster.members), roster.fallback) == ([WANG], WANG)
    assert (roster.shifts, roster.groups, roster.carriers) == ((), {}, ())


def test_a_shift_is_every_day_all_day_unless_it_says_otherwise() -> None:
    shifts = [
        {"userid": "wangwu"},
        {"userid": "wangwu", "days": ["sat,sun", "fri-mon"], "from": "9:30", "to": "24:00"},
    ]
    whole, weekend = parse_roster(LEAST | {"shifts": shifts}).compile().shifts
    assert (whole.days, whole.start, whole.end) == (frozenset(range(7)), time(), None)
    assert (weekend.days, weekend.start, weekend.end) == (frozenset({4, 5, 6, 0}), time(9, 30), None)


def member(**parts: Any) -> dict[str, Any]:
    return {"members": [DESIGN["members"][0] | parts, *DESIGN["members"][1:]]}


FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"team": []}, "team", "not permitted"),
    ({"version": 2}, "version", "should be 1"),
    ({"members": []}, "members", "at least 1"),
    (member(userid=""), "members.0.userid", "at least 1 character"),
    (member(userid="x" * 65), "members.0.userid", "at most 64"),
    (member(userid="lisi"), "members.1.userid", "has this userid already"),
    (member(name=""), "members.0.name", "at least 1 character"),
    (member(name="x" * 65), "members.0.name", "at most 64"),
    (member(roles=[]), "members.0.roles", "at least 1"),
    (member(roles=["boss"]), "members.0.roles.0", "'agent'"),
    (member(shops=[]), "members.0.shops", "at least 1"),
    (member(phone="13800138000"), "members.0.phone", "not permitted"),
    ({"fallback": "wangliu"}, "fallback", "not among the members"),
    ({"fallback": None}, "fallback", "valid string"),
    ({"shifts": [{"userid": "zhansan"}]}, "shifts.0.userid", "not among the members"),
    ({"shifts": [{"userid": "lisi", "days": ["monday"]}]}, "shifts.0.days.0", "such as mon"),
    ({"shifts": [{"userid": "lisi", "from": "9"}]}, "shifts.0.from", "between 00:00 and 24:00"),
    ({"shifts": [{"userid": "lisi", "to": "24:01"}]}, "shifts.0.to", "between 00:00 and 24:00"),
    ({"shifts": [{"userid": "lisi", "to": 1080}]}, "shifts.0.to", "valid string"),
    ({"shifts": [{"userid": "lisi", "end": "18:00"}]}, "shifts.0.end", "not permitted"),
    (member(name=None), "members.0", "`name` is missing"),
    (member(userid=None, name=None), "members.0", "one of userid, department, tag"),
    (member(department="客服部"), "members.0.department", "`userid` does already"),
    (member(userid=None, tag=7), "members.0.name", "has no name of ours"),
    (member(userid=None, name=None, tag=True), "members.0.tag", "valid string"),
    (
        {"members": [*DESIGN["members"], DEPARTMENT, DEPARTMENT]},
        "members.4.department",
        "has this department already",
    ),
    (
        {"members": [*DESIGN["members"], DEPARTMENT], "fallback": "zhouba"},
        "fallback",
        "not among the members",
    ),
    ({"shifts": [{"department": "客服部"}]}, "shifts.0.department", "no line of the members"),
    ({"shifts": [{"tag": 7}]}, "shifts.0.tag", "about the tag '7'"),
    ({"shifts": [{"days": ["mon"]}]}, "shifts.0", "one of userid, department, tag"),
    ({"carriers": [{"carrier": "yuantong"}]}, "carriers.0.contact", "required"),
    ({"carriers": [{"contact": "lisi"}, {"contact": "who"}]}, "carriers.1.contact", "not among the members"),
    ({"groups": {"default": 1}}, "groups.default", "valid string"),
]
"""What is laid over the example, the faulty place, and some of the words for it."""


@pytest.mark.parametrize(("data", "place", "words"), FAULTS)
def test_a_fault_is_told_where_it_is(data: dict[str, Any], place: str, words: str) -> None:
    found = faults(parse_roster, DESIGN | data)
    assert words in found[place]


def test_a_fallback_is_mandatory() -> None:
    assert list(faults(parse_roster, {"members": DESIGN["members"]})) == ["fallback"]


def test_faulty_members_are_not_blamed_on_those_who_refer_to_them() -> None:
    assert list(faults(parse_roster, DESIGN | member(roles=["boss"]))) == ["members.0.roles.0"]


def test_who_is_in_a_department_may_have_shifts_and_carriers_of_their_own() -> None:
    lines = [*DESIGN["members"], DEPARTMENT]
    named = {"shifts": [{"userid": "zhouba"}], "carriers": [{"contact": "zhouba"}]}
    assert faults(parse_roster, DESIGN | {"members": lines} | named) == {}
    assert set(faults(parse_roster, DESIGN | named)) == {"shifts.0.userid", "carriers.0.contact"}


def test_the_file_tells_whom_to_ask_wecom_about() -> None:
    lines = [*DESIGN["members"], DEPARTMENT, {"tag": 7, "roles": ["lead"]}]
    written = parse_roster(DESIGN | {"members": lines})
    assert written.userids == ["zhangsan", "lisi", "wangwu"]
    assert (written.departments, written.tags) == (["客服部"], ["7"])
