"""How is a line of a case's timeline told? What happened, in a word, and its particulars."""

from collections.abc import Callable, Mapping
from datetime import datetime

from replies import names, timewords
from replies.masking import free
from rules.actions import Why
from rules.anomalies import Ended
from rules.book import RuleBook
from rules.events import UserId
from rules.reasons import Reason
from rules.roster import Roster
from rules.stages import Kind, Stage

WORDS: Mapping[str, str] = {
    "opened": "发现异常",
    "breached": "又超一道时限",
    "reminded": "提醒",
    "handed_over": "转交",
    "pushed": "通知到人",
    "claimed": "认领",
    "sent": "提交回复",
    "reached": "已联系顾客",
    "not_delivered": "回复未送达",
    "escalated": "升级",
    "snoozed": "稍后",
    "reason_given": "记录原因",
    "waived": "免联系",
    "contacted": "顾客先来询问",
    "ended": "订单动了",
    "alive_again": "又停住了",
    "reopened": "重新打开",
    "closed": "关闭",
    "refused": "操作未生效",
    "task_done": "任务完成",
    "passed_on": "联系不上",
    "letter_lost": "没有送出去",
}
"""What can happen to a case, by its name in the timeline."""


def particulars(what: str, detail: str, roster: Roster, book: RuleBook) -> str:
    """The detail of a line in words; as it was typed, where somebody typed it."""
    tell = _TELL.get(what)
    return free(detail) if tell is None or not detail else tell(detail, roster, book)


def _opened(detail: str, roster: Roster, book: RuleBook) -> str:
    del roster, book
    stage, _, kind = detail.partition(".")
    return f"{names.STAGES[Stage(stage)]} {names.KINDS[Kind(kind)]}"


def _breached(detail: str, roster: Roster, book: RuleBook) -> str:
    del roster, book
    return names.KINDS[Kind(detail)]


def _person(detail: str, roster: Roster, book: RuleBook) -> str:
    del book
    return free(roster.name(UserId(detail)))


def _passed_on(detail: str, roster: Roster, book: RuleBook) -> str:
    """`wangwu>lisi|zhangsan`, or `group:default>lisi`: who could not be reached, and who got it."""
    del book
    unreached, _, heirs = detail.partition(">")
    kind, _, group = unreached.partition(":")
    whom = f"群「{free(group)}」" if kind == "group" and group else _people(unreached, roster)
    return f"{whom}，由{_people(heirs, roster)}收到" if heirs else f"{whom}，没有人可以代替"


def _people(userids: str, roster: Roster) -> str:
    return "、".join(free(roster.name(UserId(userid))) for userid in userids.split("|"))


def _ended(detail: str, roster: Roster, book: RuleBook) -> str:
    del roster, book
    return names.ENDED[Ended(detail)]


def _reason(detail: str, roster: Roster, book: RuleBook) -> str:
    del roster, book
    known = next((reason for reason in Reason if reason == detail), None)
    return free(detail) if known is None else names.REASONS[known]


def _why(detail: str, roster: Roster, book: RuleBook) -> str:
    del roster, book
    return _WHY.get(detail, free(detail))


_WHY: Mapping[str, str] = {
    Why.CLOSED: "已经关闭",
    Why.NOT_NOW: "此时不能做",
    Why.TAKEN: "已有负责人",
    Why.ALREADY: "已经做过",
    Why.UNDER_WAY: "上一条还在发送",
    Why.NEEDS_TEXT: "没有写明原因",
    "not_on_roster": "不在值班名单里",
}


def _until(detail: str, roster: Roster, book: RuleBook) -> str:
    del roster
    return f"到 {timewords.clock(datetime.fromisoformat(detail), book.calendar.zone)}"


def _lost(detail: str, roster: Roster, book: RuleBook) -> str:
    del roster, book
    medium, _, why = detail.partition(".")
    return "：".join(filter(None, (names.MEDIA[medium], free(why))))


_TELL: Mapping[str, Callable[[str, Roster, RuleBook], str]] = {
    "opened": _opened,
    "breached": _breached,
    "reminded": _person,
    "handed_over": _person,
    "pushed": _person,
    "ended": _ended,
    "reason_given": _reason,
    "snoozed": _until,
    "refused": _why,
    "passed_on": _passed_on,
    "letter_lost": _lost,
}
