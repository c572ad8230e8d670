"""The connection to the bot outlives what the other side says, however odd that is."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.clock import ManualClock
from bot.leader import LeaseLostError, Tenure
from bot.settings import Aibot
from bot.signals import Signals
from bot.storage.opening import open_store
from bot.storage.store import Store
from bot.wecom.answers import NoAnswerError, NotSentError, unheard
from bot.wecom.socket import BotSocket, Frame
from tests.bot.tenures import a_tenure, taken_over
from tests.databases import sqlite_url

SUBSCRIBED = {"errcode": 0, "errmsg": "ok"}


@dataclass(slots=True)
class OtherSide:
    """What answers all but the subscription with `answer`."""

    answer: dict[str, Any]
    heard: list[str] = field(default_factory=list[str])
    links: list[web.WebSocketResponse] = field(default_factory=list[web.WebSocketResponse])

    async def hang_up(self) -> None:
        for link in self.links:
            await link.close()

    async def talk(self, request: web.Request) -> web.WebSocketResponse:
        link = web.WebSocketResponse()
        await link.prepare(request)
        self.links.append(link)
        async for message in link:
            frame = message.json()
            self.heard.append(frame["cmd"])
            said = SUBSCRIBED if frame["cmd"] == "aibot_subscribe" else self.answer
            await link.send_json({"headers": frame["headers"], **said})
        return link


@dataclass(slots=True, kw_only=True)
class Line:
    """A socket, its lease and its other side."""

    socket: BotSocket
    tenure: Tenure
    running: asyncio.Task[None]
    other_side: OtherSide
    store: Store
    clock: ManualClock


@pytest.mark.parametrize("answer", [{"errcode": "abc"}, {"errcode": None}, {}])
async def test_an_unreadable_answer_is_none_and_the_connection_stays(
    tmp_path: Path, answer: dict[str, Any]
) -> None:
    async with _connected(tmp_path, OtherSide(answer)) as line:
        with pytest.raises(NoAnswerError):
            await line.socket.send("aibot_send_msg", b"{}")

        assert line.socket.subscribed


async def test_who_wakes_up_after_the_end_of_the_lease_sends_nothing(tmp_path: Path) -> None:
    async with _connected(tmp_path, OtherSide(SUBSCRIBED)) as line:
        await line.socket.send("aibot_send_msg", b"{}")
        await _lose(line)

        with pytest.raises(NotSentError):
            await line.socket.send("aibot_send_msg", b"{}")

        assert line.other_side.heard == ["aibot_subscribe", "aibot_send_msg"]


async def test_who_has_lost_the_connection_and_the_lease_does_not_subscribe_again(tmp_path: Path) -> None:
    """It would throw out the one that holds the lease now."""
    other_side = OtherSide(SUBSCRIBED)
    async with _connected(tmp_path, other_side) as line:
        await taken_over(line.store, line.clock)
        await line.other_side.hang_up()

        with pytest.raises(LeaseLostError):
            await asyncio.wait_for(line.running, 5)

    assert other_side.heard == ["aibot_subscribe"]


async def _lose(line: Line) -> None:
    await taken_over(line.store, line.clock)
    with pytest.raises(LeaseLostError):
        await line.tenure.renew()


@asynccontextmanager
async def _connected(folder: Path, other_side: OtherSide) -> AsyncGenerator[Line]:
    """A socket that has subscribed."""
    app = web.Application()
    app.router.add_get("/", other_side.talk)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as http, open_store(sqlite_url(folder), Signals()) as store:
        settings = Aibot.model_validate({
            "url": f"http://127.0.0.1:{runner.addresses[0][1]}/",
            "bot_id": "bot",
            "secret": "secret",
        })  # fmt: skip
        changed, clock = asyncio.Event(), ManualClock()
        tenure = await a_tenure(store, clock)
        socket = BotSocket(http, settings, _nobody_cares, changed.set, heard=unheard)
        running = asyncio.create_task(socket.run(tenure))
        await asyncio.wait_for(changed.wait(), 5)
        yield Line(
            socket=socket,
            tenure=tenure,
            running=running,
            other_side=other_side,
            store=store,
            clock=clock,
        )
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    await runner.cleanup()


async def _nobody_cares(frame: Frame) -> None: ...
