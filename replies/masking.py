"""What of a text from outside may be shown? Phone numbers are masked, markup and control characters go.

Whatever somebody typed passes `free`; the code of goods passes `coded`. What identifies an order, a parcel or a
payment passes `plain`: its digits stay as they are.
"""

import re
import unicodedata

STARS = "****"
SHORTEST = 11
"""A phone number has so many digits."""
_PHONE = re.compile(r"1-{0,3}[3-9](?:-{0,3}\d){9}")
_ALONE = re.compile(rf"(?<!\d)(?:(?:00)?86-{{0,3}})?({_PHONE.pattern})(?!\d)")
"""A phone number that is no part of a longer number, such as a barcode."""
_TAG = re.compile(r"<[^<>]*>")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")
_SPACE = re.compile(r"\s+")
_PLAINLY = re.compile(r"[\w.,:/+，。、；：（）-]+(?: [\w.,:/+，。、；：（）-]+)*")
"""Letters, digits and what stands between them, one space at a time: nothing in there has to go."""
_TELLING = str.maketrans({"<": "＜", ">": "＞", "{": "｛", "}": "｝"})
_EMOJI_PARTS = frozenset("\u200d\ufe0e\ufe0f")
"""Joiners, without which one emoji falls apart into several."""
_HIDDEN = frozenset({"Cc", "Cf", "Cs"})
"""Control, format and surrogate characters: they can reverse or hide what is read."""
_BETWEEN = _HIDDEN | {"Zs", "Zl", "Zp", "Pd", "Mn", "Me"}
"""What stands between the digits of a phone number, or cannot be seen there at all."""
_MARKS = frozenset(".·・•_()（）\uff0e\u3164")


def masked(text: str) -> str:
    """The text with every phone number as `138****8000`: in longer runs of digits, in digits of any script, and spaced."""
    return _masked(text, _PHONE)


def coded(text: str) -> str:
    """A code, such as that of goods, fit to be shown: digits of a longer number are no phone number there."""
    return _masked(plain(text), _ALONE)


def plain(text: str) -> str:
    """One line without control characters, tags, links and template brackets; the words of a link stay."""
    if _PLAINLY.fullmatch(text):
        return text
    visible = "".join(char for char in text if char.isspace() or _is_visible(char))
    unmarked = _LINK.sub(r"\1", _TAG.sub("", visible))
    return _SPACE.sub(" ", unmarked.translate(_TELLING).replace("](", "] (")).strip()


def free(text: str) -> str:
    """What somebody typed, fit to be shown: plain and masked."""
    return masked(plain(text))


def digits(text: str) -> str:
    """The digits in a text, whatever their script, as 0 to 9."""
    return "".join(char for char in text.translate(_SKELETON) if char.isdecimal())


def _masked(text: str, numbers: re.Pattern[str]) -> str:
    """What is left of one number and the digits behind it may be another one: until there is none."""
    if len(text) < SHORTEST:
        return text
    while found := numbers.search(text.translate(_SKELETON)):
        start, end = found.span(found.re.groups)
        number = [char for char in text[start:end] if char.translate(_SKELETON).isdecimal()]
        text = f"{text[:start]}{''.join(number[:3])}{STARS}{''.join(number[-4:])}{text[end:]}"
    return text


class _Skeleton(dict[int, str]):
    """For each character one other: the digit that it means, `-` for what separates digits, itself for the rest."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        digit = unicodedata.digit(char, None)
        if digit is not None:
            known = str(digit)
        else:
            known = "-" if char in _MARKS or unicodedata.category(char) in _BETWEEN else char
        self[code] = known
        return known


_SKELETON = _Skeleton()


def _is_visible(char: str) -> bool:
    return char in _EMOJI_PARTS or unicodedata.category(char) not in _HIDDEN
