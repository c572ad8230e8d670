"""How does an anomaly stand? Its page with all that happened, the same as JSON, and its timeline to take away."""

from collections.abc import Sequence
from typing import Any

import msgspec

from bot.storage.store import Store, Transaction
from bot.web.board.case_shape import AnomalyFile, EntryShown
from bot.web.board.casefile import case_file, timeline_of
from bot.web.board.cells import Column, person
from bot.web.board.queries import NoQuery
from bot.web.board.screens import About, Asked, Export, MissingError, Screen, by_load
from bot.web.editing import Editing
from handlers.desk import Sheet, sheet_of
from handlers.world import World
from replies.masking import plain
from replies.pages.case import CASE
from replies.pages.order import operation
from replies.words import Text
from rules.anomalies import AnomalyId
from rules.events import OrderKey, OrderNo, Shop

CASE_PAGE = "/a/{id}"
TIMELINE: tuple[Column[EntryShown], ...] = (
    Column("at", lambda row: row.at, 20),
    Column("what", lambda row: row.what, 16),
    Column("actor", lambda row: person(row.actor), 14),
    Column("particulars", lambda row: Text(row.words.zh, row.words.en), 60),
)


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to an anomaly, oldest first."""

    id: str
    shop: str
    order_no: str
    items: Sequence[EntryShown]
    next: str | None = None
    """None: it is told as a whole."""


class CaseFiles:
    """Reads anomalies for those who serve their shop."""

    def __init__(self, store: Store, world: World, editing: Editing) -> None:
        self._store = store
        self._world = world
        self._editing = editing

    async def sheet(self, asked: Asked[Any]) -> Sheet:
        """The anomaly that the address names. Raises MissingError."""
        case = AnomalyId(asked.path["id"])
        async with self._store.snapshot() as connection:
            sheet = await sheet_of(Transaction(connection), self._world, case)
        if sheet is None or not asked.reader.serves(sheet.situation.order.key.shop):
            raise MissingError(f"anomaly {case}")
        return sheet

    async def file(self, asked: Asked[NoQuery]) -> AnomalyFile:
        """All that is shown of it."""
        return case_file(await self.sheet(asked), asked, self._editing if asked.reader.person else None)

    async def timeline(self, asked: Asked[NoQuery]) -> Timeline:
        """What happened to it, alone."""
        sheet = await self.sheet(asked)
        order = sheet.situation.order.key
        return Timeline(
            id=asked.path["id"],
            shop=plain(order.shop),
            order_no=plain(order.order_no),
            items=timeline_of(sheet, asked),
        )


def _about(view: AnomalyFile | Timeline) -> About:
    return About(order=OrderKey(Shop(view.shop), OrderNo(view.order_no)), case=AnomalyId(view.id))


def the_case(files: CaseFiles) -> Screen[NoQuery, AnomalyFile]:
    """The page of an anomaly."""
    return Screen(
        name="case",
        page=CASE_PAGE,
        twin="/api/anomalies/{id}",
        summary="One anomaly: its draft, what was sent, its timeline and what became of each letter; oldest first",
        query=NoQuery,
        shape=AnomalyFile,
        load=files.file,
        words=CASE,
        about=_about,
        tools={"operation": operation},
        tab="anomalies",
    )


def the_timeline(files: CaseFiles) -> Screen[NoQuery, Timeline]:
    """The timeline of an anomaly, for those who take it away."""
    return Screen(
        name="timeline",
        page=None,
        twin="/api/anomalies/{id}/timeline",
        summary="What happened to an anomaly, oldest first, told in both languages",
        query=NoQuery,
        shape=Timeline,
        load=files.timeline,
        words=CASE,
        about=_about,
        export=Export(columns=TIMELINE, page=by_load(files.timeline), address=f"{CASE_PAGE}/timeline"),
    )
