"""How does WeCom treat the 智能机器人 on its long connection? Pages 101463, 101027 and 101031, every rule enforced."""

import asyncio
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web

from tests.bot.wecom.card_rules import AIBOT, faults
from tests.outside.ledger import OK, Json, Ledger, Shown, error

GROUP = "wrOutsideGroup"
MARKDOWN_BYTES = 20_480
SINGLE_CHAT, GROUP_CHAT = 1, 2
TAP_SECONDS, MESSAGE_SECONDS = 5, 86_400


@dataclass(kw_only=True, slots=True)
class Turn:
    """Something the bot may answer: by which command, until when, and when it did."""

    command: str
    until: float
    task_id: str = ""
    answered_at: float | None = None


class BotSocket:
    """The far side of the connection. One subscriber; who subscribes later takes over."""

    def __init__(self, ledger: Ledger) -> None:
        self.bot_id, self.secret = "aib-outside", f"bot-{secrets.token_hex(12)}"
        self.subscribed_at: list[float] = []
        self.spoiled: list[Json] = []
        """What is said instead of the answers to the next pushes."""
        self._ledger = ledger
        self._link: web.WebSocketResponse | None = None
        self._turns: dict[str, Turn] = {}
        self._greeted = {GROUP}

    @property
    def is_connected(self) -> bool:
        """Whether the bot has subscribed and is still there."""
        return self._link is not None and not self._link.closed

    # --- what people do -----------------------------------------------------------

    async def tap(self, shown: Shown, button: str, userid: str, chosen: str | None = None) -> Turn:
        """A press on a card in the group."""
        key, selected = shown.press(button, userid, chosen)
        items = [
            {"question_key": question, "option_ids": {"option_id": [option]}}
            for question, option in selected.items()
        ]
        click = {
            "card_type": shown.seen_by(userid)["card_type"],
            "event_key": key,
            "task_id": shown.task_id,
            "selected_items": {"selected_item": items},
        }
        event = {"eventtype": "template_card_event", "template_card_event": click}
        turn = Turn(
            command="aibot_respond_update_msg", until=time.time() + TAP_SECONDS, task_id=shown.task_id
        )
        await self._tell(turn, "aibot_event_callback", userid, msgtype="event", event=event)
        return turn

    async def speak(self, text: str, userid: str) -> Turn:
        """Words to the bot in the group."""
        turn = Turn(command="aibot_respond_msg", until=time.time() + MESSAGE_SECONDS)
        await self._tell(turn, "aibot_msg_callback", userid, msgtype="text", text={"content": text})
        return turn

    async def kick(self) -> None:
        """Somebody else subscribes as this bot."""
        if self._link is not None:
            event: Json = {"eventtype": "disconnected_event", "disconnected_event": {}}
            frame = {"cmd": "aibot_event_callback", "headers": {"req_id": self._ledger.new_id("kick")}}
            await self._link.send_json({**frame, "body": {"msgtype": "event", "event": event}})
            await self._link.close()

    async def drop(self) -> None:
        """The line breaks."""
        if self._link is not None:
            await self._link.close(code=aiohttp.WSCloseCode.ABNORMAL_CLOSURE)

    async def _tell(self, turn: Turn, command: str, userid: str, **body: Any) -> None:
        assert self._link is not None, "the bot is not connected"
        req_id = self._ledger.new_id("req")
        self._turns[req_id] = turn
        common = {
            "msgid": self._ledger.new_id("msg"),
            "create_time": int(time.time()),
            "aibotid": self.bot_id,
            "chatid": GROUP,
            "chattype": "group",
            "from": {"userid": userid},
        }
        await self._link.send_json(
            {"cmd": command, "headers": {"req_id": req_id}, "body": {**common, **body}}
        )

    # --- the wire -----------------------------------------------------------------

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """One connection."""
        link = web.WebSocketResponse()
        await link.prepare(request)
        async for message in link:
            frame: Json = json.loads(message.data)
            answer = self._answer(link, frame["cmd"], frame["headers"]["req_id"], frame.get("body", {}))
            await link.send_json({"headers": frame["headers"], **answer})
        return link

    def _answer(self, link: web.WebSocketResponse, command: str, req_id: str, body: Json) -> Json:
        if command == "aibot_subscribe":
            return self._subscribe(link, body)
        if link is not self._link:
            return self._ledger.refuse(846609, f"{command} before aibot_subscribe")
        if command == "ping":
            return OK
        if command == "aibot_send_msg":
            return self.spoiled.pop() if self.spoiled else self._push(body)
        turn = self._turns.get(req_id)
        if turn is None or turn.command != command or turn.until < time.time():
            return self._ledger.refuse(846605, f"{command} to nothing it could answer")
        return self._answer_turn(turn, body)

    def _subscribe(self, link: web.WebSocketResponse, body: Json) -> Json:
        if (body["bot_id"], body["secret"]) != (self.bot_id, self.secret):
            return self._ledger.refuse(853000, "bot_id or secret")
        self._link = link
        self.subscribed_at.append(time.time())
        return OK

    def _push(self, body: Json) -> Json:
        """aibot_send_msg: only to where somebody has spoken to the bot."""
        if body["chat_type"] != (GROUP_CHAT if body["chatid"] == GROUP else SINGLE_CHAT):
            return self._ledger.refuse(93006, f"chat_type {body['chat_type']!r} of {body['chatid']}")
        if body["chatid"] not in self._greeted:
            return error(93006)
        if not self._ledger.has_room(body["chatid"]):
            return error(846607)
        if body["msgtype"] == "markdown":
            return self._ledger.say(body["chatid"], body["markdown"]["content"], most_bytes=MARKDOWN_BYTES)
        card = body["template_card"]
        return self._ledger.show(body["chatid"], card, faults(card, AIBOT))

    def _answer_turn(self, turn: Turn, body: Json) -> Json:
        turn.answered_at = time.time()
        if not self._ledger.has_room(GROUP):
            return error(846607)
        if turn.command == "aibot_respond_msg":
            return self._ledger.say(GROUP, body["stream"]["content"], most_bytes=MARKDOWN_BYTES)
        card, shown = body["template_card"], self._ledger.by_task(turn.task_id)
        if shown is None or card.get("task_id") != turn.task_id:
            return self._ledger.refuse(42016, f"task_id {card.get('task_id')!r}")
        if wrong := faults(card, AIBOT):
            return self._ledger.refuse(42045, f"{wrong} in {card}")
        shown.change(card, body.get("userids"))
        return OK


async def settle(turn: Turn, seconds: float = TAP_SECONDS) -> bool:
    """Whether a turn is answered in time."""
    deadline = time.time() + seconds
    while turn.answered_at is None and time.time() < deadline:
        await asyncio.sleep(0.01)
    return turn.answered_at is not None
