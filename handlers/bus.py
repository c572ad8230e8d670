"""How does a message get to its handler? One transaction each; a failure is contained, and remembered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from msgspec.structs import replace

from handlers import clicks, commands, customers, incident_clicks, staffing
from handlers.approved import IncidentCard
from handlers.known import known_for
from handlers.leaving import NO_ROOM, Room, set_out
from handlers.messages import (
    CardClicked,
    ChatEntered,
    Due,
    Incoming,
    NewsAnnounced,
    StaffChanged,
    TextReceived,
    Unrecognised,
)
from handlers.outbox import Letter
from handlers.ports import Work
from handlers.records import What
from handlers.routes import COMMANDS, INCIDENT_TAPS, TAPS, WHEN_DUE
from handlers.scribe import Scribe
from handlers.storms import gather
from handlers.tapping import recognise
from handlers.trail import NOBODY, Doer, Way
from handlers.world import World
from replies.commands import COMMANDS as USAGES
from rules.anomalies import Anomaly, AnomalyId
from rules.instants import MILLISECOND
from rules.orders import Order

HELD = timedelta(milliseconds=20)
"""Somebody else is working on the order at this moment."""
SPOILT = timedelta(minutes=1)
"""Something is wrong with the order, or with us; it must not hold up the others."""

log = structlog.get_logger("bus")


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What was done about what was due."""

    taken: int = 0
    put_off: int = 0
    """Of these, what somebody else held at that moment."""
    lags: tuple[timedelta, ...] = ()
    """For each limit that was raised, how long it could have been known to be passed."""
    letters: tuple[Letter, ...] = ()
    """What is on its way from the commit on."""


async def on_due(work: Work, world: World, limit: int, room: Room = NO_ROOM) -> Round:
    """Handle up to `limit` things that are due, and take as many of the letters about new cases as there is room for."""
    now = world.now()
    dues = await work.dues.take(now, limit)
    if not dues:
        return Round()
    orders = await work.orders.lock({due.order for due in dues}, skip_locked=True)
    cases = await work.cases.of(orders)
    scribe = Scribe(world, now, known=await known_for(dues, orders, cases, work, world))
    for due in dues:
        if due.order in orders:
            cases[due.order] = _handle(due, orders[due.order], cases[due.order], scribe)
        else:
            scribe.dues.append(replace(due, at=now + HELD))
    await gather(work, scribe)
    letters = await set_out(work, scribe, room)
    await scribe.flush(work)
    return Round(
        taken=len(dues),
        put_off=sum(due.order not in orders for due in dues),
        lags=tuple(now - limit_at - MILLISECOND for limit_at in scribe.passed),
        letters=tuple(letters),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Dealt:
    """What came of a message."""

    what: str
    """Such as `tap.claim`, `command.order`, `text`."""
    case: AnomalyId | None
    """The case it was about, where it was about one."""
    outcome: str
    """`done`; why it had no effect (see `rules.actions.Why`); or `answered`, when nothing was to be done."""


async def on_incoming(work: Work, world: World, message: Incoming) -> Dealt:
    """Handle a tap, a text, or somebody coming in."""
    scribe = Scribe(world, world.now(), _doer(message))
    what = await _deal_with(message, work, scribe)
    await scribe.flush(work)
    case = next((entry.case for entry in (*scribe.history, *scribe.letters) if entry.case), None)
    return Dealt(what=what, case=case, outcome=_outcome(scribe))


def _doer(message: Incoming) -> Doer:
    """Who stands behind a message. What WeCom tells by itself is nobody's doing."""
    match message:
        case CardClicked():
            return Doer(actor=message.sender.userid, way=Way.CARD, card=message.card)
        case TextReceived():
            return Doer(actor=message.sender.userid, way=Way.COMMAND)
        case _:
            return NOBODY


async def _deal_with(message: Incoming, work: Work, scribe: Scribe) -> str:
    """Do it, if it can be done; what it was."""
    match message:
        case CardClicked():
            return await _tap(message, work, scribe)
        case TextReceived():
            received = await commands.receive(work, scribe, message)
            if received is None:
                return "text"
            name, command = received
            await COMMANDS[name](command)
            return f"command.{USAGES[name].alias}"
        case ChatEntered():
            await commands.greet(work, scribe, message)
            return "entered"
        case NewsAnnounced():
            await customers.announce(work, message, scribe.now)
            return "news"
        case StaffChanged():
            await staffing.note(work, scribe, message)
            return "staff"
        case Unrecognised():
            staffing.answer_unrecognised(scribe, message)
            return "unrecognised"


async def _tap(click: CardClicked, work: Work, scribe: Scribe) -> str:
    """Do what a button of a case's card, or of an incident's, stands for; what it was."""
    recognised = await recognise(work, scribe, click)
    if recognised is None:
        return "tap"
    if isinstance(recognised.card, IncidentCard):
        on_incident = await incident_clicks.take_up(recognised, recognised.card, work, scribe)
        if on_incident is None:
            return "tap"
        await INCIDENT_TAPS[recognised.tap](on_incident)
        return f"incident.{recognised.tap}"
    tapped = await clicks.take_up(recognised, recognised.card, work, scribe)
    if tapped is None:
        return "tap"
    await TAPS[tapped.tap](tapped)
    return f"tap.{tapped.tap}"


def _outcome(scribe: Scribe) -> str:
    refused = [entry.detail["why"] for entry in scribe.history if entry.what is What.REFUSED]
    return refused[0] if refused else "done" if scribe.history or scribe.approved else "answered"


def _handle(due: Due, order: Order, cases: Sequence[Anomaly], scribe: Scribe) -> list[Anomaly]:
    part = Scribe(scribe.world, scribe.now, known=scribe.known)
    try:
        after = WHEN_DUE[due.kind](due, order, cases, part)
    except Exception:
        log.exception("due.failed", order_no=order.key.order_no, kind=due.kind)
        scribe.dues.append(replace(due, at=scribe.now + SPOILT))
        return list(cases)
    scribe.absorb(part)
    return after
