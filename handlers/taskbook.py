"""Where is it kept what people are asked to see to? See `rules.tasks.Task`."""

from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from rules.anomalies import AnomalyId
from rules.events import UserId
from rules.tasks import Task, TaskKind

TasksOfCase = Mapping[TaskKind, Task]


def name_of(case: AnomalyId, kind: TaskKind) -> str:
    """What a task is called where one name is needed: a case has one of each kind."""
    return f"{case}:{kind}"


def case_in(name: str) -> AnomalyId:
    """The case of a task, from its name."""
    return AnomalyId(name.rpartition(":")[0])


class Tasks(Protocol):
    """What people were asked to see to."""

    async def save(self, tasks: Iterable[Task]) -> None:
        """Write new and changed tasks."""
        ...

    async def of_cases(self, cases: Collection[AnomalyId]) -> dict[AnomalyId, dict[TaskKind, Task]]:
        """All tasks of the cases, by kind; cases without any are left out."""
        ...

    async def of_owner(self, owner: UserId) -> list[Task]:
        """What somebody is to answer, the longest waited for first."""
        ...

    async def pass_on(self, case: AnomalyId, kind: TaskKind, whose: Collection[UserId], heir: UserId) -> None:
        """Make a task the heir's, if it is one of theirs and not done; the rest of it stays as it is."""
        ...
