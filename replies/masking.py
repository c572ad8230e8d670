"""What of a text from outside may be shown? Phone numbers are masked, markup and control characters go.

Whatever somebody typed passes `free`. What identifies something, such as an order number, passes `plain`:
its digits stay as they are.
"""

import re
import unicodedata

_PHONE = re.compile(r"([1１][3-9３-９]\d)[-－ ]?\d{4}[-－ ]?(\d{4})")
_TAG = re.compile(r"<[^<>]*>")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")
_SPACE = re.compile(r"\s+")
_TELLING = str.maketrans({"<": "＜", ">": "＞", "{": "｛", "}": "｝"})
_EMOJI_PARTS = frozenset("\u200d\ufe0e\ufe0f")
"""Joiners, without which one emoji falls apart into several."""
_HIDDEN = frozenset({"Cc", "Cf", "Cs"})
"""Control, format and surrogate characters: they can reverse or hide what is read."""


def masked(text: str) -> str:
    """The text with every phone number as `138****8000`, inside longer runs of digits too."""
    return _PHONE.sub(r"\1****\2", text)


def plain(text: str) -> str:
    """One line without control characters, tags, links and template brackets; the words of a link stay."""
    visible = "".join(char for char in text if char.isspace() or _is_visible(char))
    unmarked = _LINK.sub(r"\1", _TAG.sub("", visible))
    return _SPACE.sub(" ", unmarked.translate(_TELLING).replace("](", "] (")).strip()


def free(text: str) -> str:
    """What somebody typed, fit to be shown: plain and masked."""
    return masked(plain(text))


def _is_visible(char: str) -> bool:
    return char in _EMOJI_PARTS or unicodedata.category(char) not in _HIDDEN
