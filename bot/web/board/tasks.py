"""What were people asked to see to, and what came of it? The list; whoever was asked answers here as well."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import structlog
from aiohttp import web

from bot.clock import stopwatch
from bot.storage.store import Store, Transaction
from bot.storage.tasklist import UNDONE, TaskFilter, TaskPlace
from bot.storage.views import Views
from bot.web.board.board import Board
from bot.web.board.cells import Column, person
from bot.web.board.chrome import language_of
from bot.web.board.deeds import Said
from bot.web.board.queries import ListQuery, Milliseconds, cursor_of, place_of
from bot.web.board.readers import Reader
from bot.web.board.screens import Asked, Export, Screen, by_load
from bot.web.board.task_shape import TaskRow, task_row
from bot.web.forms import form_of
from handlers.desk import Told
from handlers.tasks import answer_on_page
from handlers.trail import Hindrance
from handlers.world import Directory, World
from replies.actions import result_of
from replies.masking import free
from replies.pages.case import hindered_in_english
from replies.pages.tasks import TASKS
from replies.words import Language, Words
from rules.anomalies import AnomalyId
from rules.events import UserId
from rules.instants import to_ms
from rules.tasks import ACKNOWLEDGED_ALONE, Task, TaskKind, TaskState

TASKS_PAGE = "/tasks"
Place = tuple[Milliseconds, str, str]
log = structlog.get_logger("pages")


class TaskQuery(ListQuery, frozen=True, kw_only=True):
    """Which tasks; `state` may be several, and is what is not done where it is not given."""

    state: tuple[TaskState, ...] = UNDONE
    kind: TaskKind | None = None
    owner: str | None = None
    """A userid, or `me`."""
    shop: str | None = None


class TaskTally(msgspec.Struct, frozen=True, kw_only=True):
    """How many are not done, in the reader's shops."""

    waiting: int
    overdue: int
    acknowledged: int
    mine: int


class TaskList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of tasks, the latest given out first."""

    items: Sequence[TaskRow]
    next: str | None
    counts: TaskTally


COLUMNS: tuple[Column[TaskRow], ...] = (
    Column("order", lambda row: row.order_no, 22),
    Column("shop", lambda row: row.shop),
    Column("kind", lambda row: row.kind, 14),
    Column("state", lambda row: row.state, 10),
    Column("owner", lambda row: person(row.owner), 12),
    Column("given_at", lambda row: row.given_at, 20),
    Column("asked_at", lambda row: row.asked_at, 20),
    Column("times", lambda row: row.times, 8),
    Column("due_at", lambda row: row.due_at, 20),
    Column("escalated_at", lambda row: row.escalated_at, 20),
    Column("acknowledged_by", lambda row: person(row.acknowledged_by), 12),
    Column("result", lambda row: row.result, 16),
    Column("done_by", lambda row: person(row.done_by), 12),
    Column("done_at", lambda row: row.done_at, 20),
    Column("case", lambda row: row.case, 34),
)


def tasks(views: Views, directory: Directory) -> Screen[TaskQuery, TaskList]:
    """The list."""

    async def load(asked: Asked[TaskQuery]) -> TaskList:
        query = asked.query
        shops = asked.reader.shops_within(query.shop)
        place = place_of(query.cursor, Place)
        wanted = TaskFilter(
            states=query.state,
            kind=query.kind,
            owner=_owner(query.owner, asked.reader),
            shops=shops,
            before=None if place is None else TaskPlace(*place),
        )
        found, counts = await views.tasks(wanted, query.limit + 1, asked.reader.member.userid)
        page = found[: query.limit]
        more = cursor_of(*_place(page[-1])) if len(found) > query.limit else None
        tally = TaskTally(
            waiting=counts.waiting,
            overdue=counts.overdue,
            acknowledged=counts.acknowledged,
            mine=counts.mine,
        )
        return TaskList(items=[task_row(task, asked) for task in page], next=more, counts=tally)

    def people() -> dict[str, str]:
        return {userid: member.name for userid, member in directory.roster.members.items()}

    return Screen(
        name="tasks",
        page=TASKS_PAGE,
        twin="/api/tasks",
        summary="What people were asked to see to, the latest given out first",
        query=TaskQuery,
        shape=TaskList,
        load=load,
        words=TASKS,
        tools={"people": people, "undone": ",".join(UNDONE)},
        export=Export(columns=COLUMNS, page=by_load(load)),
    )


def _owner(asked: str | None, reader: Reader) -> UserId | None:
    if asked is None:
        return None
    return reader.member.userid if asked == "me" else UserId(asked)


def _place(task: Task) -> TaskPlace:
    return TaskPlace(to_ms(task.given_at), task.case, task.kind)


class TaskDeeds:
    """`POST /tasks`"""

    def __init__(self, board: Board, store: Store, world: World) -> None:
        self._board = board
        self._store = store
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """The address of the forms: that of the page."""
        return [web.post(TASKS_PAGE, self._board.page(self._board.screen("tasks"), self._answer))]

    async def _answer(self, request: web.Request, reader: Reader) -> Mapping[str, Any]:
        """Take the answer; the page says what came of it."""
        form = {name: str(value) for name, value in (await form_of(request)).items()}
        language = language_of(request)
        kind = next((kind for kind in TaskKind if kind == form.get("kind")), None)
        sees_to_it = form.get("do") == "acknowledge" and kind in ACKNOWLEDGED_ALONE
        result = None if kind is None or sees_to_it else result_of(kind, form.get("result"))
        if kind is None or (result is None and not sees_to_it):
            return {"status": 400, "told": Said(done=False, text=Words(language, TASKS)("wrong_form"))}
        case = AnomalyId(form.get("case", ""))

        async def do(work: Transaction) -> Told:
            return await answer_on_page(work, self._world, case, kind, result, reader.member.userid)

        passed = stopwatch()
        told = await self._store.run("page", do)
        outcome = "done" if told.done else "refused"
        log.info("page.handled", what=f"page.{kind}", case=case, outcome=outcome, ms=passed())
        return {"told": self._said(told, language)}

    def _said(self, told: Told, language: Language) -> Said:
        """In Chinese as the group reads it, in English in our own words."""
        if language is Language.ZH:
            return Said(done=told.done, text=told.text)
        words = Words(language, TASKS)
        if told.hindrance is Hindrance.NO_RIGHT:
            return Said(done=False, text=words("not_asked"))
        if told.hindrance is not None:
            return Said(done=False, text=hindered_in_english(told.hindrance))
        by = told.refused.by if told.refused is not None else None
        name = free(self._world.directory.roster.name(by)) if by else ""
        if told.refused is not None:
            return Said(done=False, text=words("answered_by", name=name) if name else words("over"))
        return Said(done=True, text=words("taken"))
