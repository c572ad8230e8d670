"""In which form does a letter travel? Bytes, frozen at the first attempt, so that a repeat is the same letter."""

import base64
import hashlib
from functools import partial

from bot.channels.masses import order_bytes, question_bytes
from bot.channels.pictures import IMAGE, as_image
from bot.settings import Settings
from bot.wecom.payloads import Payload, aibot_card, app_card, app_update, canonical, webhook_card
from handlers.messages import Surface
from handlers.outbox import Letter, LetterKind, Medium, card_of
from handlers.world import Keys
from replies.cards import Face, Picture
from replies.lengths import shortened_to_bytes

SINGLE, GROUP = 1, 2
"""`chat_type` of aibot_send_msg (page 101463): without it WeCom guesses, the group first."""
APP_TEXT_BYTES, BOT_TEXT_BYTES, WEBHOOK_BYTES = 2048, 20_480, 4096
"""Longer texts are refused (pages 90236, 101463 and 91770)."""
DUPLICATE_CHECK_SECONDS = 14_400
"""The longest that WeCom remembers a message by its content (page 90236)."""


class Wire:
    """See `handlers.ports.Wire`."""

    def __init__(self, settings: Settings, keys: Keys) -> None:
        self._agent_id = settings.wecom.agent_id
        self._keys = keys

    def compose(self, letter: Letter, words: Face | Picture | str, version: int) -> bytes:
        if letter.medium is Medium.KF:
            return _to_customer(letter, str(words))
        if letter.medium is Medium.MASS:
            is_question = letter.kind is LetterKind.INQUIRY
            return question_bytes(letter) if is_question else order_bytes(letter, str(words))
        if letter.medium is Medium.SIDEBAR:
            return canonical({"msgtype": "text", "text": {"content": str(words)}})  # ww.sendChatMessage
        if letter.kind is LetterKind.RECALL:
            return canonical({"msgid": letter.content["msgid"]})
        if isinstance(words, Picture):
            return self._picture(letter, words)
        if letter.medium is Medium.WEBHOOK:
            return _by_webhook(words)
        in_app = letter.medium is Medium.APP
        if isinstance(words, str):
            return self._app_text(letter, words) if in_app else _bot_text(letter, words)
        card = card_of(letter)
        key = partial(self._keys.key, card, version)
        if not in_app:
            return _bot_card(letter, aibot_card(words, card, key))
        if letter.kind in {LetterKind.FACE, LetterKind.REFRESH}:
            return self._app_update(letter, app_update(words, key))
        return self._app_card(letter, app_card(words, card, key))

    def remote_id(self, letter: Letter) -> str | None:
        return message_id(letter) if letter.medium is Medium.KF else None

    def _app_text(self, letter: Letter, text: str) -> bytes:
        """A line. What is about a case goes once; who asks the same twice is answered the same twice."""
        return canonical({
            "touser": letter.to,
            "msgtype": "text",
            "agentid": self._agent_id,
            "text": {"content": shortened_to_bytes(text, APP_TEXT_BYTES)},
            "enable_duplicate_check": 0 if letter.case is None else 1,
            "duplicate_check_interval": DUPLICATE_CHECK_SECONDS,
        })  # fmt: skip

    def _picture(self, letter: Letter, picture: Picture) -> bytes:
        """Everything but what it will be called once it is uploaded: see `bot.channels.pictures`."""
        message: Payload = {"msgtype": IMAGE, IMAGE: as_image(picture.png)}
        if letter.medium is Medium.APP:
            message |= {"touser": letter.to, "agentid": self._agent_id}
        elif letter.medium is not Medium.WEBHOOK:
            message |= _addressed(letter)
        return canonical(message)

    def _app_card(self, letter: Letter, card: dict[str, object]) -> bytes:
        """A new card (page 90236)."""
        return canonical({
            "touser": letter.to,
            "msgtype": "template_card",
            "agentid": self._agent_id,
            "template_card": card,
            "enable_duplicate_check": 1,
            "duplicate_check_interval": DUPLICATE_CHECK_SECONDS,
        })  # fmt: skip

    def _app_update(self, letter: Letter, card: dict[str, object]) -> bytes:
        """The change of a card, for those of its holders that the letter is for (page 94888)."""
        return canonical({
            "userids": list(letter.readers),
            "agentid": self._agent_id,
            "response_code": letter.content["reply_to"],
            "template_card": card,
        })  # fmt: skip


def _bot_text(letter: Letter, text: str) -> bytes:
    """A push (aibot_send_msg), a welcome, or the answer to a message (page 101463)."""
    text = shortened_to_bytes(text, BOT_TEXT_BYTES)
    if letter.medium is Medium.REPLY and letter.content.get("welcome"):
        return canonical({"msgtype": "text", "text": {"content": text}})
    if letter.medium is Medium.REPLY:
        stream = {"id": letter.id, "finish": True, "content": text}
        return canonical({"msgtype": "stream", "stream": stream})
    return canonical({**_addressed(letter), "msgtype": "markdown", "markdown": {"content": text}})


def _bot_card(letter: Letter, card: dict[str, object]) -> bytes:
    """A push, or the change of the card that was tapped; for one member only, if the letter says so."""
    if letter.medium is Medium.REPLY:
        only = letter.content.get("only")
        named = {"userids": [only]} if only and letter.content.get("surface") == Surface.GROUP else {}
        return canonical({"response_type": "update_template_card", **named, "template_card": card})
    return canonical({**_addressed(letter), "msgtype": "template_card", "template_card": card})


def _by_webhook(words: Face | str) -> bytes:
    """A line, or a notice (page 91770): nothing in it calls back."""
    if isinstance(words, str):
        content = shortened_to_bytes(words, WEBHOOK_BYTES)
        return canonical({"msgtype": "markdown", "markdown": {"content": content}})
    return canonical({"msgtype": "template_card", "template_card": webhook_card(words)})


def _addressed(letter: Letter) -> dict[str, object]:
    return {"chatid": letter.to, "chat_type": GROUP if letter.medium is Medium.GROUP else SINGLE}


def _to_customer(letter: Letter, text: str) -> bytes:
    """kf/send_msg (page 94677). WeCom refuses a `msgid` it has seen: a repeat can never arrive twice."""
    return canonical({
        "touser": letter.content["external_userid"],
        "open_kfid": letter.content["open_kfid"],
        "msgid": message_id(letter),
        "msgtype": "text",
        "text": {"content": text},
    })  # fmt: skip


def message_id(letter: Letter) -> str:
    """The idempotency key of a message to a customer: 32 of [A-Z2-7], the same for every attempt."""
    return base64.b32encode(hashlib.sha256(letter.key.encode()).digest()).decode()[:32]
