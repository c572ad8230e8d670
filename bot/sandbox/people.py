"""What do people do here? They speak, and they press buttons; the app and the bot hear of it as WeCom tells them."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from bot.sandbox import callback_xml
from bot.sandbox.bot_api import BotApi
from bot.sandbox.bot_handles import BotEvent, HandleKind
from bot.sandbox.callback_xml import Head
from bot.sandbox.card_parts import Surface
from bot.sandbox.card_updates import new_face, replacement_text
from bot.sandbox.cards import Card, Press
from bot.sandbox.client_frame import ClientFrames
from bot.sandbox.courier import Courier, Delivery
from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.friends import Friends
from bot.sandbox.kf import Kf
from bot.sandbox.kf_servicers import KfServicers
from bot.sandbox.mass import Mass
from bot.sandbox.misuse import Misuse
from bot.sandbox.passive_reply import PassiveReply
from bot.sandbox.pressing import Choices, Pressed, press
from bot.sandbox.socket import Hub
from bot.sandbox.staff import Staff
from bot.sandbox.tokens import ResponseCodes
from bot.sandbox.watch import wire_time
from bot.sandbox.world import Chat, ChatKind, Content, Message, Speaker, World

APP_CHAT = "app"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    message: Message
    heard: bool
    """False in a group without an @ of the bot: such talk is never delivered (100719)."""
    event: BotEvent | None = None
    delivery: Delivery | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clicked:
    """Exactly one of the two tells what became of it."""

    event: BotEvent | None = None
    """Of a card of the bot; `event.delivered` is False when no connection was live."""
    delivery: Delivery | None = None
    """Of a card of the app."""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    world: World
    courier: Courier
    hub: Hub
    api: BotApi
    kf: Kf
    servicers: KfServicers
    staff: Staff
    friends: Friends
    mass: Mass
    client: ClientFrames
    codes: ResponseCodes

    async def say(self, userid: str, text: str, chat: str | None = None) -> Said:
        """Speak in a group (its chatid), to the bot alone (None) or to the app ("app"). Raises Misuse."""
        member = self._member(userid)
        if not text.strip():
            raise Misuse("text", "say something")
        if chat == APP_CHAT:
            return self._say_to_app(member, text)
        if chat is None:
            return await self._say_to_bot(member, self.world.single_chat(member), text)
        group = self.world.group(chat)
        if group is None:
            raise Misuse("chat", f"one of {', '.join(self.world.config.groups)}, or app, or leave it out")
        return await self._say_to_bot(member, group, text)

    def customer_says(self, external_userid: str, text: str, open_kfid: str = "") -> None:
        """A customer writes to 微信客服. Raises Misuse."""
        if not self.world.customer(external_userid):
            raise Misuse("customer", f"one of {', '.join(self.world.config.customers or ())}")
        if not text.strip():
            raise Misuse("text", "say something")
        self.kf.customer_says(external_userid, text, open_kfid)

    def greet(self, chat: Chat) -> None:
        """Somebody has spoken to the bot here before the story began; the bot does not hear of it."""
        chat.greeted = True
        content = Content(text=f"@{self.world.config.bot_name} 大家好")
        self.world.put(chat, Speaker.MEMBER, self.world.members()[0], content)

    async def click(self, userid: str, target: str, button: str, selected: Choices | None = None) -> Clicked:
        """Press a button by its text or key on the card with this task_id or message id. Raises Misuse."""
        member = self._member(userid)
        pressed = press(self.world, member, target, button, selected or {})
        self.world.changes.note()
        if pressed.card.surface is Surface.APP:
            return Clicked(delivery=self._click_app_card(member, pressed))
        return Clicked(event=await self._click_bot_card(member, pressed))

    def _member(self, userid: str) -> str:
        member = self.world.member(userid)
        if member is None:
            raise Misuse("userid", f"one of {', '.join(self.world.members())}")
        return member

    def _say_to_app(self, member: str, text: str) -> Said:
        chat = self.world.app_chat(member)
        message = self.world.put(chat, Speaker.MEMBER, member, Content(text=text))
        xml = callback_xml.text_message(self._head(member), text=text, msgid=secrets.randbits(62))

        def on_reply(reply: PassiveReply) -> None:
            if reply.kind != "text":
                raise Refused(Errcode.BAD_MSGTYPE, f"{reply.kind} does not answer a text")
            content = Content(text=reply.words.text("content"))
            self.world.put(chat, Speaker.APP, str(self.world.config.agent_id), content)

        delivery = self.courier.post("text", member, xml, on_reply)
        return Said(message=message, heard=True, delivery=delivery)

    async def _say_to_bot(self, member: str, chat: Chat, text: str) -> Said:
        if chat.kind is ChatKind.SINGLE:
            await self._enter(member, chat)
        message = self.world.put(chat, Speaker.MEMBER, member, Content(text=text))
        if chat.kind is ChatKind.GROUP and not self._mentions_bot(text):
            return Said(message=message, heard=False)
        chat.greeted = True
        event = self.api.handles.open(HandleKind.MESSAGE, chat, member)
        body = self._body(chat, member) | {"msgtype": "text", "text": {"content": text}}
        await self.hub.deliver("aibot_msg_callback", event, body, may_wait=True)
        return Said(message=message, heard=True, event=event)

    async def _enter(self, member: str, chat: Chat) -> None:
        """The first entry of a member's day into the single chat raises enter_chat (101027)."""
        if not self.api.handles.enters(member):
            return
        event = self.api.handles.open(HandleKind.ENTER, chat, member)
        await self._deliver_event(event, {"eventtype": "enter_chat", "enter_chat": {}}, may_wait=True)

    def _click_app_card(self, member: str, pressed: Pressed) -> Delivery:
        card, menu = pressed.card, pressed.button.press is Press.MENU
        response_code = self.codes.issue(card)
        what = "template_card_menu_event" if menu else "template_card_event"
        xml = callback_xml.card_event(
            self._head(member),
            event=what,
            key=pressed.button.key,
            task_id=card.task_id,
            card_type=card.face(member).card_type,
            response_code=response_code,
            selected=pressed.selected,
        )
        return self.courier.post(
            what, member, xml, lambda reply: self._update_for(member, card, reply), handle=response_code
        )

    def _update_for(self, member: str, card: Card, reply: PassiveReply) -> None:
        """A passive reply changes the card of the clicker alone (90241)."""
        if reply.kind == "update_button":
            card.grey(replacement_text(reply.words, card), [member])
        elif reply.kind == "update_template_card":
            card.show(new_face(reply.words, card, self.world.knobs), [member])
        else:
            raise Refused(Errcode.BAD_MSGTYPE, f"{reply.kind} does not answer a card event")
        self.world.changes.note()

    async def _click_bot_card(self, member: str, pressed: Pressed) -> BotEvent:
        card = pressed.card
        event = self.api.handles.open(HandleKind.CLICK, pressed.chat, member, card)
        details: dict[str, object] = {
            "card_type": card.face(member).card_type,
            "event_key": pressed.button.key,
            "task_id": card.task_id,
        }
        if pressed.selected:
            details["selected_items"] = {"selected_item": _selected_items(pressed.selected)}
        await self._deliver_event(event, {"eventtype": "template_card_event", "template_card_event": details})
        return event

    async def _deliver_event(
        self, event: BotEvent, details: Mapping[str, object], *, may_wait: bool = False
    ) -> None:
        body = self._body(event.chat, event.userid) | {
            "create_time": wire_time(self.world.watch),
            "msgtype": "event",
            "event": details,
        }
        await self.hub.deliver("aibot_event_callback", event, body, may_wait=may_wait)

    def _body(self, chat: Chat, member: str) -> dict[str, object]:
        """What every frame to the bot has in common (§8.2, §8.3); chatid only for groups."""
        in_group = chat.kind is ChatKind.GROUP
        return {
            "msgid": secrets.token_hex(16),
            "aibotid": self.world.config.bot_id,
            **({"chatid": chat.key} if in_group else {}),
            "chattype": "group" if in_group else "single",
            "from": {"userid": self.api.open_userid(member)},
        }

    def _head(self, member: str) -> Head:
        config = self.world.config
        return Head(
            corp_id=config.corp_id,
            agent_id=config.agent_id,
            userid=member,
            created=wire_time(self.world.watch),
        )

    def _mentions_bot(self, text: str) -> bool:
        config = self.world.config
        return any(f"@{name}".lower() in text.lower() for name in ("bot", config.bot_name, config.bot_id))


def _selected_items(selected: Mapping[str, tuple[str, ...]]) -> list[dict[str, object]]:
    return [
        {"question_key": question, "option_ids": {"option_id": list(options)}}
        for question, options in selected.items()
    ]
