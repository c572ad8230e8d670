"""When a text has gone out: what does it promise, and what has kept it?

A row is written with the result that says that the customer has the text, and judged by events alone from then on.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from handlers.messages import Due, DueKind
from handlers.outbox import Letter, draft_of
from handlers.ports import Work
from handlers.records import Entry, What
from handlers.scribe import Scribe
from replies.timewords import clock
from rules.anomalies import Anomaly, was_told
from rules.calendar import Calendar
from rules.delivery import DeliveryState
from rules.events import Attribute, OrderEvent, OrderKey, UserId
from rules.orders import Order
from rules.promises import Promise, PromiseState, Slot, carried_by, judge, warn_at
from rules.stages import Priority

EDITED = "edited_from"
"""In the content of a letter whose words somebody has changed: what the draft said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A text that a customer has, or may have. `told` tells it apart from the others of its case."""

    case: Anomaly
    order: Order
    told: str
    content: Mapping[str, str]
    """As `outbox.content_of` writes it; empty where nobody knows what was said."""
    at: datetime
    agent: UserId | None
    unsure: bool = False


def of_letter(letter: Letter, case: Anomaly, order: Order, now: datetime) -> Telling:
    """The text that a letter carries, from when it went out; its result may come much later."""
    return Telling(
        case=case,
        order=order,
        told=letter.id,
        content=letter.content,
        at=letter.attempted_at or now,
        agent=letter.in_hands_of or case.sent_by,
        unsure=letter.state is DeliveryState.UNKNOWN,
    )


async def note_told(telling: Telling, scribe: Scribe, work: Work) -> None:
    """What the text promises is watched from now on; what was promised before, it speaks of."""
    order = telling.order.key
    present = (await work.promises.of([order])).get(order, [])
    known = {promise.slot: promise for promise in present if promise.told == telling.told}
    calendar = scribe.world.directory.rules.of(telling.case).calendar
    made = [
        replace(known[slot], unsure=telling.unsure)
        if slot in known
        else _promise(telling, slot, due_at, calendar)
        for slot, due_at in stated(telling.content, calendar.zone).items()
    ]
    if not telling.unsure:
        scribe.promises += [
            replace(one, followed_by=telling.told) for one in present if _is_followed_by(one, telling)
        ]
    scribe.promises += made
    if made:
        events = (await work.orders.events([order]))[order]
        for promise in made:
            watch(promise, scribe)
            settle_promise(promise, telling.order, events, scribe)


async def note_said(
    case: Anomaly, order: Order, content: Mapping[str, str], scribe: Scribe, work: Work
) -> None:
    """Somebody has spoken to the customer by hand; `content` is what they had before them to say, or empty."""
    telling = Telling(
        case=case,
        order=order,
        told=f"done:{case.version}",
        content=content,
        at=scribe.now,
        agent=UserId(scribe.by.actor),
    )
    await note_told(telling, scribe, work)


async def note_untold(letter: Letter, case: Anomaly, scribe: Scribe, work: Work) -> None:
    """The customer never got the text: it promises nothing, and what it spoke of waits for another one."""
    present = (await work.promises.of([case.order])).get(case.order, [])
    gone = [promise for promise in present if promise.told == letter.id]
    await work.promises.drop(gone)
    scribe.stopped += [(promise.order, DueKind.PROMISE, promise.ref) for promise in gone]
    for promise in present:
        if promise.followed_by == letter.id:
            scribe.promises.append(replace(promise, followed_by=None))


async def judge_all(
    orders: Iterable[Order], cases: Mapping[OrderKey, Sequence[Anomaly]], scribe: Scribe, work: Work
) -> None:
    """There is news of the orders: what does it keep? Only orders whose customers were written to are looked at."""
    told = {order.key: order for order in orders if any(map(was_told, cases[order.key]))}
    promises = await work.promises.of(told)
    events = await work.orders.events(promises) if promises else {}
    for key, theirs in promises.items():
        for promise in theirs:
            settle_promise(promise, told[key], events[key], scribe)


async def move_promises(absorbed: OrderKey, into: OrderKey, scribe: Scribe, work: Work) -> None:
    """What was promised about an order that turned out to be another one, is promised about that one."""
    for promise in (await work.promises.of([absorbed])).get(absorbed, []):
        scribe.stopped.append((absorbed, DueKind.PROMISE, promise.ref))
        watch(replace(promise, order=into), scribe)
    await work.promises.move(absorbed, into)


def settle_promise(promise: Promise, order: Order, events: Collection[OrderEvent], scribe: Scribe) -> Promise:
    """The promise in the light of the events, written down where that changes it."""
    after = judge(promise, order, events)
    if after == promise:
        return promise
    scribe.promises.append(after)
    if after.state is PromiseState.KEPT:
        note_promise(What.PROMISE_KEPT, after, scribe)
    watch(after, scribe)
    return after


def stated(content: Mapping[str, str], zone: tzinfo) -> Mapping[Slot, datetime]:
    """What a text promises; of one that somebody has edited, only the times that still stand in it."""
    if "claims" not in content:
        return {}
    promises = draft_of(content).promises
    if EDITED not in content:
        return promises
    return {slot: at for slot, at in promises.items() if clock(at, zone) in content["text"]}


def watch(promise: Promise, scribe: Scribe) -> None:
    """Set its timer, or stop it."""
    at = promise.rings_at
    if at is None:
        scribe.stopped.append((promise.order, DueKind.PROMISE, promise.ref))
    else:
        scribe.dues.append(Due(order=promise.order, kind=DueKind.PROMISE, ref=promise.ref, at=at))


def note_promise(what: What, promise: Promise, scribe: Scribe) -> None:
    """A line of the timeline of the case, once for each promise."""
    detail = {"detail": f"{promise.slot} {promise.due_at.isoformat()}"}
    key = f"{what}:{promise.told}:{promise.slot}"
    entry = Entry(case=promise.case, order=promise.order, at=scribe.now, what=what, key=key, detail=detail)
    scribe.history.append(entry)


def _promise(telling: Telling, slot: Slot, due_at: datetime, calendar: Calendar) -> Promise:
    case, order = telling.case, telling.order
    return Promise(
        order=order.key,
        case=case.id,
        told=telling.told,
        slot=slot,
        stage=case.stage,
        parcel=case.parcel,
        template=telling.content["template"],
        template_version=telling.content["template_version"],
        carrier=carried_by(order, case.stage, case.parcel),
        warehouse=order.text(Attribute.WAREHOUSE),
        agent=telling.agent,
        promised_at=telling.at,
        warn_at=warn_at(telling.at, due_at, calendar, urgent=case.priority is Priority.P1),
        due_at=due_at,
        unsure=telling.unsure,
    )


def _is_followed_by(promise: Promise, telling: Telling) -> bool:
    """Whether a later text of the same case speaks to the customer instead of the one that promised."""
    theirs = promise.case == telling.case.id and promise.told != telling.told
    return (
        theirs
        and promise.kept_at is None
        and promise.followed_by is None
        and promise.promised_at <= telling.at
    )
