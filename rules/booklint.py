"""Does a rule book say what can never come true, or more than was meant? What its format allows may still be a slip."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from rules.assignment import ROLES
from rules.book import PaymentClock
from rules.bookfile import DEFAULT_STAGES, LaneFile, LimitFile, RuleBookFile, StageFile
from rules.events import UserId
from rules.instants import EPOCH
from rules.matching import always_holds, can_hold, opposite
from rules.roster import Roster
from rules.stages import Kind, Stage

MOST_COMPARED = 60
"""So many lanes are held against each other; nobody sees through more."""
MOST_NAMED = 3


class Slip(StrEnum):
    """What can be amiss with a rule book that its format allows."""

    NEVER_MATCHES = "never_matches"
    """No order can ever satisfy the conditions of the lane."""
    SHADOWED = "shadowed"
    """Earlier lanes take every order that this one could take."""
    MATCHES_ALL = "matches_all"
    """The lane takes every order."""
    OVERLAPS = "overlaps"
    """An order may fit earlier lanes as well, and goes by the first of them."""
    OVER = "over"
    """The time of the lane is past: no new order comes in."""
    NEVER_STARTS = "never_starts"
    """The clock of the payment starts when it starts: it can never be late to start."""
    SKIPPED = "skipped"
    """The lane has rules for a stage that it does not watch."""
    TWICE = "twice"
    """The same limit stands there twice: the second one never speaks."""
    NEVER_GREY = "never_grey"
    """The normal time is not shorter than the first limit: nothing is ever slow before it is late."""
    UNKNOWN_GROUP = "unknown_group"
    """The roster has no such group: the cards go to the default one."""
    UNKNOWN_PERSON = "unknown_person"
    """The lane names somebody who is not on the roster, or has left: nobody asks them."""
    OTHER_ROLE = "other_role"
    """The lane names somebody for what is not their role; they are asked if they may work on orders."""


REFUSED = frozenset({Slip.NEVER_MATCHES, Slip.SHADOWED, Slip.NEVER_STARTS})
"""What is never meant. All else may be, and is only told."""

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing amiss: where it stands in the file, and the lanes or people that have to do with it."""

    slip: Slip
    at: Place
    lane: str | None = None
    others: tuple[str, ...] = ()
    refused: bool = False


def lint(
    book: RuleBookFile, roster: Roster, now: datetime, known: RuleBookFile | None = None
) -> list[Finding]:
    """What is amiss, in the order of the file. What the book `known` has as well is told, but not refused."""
    before = {_gist(one) for one in _findings(known, roster, now)} if known is not None else set[object]()
    return [
        replace(one, refused=one.slip in REFUSED and _gist(one) not in before)
        for one in _findings(book, roster, now)
    ]


def _gist(finding: Finding) -> tuple[Slip, str | None, Place]:
    """What makes two findings the same one: a lane may have moved."""
    return finding.slip, finding.lane, finding.at[2:] if finding.lane is not None else finding.at


def _findings(book: RuleBookFile, roster: Roster, now: datetime) -> Iterator[Finding]:
    clock = book.payment_clock
    for stage, rules in book.stages.items():
        yield from _of_stage(("stages", stage.value), stage, rules, clock, roster)
    for number, lane in enumerate(book.lanes):
        for one in _of_lane(number, book, roster, now):
            yield replace(one, lane=lane.name)


# --- stages -------------------------------------------------------------------------


def _of_stage(
    at: Place,
    stage: Stage,
    rules: StageFile,
    clock: PaymentClock,
    roster: Roster,
    below: StageFile | None = None,
) -> Iterator[Finding]:
    """Of what is said of a stage; `below` is what a lane's words are laid over."""
    limits = rules.limits or []
    for number, limit in enumerate(limits):
        if stage is Stage.PAYMENT and limit.when == Kind.NOT_STARTED and clock is PaymentClock.STARTED:
            yield Finding(slip=Slip.NEVER_STARTS, at=(*at, "limits", number, "when"))
        if any(_same(limit, other) for other in limits[:number]):
            yield Finding(slip=Slip.TWICE, at=(*at, "limits", number, "after"))
    if rules.normal is not None or rules.limits is not None:
        whole = rules.over((below or StageFile()).over(DEFAULT_STAGES[stage]))
        if whole.limits and whole.normal >= min(limit.after for limit in whole.limits):
            yield Finding(slip=Slip.NEVER_GREY, at=(*at, "normal"))
    if rules.group is not None and roster.groups and rules.group not in roster.groups:
        yield Finding(slip=Slip.UNKNOWN_GROUP, at=(*at, "group"))


def _same(one: LimitFile, other: LimitFile) -> bool:
    return (one.when, one.after) == (other.when, other.after)


# --- lanes --------------------------------------------------------------------------


def _of_lane(number: int, book: RuleBookFile, roster: Roster, now: datetime) -> Iterator[Finding]:
    lane, at = book.lanes[number], ("lanes", number)
    if lane.end is not None and lane.end <= now:
        yield Finding(slip=Slip.OVER, at=(*at, "to"))
    if not can_hold(lane.match):
        yield Finding(slip=Slip.NEVER_MATCHES, at=(*at, "match"))
    else:
        if always_holds(lane.match):
            yield Finding(slip=Slip.MATCHES_ALL, at=(*at, "match"))
        yield from _beside(at, lane, book.lanes[:number][-MOST_COMPARED:])
    yield from _of_people(at, lane, roster)
    clock = lane.payment_clock or book.payment_clock
    for stage, rules in lane.stages.items():
        below = ("stages", stage.value)
        if stage in lane.skip:
            yield Finding(slip=Slip.SKIPPED, at=(*at, *below))
        yield from _of_stage((*at, *below), stage, rules, clock, roster, book.stages.get(stage))


def _of_people(at: Place, lane: LaneFile, roster: Roster) -> Iterator[Finding]:
    """Of whom it names; nothing where there is no roster to name people from."""
    for part, userids in lane.recipients.items() if roster.members else ():
        members = [roster.members.get(UserId(userid)) for userid in userids]
        strangers = [
            roster.name(UserId(one)) for one, member in zip(userids, members, strict=True) if member is None
        ]
        others = [one.name for one in members if one is not None and ROLES[part] not in one.roles]
        for slip, names in ((Slip.UNKNOWN_PERSON, strangers), (Slip.OTHER_ROLE, others)):
            if names:
                yield Finding(slip=slip, at=(*at, "recipients", part.value), others=tuple(names))


def _beside(at: Place, lane: LaneFile, earlier: Sequence[LaneFile]) -> Iterator[Finding]:
    """What becomes of its orders that fit earlier lanes as well."""
    near = [one for one in earlier if _meet(one, lane) and can_hold(one.match, lane.match)]
    covering = [one for one in near if _covers(one, lane)]
    names = tuple(one.name for one in near[:MOST_NAMED])
    if covering and not can_hold(lane.match, *(opposite(one.match) for one in covering)):
        yield Finding(slip=Slip.SHADOWED, at=(*at, "match"), others=names)
    elif near:
        yield Finding(slip=Slip.OVERLAPS, at=(*at, "match"), others=names)


def _meet(one: LaneFile, other: LaneFile) -> bool:
    """Whether the times of two lanes have a moment in common."""
    (start, end), (begin, until) = _bounds(one), _bounds(other)
    return max(start, begin) < min(end, until)


def _covers(one: LaneFile, other: LaneFile) -> bool:
    """Whether the time of the other lies within that of the one; a lane with a time takes no order without one."""
    (start, end), (begin, until) = _bounds(one), _bounds(other)
    bounded = one.start is not None or one.end is not None
    return start <= begin and until <= end and (not bounded or (other.start or other.end) is not None)


def _bounds(lane: LaneFile) -> tuple[timedelta, timedelta]:
    """From when until when, as distances from 1970; what has no bound lies beyond every time."""
    start = timedelta.min if lane.start is None else lane.start - EPOCH
    return start, timedelta.max if lane.end is None else lane.end - EPOCH
