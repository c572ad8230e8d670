"""When something was sent: what came of it, and what follows?"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from handlers.incident_words import is_of_incident
from handlers.inquiries import Answered, answered, begin_inquiry, end_overdue
from handlers.messages import LetterId
from handlers.outbox import Letter, LetterKind, Medium
from handlers.outcomes import answer_in_person, note_bounced, note_reached, tell_not_delivered
from handlers.passing import pass_on, pass_on_lost
from handlers.ports import Work
from handlers.world import World
from rules.contact import Because
from rules.delivery import FINAL, TRANSITIONS, DeliveryState, Outcome, after_attempt
from rules.events import UserId
from rules.inquiry import GRACE, LIMIT, Found

CODE_LIFE = timedelta(hours=72)
"""How long a member card can be changed (page 94888)."""


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
        letter.guarantee,
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


# --- what follows ---------------------------------------------------------------


async def _follow_up(letter: Letter, receipt: Receipt, work: Work, world: World, now: datetime) -> None:
    if letter.state is DeliveryState.FAILED:
        await answer_in_person(letter, work, world, now)
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


async def _keep_codes(final: Sequence[Attempt], work: Work, now: datetime) -> None:
    """A card that was sent to a member may be changed once."""
    codes = [(letter, receipt.response_code) for letter, receipt in final if receipt.response_code]
    of_incidents = {letter.id: code for letter, code in codes if is_of_incident(letter)}
    of_cases = {letter.id: code for letter, code in codes if letter.id not in of_incidents}
    await work.cards.keep_codes(of_cases, now + CODE_LIFE)
    await work.incident_cards.keep_codes(of_incidents, now + CODE_LIFE)
