"""What may an employee's mass message or greeting hold? A text and up to nine attachments (92135)."""

from dataclasses import dataclass

from bot.sandbox import contents
from bot.sandbox.card_parts import web_address
from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.fields import Node
from bot.sandbox.media import CORP, Media
from bot.sandbox.world import Content, MessageKind

TEXT_BYTES = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sendable:
    text: str
    attachments: tuple[Content, ...]


def sendable(request: Node, media: Media) -> Sendable:
    """Read `text` and `attachments`. Raises Refused; both must not be empty."""
    part = request.optional_node("text")
    text = part.optional_text("content") if part else ""
    if len(text.encode()) > TEXT_BYTES:
        request.refuse("text.content", Errcode.TOO_LONG, f"is longer than {TEXT_BYTES} bytes")
    items = request.nodes("attachments", Errcode.BAD_PARAMETER, most=9)
    attachments = tuple(_attachment(item, media) for item in items)
    if not text.strip() and not attachments:
        raise Refused(Errcode.EMPTY_PARAMETER, "text and attachments are both empty")
    return Sendable(text=text, attachments=attachments)


def _attachment(item: Node, media: Media) -> Content:
    kind = item.values.get("msgtype")
    match kind:
        case "image":
            part = item.node("image")
            if part.has("pic_url"):
                return Content(kind=MessageKind.IMAGE, url=web_address(part, "pic_url"), text="image")
            return _file(part, "image", media)
        case "video" | "file":
            return _file(item.node(str(kind)), str(kind), media)
        case "link":
            return _link(item.node("link"))
        case "miniprogram":
            return _miniprogram(item.node("miniprogram"), media)
        case _:
            raise Refused(Errcode.BAD_MSGTYPE, "must be image, video, file, link or miniprogram")


def _file(part: Node, kind: str, media: Media) -> Content:
    name = media.name(part.text("media_id", Errcode.NO_MEDIA), kind, CORP)
    return Content(kind=MessageKind(kind), text=name)


def _link(part: Node) -> Content:
    if part.has("picurl"):
        web_address(part, "picurl")
    return contents.link(part)


def _miniprogram(part: Node, media: Media) -> Content:
    part.text("appid", Errcode.APPID_MISSING)
    media.name(part.text("pic_media_id", Errcode.NO_MEDIA), "image", CORP)
    return Content(
        kind=MessageKind.MINIPROGRAM, title=part.text("title", most_bytes=64), text=part.text("page")
    )
