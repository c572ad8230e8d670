"""What does a small XML document of WeCom's say, and how is text put into one? Nothing hostile gets far."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping

MOST_TAGS = 4096
"""A callback has dozens; somebody may send a text full of `<`."""
BEGINNING = re.compile(r"(<\?xml [^<>]*\?>)?\s*<[^!?]")
"""An element, or an XML declaration and an element."""
_DOUBTFUL = r"\x00-\x08\x0b-\x1f\ufffe\uffff<\]"
"""What text must not hold, and what a parser had better look at: line ends and all that could end the text."""
_FIELD = re.compile(
    rf"<([A-Za-z_]++)>(?:<!\[CDATA\[([^{_DOUBTFUL}]*+)\]\]>|([^{_DOUBTFUL}&]*+))</\1>[ \t\n]*+"
)
"""A child that holds text and nothing else, up to the next one. No character is looked at more than twice."""


class UnreadableXmlError(ValueError):
    """The XML is malformed, has too many tags, or begins with anything but an element."""


def cdata(text: str) -> str:
    """Wrap `text` for XML; a `]]>` inside is split over two sections."""
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"


def read_xml(body: bytes) -> ET.Element:
    """Parse a small document. Raises UnreadableXmlError."""
    return _parse(_counted(body))


def read_fields(body: bytes) -> tuple[Mapping[str, str], ET.Element | None]:
    """The texts of a document's fields by name, and the tree when there is more in it than that.

    Of fields of one name the last counts. Raises UnreadableXmlError.
    """
    text = _counted(body)
    fields = _flat(text)
    if fields is not None:
        return fields, None
    tree = _parse(text)
    return {child.tag: child.text or "" for child in tree}, tree


def _counted(body: bytes) -> str:
    """The text, of not too many tags: a body of nested ones costs far more to parse than its size."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise UnreadableXmlError(UnreadableXmlError.__doc__) from None
    if text.count("<") > MOST_TAGS:
        raise UnreadableXmlError(UnreadableXmlError.__doc__)
    return text


def _parse(text: str) -> ET.Element:
    """The tree. A DTD can only stand before the first element: what begins with one has no entities."""
    if not BEGINNING.match(text):
        raise UnreadableXmlError(UnreadableXmlError.__doc__)
    try:
        return ET.fromstring(text)  # noqa: S314 -- there are no entities to expand
    except ET.ParseError:
        raise UnreadableXmlError(UnreadableXmlError.__doc__) from None


def _flat(text: str) -> Mapping[str, str] | None:
    """What the parser would read, at a fraction of its price; None for anything but `<xml>` around fields of text.

    That is how WeCom writes envelopes and most of its messages (pages 90238 and 90239).
    """
    parts = _FIELD.split(text)
    head, between, tail = parts[0], parts[4:-1:4], parts[-1]
    if head.rstrip(" \t\n") != "<xml>" or any(between) or tail.rstrip(" \t\n") != "</xml>":
        return None
    names, quoted, plain = parts[1::4], parts[2::4], parts[3::4]
    return {name: one or other or "" for name, one, other in zip(names, quoted, plain, strict=True)}
