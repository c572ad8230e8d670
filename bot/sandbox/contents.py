"""What do messages hold that several calls take alike? wecom.md §4.3 (90236) and §8.4 (101031)."""

from bot.sandbox.card_parts import web_address
from bot.sandbox.config import Knobs
from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.fields import Node
from bot.sandbox.media import CORP, Media
from bot.sandbox.world import Content, MessageKind

APP_BYTES = 2048
BOT_BYTES = 20480


def of_app(request: Node, media: Media, knobs: Knobs) -> Content:
    """What both message/send (90236) and appchat/send (90248) take: all but cards."""
    match request.values.get("msgtype"):
        case "text":
            return Content(text=text(request.node("text", Errcode.EMPTY_TEXT)))
        case "markdown":
            return Content(kind=MessageKind.MARKDOWN, text=text(request.node("markdown", Errcode.EMPTY_TEXT)))
        case "textcard":
            return textcard(request.node("textcard"), knobs)
        case "news":
            return news(request.node("news"))
        case "image" | "voice" | "video" | "file" as kind:
            media_id = request.node(str(kind), Errcode.NO_MEDIA).text("media_id", Errcode.NO_MEDIA)
            return Content(kind=MessageKind(str(kind)), text=media.name(media_id, str(kind), CORP))
        case _:
            raise Refused(Errcode.BAD_MSGTYPE, "msgtype is none that this call takes")


def text(part: Node, *, most_bytes: int = APP_BYTES, empty: int = Errcode.EMPTY_TEXT) -> str:
    """The `content` of a text or markdown message."""
    content = part.optional_text("content")
    if not content.strip():
        part.refuse("content", empty, "is empty")
    if len(content.encode()) > most_bytes:
        part.refuse("content", Errcode.TOO_LONG, f"is longer than {most_bytes} bytes")
    return content


def textcard(part: Node, knobs: Knobs) -> Content:
    if knobs.foreign_fields_refused:
        part.only({"title", "description", "url", "btntxt"})
    if not part.has("url"):
        part.refuse("url", Errcode.NO_URL, "is missing")
    button = part.optional_text("btntxt")
    if len(button) > 4:
        part.refuse("btntxt", Errcode.BAD_PARAMETER, "is longer than 4 characters")
    return Content(
        kind=MessageKind.TEXTCARD,
        title=_limited(part, "title", 128, knobs),
        text=_limited(part, "description", 512, knobs),
        url=web_address(part, "url"),
        button=button or "详情",
    )


def link(part: Node) -> Content:
    """A link to a customer; what it is pictured by differs from call to call."""
    return Content(
        kind=MessageKind.LINK,
        title=part.text("title", most_bytes=128),
        text=part.optional_text("desc"),
        url=web_address(part, "url"),
    )


def news(part: Node) -> Content:
    """1 to 8 articles; what is too long is cut, not refused (91770)."""
    lines: list[str] = []
    articles = part.nodes("articles", Errcode.BAD_PARAMETER, least=1, most=8)
    for article in articles:
        title = cut(article.text("title", Errcode.EMPTY_PARAMETER), 128)
        lines += [title, cut(article.optional_text("description"), 512), web_address(article, "url")]
        if article.has("picurl"):
            web_address(article, "picurl")
    url = articles[0].optional_text("url")
    return Content(kind=MessageKind.NEWS, text="\n".join(line for line in lines if line), url=url)


def cut(text: str, most_bytes: int) -> str:
    """The beginning of a text, whole characters only."""
    return text.encode()[:most_bytes].decode(errors="ignore")


def _limited(part: Node, name: str, limit: int, knobs: Knobs) -> str:
    value = part.text(name, Errcode.EMPTY_PARAMETER)
    size = len(value.encode()) if knobs.textcard_in_bytes else len(value)
    if size > limit:
        part.refuse(name, Errcode.TOO_LONG, f"is longer than {limit}")
    return value
