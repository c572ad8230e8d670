"""What may the 智能机器人 do over its socket? wecom.md §8.4 to §8.7 (101031, 101032, 101463)."""

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.sandbox import contents
from bot.sandbox.bot_handles import BotEvent, HandleKind, Handles
from bot.sandbox.bot_media import BotMedia
from bot.sandbox.card_parts import Rules, Surface
from bot.sandbox.card_rules import check_card
from bot.sandbox.card_updates import new_face
from bot.sandbox.cards import Card
from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.faults import Fault, FaultKind
from bot.sandbox.fields import Node
from bot.sandbox.windows import Quota
from bot.sandbox.world import Chat, ChatKind, Content, DropReason, MessageKind, Speaker, World
from bot.witness import Seen

FILES = frozenset({"file", "image", "voice", "video"})
PUSHED = FILES | {"markdown", "template_card"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stream:
    message_id: str
    started_at: datetime
    finished: bool


class BotApi:
    """The bot's commands. Every method raises Refused."""

    def __init__(self, world: World, media: BotMedia) -> None:
        self._world = world
        self._media = media
        self.handles = Handles(world)
        self._quota = Quota(lambda: (world.knobs.bot_per_minute, world.knobs.bot_per_hour))
        self._task_ids: set[str] = set()
        self._carded: set[str] = set()
        self._streams: dict[tuple[str, str], _Stream] = {}
        self._commands = {
            "aibot_send_msg": self._send,
            "aibot_respond_msg": self._respond,
            "aibot_respond_welcome_msg": self._welcome,
            "aibot_respond_update_msg": self._update,
        }
        self._uploads: dict[str, Callable[[Node], Mapping[str, object] | None]] = {
            "aibot_upload_media_init": media.begin,
            "aibot_upload_media_chunk": media.chunk,
            "aibot_upload_media_finish": media.finish,
        }

    @property
    def commands(self) -> tuple[str, ...]:
        return (*self._commands, *self._uploads)

    def run(self, command: str, req_id: str, body: Node, fault: Fault | None) -> Mapping[str, object] | None:
        """Carry out one command; return the body of its acknowledgement, if it has one."""
        if command in self._uploads:
            return self._uploads[command](body)
        if command not in self._commands:
            raise Refused(Errcode.BAD_PARAMETER, f"unknown cmd {command}")
        self._commands[command](req_id, body, fault)
        return None

    def open_userid(self, userid: str) -> str:
        """The id that the bot is shown for this member (§8.1, identity)."""
        if not self._world.knobs.open_userids:
            return userid
        digest = hashlib.sha256(f"{self._world.config.corp_id}/{userid}".encode()).hexdigest()
        return f"wo{digest[:30]}"

    def plain_userid(self, shown: str) -> str | None:
        """The member behind an id that the bot names; None: nobody."""
        return self._by_open_userid().get(shown) or self._world.member(shown)

    def _by_open_userid(self) -> dict[str, str]:
        return {self.open_userid(userid): userid for userid in self._world.members()}

    def _send(self, _req_id: str, body: Node, fault: Fault | None) -> None:
        chat = self._addressed(body)
        if fault and fault.kind is FaultKind.INVALIDUSER:
            raise Refused(Errcode.BAD_CHAT, "chatid is invalid")
        content = self._content(body, PUSHED)
        self._put(chat, content, fault)

    def _respond(self, req_id: str, body: Node, fault: Fault | None) -> None:
        event = self.handles.message(req_id)
        kind = body.values.get("msgtype")
        if kind == "stream":
            self._stream(event, body.node("stream"), fault)
        elif kind == "stream_with_template_card" and self._world.knobs.stream_with_card:
            self._stream_with_card(event, body, fault)
        else:
            self._put(event.chat, self._content(body, PUSHED), fault)
        event.answered = True

    def _welcome(self, req_id: str, body: Node, fault: Fault | None) -> None:
        event = self.handles.once(req_id, HandleKind.ENTER)
        self._put(event.chat, self._content(body, {"text", "template_card"}), fault)
        event.answered = True

    def _update(self, req_id: str, body: Node, fault: Fault | None) -> None:
        """Replace the clicked card, for everybody or, in a group, for `userids` only."""
        event = self.handles.once(req_id, HandleKind.CLICK)
        event.answered = self._world.knobs.refused_update_spends
        if body.text("response_type") != "update_template_card":
            body.refuse("response_type", Errcode.BAD_PARAMETER, "must be update_template_card")
        if event.card is None:
            raise Refused(Errcode.BAD_REQ_ID, "the event was not about a card")
        face = new_face(body.node("template_card"), event.card, self._world.knobs)
        named = body.texts("userids", most=1000)
        if self._world.knobs.updates_count:
            self._admit(event.chat)
        event.answered = True
        if fault and fault.kind is FaultKind.SILENTLY_DROP:
            self._world.drop(event.chat, "update", DropReason.FAULT)
            return
        in_group = event.chat.kind is ChatKind.GROUP
        members = [member for shown in named if (member := self.plain_userid(shown))]
        event.card.show(face, members if named and in_group else None)
        self._world.changes.note()

    def _addressed(self, body: Node) -> Chat:
        """The conversation of a push; without chat_type the groups are searched first (§8.6)."""
        chat_id = body.text("chatid", Errcode.BAD_CHAT)
        group = self._world.group(chat_id)
        single = self._world.chats.get(f"{ChatKind.SINGLE}:{self._by_open_userid().get(chat_id, chat_id)}")
        chat = {0: group or single, 1: single, 2: group}[body.choice("chat_type", range(3))]
        if chat is None or not chat.greeted:
            raise Refused(self._world.knobs.ungreeted_chat, "nobody has spoken to the bot in this chat")
        return chat

    def _content(self, body: Node, kinds: Collection[str]) -> Content:
        kind = body.values.get("msgtype")
        if kind not in kinds:
            raise Refused(Errcode.BAD_MSGTYPE, f"msgtype must be {' or '.join(sorted(kinds))} here")
        if kind == "template_card":
            template = body.node("template_card")
            check_card(template, Rules(surface=Surface.BOT, knobs=self._world.knobs))
            card = Card(surface=Surface.BOT, agent=self._world.config.bot_id, content=template.values)
            return Content(kind=MessageKind.CARD, card=card)
        if kind in FILES:
            part = body.node(str(kind), Errcode.NO_MEDIA)
            name = self._media.name(part.text("media_id", Errcode.NO_MEDIA), str(kind))
            return Content(kind=MessageKind(str(kind)), text=name)
        text = contents.text(
            body.node(str(kind), Errcode.EMPTY_CONTENT),
            most_bytes=contents.BOT_BYTES,
            empty=Errcode.EMPTY_CONTENT,
        )
        return Content(kind=MessageKind(str(kind)), text=text)

    def _stream(self, event: BotEvent, stream: Node, fault: Fault | None) -> None:
        """A reply that may grow: the same stream id replaces the text until `finish`."""
        key = (event.req_id, stream.text("id"))
        if stream.has("msg_item"):
            stream.refuse("msg_item", Errcode.BAD_PARAMETER, "is not supported on a long connection")
        if feedback := stream.optional_node("feedback"):
            feedback.text("id", most_bytes=256)
        finished = stream.flag("finish")
        text = contents.text(stream, most_bytes=contents.BOT_BYTES, empty=Errcode.EMPTY_CONTENT)
        running = self._streams.get(key)
        if running is None:
            content = Content(kind=MessageKind.MARKDOWN, text=text)
            placed = self._put(event.chat, content, fault)
            self._streams[key] = _Stream(message_id=placed, started_at=self._world.now(), finished=finished)
        else:
            self._grow(running, text)
            self._streams[key] = replace(running, finished=finished)

    def _stream_with_card(self, event: BotEvent, body: Node, fault: Fault | None) -> None:
        """The card comes once, with the first or a later frame of the stream."""
        if body.has("template_card"):
            if event.req_id in self._carded:
                raise Refused(Errcode.BAD_REQ_ID, "this message has its card")
            card = Node(values={"msgtype": "template_card", "template_card": body.values["template_card"]})
            content = self._content(card, PUSHED)
            self._stream(event, body.node("stream"), fault)
            self._put(event.chat, content, fault)
            self._carded.add(event.req_id)
        else:
            self._stream(event, body.node("stream"), fault)

    def _grow(self, running: _Stream, text: str) -> None:
        if running.finished:
            raise Refused(Errcode.BAD_REQ_ID, "the stream is finished")
        if running.started_at + timedelta(minutes=self._world.knobs.stream_minutes) <= self._world.now():
            raise Refused(Errcode.STREAM_EXPIRED, "the stream has expired")
        if found := self._world.find(running.message_id):
            content = replace(found[1].content, text=text)
            self._world.rewrite(replace(found[1], content=content))

    def _put(self, chat: Chat, content: Content, fault: Fault | None) -> str:
        """Place the bot's message; return its id, or "" when a fault swallowed it."""
        card = content.card
        if card and card.task_id in self._task_ids:
            raise Refused(self._world.knobs.duplicate_task_id, "template_card.task_id was used before")
        self._admit(chat)
        if card and card.task_id:
            self._task_ids.add(card.task_id)
            self._world.saw(Seen.CARD_ACCEPTED, card.task_id, chat.key)
        if fault and fault.kind is FaultKind.SILENTLY_DROP:
            self._world.drop(chat, content.text_for(), DropReason.FAULT)
            return ""
        return self._world.put(chat, Speaker.BOT, self._world.config.bot_id, content).id

    def _admit(self, chat: Chat) -> None:
        if not self._quota.admit(chat.id, self._world.now()):
            raise Refused(Errcode.BOT_TOO_OFTEN, "aibot send msg frequency limit exceeded")
