"""When somebody answers a task, or says that they see to it: once, whoever is first, by card or page."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from handlers.desk import Told
from handlers.messages import LetterId
from handlers.outbox import Letter, LetterKind, card_of
from handlers.ports import Work
from handlers.records import Entry, What
from handlers.scribe import Scribe
from handlers.situations import situation_of
from handlers.trail import Doer, Hindrance, Way
from handlers.world import World
from replies import notices
from replies.cards import Tap
from replies.situation import Situation
from replies.taskfaces import Asking
from rules.actions import Refused, Why
from rules.anomalies import AnomalyId
from rules.consequences import answer_by
from rules.delivery import DeliveryState
from rules.events import UserId
from rules.rights import Right
from rules.roster import Member
from rules.tasks import Task, TaskKind, TaskResult, acknowledge, answer


def take_answer(
    situation: Situation,
    task: Task,
    result: TaskResult | None,
    actor: UserId,
    scribe: Scribe,
    tapped: LetterId | None = None,
) -> Situation | Refused:
    """The situation after an answer, of which the group hears; without a `result` they say that they see to it.

    The order is held. The other cards of the task change where they can; the one that was `tapped` is its
    tapper's to answer.
    """
    case, kind, now = situation.anomaly, task.kind, scribe.now
    refused = _refused(task, result)
    if refused is not None:
        scribe.note_refused(case, _deed(result), refused.why)
        return refused
    due_at = answer_by(kind, case, situation.book, now)
    after = acknowledge(task, actor, now) if result is None else answer(task, result, actor, now, due_at)
    scribe.keep_task(after)
    scribe.note(_deed(result), case, task, after, kind=kind, result=result or "")
    _note(situation, kind, result, actor, scribe)
    _touch(situation, scribe)
    if after.done_at is not None:
        scribe.task_cards.append((case, kind, tapped))
    told = replace(situation, tasks={**situation.tasks, kind: after})
    if result is not None:
        key = f"task:{kind}:{scribe.world.new_id()}"
        scribe.tell_group(case, situation.order, key, text=notices.task_answered(told, kind, actor))
    return told


def _refused(task: Task, result: TaskResult | None) -> Refused | None:
    """Why an answer comes too late: somebody was first, or the order was."""
    if task.done_at is not None:
        is_theirs = task.answer is not None
        return Refused(
            why=Why.ALREADY if is_theirs else Why.NOT_NOW,
            by=task.done_by,
            at=task.done_at if is_theirs else None,
        )
    if result is None and task.acknowledged_at is not None:
        return Refused(why=Why.ALREADY, by=task.acknowledged_by, at=task.acknowledged_at)
    return None


def _deed(result: TaskResult | None) -> Tap:
    return Tap.ACKNOWLEDGE if result is None else Tap.TASK_RESULT


def _note(
    situation: Situation, kind: TaskKind, result: TaskResult | None, actor: UserId, scribe: Scribe
) -> None:
    entry = Entry(
        case=situation.anomaly.id,
        order=situation.anomaly.order,
        at=scribe.now,
        what=What.TASK_ACKNOWLEDGED if result is None else What.TASK_DONE,
        actor=actor,
        detail={"detail": kind.value if result is None else f"{kind}.{result}"},
    )
    scribe.history.append(entry)


def _touch(situation: Situation, scribe: Scribe) -> None:
    """Somebody has noticed the case, and done something about it: it does not count as healed by itself."""
    case = situation.anomaly
    if case.touched_at is None and case.closed_at is None:
        touched = replace(case, touched_at=scribe.now, version=case.version + 1)
        scribe.change(case, touched, situation.order)


# --- on the page -------------------------------------------------------------------


async def answer_on_page(
    work: Work, world: World, case_id: AnomalyId, kind: TaskKind, result: TaskResult | None, actor: UserId
) -> Told:
    """The same on the board: for whoever was asked, and for those who may answer for others."""
    scribe = Scribe(world, world.now(), Doer(actor=actor, way=Way.PAGE))
    told = await _answer_on_page(work, scribe, case_id, kind, result, actor)
    await scribe.flush(work)
    return told


async def _answer_on_page(
    work: Work,
    scribe: Scribe,
    case_id: AnomalyId,
    kind: TaskKind,
    result: TaskResult | None,
    actor: UserId,
) -> Told:
    found = await work.cases.find(case_id)
    if found is None:
        return Told(done=False, text=notices.card_expired(), hindrance=Hindrance.UNKNOWN_CARD)
    orders = await work.orders.lock([found.order])
    case = await work.cases.find(case_id) or found
    situation = await situation_of(work, scribe.world, case, orders[case.order], scribe.now)
    task = situation.tasks.get(kind)
    member = scribe.world.directory.roster.members.get(actor)
    if task is None or member is None or not member.serves(case.order.shop):
        return Told(done=False, text=notices.card_expired(), hindrance=Hindrance.UNKNOWN_CARD)
    if not may_answer(task, askings(await work.outbox.of_case(case.id), kind), member):
        scribe.refuse(case, _deed(result), Hindrance.NO_RIGHT)
        return Told(done=False, text=notices.not_asked(situation, task), hindrance=Hindrance.NO_RIGHT)
    after = take_answer(situation, task, result, actor, scribe)
    if isinstance(after, Refused):
        return Told(done=False, text=notices.refused(after, situation), refused=after)
    return Told(done=True, text=notices.task_told(after, kind, actor))


def may_answer(task: Task, asked: Sequence[Asking], member: Member) -> bool:
    """Whether somebody may say what came of a task: who was asked, or is trusted with the tasks of others."""
    was_asked = member.userid in {task.owner, *(asking.who for asking in asked)}
    return was_asked or (member.may(Right.ANSWER) and member.serves(task.order.shop))


def askings(
    letters: Sequence[Letter], kind: TaskKind, since: datetime | None = None, but: LetterId | None = None
) -> list[Asking]:
    """Who was asked about a task so far, or since it was given out, and got it, oldest first; the card `but` aside."""
    return [
        Asking(who=UserId(reader), at=letter.done_at)
        for letter in letters
        if letter.kind is LetterKind.TASK_CARD and letter.content.get("action") == kind
        if letter.state is DeliveryState.SENT and letter.done_at is not None and card_of(letter) != but
        if since is None or letter.done_at >= since
        for reader in letter.readers
    ]
