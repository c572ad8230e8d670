"""What does a small XML document of WeCom's say, and how is text put into one? Nothing hostile gets far."""

import re
import xml.etree.ElementTree as ET

MOST_TAGS = 4096
"""A callback has dozens; somebody may send a text full of `<`."""
BEGINNING = re.compile(r"(<\?xml [^<>]*\?>)?\s*<[^!?]")
"""An element, or an XML declaration and an element."""


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
        return ET.fromstring(text)  # noqa: S314 -- there are no entities to expand
    except (ET.ParseError, UnicodeDecodeError):
        raise UnreadableXmlError(UnreadableXmlError.__doc__) from None
