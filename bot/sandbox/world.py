"""What has been said to whom? The conversations of the sandbox, and the logs of what went in and out."""

import re
import uuid
from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.sandbox.cards import Card
from bot.sandbox.changes import Changes
from bot.sandbox.config import Knobs, SandboxConfig
from bot.sandbox.watch import Watch, app_time
from bot.witness import Seen, Sighting, Witness

USERID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.@-]{0,63}")
LOG_LENGTH = 50_000


class ChatKind(StrEnum):
    GROUP = "group"
    """An internal group with the 智能机器人 in it."""
    SINGLE = "single"
    """A member and the 智能机器人."""
    APP = "app"
    """A member and the self-built app."""
    CUSTOMER = "customer"
    """A WeChat customer, with the 微信客服 account and with the employees that he knows."""
    APP_GROUP = "app_group"
    """A group that the self-built app has made (appchat)."""
    CUSTOMER_GROUP = "customer_group"
    """A group of an employee and WeChat customers."""


class Speaker(StrEnum):
    APP = "app"
    BOT = "bot"
    MEMBER = "member"
    CUSTOMER = "customer"
    KF = "kf"
    WEBHOOK = "webhook"


class MessageKind(StrEnum):
    TEXT = "text"
    MARKDOWN = "markdown"
    TEXTCARD = "textcard"
    CARD = "card"
    NEWS = "news"
    IMAGE = "image"
    VOICE = "voice"
    VIDEO = "video"
    FILE = "file"
    LINK = "link"
    MENU = "menu"
    MINIPROGRAM = "miniprogram"


class DropReason(StrEnum):
    OVER_LIMIT = "over_limit"
    """More than 30 a minute or 1000 an hour to one member (90236): WeCom says 0 and delivers nothing."""
    DUPLICATE = "duplicate"
    """The same bytes inside the duplicate-check window."""
    FAULT = "fault"
    """A fault from the menu."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a message holds."""

    kind: MessageKind = MessageKind.TEXT
    text: str = ""
    title: str = ""
    """With `url` and `button`: of a textcard."""
    url: str = ""
    button: str = ""
    card: Card | None = None

    def text_for(self, userid: str = "") -> str:
        """Every word as this member sees it."""
        if self.card:
            return self.card.display(userid).text
        return "\n".join(part for part in (self.title, self.text, self.button) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    id: str
    """The sandbox's own, such as `m12`."""
    at: datetime
    speaker: Speaker
    sender: str
    content: Content
    msgid: str = ""
    """WeCom's id of it."""
    recalled: bool = False

    @property
    def card(self) -> Card | None:
        return self.content.card


class Chat:
    """One conversation."""

    def __init__(self, *, kind: ChatKind, key: str, title: str) -> None:
        self.kind = kind
        self.key = key
        """chatid, userid or external_userid."""
        self.title = title
        self.greeted = False
        """Whether somebody has spoken to the bot here."""
        self.messages: list[Message] = []

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.key}"

    @property
    def cards(self) -> tuple[Card, ...]:
        """Oldest first."""
        return tuple(message.card for message in self.messages if message.card)

    def card(self, task_id: str) -> Card | None:
        return next((card for card in self.cards if card.task_id == task_id), None)

    def texts(self, userid: str = "") -> tuple[str, ...]:
        """Every word of every message as this member sees it, oldest first."""
        return tuple(message.content.text_for(userid) for message in self.messages)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """What WeCom has swallowed without a word."""

    at: datetime
    to: str
    reason: DropReason
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request of the app or the bot, and the answer."""

    at: datetime
    path: str
    errcode: int
    status: int = 200
    fault: str = ""


class World:
    """Everything that happened. Its lists only grow; the logs forget what is older than `LOG_LENGTH` entries."""

    def __init__(self, config: SandboxConfig, watch: Watch, witness: Witness | None = None) -> None:
        self.config = config
        self._witness = witness
        self.knobs: Knobs = config.knobs
        self.watch = watch
        self.callback_url = config.callback_url
        self.changes = Changes()
        self.chats: dict[str, Chat] = {}
        self.drops: list[Drop] = []
        self.calls: deque[Call] = deque(maxlen=LOG_LENGTH)
        self.webhooks = config.webhooks or {str(uuid.uuid4()): next(iter(config.groups), "")}
        """key -> chatid."""
        self._places: dict[str, tuple[Chat, int]] = {}
        known = config.names if config.members is None else config.members
        self._dismissed: set[str] = set()
        self._gone: set[str] = set()
        self._spellings = {userid.lower(): userid for userid in known}
        for chat_id, title in config.groups.items():
            self._open(ChatKind.GROUP, chat_id, title)

    def now(self) -> datetime:
        return self.watch.now()

    def member(self, userid: str) -> str | None:
        """The member's userid as it is spelled; userids are case-insensitive. None: nobody who can be reached."""
        spelled = self.spelled(userid)
        return None if spelled in self._gone else spelled

    def spelled(self, userid: str) -> str | None:
        """As `member`, but those who have left are found as well, until they are deleted."""
        key = userid.lower()
        if key in self._dismissed:
            return None
        if self.config.members is None and USERID.fullmatch(userid):
            return self._spellings.setdefault(key, userid)
        return self._spellings.get(key)

    def sees(self, userid: str) -> bool:
        """Whether the member is in the app's visible range."""
        return self.config.visible is None or userid in self.config.visible

    def takes_on(self, userid: str) -> None:
        """Somebody is of the corp from now on."""
        self._dismissed.discard(userid.lower())
        self._spellings.setdefault(userid.lower(), userid)

    def unreachable(self, userid: str, *, gone: bool) -> None:
        """Whether a member has an account that nothing reaches any more."""
        self._gone.add(userid) if gone else self._gone.discard(userid)

    def dismiss(self, userid: str) -> None:
        """Somebody is no longer of the corp."""
        self._dismissed.add(userid.lower())
        self._gone.discard(userid)
        self._spellings.pop(userid.lower(), None)

    def members(self) -> tuple[str, ...]:
        """Everybody who is known by name or has appeared, and can be reached."""
        return tuple(userid for userid in self._spellings.values() if userid not in self._gone)

    def everybody(self) -> tuple[str, ...]:
        """The members, and those who have left without being deleted."""
        return tuple(self._spellings.values())

    def customer(self, external_userid: str) -> bool:
        """Whether this customer exists."""
        if self.config.customers is None:
            return USERID.fullmatch(external_userid) is not None
        return external_userid in self.config.customers

    def group(self, chat_id: str) -> Chat | None:
        """The group with this chatid, case-sensitive."""
        return self.chats.get(f"{ChatKind.GROUP}:{chat_id}")

    def single_chat(self, userid: str) -> Chat:
        return self._open(ChatKind.SINGLE, userid, self.config.bot_name)

    def app_chat(self, userid: str, agent: int | None = None) -> Chat:
        key = userid if agent in {None, self.config.agent_id} else f"{userid}@{agent}"
        return self._open(ChatKind.APP, key, self.config.bot_name)

    def customer_chat(self, external_userid: str) -> Chat:
        return self._open(ChatKind.CUSTOMER, external_userid, self.config.shop_name)

    def open_app_group(self, chat_id: str, title: str) -> Chat:
        return self._open(ChatKind.APP_GROUP, chat_id, title)

    def customer_group(self, chat_id: str) -> Chat:
        return self._open(ChatKind.CUSTOMER_GROUP, chat_id, chat_id)

    def known_customers(self) -> tuple[str, ...]:
        """Those who are named, then those who have a chat."""
        named = self.config.customers if self.config.customers is not None else self.config.customer_names
        chats = [chat.key for chat in self.chats.values() if chat.kind is ChatKind.CUSTOMER]
        return tuple(dict.fromkeys([*named, *chats]))

    def find(self, message_id: str) -> tuple[Chat, Message] | None:
        """The message with the sandbox's own id, and where it stands."""
        if message_id not in self._places:
            return None
        chat, index = self._places[message_id]
        return chat, chat.messages[index]

    def put(self, chat: Chat, speaker: Speaker, sender: str, content: Content, msgid: str = "") -> Message:
        """Append a message to a conversation."""
        message = Message(
            id=f"m{len(self._places) + 1}",
            at=self.now(),
            speaker=speaker,
            sender=sender,
            content=content,
            msgid=msgid,
        )
        self._places[message.id] = (chat, len(chat.messages))
        chat.messages.append(message)
        self.changes.note()
        return message

    def rewrite(self, message: Message) -> None:
        """Put another version of a message in the place of the old one."""
        chat, index = self._places[message.id]
        chat.messages[index] = message
        self.changes.note()

    def recall(self, message_id: str) -> None:
        """Take a message back."""
        if found := self.find(message_id):
            self.rewrite(replace(found[1], recalled=True))

    def drop(self, chat: Chat, text: str, reason: DropReason) -> None:
        self.drops.append(Drop(at=self.now(), to=chat.id, reason=reason, text=text))
        self.changes.note()

    def saw(self, seen: Seen, ident: str, to: str = "") -> None:
        """Write it into the history file, if there is one."""
        if self._witness is not None:
            self._witness.note(Sighting(at=app_time(self.watch), seen=seen, id=ident, to=to))

    def log(self, call: Call) -> None:
        self.calls.append(call)
        self.changes.note()

    def _open(self, kind: ChatKind, key: str, title: str) -> Chat:
        chat = Chat(kind=kind, key=key, title=title)
        return self.chats.setdefault(chat.id, chat)
