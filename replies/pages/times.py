"""How is a time written on a page? Short, in the merchant's zone; in words where people would rather read them."""

from datetime import datetime, timedelta, tzinfo

from replies import timewords
from replies.words import Language, Text

AGO = Text("{span}前", "{span} ago")
AHEAD = Text("{span}后", "in {span}")
_UNITS = ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "min"))


def stamp(at: datetime, now: datetime, zone: tzinfo) -> str:
    """`13:20:05` of today, else `11-26 13:20`, with the year where it is another."""
    local, today = at.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return f"{local:%H:%M:%S}"
    return f"{local:%m-%d %H:%M}" if local.year == today.year else f"{local:%Y-%m-%d %H:%M}"


def full(at: datetime, zone: tzinfo) -> str:
    """`2026-11-27 13:20:05 +0800`."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S %z}"


def span(length: timedelta, language: Language) -> str:
    """The two largest units of a length: `3小时12分`, `3 h 12 min`; never negative."""
    if language is Language.ZH:
        return timewords.duration(length)
    if length < timedelta(minutes=1):
        return f"{max(int(length.total_seconds()), 0)} s"
    said: list[str] = []
    for unit, name in _UNITS:
        count, length = divmod(length, unit)
        if count and len(said) < 2:
            said.append(f"{count} {name}")
        elif said:
            break
    return " ".join(said)


def since(at: datetime, now: datetime, language: Language) -> str:
    """How long ago, or how far ahead: `3小时12分前`, `in 5 min`."""
    text = AGO if at <= now else AHEAD
    return text.said(language, span=span(abs(now - at), language))
