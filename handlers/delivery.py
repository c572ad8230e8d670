"""When something leaves: take it, word it, and deal with what came of it."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from handlers.outbox import NOT_NEEDED, Letter, LetterKind, Medium, Say, card_of, content_of, draft_of
from handlers.ports import Work
from handlers.records import Entry, ShownCard, What
from handlers.scribe import Scribe
from handlers.situations import situation_of
from handlers.wording import Words, words_for
from handlers.world import World
from replies import notices
from replies.guard import objections
from rules.anomalies import bounce, reach
from rules.delivery import FINAL, TRANSITIONS, DeliveryState, Outcome, after_attempt
from rules.events import UserId

LEASE = timedelta(seconds=60)
CODE_LIFE = timedelta(hours=72)
"""How long a member card can be changed (page 94888)."""
HELD = timedelta(milliseconds=50)
"""The order is being worked on; ask again in a moment."""

log = structlog.get_logger("delivery")


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What an attempt came to."""

    outcome: Outcome
    note: str = ""
    retry_after: timedelta | None = None
    response_code: str | None = None
    """The right to change the card once."""


async def take_letters(work: Work, world: World, media: Collection[Medium], limit: int) -> list[Letter]:
    """Letters to send now: SENDING, worded, their bytes frozen. All of it is committed before any call."""
    now = world.now()
    ready: list[Letter] = []
    for letter in await work.outbox.take(media, now, now + LEASE, limit):
        if letter.state is DeliveryState.FAILED:
            await _answer_in_person(letter, work, world, now)
            continue
        worded = letter if _is_settled(letter) else await _word(letter, work, world, now)
        if worded.state is DeliveryState.SENDING:
            ready.append(worded)
    return ready


async def settle(work: Work, world: World, letter: Letter, receipt: Receipt) -> None:
    """Write down what came of an attempt, and what follows. Nothing, if it is late or somebody has taken over.

    A letter that was SENT may still BOUNCE: the customer counts as reached no longer.
    """
    now = world.now()
    if letter.order is not None:
        await work.orders.lock([letter.order])
    verdict = after_attempt(
        receipt.outcome,
        letter.promise,
        attempts=letter.attempts,
        now=now,
        jitter=world.jitter(),
        retry_after=receipt.retry_after,
        unclear_before=letter.unclear,
    )
    if verdict.state not in TRANSITIONS[letter.state]:
        return
    after = replace(
        letter,
        state=verdict.state,
        due_at=verdict.due_at or letter.due_at,
        done_at=(letter.done_at or now) if verdict.state in FINAL else None,
        lease_until=None,
        note=receipt.note,
        unclear=letter.unclear or receipt.outcome is Outcome.UNCLEAR,
    )
    if await work.outbox.update(after) and after.state in FINAL:
        await _follow_up(after, receipt, work, world, now)


async def hand_back(work: Work, letter: Letter) -> None:
    """A letter that was taken and not carried is as if nobody had taken it."""
    await work.outbox.update(
        replace(letter, state=DeliveryState.READY, attempts=letter.attempts - 1, lease_until=None)
    )


async def recover(work: Work, world: World, before: datetime) -> int:
    """Letters whose sender is gone: what came of their attempt is unclear. How many there were."""
    abandoned = await work.outbox.abandoned(before)
    for letter in abandoned:
        await settle(work, world, letter, Receipt(outcome=Outcome.UNCLEAR, note="the sender was interrupted"))
    return len(abandoned)


# --- before it goes ------------------------------------------------------------


def _is_settled(letter: Letter) -> bool:
    """Frozen bytes go again as they are; to a customer only to learn whether they had arrived."""
    return letter.payload is not None and (letter.kind is not LetterKind.CUSTOMER or letter.unclear)


async def _word(letter: Letter, work: Work, world: World, now: datetime) -> Letter:
    """The letter with its bytes, or put aside: nothing to say any more, no longer true, or spoilt."""
    if letter.kind is LetterKind.CUSTOMER:
        return await _check_customer(letter, work, world, now)
    try:
        words = await words_for(letter, work, world, now)
        card = None if words is None else await _card_for(letter, words, work)
        payload = (
            None if words is None else world.wire.compose(letter, words.said, card.version if card else 1)
        )
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        log.exception("letter.spoilt", letter=letter.id, kind=letter.kind)
        return await _put_aside(letter, work, now, f"spoilt: {type(error).__name__}")
    if payload is None:
        return await _put_aside(letter, work, now, NOT_NEEDED)
    if card is not None:
        await work.cards.put(card)
    return await _frozen(letter, payload, work)


async def _check_customer(letter: Letter, work: Work, world: World, now: datetime) -> Letter:
    """The agent saw these words; they go only while all they claim is true."""
    case = None if letter.case is None else await work.cases.find(letter.case)
    if case is None:
        return await _put_aside(letter, work, now, "the case is unknown")
    locked = await work.orders.lock([case.order], skip_locked=True)
    if case.order not in locked:
        waiting = replace(letter, state=DeliveryState.READY, due_at=now + HELD, attempts=letter.attempts - 1)
        await work.outbox.update(waiting)
        return waiting
    case = await work.cases.find(case.id) or case
    situation = await situation_of(work, world, case, locked[case.order], now)
    against = objections(draft_of(letter.content).claims, situation)
    if against:
        reason = "；".join(objection.news for objection in against)
        aside = await _put_aside(letter, work, now, reason)
        await _tell_not_delivered(aside, reason, work, world, now)
        return aside
    return await _frozen(letter, world.wire.compose(letter, letter.content["text"], 1), work)


async def _frozen(letter: Letter, payload: bytes, work: Work) -> Letter:
    frozen = replace(letter, payload=payload)
    await work.outbox.update(frozen)
    return replace(frozen, version=letter.version + 1)


async def _put_aside(letter: Letter, work: Work, now: datetime, note: str) -> Letter:
    aside = replace(letter, state=DeliveryState.FAILED, done_at=now, lease_until=None, note=note)
    await work.outbox.update(aside)
    if letter.case is not None:
        await work.outbox.release(letter.case, now)
    return aside


async def _card_for(letter: Letter, words: Words, work: Work) -> ShownCard | None:
    """What the card will show: that is what a tap on it means. A changed draft is a new version of it."""
    if isinstance(words.said, str) or letter.case is None or letter.order is None:
        return None
    shown = content_of(words.draft) if words.draft else {}
    known = await work.cards.find(card_of(letter))
    if known is None:
        return ShownCard(
            id=letter.id,
            case=letter.case,
            order=letter.order,
            medium=letter.medium,
            to=letter.to,
            content=shown,
        )
    if letter.kind is LetterKind.REFRESH:
        known = replace(known, response_code=None)
    changed = bool(shown) and shown != known.content
    return replace(known, content=shown, version=known.version + 1) if changed else known


# --- after it went ---------------------------------------------------------------


async def _follow_up(letter: Letter, receipt: Receipt, work: Work, world: World, now: datetime) -> None:
    if letter.case is not None:
        await work.outbox.release(letter.case, now)
    if receipt.response_code:
        await _keep_code(letter, receipt.response_code, work, now)
    if letter.state is DeliveryState.FAILED:
        await _answer_in_person(letter, work, world, now)
    if letter.kind is LetterKind.CUSTOMER:
        if letter.state is DeliveryState.SENT:
            await _note_reached(letter, work, world, now)
        else:
            await _note_bounced(letter, work, world, now)
            await _tell_not_delivered(letter, receipt.note, work, world, now)


async def _answer_in_person(letter: Letter, work: Work, world: World, now: datetime) -> None:
    """The group's card did not change in time: whoever tapped it hears in person what came of it."""
    if letter.kind is not LetterKind.FACE or letter.medium is not Medium.REPLY or letter.order is None:
        return
    scribe = Scribe(world, now)
    text = notices.instead_of_the_card(letter.order.order_no, letter.content["note"])
    scribe.tell_member(UserId(letter.content["actor"]), f"{letter.id}:in_person", text=text)
    await scribe.flush(work)


async def _keep_code(letter: Letter, code: str, work: Work, now: datetime) -> None:
    card = await work.cards.find(letter.id)
    if card is not None:
        await work.cards.put(replace(card, response_code=code, code_until=now + CODE_LIFE))


async def _note_reached(letter: Letter, work: Work, world: World, now: datetime) -> None:
    """The customer has it: the case is replied, and perhaps closed."""
    case = None if letter.case is None else await work.cases.find(letter.case)
    order = None if case is None else await work.orders.find(case.order)
    if case is not None and order is not None:
        scribe = Scribe(world, now)
        scribe.change(case, reach(case, case.sent_by, now), order)
        await scribe.flush(work)


async def _note_bounced(letter: Letter, work: Work, world: World, now: datetime) -> None:
    """What was thought to have arrived did not: the case is to be answered again."""
    case = None if letter.case is None else await work.cases.find(letter.case)
    order = None if case is None else await work.orders.find(case.order)
    if case is None or order is None or letter.done_at is None or letter.state is not DeliveryState.BOUNCED:
        return
    scribe = Scribe(world, now)
    scribe.change(case, bounce(case, letter.done_at, now), order)
    await scribe.flush(work)


async def _tell_not_delivered(letter: Letter, why: str, work: Work, world: World, now: datetime) -> None:
    """The agents hear of it in their group; where there is none, whoever sent it does."""
    case = None if letter.case is None else await work.cases.find(letter.case)
    order = None if case is None else await work.orders.find(case.order)
    if case is None or order is None:
        return
    scribe = Scribe(world, now)
    group, key = scribe.group_of(case, order), f"result:{letter.id}"
    told = scribe.tell_group(case, group, key, say=Say.SEND_RESULT, why=why)
    if case.sent_by is not None and not told:
        scribe.tell_member(case.sent_by, f"{case.id}:{key}", case, say=Say.SEND_RESULT, why=why)
    scribe.history.append(
        Entry(
            case=case.id,
            order=case.order,
            at=now,
            what=What.NOT_DELIVERED,
            key=f"{What.NOT_DELIVERED}:{letter.id}",
            detail={"state": letter.state.value, "why": why},
        )
    )
    await scribe.flush(work)
