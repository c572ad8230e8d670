"""What may stand in a roster file, and what is refused where?"""

from datetime import datetime, time
from typing import Any

import pytest

from rules.calendar import SHANGHAI
from rules.duty import Change, ChangeKind, Shift
from rules.events import UserId
from rules.rights import Role
from rules.roster import CarrierContact, Member, Roster
from rules.rosterfile import RosterFile, parse_roster
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


# --- blocks ----------------------------------------------------------------------


def test_a_shift_may_have_several_blocks_a_day_over_midnight_too() -> None:
    shift = {"userid": "lisi", "days": ["mon"], "blocks": ["09:00-12:00", "13:30 - 18:00", "22:00-06:00"]}
    monday = frozenset({0})
    assert parse_roster(DESIGN | {"shifts": [shift]}).compile().shifts == (
        Shift(userid=LI, days=monday, start=time(9), end=time(12)),
        Shift(userid=LI, days=monday, start=time(13, 30), end=time(18)),
        Shift(userid=LI, days=monday, start=time(22), end=time(6)),
    )


@pytest.mark.parametrize(("block", "end"), [("18:00-24:00", None), ("18:00-00:00", None)])
def test_a_block_may_end_at_midnight(block: str, end: None) -> None:
    (shift,) = parse_roster(DESIGN | {"shifts": [{"userid": "lisi", "blocks": [block]}]}).compile().shifts
    assert (shift.start, shift.end) == (time(18), end)


def blocks(*texts: str, **more: str) -> dict[str, Any]:
    return DESIGN | {"shifts": [{"userid": "lisi", "blocks": [*texts], **more}]}


@pytest.mark.parametrize(
    ("data", "place", "words"),
    [
        (blocks(), "shifts.0.blocks", "at least 1"),
        (blocks("09:00"), "shifts.0.blocks.0", 'such as "09:00-18:00"'),
        (blocks("09:00-25:00"), "shifts.0.blocks.0", "between 00:00 and 24:00"),
        (blocks("09:00-12:00", to="18:00"), "shifts.0.blocks", "either `blocks` or `from` and `to`"),
        (blocks("09:00-12:00", "11:59-18:00"), "shifts.0.blocks.1", "none begins before"),
        (blocks("22:00-06:00", "23:00-24:00"), "shifts.0.blocks.1", "none begins before"),
    ],
)
def test_a_faulty_block_is_told_where_it_is(data: dict[str, Any], place: str, words: str) -> None:
    found = faults(parse_roster, data)
    assert words in found[place]


# --- overrides -------------------------------------------------------------------

TEAM: dict[str, Any] = DESIGN | {
    "shifts": [
        {"userid": "zhangsan", "days": ["mon-fri"], "from": "09:00", "to": "18:00"},
        {"userid": "lisi", "days": ["thu"], "from": "22:00", "to": "06:00"},
    ]
}
"""3 December 2026 is a Thursday."""


def read_now(data: dict[str, Any]) -> RosterFile:
    """On 28 November."""
    return parse_roster(data, china("2026-11-28T10:00"))


def override(do: str, userid: str = "zhangsan", **parts: str) -> dict[str, str]:
    """Of 3 December, from nine to six, as far as `parts` say nothing else."""
    line = {"do": do, "userid": userid, "from": "2026-12-03 09:00", "to": "18:00"}
    return line | ({"with": "lisi"} if do == "swap" else {}) | parts


def test_what_is_kept_of_a_file_says_the_same() -> None:
    """It is stored with every default written out."""
    shifts = [{"userid": "lisi", "blocks": ["09:00-12:00"]}, {"userid": "zhangsan"}]
    file = parse_roster(
        DESIGN | {"shifts": shifts, "overrides": [override("leave"), override("cover", "lisi")]}
    )
    assert RosterFile.model_validate_json(file.model_dump_json(by_alias=True)).compile() == file.compile()


def test_overrides_are_changes_by_the_clock_on_the_wall() -> None:
    lines = [
        override("swap"),
        override("leave", **{"from": "2026-12-04", "to": "2026-12-05"}),
        override("cover", "wangwu", **{"from": "2026-12-03T22:00", "to": "2026-12-04 6:00"}),
        override("cover", "wangwu", **{"from": "2026-12-05 09:00", "to": "24:00"}),
    ]
    assert parse_roster(TEAM | {"overrides": lines}).compile().changes == (
        Change(
            kind=ChangeKind.SWAP,
            userid=ZHANG,
            substitute=LI,
            start=china("2026-12-03T09:00"),
            end=china("2026-12-03T18:00"),
            made_by="file",
        ),
        a_change(ChangeKind.LEAVE, ZHANG, "2026-12-04T00:00", "2026-12-06T00:00"),
        a_change(ChangeKind.COVER, WANG, "2026-12-03T22:00", "2026-12-04T06:00"),
        a_change(ChangeKind.COVER, WANG, "2026-12-05T09:00", "2026-12-06T00:00"),
    )


def china(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


def a_change(kind: ChangeKind, userid: UserId, start: str, end: str) -> Change:
    return Change(kind=kind, userid=userid, start=china(start), end=china(end), made_by="file")


@pytest.mark.parametrize(
    ("lines", "place", "words"),
    [
        ([override("rest")], "0.do", "'swap'"),
        ([override("leave", "who")], "0.userid", "'who' is not among the members"),
        ([override("swap", **{"with": "who"})], "0.with", "'who' is not among the members"),
        ([override("swap", **{"with": "zhangsan"})], "0.with", "nobody stands in for themselves"),
        ([{**override("leave"), "do": "swap"}], "0.do", "needs a `with`"),
        ([override("leave", **{"with": "lisi"})], "0.with", "takes no `with`"),
        ([override("leave", **{"from": "12-03"})], "0.from", "write a day or a day and a time"),
        ([override("leave", **{"from": "09:00"})], "0.from", "write a day or a day and a time"),
        ([override("leave", **{"from": "2026-02-30"})], "0.from", "write a day or a day and a time"),
        ([override("leave", to="")], "0.to", "a time of the same day"),
        ([override("leave", to="25:00")], "0.to", "a time of the same day"),
        ([override("leave", to="2026-12-02")], "0.to", "not after `from`"),
        (
            [override("swap", "lisi", **{"with": "lisi", "from": "2026-12-03 22:00", "to": "06:00"})],
            "0.to",
            "over midnight ends on a day of its own, such as 2026-12-04 06:00",
        ),
        (
            [override("swap", "lisi", **{"with": "zhao", "from": "2026-12-03", "to": "2026-12-03"})],
            "0.from",
            'write from: "2026-12-03 22:00", to: "2026-12-04 06:00"',
        ),
        ([override("swap", "lisi", **{"with": "zhangsan"})], "0.with", "has not got the role lead"),
        ([override("swap", **{"with": "sun"})], "0.with", "does not serve every shop"),
        (
            [override("swap", **{"from": "2026-12-03 19:00", "to": "20:00"})],
            "0.from",
            "has no shift in that time",
        ),
        ([override("cover", "qian")], "0.userid", "has no role to be on shift for"),
        ([override("leave", to="2027-01-28")], "0.to", "more than 60 days ahead"),
        ([override("swap"), override("leave", "lisi")], "1.from", "another line changes the duty of 'lisi'"),
    ],
)
def test_what_cannot_be_is_refused_with_the_mend(lines: list[Any], place: str, words: str) -> None:
    more = [
        {"userid": "zhao", "name": "赵六", "roles": ["agent", "lead"]},
        {"userid": "sun", "name": "孙七", "roles": ["agent"], "shops": ["main"]},
        {"userid": "qian", "name": "钱八", "roles": ["operations"]},
    ]
    found = faults(read_now, TEAM | {"members": [*TEAM["members"], *more], "overrides": lines})
    assert words in found[f"overrides.{place}"]


def test_one_who_serves_some_shops_is_stood_in_for_by_one_who_serves_them_too() -> None:
    members = [
        {"userid": "zhangsan", "name": "张三", "roles": ["agent"], "shops": ["a", "b"]},
        {"userid": "lisi", "name": "李四", "roles": ["agent"], "shops": ["a"]},
        {"userid": "wangwu", "name": "王五", "roles": ["agent"], "shops": ["a", "b", "c"]},
    ]
    team = TEAM | {"members": members}
    found = faults(read_now, team | {"overrides": [override("swap")]})
    assert "does not serve the shop 'b'" in found["overrides.0.with"]
    assert faults(read_now, team | {"overrides": [override("swap", **{"with": "wangwu"})]}) == {}


def test_whom_only_wecom_knows_may_be_named() -> None:
    lines = [*DESIGN["members"], DEPARTMENT]
    roster = read_now(TEAM | {"members": lines, "overrides": [override("leave", "zhouba")]})
    assert roster.compile().changes[0].userid == "zhouba"
    far = [override("leave", "zhouba", to="2027-01-28")]
    assert "60 days" in faults(read_now, TEAM | {"members": lines, "overrides": far})["overrides.0.to"]


def test_what_is_over_or_was_accepted_once_may_stay() -> None:
    lines = [override("swap", **{"from": "2026-11-21 09:00", "to": "18:00"}), override("leave")]
    assert faults(read_now, TEAM | {"overrides": lines}) == {}, "Saturday has no shift, and is over"
    kept = parse_roster(TEAM | {"overrides": [override("swap", to="2027-01-28")]})
    assert len(kept.compile().changes) == 1
