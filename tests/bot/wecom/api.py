"""Who plays WeCom's server where the sandbox is too kind? Counts what it is asked, and answers as it is told."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bot.clock import ManualClock
from bot.settings import Wecom
from bot.wecom.answers import unheard
from bot.wecom.client import SEND_MESSAGE, WecomClient
from bot.wecom.tokens import Cache

OK: dict[str, Any] = {"errcode": 0, "errmsg": "ok"}


def refusal(code: int) -> dict[str, Any]:
    return {"errcode": code, "errmsg": "no, hint: [1], from ip: 10.0.0.1"}


@dataclass(slots=True)
class OtherSide:
    """One of WeCom's servers, and what it was asked for."""

    judge: Callable[[str], dict[str, Any]] = lambda _: OK
    """The answer to a message, by its token."""
    gives: Callable[[int], dict[str, Any]] = lambda number: OK | {"access_token": f"t{number}"}
    """The answer to the n-th request for a token, from 1."""
    hangs_at: str = ""
    """The path that is never answered."""
    meeting: asyncio.Barrier | None = None
    """So many messages are answered together, once they are all there."""
    fetches: int = 0
    tokens_used: list[str] = field(default_factory=list[str])
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    async def token(self, _: web.Request) -> web.Response:
        await self._answer("gettoken")
        self.fetches += 1
        return web.json_response(self.gives(self.fetches))

    async def send(self, request: web.Request) -> web.Response:
        await self._answer("send")
        if self.meeting is not None:
            await self.meeting.wait()
        self.tokens_used.append(request.query["access_token"])
        return web.json_response(self.judge(request.query["access_token"]))

    async def _answer(self, path: str) -> None:
        if path == self.hangs_at:
            await self._released.wait()
        await asyncio.sleep(0)  # so that those who come together meet

    @asynccontextmanager
    async def listening(self) -> AsyncGenerator[str]:
        """Its address."""
        app = web.Application()
        app.add_routes([
            web.get("/cgi-bin/gettoken", self.token),
            web.post(f"/cgi-bin/{SEND_MESSAGE}", self.send),
        ])  # fmt: skip
        async with TestServer(app) as server:
            yield str(server.make_url("/"))
            self._released.set()


@asynccontextmanager
async def a_client(address: str, cache: Cache, clock: ManualClock) -> AsyncGenerator[WecomClient]:
    """A client of our own of the server at `address`."""
    settings = Wecom(api_base=address, corp_id="ww", agent_id=1000002, secret=SecretStr("s"))
    async with aiohttp.ClientSession() as session:
        yield WecomClient(session, settings, cache, now=clock.now, heard=unheard)
