"""What is amiss with a rule book that its format allows: refused or told, with its place."""

from datetime import UTC, datetime
from typing import Any

import pytest

from rules.bookfile import parse_rule_book
from rules.booklint import Finding, Slip, lint
from rules.events import UserId
from rules.rights import Role
from rules.roster import Member, Roster

NOW = datetime(2026, 6, 18, tzinfo=UTC)
IS_618 = {"field": "tags", "op": "contains", "value": "618"}
RICH = {"field": "amount_fen", "op": ">=", "value": 50000}
HZ = {"field": "warehouse", "op": "==", "value": "hz1"}
GZ = {"field": "warehouse", "op": "==", "value": "gz2"}
PEOPLE = {
    UserId(userid): Member(userid=UserId(userid), name=name, roles=frozenset({role}))
    for userid, name, role in (
        ("zhangsan", "张三", Role.AGENT),
        ("liusi", "刘四", Role.LEAD),
        ("zhao", "赵六", Role.MANAGER),
    )
}
JUNE = {"from": "2026-06-01T00:00+08:00", "to": "2026-07-01T00:00+08:00"}


def roster_of(*groups: str) -> Roster:
    return Roster(members=PEOPLE, groups=dict.fromkeys(groups, "chat"))


def found(*groups: str, **book: Any) -> list[tuple[Slip, str]]:
    """Each slip and where it stands."""
    findings = lint(parse_rule_book(book), roster_of(*groups), NOW)
    return [(one.slip, ".".join(map(str, one.at))) for one in findings]


def lanes(*match: Any, **more: Any) -> list[dict[str, Any]]:
    return [{"name": f"L{number}", "match": one, **more} for number, one in enumerate(match, start=1)]


def test_a_sound_book_has_nothing_amiss() -> None:
    assert found() == []
    assert found(lanes=lanes({"all": [HZ, IS_618]}, GZ, **JUNE)) == []


def test_a_lane_that_no_order_can_fit_is_refused() -> None:
    (finding,) = lint(parse_rule_book({"lanes": lanes({"all": [HZ, GZ]})}), Roster(members={}), NOW)
    assert finding == Finding(slip=Slip.NEVER_MATCHES, at=("lanes", 0, "match"), lane="L1", refused=True)


def test_a_lane_that_takes_every_order_is_told() -> None:
    (finding,) = lint(parse_rule_book({"lanes": lanes({"all": []})}), Roster(members={}), NOW)
    assert (finding.slip, finding.refused) == (Slip.MATCHES_ALL, False)


def test_of_two_lanes_that_an_order_may_fit_the_one_that_it_goes_by_is_named() -> None:
    (finding,) = lint(parse_rule_book({"lanes": lanes(IS_618, RICH)}), Roster(members={}), NOW)
    assert (finding.slip, finding.lane, finding.others) == (Slip.OVERLAPS, "L2", ("L1",))
    assert not finding.refused


def test_lanes_whose_times_are_apart_do_not_overlap() -> None:
    first = {"name": "June", "match": IS_618, **JUNE}
    second = {"name": "July", "match": IS_618, "from": "2026-07-01T00:00+08:00"}
    assert found(lanes=[first, second]) == []


@pytest.mark.parametrize(
    ("earlier", "later", "slip"),
    [
        pytest.param([HZ], {"all": [HZ, IS_618]}, Slip.SHADOWED, id="wider"),
        pytest.param([HZ, GZ], {"all": [{"any": [HZ, GZ]}, IS_618]}, Slip.SHADOWED, id="together"),
        pytest.param([{"all": [HZ, RICH]}], {"all": [HZ, IS_618]}, Slip.OVERLAPS, id="not all of it"),
    ],
)
def test_a_lane_that_earlier_ones_leave_nothing_is_refused(
    earlier: list[Any], later: Any, slip: Slip
) -> None:
    (finding,) = lint(parse_rule_book({"lanes": lanes(*earlier, later)}), Roster(members={}), NOW)
    assert (finding.slip, finding.at[1]) == (slip, len(earlier))
    assert finding.refused == (slip is Slip.SHADOWED)


def test_a_lane_with_an_end_leaves_something_to_one_without() -> None:
    assert found(lanes=[{"name": "June", "match": HZ, **JUNE}, {"name": "ever", "match": HZ}]) == [
        (Slip.OVERLAPS, "lanes.1.match")
    ]
    assert found(lanes=[{"name": "ever", "match": HZ}, {"name": "June", "match": HZ, **JUNE}]) == [
        (Slip.SHADOWED, "lanes.1.match")
    ]


def test_a_lane_whose_time_is_past_is_told() -> None:
    past = {"from": "2026-05-01T00:00+08:00", "to": "2026-06-18T08:00+08:00"}
    assert found(lanes=lanes(HZ, **past)) == [(Slip.OVER, "lanes.0.to")]


def test_rules_that_never_speak_are_told_with_their_place() -> None:
    started = {"when": "not_started", "after": "5m"}
    assert found(stages={"payment": {"limits": [started]}}) == [
        (Slip.NEVER_STARTS, "stages.payment.limits.0.when")
    ]
    assert found(payment_clock="created", stages={"payment": {"limits": [started]}}) == []
    done = {"when": "not_completed", "after": "20m"}
    assert found(stages={"confirm": {"limits": [done, done]}}) == [
        (Slip.TWICE, "stages.confirm.limits.1.after")
    ]
    assert found(stages={"confirm": {"normal": "20m"}}) == [(Slip.NEVER_GREY, "stages.confirm.normal")]
    assert found(stages={"confirm": {"limits": []}}) == []


def test_what_a_lane_says_of_a_stage_that_it_skips_is_told() -> None:
    rules = {"picking": {"normal": "10m"}}
    assert found(lanes=lanes(HZ, skip=["picking"], stages=rules)) == [
        (Slip.SKIPPED, "lanes.0.stages.picking")
    ]


def test_the_normal_time_of_a_lane_is_held_against_the_limits_of_the_book() -> None:
    assert found(lanes=lanes(HZ, stages={"picking": {"normal": "50m"}})) == [
        (Slip.NEVER_GREY, "lanes.0.stages.picking.normal")
    ]
    assert (
        found(
            stages={"picking": {"limits": [{"when": "not_started", "after": "3h"}]}},
            lanes=lanes(HZ, stages={"picking": {"normal": "50m"}}),
        )
        == []
    )


def test_a_group_that_the_roster_has_not_got_is_told() -> None:
    assert found("default", "vip", stages={"picking": {"group": "vpi"}}) == [
        (Slip.UNKNOWN_GROUP, "stages.picking.group")
    ]
    assert found("default", "vip", stages={"picking": {"group": "vip"}}) == []


def test_what_is_in_force_with_the_same_slip_is_not_refused_again() -> None:
    known = parse_rule_book({"lanes": lanes({"all": [HZ, GZ]})})
    more = parse_rule_book({"lanes": [{"name": "618", "match": IS_618}, *lanes({"all": [HZ, GZ]})]})
    (finding,) = lint(more, Roster(members={}), NOW, known)
    assert (finding.slip, finding.refused) == (Slip.NEVER_MATCHES, False)


def test_whom_a_lane_names_who_is_not_there_or_has_another_role_is_told() -> None:
    people = {
        "agent": ["zhangsan"],
        "lead": ["liusi", "zhangsan"],
        "duty_manager": ["gone", "zhao", "nobody"],
    }
    book = parse_rule_book({"lanes": lanes(IS_618, recipients=people)})
    assert [(one.slip, one.at, one.others, one.refused) for one in lint(book, roster_of(), NOW)] == [
        (Slip.OTHER_ROLE, ("lanes", 0, "recipients", "lead"), ("张三",), False),
        (Slip.UNKNOWN_PERSON, ("lanes", 0, "recipients", "duty_manager"), ("gone", "nobody"), False),
    ]
    assert lint(book, Roster(members={}), NOW) == []


def test_whom_a_lane_names_and_who_has_left_is_told() -> None:
    book = parse_rule_book({"lanes": lanes(IS_618, recipients={"duty_manager": ["zhao"]})})
    (finding,) = lint(book, roster_of().without({UserId("zhao")}), NOW)
    assert (finding.slip, finding.others) == (Slip.UNKNOWN_PERSON, ("赵六",))
