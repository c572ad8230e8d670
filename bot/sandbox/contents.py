"""Is this text, markdown or textcard one that WeCom takes? wecom.md §4.3 (90236) and §8.4 (101031)."""

from bot.sandbox.card_parts import web_address
from bot.sandbox.config import Knobs
from bot.sandbox.errcodes import Errcode
from bot.sandbox.fields import Node
from bot.sandbox.world import Content, MessageKind

APP_BYTES = 2048
BOT_BYTES = 20480


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
