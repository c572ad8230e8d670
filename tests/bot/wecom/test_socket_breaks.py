"""The connection to the bot outlives whatever ends it, and nobody is hammered for it."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from bot.clock import ManualClock
from bot.leader import StepDownError, Tenure
from bot.sandbox.config import SandboxConfig
from bot.sandbox.server import Sandbox
from bot.settings import Aibot
from bot.signals import Signals
from bot.storage.opening import open_store
from bot.wecom import socket as wire
from bot.wecom.answers import Answer, NoAnswerError, NotSentError
from bot.wecom.socket import BotSocket, Frame
from tests.bot.tenures import a_tenure
from tests.databases import sqlite_url

PATIENCE_SECONDS = 10
GROUP = "wrAbCdEf0001"


@dataclass(slots=True, kw_only=True)
class Line:
    """A socket of ours, and the sandbox at its other end."""

    socket: BotSocket
    sandbox: Sandbox
    tenure: Tenure
    running: "asyncio.Task[None]"
    frames: list[Frame] = field(default_factory=list[Frame])
    answers: list[tuple[str, Answer]] = field(default_factory=list[tuple[str, Answer]])

    @property
    def subscriptions(self) -> int:
        return sum(call.path == "aibot_subscribe" for call in self.sandbox.calls)

    async def subscribed(self, times: int) -> None:
        """Until it has subscribed so often, and stands."""
        await until(lambda: self.subscriptions >= times and self.socket.subscribed)

    async def writes(self, text: str) -> Answer:
        """A message into the group."""
        body = f'{{"chatid":"{GROUP}","chat_type":2,"msgtype":"markdown","markdown":{{"content":"{text}"}}}}'
        return await self.socket.send("aibot_send_msg", body.encode())


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same behaviour in a hundredth of the time."""
    monkeypatch.setattr(wire, "FIRST_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(wire, "HEARTBEAT_SECONDS", 0.1)
    monkeypatch.setattr(wire, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(wire, "CLOSE_SECONDS", 0.1)
    monkeypatch.setattr(wire, "CONNECT_SECONDS", 1)


async def until(look: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not look():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def a_sandbox() -> AsyncGenerator[Sandbox]:
    config = SandboxConfig(groups={GROUP: "订单异常处理群"}, members={"zhangsan": "张三"})
    async with Sandbox(config, clock=ManualClock()).running(greet=True) as sandbox:
        yield sandbox


@asynccontextmanager
async def connected(folder: Path, sandbox: Sandbox) -> AsyncGenerator[Line]:
    frames: list[Frame] = []
    answers: list[tuple[str, Answer]] = []

    async def keep(frame: Frame) -> None:
        frames.append(frame)

    def note(call: str, answer: Answer) -> None:
        answers.append((call, answer))

    config = sandbox.config
    settings = Aibot.model_validate(
        {"url": sandbox.socket_url, "bot_id": config.bot_id, "secret": config.bot_secret}
    )
    async with aiohttp.ClientSession() as http, open_store(sqlite_url(folder), Signals()) as store:
        tenure = await a_tenure(store, ManualClock())
        socket = BotSocket(http, settings, keep, lambda: None, heard=note)
        running = asyncio.create_task(socket.run(tenure))
        line = Line(
            socket=socket, sandbox=sandbox, tenure=tenure, running=running, frames=frames, answers=answers
        )
        await line.subscribed(1)
        yield line
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


BREAKS: Mapping[str, Callable[[Sandbox], bool]] = {
    "a clean close": Sandbox.close_socket,
    "a reset": Sandbox.drop_socket,
    "a link that falls silent": Sandbox.silence_socket,
}


@pytest.mark.parametrize("breaks", BREAKS)
async def test_after_a_break_it_is_back_by_itself(tmp_path: Path, breaks: str) -> None:
    async with a_sandbox() as sandbox, connected(tmp_path, sandbox) as line:
        assert BREAKS[breaks](sandbox)
        await line.subscribed(2)

        assert (await line.writes("回来了")).ok
        assert sandbox.group().texts()[-1] == "回来了"


async def test_who_was_thrown_out_does_not_fight(tmp_path: Path) -> None:
    async with a_sandbox() as sandbox, connected(tmp_path, sandbox) as line:
        assert sandbox.kick_bot()

        with pytest.raises(StepDownError):
            await asyncio.wait_for(line.running, PATIENCE_SECONDS)

        assert line.subscriptions == 1
        with pytest.raises(NotSentError):
            await line.writes("不该出去")


async def test_a_restart_of_the_other_side_is_survived(tmp_path: Path) -> None:
    async with a_sandbox() as sandbox, connected(tmp_path, sandbox) as line:
        async with sandbox.down():
            await until(lambda: not line.socket.subscribed)
            with pytest.raises(NotSentError):
                await line.writes("没人在")

        await line.subscribed(2)
        assert (await line.writes("又开张了")).ok


async def test_a_refusal_is_told_and_not_tried_again_in_a_hurry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "REFUSED_PAUSE_SECONDS", 3600)
    async with a_sandbox() as sandbox, connected(tmp_path, sandbox) as line:
        sandbox.fault("aibot_subscribe", 853000)
        sandbox.drop_socket()
        await until(lambda: bool(line.answers) and line.answers[-1][1].code == 853000)

        await until(lambda: not sandbox.hub.connected)
        assert line.subscriptions == 2
        assert not line.running.done()


async def test_an_answer_that_never_comes_is_not_waited_for(tmp_path: Path) -> None:
    async with a_sandbox() as sandbox, connected(tmp_path, sandbox) as line:
        sandbox.fault("aibot_send_msg", "delay", times=1, seconds=5)

        with pytest.raises(NoAnswerError):
            await line.writes("听见了吗")


async def test_what_is_under_way_when_it_breaks_has_no_answer(tmp_path: Path) -> None:
    async with a_sandbox() as sandbox, connected(tmp_path, sandbox) as line:
        sandbox.fault("aibot_send_msg", "accept_then_drop", times=1)

        with pytest.raises(NoAnswerError):
            await line.writes("断在半路")
        await line.subscribed(2)


async def test_frames_of_one_handle_go_one_after_the_other_each_after_its_answer(tmp_path: Path) -> None:
    async with a_sandbox() as sandbox, connected(tmp_path, sandbox) as line:
        await sandbox.say("zhangsan", f"@{sandbox.config.bot_name} 帮助", chat=GROUP)
        await until(lambda: bool(line.frames))
        handle = line.frames[0]["headers"]["req_id"]
        sandbox.fault("aibot_respond_msg", "delay", times=1, seconds=0.1)
        order: list[int] = []

        async def stream(number: int) -> None:
            body = f'{{"msgtype":"stream","stream":{{"id":"s","finish":{str(number == 9).lower()},"content":"{number}"}}}}'
            assert (await line.socket.send("aibot_respond_msg", body.encode(), handle)).ok
            order.append(number)

        await asyncio.gather(*map(stream, range(10)))

        assert order == list(range(10))
        assert sandbox.group().texts()[-1] == "9"
