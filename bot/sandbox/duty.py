"""Who is on duty by the check-in rules? checkin/getcheckinschedulist (93453, wecom.md §10.3)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from bot.sandbox.endpoints import Answer, Asked, Endpoint, Endpoints, ok
from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.watch import day_of
from bot.sandbox.world import World

MOST_USERS = 100
LONGEST_SECONDS = 31 * 24 * 3600


class Duty:
    """Only members with shifts have rows: those under 按班次上下班."""

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def endpoints(self) -> Endpoints:
        return {"checkin/getcheckinschedulist": Endpoint(answer=self._schedule)}

    def _schedule(self, asked: Asked) -> Answer:
        request = asked.node()
        named = request.texts("useridlist", most=10_000)
        if not 1 <= len(named) <= MOST_USERS:
            raise Refused(Errcode.CHECKIN_USERS, f"useridlist holds 1 to {MOST_USERS}")
        start, end = request.integer("starttime"), request.integer("endtime")
        if not start <= end <= start + LONGEST_SECONDS:
            raise Refused(Errcode.CHECKIN_SPAN, "endtime must lie within a month of starttime")
        first, last = day_of(datetime.fromtimestamp(start, UTC)), day_of(datetime.fromtimestamp(end, UTC))
        rows: list[Mapping[str, object]] = []
        for userid in named:
            shifts = None if asked.spoils(userid) else self._world.config.shifts.get(userid)
            rows += _rows(userid, shifts or {}, first, last)
        return ok(schedule_list=rows)


def _rows(
    userid: str, shifts: Mapping[date, tuple[int, int]], first: date, last: date
) -> list[Mapping[str, object]]:
    """One row for each month with a shift."""
    months: dict[int, list[Mapping[str, object]]] = {}
    for day, shift in sorted(shifts.items()):
        if first <= day <= last:
            months.setdefault(day.year * 100 + day.month, []).append(_day(day.day, shift))
    return [_row(userid, month, days) for month, days in months.items()]


def _row(userid: str, month: int, days: Sequence[Mapping[str, object]]) -> Mapping[str, object]:
    schedule = {"scheduleList": days}
    return {
        "userid": userid,
        "yearmonth": month,
        "groupid": 1,
        "groupname": "值班",
        "schedule": schedule,
    }


def _day(day: int, shift: tuple[int, int]) -> Mapping[str, object]:
    section = {
        "id": 1,
        "work_sec": shift[0],
        "off_work_sec": shift[1],
        "remind_work_sec": max(0, shift[0] - 600),
        "remind_off_work_sec": shift[1],
    }
    return {
        "day": day,
        "schedule_info": {"schedule_id": 1, "schedule_name": "值班", "time_section": [section]},
    }
