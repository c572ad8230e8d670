"""When something leaves: take it, word it, and deal with what came of it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from handlers.inquiries import Answered, answered, begin_inquiry, end_overdue, question
from handlers.messages import LetterId
from handlers.outbox import NOT_NEEDED, Letter, LetterKind, Medium, card_of, content_of, draft_of
from handlers.outcomes import note_bounced, note_reached, tell_not_delivered
from handlers.overflow import Told, fold, narrowed, overflow_words, told_by
from handlers.passing import pass_on, pass_on_lost
from handlers.ports import Work
from handlers.records import ShownCard
from handlers.scribe import Scribe
from handlers.situations import Dossier, dossiers_of, dossiers_of_new, situation_of
from handlers.wording import Words, digest_words, words_for
from handlers.world import World
from replies import names, notices
from replies.guard import objections
from rules.anomalies import AnomalyId
from rules.contact import Because
from rules.delivery import FINAL, TRANSITIONS, DeliveryState, Outcome, after_attempt
from rules.events import UserId
from rules.inquiry import GRACE, LIMIT, Found

LEASE = timedelta(seconds=60)
CODE_LIFE = timedelta(hours=72)
"""How long a member card can be changed (page 94888)."""
HELD = timedelta(milliseconds=50)
"""The order is being worked on; ask again in a moment."""

log = structlog.get_logger("delivery")


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What can be carried at this moment."""

    media: Collection[Medium]
    limit: int
    """How many letters."""


NO_ROOM = Room(media=frozenset(), limit=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What an attempt came to."""

    outcome: Outcome
    note: str = ""
    retry_after: timedelta | None = None
    response_code: str | None = None
    """The right to change the card once."""
    remote_id: str | None = None
    """What the other side calls it from now on."""
    found: Found | None = None
    """What the answer to an inquiry says."""
    shut: Because | None = None
    """Why nothing else would reach this customer by that way either."""
    unreached: tuple[UserId, ...] = ()
    """Those of the readers who cannot be reached this way, though others were."""


Attempt = tuple[Letter, Receipt]
"""A letter as it was sent, and what came of it."""


async def take_letters(
    work: Work, world: World, media: Collection[Medium], limit: int
) -> tuple[int, list[Letter]]:
    """How many letters have come to their turn, and those of them to send now: the others have nothing to say any more.

    They are SENDING, worded, their bytes frozen. All of it is committed before any call.
    """
    now = world.now()
    taken = await work.outbox.take(media, now, now + LEASE, limit)
    folded = await fold(work, world, taken, now)
    told = await told_by(work, filter(_is_unworded, taken.letters))
    unworded = [narrowed(letter, told) for letter in taken.letters if _is_unworded(letter)]
    about = {letter.case for letter in unworded if _is_ours(letter) and letter.case}
    named = {case.id for one in told.values() for case in one.top}
    dossiers = await dossiers_of(work, world, about | named, now)
    worded = await _worded(unworded, dossiers, told, work, world, now)
    after = [worded.get(letter.id, letter) for letter in taken.letters]
    await work.outbox.update(*after)
    ended = [letter for letter in after if letter.state in FINAL]
    await work.outbox.release({letter.case for letter in (*ended, *folded) if letter.case is not None}, now)
    for letter in ended:
        if letter.id not in worded:
            await _answer_in_person(letter, work, world, now)
        if letter.kind is LetterKind.CUSTOMER:
            await tell_not_delivered(letter, letter.note, work, world, now)
        await pass_on_lost(letter, work, world, now)
    written = (replace(letter, version=letter.version + 1) for letter in after)
    come = len(taken.letters) + len(taken.overflow)
    return come, [letter for letter in written if letter.state is DeliveryState.SENDING]


async def set_out(work: Work, scribe: Scribe, room: Room) -> list[Letter]:
    """Letters about cases that `scribe` has opened which go at once, as if they had been written and taken.

    All that their words are made of is at hand. What cannot go now, or cannot be worded, is left as it is.
    """
    now = scribe.now
    new = [
        letter
        for letter in scribe.letters
        if letter.case in scribe.opened and letter.medium in room.media and letter.due_at <= now
    ]
    taken = await work.outbox.set_out(new, now, now + LEASE, room.limit)
    theirs = {letter.case for letter in taken}
    cases = {case.id: (case, scribe.opened[case.id]) for case in scribe.cases if case.id in theirs}
    dossiers = await dossiers_of_new(work, scribe.world, cases, scribe.letters, scribe.tasks, now)
    worded = await _worded(taken, dossiers, {}, work, scribe.world, now)
    going = {key: letter for key, letter in worded.items() if letter.state is DeliveryState.SENDING}
    scribe.letters = [going.get(letter.id, letter) for letter in scribe.letters]
    return [*going.values()]


async def settle(work: Work, world: World, attempts: Sequence[Attempt]) -> None:
    """Write down what came of attempts, and what follows; not of one that is late or that somebody took over.

    A letter that was SENT may still BOUNCE: the customer counts as reached no longer.
    """
    now = world.now()
    await work.orders.lock({letter.order for letter, _ in attempts if letter.order is not None})
    for letter, receipt in attempts:
        if letter.kind is LetterKind.INQUIRY:
            await answered(letter, _answer(receipt, now), work, world, now)
    attempts = [attempt for attempt in attempts if attempt[0].kind is not LetterKind.INQUIRY]
    after = [(_after(letter, receipt, world, now), receipt) for letter, receipt in attempts]
    possible = [
        (letter, receipt)
        for (letter, receipt), (before, _) in zip(after, attempts, strict=True)
        if letter.state in TRANSITIONS[before.state]
    ]
    written = await work.outbox.update(*(letter for letter, _ in possible))
    final = [
        (letter, receipt) for letter, receipt in possible if letter.id in written and letter.state in FINAL
    ]
    await work.outbox.release({letter.case for letter, _ in final if letter.case is not None}, now)
    await _keep_codes(final, work, now)
    again = {
        letter.medium for letter, _ in final if letter.state is DeliveryState.SENT and letter.attempts > 1
    }
    if again:
        await work.outbox.hurry_urgent(
            again, now
        )  # that way is open again, and P1 is not to wait for its turn
    for letter, receipt in final:
        await _follow_up(letter, receipt, work, world, now)
    for letter, _ in possible:
        if letter.id in written and letter.state is DeliveryState.PENDING:
            await begin_inquiry(letter, work, world, now)
    for letter, receipt in _undelivered(attempts, written):
        await pass_on(letter, receipt, work, world, now)
    for letter, receipt in final:
        if letter.kind is LetterKind.OVERFLOW or not receipt.unreached:
            await pass_on_lost(letter, work, world, now)


def _undelivered(attempts: Iterable[Attempt], written: Collection[LetterId]) -> Iterator[Attempt]:
    """The letters that somebody could not be given, each once: what nobody greeted is asked again every minute."""
    for letter, receipt in attempts:
        said_before = receipt.outcome is Outcome.UNGREETED and letter.note == receipt.note
        closed = receipt.outcome is Outcome.UNGREETED and not said_before
        gone = receipt.outcome is Outcome.REFUSED and letter.medium is Medium.WEBHOOK
        if letter.id in written and (closed or gone or (receipt.unreached and not said_before)):
            yield letter, receipt


_UNASKED = frozenset({Outcome.BUSY, Outcome.HELD})


def _answer(receipt: Receipt, now: datetime) -> Answered:
    return Answered(
        found=receipt.found or (Found.UNASKED if receipt.outcome in _UNASKED else Found.NOTHING),
        not_before=now + (receipt.retry_after or timedelta()),
        remote_id=receipt.remote_id,
    )


def _after(letter: Letter, receipt: Receipt, world: World, now: datetime) -> Letter:
    """The letter as it is after an attempt."""
    verdict = after_attempt(
        receipt.outcome,
        letter.promise,
        attempts=letter.attempts,
        now=now,
        jitter=world.jitter(),
        retry_after=receipt.retry_after,
        unclear_before=letter.unclear,
    )
    if receipt.outcome is Outcome.HELD:
        return _held(letter, verdict.due_at)
    return replace(
        letter,
        state=verdict.state,
        due_at=verdict.due_at or letter.due_at,
        done_at=(letter.done_at or now) if verdict.state in FINAL else None,
        expires_at=now + LIMIT + GRACE if verdict.state is DeliveryState.PENDING else letter.expires_at,
        lease_until=None,
        note=receipt.note,
        payload=None
        if receipt.outcome is Outcome.UNGREETED
        else letter.payload,  # it has not arrived, and may change
        unclear=letter.unclear or receipt.outcome is Outcome.UNCLEAR,
        remote_id=receipt.remote_id or letter.remote_id,
    )


def _held(letter: Letter, due_at: datetime | None) -> Letter:
    """As if it had not been taken: it costs no attempt, and what nobody has seen is worded anew."""
    unseen = letter.attempts == 1
    return replace(
        letter,
        state=DeliveryState.READY,
        due_at=due_at or letter.due_at,
        attempts=letter.attempts - 1,
        attempted_at=None if unseen else letter.attempted_at,
        payload=None if unseen else letter.payload,
        lease_until=None,
    )


async def hand_back(work: Work, letter: Letter) -> None:
    """A letter that was taken and not carried is as if nobody had taken it."""
    await work.outbox.update(
        replace(letter, state=DeliveryState.READY, attempts=letter.attempts - 1, lease_until=None)
    )


async def recover(work: Work, world: World, before: datetime) -> int:
    """Letters whose sender is gone: what came of their attempt is unclear. How many there were.

    Of messages that employees were to send on, those whose time has passed end as well.
    """
    abandoned = await work.outbox.abandoned(before)
    interrupted = Receipt(outcome=Outcome.UNCLEAR, note="the sender was interrupted")
    await settle(work, world, [(letter, interrupted) for letter in abandoned])
    await end_overdue(work, world, world.now())
    return len(abandoned)


# --- before it goes ------------------------------------------------------------


def _is_unworded(letter: Letter) -> bool:
    """Whether its bytes are still to be found. To a customer they go again only to learn whether they had arrived."""
    if letter.state is not DeliveryState.SENDING:
        return False
    return letter.payload is None or (letter.kind is LetterKind.CUSTOMER and not letter.unclear)


def _is_ours(letter: Letter) -> bool:
    """Whether it speaks to the team."""
    return letter.kind not in {LetterKind.CUSTOMER, LetterKind.INQUIRY}


async def _worded(
    letters: Sequence[Letter],
    dossiers: Mapping[AnomalyId, Dossier],
    told: Mapping[LetterId, Told],
    work: Work,
    world: World,
    now: datetime,
) -> dict[LetterId, Letter]:
    """The letters with their bytes; put aside if there is nothing to say any more, it is not true, or spoilt."""
    ours = [letter for letter in letters if _is_ours(letter)]
    cards = await work.cards.find_all({card_of(letter) for letter in ours if not _is_new(letter)})
    after: dict[LetterId, Letter] = {}
    shown: dict[LetterId, ShownCard] = {}
    for letter in ours:
        try:
            words = await _words(letter, dossiers, told, work, world, now)
            card = None if words is None else _card_for(letter, words, cards.get(card_of(letter)))
            after[letter.id] = _with_bytes(letter, words, card, world, now)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            log.exception("letter.spoilt", letter=letter.id, kind=letter.kind)
            after[letter.id] = _aside(letter, now, f"spoilt: {type(error).__name__}")
        else:
            if card is not None:
                cards[card.id] = shown[card.id] = card
    await work.cards.put(*shown.values())
    for letter in letters:
        if letter.kind is LetterKind.CUSTOMER:
            after[letter.id] = await _checked_customer(letter, work, world, now)
        elif letter.kind is LetterKind.INQUIRY:
            after[letter.id] = await question(letter, work, world, now)
    return after


def _is_new(letter: Letter) -> bool:
    """Whether it is a card that nobody can have yet."""
    return letter.attempts == 1 and card_of(letter) == letter.id


async def _words(
    letter: Letter,
    dossiers: Mapping[AnomalyId, Dossier],
    told: Mapping[LetterId, Told],
    work: Work,
    world: World,
    now: datetime,
) -> Words | None:
    if letter.kind is LetterKind.OVERFLOW and letter.case is None:
        return overflow_words(letter, told[letter.id], dossiers, world, now)
    if letter.kind is LetterKind.DIGEST:
        return await digest_words(letter, work, world, now)
    return words_for(letter, dossiers.get(letter.case) if letter.case else None, world, now)


def _with_bytes(
    letter: Letter, words: Words | None, card: ShownCard | None, world: World, now: datetime
) -> Letter:
    if words is None:
        return _aside(letter, now, NOT_NEEDED)
    return replace(letter, payload=world.wire.compose(letter, words.said, card.version if card else 1))


async def _checked_customer(letter: Letter, work: Work, world: World, now: datetime) -> Letter:
    """The agent saw these words; they go only while all they claim is true."""
    case = None if letter.case is None else await work.cases.find(letter.case)
    if case is None:
        return _aside(letter, now, "the case is unknown")
    locked = await work.orders.lock([case.order], skip_locked=True)
    if case.order not in locked:
        return replace(letter, state=DeliveryState.READY, due_at=now + HELD, attempts=letter.attempts - 1)
    case = await work.cases.find(case.id) or case
    situation = await situation_of(work, world, case, locked[case.order], now)
    against = objections(draft_of(letter.content).claims, situation)
    if against:
        return _aside(letter, now, "；".join(objection.news for objection in against))
    shut = await _why_shut(letter, work, now)
    if shut is not None:
        return _aside(letter, now, names.BECAUSE[shut])
    payload = world.wire.compose(letter, letter.content["text"], 1)
    return replace(letter, payload=payload, remote_id=world.wire.remote_id(letter))


async def _why_shut(letter: Letter, work: Work, now: datetime) -> Because | None:
    """Why 微信客服 may not take this one more message. It is asked while the letter has its addressee's turn."""
    if letter.medium is not Medium.KF:
        return None
    window = await work.windows.find(letter.content["open_kfid"], letter.content["external_userid"])
    return None if window is None else window.shut(now)


def _aside(letter: Letter, now: datetime, note: str) -> Letter:
    return replace(letter, state=DeliveryState.FAILED, done_at=now, lease_until=None, note=note)


def _card_for(letter: Letter, words: Words, known: ShownCard | None) -> ShownCard | None:
    """What the card will show: that is what a tap on it means. A changed draft is a new version of it."""
    nobody_taps = isinstance(words.said, str) or letter.medium is Medium.WEBHOOK
    if nobody_taps or letter.case is None or letter.order is None:
        return None
    shown = content_of(words.draft) if words.draft else {}
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
    if letter.state is DeliveryState.FAILED:
        await _answer_in_person(letter, work, world, now)
    if letter.kind is LetterKind.CUSTOMER:
        if letter.state is DeliveryState.SENT:
            await note_reached(letter, work, world, now)
        else:
            await _note_shut(letter, receipt, work, now)
            await note_bounced(letter, work, world, now)
            await tell_not_delivered(letter, receipt.note, work, world, now)


async def _note_shut(letter: Letter, receipt: Receipt, work: Work, now: datetime) -> None:
    """The next card offers another way."""
    if letter.medium is Medium.KF and receipt.shut is not None:
        customer = letter.content["open_kfid"], letter.content["external_userid"]
        await work.windows.block(*customer, receipt.shut, now)


async def _answer_in_person(letter: Letter, work: Work, world: World, now: datetime) -> None:
    """The group's card did not change in time: whoever tapped it hears in person what came of it."""
    if letter.kind is not LetterKind.FACE or letter.medium is not Medium.REPLY or letter.order is None:
        return
    scribe = Scribe(world, now)
    text = notices.instead_of_the_card(letter.order.order_no, letter.content["note"])
    scribe.tell_member(UserId(letter.content["actor"]), f"{letter.id}:in_person", text=text)
    await scribe.flush(work)


async def _keep_codes(final: Sequence[Attempt], work: Work, now: datetime) -> None:
    """A card that was sent to a member may be changed once."""
    codes = {letter.id: receipt.response_code for letter, receipt in final if receipt.response_code}
    await work.cards.keep_codes(codes, now + CODE_LIFE)
