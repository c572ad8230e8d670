"""Who gets what somebody could not be given? The next on the roster who could do it; for a group, the agents on duty."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import structlog

from handlers.addressing import group_addressed
from handlers.outbox import INTO_GROUPS, SHARED_BY, Letter, LetterKind, Medium, Say, origin_of
from handlers.ports import Work
from handlers.records import Entry, What
from handlers.scribe import Scribe
from handlers.situations import case_of
from handlers.world import World
from replies import notices
from rules.anomalies import Anomaly, give
from rules.book import AutomaticAction
from rules.consequences import PushReason
from rules.delivery import DeliveryState
from rules.events import UserId
from rules.orders import Order
from rules.rights import Role
from rules.roster import DEFAULT_GROUP
from rules.tasks import TaskKind

FOR_WHOEVER_CAN = frozenset({Say.REMINDER, Say.SEND_RESULT})
"""Lines that somebody has to read; the others answer one person, or tell a group what cards say as well."""
_ALERTING = frozenset({LetterKind.CASE_CARD, LetterKind.INCIDENT_CARD, LetterKind.OVERFLOW})
_ROLES: Mapping[str, Role] = {
    AutomaticAction.POST_CARD: Role.AGENT,
    AutomaticAction.PUSH_DUTY_MANAGER: Role.MANAGER,
    AutomaticAction.RECHECK_STOCK: Role.LEAD,
    AutomaticAction.REMIND_CARRIER: Role.LEAD,
    AutomaticAction.FOLLOW_WAREHOUSE: Role.LEAD,
    AutomaticAction.FOLLOW_PAYMENT: Role.MANAGER,
}

_ROLES_BY_REASON: Mapping[str | None, Role] = {
    PushReason.HANDED_OVER: Role.LEAD,
    PushReason.ESCALATED: Role.MANAGER,
}
"""Whose part it is, whatever the action."""

log = structlog.get_logger("passing")


class Undelivered(Protocol):
    """What a receipt says of those who did not get it."""

    @property
    def unreached(self) -> tuple[UserId, ...]: ...

    @property
    def note(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Passing:
    """A letter that did not get where it should, and what it is about."""

    letter: Letter
    case: Anomaly
    order: Order
    scribe: Scribe
    siblings: Collection[Letter]
    """All that was sent in place of the same letter, and that one."""

    @property
    def tried(self) -> set[str]:
        """Who was tried already, or holds it."""
        return {reader for letter in self.siblings for reader in letter.readers}


async def pass_on(letter: Letter, receipt: Undelivered, work: Work, world: World, now: datetime) -> None:
    """Some could not be given the letter, or the group it went to: somebody else gets it, each person once.

    While one of its readers holds it, nobody else needs to.
    """
    passing = await _passing(letter, work, Scribe(world, now))
    if passing is None:
        return
    if letter.medium in INTO_GROUPS:
        _instead_of_group(passing, receipt.note)
    else:
        await _instead_of(passing, receipt.unreached, work)
    await passing.scribe.flush(work)


async def pass_on_lost(letter: Letter, work: Work, world: World, now: datetime) -> None:
    """An alert that none of its readers will get goes to others; a lost digest's alerts go one by one."""
    if not letter.is_lost or letter.kind not in _ALERTING:
        return
    folded = letter.kind is LetterKind.OVERFLOW
    alerts = await work.outbox.folded_into([letter.id]) if folded else [letter]
    for alert in alerts:
        lost = _Lost(unreached=tuple(map(UserId, alert.readers)), note=letter.note)
        await pass_on(alert, lost, work, world, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lost:
    """None of them got it."""

    unreached: tuple[UserId, ...]
    note: str


async def _passing(letter: Letter, work: Work, scribe: Scribe) -> _Passing | None:
    """None for what nobody else has to read, or need not any more."""
    found = await case_of(letter, work)
    if found is None or not _matters(letter, found[0]):
        return None
    case, order = found
    origin = origin_of(letter)
    siblings = [other for other in await work.outbox.of_case(case.id) if origin_of(other) == origin]
    return _Passing(letter=letter, case=case, order=order, scribe=scribe, siblings=siblings)


def _matters(letter: Letter, case: Anomaly) -> bool:
    match letter.kind:
        case LetterKind.CASE_CARD:
            return case.closed_at is None
        case LetterKind.INCIDENT_CARD:
            return True
        case LetterKind.TASK_CARD:
            return case.ended_at is None
        case LetterKind.LINE:
            return case.closed_at is None and letter.content.get("say") in FOR_WHOEVER_CAN
        case _:
            return False


# --- a member ----------------------------------------------------------------------


async def _instead_of(passing: _Passing, unreached: Collection[UserId], work: Work) -> None:
    holders = [reader for reader in passing.letter.readers if reader not in unreached]
    others = [
        one for one in passing.siblings if one.state is DeliveryState.SENT and one.id != passing.letter.id
    ]
    heirs = holders or [reader for other in others for reader in other.readers]
    if not heirs:
        heir = _next(passing)
        heirs = [heir] if heir is not None else []
        if heir is None:
            _tell_that_nobody_is_left(passing, unreached)
        else:
            _send_instead(passing, [heir])
            await _hand_over(passing, heir, unreached, work)
    if passing.letter.medium is Medium.SINGLE:
        _ask_to_greet(passing, unreached)
    _note(passing, SHARED_BY.join(unreached), heirs)


def _next(passing: _Passing) -> UserId | None:
    """The next who could do it and was not tried yet."""
    team, shop = passing.scribe.world.team(passing.case), passing.case.order.shop
    able = team.standby(_role(passing.letter), shop, passing.scribe.now)
    return next((userid for userid in able if userid not in passing.tried), None)


def _role(letter: Letter) -> Role:
    why = letter.content.get("why")
    if why in _ROLES_BY_REASON:
        return _ROLES_BY_REASON[why]
    return _ROLES.get(letter.content.get("action", ""), Role.AGENT)


async def _hand_over(passing: _Passing, heir: UserId, unreached: Collection[UserId], work: Work) -> None:
    """What the letter gave to its reader is the heir's: a task, or the whole case."""
    letter, case, scribe = passing.letter, passing.case, passing.scribe
    if letter.kind is LetterKind.TASK_CARD:
        await work.tasks.pass_on(case.id, TaskKind(letter.content["action"]), unreached, heir)
    given = letter.content.get("why") == PushReason.HANDED_OVER
    if given and case.owner in unreached:
        moved = replace(give(case, heir, scribe.now), version=case.version + 1)
        scribe.change(case, moved, passing.order)
        key = f"hand_over:{moved.version}"
        scribe.tell_group(case, passing.order, key, say=Say.HANDED_OVER, to=heir, previous=case.owner or "")


def _tell_that_nobody_is_left(passing: _Passing, unreached: Iterable[str]) -> None:
    case, scribe = passing.case, passing.scribe
    log.error("letter.nobody_reached", letter=passing.letter.id, case=case.id, tried=sorted(passing.tried))
    key = f"nobody:{origin_of(passing.letter)}"
    scribe.tell_group(case, passing.order, key, say=Say.NOBODY_REACHED, who=SHARED_BY.join(unreached))


def _ask_to_greet(passing: _Passing, unreached: Iterable[UserId]) -> None:
    """The bot may write to a member who has spoken to it: the group is told, once a day for each."""
    scribe = passing.scribe
    group, roster = scribe.group_of(passing.case, passing.order), scribe.world.directory.roster
    for userid in unreached:
        text = notices.greet_the_bot(roster.name(userid))
        scribe.remind_group(group, f"greet:{userid}:{_today(scribe)}", text)


# --- a group -----------------------------------------------------------------------


def _instead_of_group(passing: _Passing, why: str) -> None:
    """The agents on duty get it in person, unless they have it anyway; the lead hears once a day what to do."""
    letter, scribe = passing.letter, passing.scribe
    team = scribe.world.team(passing.case)
    agents = team.agents(passing.case.order.shop, scribe.now)
    have_it = letter.medium is Medium.WEBHOOK and letter.kind is LetterKind.CASE_CARD
    if not have_it:
        _send_instead(passing, scribe.world.surfaces.addressed(agents))
    name = _name_of_group(letter, scribe)
    lead = team.lead(passing.case.order.shop, scribe.now)
    if lead is not None:
        said = (
            notices.greet_in_group(name) if letter.medium is Medium.GROUP else notices.webhook_gone(name, why)
        )
        scribe.tell_member(lead, f"greet:{letter.to}:{_today(scribe)}", text=said)
    _note(passing, f"group:{name}", agents)


def _name_of_group(letter: Letter, scribe: Scribe) -> str:
    if letter.medium is Medium.WEBHOOK:
        return group_addressed(letter.to)
    return scribe.world.directory.roster.group_of(letter.to) or DEFAULT_GROUP


# --- both --------------------------------------------------------------------------


def _send_instead(passing: _Passing, whom: Iterable[str]) -> None:
    """The same letter to others, who are found by what it goes in place of (`outbox.origin_of`)."""
    letter, scribe, origin = passing.letter, passing.scribe, origin_of(passing.letter)
    for to in whom:
        scribe.add(
            passing.case,
            key=f"{origin}:instead:{to}",
            kind=letter.kind,
            medium=scribe.world.surfaces.to_members,
            to=to,
            priority=letter.priority,
            content={**letter.content, "instead_of": origin},
        )


def _note(passing: _Passing, unreached: str, heirs: Collection[str]) -> None:
    letter, case = passing.letter, passing.case
    log.warning("letter.passed_on", letter=letter.id, case=case.id, unreached=unreached, to=[*heirs])
    entry = Entry(
        case=case.id,
        order=case.order,
        at=passing.scribe.now,
        what=What.PASSED_ON,
        key=f"{What.PASSED_ON}:{letter.id}",
        detail={"detail": f"{unreached}>{SHARED_BY.join(heirs)}"},
    )
    passing.scribe.history.append(entry)


def _today(scribe: Scribe) -> str:
    calendar = scribe.world.directory.rules.current.calendar
    return calendar.local(scribe.now).date().isoformat()
