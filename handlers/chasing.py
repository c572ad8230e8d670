"""When nobody has answered a task in time: ask once more, then give it to the duty manager."""

from collections.abc import Sequence
from dataclasses import replace

from handlers.messages import Due
from handlers.outbox import Say
from handlers.records import Entry, What
from handlers.scribe import Scribe
from rules.anomalies import Anomaly
from rules.consequences import PushReason, answer_by, contact_for
from rules.events import UserId
from rules.instants import to_ms
from rules.orders import Order
from rules.tasks import Step, Task, escalate, next_step, remind


def chase(due: Due, order: Order, cases: Sequence[Anomaly], scribe: Scribe) -> list[Anomaly]:
    """Take the step that is due now, if it still is; the next one is armed with it."""
    task = scribe.known.tasks.get(due.ref)
    case = next((case for case in cases if task is not None and case.id == task.case), None)
    if task is None or case is None or case.ended_at is not None:
        return list(cases)
    book = scribe.world.directory.rules.of(case)
    step = next_step(task, book.tasks[task.kind])
    again_at = answer_by(task.kind, case, book, scribe.now)
    if step is None:
        return list(cases)
    if task.due_at >= scribe.now:
        scribe.keep_task(task)
    elif case.held_by is not None:
        scribe.keep_task(replace(task, due_at=again_at))
    elif step is Step.REMIND:
        owner = _owner(task, case, order, scribe)
        _ask_again(remind(replace(task, owner=owner), scribe.now, again_at), task, case, scribe)
    else:
        _escalate(task, case, order, scribe)
    return list(cases)


def _owner(task: Task, case: Anomaly, order: Order, scribe: Scribe) -> UserId:
    """Who is asked once more: the same person, unless they have left."""
    team = scribe.world.team(case)
    heir = contact_for(task.kind, case, order, team, scribe.now)
    return task.owner if task.owner in team.members else heir or task.owner


def _ask_again(after: Task, before: Task, case: Anomaly, scribe: Scribe) -> None:
    scribe.keep_task(after)
    scribe.ask(case, after, f"again{to_ms(before.due_at)}")
    _note(case, What.TASK_REMINDED, after, scribe)


def _escalate(task: Task, case: Anomaly, order: Order, scribe: Scribe) -> None:
    """The duty manager gets it, with the names of those who were asked; where nobody is above them, the group hears."""
    team = scribe.world.team(case)
    able = (team.duty_manager(order.key.shop, scribe.now), team.fallback)
    heir = next((userid for userid in able if userid is not None and userid != task.owner), None)
    after = escalate(task, heir, scribe.now)
    scribe.keep_task(after)
    occasion = f"escalated{to_ms(task.due_at)}"
    if heir is None:
        scribe.tell_group(
            case, order, f"task:{task.kind}:{occasion}", say=Say.TASK_IGNORED, task=task.kind, who=task.owner
        )
    else:
        scribe.ask(case, after, occasion, why=PushReason.ESCALATED.value)
    _note(case, What.TASK_ESCALATED, after, scribe)


def _note(case: Anomaly, what: What, task: Task, scribe: Scribe) -> None:
    entry = Entry(
        case=case.id,
        order=case.order,
        at=scribe.now,
        what=what,
        key=f"{what}:{task.kind}:{to_ms(scribe.now)}",
        detail={"detail": f"{task.kind}>{task.owner}"},
    )
    scribe.history.append(entry)
