"""Which stretch of days and hours does somebody mean? `12-03 09:00-18:00`, `12-03..12-05`, `周六`, `今天 14点到18点`."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar

from rules.dates import A_DAY

_Part = TypeVar("_Part", date, timedelta)

NOON = 12
MOST_YEARS = 10
"""Nobody means a year further away."""


class Unclear(StrEnum):
    """Why a text is no stretch of time."""

    EMPTY = "empty"
    """Nothing is said of when."""
    UNREADABLE = "unreadable"
    """Some of it is neither a day nor a time."""
    NO_SUCH_DAY = "no_such_day"
    """There is no such day in the calendar."""
    NO_SUCH_TIME = "no_such_time"
    """There is no such time of day."""
    NO_END = "no_end"
    """It is said when it begins, and not when it ends."""
    TOO_MUCH = "too_much"
    """More days or times than the two ends of a stretch."""
    MIDNIGHT = "midnight"
    """It ends no later than it begins, so it would be over midnight, and the day of its end is not said."""


class UnclearError(ValueError):
    """It cannot be read; `said` is the part that is to blame, and `mend` what was probably meant."""

    def __init__(self, why: Unclear, said: str = "", mend: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.said = said
        self.mend = mend


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch by the clock on the wall, from `start` on and before `end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class _End:
    """One end of a stretch, as far as it is said."""

    day: date | None = None
    time: timedelta | None = None
    next_day: bool = False

    def at(self, usual: date) -> datetime:
        """The time, on the usual day if none is said."""
        day = (self.day or usual) + (A_DAY if self.next_day else timedelta())
        return datetime.combine(day, time()) + (self.time or timedelta())


_WEEKDAYS: Mapping[str, int] = {
    **{
        f"{word}{name}": number
        for word in ("周", "星期", "礼拜")
        for number, name in enumerate("一二三四五六日")
    },
    **{f"{word}天": 6 for word in ("周", "星期", "礼拜")},
    **{name: number for number, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))},
}
_RELATIVE: Mapping[str, int] = {
    "大后天": 3, "今天": 0, "今日": 0, "明天": 1, "明日": 1, "后天": 2, "昨天": -1, "today": 0, "tomorrow": 1,
    "yesterday": -1,
}  # fmt: skip
_WEEKDAY = "|".join(_WEEKDAYS)
_PATTERNS: Mapping[str, re.Pattern[str]] = {
    "space": re.compile(r"[\s,，、;；的]+"),
    "full": re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})[日号]?(?![\d:])"),
    "short": re.compile(r"(\d{1,2})(?:[-/.]|月)(\d{1,2})[日号]?(?![\d:点时])"),
    "clock": re.compile(
        r"(上午|早上|早|凌晨|中午|下午|傍晚|晚上|晚)?(\d{1,2})(?::(\d{2})|[点时](半|\d{1,2}分?)?)"
    ),
    "relative": re.compile("|".join(_RELATIVE)),
    "weekday": re.compile(rf"(上|下|这|本|this |next )?({_WEEKDAY})[a-z]*"),
    "next": re.compile(r"次日|第二天|翌日|next day"),
    "to": re.compile(r"\.\.+|-+|~+|至|到|to\b"),
}
"""In the order in which they are tried."""
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―－～〜", "-"))
_AFTERNOON = frozenset({"下午", "傍晚", "晚上", "晚"})


def parse_span(text: str, today: date) -> Span:
    """The stretch that a text means to somebody who says it today. Raises UnclearError."""
    ends = _ends(unicodedata.normalize("NFKC", text).lower().translate(_DASHES), today)
    first, last = ends[0], ends[-1]
    if first == _End():
        raise UnclearError(Unclear.EMPTY)
    if first.time is not None and len(ends) == 1:
        raise UnclearError(Unclear.NO_END, text.strip())
    begins = first.day or today
    start = first.at(today)
    if first.time is None and last.time is not None and last.day is None:
        raise UnclearError(Unclear.UNREADABLE, text.strip())
    end = last.at(begins) + (A_DAY if last.time is None else timedelta())
    if end <= start:
        raise UnclearError(
            Unclear.MIDNIGHT, text.strip(), _over_midnight(start, end, said=last.day is not None)
        )
    return Span(start=start, end=end)


def written(span: Span) -> str:
    """The stretch as one may write it: `12-03 09:00-18:00`, `12-03..12-05`, `12-03 22:00..12-04 06:00`."""
    start, end = span.start, span.end
    if start.time() == end.time() == time():
        last = end - A_DAY
        return f"{start:%m-%d}" if last == start else f"{start:%m-%d}..{last:%m-%d}"
    if start.date() == end.date():
        return f"{start:%m-%d %H:%M}-{end:%H:%M}"
    if end == datetime.combine(start.date(), time()) + A_DAY:
        return f"{start:%m-%d %H:%M}-24:00"
    return f"{start:%m-%d %H:%M}..{end:%m-%d %H:%M}"


def _over_midnight(start: datetime, end: datetime, *, said: bool) -> str:
    """What was probably meant by an end before the start; nothing where the day of the end was said."""
    return "" if said else written(Span(start=start, end=end + A_DAY))


def _ends(text: str, today: date) -> Sequence[_End]:
    """One end or two; what stands behind the word for `until` belongs to the second."""
    ends = [_End()]
    for kind, match in _words(text):
        if kind == "to":
            if len(ends) == 2:
                raise UnclearError(Unclear.TOO_MUCH, text.strip())
            ends.append(_End())
        elif kind == "clock":
            ends[-1] = replace(ends[-1], time=_only(ends[-1].time, _time(match), text))
        elif kind == "next":
            ends[-1] = replace(ends[-1], next_day=True)
        elif kind != "space":
            ends[-1] = replace(ends[-1], day=_only(ends[-1].day, _READ[kind](match, today), text))
    if len(ends) == 2 and ends[1] == _End():
        raise UnclearError(Unclear.NO_END, text.strip())
    return ends


def _only(known: object, read: _Part, text: str) -> _Part:
    if known is not None:
        raise UnclearError(Unclear.TOO_MUCH, text.strip())
    return read


def _words(text: str) -> Iterator[tuple[str, re.Match[str]]]:
    at = 0
    while at < len(text):
        found = ((kind, match) for kind, pattern in _PATTERNS.items() if (match := pattern.match(text, at)))
        word = next(found, None)
        if word is None:
            raise UnclearError(Unclear.UNREADABLE, text[at:].split(maxsplit=1)[0])
        yield word
        at = word[1].end()


def _time(match: re.Match[str]) -> timedelta:
    part, hour, minute, spoken = match.groups()
    minutes = 30 if spoken == "半" else int(minute or (spoken or "0").removesuffix("分"))
    hours = int(hour) + (NOON if part in _AFTERNOON and int(hour) < NOON else 0)
    read = timedelta(hours=hours, minutes=minutes)
    if minutes >= 60 or read > A_DAY:
        raise UnclearError(Unclear.NO_SUCH_TIME, match[0])
    return read


def _full(match: re.Match[str], today: date) -> date:
    year, month, day = map(int, match.groups())
    if abs(year - today.year) > MOST_YEARS or not _is_day(year, month, day):
        raise UnclearError(Unclear.NO_SUCH_DAY, match[0])
    return date(year, month, day)


def _short(match: re.Match[str], today: date) -> date:
    """Of the years around, the one in which the day is nearest."""
    month, day = map(int, match.groups())
    years = [year for year in (today.year, today.year + 1, today.year - 1) if _is_day(year, month, day)]
    if not years:
        raise UnclearError(Unclear.NO_SUCH_DAY, match[0])
    return min((date(year, month, day) for year in years), key=lambda one: abs(one - today))


def _relative(match: re.Match[str], today: date) -> date:
    return today + A_DAY * _RELATIVE[match[0]]


def _weekday(match: re.Match[str], today: date) -> date:
    """The next such day, today too; of this week, the next one or the last one where that is said."""
    which, wanted = (match[1] or "").strip(), _WEEKDAYS[match[2]]
    if not which:
        return today + A_DAY * ((wanted - today.weekday()) % 7)
    weeks = {"上": -1, "下": 1, "next": 1}.get(which, 0)
    return today + A_DAY * (wanted - today.weekday() + 7 * weeks)


_READ: Mapping[str, Callable[[re.Match[str], date], date]] = {
    "full": _full,
    "short": _short,
    "relative": _relative,
    "weekday": _weekday,
}


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
