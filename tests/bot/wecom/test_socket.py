"""The connection to the bot outlives what the other side says, however odd that is."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.settings import Aibot
from bot.wecom.answers import NoAnswerError
from bot.wecom.socket import BotSocket, Frame

SUBSCRIBED = {"errcode": 0, "errmsg": "ok"}


@pytest.mark.parametrize("answer", [{"errcode": "abc"}, {"errcode": None}, {}])
async def test_an_unreadable_answer_is_none_and_the_connection_stays(answer: dict[str, Any]) -> None:
    async with _connected(answer) as socket:
        with pytest.raises(NoAnswerError):
            await socket.send("aibot_send_msg", b"{}")

        assert socket.subscribed


@asynccontextmanager
async def _connected(answer: dict[str, Any]) -> AsyncGenerator[BotSocket]:
    """A socket whose other side gives this answer to all but the subscription."""

    async def other_side(request: web.Request) -> web.WebSocketResponse:
        link = web.WebSocketResponse()
        await link.prepare(request)
        async for message in link:
            frame = message.json()
            said = SUBSCRIBED if frame["cmd"] == "aibot_subscribe" else answer
            await link.send_json({"headers": frame["headers"], **said})
        return link

    app = web.Application()
    app.router.add_get("/", other_side)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as http:
        settings = Aibot.model_validate({
            "url": f"http://127.0.0.1:{runner.addresses[0][1]}/",
            "bot_id": "bot",
            "secret": "secret",
        })  # fmt: skip
        changed = asyncio.Event()
        socket = BotSocket(http, settings, _nobody_cares, changed.set)
        running = asyncio.create_task(socket.run())
        await asyncio.wait_for(changed.wait(), 5)
        yield socket
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    await runner.cleanup()


async def _nobody_cares(frame: Frame) -> None: ...
