"""How long is one kind of call left alone that was refused for being made too often?

WeCom blocks it for the window whose limit was passed: 60 seconds, 60 minutes, or the natural day (page 90454). Which
one it was it does not say, so each is tried in turn.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from rules.instants import instant

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """No call until then."""

    until: datetime
    refusals: int = 1
    """How often in a row the first call after a pause was refused, the one before the first pause included."""


def paused(before: Pause | None, began: datetime, now: datetime) -> Pause:
    """After a call that began at `began` was refused for being one too many; `before` is the last pause, if any.

    A call that was under way when the pause began tells nothing new.
    """
    if before is not None and began < before.until:
        return before
    refusals = 1 if before is None else before.refusals + 1
    lasts = {1: MINUTE, 2: HOUR}.get(refusals)
    return Pause(until=_end_of_day(now) if lasts is None else now + lasts, refusals=refusals)


def is_over(pause: Pause, began: datetime) -> bool:
    """Whether a call that began then, and was not refused for its frequency, shows that the way is open again."""
    return began >= pause.until


def _end_of_day(now: datetime) -> datetime:
    tomorrow = (now.astimezone(SHANGHAI) + DAY).date()
    return instant(datetime.combine(tomorrow, time(), SHANGHAI))
