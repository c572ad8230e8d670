"""When is somebody on duty, and what has been changed about it?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from rules.events import UserId
from rules.rights import Role

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AHEAD = timedelta(days=60)
"""So far ahead duty can be changed."""
DUTIES = (Role.AGENT, Role.LEAD, Role.MANAGER)
"""The roles that somebody has to be on shift for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A block of duty.

    `start` after `end` crosses midnight and belongs to the day on which it begins; equal ones last until
    the same time on the next day; `end` None is midnight.
    """

    userid: UserId
    days: frozenset[int]
    """Monday is 0."""
    start: time
    end: time | None

    def covers(self, today: int, clock: time) -> bool:
        """Whether the shift is on at a time of a day of the week."""
        if self.end is None or self.start < self.end:
            return today in self.days and self.start <= clock and (self.end is None or clock < self.end)
        began_today = today in self.days and clock >= self.start
        return began_today or ((today - 1) % 7 in self.days and clock < self.end)

    def on(self, day: date) -> tuple[datetime, datetime] | None:
        """From when until when it lasts, by the clock on the wall, if it begins on that day; else None."""
        if day.weekday() not in self.days:
            return None
        last = day if self.end is not None and self.start < self.end else day + DAY
        return datetime.combine(day, self.start), datetime.combine(last, self.end or time())


class ChangeKind(StrEnum):
    """What somebody does with their duty."""

    SWAP = "swap"
    """Somebody else has it, as far as they have any in that time."""
    COVER = "cover"
    """They are on shift in that time, whatever the plan says."""
    LEAVE = "leave"
    """They are away: not on shift, called by nobody, handed nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of somebody's duty, from `start` on and before `end`."""

    kind: ChangeKind
    userid: UserId
    """Whose duty it is."""
    substitute: UserId | None = None
    """Who has it instead; of swaps alone."""
    start: datetime
    end: datetime
    number: int | None = None
    """What people call it; None for what stands in the roster file."""
    made_by: str = ""
    """As in the audit trail: a userid, or `file:<name>`."""
    made_at: datetime | None = None
    revoked_by: str | None = None
    revoked_at: datetime | None = None
    """When it was taken back; None while it holds."""

    @property
    def people(self) -> tuple[UserId, ...]:
        """Whose duty it changes."""
        return (self.userid,) if self.substitute is None else (self.userid, self.substitute)

    def covers(self, at: datetime) -> bool:
        """Whether it is in force at that time."""
        return self.start <= at < self.end

    def meets(self, other: "Change") -> bool:
        """Whether it is about somebody whom the other is about, at a time of the other."""
        shared = self.start < other.end and other.start < self.end
        return shared and not set(self.people).isdisjoint(other.people)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Who is on duty when: the shifts of each week, and what has been changed about them."""

    shifts: tuple[Shift, ...] = ()
    changes: tuple[Change, ...] = ()
    zone: ZoneInfo

    def on_duty(self, now: datetime) -> frozenset[UserId]:
        """Everybody who is on duty. What was given away stays given, even to somebody who is away by then."""
        planned = self.planned(now)
        current = [change for change in self.changes if change.covers(now)]
        if not current:
            return planned
        swaps = [change for change in current if change.kind is ChangeKind.SWAP]
        given = {swap.userid for swap in swaps}
        taken = {swap.substitute for swap in swaps if swap.substitute is not None and swap.userid in planned}
        covering = {change.userid for change in current if change.kind is ChangeKind.COVER}
        return frozenset((planned - given) | taken | covering) - self.away(now)

    def planned(self, now: datetime) -> frozenset[UserId]:
        """Who would be on duty had nothing been changed."""
        local = now.astimezone(self.zone)
        today, clock = local.weekday(), local.time()
        return frozenset([shift.userid for shift in self.shifts if shift.covers(today, clock)])

    def away(self, now: datetime) -> frozenset[UserId]:
        """Who is on leave."""
        leaves = (change for change in self.changes if change.kind is ChangeKind.LEAVE)
        return frozenset(leave.userid for leave in leaves if leave.covers(now))

    def doubled(self, now: datetime) -> list[Change]:
        """The swaps by which somebody has the duty of two at once: their own, or that of two others."""
        planned, away = self.planned(now), self.away(now)
        current = [change for change in self.changes if change.covers(now)]
        swaps = [change for change in current if change.kind is ChangeKind.SWAP and change.userid in planned]
        given = {change.userid for change in swaps}
        busy = [*(planned - given), *(change.userid for change in current if change.kind is ChangeKind.COVER)]
        busy += [swap.substitute for swap in swaps if swap.substitute is not None]
        return [
            swap
            for swap in swaps
            if swap.substitute not in away and busy.count(swap.substitute or swap.userid) > 1
        ]

    def stretches(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The time in between, cut wherever it may change who is on duty; in order."""
        moments = sorted({start, end, *(at for at in self._moments(start, end) if start < at < end)})
        yield from pairwise(moments)

    def _moments(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """When shifts and changes begin and end; and every full hour, at one of which clocks are put forward or back."""
        hour = start.replace(minute=0, second=0, microsecond=0)
        yield from (hour + HOUR * number for number in range((end - hour) // HOUR + 1))
        yield from (at for change in self.changes for at in (change.start, change.end))
        first, last = start.astimezone(self.zone).date() - DAY, end.astimezone(self.zone).date()
        for day in (first + DAY * number for number in range((last - first).days + 1)):
            for bounds in filter(None, (shift.on(day) for shift in self.shifts)):
                yield from (moment(wall, self.zone, fold) for wall in bounds for fold in (0, 1))


def moment(wall: datetime, zone: ZoneInfo, fold: int = 0) -> datetime:
    """The time at which a clock on the wall says so."""
    return wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
