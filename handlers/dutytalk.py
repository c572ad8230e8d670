"""When somebody speaks of duty in a chat: who is on now, and what is to be changed about it."""

import difflib
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

from handlers.commands import Command
from handlers.duty import Barred, Barrier, Made, make, undo
from replies import duty as words
from replies.summaries import duty as on_duty_now
from rules.changes import Flaw
from rules.duty import Change, ChangeKind, moment
from rules.events import DEFAULT_SHOP, Shop, UserId
from rules.gaps import Gap, gaps, needed_shops
from rules.roster import ANY, Roster
from rules.spans import Span, Unclear, UnclearError, parse_span

_FILLERS = re.compile(r"^(?:[\s@,，、:：→]|->|给|由|和|与|to |with )+")
_ASCII_WORD = re.compile(r"[\w.-]", re.ASCII)


class _UnreadError(Exception):
    """A command that cannot be understood; its argument is the answer."""


async def duty(command: Command) -> None:
    """`/值班`, or what is to be changed: `/值班 换 …`, `/值班 请假 …`, `/值班 顶班 …`, `/值班 撤销 …`."""
    if not command.first:
        _show(command)
        return
    deed = _DEEDS.get(command.first.casefold())
    try:
        command.answer(words.USAGE if deed is None else await deed(command))
    except _UnreadError as error:
        command.answer(str(error))


def _show(command: Command) -> None:
    shop = next((Shop(shop) for shop in sorted(command.member.shops) if shop != ANY), DEFAULT_SHOP)
    command.saw("duty")
    command.answer(on_duty_now(command.scribe.world.directory.roster, shop, command.reading))


# --- deeds --------------------------------------------------------------------------


async def _swap(command: Command) -> str:
    """`换 [谁] 给谁 何时`"""
    people, rest = _people(command.rest, command.reading.roster, most=2)
    if not people:
        raise _UnreadError(words.nobody_named() if not rest else _not_understood(rest, command))
    giver = people[0] if len(people) == 2 else command.sender.userid
    return await _make(command, ChangeKind.SWAP, giver, _span(rest, command), people[-1])


async def _cover(command: Command) -> str:
    """`顶班 [谁] 何时`"""
    return await _alone(command, ChangeKind.COVER)


async def _leave(command: Command) -> str:
    """`请假 [谁] 何时`"""
    return await _alone(command, ChangeKind.LEAVE)


async def _alone(command: Command, kind: ChangeKind) -> str:
    people, rest = _people(command.rest, command.reading.roster, most=1)
    who = next(iter(people), command.sender.userid)
    return await _make(command, kind, who, _span(rest, command))


async def _make(
    command: Command, kind: ChangeKind, userid: UserId, span: Span, substitute: UserId | None = None
) -> str:
    zone = command.reading.roster.zone
    wanted = Change(
        kind=kind,
        userid=userid,
        substitute=substitute,
        start=moment(span.start, zone),
        end=moment(span.end, zone),
    )
    made = await make(command.work, command.scribe, wanted, command.member)
    match made:
        case Made():
            return words.made(made.change, made.roster, made.told, _bared(made, command))
        case Flaw():
            return words.objection(made, command.reading.roster)
        case Barred():
            return words.may_not(wanted, command.reading.roster)


def _bared(made: Made, command: Command) -> Sequence[Gap]:
    """Where the change leaves nobody on shift who would have been."""
    roster, before = made.roster, command.reading.roster
    shops, calendar = needed_shops(roster, ()), command.reading.rules.current.calendar
    start, end = max(made.change.start, command.scribe.now), made.change.end
    known = set(gaps(before, shops, calendar, start, end))
    return [gap for gap in gaps(roster, shops, calendar, start, end) if gap not in known]


async def _undo(command: Command) -> str:
    """`撤销 编号`"""
    said = command.rest.strip().removeprefix("编号").removeprefix("#").strip()
    roster = command.reading.roster
    if not re.fullmatch(r"\d{1,9}", said):
        return words.unknown_number(said)
    undone = await undo(command.work, command.scribe, int(said), command.member)
    if isinstance(undone, Change):
        return words.undone(undone, roster)
    if undone.change is None:
        return words.unknown_number(said)
    return (words.may_not_undo if undone.why is Barrier.FORBIDDEN else words.over_already)(
        undone.change, roster
    )


_DEEDS: Mapping[str, Callable[[Command], Awaitable[str]]] = {
    **dict.fromkeys(("换", "换给", "换班", "调班", "swap"), _swap),
    **dict.fromkeys(("顶", "顶班", "加班", "cover"), _cover),
    **dict.fromkeys(("请假", "休假", "休", "leave"), _leave),
    **dict.fromkeys(("撤销", "取消", "退回", "undo", "cancel"), _undo),
}
"""By what each is called in a chat."""


# --- reading ------------------------------------------------------------------------


def _span(text: str, command: Command) -> Span:
    try:
        return parse_span(text, command.reading.rules.current.calendar.local(command.scribe.now).date())
    except UnclearError as error:
        if error.why is Unclear.UNREADABLE and text.strip().lower().startswith(error.said):
            raise _UnreadError(_not_understood(text, command)) from None
        raise _UnreadError(words.unclear(error)) from None


def _not_understood(text: str, command: Command) -> str:
    """The first word is nobody's name and no day."""
    said, *_ = text.split(maxsplit=1)
    members = command.reading.roster.members.values()
    known = {spelled: one.name for one in members for spelled in (one.name, one.userid)}
    near = difflib.get_close_matches(said, known, n=3, cutoff=0.4)
    return words.unknown_person(said, list(dict.fromkeys(known[spelled] for spelled in near)))


def _people(text: str, roster: Roster, *, most: int) -> tuple[list[UserId], str]:
    """The members that a text begins with, and what follows. Raises _UnreadError for a name of several."""
    found: list[UserId] = []
    while len(found) < most:
        rest = _FILLERS.sub("", text)
        spelled = max(_spellings(rest, roster), key=len, default=None)
        if spelled is None:
            break
        meant = [
            one.userid
            for one in roster.members.values()
            if spelled.casefold() in {one.name.casefold(), one.userid.casefold()}
        ]
        if len(meant) > 1:
            raise _UnreadError(words.namesakes(spelled, meant))
        found += meant
        text = rest[len(spelled) :]
    return found, text


def _spellings(text: str, roster: Roster) -> Iterator[str]:
    """The names and userids that a text begins with, as it spells them."""
    for member in roster.members.values():
        for spelled in (member.name, member.userid):
            begins, after = text[: len(spelled)], text[len(spelled) :][:1]
            goes_on = _ASCII_WORD.match(spelled[-1:]) and _ASCII_WORD.match(after)
            if begins.casefold() == spelled.casefold() and not goes_on:
                yield begins
