"""How are the particulars of a line of a case's timeline told? What happened has its word in `replies.labels`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from replies import names, timewords
from replies.labels import label
from replies.masking import free
from replies.words import Language, Text
from rules.actions import Why
from rules.anomalies import Ended
from rules.book import RuleBook
from rules.events import UserId
from rules.history import LadderEnd
from rules.promises import Slot
from rules.reaching import Means, Needless
from rules.reasons import Reason
from rules.roster import Roster
from rules.stages import Kind, Stage
from rules.storms import Cause
from rules.tasks import TaskKind, TaskResult

_IN_ENGLISH: Mapping[str, str] = {
    "group": "group",
    "app": "app",
    "single": "private chat of the bot",
    "reply": "answer of the bot",
    "webhook": "webhook of a group",
    "kf": "WeChat customer service",
    "mass": "mass message",
    "sidebar": "chat sidebar",
}
MEDIA: Mapping[str, Text] = {name: Text(zh, _IN_ENGLISH[name]) for name, zh in names.MEDIA.items()}
"""The ways that letters travel, by their names in the outbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """To whom, and with what, a line is told."""

    roster: Roster
    book: RuleBook
    language: Language = Language.ZH

    def of(self, text: Text, **values: object) -> str:
        """The text in the reader's language."""
        return text.said(self.language, **values)

    def people(self, userids: str) -> str:
        """The names of some, between whose ids there is a `|`."""
        between = "、" if self.language is Language.ZH else ", "
        return between.join(free(self.roster.name(UserId(userid))) for userid in userids.split("|"))


def particulars(what: str, detail: str, telling: Telling) -> str:
    """The detail of a line in words; as it was typed, where somebody typed it."""
    tell = _TELL.get(what)
    return free(detail) if tell is None or not detail else tell(detail, telling)


def _opened(detail: str, telling: Telling) -> str:
    stage, _, kind = detail.partition(".")
    return f"{label(Stage(stage), telling.language)} {label(Kind(kind), telling.language)}"


def _breached(detail: str, telling: Telling) -> str:
    return label(Kind(detail), telling.language)


def _in_common(detail: str, telling: Telling) -> str:
    """`warehouse.hz1`: what the cases of an incident share."""
    cause, _, value = detail.partition(".")
    return f"{label(Cause(cause), telling.language)} {free(value)}"


def _person(detail: str, telling: Telling) -> str:
    return free(telling.roster.name(UserId(detail)))


def _passed_on(detail: str, telling: Telling) -> str:
    """`wangwu>lisi|zhangsan`, or `group:default>lisi`: who could not be reached, and who got it."""
    unreached, _, heirs = detail.partition(">")
    kind, _, group = unreached.partition(":")
    is_group = kind == "group" and group
    whom = telling.of(_GROUP, name=free(group)) if is_group else telling.people(unreached)
    return (
        telling.of(_GOT_BY, whom=whom, heirs=telling.people(heirs))
        if heirs
        else telling.of(_NOBODY, whom=whom)
    )


_GROUP = Text("群「{name}」", "group “{name}”")
_GOT_BY = Text("{whom}，由{heirs}收到", "{whom}; {heirs} got it instead")
_NOBODY = Text("{whom}，没有人可以代替", "{whom}; nobody is left to get it instead")


def _ended(detail: str, telling: Telling) -> str:
    return label(Ended(detail), telling.language)


def _reason(detail: str, telling: Telling) -> str:
    known = next((reason for reason in Reason if reason == detail), None)
    return free(detail) if known is None else label(known, telling.language)


def _reached(detail: str, telling: Telling) -> str:
    return label(Means(detail), telling.language)


def _waived(detail: str, telling: Telling) -> str:
    known = next((why for why in Needless if why == detail), None)
    return free(detail) if known is None else label(known, telling.language)


def _why(detail: str, telling: Telling) -> str:
    known = _WHY.get(detail)
    return free(detail) if known is None else telling.of(known)


_WHY: Mapping[str, Text] = {
    Why.CLOSED: Text("已经关闭", "closed already"),
    Why.NOT_NOW: Text("此时不能做", "not possible now"),
    Why.TAKEN: Text("已有负责人", "somebody else has it"),
    Why.ALREADY: Text("已经做过", "done before"),
    Why.UNDER_WAY: Text("上一条还在发送", "the last message is still on its way"),
    Why.NEEDS_TEXT: Text("没有写明原因", "no words for the reason"),
    Why.NEEDS_WHY: Text("没有说为什么", "nobody said why"),
    "not_on_roster": Text("不在值班名单里", "not on the roster"),
}


def _until(detail: str, telling: Telling) -> str:
    return telling.of(_TO, at=timewords.clock(datetime.fromisoformat(detail), telling.book.calendar.zone))


def _promise(detail: str, telling: Telling) -> str:
    """`news_by 2025-12-22T06:30:00+00:00`: what was promised, and for which time."""
    slot, _, by = detail.partition(" ")
    at = f"{datetime.fromisoformat(by).astimezone(telling.book.calendar.zone):%m-%d %H:%M}"
    return telling.of(_BY, at=at, what=label(Slot(slot), telling.language))


_BY = Text("{at} 前{what}", "{what} by {at}")
_TO = Text("到 {at}", "until {at}")


def _lost(detail: str, telling: Telling) -> str:
    medium, _, why = detail.partition(".")
    colon = "：" if telling.language is Language.ZH else ": "
    return colon.join(filter(None, (telling.of(MEDIA[medium]), free(why))))


def _task(detail: str, telling: Telling) -> str:
    """`remind_carrier.no_answer`, `remind_carrier>wangwu`, or of before the kind was told: `short`."""
    task, _, person = detail.partition(">")
    kind, _, result = task.partition(".")
    known = [one for one in (*TaskKind, *TaskResult) if one in {kind, result}]
    said = [label(one, telling.language) for one in known] + [telling.people(person)] * bool(person)
    return (" " if telling.language is Language.ZH else ", ").join(said)


def _ladder_ended(detail: str, telling: Telling) -> str:
    return telling.of(_NOBODY_TOLD[LadderEnd(detail)])


_NOBODY_TOLD: Mapping[LadderEnd, Text] = {
    LadderEnd.CLIMBED: Text("每一步都走过了", "every step was taken"),
    LadderEnd.TOO_OLD: Text("太久了，只留在看板上", "too old; it stays on the board"),
}


_TELL: Mapping[str, Callable[[str, Telling], str]] = {
    "opened": _opened,
    "breached": _breached,
    "incident_opened": _in_common,
    "joined": _in_common,
    "wave": _in_common,
    "reminded": _person,
    "handed_over": _person,
    "pushed": _person,
    "promise_kept": _promise,
    "promise_near": _promise,
    "promise_broken": _promise,
    "ladder_ended": _ladder_ended,
    "nudged": _person,
    "ended": _ended,
    "reason_given": _reason,
    "reached": _reached,
    "waived": _waived,
    "snoozed": _until,
    "refused": _why,
    "passed_on": _passed_on,
    "task_reminded": _task,
    "task_escalated": _task,
    "task_acknowledged": _task,
    "task_done": _task,
    "letter_lost": _lost,
}
