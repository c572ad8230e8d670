"""What may a group's webhook send? wecom.md §7 (91770, 99110): a key, one group, notices without buttons."""

import base64
import binascii
import hashlib
from datetime import timedelta

from bot.sandbox import contents
from bot.sandbox.card_parts import Rules, Surface
from bot.sandbox.card_rules import INTERACTIVE, check_card
from bot.sandbox.cards import Card
from bot.sandbox.endpoints import Answer, Asked, Endpoint, Endpoints, ok
from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.faults import FaultKind
from bot.sandbox.fields import Node
from bot.sandbox.media import IMAGE_HEADS, MEGABYTE, Media, read_upload
from bot.sandbox.windows import Barrier
from bot.sandbox.world import Content, DropReason, MessageKind, Speaker, World

MARKDOWN_BYTES = 4096
IMAGE_BYTES = 2 * MEGABYTE
UPLOADS = ("file", "voice")


class Webhook:
    """The robots of the groups, one key each."""

    def __init__(self, world: World, media: Media) -> None:
        self._world = world
        self._media = media
        self._barrier = Barrier(timedelta(minutes=1))

    @property
    def endpoints(self) -> Endpoints:
        return {
            "webhook/send": Endpoint(answer=self._send, keyed=True),
            "webhook/upload_media": Endpoint(answer=self._upload, keyed=True),
        }

    def _send(self, asked: Asked) -> Answer:
        key, chat_id = self._key(asked)
        if not self._barrier.admit(key, self._world.knobs.webhook_per_minute, self._world.now()):
            raise Refused(Errcode.TOO_OFTEN, "api freq out of limit")
        content = self._content(asked.node(), key)
        chat = self._world.chats[f"group:{chat_id}"]
        if asked.has_fault(FaultKind.SILENTLY_DROP):
            self._world.drop(chat, content.text_for(), DropReason.FAULT)
        else:
            self._world.put(chat, Speaker.WEBHOOK, "webhook", content)
        return ok()

    def _upload(self, asked: Asked) -> Answer:
        key, _ = self._key(asked)
        kind = asked.query.get("type", "")
        if kind not in UPLOADS:
            raise Refused(Errcode.BAD_PARAMETER, f"type must be {' or '.join(UPLOADS)}")
        return ok(**self._media.store(kind, read_upload(asked.content_type, asked.body), key))

    def _key(self, asked: Asked) -> tuple[str, str]:
        """The key and its group. Raises Refused."""
        key = asked.query.get("key", "")
        chat_id = self._world.webhooks.get(key)
        if chat_id is None or asked.has_fault(FaultKind.INVALIDUSER):
            raise Refused(Errcode.BAD_WEBHOOK, "invalid webhook url")
        return key, chat_id

    def _content(self, request: Node, key: str) -> Content:
        kind = request.values.get("msgtype")
        match kind:
            case "text":
                return _text(request.node("text", Errcode.EMPTY_CONTENT))
            case "markdown" | "markdown_v2":
                return _markdown(request.node(str(kind), Errcode.EMPTY_CONTENT))
            case "image":
                return _image(request.node("image"))
            case "news":
                return contents.news(request.node("news"))
            case "file" | "voice":
                part = request.node(str(kind), Errcode.NO_MEDIA)
                name = self._media.name(part.text("media_id", Errcode.NO_MEDIA), str(kind), key)
                return Content(kind=MessageKind(str(kind)), text=name)
            case "template_card":
                return self._card(request.node("template_card"))
            case _:
                raise Refused(Errcode.BAD_MSGTYPE, "msgtype is none of the webhook's")

    def _card(self, template: Node) -> Content:
        if template.values.get("card_type") in INTERACTIVE:
            raise Refused(
                self._world.knobs.webhook_card_type, "a webhook's card is text_notice or news_notice"
            )
        check_card(template, Rules(surface=Surface.WEBHOOK, knobs=self._world.knobs))
        card = Card(surface=Surface.WEBHOOK, agent="webhook", content=template.values)
        return Content(kind=MessageKind.CARD, card=card)


def _text(part: Node) -> Content:
    text = contents.text(part, empty=Errcode.EMPTY_CONTENT)
    mentions = [*part.texts("mentioned_list", most=1000), *part.texts("mentioned_mobile_list", most=1000)]
    return Content(text=" ".join([text, *(f"@{one.removeprefix('@')}" for one in mentions)]))


def _markdown(part: Node) -> Content:
    text = contents.text(part, most_bytes=MARKDOWN_BYTES, empty=Errcode.EMPTY_CONTENT)
    return Content(kind=MessageKind.MARKDOWN, text=text)


def _image(part: Node) -> Content:
    try:
        data = base64.b64decode(part.text("base64"), validate=True)
    except (binascii.Error, ValueError):
        part.refuse("base64", Errcode.BAD_PARAMETER, "is no base64")
    if len(data) > IMAGE_BYTES:
        part.refuse("base64", Errcode.IMAGE_TOO_BIG, "is more than 2 MB")
    if not data.startswith(IMAGE_HEADS):
        part.refuse("base64", Errcode.BAD_PARAMETER, "is neither JPG nor PNG")
    if part.text("md5").lower() != hashlib.md5(data).hexdigest():  # noqa: S324 - the protocol's check sum
        part.refuse("md5", Errcode.BAD_PARAMETER, "is not that of the image's bytes")
    return Content(kind=MessageKind.IMAGE, text=f"{len(data)} B")
