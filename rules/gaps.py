"""When is nobody on shift who should be, and what else is wrong with the duty of the days to come?"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rules.calendar import Calendar
from rules.changes import Flaw, FlawKind, flaw_of
from rules.duty import DUTIES, Change
from rules.events import Shop, UserId
from rules.instants import MILLISECOND
from rules.rights import Role
from rules.roster import ANY, Roster
from rules.rosterfile import RosterFile
from rules.staff import Staff

LOOK_AHEAD = timedelta(days=7)
ANY_SHOP = Shop(ANY)
"""Stands for the shops that nobody names: only who serves every shop serves it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Nobody of a role is on shift for a shop, from `start` on and before `end`: others are asked instead."""

    role: Role
    shop: Shop
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """The roster names somebody who is not on it: they have left, or never were there."""

    where: str
    """Such as `shifts[2]`."""
    who: str
    """A userid; or a department or tag that leads to nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubled:
    """Somebody has the duty of two at once."""

    swap: Change
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfit:
    """A change that could not be made any more as it is."""

    change: Change
    flaw: Flaw


Finding = Gap | Stranger | Doubled | Unfit


def findings(
    roster: Roster,
    written: RosterFile | None,
    staff: Staff,
    shops: Collection[Shop],
    calendar: Calendar,
    now: datetime,
) -> list[Finding]:
    """What is wrong with the duty of the next seven days; `shops` are those that orders come from."""
    end = now + LOOK_AHEAD
    return [
        *gaps(roster, needed_shops(roster, shops), calendar, now, end),
        *([] if written is None else strangers(roster, written, staff)),
        *_doubled(roster, now, end),
        *_unfit(roster, now, end),
    ]


# --- gaps ---------------------------------------------------------------------------


def needed_shops(roster: Roster, shops: Collection[Shop]) -> list[Shop]:
    """The shops that somebody has to be on shift for: those known, those that members name, or any shop at all."""
    named = {Shop(shop) for member in roster.members.values() for shop in member.shops if shop != ANY}
    return sorted(named.union(shops)) or [ANY_SHOP]


def gaps(
    roster: Roster, shops: Sequence[Shop], calendar: Calendar, start: datetime, end: datetime
) -> list[Gap]:
    """Where nobody is on shift, by role, shop and time.

    Roles that nobody has need nobody, and where there are no shifts at all, everything is the fallback's by
    intention. Agents and leads are needed while cards are posted; managers always, for P1 knows no hours.
    """
    if not roster.shifts:
        return []
    able = {
        (role, shop): frozenset(_able(roster, role, shop))
        for role in DUTIES
        for shop in shops
        if any(role in member.roles for member in roster.members.values())
    }
    always = [(start, end)]
    awake = list(calendar.awake_between(start, end))
    return [
        Gap(role=role, shop=shop, start=begin, end=until)
        for (role, shop), bare in _bare(roster, able, start, end).items()
        for begin, until in _both(bare, always if role is Role.MANAGER else awake)
    ]


def _able(roster: Roster, role: Role, shop: Shop) -> Iterator[UserId]:
    return (one.userid for one in roster.members.values() if role in one.roles and one.serves(shop))


Spans = list[tuple[datetime, datetime]]


def _bare(
    roster: Roster,
    able: Mapping[tuple[Role, Shop], frozenset[UserId]],
    start: datetime,
    end: datetime,
) -> Mapping[tuple[Role, Shop], Spans]:
    """For each role and shop the time in which none of those who are able is on duty."""
    found: dict[tuple[Role, Shop], Spans] = {place: [] for place in able}
    for begin, until in roster.plan.stretches(start, end):
        on_duty = roster.plan.on_duty(begin)
        for place, people in able.items():
            if people.isdisjoint(on_duty):
                _append(found[place], begin, until)
    return found


def _append(spans: Spans, begin: datetime, end: datetime) -> None:
    """Add a stretch, which may go on where the last one ends."""
    if spans and spans[-1][1] == begin:
        spans[-1] = spans[-1][0], end
    else:
        spans.append((begin, end))


def _both(some: Spans, others: Spans) -> Iterator[tuple[datetime, datetime]]:
    """The time that lies in both."""
    for begin, end in some:
        for start, until in others:
            if max(begin, start) < min(end, until):
                yield max(begin, start), min(end, until)


# --- people -------------------------------------------------------------------------


def strangers(roster: Roster, written: RosterFile, staff: Staff) -> Iterator[Stranger]:
    """Whom shifts, carriers and changes name although they are not on the roster any more, or never were."""
    for number, shift in enumerate(written.shifts):
        people = shift.userids(staff)
        if not people:
            yield Stranger(where=f"shifts[{number}]", who=shift.department or shift.tag or "")
        if not shift.is_group:
            yield from _strange(roster, f"shifts[{number}]", people)
    for number, entry in enumerate(written.carriers):
        yield from _strange(roster, f"carriers[{number}]", [staff.userid(entry.contact)])


def _strange(roster: Roster, where: str, people: Sequence[UserId]) -> Iterator[Stranger]:
    return (Stranger(where=where, who=userid) for userid in people if userid not in roster.members)


def _doubled(roster: Roster, start: datetime, end: datetime) -> list[Doubled]:
    spans: dict[int, Spans] = {}
    for begin, until in roster.plan.stretches(start, end):
        for swap in roster.plan.doubled(begin):
            _append(spans.setdefault(roster.changes.index(swap), []), begin, until)
    return [
        Doubled(swap=roster.changes[number], start=begin, end=until)
        for number, of_swap in spans.items()
        for begin, until in of_swap
    ]


def _unfit(roster: Roster, start: datetime, end: datetime) -> Iterator[Unfit]:
    """Of changes that meet each other, the one that was made later."""
    for number, change in enumerate(roster.changes):
        if start < change.end and change.start < end:
            before = replace(roster, changes=roster.changes[:number])
            flaw = flaw_of(change, before, None)
            if flaw is not None and flaw.kind is not FlawKind.NIGHT:
                yield Unfit(change=change, flaw=flaw)


def stand_in(gap: Gap, roster: Roster) -> UserId | None:
    """Who could fill a gap: who has the role, serves the shop and is free then, rather without a shift right before or after."""
    plan = roster.plan
    busy = {*plan.on_duty(gap.start), *plan.away(gap.start)}
    for change in roster.changes:
        busy |= set(change.people) if change.start < gap.end and gap.start < change.end else set()
    free = [userid for userid in _able(roster, gap.role, gap.shop) if userid not in busy]
    tired = plan.on_duty(gap.start - MILLISECOND) | plan.on_duty(gap.end)
    return min(free, key=lambda userid: userid in tired, default=None)
