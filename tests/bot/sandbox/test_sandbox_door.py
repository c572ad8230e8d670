"""Does the door of the server API hold? Addresses, frequencies, concurrency and tokens (wecom.md §3.1, §3.3, §12)."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from bot.clock import ManualClock
from bot.sandbox.config import Knobs, TokenRepeat
from bot.sandbox.server import Sandbox
from tests.bot.sandbox.harness import App, a_sandbox, an_app, clock_of


@asynccontextmanager
async def playing(knobs: Knobs, **fields: Any) -> AsyncGenerator[App, None]:
    async with a_sandbox(knobs, **fields) as sandbox, an_app(sandbox) as app:
        yield app


async def gettoken(app: App, secret: str = "") -> int:
    config = app.sandbox.config
    answer = await app.get("gettoken", corpid=config.corp_id, corpsecret=secret or config.secret)
    return answer["errcode"]


async def test_3_1_an_address_that_is_wrong_too_often_is_blocked_for_an_hour() -> None:
    async with playing(Knobs(wrong_secrets=3)) as app:
        assert [await gettoken(app, "wrong") for _ in range(4)] == [40001, 40001, 40001, 45009]
        assert await gettoken(app) == 45009
        assert (await app.send())["errcode"] == 45009
        clock_of(app.sandbox).advance(timedelta(hours=1) - timedelta(seconds=1))
        assert await gettoken(app) == 45009
        clock_of(app.sandbox).advance(timedelta(seconds=1))
        assert await gettoken(app) == 0


async def test_3_1_wrong_secrets_are_forgotten_after_an_hour() -> None:
    async with playing(Knobs(wrong_secrets=2)) as app:
        assert await gettoken(app, "wrong") == 40001
        clock_of(app.sandbox).advance(timedelta(hours=1))
        assert [await gettoken(app, "wrong"), await gettoken(app)] == [40001, 0]


async def test_3_1_a_flood_of_tokens_is_intercepted() -> None:
    knobs = Knobs(gettokens_per_minute=3, token_repeat=TokenRepeat.SAME)
    async with playing(knobs) as app:
        assert [await gettoken(app) for _ in range(3)] == [0, 0, 45009]
        assert (await app.send())["errcode"] == 0
        clock_of(app.sandbox).advance(timedelta(minutes=1))
        assert await gettoken(app) == 0


async def test_3_2_an_address_that_is_not_trusted_is_60020() -> None:
    async with playing(Knobs(caller_trusted=False)) as app:
        answer = await app.send()
        assert answer["errcode"] == 60020
        assert "127.0.0.1" in answer["errmsg"]
        assert await app.webhook() == 0


async def test_3_2_a_disabled_app_is_50003() -> None:
    async with playing(Knobs(app_disabled=True)) as app:
        assert (await app.send())["errcode"] == 50003


async def test_3_1_a_token_may_end_before_its_time(app: App, sandbox: Sandbox) -> None:
    assert sandbox.invalidate_tokens() == 1
    assert (await app.send())["errcode"] == 40014
    await app.log_in()
    assert (await app.send())["errcode"] == 0
    assert (await app.control("_tokens", {}))[1] == {"invalidated": 1}
    assert (await app.send())["errcode"] == 40014


async def test_3_3_each_api_has_a_limit_per_minute_and_is_blocked_for_it() -> None:
    async with playing(Knobs(api_per_minute=2)) as app:
        calls = [(await app.call("message/recall", {"msgid": "x"}))["errcode"] for _ in range(3)]
        assert calls == [40058, 40058, 45009]
        assert (await app.call("kf/account/list", {}))["errcode"] == 0
        assert [(await app.send())["errcode"] for _ in range(4)] == [0] * 4
        clock_of(app.sandbox).advance(timedelta(minutes=1))
        assert (await app.call("message/recall", {"msgid": "x"}))["errcode"] == 40058


async def test_3_3_each_api_has_a_limit_per_hour() -> None:
    async with playing(Knobs(api_per_hour=1)) as app:
        assert [(await app.call("kf/account/list", {}))["errcode"] for _ in range(2)] == [0, 45009]
        clock_of(app.sandbox).advance(timedelta(minutes=59))
        assert (await app.call("kf/account/list", {}))["errcode"] == 45009


async def test_3_1_debug_drops_the_limit_to_five_a_minute(app: App) -> None:
    query = {"access_token": app.token, "agentid": str(app.agent_id), "debug": "1"}
    assert [(await app.get("agent/get", **query))["errcode"] for _ in range(6)] == [0] * 5 + [45009]


async def test_3_3_too_many_at_the_same_time_are_45033() -> None:
    async with playing(Knobs(api_concurrent=1)) as app:
        app.sandbox.fault("message/send", "delay", times=1, seconds=60)
        slow = asyncio.ensure_future(app.send())
        await app.sandbox.until(lambda: app.sandbox.member("zhangsan").messages)
        assert (await app.send())["errcode"] == 45033
        assert (await app.call("kf/account/list", {}))["errcode"] == 0
        slow.cancel()


async def test_the_gateway_restarts_on_the_same_port_and_knows_everything(app: App, sandbox: Sandbox) -> None:
    await app.send()
    async with sandbox.down():
        with pytest.raises(aiohttp.ClientConnectionError):
            await app.send()
    assert (await app.send())["errcode"] == 0
    assert len(sandbox.member("zhangsan").messages) == 2


async def test_a_stopped_sandbox_starts_again_with_its_world(clock: ManualClock) -> None:
    sandbox = Sandbox(clock=clock)
    async with sandbox.running(), an_app(sandbox) as app:
        await app.send(touser="zhangsan")
        port = int(sandbox.api_base.rpartition(":")[2])
    async with sandbox.running(port=port), an_app(sandbox) as app:
        assert int(sandbox.api_base.rpartition(":")[2]) == port
        await app.send(touser="zhangsan")
        async with app.http.get(f"{sandbox.page_url}page/live") as live:
            assert (await live.content.readline()).startswith(b"id:")
    assert len(sandbox.member("zhangsan").messages) == 2
