"""When an order moves: which replies that have not gone yet shall not go any more?

What a person has in hand cannot be taken back: they are told. What an employee has yet to confirm is taken back by the
question about it, see handlers/inquiries.py.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime

from handlers.outbox import WITHDRAWN, Letter, LetterKind, Medium, draft_of
from handlers.outcomes import tell_not_delivered
from handlers.ports import Work
from handlers.scribe import Scribe
from handlers.situations import Dossier, dossiers_of
from handlers.world import World
from replies import notices
from replies.guard import objections
from rules.anomalies import AnomalyId
from rules.delivery import DeliveryState


async def withdraw(cases: Collection[AnomalyId], work: Work, world: World, now: datetime) -> None:
    """Stop the replies of these cases that nobody has and that are not true any more. Their orders are held."""
    for dossier in (await dossiers_of(work, world, cases, now)).values():
        for letter, why in _untrue(dossier):
            if letter.state is DeliveryState.READY:
                await _stop(letter, why, work, world, now)
            else:
                await _warn(letter, dossier, why, work, world, now)


def _untrue(dossier: Dossier) -> Iterator[tuple[Letter, str]]:
    """The replies that wait, and what speaks against each. One that may be there is asked about as it is."""
    for letter in dossier.letters:
        in_hand = letter.medium is Medium.SIDEBAR and letter.state is DeliveryState.PENDING
        waits = letter.state is DeliveryState.READY and not letter.unclear
        if letter.kind is LetterKind.CUSTOMER and (waits or in_hand):
            against = objections(draft_of(letter.content).claims, dossier.situation)
            if against:
                yield letter, "；".join(objection.news for objection in against)


async def _stop(letter: Letter, why: str, work: Work, world: World, now: datetime) -> None:
    note = f"{WITHDRAWN}: {why}"
    stopped = replace(letter, state=DeliveryState.FAILED, done_at=now, lease_until=None, note=note)
    if letter.case is None or letter.id not in await work.outbox.update(stopped):
        return
    await work.outbox.release({letter.case}, now)
    await tell_not_delivered(stopped, why, work, world, now)


async def _warn(letter: Letter, dossier: Dossier, why: str, work: Work, world: World, now: datetime) -> None:
    employee = letter.in_hands_of
    if employee is not None:
        scribe = Scribe(world, now)
        text = notices.do_not_send(dossier.situation, employee, why)
        scribe.tell_member(employee, f"do_not_send:{letter.id}", dossier.situation.anomaly, text=text)
        await scribe.flush(work)
