"""To what may the 智能机器人 still reply? The req_ids of the events it was sent (wecom.md §8.6, page 101463)."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.sandbox.cards import Card
from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.watch import day_of, wire_time
from bot.sandbox.world import Chat, World

MESSAGE_LIFE = timedelta(hours=24)


class HandleKind(StrEnum):
    MESSAGE = "message"
    """aibot_msg_callback: aibot_respond_msg for 24 h."""
    CLICK = "template_card_event"
    """aibot_respond_update_msg, once, within 5 s."""
    ENTER = "enter_chat"
    """aibot_respond_welcome_msg, once, within 5 s."""


@dataclass(slots=True, kw_only=True)
class BotEvent:
    """One frame that the sandbox had for the bot, and what became of it."""

    req_id: str
    kind: HandleKind
    at: datetime
    userid: str
    chat: Chat
    delivered: bool = False
    """False: no live connection; the event is lost."""
    card: Card | None = None
    answer_until: float = 0
    """On the loop's clock: the 5 seconds run in real time."""
    answered: bool = False


class Handles:
    """The events so far, oldest first."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._by_req_id: dict[str, BotEvent] = {}
        self._entered: dict[str, date] = {}

    @property
    def events(self) -> tuple[BotEvent, ...]:
        return tuple(self._by_req_id.values())

    def open(self, kind: HandleKind, chat: Chat, userid: str, card: Card | None = None) -> BotEvent:
        seconds = self._world.knobs.answer_seconds
        event = BotEvent(
            req_id=f"{kind}_{wire_time(self._world.watch)}_{secrets.token_hex(8)}",
            kind=kind,
            at=self._world.now(),
            userid=userid,
            chat=chat,
            card=card,
            answer_until=asyncio.get_running_loop().time() + seconds,
        )
        self._by_req_id[event.req_id] = event
        return event

    def enters(self, userid: str) -> bool:
        """Whether this is the member's first entry of the day, noted as such."""
        today = day_of(self._world.now())
        first = self._entered.get(userid) != today
        self._entered[userid] = today
        return first

    def message(self, req_id: str) -> BotEvent:
        """The message to reply to. Raises Refused."""
        event = self._get(req_id, HandleKind.MESSAGE)
        if event.at + MESSAGE_LIFE <= self._world.now():
            raise Refused(Errcode.BAD_REQ_ID, "a message can be answered for 24 h")
        return event

    def once(self, req_id: str, kind: HandleKind) -> BotEvent:
        """An event to answer once within 5 s. Raises Refused."""
        event = self._get(req_id, kind)
        if event.answered or asyncio.get_running_loop().time() > event.answer_until:
            raise Refused(Errcode.BAD_REQ_ID, "the event has been answered, or its 5 seconds are over")
        return event

    def _get(self, req_id: str, kind: HandleKind) -> BotEvent:
        event = self._by_req_id.get(req_id)
        if event is None or event.kind is not kind or not event.delivered:
            raise Refused(Errcode.BAD_REQ_ID, f"req_id is not that of a {kind}")
        return event
