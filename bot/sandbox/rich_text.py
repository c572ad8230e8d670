"""What does marked-up text look like in the client? Markdown, the app's links and a textcard's lines, as plain data.

Nothing here makes HTML: the templates do, and they escape every word.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class SpanKind(StrEnum):
    TEXT = "text"
    BOLD = "bold"
    ITALIC = "italic"
    CODE = "code"
    LINK = "link"
    MENTION = "mention"
    INFO = "info"
    """The three colours of <font>: info green, comment grey, warning orange."""
    COMMENT = "comment"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    text: str
    kind: SpanKind = SpanKind.TEXT
    url: str = ""


class BlockKind(StrEnum):
    PARAGRAPH = "paragraph"
    HEADING = "heading"
    QUOTE = "quote"
    ITEM = "item"
    CODE = "code"
    RULE = "rule"
    GRAY = "gray"
    """A textcard's <div class="gray">; the other two are `normal` and `highlight`."""
    HIGHLIGHT = "highlight"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    kind: BlockKind
    spans: tuple[Span, ...] = ()
    mark: str = ""
    """Of an item: its bullet or its number."""


_INLINE = re.compile(
    r"\*\*(?P<bold>[^*\n]+)\*\*"
    r"|`(?P<code>[^`\n]+)`"
    r"|\[(?P<label>[^\]\n]+)\]\((?P<url>https?://[^\s)]+)\)"
    r"|<font color=[\"'](?P<colour>info|comment|warning)[\"']>(?P<font>.*?)</font>"
    r"|<@(?P<at>[^>\n]+)>"
    r"|(?<![*\w])\*(?P<italic>[^*\n]+)\*(?![*\w])"
)
_ANCHOR = re.compile(r"<a href=[\"'](?P<url>https?://[^\"']+)[\"'][^>]*>(?P<label>.*?)</a>", re.DOTALL)
_MENTION = re.compile(r"(?<!\S)@[^\s@]+")
_DIV = re.compile(r"<div class=[\"'](?P<tone>gray|normal|highlight)[\"']>(?P<text>.*?)</div>", re.DOTALL)
_TONES = {"gray": BlockKind.GRAY, "highlight": BlockKind.HIGHLIGHT, "normal": BlockKind.PARAGRAPH}
_FENCE = "```"


def markdown(text: str) -> tuple[Block, ...]:
    """Markdown as WeCom draws it: headings, quotes, lists, code, rules, and the inline marks."""
    return tuple(_blocks(text.strip("\n").split("\n")))


def app_text(text: str) -> tuple[Block, ...]:
    """A text of the app: line breaks and <a href>."""
    return tuple(_paragraph(line, _ANCHOR) for line in text.split("\n"))


def plain_text(text: str) -> tuple[Block, ...]:
    """What a person typed; mentions stand out."""
    return tuple(_paragraph(line, _MENTION) for line in text.split("\n"))


def textcard(text: str) -> tuple[Block, ...]:
    """A textcard's description: <div class="gray|normal|highlight"> and <br>."""
    return tuple(_tones(re.sub(r"<br\s*/?>", "\n", text)))


def _blocks(lines: list[str]) -> Iterator[Block]:
    code: list[str] | None = None
    for line in lines:
        if line.strip().startswith(_FENCE):
            if code is not None:
                yield _code(code)
            code = [] if code is None else None
        elif code is not None:
            code.append(line)
        elif line.strip():
            yield _block(line)
    if code is not None:
        yield _code(code)


def _code(lines: list[str]) -> Block:
    return Block(kind=BlockKind.CODE, spans=(Span(text="\n".join(lines)),))


def _block(line: str) -> Block:
    if heading := re.match(r"#{1,6} +(.*)", line):
        return Block(kind=BlockKind.HEADING, spans=_spans(heading[1], _INLINE))
    if quote := re.match(r"> ?(.*)", line):
        return Block(kind=BlockKind.QUOTE, spans=_spans(quote[1], _INLINE))
    if item := re.match(r"\s*([-*+]|\d+\.) +(.*)", line):
        mark = item[1] if item[1].endswith(".") else "•"
        return Block(kind=BlockKind.ITEM, spans=_spans(item[2], _INLINE), mark=mark)
    if re.fullmatch(r"\s*(-{3,}|\*{3,})\s*", line):
        return Block(kind=BlockKind.RULE)
    return _paragraph(line, _INLINE)


def _tones(text: str) -> Iterator[Block]:
    end = 0
    for found in _DIV.finditer(text):
        yield from _lines(text[end : found.start()], BlockKind.PARAGRAPH)
        yield from _lines(found["text"], _TONES[found["tone"]])
        end = found.end()
    yield from _lines(text[end:], BlockKind.PARAGRAPH)


def _lines(text: str, kind: BlockKind) -> Iterator[Block]:
    for line in text.split("\n"):
        if line.strip():
            yield Block(kind=kind, spans=(Span(text=line),))


def _paragraph(line: str, pattern: re.Pattern[str]) -> Block:
    return Block(kind=BlockKind.PARAGRAPH, spans=_spans(line, pattern))


def _spans(line: str, pattern: re.Pattern[str]) -> tuple[Span, ...]:
    spans: list[Span] = []
    end = 0
    for found in pattern.finditer(line):
        if found.start() > end:
            spans.append(Span(text=line[end : found.start()]))
        spans.append(_span(found))
        end = found.end()
    if end < len(line):
        spans.append(Span(text=line[end:]))
    return tuple(spans)


def _span(found: re.Match[str]) -> Span:
    parts = {name: text for name, text in found.groupdict().items() if text is not None}
    if "url" in parts:
        return Span(text=parts["label"], kind=SpanKind.LINK, url=parts["url"])
    if "colour" in parts:
        return Span(text=parts["font"], kind=SpanKind(parts["colour"]))
    if "at" in parts:
        return Span(text=f"@{parts['at']}", kind=SpanKind.MENTION)
    for kind in (SpanKind.BOLD, SpanKind.CODE, SpanKind.ITALIC):
        if kind in parts:
            return Span(text=parts[kind], kind=kind)
    return Span(text=found[0], kind=SpanKind.MENTION)
