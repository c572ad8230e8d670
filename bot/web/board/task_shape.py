"""How is a task shown, in the list of them and on the page of its anomaly?"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from bot.web.board.readers import Reader
from bot.web.board.screens import Asked
from replies.masking import plain
from rules.rights import Right
from rules.tasks import ACKNOWLEDGED_ALONE, ANSWERS, Task, TaskKind, TaskResult, TaskState


class TaskRow(msgspec.Struct, frozen=True, kw_only=True):
    """One task."""

    case: str
    kind: TaskKind
    shop: str
    order_no: str
    state: TaskState
    owner: str
    """Who is to answer."""
    given_at: datetime
    asked_at: datetime
    """When they were asked last."""
    times: int
    due_at: datetime | None
    """By when they are to answer; None once nothing follows when they do not."""
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    escalated_at: datetime | None
    """When it became the duty manager's."""
    result: TaskResult | None
    done_by: str | None
    """None is the order itself."""
    done_at: datetime | None
    answers: Sequence[TaskResult]
    """What the reader may answer; empty where they may not."""
    can_acknowledge: bool


def task_row(task: Task, asked: Asked[Any]) -> TaskRow:
    """A task as it is shown to whoever asks."""
    may = task.done_at is None and _may_answer(task, asked.reader)
    return TaskRow(
        case=task.case,
        kind=task.kind,
        shop=plain(task.order.shop),
        order_no=plain(task.order.order_no),
        state=task.state,
        owner=task.owner,
        given_at=asked.local(task.given_at),
        asked_at=asked.local(task.asked_at),
        times=task.times,
        due_at=asked.local(task.due_at) if task.waits else None,
        acknowledged_by=task.acknowledged_by,
        acknowledged_at=asked.local(task.acknowledged_at),
        escalated_at=asked.local(task.escalated_at),
        result=task.result,
        done_by=task.done_by,
        done_at=asked.local(task.done_at),
        answers=ANSWERS[task.kind] if may else (),
        can_acknowledge=may and task.kind in ACKNOWLEDGED_ALONE and task.acknowledged_at is None,
    )


def _may_answer(task: Task, reader: Reader) -> bool:
    is_theirs = task.owner == reader.member.userid or reader.may(Right.ANSWER)
    return reader.person and is_theirs and reader.serves(task.order.shop)
