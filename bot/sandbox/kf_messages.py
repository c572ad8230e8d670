"""Which messages may 微信客服 send? Every type of kf/send_msg but cards, with its limits (wecom.md §9.1)."""

from collections.abc import Collection

from bot.sandbox import contents
from bot.sandbox.card_parts import web_address
from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.fields import Node
from bot.sandbox.media import CORP, Media
from bot.sandbox.world import Content, MessageKind

FILES = ("image", "voice", "video", "file")
ALL = frozenset({"text", *FILES, "link", "miniprogram", "msgmenu", "location", "ca_link"})
MENU_ITEMS = 10


def content(request: Node, media: Media, allowed: Collection[str] = ALL) -> Content:
    """Read the message. Raises Refused."""
    kind = request.values.get("msgtype")
    if kind not in allowed:
        raise Refused(Errcode.BAD_MSGTYPE, f"msgtype must be one of {', '.join(sorted(allowed))}")
    match str(kind):
        case "text":
            return Content(text=contents.text(request.node("text", Errcode.EMPTY_TEXT)))
        case "link":
            return _link(request.node("link"), media)
        case "miniprogram":
            return _miniprogram(request.node("miniprogram"), media)
        case "msgmenu":
            return _menu(request.node("msgmenu"))
        case "location":
            return _location(request.node("location"))
        case "ca_link":
            return Content(kind=MessageKind.LINK, url=web_address(request.node("ca_link"), "link_url"))
        case name:
            media_id = request.node(name, Errcode.NO_MEDIA).text("media_id", Errcode.NO_MEDIA)
            return Content(kind=MessageKind(name), text=media.name(media_id, name, CORP))


def _link(part: Node, media: Media) -> Content:
    media.name(part.text("thumb_media_id", Errcode.NO_MEDIA), "image", CORP)
    if part.has("desc"):
        part.text("desc", most_bytes=512)
    return contents.link(part)


def _miniprogram(part: Node, media: Media) -> Content:
    media.name(part.text("thumb_media_id", Errcode.NO_MEDIA), "image", CORP)
    part.text("pagepath")
    part.text("appid", Errcode.APPID_MISSING)
    title = part.text("title", most_bytes=64) if part.has("title") else ""
    return Content(kind=MessageKind.MINIPROGRAM, title=title)


def _menu(part: Node) -> Content:
    for name in ("head_content", "tail_content"):
        if part.has(name):
            part.text(name, most_bytes=1024)
    items = part.nodes("list", Errcode.MENU_ITEMS, most=MENU_ITEMS)
    lines = [part.optional_text("head_content"), *map(_item, items), part.optional_text("tail_content")]
    text = "\n".join(line for line in lines if line)
    if not text:
        raise Refused(Errcode.EMPTY_PARAMETER, "the menu is empty")
    return Content(kind=MessageKind.MENU, text=text)


def _item(item: Node) -> str:
    match item.values.get("type"):
        case "click":
            part = item.node("click")
            if part.has("id"):
                part.text("id", most_bytes=64)
            return part.text("content", most_bytes=128)
        case "view":
            part = item.node("view")
            web_address(part, "url")
            return part.text("content", most_bytes=1024)
        case "miniprogram":
            part = item.node("miniprogram")
            part.text("appid", Errcode.APPID_MISSING)
            part.text("pagepath", most_bytes=1024)
            return part.text("content", most_bytes=1024)
        case "text":
            return item.node("text").text("content", most_bytes=256)
        case _:
            raise Refused(Errcode.MENU_TYPE, "a menu holds click, view, miniprogram and text")


def _location(part: Node) -> Content:
    for name in ("latitude", "longitude"):
        value = part.values.get(name)
        if not isinstance(value, int | float) or isinstance(value, bool):
            part.refuse(name, Errcode.BAD_PARAMETER, "is required as a number")
    return Content(text=f"{part.optional_text('name')} {part.optional_text('address')}".strip() or "location")
