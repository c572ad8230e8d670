"""An open page hears of what changes as long as its reader may look, and is a burden to nobody."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from bot.clock import ManualClock
from bot.directory import Directory
from bot.secrets import SESSION_LIFE, Pass, Passes, Signer
from bot.storage.around import Around
from bot.web.board.breakdowns import Tables
from bot.web.board.chrome import Chrome
from bot.web.board.health import HealthQuery, HealthScreen, HealthView, view_of
from bot.web.board.live import (
    AGAIN_AFTER_SECONDS,
    MOST_OF_ONE,
    MOST_STREAMS,
    PARTS,
    PING_EVERY,
    WRITE_AT_MOST,
    Live,
)
from bot.web.board.readers import Readers
from bot.web.board.screens import Asked, Screen
from bot.web.offer import Offer
from bot.web.pages import set_up_pages
from bot.web.sessions import COOKIE, Sessions
from bot.web.tokens import Tokens
from handlers.ledger import Ledger
from handlers.ports import StoreUnavailableError
from handlers.trail import AuditEntry
from replies.pages.health import HEALTH
from rules.editions import Rules
from rules.events import Shop, UserId
from rules.health import Tally
from rules.rights import Role
from rules.roster import Member, Roster
from rules.snapshot import Flow, Place, Snapshot
from rules.stages import Stage
from tests.builders import a_book

BOOK = a_book()
NONCE = "0"
SESSIONS = Passes(b"s", "session")
SECOND = timedelta(seconds=1)
MIDNIGHT = ManualClock().now().replace(hour=0) - timedelta(hours=8)
PATIENCE_SECONDS = 20
MAIN, EAST = Shop("main"), Shop("east")


def member(userid: str, *shops: str, roles: frozenset[Role] = frozenset({Role.AGENT})) -> Member:
    return Member(userid=UserId(userid), name=userid, roles=roles, shops=frozenset(shops or {"*"}))


TEAM = [
    member("zhangsan"),
    member("zhaoliu", EAST),
    member("nobody", roles=frozenset()),
    *(member(f"agent{number}") for number in range(MOST_STREAMS // MOST_OF_ONE)),
]


@dataclass(slots=True, kw_only=True)
class Board:
    """A board that is only its streams, of orders that a test changes."""

    clock: ManualClock = field(default_factory=ManualClock)
    directory: Directory = field(
        default_factory=lambda: Directory(
            rules=Rules.only(BOOK),
            roster=Roster(members={one.userid: one for one in TEAM}),
        )
    )
    counts: dict[Place, Tally] = field(default_factory=dict[Place, Tally])
    flows: dict[Shop, Flow] = field(default_factory=dict[Shop, Flow])
    spent: set[str] = field(default_factory=set[str])
    is_down: bool = False
    looks: int = 0
    trail: list[AuditEntry] = field(default_factory=list[AuditEntry])
    trail_is_down: bool = False
    live: Live = field(init=False)
    app: web.Application = field(init=False)
    url: URL = field(init=False)
    http: aiohttp.ClientSession = field(init=False)

    async def note(self, entry: AuditEntry) -> None:
        if self.trail_is_down:
            raise StoreUnavailableError
        self.trail.append(entry)

    async def load(self, asked: Asked[HealthQuery]) -> HealthView:
        self.looks += 1
        if self.is_down:
            raise StoreUnavailableError
        snapshot = Snapshot(
            at=asked.now,
            day_at=MIDNIGHT,
            counts=dict(self.counts),
            flows=dict(self.flows),
            feeds={},
            today={},
            lately={},
        )
        shops = asked.reader.shops_within(asked.query.shop)
        part = snapshot.of(shops)
        return view_of(
            asked, part, Tables(part.counts), Around(ledger=Ledger(alerts=0, fates={}), lost=0, unmatched=0)
        )

    def late(self, count: int, shop: Shop = MAIN, name: str = "hz1") -> None:
        """So many orders of a shop are late in picking now."""
        self.counts[Place(shop, Stage.PICKING, name, "")] = Tally(late=count)

    def leaves(self, userid: str) -> None:
        self.directory.roster = self.directory.roster.without({UserId(userid)})

    def move(self, userid: str, shop: Shop) -> None:
        """Somebody serves another shop from now on."""
        members = dict(self.directory.roster.members)
        members[UserId(userid)] = member(userid, shop)
        self.directory.roster = replace(self.directory.roster, members=members)

    @property
    def screen(self) -> HealthScreen:
        return Screen(
            name="health", page="/", twin="/api/health", summary="", query=HealthQuery, shape=HealthView,
            load=self.load, words=HEALTH,
        )  # fmt: skip

    def cookie(self, userid: str) -> str:
        """A session that has just begun."""
        given = Pass(userid=UserId(userid), until=self.clock.now() + SESSION_LIFE, nonce=NONCE)
        return f"{COOKIE}={SESSIONS.write(given)}"

    @property
    def port(self) -> int:
        assert self.url.port is not None
        return self.url.port

    async def until(self, condition: Callable[[], bool]) -> None:
        """Let time pass until it holds."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition():
                await asyncio.sleep(0.002)
                self.clock.advance(SECOND)


@dataclass(slots=True, kw_only=True)
class Stream:
    """What a page hears."""

    board: Board
    response: aiohttp.ClientResponse

    async def next(self) -> tuple[str, Any]:
        """The next event with its data, or a comment; time passes until it comes. ("end", None) when there is no more."""
        reading = asyncio.ensure_future(self._read())
        await self.board.until(reading.done)
        return await reading

    async def _read(self) -> tuple[str, Any]:
        text = (await self.response.content.readuntil(b"\n\n")).decode().strip()
        if not text:
            return "end", None
        if text.startswith(":"):
            return "comment", text[1:].strip()
        event, data = text.split("\n")
        return event.removeprefix("event: "), json.loads(data.removeprefix("data: "))

    async def parts(self) -> dict[str, str]:
        """The parts of the front page that come next."""
        event, data = await self.next()
        assert event == "health"
        return data["parts"]


@pytest.fixture
async def board() -> AsyncIterator[Board]:
    board = Board()
    sessions = Sessions(
        SESSIONS, Signer(b"s", "form"), board.directory, board.clock, board.spent, secure=False
    )
    chrome = Chrome(board.directory, sessions, Offer(is_set_up=False), board.clock)
    readers = Readers(Tokens({}), sessions)
    board.live = Live(board.screen, readers, chrome, board.directory, board.clock, board.clock, board)
    board.app = app = web.Application()
    app.add_routes(board.live.routes())
    app.on_shutdown.append(board.live.close)
    set_up_pages(app)
    async with (
        TestServer(app) as server,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http,
    ):
        board.url, board.http = server.make_url("/live"), http
        yield board


Opens = Callable[..., Any]


@pytest.fixture
async def opens(board: Board) -> AsyncIterator[Opens]:
    """Opens a stream of somebody, with a query; what was opened is closed in the end."""
    async with AsyncExitStack() as stack:

        async def opens(userid: str = "zhangsan", query: str = "", cookie: str | None = None) -> Stream:
            headers = {"Cookie": board.cookie(userid) if cookie is None else cookie}
            address = board.url.update_query(query)
            response = await stack.enter_async_context(board.http.get(address, headers=headers))
            return Stream(board=board, response=response)

        yield opens


# --- what a page hears ------------------------------------------------------------------


async def test_a_stream_begins_with_everything_and_goes_on_with_what_changed(
    board: Board, opens: Opens
) -> None:
    board.late(3)
    stream = await opens()
    assert (stream.response.status, stream.response.content_type) == (200, "text/event-stream")
    parts = await stream.parts()
    assert tuple(parts) == PARTS

    board.late(4)
    changed = await stream.parts()
    assert set(changed) == {"sum", "stages", "worst", "scores"}
    assert all(f'data-live="{name}"' in part for name, part in changed.items())
    assert "1 笔" not in changed["sum"]
    assert "4 笔未完订单" in changed["sum"]


async def test_who_listens_is_put_down_once_and_before_anything_is_heard(board: Board, opens: Opens) -> None:
    stream = await opens("zhangsan")
    await stream.parts()
    assert [(line.actor, line.deed, line.subject) for line in board.trail] == [
        ("zhangsan", "viewed.live", "health")
    ]

    board.trail_is_down = True
    refused = await opens("zhangsan")
    assert refused.response.status == 503
    assert board.live.listening == 1


async def test_when_nothing_changes_there_is_a_sign_of_life_every_fifteen_seconds(
    board: Board, opens: Opens
) -> None:
    stream = await opens()
    await stream.parts()
    began = board.clock.now()
    for times in (1, 2):
        assert await stream.next() == ("comment", "still here")
        assert board.clock.now() - began >= times * PING_EVERY


async def test_a_page_of_anomalies_hears_how_many_there_are(board: Board, opens: Opens) -> None:
    stream = await opens(query="about=anomalies")
    assert await stream.next() == ("anomalies", {"noticed": 0, "unclosed": 0})
    board.flows[MAIN] = Flow(opened=(2, 1), closed=(1,), unclosed=2)
    assert await stream.next() == ("anomalies", {"noticed": 3, "unclosed": 2})


async def test_everybody_hears_of_their_own_shops_in_their_own_language(board: Board, opens: Opens) -> None:
    board.late(3, MAIN)
    board.late(2, EAST)
    everything = (await (await opens("zhangsan")).parts())["sum"]
    own = (await (await opens("zhaoliu", "lang=en")).parts())["sum"]
    asked = (await (await opens("zhangsan", "shop=main")).parts())["sum"]
    foreign = (await (await opens("zhaoliu", "shop=main")).parts())["sum"]
    assert "5 笔" in everything
    assert "2 open orders" in own
    assert "3 笔" in asked
    assert "0 笔" in foreign


async def test_whoever_looks_at_the_same_thing_shares_the_looking(board: Board, opens: Opens) -> None:
    streams = [await opens(f"agent{number}") for number in range(10)]
    for stream in streams:
        await stream.parts()
    seconds = (board.clock.now() - ManualClock().now()) / SECOND
    assert board.looks <= seconds + 2


async def test_a_database_that_is_away_is_no_news(board: Board, opens: Opens) -> None:
    stream = await opens()
    await stream.parts()
    board.is_down = True
    assert (await stream.next())[0] == "comment"
    board.is_down = False
    board.late(1)
    assert "1 笔" in (await stream.parts())["sum"]


# --- who may listen ---------------------------------------------------------------------


@pytest.mark.parametrize(("userid", "status"), [("stranger", 401), ("nobody", 403)])
async def test_who_may_not_look_may_not_listen(opens: Opens, userid: str, status: int) -> None:
    assert (await opens(userid)).response.status == status


async def test_a_wrong_parameter_is_named(opens: Opens) -> None:
    stream = await opens(query="top=0")
    assert stream.response.status == 400
    assert (await stream.response.json(content_type=None))["field"] == "top"


@pytest.mark.parametrize("how", ["leaves", "logs out", "expires", "other shops"])
async def test_a_stream_ends_with_the_right_to_it(board: Board, opens: Opens, how: str) -> None:
    stream = await opens("zhaoliu")
    await stream.parts()
    began = board.clock.now()
    match how:
        case "leaves":
            board.leaves("zhaoliu")
        case "logs out":
            board.spent.add(NONCE)
        case "expires":
            board.clock.advance(SESSION_LIFE)
        case _:
            board.move("zhaoliu", MAIN)
    ended = began + (SESSION_LIFE if how == "expires" else timedelta())
    while (event := await stream.next())[0] != "over":
        assert event[0] in {"comment", "health"}
    assert await stream.next() == ("end", None)
    assert board.clock.now() - ended <= timedelta(seconds=60)


# --- how many may listen ----------------------------------------------------------------


async def test_a_person_has_so_many_streams_and_a_closed_page_frees_its_place(
    board: Board, opens: Opens
) -> None:
    streams = [await opens() for _ in range(MOST_OF_ONE)]
    refused = (await opens()).response
    assert (refused.status, refused.headers["Retry-After"]) == (429, str(AGAIN_AFTER_SECONDS))
    assert (await opens("agent1")).response.status == 200

    streams[0].response.close()
    await board.until(lambda: board.live.listening == MOST_OF_ONE)
    assert (await opens()).response.status == 200


async def test_a_process_has_so_many_streams(opens: Opens) -> None:
    for number in range(MOST_STREAMS):
        assert (await opens(f"agent{number // MOST_OF_ONE}")).response.status == 200
    refused = (await opens()).response
    assert (refused.status, refused.headers["Retry-After"]) == (503, str(AGAIN_AFTER_SECONDS))


async def test_who_does_not_read_is_dropped(board: Board) -> None:
    """A megabyte or so waits between the two; then nobody writes any more, and soon nobody waits."""
    end = socket.socket()
    end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    end.setblocking(False)
    await asyncio.get_running_loop().sock_connect(end, ("127.0.0.1", board.port))
    _, writer = await asyncio.open_connection(sock=end, limit=1024)
    writer.write(f"GET /live HTTP/1.1\r\nHost: x\r\nCookie: {board.cookie('zhangsan')}\r\n\r\n".encode())
    await board.until(lambda: board.live.listening == 1)
    names = count()

    def is_dropped() -> bool:
        board.counts.clear()
        board.late(1, name=f"{next(names)}{'x' * 200_000}")
        return board.live.listening == 0

    await board.until(is_dropped)
    assert board.clock.now() - ManualClock().now() >= WRITE_AT_MOST
    writer.transport.abort()


async def test_a_service_that_stops_ends_every_stream_at_once(board: Board, opens: Opens) -> None:
    streams = [await opens("zhangsan"), await opens("zhaoliu")]
    for stream in streams:
        await stream.parts()
    await board.live.close(board.app)
    for stream in streams:
        assert await stream.response.content.read() == b""
    assert (await opens()).response.status == 503
