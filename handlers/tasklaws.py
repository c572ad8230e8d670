"""Is what is stored of tasks right? Pure; see handlers/laws.py."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from handlers.laws import Why
from handlers.messages import DueKind
from handlers.taskbook import name_of
from rules.anomalies import Anomaly
from rules.editions import Rules
from rules.tasks import Task


def asked_by(tasks: Iterable[Task]) -> dict[tuple[DueKind, str], datetime]:
    """When the timer of each task is to ring that waits for an answer."""
    return {(DueKind.TASK, name_of(task.case, task.kind)): task.due_at for task in tasks if task.waits}


def broken_tasks(
    tasks: Iterable[Task], cases: Collection[Anomaly], rules: Rules
) -> Iterator[tuple[Why, str]]:
    """Nobody is asked about a case that has ended, and nobody more often than the rules say."""
    known = {case.id: case for case in cases}
    for task in tasks:
        case, name = known[task.case], name_of(task.case, task.kind)
        if case.ended_at is not None and task.done_at is None:
            yield Why.TASK_OUTLIVED, name
        if task.times > rules.of(case).tasks[task.kind].times:
            yield Why.ASKED_TOO_OFTEN, f"{name}, {task.times}"
