"""Who is on shift, who may act, and who is asked when nobody is there?"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from rules.duty import Shift
from rules.events import Shop, UserId
from rules.rights import Role
from rules.roster import Roster
from rules.rosterfile import parse_roster
from tests.builders import HOUR, LI, SHOP, WANG, ZHANG, a_roster, at

MONDAY, TUESDAY, SUNDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 8)
NOW = at("10:00")
OTHER = Shop("other")


def a_shift(days: str, start: str, end: str) -> Shift:
    """A shift of Zhang's, as of a file."""
    data = {"userid": ZHANG, "days": [days], "from": start, "to": end}
    (shift,) = a_roster(shifts=[data]).shifts
    return shift


def on_shift(shift: Shift, clock: str, day: date = MONDAY) -> bool:
    roster = Roster(members=a_roster().members, shifts=(shift,))
    return roster.on_shift(Role.AGENT, SHOP, at(clock, day=day)) == (ZHANG,)


# --- shifts ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clock", "covered"),
    [("08:59:59.999", False), ("09:00", True), ("17:59:59.999", True), ("18:00", False)],
)
def test_a_shift_has_its_first_moment_and_not_its_last(clock: str, covered: bool) -> None:
    assert on_shift(a_shift("mon", "09:00", "18:00"), clock) is covered
    assert not on_shift(a_shift("mon", "09:00", "18:00"), clock, TUESDAY)


@pytest.mark.parametrize(
    ("clock", "day", "covered"),
    [
        ("21:59", MONDAY, False),
        ("22:00", MONDAY, True),
        ("23:59:59.999", MONDAY, True),
        ("00:00", TUESDAY, True),
        ("05:59:59.999", TUESDAY, True),
        ("06:00", TUESDAY, False),
        ("22:00", TUESDAY, False),
        ("00:00", MONDAY, False),
        ("05:00", MONDAY, False),
    ],
)
def test_a_shift_over_midnight_belongs_to_the_day_on_which_it_begins(
    clock: str, day: date, covered: bool
) -> None:
    assert on_shift(a_shift("mon", "22:00", "06:00"), clock, day) is covered


def test_the_night_after_sunday_reaches_into_monday() -> None:
    shift = a_shift("sun", "22:00", "06:00")
    assert on_shift(shift, "23:00", SUNDAY)
    assert on_shift(shift, "05:00", MONDAY)
    assert not on_shift(shift, "23:00", MONDAY)


@pytest.mark.parametrize(("start", "end"), [("00:00", "24:00"), ("24:00", "24:00"), ("00:00", "00:00")])
def test_a_whole_day_is_from_midnight_to_midnight(start: str, end: str) -> None:
    shift = a_shift("mon", start, end)
    assert on_shift(shift, "00:00")
    assert on_shift(shift, "23:59:59.999")
    assert not on_shift(shift, "00:00", TUESDAY)
    assert not on_shift(shift, "23:59:59.999", SUNDAY)


def test_a_shift_that_ends_when_it_begins_lasts_a_day() -> None:
    shift = a_shift("mon", "09:00", "09:00")
    assert not on_shift(shift, "08:59")
    assert on_shift(shift, "09:00")
    assert on_shift(shift, "08:59", TUESDAY)
    assert not on_shift(shift, "09:00", TUESDAY)


def test_a_shift_until_midnight_ends_there() -> None:
    shift = a_shift("mon", "18:00", "24:00")
    assert not on_shift(shift, "17:59")
    assert on_shift(shift, "23:59:59.999")
    assert not on_shift(shift, "00:00", TUESDAY)


def test_a_day_may_have_several_blocks() -> None:
    blocks = [
        {"userid": ZHANG, "from": "09:00", "to": "12:00"},
        {"userid": ZHANG, "from": "14:00", "to": "18:00"},
    ]
    roster = a_roster(shifts=blocks)
    found = [roster.on_shift(Role.AGENT, SHOP, at(clock)) for clock in ("11:59", "13:00", "14:00")]
    assert found == [(ZHANG,), (), (ZHANG,)]


def test_the_clock_of_a_shift_is_that_of_the_merchant() -> None:
    shifts = [{"userid": ZHANG, "from": "09:00", "to": "18:00"}]
    data = {
        "members": [{"userid": ZHANG, "name": "张三", "roles": ["agent"]}],
        "shifts": shifts,
        "fallback": ZHANG,
    }
    tokyo = parse_roster(data).compile(ZoneInfo("Asia/Tokyo"))
    assert tokyo.on_shift(Role.AGENT, SHOP, at("08:00")) == (ZHANG,)
    assert tokyo.on_shift(Role.AGENT, SHOP, at("17:00")) == ()


# --- who is asked ----------------------------------------------------------------

ZHAO = UserId("zhaoliu")
TEAM = [
    {"userid": ZHANG, "name": "张三", "roles": ["agent"]},
    {"userid": LI, "name": "李四", "roles": ["agent", "lead"], "shops": ["other"]},
    {"userid": WANG, "name": "王五", "roles": ["manager"], "shops": ["main", "other"]},
    {"userid": ZHAO, "name": "赵六", "roles": ["manager", "lead"]},
]


def a_team(*working: UserId, fallback: UserId = ZHAO) -> Roster:
    """Four people, of whom some are on shift."""
    return a_roster(members=TEAM, shifts=[{"userid": one} for one in working], fallback=fallback)


def test_members_are_asked_in_the_order_of_the_file_whoever_has_the_first_shift() -> None:
    assert a_team(ZHAO, WANG).on_shift(Role.MANAGER, SHOP, NOW) == (WANG, ZHAO)
    assert a_team(ZHAO, WANG).duty_manager(SHOP, NOW) == WANG


def test_the_duty_manager_is_one_on_shift_for_the_shop_and_else_the_fallback() -> None:
    assert a_team(WANG).duty_manager(SHOP, NOW) == WANG
    assert a_team(WANG).duty_manager(Shop("third"), NOW) == ZHAO
    assert a_team(fallback=ZHANG).duty_manager(SHOP, NOW) == ZHANG
    assert a_team(ZHANG).duty_manager(SHOP, NOW) == ZHAO


def test_the_lead_is_one_on_shift_for_the_shop_and_else_the_duty_manager() -> None:
    assert a_team(LI, WANG).lead(OTHER, NOW) == LI
    assert a_team(LI, WANG).lead(SHOP, NOW) == WANG
    assert a_team(fallback=ZHANG).lead(SHOP, NOW) == ZHANG


def test_the_agents_are_those_on_shift_for_the_shop_and_else_the_fallback_alone() -> None:
    assert a_team(LI, ZHANG).agents(OTHER, NOW) == (ZHANG, LI)
    assert a_team(LI, ZHANG).agents(SHOP, NOW) == (ZHANG,)
    assert a_team(fallback=WANG).agents(SHOP, NOW) == (WANG,)


def test_instead_of_somebody_others_of_the_role_are_asked_then_a_lead_the_manager_and_the_fallback() -> None:
    team = a_team(ZHANG, LI, WANG, ZHAO, fallback=ZHANG)
    assert team.standby(Role.AGENT, OTHER, NOW) == (ZHANG, LI, ZHAO, WANG)
    assert team.standby(Role.MANAGER, SHOP, NOW) == (WANG, ZHAO, ZHANG)
    assert a_team(fallback=WANG).standby(Role.LEAD, SHOP, NOW) == (WANG,)


def test_a_group_is_found_by_its_chat() -> None:
    roster = Roster(members={}, groups={"default": "wr1", "returns": "wr2"})
    assert (roster.group_of("wr2"), roster.group_of("wr3")) == ("returns", None)


def test_a_service_without_a_roster_asks_nobody() -> None:
    nobody = Roster(members={})
    assert nobody.duty_manager(SHOP, NOW) is nobody.lead(SHOP, NOW) is None
    assert nobody.agents(SHOP, NOW) == nobody.standby(Role.AGENT, SHOP, NOW) == ()
    assert nobody.carrier_contact("yuantong", "华东", SHOP, NOW) is nobody.chat("default") is None


def test_shifts_change_with_the_time() -> None:
    """Day and night, in one place."""
    shifts = [
        {"userid": WANG, "from": "09:00", "to": "21:00"},
        {"userid": ZHAO, "from": "21:00", "to": "09:00"},
    ]
    roster = a_roster(members=TEAM, shifts=shifts, fallback=ZHANG)
    duty: list[tuple[datetime, UserId | None]] = []
    for hour in range(48):
        moment = at("00:00") + hour * HOUR
        manager = roster.duty_manager(SHOP, moment)
        if not duty or duty[-1][1] != manager:
            duty.append((moment, manager))
    nine, evening = at("09:00"), at("21:00")
    assert duty == [
        (at("00:00"), ZHAO),
        (nine, WANG),
        (evening, ZHAO),
        (nine + 24 * HOUR, WANG),
        (evening + 24 * HOUR, ZHAO),
    ]


# --- who may do what -------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.AGENT, True),
        (Role.LEAD, True),
        (Role.MANAGER, True),
        (Role.ADMIN, True),
        (Role.OPERATIONS, False),
    ],
)
@pytest.mark.parametrize(("shops", "serves"), [(["*"], True), (["main"], True), (["other"], False)])
def test_who_has_the_role_and_the_shop_may_act(role: Role, may: bool, shops: list[str], serves: bool) -> None:
    members = [{"userid": ZHANG, "name": "张三", "roles": [role], "shops": shops}]
    member = a_roster(members=members, shifts=[], fallback=ZHANG, carriers=[]).members[ZHANG]
    assert member.serves(SHOP) is serves
    assert member.may_act(SHOP) is (may and serves)


def test_one_role_that_may_is_enough() -> None:
    members = [{"userid": ZHANG, "name": "张三", "roles": ["operations", "agent"]}]
    assert a_roster(members=members, shifts=[], fallback=ZHANG, carriers=[]).members[ZHANG].may_act(SHOP)


def test_who_is_not_on_the_roster_is_called_by_id() -> None:
    assert a_roster().name(ZHANG) == "张三"
    assert a_roster().name(UserId("gone")) == "gone"


# --- carriers and groups ---------------------------------------------------------

CONTACTS = [
    {"contact": "everywhere"},
    {"region": "华东", "contact": "east"},
    {"carrier": "yuantong", "contact": "yuantong"},
    {"carrier": "yuantong", "region": "华东", "contact": "yuantong_east"},
]
"""From far to near: the order of the file does not matter."""


def speaks_to(carrier: str | None, region: str | None, contacts: list[dict[str, str]]) -> str | None:
    names = ["zhangsan", *(contact["contact"] for contact in contacts)]
    members = [{"userid": name, "name": name, "roles": ["agent"]} for name in names]
    roster = a_roster(members=members, shifts=[], fallback="zhangsan", carriers=contacts)
    return roster.carrier_contact(carrier, region, SHOP, NOW)


@pytest.mark.parametrize(
    ("carrier", "region", "found"),
    [
        ("yuantong", "华东", ["yuantong_east", "yuantong", "east", "everywhere", None]),
        ("yuantong", "华南", ["yuantong", "everywhere", None]),
        ("yuantong", None, ["yuantong", "everywhere", None]),
        ("zhongtong", "华东", ["east", "everywhere", None]),
        (None, "华东", ["east", "everywhere", None]),
        (None, None, ["everywhere", None]),
        ("", "", ["everywhere", None]),
        ("Yuantong", "华南", ["everywhere", None]),
    ],
)
def test_the_contact_of_a_carrier_is_the_nearest_one(
    carrier: str | None, region: str | None, found: list[str | None]
) -> None:
    """And when that one is taken away, the next."""
    contacts = [*CONTACTS]
    for expected in found:
        assert speaks_to(carrier, region, contacts) == expected
        contacts = [contact for contact in contacts if contact["contact"] != expected]


def test_of_two_entries_for_the_same_the_first_counts() -> None:
    twice = [{"carrier": "yuantong", "contact": "first"}, {"carrier": "yuantong", "contact": "second"}]
    assert speaks_to("yuantong", "华东", twice) == "first"


def test_a_group_without_a_chat_of_its_own_is_the_default_one() -> None:
    roster = a_roster(groups={"default": "wr1", "夜班": "wr2"})
    assert [roster.chat(name) for name in ("default", "夜班", "unknown")] == ["wr1", "wr2", "wr1"]
    assert a_roster(groups={"夜班": "wr2"}).chat("default") is None


# --- leave -----------------------------------------------------------------------


def on_leave(*userids: UserId) -> list[dict[str, str]]:
    day = NOW.date().isoformat()
    return [{"do": "leave", "userid": userid, "from": day, "to": day} for userid in userids]


def test_while_the_fallback_is_on_leave_the_next_one_is_the_last_resort() -> None:
    shifts: list[object] = []
    assert a_roster(shifts=shifts, overrides=on_leave(WANG)).duty_manager(SHOP, NOW) == LI
    assert a_roster(shifts=shifts, overrides=on_leave(ZHANG)).duty_manager(SHOP, NOW) == WANG
    everybody = a_roster(shifts=shifts, overrides=on_leave(ZHANG, LI, WANG))
    assert everybody.agents(SHOP, NOW) == everybody.standby(Role.AGENT, SHOP, NOW) == (WANG,)


def test_a_carriers_contact_on_leave_is_passed_over_and_at_last_the_lead_is_asked() -> None:
    carriers = [{"carrier": "yuantong", "contact": ZHANG}, {"contact": WANG}]
    here, away = a_roster(carriers=carriers), a_roster(carriers=carriers, overrides=on_leave(ZHANG))
    nobody = a_roster(carriers=carriers, overrides=on_leave(ZHANG, WANG))
    asked = [one.carrier_contact("yuantong", None, SHOP, NOW) for one in (here, away, nobody)]
    assert asked == [ZHANG, WANG, LI]
