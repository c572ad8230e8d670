"""When an employee has a customer in front of them: which orders are theirs, what is sent, and what became of it.

The employee's own client sends the words. What they are about to do is recorded before, what came of it after;
in between nothing else can be sent about the case.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from handlers.desk import Told, taken_up
from handlers.inquiries import conclude
from handlers.messages import LetterId
from handlers.outbox import Letter, LetterKind, Medium, content_of
from handlers.ports import Work
from handlers.scribe import Scribe
from handlers.situations import dossiers_of, last_message, situation_of
from handlers.trail import Doer, Hindrance, Way
from handlers.world import World
from replies import notices
from replies.actions import UNDER_WAY
from replies.drafts import Blocked, Draft, draft
from replies.guard import objections
from replies.situation import Situation
from rules.actions import Act, Action, Refused, Why
from rules.anomalies import Anomaly, AnomalyId
from rules.contact import NEVER_BY_US
from rules.delivery import DeliveryState
from rules.events import UserId
from rules.inquiry import Ending
from rules.orders import Order
from rules.roster import Member

MOST_ORDERS = 30
"""Of one customer; the page is narrow."""
REPORT = "report"
"""The deed of those who say what became of a message."""
RECENT = timedelta(days=30)
"""So long an order is shown after its end."""


class Result(StrEnum):
    """What the employee's client, or the employee, says of a message."""

    OK = "ok"
    """It was sent."""
    CANCEL = "cancel"
    """The employee did not send it."""
    FAIL = "fail"
    """The client would not send it."""


ENDINGS = {Result.OK: Ending.SENT, Result.CANCEL: Ending.WITHDRAWN, Result.FAIL: Ending.REFUSED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """One case of the customer: how it stands, what could be said, and what was said last."""

    situation: Situation
    draft: Draft | Blocked
    message: Letter | None
    """The latest message, by whatever way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFile:
    """What an employee may see of one customer."""

    slips: Sequence[Slip]
    """The cases that are not closed, the oldest first."""
    others: Sequence[Order]
    """The orders without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """An employee is about to send these words to the customer in front of them."""

    case: AnomalyId
    actor: UserId
    external_userid: str
    """Whom the employee's client shows."""
    text: str
    draft: Draft
    """What the text was made from."""
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """The message that the employee's client is to send now, byte for byte."""

    letter: LetterId
    payload: bytes


async def file_of(work: Work, world: World, member: Member, external_userid: str) -> CustomerFile:
    """The customer's orders in the shops that the member serves."""
    keys = await work.orders.of_customer(external_userid, world.now() - RECENT, MOST_ORDERS)
    keys = [key for key in keys if member.serves(key.shop)]
    cases = await work.cases.of(keys) if keys else {}
    unclosed = [case.id for found in cases.values() for case in found if case.closed_at is None]
    dossiers = await dossiers_of(work, world, unclosed, world.now())
    slips = [
        Slip(
            situation=dossier.situation,
            draft=draft(dossier.situation, world.templates),
            message=last_message(dossier.letters),
        )
        for dossier in dossiers.values()
    ]
    troubled = {slip.situation.order.key for slip in slips}
    found = [await work.orders.find(key) for key in keys if key not in troubled]
    return CustomerFile(
        slips=sorted(slips, key=lambda slip: slip.situation.anomaly.opened_at),
        others=[order for order in found if order is not None],
    )


async def intend(work: Work, world: World, intent: Intent) -> Handed | Told:
    """Record that the employee is about to send it; or why they may not, and should not."""
    scribe = Scribe(world, world.now(), Doer(actor=intent.actor, way=Way.SIDEBAR))
    situation = await taken_up(work, scribe, intent.case, intent.actor, Action.SEND)
    handed = situation if isinstance(situation, Told) else _hand(intent, situation, scribe)
    await scribe.flush(work)
    return handed


def _hand(intent: Intent, situation: Situation, scribe: Scribe) -> Handed | Told:
    hindered = _hindered(intent, situation)
    if hindered is not None:
        why, text = hindered
        scribe.note_refused(situation.anomaly, Action.SEND, why)
        return Told(done=False, text=text)
    after = _ordered(intent, situation, scribe)
    if isinstance(after, Refused):
        return Told(done=False, text=notices.refused(after, situation))
    content = {**content_of(intent.draft), "text": intent.text}
    letter = scribe.hand_to_employee(after, content, intent.external_userid, intent.actor)
    sending = replace(situation, anomaly=after)
    text = notices.confirmed(Action.SEND, sending, intent.actor)
    scribe.tell_group(after, situation.order, f"page:{scribe.world.new_id()}", text=text)
    return Handed(letter=letter.id, payload=letter.payload or b"")


def _hindered(intent: Intent, situation: Situation) -> tuple[Hindrance, str] | None:
    """Why these words may not be sent, and what to tell about it."""
    if situation.order.customer.external_userid != intent.external_userid:
        return Hindrance.OTHER_CUSTOMER, notices.other_customer(situation)
    if situation.route.because in NEVER_BY_US:
        return Hindrance.BY_HAND, notices.must_copy(situation)
    own = intent.text != intent.draft.text
    against = objections(intent.draft.claims, situation, own_words=own)
    return (Hindrance.STALE_DRAFT, notices.stale_draft(against, situation)) if against else None


def _ordered(intent: Intent, situation: Situation, scribe: Scribe) -> Anomaly | Refused:
    act = Act(
        action=Action.SEND,
        actor=intent.actor,
        at=scribe.now,
        again=intent.again,
        last_round_final=situation.last_round not in UNDER_WAY,
    )
    return scribe.attempt(situation.anomaly, act, situation.order)


async def report(
    work: Work, world: World, letter: LetterId, actor: UserId, result: Result, detail: str = ""
) -> Told:
    """What became of a message, by the word of the employee or of their client. The first word counts."""
    message = await work.outbox.find(letter)
    if message is None or not _is_in_sidebar(message) or message.order is None or message.case is None:
        return Told(done=False, text=notices.card_expired())
    orders = await work.orders.lock([message.order])
    message, case = await work.outbox.find(letter) or message, await work.cases.find(message.case)
    if case is None:
        return Told(done=False, text=notices.card_expired())
    scribe = Scribe(world, world.now(), Doer(actor=actor, way=Way.SIDEBAR))
    situation = await situation_of(work, world, case, orders[case.order], scribe.now)
    known = _not_to_be_said(message, situation, actor, world)
    if known is not None:
        why, text = known
        scribe.note_refused(case, REPORT, why)
        await scribe.flush(work)
        return Told(done=False, text=text)
    why = detail if result is Result.FAIL else notices.not_sent_by(situation, actor)
    why = "" if result is Result.OK else why
    done = await conclude(message, ENDINGS[result], work, world, scribe.now, why=why)
    scribe.note(REPORT, case, case, await work.cases.find(case.id), result=result)
    await scribe.flush(work)
    return Told(done=done, text=notices.sidebar_result(situation, sent=result is Result.OK))


def _not_to_be_said(
    message: Letter, situation: Situation, actor: UserId, world: World
) -> tuple[Why | Hindrance, str] | None:
    """Why somebody's word on a message does not count, and what to tell about it."""
    if not world.may_act(actor, situation.order.key.shop):
        return Hindrance.NOT_ON_ROSTER, notices.not_on_roster()
    if message.in_hands_of != actor:
        return Hindrance.OTHER_HANDS, notices.in_other_hands(situation, message.in_hands_of)
    if message.state not in {DeliveryState.PENDING, DeliveryState.UNKNOWN}:
        return Why.ALREADY, notices.sidebar_known(situation)
    return None


def _is_in_sidebar(letter: Letter) -> bool:
    return letter.kind is LetterKind.CUSTOMER and letter.medium is Medium.SIDEBAR
