"""Who is on duty when, where is nobody, and who has changed what? A week at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from bot.directory import Directory
from bot.storage.views import Views
from bot.web.board.queries import Query
from bot.web.board.screens import Asked, Screen
from replies.duty import MOST_ECHO, stretch
from replies.dutyoutlook import told
from replies.lengths import shortened
from replies.masking import free, plain
from replies.pages.duty import DUTY
from replies.words import Language
from rules.duty import AHEAD, DUTIES, Change, ChangeKind, Plan, moment
from rules.events import Shop, UserId
from rules.gaps import ANY_SHOP, Gap, findings, needed_shops
from rules.rights import Role
from rules.roster import Roster

DUTY_PAGE = "/duty"
MOST_CHANGES = 200
"""Of those that are listed; what holds comes first."""
DAY, WEEK = timedelta(days=1), timedelta(days=7)


NOTHING_SENT: Mapping[str, Any] = {"told": "", "refused": "", "form": {}}
"""What the template says of a form before one is sent."""


class DutyQuery(Query, frozen=True, kw_only=True):
    """Which week, by any day of it; of which shop."""

    week: date | None = None
    shop: str | None = None


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a day in which the same people are on duty."""

    start: datetime
    end: datetime
    clock: str
    """`09:00–18:00`; empty for the whole day."""
    people: Sequence[UserId]
    """Nobody: the fallback is asked."""
    changed: bool
    """It would be others but for a change."""
    present: bool
    """It is on now."""


class DutyDay(msgspec.Struct, frozen=True, kw_only=True):
    """A day of one role."""

    day: date
    blocks: Sequence[Block]


class DutyRole(msgspec.Struct, frozen=True, kw_only=True):
    """A week of one role."""

    role: Role
    days: Sequence[DutyDay]


class ChangeLine(msgspec.Struct, frozen=True, kw_only=True):
    """A change, as it is shown."""

    number: int | None
    """None for one of the roster file."""
    kind: ChangeKind
    userid: UserId
    substitute: UserId | None
    start: datetime
    end: datetime
    when: dict[Language, str]
    made_by: str
    made_at: datetime | None
    revoked_by: str | None
    revoked_at: datetime | None
    over: bool
    """It has no effect any more: it is past, or was taken back."""


class GapLine(msgspec.Struct, frozen=True, kw_only=True):
    """Where nobody is on shift."""

    role: Role
    shop: str
    """`"*"` for any shop."""
    start: datetime
    end: datetime


class FindingLine(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with the next seven days, and the mend, by language."""

    said: dict[Language, str]
    mend: dict[Language, str]


class DutyWeek(msgspec.Struct, frozen=True, kw_only=True):
    """A week of duty."""

    shop: str
    """`"*"` for any shop."""
    shops: Sequence[str]
    """Those that can be looked at."""
    week: date
    """The Monday."""
    today: date
    fallback: UserId | None
    """Who is asked when nobody is on shift."""
    planned: bool
    """Whether there are shifts at all."""
    roles: Sequence[DutyRole]
    changes: Sequence[ChangeLine]
    gaps: Sequence[GapLine]
    """Of the next seven days."""
    findings: Sequence[FindingLine]
    """The same in words, and what else is wrong."""


def duty(views: Views, directory: Directory) -> Screen[DutyQuery, DutyWeek]:
    """The page."""

    async def load(asked: Asked[DutyQuery]) -> DutyWeek:
        today = asked.now.astimezone(directory.roster.zone).date()
        monday = _monday(asked.query.week or today)
        start = moment(datetime.combine(monday, datetime.min.time()), directory.roster.zone)
        known = await views.duty_changes(start, max(start + WEEK, asked.now + AHEAD))
        shops = await views.shops()
        return _week(directory, known, shops, monday, asked)

    return Screen(
        name="duty",
        page=DUTY_PAGE,
        twin="/api/duty",
        summary="Who is on duty in a week, and what was changed about it",
        query=DutyQuery,
        shape=DutyWeek,
        load=load,
        words=DUTY,
        tools={
            "kinds": [*ChangeKind],
            "people": lambda: _people(directory),
            "day_after": _after,
            **NOTHING_SENT,
        },
    )


def _monday(day: date) -> date:
    return day - DAY * day.weekday()


def _after(day: date, days: int) -> date:
    return day + DAY * days


def _people(directory: Directory) -> dict[UserId, str]:
    """Whose duty can be changed; who shares a name is told apart by the id."""
    members = directory.roster.members.values()
    names = [one.name for one in members]
    return {
        one.userid: free(one.name) if names.count(one.name) == 1 else free(f"{one.name}（{one.userid}）")
        for one in members
    }


def _week(
    directory: Directory, known: Sequence[Change], seen: Sequence[Shop], monday: date, asked: Asked[DutyQuery]
) -> DutyWeek:
    roster, calendar = directory.roster, directory.rules.current.calendar
    of_file = tuple(change for change in roster.changes if change.number is None)
    as_it_was = replace(roster, changes=(*of_file, *(_as_it_held(change) for change in known)))
    shops = [shop for shop in needed_shops(roster, seen) if asked.reader.serves(shop)] or [ANY_SHOP]
    shop = next((one for one in shops if one == asked.query.shop), shops[0])
    found = findings(roster, directory.written, directory.staff, seen, calendar, asked.now)
    mine = [one for one in found if not isinstance(one, Gap) or one.shop in shops]
    said, english = told(mine, roster), told(mine, roster, Language.EN)
    return DutyWeek(
        shop=plain(shop),
        shops=[plain(one) for one in shops],
        week=monday,
        today=asked.now.astimezone(roster.zone).date(),
        fallback=roster.last_resort(asked.now),
        planned=bool(roster.shifts),
        roles=_roles(shop, as_it_was, monday, asked.now),
        changes=[_line(change, roster, asked) for change in _shown(of_file, known, asked.now)],
        gaps=[_gap(one, asked) for one in mine if isinstance(one, Gap)],
        findings=[
            FindingLine(
                said={Language.ZH: zh.wrong, Language.EN: en.wrong},
                mend={Language.ZH: zh.mend, Language.EN: en.mend},
            )
            for zh, en in zip(said, english, strict=True)
        ],
    )


def _as_it_held(change: Change) -> Change:
    """From when it was made at the earliest, until it was taken back at the latest."""
    start = max(change.start, change.made_at or change.start)
    return replace(change, start=start, end=min(change.end, change.revoked_at or change.end))


def _shown(of_file: Sequence[Change], known: Sequence[Change], now: datetime) -> list[Change]:
    """What holds first, by its beginning; then what is over, the latest first."""
    changes = [*of_file, *known]
    ahead = [change for change in changes if not _is_over(change, now)]
    over = [change for change in changes if _is_over(change, now)]
    shown = sorted(ahead, key=lambda change: change.start)
    return [*shown, *sorted(over, key=lambda change: change.start, reverse=True)][:MOST_CHANGES]


def _is_over(change: Change, now: datetime) -> bool:
    return change.end <= now or change.revoked_at is not None


def _line(change: Change, roster: Roster, asked: Asked[DutyQuery]) -> ChangeLine:
    return ChangeLine(
        number=change.number,
        kind=change.kind,
        userid=change.userid,
        substitute=change.substitute,
        start=asked.local(change.start),
        end=asked.local(change.end),
        when={one: stretch(change.start, change.end, roster.zone, one) for one in Language},
        made_by=shortened(plain(change.made_by), MOST_ECHO),
        made_at=asked.local(change.made_at),
        revoked_by=change.revoked_by,
        revoked_at=asked.local(change.revoked_at),
        over=_is_over(change, asked.now),
    )


def _gap(gap: Gap, asked: Asked[DutyQuery]) -> GapLine:
    return GapLine(
        role=gap.role, shop=plain(gap.shop), start=asked.local(gap.start), end=asked.local(gap.end)
    )


# --- the week -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Slot:
    """A stretch of a day in which nothing changes."""

    start: datetime
    end: datetime
    on_duty: frozenset[UserId]
    unchanged: frozenset[UserId]
    """Who would be, had nothing been changed."""


def _roles(shop: Shop, roster: Roster, monday: date, now: datetime) -> list[DutyRole]:
    days = {day: list(_slots(roster, day)) for day in (monday + DAY * number for number in range(7))}
    return [
        DutyRole(
            role=role,
            days=[
                DutyDay(day=day, blocks=_blocks(role, shop, roster, slots, now))
                for day, slots in days.items()
            ],
        )
        for role in DUTIES
    ]


def _slots(roster: Roster, day: date) -> Iterator[_Slot]:
    start, end = (moment(datetime.combine(one, datetime.min.time()), roster.zone) for one in (day, day + DAY))
    plan, unchanged = roster.plan, Plan(shifts=roster.shifts, zone=roster.zone)
    for begin, until in plan.stretches(start, end):
        yield _Slot(begin, until, plan.on_duty(begin), unchanged.on_duty(begin))


def _blocks(role: Role, shop: Shop, roster: Roster, slots: Sequence[_Slot], now: datetime) -> list[Block]:
    """Of one day, joined as long as the same people are on duty for the same reason."""
    found: list[tuple[datetime, datetime, tuple[UserId, ...], bool]] = []
    for slot in slots:
        people = roster.fit(slot.on_duty, role, shop)
        changed = people != roster.fit(slot.unchanged, role, shop)
        goes_on = found and found[-1][2:] == (people, changed)
        found.append((found.pop()[0] if goes_on else slot.start, slot.end, people, changed))
    whole = slots[0].start, slots[-1].end
    return [_block(*one, whole=whole, now=now, roster=roster) for one in found]


def _block(
    begin: datetime,
    until: datetime,
    people: tuple[UserId, ...],
    changed: bool,
    *,
    whole: tuple[datetime, datetime],
    now: datetime,
    roster: Roster,
) -> Block:
    local, last = begin.astimezone(roster.zone), until.astimezone(roster.zone)
    ends = "24:00" if until == whole[1] else f"{last:%H:%M}"
    return Block(
        start=local,
        end=last,
        clock="" if (begin, until) == whole else f"{local:%H:%M}–{ends}",
        people=people,
        changed=changed,
        present=begin <= now < until,
    )
