"""What follows for people from what became of a letter?"""

from datetime import datetime

from handlers.messages import LetterId
from handlers.outbox import Letter, LetterKind, Medium, Say, means_of
from handlers.pen import key_of_round
from handlers.ports import Work
from handlers.promising import note_told, note_untold, of_letter
from handlers.records import Entry, What
from handlers.scribe import Scribe
from handlers.situations import case_of
from handlers.world import World
from replies import incidents, notices
from rules.anomalies import Anomaly, bounce, fail, reach
from rules.delivery import DeliveryState
from rules.events import UserId
from rules.orders import Order


async def note_reached(letter: Letter, work: Work, world: World, now: datetime) -> None:
    """The customer has it: the case is replied, and perhaps closed. What it promises is watched."""
    found = await case_of(letter, work)
    if found is None:
        return
    case, order = found
    scribe = Scribe(world, now)
    scribe.change(case, reach(case, letter.in_hands_of or case.sent_by, now, means_of(letter)), order)
    await note_told(of_letter(letter, case, order, now), scribe, work)
    await scribe.flush(work)


async def note_bounced(letter: Letter, work: Work, world: World, now: datetime) -> None:
    """What was thought to have arrived did not: the case is to be answered again."""
    found = await case_of(letter, work)
    if found is None or letter.done_at is None or letter.state is not DeliveryState.BOUNCED:
        return
    case, order = found
    if case.closed_at is not None and await _has_a_successor(case, work):
        return
    others = {
        other.done_at: means_of(other)
        for other in await work.outbox.of_case(case.id)
        if other.kind is LetterKind.CUSTOMER and other.state is DeliveryState.SENT and other.done_at
        if case.reopened_at is None or other.done_at >= case.reopened_at
    }
    scribe = Scribe(world, now)
    scribe.change(case, bounce(case, letter.done_at, now, others=others), order)
    await scribe.flush(work)


async def _has_a_successor(case: Anomaly, work: Work) -> bool:
    """Whether another case goes on in the same place: the agents hear of the bounce, and that one is about the customer."""
    place = case.stage, case.parcel
    others = (await work.cases.of([case.order]))[case.order]
    return any(other.closed_at is None and (other.stage, other.parcel) == place for other in others)


async def tell_not_delivered(letter: Letter, why: str, work: Work, world: World, now: datetime) -> None:
    """The agents hear of it in their group; where there is none, whoever sent it does. The ladder waits no longer.

    A text that the customer may have promises what it says; any other one, nothing.
    """
    found = await case_of(letter, work)
    if found is None:
        return
    case, order = found
    scribe = Scribe(world, now)
    if not await _is_told_with_others(letter, work):
        _tell_result(letter, why, case, order, scribe)
    if letter.state is DeliveryState.UNKNOWN:
        await note_told(of_letter(letter, case, order, now), scribe, work)
    else:
        await note_untold(letter, case, scribe, work)
    if letter.key == key_of_round(case.id, case.send_round):
        scribe.change(case, fail(case, now), order)
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


def _tell_result(letter: Letter, why: str, case: Anomaly, order: Order, scribe: Scribe) -> None:
    key = f"result:{letter.id}:{letter.state}"
    told = scribe.tell_group(case, order, key, say=Say.SEND_RESULT, why=why)
    if case.sent_by is not None and not told:
        scribe.tell_member(case.sent_by, f"{case.id}:{key}", case, say=Say.SEND_RESULT, why=why)


async def _is_told_with_others(letter: Letter, work: Work) -> bool:
    """Whether one line about all that was approved with it is still to come, which names it."""
    approval = letter.content.get("approval")
    if not approval or letter.state is DeliveryState.BOUNCED:
        return False
    approved = await work.approvals.of(LetterId(approval))
    return any(one.told_at is None for one in approved)


async def answer_in_person(letter: Letter, work: Work, world: World, now: datetime) -> None:
    """The group's card did not change in time: whoever tapped it hears in person what came of it."""
    if letter.kind is not LetterKind.FACE or letter.medium is not Medium.REPLY or letter.order is None:
        return
    scribe = Scribe(world, now)
    note = letter.content["note"]
    about_one = "incident" not in letter.content
    text = notices.instead_of_the_card(letter.order.order_no, note) if about_one else incidents.instead(note)
    scribe.tell_member(UserId(letter.content["actor"]), f"{letter.id}:in_person", text=text)
    await scribe.flush(work)
