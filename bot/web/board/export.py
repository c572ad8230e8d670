"""How is a list taken away? As CSV or as a workbook, with the filters, rows and values of its screen.

CSV is sent while it is read, and has no limit. A workbook is made in slices, in a thread, and sent when it is whole.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast
from urllib.parse import quote

import structlog
from aiohttp import web

from bot.clock import Clock, stopwatch
from bot.storage.store import Store, Transaction
from bot.web.board.board import AnyScreen, Handler
from bot.web.board.cells import Cell, Tongue
from bot.web.board.chrome import Chrome
from bot.web.board.queries import PAGING, FaultyQueryError, read, typed
from bot.web.board.readers import Reader, Readers, scope_of
from bot.web.board.screens import Asked, Export, MissingError, Page
from bot.web.board.sheets import BOM, Sheet, Workbook, csv_of
from bot.web.problems import problem
from handlers.ports import StoreUnavailableError
from handlers.trail import AuditEntry, Way
from handlers.world import Directory
from replies.masking import free
from replies.words import Language, Words
from rules.rights import Right

MOST_IN_A_WORKBOOK = 100_000
"""Rows."""
WORKBOOKS_AT_ONCE = 2
RETRY_AFTER_SECONDS = 30
SLICE = 100
"""Rows that are read and worded at a time; meanwhile nothing else is done here."""
CHUNK_BYTES = 1 << 18
CSV, XLSX = "csv", "xlsx"
EXPORTING, EXPORTED = "exporting.", "exported."
"""What the deeds begin with: before rows leave whose number is not known yet, and with their number."""
_TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

log = structlog.get_logger("board")


class BusyError(Exception):
    """As many workbooks as may be made at a time are under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taking:
    """One list on its way out."""

    screen: AnyScreen
    export: Export
    asked: Asked[Any]
    tongue: Tongue
    request: web.Request

    @property
    def words(self) -> Words:
        """Those of the page, in the reader's language."""
        return self.tongue.words

    @property
    def head(self) -> list[str]:
        """The titles of the columns."""
        return [self.words(column.key) for column in self.export.columns]

    @property
    def filters(self) -> Mapping[str, str]:
        """What was asked for, as it may be shown."""
        given = {**typed(self.request.query), **self.asked.path}
        known = {*self.screen.query.__struct_fields__, *self.asked.path} - PAGING
        return {name: free(text) for name, text in given.items() if name in known and text}

    def filters_noted(self) -> Mapping[str, str]:
        """The same for the audit trail, which holds nothing that somebody has typed freely."""
        values = {name: getattr(self.asked.query, name, "") for name in self.filters}
        free_text = {name for name, value in values.items() if type(value) is str}
        return {name: "" if name in free_text else text for name, text in self.filters.items()}

    def filters_told(self) -> list[list[Cell]]:
        """The same in the reader's language."""
        return [[self._titled(name), self._said(name, text)] for name, text in self.filters.items()]

    def _titled(self, name: str) -> str:
        try:
            return self.words(name)
        except KeyError:  # a part of the address, or a parameter that the page has no field for
            return name

    def _said(self, name: str, text: str) -> Cell:
        value = getattr(self.asked.query, name, text)
        if isinstance(value, tuple):
            return ", ".join(str(self.tongue.cell(one)) for one in cast(tuple[Any, ...], value))
        return self.tongue.cell(value) if isinstance(value, StrEnum) else text

    def file_name(self, kind: str) -> str:
        """For a header: in the reader's language, and in ASCII for those who know no better."""
        stem = f"-{self.asked.now.astimezone(self.asked.zone):%Y%m%d-%H%M}.{kind}"
        theirs = quote(self.words("title") + stem)
        return f"attachment; filename=\"{self.screen.name}{stem}\"; filename*=UTF-8''{theirs}"

    async def pages(self) -> AsyncGenerator[Page]:
        """The parts of the list, in the order of the screen. They end early when nobody listens any more."""
        cursor: str | None = None
        while True:
            page = await self.export.page(self.asked, cursor, SLICE)
            yield page
            cursor = page.next
            if cursor is None or self.hung_up:
                return

    def slices(self, page: Page) -> Iterator[list[list[Cell]]]:
        """The rows of a part, a few at a time; one without any is an empty slice."""
        columns = self.export.columns
        for start in range(0, max(len(page.items), 1), SLICE):
            yield [self.tongue.line(columns, row) for row in page.items[start : start + SLICE]]

    async def sheets(self, first: Page) -> Sequence[Sheet]:
        """What stands in the workbook beside the list; its first part is there already."""
        beside = self.export.beside
        return () if beside is None else await beside(first, self.asked, self.tongue)

    @property
    def hung_up(self) -> bool:
        """Whether nobody listens any more."""
        transport = self.request.transport
        return transport is None or transport.is_closing()


class Exports:
    """The lists of all screens, as files."""

    def __init__(
        self,
        screens: Iterable[AnyScreen],
        readers: Readers,
        chrome: Chrome,
        store: Store,
        directory: Directory,
        clock: Clock,
    ) -> None:
        self._screens = tuple(screens)
        self._readers = readers
        self._chrome = chrome
        self._store = store
        self._directory = directory
        self._clock = clock
        self._making = 0
        """Workbooks."""

    def routes(self) -> list[web.RouteDef]:
        """Two addresses for each list."""
        return [
            web.get(
                f"{screen.export.address or screen.page}.{kind}",
                self._handler(screen, screen.export, kind),
                allow_head=False,  # it is sent while it is read, also to who asked for the head alone
            )
            for screen in self._screens
            if screen.export is not None
            for kind in (CSV, XLSX)
        ]

    def _handler(self, screen: AnyScreen, export: Export, kind: str) -> Handler:
        async def take(request: web.Request) -> web.StreamResponse:
            reader = self._readers.of(request)
            if reader is None:
                return self._chrome.stranger(request, path=request.path)
            if missing := next(
                (right for right in (screen.right, Right.EXPORT) if not reader.may(right)), None
            ):
                return self._forbidden(request, reader, missing)
            if not reader.reads(scope := scope_of(screen.twin)):
                return problem(403, f"this takes a token with the scope {scope}")
            try:
                return await self._take(self._taking(screen, export, request, reader), kind)
            except FaultyQueryError as error:
                return self._faulty(request, reader, screen, error)
            except MissingError as error:
                return self._chrome.missing(request, reader, str(error))
            except BusyError:
                return self._chrome.busy(request, reader, WORKBOOKS_AT_ONCE, RETRY_AFTER_SECONDS)
            except StoreUnavailableError:
                return self._chrome.away(request, reader)

        return take

    def _forbidden(self, request: web.Request, reader: Reader, right: Right) -> web.Response:
        if reader.person:
            return self._chrome.forbidden(request, reader, right)
        return problem(403, f"this takes the right {right}")

    def _faulty(
        self, request: web.Request, reader: Reader, screen: AnyScreen, error: FaultyQueryError
    ) -> web.Response:
        """The page says what is wrong, and keeps what was typed."""
        if reader.person and screen.page == request.path.rpartition(".")[0]:
            return web.Response(
                status=303, headers={"Location": f"{screen.page}?{request.rel_url.raw_query_string}"}
            )
        first, *_ = error.faults
        return problem(400, first.said(Language.EN), field=first.name)

    def _taking(self, screen: AnyScreen, export: Export, request: web.Request, reader: Reader) -> _Taking:
        asked = Asked(
            reader=reader,
            path=dict(request.match_info),
            query=read(screen.query, typed(request.query)),
            now=self._clock.now(),
            zone=self._directory.rules.current.calendar.zone,
        )
        tongue = self._chrome.tongue(request, screen.words)
        return _Taking(screen=screen, export=export, asked=asked, tongue=tongue, request=request)

    async def _take(self, taking: _Taking, kind: str) -> web.StreamResponse:
        return await (self._send_csv(taking) if kind == CSV else self._send_workbook(taking))

    async def _note(self, taking: _Taking, deed: str, kind: str, **told: str) -> None:
        """Write down that a list leaves, or has left."""
        reader = taking.asked.reader
        filters = {f"filter.{name}": text for name, text in taking.filters_noted().items()}
        entry = AuditEntry(
            at=self._clock.now(),
            actor=reader.actor,
            way=Way.PAGE if reader.person else Way.API,
            deed=f"{deed}{taking.screen.name}",
            subject=taking.request.path,
            detail={"form": kind, **filters, **told},
        )

        async def note(work: Transaction) -> None:
            await work.trail.note([entry])

        await self._store.run("export", note)

    # --- CSV ----------------------------------------------------------------------

    async def _send_csv(self, taking: _Taking) -> web.StreamResponse:
        passed, rows, whole = stopwatch(), 0, False
        async with aclosing(taking.pages()) as pages:
            first = await anext(pages)
            await self._note(taking, EXPORTING, CSV)
            response = web.StreamResponse(headers=_headers(taking, CSV))
            await response.prepare(taking.request)
            try:
                await response.write(BOM.encode() + csv_of([taking.head]))
                async for page in _chained(first, pages):
                    for part in taking.slices(page):
                        await response.write(csv_of(part))
                        rows += len(part)
                whole = not taking.hung_up
            except (ConnectionError, StoreUnavailableError):
                _break_off(taking)
            finally:
                await self._note(taking, EXPORTED, CSV, rows=str(rows), whole=str(whole).lower())
        log.info("list.exported", what=taking.screen.name, form=CSV, rows=rows, whole=whole, ms=passed())
        if whole:
            await response.write_eof()
        return response

    # --- workbooks ----------------------------------------------------------------

    async def _send_workbook(self, taking: _Taking) -> web.StreamResponse:
        passed = stopwatch()
        with TemporaryDirectory(prefix="dingdan-") as folder:
            book = await self._make(taking, Path(folder))
            await self._note(taking, EXPORTED, XLSX, rows=str(book.rows))
            log.info("list.exported", what=taking.screen.name, form=XLSX, rows=book.rows, ms=passed())
            response = web.StreamResponse(headers=_headers(taking, XLSX))
            response.content_length = book.path.stat().st_size
            try:
                await response.prepare(taking.request)
                with book.path.open("rb") as file:
                    while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
                        await response.write(chunk)
                await response.write_eof()
            except ConnectionError:
                _break_off(taking)
        return response

    async def _make(self, taking: _Taking, folder: Path) -> Workbook:
        """The whole file; of a reader who has hung up, as much as there was."""
        if self._making >= WORKBOOKS_AT_ONCE:
            raise BusyError(BusyError.__doc__)
        self._making += 1
        try:
            widths = [column.width for column in taking.export.columns]
            book = await asyncio.to_thread(Workbook, folder, taking.words("title"), taking.head, widths)
            try:
                first, cut = await _fill(book, taking)
                sheets = [*await taking.sheets(first), _about(taking, book.rows, cut=cut)]
            except Exception:
                await asyncio.to_thread(book.finish)  # or its notes stay open
                raise
            await asyncio.to_thread(book.finish, *sheets)
        finally:
            self._making -= 1
        return book


async def _fill(book: Workbook, taking: _Taking) -> tuple[Page, bool]:
    """Put the rows into the book; their first part, and whether there were more than it takes."""
    async with aclosing(taking.pages()) as pages:
        first = await anext(pages)
        async for page in _chained(first, pages):
            for part in taking.slices(page):
                room = MOST_IN_A_WORKBOOK - book.rows
                await asyncio.to_thread(book.add, part[:room])
                if len(part) > room:
                    return first, True
    return first, False


async def _chained(first: Page, rest: AsyncGenerator[Page]) -> AsyncGenerator[Page]:
    yield first
    async for page in rest:
        yield page


def _about(taking: _Taking, rows: int, *, cut: bool) -> Sheet:
    """The sheet that says what the list is, and first of all whether it is not whole."""
    t, asked = taking.words, taking.asked
    now = asked.now.astimezone(asked.zone).replace(microsecond=0)
    told = [[t("export_cut", most=MOST_IN_A_WORKBOOK)]] if cut else []
    facts: list[list[Cell]] = [
        [t("export_of"), t("title")],
        [t("export_as_of"), now],
        [t("export_rows"), rows],
        *taking.filters_told(),
    ]
    return Sheet(
        title=t("export_note"), head=(t("product"),), rows=[*told, *facts], widths=(24, 40), in_front=cut
    )


def _headers(taking: _Taking, kind: str) -> Mapping[str, str]:
    return {"Content-Type": _TYPES[kind], "Content-Disposition": taking.file_name(kind)}


def _break_off(taking: _Taking) -> None:
    """Hang up, so that half a file is not taken for a whole one."""
    if taking.request.transport is not None:
        taking.request.transport.abort()
