"""What does a small XML document of WeCom's say, and how is text put into one? Nothing hostile gets far."""

import re
import xml.etree.ElementTree as ET

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
    """Parse a small document. Raises UnreadableXmlError.

    A DTD can only stand before the first element, so a body that begins with one has no entities. Tags are
    counted before they are parsed, because a body of nested ones costs far more than its size.
    """
    try:
        text = body.decode()
        if text.count("<") > MOST_TAGS or not BEGINNING.match(text):
            raise UnreadableXmlError(UnreadableXmlError.__doc__)
        flat = _read_flat(text)
        return ET.fromstring(text) if flat is None else flat  # noqa: S314 -- there are no entities to expand
    except (ET.ParseError, UnicodeDecodeError):
        raise UnreadableXmlError(UnreadableXmlError.__doc__) from None


def _read_flat(text: str) -> ET.Element | None:
    """What the parser would read, at half its price; None for anything but `<xml>` around fields of text.

    That is how WeCom writes envelopes and most of its messages (pages 90238 and 90239).
    """
    parts = _FIELD.split(text)
    head, between, tail = parts[0], parts[4:-1:4], parts[-1]
    if head.rstrip(" \t\n") != "<xml>" or any(between) or tail.rstrip(" \t\n") != "</xml>":
        return None
    root = ET.Element("xml")
    for tag, quoted, plain in zip(parts[1::4], parts[2::4], parts[3::4], strict=True):
        ET.SubElement(root, tag).text = quoted or plain or None
    return root
