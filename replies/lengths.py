"""How is a text shortened so that no character breaks, and so that one sees that it was?"""

import unicodedata
from collections.abc import Sequence

ELLIPSIS = "…"
SCREEN_BYTES = 2048
"""Bytes of an answer; what WeCom takes as one text."""
_JOINER = "\u200d"
_REGIONAL = range(0x1F1E6, 0x1F200)
_SKIN = range(0x1F3FB, 0x1F400)


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters (at least 1); what was cut at the end is marked by `…`."""
    if len(text) <= limit:
        return text
    return text[: _boundary(text, limit - 1)] + ELLIPSIS


def shortened_to_bytes(text: str, limit: int) -> str:
    """The same for a limit that counts bytes of UTF-8; at least 3, which `…` takes."""
    encoded = text.encode()
    if len(encoded) <= limit:
        return text
    kept = encoded[: limit - len(ELLIPSIS.encode())].decode(errors="ignore")
    return text[: _boundary(text, len(kept))] + ELLIPSIS


def fitted(lines: Sequence[str], limit: int = SCREEN_BYTES) -> str:
    """The lines in at most `limit` bytes: the longest are shortened, as little as will do."""
    sizes = [len(line.encode()) for line in lines]
    room = limit - (len(lines) - 1)
    fits = (
        most for most in range(min(max(sizes), limit), 3, -1) if sum(min(one, most) for one in sizes) <= room
    )
    most = next(fits, 3)
    return "\n".join(shortened_to_bytes(line, most) for line in lines)


def _boundary(text: str, at: int) -> int:
    """The last place at or before `at` that lies between two characters as one sees them."""
    while 0 < at < len(text) and _is_inside(text, at):
        at -= 1
    return at


def _is_inside(text: str, at: int) -> bool:
    """Whether the place before `text[at]` is inside a combined character, an emoji sequence or a flag."""
    char = text[at]
    if unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Me"} or char == _JOINER:
        return True
    if text[at - 1] == _JOINER or ord(char) in _SKIN:
        return True
    flags = at
    while flags > 0 and ord(text[flags - 1]) in _REGIONAL:
        flags -= 1
    return ord(char) in _REGIONAL and (at - flags) % 2 == 1
