"""How is it kept what people were asked to see to?"""

from collections.abc import Collection, Iterable

from bot.storage.codec import RowCodec
from bot.storage.conditions import numbered, one_of, where
from bot.storage.connection import Conflict, Connection, Type
from rules.anomalies import AnomalyId
from rules.events import UserId
from rules.tasks import Task, TaskKind

TASKS = RowCodec(Task, "tasks", ("case_id", "kind"), {"case": "case_id"})


class Tasks:
    """See `handlers.taskbook.Tasks`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def save(self, tasks: Iterable[Task]) -> None:
        rows = TASKS.rows(tasks)
        if rows:
            await self._connection.write(TASKS.table, rows, Conflict.REPLACE)

    async def of_cases(self, cases: Collection[AnomalyId]) -> dict[AnomalyId, dict[TaskKind, Task]]:
        if not cases:
            return {}
        listed = self._connection.listed({"case_id": Type.TEXT}, [(case,) for case in sorted(cases)], 1)
        rows = await self._connection.fetch(
            f"SELECT t.* FROM tasks AS t JOIN {listed.sql} ON t.case_id = listed.case_id ORDER BY t.case_id, t.kind",
            *listed.parameters,
        )
        found: dict[AnomalyId, dict[TaskKind, Task]] = {}
        for task in map(TASKS.record, rows):
            found.setdefault(task.case, {})[task.kind] = task
        return found

    async def of_owner(self, owner: UserId) -> list[Task]:
        rows = await self._connection.fetch(
            "SELECT * FROM tasks WHERE owner = $1 AND done_at IS NULL ORDER BY given_at, case_id, kind", owner
        )
        return [TASKS.record(row) for row in rows]

    async def pass_on(self, case: AnomalyId, kind: TaskKind, whose: Collection[UserId], heir: UserId) -> None:
        said, values = numbered([one_of("owner", whose)], 4)
        await self._connection.execute(
            f"UPDATE tasks SET owner = $1{where(said)} AND case_id = $2 AND kind = $3 AND done_at IS NULL",
            heir,
            case,
            kind,
            *values,
        )
