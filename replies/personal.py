"""What of a phone number and of an address may be shown? Enough to know them again, not enough to use them."""

import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from itertools import product
from unicodedata import normalize

from replies.masking import STARS, digits
from rules.record import Record

_MOBILE = re.compile(r"1[3-9]\d{9}")
_MASKED = re.compile(r"(\d{3})?[*＊xX•]{3,8}(\d{4})")
_GAPS = re.compile(r"[\s,，、/|.\-_]+")
ENOUGH_DIGITS = 8
"""Of a number with fewer, four would be half of it."""
LONGEST_PLACE = 30
"""No province, city and district together have more characters."""
SUFFIXES = ("壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "特别行政区", "地区", "省", "市", "盟")
"""What people leave out who write 浙江杭州, longer ones first."""


class Sought(Record, frozen=True, kw_only=True):
    """A phone number that somebody looks for."""

    shown: str
    """As it is shown everywhere: `138****8000`."""
    number: str | None
    """The whole of it, or None when it was masked already."""


def number_of(phone: str) -> str:
    """The digits that make a phone number: of a mobile one eleven, without 86 before and an extension behind."""
    written = digits(phone)
    found = _MOBILE.search(written)
    return found[0] if found else written


def phone_shown(phone: str) -> str:
    """A mobile number as `138****8000`, another one as `****5678`, a short one as `****`."""
    number = number_of(phone)
    if _MOBILE.fullmatch(number):
        return f"{number[:3]}{STARS}{number[-4:]}"
    return f"{STARS}{number[-4:]}" if len(number) >= ENOUGH_DIGITS else STARS


def sought_phone(typed: str) -> Sought | None:
    """Whose orders are looked for by a number, in full or masked; None when it is neither."""
    written = _GAPS.sub("", normalize("NFKC", typed)).replace("+", "").replace("(", "").replace(")", "")
    masked = _MASKED.fullmatch(written)
    if masked:
        return Sought(shown=f"{masked[1] or ''}{STARS}{masked[2]}", number=None)
    if not written.isdecimal() or len(written) < ENOUGH_DIGITS:
        return None
    return Sought(shown=phone_shown(written), number=number_of(written))


def district_shown(address: str) -> str:
    """Province, city and district of an address as they are written; where one is unknown it ends before."""
    written = _GAPS.sub("", normalize("NFKC", address)).removeprefix("中国")
    known = _places()
    starts = (written[:length] for length in range(min(len(written), LONGEST_PLACE), 1, -1))
    return next((start for start in starts if start in known), "")


@cache
def _places() -> frozenset[str]:
    """Every way to write a province, a city in it and a district of that, by the list of GB/T 2260 as of 2025."""
    text = resources.files("replies").joinpath("places.txt").read_text("utf-8")
    return frozenset(written for line in text.splitlines() for written in _written(*line.split()))


def _written(province: str, city: str = "", *districts: str) -> Iterator[str]:
    provinces, cities = _names(province), _names(city)
    yield from provinces
    if not city:
        return
    within = cities | {"市辖区"} if city == province else cities
    wholes = {"".join(pair) for pair in product(provinces, within)}
    yield from (city, *wholes, *districts)
    parts = provinces | cities | wholes
    yield from ("".join(pair) for pair in product(parts, districts))


def _names(place: str) -> set[str]:
    """A place by its full name, and by the one that is used for short."""
    suffix = next((suffix for suffix in SUFFIXES if place.endswith(suffix)), "")
    short = place.removesuffix(suffix)
    return {place, short} if len(short) > 1 else {place}
