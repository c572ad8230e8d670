"""What became of a message that an employee has to send on? Ask, and act on the answer.

One letter asks about one message, again and again; each answer is settled in one transaction with what follows.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from handlers.messages import LetterId
from handlers.outbox import CAPPED, NOT_NEEDED, WITHDRAWN, Letter, LetterKind, Medium, draft_of
from handlers.outcomes import note_reached, tell_not_delivered
from handlers.pen import GIVE_UP_AFTER
from handlers.ports import Work
from handlers.scribe import Scribe
from handlers.situations import case_of, situation_of
from handlers.world import World
from replies import names, notices
from replies.guard import objections
from replies.situation import Situation
from rules.delivery import CUSTOMER_TRIES, FINAL, TRANSITIONS, DeliveryState
from rules.events import UserId
from rules.inquiry import GRACE, LIMIT, STATES, Again, Ask, Ending, Found, Inquiry, begin, follow
from rules.instants import from_ms, to_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What was said to a question; `remote_id` is what the message is called over there."""

    found: Found
    not_before: datetime
    """When the next question may be asked at the earliest."""
    remote_id: str | None = None


# --- asking ----------------------------------------------------------------------


async def begin_inquiry(message: Letter, work: Work, world: World, now: datetime) -> None:
    """A message has been handed over, or perhaps was: from now on it is asked about."""
    scribe = Scribe(world, now)
    first = begin(now, unclear=message.unclear)
    case = None if message.case is None else await work.cases.find(message.case)
    scribe.add(
        case,
        key=f"inquiry:{message.id}:{message.attempts}",
        kind=LetterKind.INQUIRY,
        medium=message.medium,
        to=message.to,
        due_at=first.at,
        expires_at=now + LIMIT + 2 * GRACE,
        content={"about": message.id, **_content(first.inquiry)},
    )
    await scribe.flush(work)
    if not message.unclear:
        await _tell_employee(message, work, world, now)


async def question(letter: Letter, work: Work, world: World, now: datetime) -> Letter:
    """The question as it is asked now, with its bytes; put aside when there is nothing left to ask about."""
    message = await work.outbox.find(LetterId(letter.content["about"]))
    if message is None or message.state is not DeliveryState.PENDING:
        return replace(letter, state=DeliveryState.FAILED, done_at=now, lease_until=None, note=NOT_NEEDED)
    inquiry = await _with_truth(_inquiry_of(letter), message, work, world, now)
    content = {
        "about": message.id,
        **_content(inquiry),
        "remote_id": message.remote_id or "",
        "employee": message.content["employee"],
        "external_userid": message.content["external_userid"],
        "words": message.content["text"],
        "others": " ".join(await _other_tasks(message, work)),
        "attempted_at": str(to_ms(message.attempted_at or now)),
    }
    asked = replace(letter, content=content)
    return replace(asked, payload=world.wire.compose(asked, "", 1))


async def _other_tasks(message: Letter, work: Work) -> list[str]:
    """What the case's earlier messages are called over there: they may have had the same words."""
    letters = [] if message.case is None else await work.outbox.of_case(message.case)
    return [letter.remote_id for letter in letters if letter.remote_id and letter.id != message.id]


async def _with_truth(inquiry: Inquiry, message: Letter, work: Work, world: World, now: datetime) -> Inquiry:
    """What is not true any more shall not be sent: it is taken back."""
    if inquiry.is_false or inquiry.taken_back:
        return inquiry
    situation = await _situation(message, work, world, now)
    if situation is None or not objections(
        draft_of(message.content).claims, situation, own_words="edited_from" in message.content
    ):
        return inquiry
    ask = Ask.LOOK if inquiry.ask is Ask.LOOK else Ask.CANCEL
    return replace(inquiry, is_false=True, ask=ask)


# --- answers ---------------------------------------------------------------------


async def answered(letter: Letter, answer: Answered, work: Work, world: World, now: datetime) -> None:
    """Write down what was said to a question: the next one, or how it ends. The order is held."""
    message = await work.outbox.find(LetterId(letter.content["about"]))
    if message is None or message.state is not DeliveryState.PENDING:
        await work.outbox.update(_ended(letter, answer, now))
        return
    step = follow(_inquiry_of(letter), answer.found, now)
    after = _ended(letter, answer, now) if isinstance(step, Ending) else _next(letter, step, answer)
    if letter.id not in await work.outbox.update(after):
        return
    if isinstance(step, Ending):
        await conclude(message, step, work, world, now)
    elif answer.found is Found.THERE:
        there = replace(message, remote_id=answer.remote_id, unclear=False)
        await work.outbox.update(there)
        await _tell_employee(there, work, world, now)


def _ended(letter: Letter, answer: Answered, now: datetime) -> Letter:
    return replace(letter, state=DeliveryState.SENT, done_at=now, lease_until=None, note=answer.found.value)


def _next(letter: Letter, step: Again, answer: Answered) -> Letter:
    return replace(
        letter,
        state=DeliveryState.READY,
        due_at=max(step.at, answer.not_before),
        lease_until=None,
        payload=None,
        note=answer.found.value,
        content={"about": letter.content["about"], **_content(step.inquiry)},
    )


# --- endings ---------------------------------------------------------------------


async def conclude(
    message: Letter, ending: Ending, work: Work, world: World, now: datetime, *, why: str = ""
) -> bool:
    """Write down how it ended with a message, and what follows for its case; False when that is no news."""
    state = STATES[ending]
    if ending is Ending.NEVER_THERE and message.attempts >= CUSTOMER_TRIES:
        state = DeliveryState.FAILED
    if state not in TRANSITIONS[message.state]:
        return False
    why = why or names.ENDINGS[ending]
    after = (
        _as_before(message, now) if state is DeliveryState.READY else _final(message, ending, state, why, now)
    )
    if message.id not in await work.outbox.update(after):
        return False
    if state in FINAL and after.case is not None:
        await work.outbox.release({after.case}, now)
    if state is DeliveryState.SENT:
        await note_reached(after, work, world, now)
    elif state in FINAL:
        await tell_not_delivered(after, why, work, world, now)
        await _ask_employee(after, work, world, now)
    return True


async def end_overdue(work: Work, world: World, now: datetime) -> None:
    """Nobody has said in time what became of a message: nobody knows."""
    overdue = await work.outbox.overdue(now)
    keys = {message.order for message in overdue if message.order is not None}
    held = await work.orders.lock(keys, skip_locked=True) if keys else {}
    for message in overdue:
        if message.order in held:
            await conclude(message, Ending.UNKNOWN, work, world, now)


def _as_before(message: Letter, now: datetime) -> Letter:
    """It never arrived: it is worded, checked and tried anew."""
    return replace(
        message,
        state=DeliveryState.READY,
        due_at=now,
        expires_at=now + GIVE_UP_AFTER,
        payload=None,
        unclear=False,
        remote_id=None,
    )


def _final(message: Letter, ending: Ending, state: DeliveryState, why: str, now: datetime) -> Letter:
    marks = {Ending.CAPPED: CAPPED, Ending.WITHDRAWN: WITHDRAWN, Ending.STOPPED: WITHDRAWN}
    note = f"{marks[ending]}: {why}" if ending in marks else why
    return replace(message, state=state, done_at=now, note=note)


# --- telling ---------------------------------------------------------------------


async def _tell_employee(message: Letter, work: Work, world: World, now: datetime) -> None:
    """In person: something waits for them in their own client."""
    employee, situation = message.in_hands_of, await _situation(message, work, world, now)
    if employee is not None and situation is not None:
        scribe = Scribe(world, now)
        text = notices.please_confirm(situation, employee)
        _tell(scribe, employee, f"confirm:{message.id}:{message.attempts}", situation, text)
        await scribe.flush(work)


async def _ask_employee(message: Letter, work: Work, world: World, now: datetime) -> None:
    """Who had it in hand knows best whether it went out."""
    employee = message.in_hands_of
    if message.state is not DeliveryState.UNKNOWN or employee is None:
        return
    situation = await _situation(message, work, world, now)
    if situation is not None:
        scribe = Scribe(world, now)
        text = notices.whether_sent(situation, employee, in_sidebar=message.medium is Medium.SIDEBAR)
        _tell(scribe, employee, f"whether:{message.id}", situation, text)
        await scribe.flush(work)


def _tell(scribe: Scribe, to: UserId, key: str, situation: Situation, text: str) -> None:
    scribe.tell_member(to, key, situation.anomaly, text=text)


async def _situation(message: Letter, work: Work, world: World, now: datetime) -> Situation | None:
    found = await case_of(message, work)
    return None if found is None else await situation_of(work, world, *found, now)


# --- as content --------------------------------------------------------------------


def _content(inquiry: Inquiry) -> dict[str, str]:
    return {
        "ask": inquiry.ask.value,
        "since": str(to_ms(inquiry.since)),
        "tries": str(inquiry.tries),
        "reminders": str(inquiry.reminders),
        "cancels": str(inquiry.cancels),
        "is_false": "yes" if inquiry.is_false else "",
        "taken_back": "yes" if inquiry.taken_back else "",
    }


def _inquiry_of(letter: Letter) -> Inquiry:
    content = letter.content
    return Inquiry(
        ask=Ask(content["ask"]),
        since=from_ms(int(content["since"])),
        tries=int(content["tries"]),
        reminders=int(content["reminders"]),
        cancels=int(content["cancels"]),
        is_false=bool(content["is_false"]),
        taken_back=bool(content["taken_back"]),
    )
