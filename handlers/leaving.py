"""When something leaves: what goes now, and in which words?"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from handlers.feedwords import feed_words
from handlers.incident_lines import line_words
from handlers.incident_words import incident_words, is_of_incident
from handlers.inquiries import question
from handlers.messages import LetterId
from handlers.outbox import NOT_NEEDED, Letter, LetterKind, Medium, card_of, content_of, draft_of
from handlers.outcomes import answer_in_person, tell_not_delivered
from handlers.overflow import Told, fold, narrowed, overflow_words, told_by
from handlers.passing import pass_on_lost
from handlers.ports import Work
from handlers.records import ShownCard
from handlers.scribe import Scribe
from handlers.situations import Dossier, dossiers_of, dossiers_of_new, situation_of
from handlers.wording import Words, digest_words, words_for
from handlers.world import World
from replies import names
from replies.cards import Picture
from replies.guard import objections
from rules.anomalies import AnomalyId
from rules.contact import Because
from rules.delivery import FINAL, DeliveryState

LEASE = timedelta(seconds=60)
HELD = timedelta(milliseconds=50)
"""The order is being worked on; ask again in a moment."""

log = structlog.get_logger("leaving")


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What can be carried at this moment."""

    media: Collection[Medium]
    limit: int
    """How many letters."""


NO_ROOM = Room(media=frozenset(), limit=0)


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
            await answer_in_person(letter, work, world, now)
        if letter.kind is LetterKind.CUSTOMER:
            await tell_not_delivered(letter, letter.note, work, world, now)
        await pass_on_lost(letter, work, world, now)
    written = (replace(letter, version=letter.version + 1) for letter in after)
    come = len(taken.letters) + len(taken.overflow)
    return come, [letter for letter in written if letter.state is DeliveryState.SENDING]


async def set_out(work: Work, scribe: Scribe, room: Room) -> list[Letter]:
    """Letters about cases that `scribe` has opened which go at once, as if they had been written and taken.

    All that their words are made of is at hand, but for those of an incident, whose other cases are in the database
    alone. What cannot go now, or cannot be worded, is left as it is.
    """
    now = scribe.now
    new = [
        letter
        for letter in scribe.letters
        if letter.case in scribe.opened
        and letter.medium in room.media
        and letter.due_at <= now
        and not is_of_incident(letter)
    ]
    taken = await work.outbox.set_out(new, now, now + LEASE, room.limit)
    theirs = {letter.case for letter in taken}
    cases = {case.id: (case, scribe.opened[case.id]) for case in scribe.cases if case.id in theirs}
    dossiers = await dossiers_of_new(work, scribe.world, cases, scribe.letters, scribe.tasks.values(), now)
    worded = await _worded(taken, dossiers, {}, work, scribe.world, now)
    going = {key: letter for key, letter in worded.items() if letter.state is DeliveryState.SENDING}
    scribe.letters = [going.get(letter.id, letter) for letter in scribe.letters]
    return [*going.values()]


# --- its words -------------------------------------------------------------------


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
            if is_of_incident(letter):
                after[letter.id] = await _of_incident(letter, work, world, now)
                continue
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


async def _of_incident(letter: Letter, work: Work, world: World, now: datetime) -> Letter:
    """A letter about an incident, with its bytes; what its card stands for is kept with the card."""
    words = await incident_words(letter, work, world, now)
    if words is None:
        return _aside(letter, now, NOT_NEEDED)
    if words.card is not None:
        await work.incident_cards.put(words.card)
    version = words.card.version if words.card else 1
    return replace(letter, payload=world.wire.compose(letter, words.said, version))


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
    if letter.kind is LetterKind.LINE and "incident" in letter.content:
        return await line_words(letter, work, world, now)
    if letter.kind is LetterKind.DIGEST:
        return await digest_words(letter, work, world, now)
    if letter.kind is LetterKind.PICTURE:
        picture = await work.reports.picture(letter.content["report"])
        return None if picture is None else Words(said=Picture(png=picture))
    if letter.kind is LetterKind.FEED_CARD:
        return Words(said=feed_words(letter, world, now))
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
    own = "edited_from" in letter.content
    against = objections(draft_of(letter.content).claims, situation, own_words=own)
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
    nobody_taps = isinstance(words.said, str | Picture) or letter.medium is Medium.WEBHOOK
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
