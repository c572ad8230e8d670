"""Only who is known to be gone has lost their rights, and they lose all of them."""

import pytest

from rules.events import UserId
from rules.rights import Role
from rules.roster import Roster
from rules.rosterfile import parse_roster
from rules.staff import Employment, Staff, StaffMember
from tests.builders import LI, SHOP, WANG, ZHANG, a_roster, at

NOW = at("10:00")
ZHOU, WU = UserId("zhouba"), UserId("wujiu")


def known(userid: str, employment: Employment = Employment.ACTIVE, *labels: str) -> StaffMember:
    """Somebody as WeCom knows them, in departments with these labels."""
    name = {"zhouba": "周八", "wujiu": "吴九"}.get(userid, "")
    return StaffMember(userid=UserId(userid), name=name, employment=employment, departments=frozenset(labels))


def staff(*members: StaffMember, **ids: str) -> Staff:
    return Staff(
        members={one.userid: one for one in members},
        ids={written: UserId(userid) for written, userid in ids.items()},
    )


def roster(said: Staff, **changes: object) -> Roster:
    """The team of three, all on shift, as it is after WeCom has said something."""
    members = [
        {"userid": ZHANG, "name": "张三", "roles": ["agent"]},
        {"userid": LI, "name": "李四", "roles": ["agent", "lead"]},
        {"userid": WANG, "name": "王五", "roles": ["manager"]},
    ]
    shifts = [{"userid": userid} for userid in (ZHANG, LI, WANG)]
    whole = {"members": members, "shifts": shifts, "fallback": WANG}
    return parse_roster({**whole, **changes}).compile(staff=said)


@pytest.mark.parametrize("employment", list(Employment))
def test_whoever_is_gone_is_no_member_any_more(employment: Employment) -> None:
    gone = employment in {Employment.LEFT, Employment.DISABLED}
    team = roster(staff(known("zhangsan", employment)))

    assert (ZHANG in team.members) is not gone
    assert (ZHANG in team.agents(SHOP, NOW)) is not gone


def test_whoever_was_never_heard_of_keeps_their_rights() -> None:
    assert roster(Staff()) == roster(staff(known("somebody_else", Employment.LEFT)))


def test_the_name_of_a_leaver_stays_on_what_they_did() -> None:
    team = roster(staff(known("zhangsan", Employment.LEFT)))
    assert team.name(ZHANG) == "张三"
    assert team.name(UserId("stranger")) == "stranger"


def test_a_manager_who_has_left_is_not_called() -> None:
    team = roster(
        staff(known("wangwu", Employment.LEFT)),
        members=[
            {"userid": WANG, "name": "王五", "roles": ["manager"]},
            {"userid": ZHANG, "name": "张三", "roles": ["agent"]},
            {"userid": LI, "name": "李四", "roles": ["lead"]},
        ],
    )
    assert team.duty_manager(SHOP, NOW) == LI
    assert team.lead(SHOP, NOW) == LI


@pytest.mark.parametrize(
    ("left", "heir"),
    [([], WANG), ([WANG], LI), ([WANG, LI], ZHANG), ([WANG, LI, ZHANG], None)],
)
def test_somebody_else_is_asked_in_place_of_a_fallback_that_has_left(
    left: list[UserId], heir: UserId | None
) -> None:
    team = roster(staff(*(known(userid, Employment.LEFT) for userid in left)), shifts=[])
    assert team.fallback == heir
    assert team.duty_manager(SHOP, NOW) == heir
    assert team.agents(SHOP, NOW) == (() if heir is None else (heir,))


def test_a_carrier_is_not_left_to_somebody_who_is_gone() -> None:
    carriers = [{"carrier": "yuantong", "contact": LI}, {"contact": WANG}]
    team = roster(staff(known("lisi", Employment.LEFT)), carriers=carriers)
    assert team.carrier_contact("yuantong", None, SHOP, at("10:00")) == WANG


def test_nobody_leaves_a_roster_without_a_trace_of_themselves() -> None:
    team = a_roster()
    assert team.without([]) is team
    assert team.without([UserId("stranger")]) is team


# --- other ways to write an id -------------------------------------------------------


def test_an_open_userid_is_the_member_behind_it() -> None:
    open_id = "wo5f2d8e7a"
    line = {"userid": open_id, "name": "张三", "roles": ["manager"]}
    written = {"members": [line], "shifts": [{"userid": open_id}], "fallback": open_id}
    before = parse_roster(written).compile(staff=Staff())
    after = parse_roster(written).compile(staff=staff(wo5f2d8e7a="zhangsan"))

    assert list(before.members) == [open_id]
    assert list(after.members) == [ZHANG]
    assert after.on_shift(Role.MANAGER, SHOP, NOW) == (ZHANG,)
    assert after.fallback == ZHANG


# --- departments and tags ------------------------------------------------------------


def test_a_department_brings_everybody_in_it_under_their_own_names() -> None:
    lines = [
        {"userid": WANG, "name": "王五", "roles": ["manager"]},
        {"department": "客服部", "roles": ["agent"], "shops": ["east"]},
    ]
    said = staff(
        known("zhouba", Employment.ACTIVE, "客服部"),
        known("wujiu", Employment.LEFT, "客服部"),
        known("zhangsan", Employment.ACTIVE, "仓库"),
    )
    team = roster(said, members=lines, shifts=[{"department": "客服部"}])

    assert list(team.members) == [WANG, ZHOU]
    assert (team.name(ZHOU), team.members[ZHOU].shops) == ("周八", {"east"})
    assert [shift.userid for shift in team.shifts] == [ZHOU]


def test_a_tag_may_be_a_number_and_bring_who_is_on_duty() -> None:
    lines = [
        {"userid": WANG, "name": "王五", "roles": ["manager"]},
        {"tag": 7, "roles": ["lead"]},
    ]
    said = staff(
        StaffMember(userid=ZHOU, name="", employment=Employment.ACTIVE, tags=frozenset({"7"})),
    )
    team = roster(said, members=lines, shifts=[{"tag": 7}])

    assert team.on_shift(Role.LEAD, SHOP, NOW) == (ZHOU,)
    assert team.name(ZHOU) == "zhouba"


def test_what_is_said_of_somebody_by_userid_counts_alone_and_of_several_groups_all() -> None:
    lines = [
        {"department": "客服部", "roles": ["agent"], "shops": ["east"]},
        {"department": "组长", "roles": ["lead"], "shops": ["west"]},
        {"userid": WANG, "name": "王总", "roles": ["manager"]},
    ]
    said = staff(
        known("zhouba", Employment.ACTIVE, "客服部", "组长"),
        known("wangwu", Employment.ACTIVE, "客服部"),
    )
    team = roster(said, members=lines, shifts=[])

    assert team.members[ZHOU].roles == {Role.AGENT, Role.LEAD}
    assert team.members[ZHOU].shops == {"east", "west"}
    assert (team.members[WANG].roles, team.name(WANG)) == ({Role.MANAGER}, "王总")


def test_an_empty_department_is_no_fault_and_nobody() -> None:
    lines = [{"userid": WANG, "name": "王五", "roles": ["manager"]}, {"department": "9", "roles": ["agent"]}]
    assert list(roster(Staff(), members=lines, shifts=[]).members) == [WANG]
