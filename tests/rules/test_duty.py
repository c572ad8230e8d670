"""Who is on duty, with everything that was changed about it?"""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.calendar import SHANGHAI
from rules.duty import Change, ChangeKind, Plan, Shift
from rules.events import UserId
from tests.builders import LI, WANG, ZHANG

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MONDAY = datetime(2026, 11, 30, tzinfo=SHANGHAI)
EVERY_DAY = frozenset(range(7))
TEAM = (ZHANG, LI, WANG)


def clock(text: str, day: int = 0) -> datetime:
    """A time of the first days of December; day 0 is Monday, 30 November."""
    hours, minutes = map(int, text.split(":"))
    return MONDAY + timedelta(days=day, hours=hours, minutes=minutes)


def swap(start: str, end: str, giver: UserId = ZHANG, heir: UserId = LI, day: int = 0) -> Change:
    return Change(
        kind=ChangeKind.SWAP, userid=giver, substitute=heir, start=clock(start, day), end=clock(end, day)
    )


def change(kind: ChangeKind, userid: UserId, start: str, end: str) -> Change:
    return Change(kind=kind, userid=userid, start=clock(start), end=clock(end))


def plan(*changes: Change, who: UserId = ZHANG, start: str = "09:00", end: str = "18:00") -> Plan:
    shift = Shift(userid=who, days=EVERY_DAY, start=time.fromisoformat(start), end=time.fromisoformat(end))
    return Plan(shifts=(shift,), changes=changes, zone=SHANGHAI)


def on(of: Plan, at: str) -> set[UserId]:
    return set(of.on_duty(clock(at)))


def test_what_is_given_away_is_the_others_from_its_first_moment_and_not_at_its_last() -> None:
    given = plan(swap("12:00", "15:00"))
    assert [on(given, at) for at in ("11:59", "12:00", "14:59", "15:00")] == [{ZHANG}, {LI}, {LI}, {ZHANG}]


def test_only_what_there_is_of_duty_can_be_given() -> None:
    given = plan(swap("08:00", "20:00"))
    assert [on(given, at) for at in ("08:30", "09:00", "17:59", "18:00")] == [set(), {LI}, {LI}, set()]


def test_whoever_is_on_leave_is_not_on_duty_whatever_else_is_said() -> None:
    leave = change(ChangeKind.LEAVE, LI, "10:00", "11:00")
    cover = change(ChangeKind.COVER, LI, "10:00", "12:00")
    assert on(plan(leave, cover, swap("10:00", "12:00")), "10:30") == set()
    assert on(plan(leave, cover), "11:00") == {ZHANG, LI}


def test_a_cover_is_on_duty_beside_the_plan() -> None:
    night = plan(change(ChangeKind.COVER, WANG, "17:00", "23:00"))
    assert [on(night, at) for at in ("16:59", "17:30", "22:59", "23:00")] == [
        {ZHANG},
        {ZHANG, WANG},
        {WANG},
        set(),
    ]


def test_a_shift_over_midnight_can_change_hands_in_the_middle_of_the_night() -> None:
    night = plan(swap("23:00", "26:00"), start="22:00", end="06:00")
    assert [on(night, at) for at in ("22:59", "23:00", "25:59", "26:00")] == [{ZHANG}, {LI}, {LI}, {ZHANG}]


def test_whoever_has_the_duty_of_two_is_told_apart() -> None:
    both = Plan(
        shifts=tuple(Shift(userid=one, days=EVERY_DAY, start=time(9), end=time(18)) for one in (ZHANG, LI)),
        changes=(taken := swap("12:00", "15:00"),),
        zone=SHANGHAI,
    )
    assert both.doubled(clock("12:00")) == [taken]
    assert both.doubled(clock("15:00")) == []
    exchanged = Plan(shifts=both.shifts, changes=(taken, swap("12:00", "15:00", LI, ZHANG)), zone=SHANGHAI)
    assert exchanged.doubled(clock("12:00")) == []


@pytest.mark.parametrize("covers", [True, False])
def test_a_cover_makes_two_of_one_only_together_with_a_swap(*, covers: bool) -> None:
    cover = (change(ChangeKind.COVER, LI, "12:00", "13:00"),) if covers else ()
    assert bool(plan(swap("12:00", "15:00"), *cover).doubled(clock("12:30"))) is covers


# --- against somebody who looks at the clock every minute ------------------------

CLOCKS = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))
SHIFTS = st.builds(
    Shift,
    userid=st.sampled_from(TEAM),
    days=st.sets(st.integers(0, 6), min_size=1).map(frozenset),
    start=CLOCKS,
    end=st.none() | CLOCKS,
)


@st.composite
def changes(draw: st.DrawFn, zone: ZoneInfo) -> Change:
    kind, userid = draw(st.sampled_from(ChangeKind)), draw(st.sampled_from(TEAM))
    others = [one for one in TEAM if one != userid]
    start = datetime(2026, 10, 24, tzinfo=zone).astimezone(UTC) + MINUTE * draw(st.integers(0, 4 * 1440))
    return Change(
        kind=kind,
        userid=userid,
        substitute=draw(st.sampled_from(others)) if kind is ChangeKind.SWAP else None,
        start=start,
        end=start + MINUTE * draw(st.integers(1, 2 * 1440)),
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    zone = ZoneInfo(draw(st.sampled_from(["Asia/Shanghai", "Europe/Berlin"])))
    return Plan(
        shifts=tuple(draw(st.lists(SHIFTS, max_size=5))),
        changes=tuple(draw(st.lists(changes(zone), max_size=5))),
        zone=zone,
    )


def by_hand(of: Plan, now: datetime) -> set[UserId]:
    """Who is on duty, found out one person and one question at a time."""
    return {userid for userid in TEAM if _is_on(of, userid, now)}


def _is_on(of: Plan, userid: UserId, now: datetime) -> bool:
    current: Sequence[Change] = [one for one in of.changes if one.start <= now < one.end]
    if any(one.kind is ChangeKind.LEAVE and one.userid == userid for one in current):
        return False
    if any(one.kind is ChangeKind.COVER and one.userid == userid for one in current):
        return True
    for one in current:
        if one.kind is ChangeKind.SWAP and one.substitute == userid and _has_shift(of, one.userid, now):
            return True
    gives = any(one.kind is ChangeKind.SWAP and one.userid == userid for one in current)
    return not gives and _has_shift(of, userid, now)


def _has_shift(of: Plan, userid: UserId, now: datetime) -> bool:
    """By the minutes of a week, each written down for itself."""
    local = now.astimezone(of.zone)
    minute = local.hour * 60 + local.minute
    for shift in of.shifts:
        begin = shift.start.hour * 60 + shift.start.minute
        end = 1440 if shift.end is None else shift.end.hour * 60 + shift.end.minute
        length = end - begin if end > begin else end + 1440 - begin
        for back in (0, 1):
            began = (local.weekday() - back) % 7 in shift.days
            if shift.userid == userid and began and begin <= minute + back * 1440 < begin + length:
                return True
    return False


def agrees(of: Plan, every: timedelta) -> None:
    """Over the night in which Berlin puts its clocks back; and nothing changes within a stretch."""
    start = datetime(2026, 10, 24, tzinfo=of.zone).astimezone(UTC)
    for begin, end in of.stretches(start, start + 2 * DAY):
        there = of.on_duty(begin)
        for number in range((end - begin) // every + 1):
            now = min(begin + every * number, end - MINUTE)
            assert of.on_duty(now) == by_hand(of, now) == there


@settings(max_examples=40)
@given(plans())
def test_those_are_on_duty_whom_one_would_find_by_hand(of: Plan) -> None:
    agrees(of, every=timedelta(hours=1))


@pytest.mark.long
@given(plans())
def test_every_minute_those_are_on_duty_whom_one_would_find_by_hand(of: Plan) -> None:
    agrees(of, every=MINUTE)
