"""How is a time said in Chinese? Clock times, days and durations, in the merchant's zone."""

from datetime import datetime, timedelta, tzinfo

HALF_HOUR = timedelta(minutes=30)
_DAYS = {-1: "昨天", 0: "今天", 1: "明天"}
_UNITS = ((timedelta(days=1), "天"), (timedelta(hours=1), "小时"), (timedelta(minutes=1), "分"))


def clock(at: datetime, zone: tzinfo) -> str:
    """The time of day: `13:20`. Seconds are cut, so a deadline is never said later than it is."""
    return f"{at.astimezone(zone):%H:%M}"


def moment(at: datetime, now: datetime, zone: tzinfo) -> str:
    """A time as one says it now: `13:20` of today, else with its day: `昨天 13:20`, `12月22日 13:20`."""
    said = clock(at, zone)
    return said if distance(at, now, zone) == 0 else f"{day(at, now, zone)} {said}"


def promised(at: datetime, now: datetime, zone: tzinfo) -> str:
    """A time to hold somebody to, always with its day: `今天 16:30`, `明天 09:30`."""
    return f"{day(at, now, zone)} {clock(at, zone)}"


def day(at: datetime, now: datetime, zone: tzinfo) -> str:
    """`今天`, `昨天` or `明天`, else the date, with the year when it is another one."""
    local = at.astimezone(zone)
    date = f"{local.month}月{local.day}日"
    if local.year != now.astimezone(zone).year:
        date = f"{local.year}年{date}"
    return _DAYS.get(distance(at, now, zone), date)


def distance(at: datetime, now: datetime, zone: tzinfo) -> int:
    """How many days after the day of `now` the day of `at` comes; negative for the past."""
    return (at.astimezone(zone).date() - now.astimezone(zone).date()).days


def is_relative(at: datetime, now: datetime, zone: tzinfo) -> bool:
    """Whether `moment` and `promised` say the time in words that midnight makes false."""
    return distance(at, now, zone) in _DAYS


def duration(length: timedelta) -> str:
    """The two largest units: `1天2小时`, `3小时12分`, `47分`; below a minute `12秒`; never negative."""
    if length < timedelta(minutes=1):
        return f"{max(int(length.total_seconds()), 0)}秒"
    said: list[str] = []
    for unit, name in _UNITS:
        count, length = divmod(length, unit)
        if count and len(said) < 2:
            said.append(f"{count}{name}")
        elif said:
            break
    return "".join(said)


def half_hour_after(at: datetime, zone: tzinfo) -> datetime:
    """The first full or half hour at or after `at`."""
    local = at.astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return at + (midnight - local) % HALF_HOUR
