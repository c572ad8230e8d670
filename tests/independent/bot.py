"""What the official SDK's port to Python does as a bot, in its own process: the same as `bot.mjs`."""

import asyncio
import importlib
import json
import sys
from collections.abc import Awaitable
from typing import Any

sdk: Any = importlib.import_module("wecom_aibot_sdk")
Frame = dict[str, Any]


def tell(event: str, **rest: object) -> None:
    sys.stdout.write(json.dumps({"event": event, **rest}) + "\n")
    sys.stdout.flush()


class Logger:
    """Warnings are what the test has to hear of."""

    def debug(self, *_: object) -> None: ...

    def info(self, *_: object) -> None: ...

    def warn(self, *words: object) -> None:
        tell("warned", text=" ".join(map(str, words)))

    error = warn


async def acknowledged(what: str, answer: Awaitable[Frame]) -> None:
    tell("acknowledged", what=what, errcode=(await answer)["errcode"])


async def play(given: dict[str, Any]) -> None:
    client = sdk.WSClient(
        given["bot_id"],
        given["secret"],
        ws_url=given["url"],
        heartbeat_interval=100,
        reconnect_interval=50,
        logger=Logger(),
    )

    async def reply(frame: Frame) -> None:
        tell("heard", body=frame["body"])
        stream = sdk.generate_req_id("stream")
        first = asyncio.create_task(client.reply_stream(frame, stream, "正在看", finish=False))
        last = asyncio.create_task(client.reply_stream(frame, stream, "看完了", finish=True))
        await acknowledged("stream", first)
        await acknowledged("stream", last)
        await acknowledged("card", client.reply_template_card(frame, given["card"]))

    async def update(frame: Frame) -> None:
        tell("tapped", body=frame["body"])
        await acknowledged("update", client.update_template_card(frame, given["changed"]))

    async def welcome(frame: Frame) -> None:
        await acknowledged(
            "welcome", client.reply_welcome(frame, {"msgtype": "text", "text": {"content": "您好"}})
        )

    def disconnected(_: object) -> None:
        tell("disconnected")

    def failed(error: object) -> None:
        tell("failed", text=str(error))

    def kicked(_: object) -> None:
        tell("kicked")

    client.on("authenticated", lambda: tell("authenticated"))
    client.on("disconnected", disconnected)
    client.on("error", failed)
    client.on("event.disconnected_event", kicked)
    client.on("event.enter_chat", welcome)
    client.on("message.text", reply)
    client.on("event.template_card_event", update)
    await client.connect()
    await asyncio.to_thread(sys.stdin.read)  # until the test has seen enough


asyncio.run(play(json.loads(sys.argv[1])))
