"""What does the bot say in a line about an incident?"""

from datetime import datetime, timedelta, tzinfo

from replies import timewords
from replies.causes import title_of
from replies.masking import free
from rules.incidents import Incident


def reminder(incident: Incident, waiting: int, owner: str | None, left: str) -> str:
    """To the group: customers of `waiting` orders have not been reached; `owner` is the name of who has it."""
    whom = f"{free(owner)}，" if owner else ""
    return f"{whom}{_about(incident)}还有 {waiting} 单没联系顾客，{left}。"


def handed_over(incident: Incident, waiting: int, to: str, previous: str | None, left: str) -> str:
    """To the group: the incident has a new owner."""
    before = f"（原由{free(previous)}负责）" if previous else ""
    return f"{_about(incident)}还有 {waiting} 单没联系顾客，已转给{free(to)}{before}，{left}。"


def pushed(incident: Incident, waiting: int, to: str, left: str) -> str:
    """To the group: somebody was called in person."""
    return f"{_about(incident)}还有 {waiting} 单没联系顾客，已通知{free(to)}，{left}。"


def wave(incident: Incident, more: int, total: int) -> str:
    """To the group: another burst of cases has come, which nobody has answered for yet."""
    return f"{_about(incident)}又有 {more} 单，共 {total} 单。新来的还没有统一回复，请在事件卡上再确认一次。"


def joined(incident: Incident, more: int) -> str:
    """To the group: single cases have joined."""
    return f"{_about(incident)}又并入 {more} 单，共 {incident.size} 单。"


def time_left(by: datetime, now: datetime, zone: tzinfo) -> str:
    """How long there is until the golden ten minutes are over, or since when they are."""
    said = timewords.duration(max(by - now, now - by, timedelta()))
    return f"{'还剩' if by > now else '已超'} {said}（截止 {timewords.moment(by, now, zone)}）"


def _about(incident: Incident) -> str:
    return f"事件「{title_of(incident)}」"
