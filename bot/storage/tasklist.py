"""Which tasks fit a filter, and how many wait for an answer? By filters, the latest given out first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bot.storage.conditions import Condition, numbered, one_of, where
from bot.storage.connection import Connection
from bot.storage.tasks import TASKS
from rules.events import Shop, UserId
from rules.tasks import Task, TaskKind, TaskState

UNDONE = tuple(state for state in TaskState if state is not TaskState.DONE)
_LATE = "(times > 1 OR escalated_at IS NOT NULL)"
_STATES: Mapping[TaskState, str] = {
    TaskState.WAITING: f"(done_at IS NULL AND acknowledged_at IS NULL AND NOT {_LATE})",
    TaskState.OVERDUE: f"(done_at IS NULL AND acknowledged_at IS NULL AND {_LATE})",
    TaskState.ACKNOWLEDGED: "(done_at IS NULL AND acknowledged_at IS NOT NULL)",
    TaskState.DONE: "(done_at IS NOT NULL)",
}
"""As `rules.tasks.Task.state` tells them."""


class TaskPlace(NamedTuple):
    """Where a task stands in the list."""

    given_at: int
    case: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFilter:
    """Which tasks to list; None stands for all."""

    states: tuple[TaskState, ...] = UNDONE
    kind: TaskKind | None = None
    owner: UserId | None = None
    shops: frozenset[Shop] | None = None
    before: TaskPlace | None = None
    """Only those that come after the one of this place in the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCounts:
    """How many are not done."""

    waiting: int
    overdue: int
    acknowledged: int
    mine: int
    """The reader's own."""


async def task_page(connection: Connection, wanted: TaskFilter, limit: int) -> Sequence[Task]:
    """Tasks, the latest given out first."""
    said, values = numbered(_conditions(wanted))
    rows = await connection.fetch(
        f"SELECT * FROM tasks{where(said)} ORDER BY given_at DESC, case_id DESC, kind DESC LIMIT ${len(values) + 1}",
        *values,
        limit,
    )
    return [TASKS.record(row) for row in rows]


async def task_counts(connection: Connection, shops: frozenset[Shop] | None, reader: UserId) -> TaskCounts:
    """How many of the shops' tasks wait for an answer."""
    said, values = numbered(_conditions(TaskFilter(shops=shops)), 2)
    (row,) = await connection.fetch(
        f"SELECT count(*) FILTER (WHERE {_STATES[TaskState.WAITING]}) AS waiting,"
        f" count(*) FILTER (WHERE {_STATES[TaskState.OVERDUE]}) AS overdue,"
        f" count(*) FILTER (WHERE {_STATES[TaskState.ACKNOWLEDGED]}) AS acknowledged,"
        f" count(*) FILTER (WHERE owner = $1) AS mine FROM tasks{where(said)}",
        reader,
        *values,
    )
    return TaskCounts(**row)


def _conditions(wanted: TaskFilter) -> Iterator[Condition]:
    """What is not done is said in the words of its index."""
    if wanted.states and TaskState.DONE not in wanted.states:
        yield "done_at IS NULL", []
    if wanted.states and set(wanted.states) not in (set(UNDONE), set(TaskState)):
        yield f"({' OR '.join(_STATES[state] for state in wanted.states)})", []
    if wanted.kind is not None:
        yield "kind = ?", [wanted.kind]
    if wanted.owner is not None:
        yield "owner = ?", [wanted.owner]
    if wanted.shops is not None:
        yield one_of("shop", wanted.shops)
    if wanted.before is not None:
        yield "(given_at, case_id, kind) < (?, ?, ?)", wanted.before
