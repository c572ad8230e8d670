"""Is what the agent saw still true? Asked at the moment of sending, and only of what the text claims."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from replies import names, timewords
from replies.drafts import ABSENT, CASE, TODAY
from replies.facts import FACTS, Fact, facts_of, progress, today
from replies.masking import coded
from replies.rows import clock
from replies.situation import Situation
from replies.standing import STANDING, case_holds, ending
from rules.anomalies import Ended
from rules.outages import Outage
from rules.promises import Slot
from rules.tasks import TaskKind

SOURCE = "source"
"""What an objection is about when nothing is known of the order."""
_NO_LONGER = "，原话已不符"
_TASKS: Mapping[str, TaskKind] = {
    "stock_rechecking": TaskKind.RECHECK_STOCK,
    "payment_asked": TaskKind.FOLLOW_PAYMENT,
}
"""The facts that end with the result of a task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """A claim that has become false. `news` says to the agent what is so instead."""

    fact: str
    news: str


def objections(
    claims: Mapping[str, str], situation: Situation, *, own_words: bool = False
) -> tuple[Objection, ...]:
    """What speaks against sending the text that rests on these claims; empty when all of it is still true.

    What has become known since, and would only add a sentence, is no objection. A case that moved on comes
    alone: it makes the rest pointless. So does a source that is out, for of the order nothing is known then; but
    what somebody has put into words of their own, they answer for.
    """
    if situation.outage is not None and not own_words:
        return (Objection(fact=SOURCE, news=_dark_news(situation.outage, situation)),)
    if not case_holds(claims[CASE], situation):
        return (Objection(fact=CASE, news=_case_news(claims[CASE], situation) + _NO_LONGER),)
    facts = facts_of(situation)
    found = [_about(name, basis, facts, situation) for name, basis in claims.items() if name != CASE]
    return tuple(objection for objection in found if objection is not None)


def _about(name: str, basis: str, facts: Mapping[str, Fact | None], situation: Situation) -> Objection | None:
    if name == TODAY:
        return (
            None if basis == today(situation) else Objection(fact=name, news="已过零点，原话里的日期已不符")
        )
    if name not in FACTS:
        return Objection(fact=name, news=f"原话依据的「{name}」已无从核对")
    fact, kind = facts[name], FACTS[name]
    held = fact is None if basis == ABSENT else kind.holds(basis, fact, situation.now)
    return None if held else Objection(fact=name, news=_news(name, basis, fact, situation))


def _news(name: str, basis: str, fact: Fact | None, situation: Situation) -> str:
    label = FACTS[name].label
    if name in set(Slot):
        return _promise_news(datetime.fromisoformat(basis), situation)
    result = situation.result_of(_TASKS[name]) if name in _TASKS else None
    if result is not None:
        return f"{names.TASKS[_TASKS[name]]}已有结果：{names.RESULTS[result]}{_NO_LONGER}"
    if fact is None:
        return f"「{label}」已不成立{_NO_LONGER}"
    return f"「{label}」现为{fact.words}{_NO_LONGER}"


def _promise_news(by: datetime, situation: Situation) -> str:
    said = timewords.promised(by, situation.now, situation.book.calendar.zone)
    if by <= situation.now:
        return f"答应的{said}已过{_NO_LONGER}"
    return f"离答应的{said}不到15分钟，怕来不及"


def _dark_news(outage: Outage, situation: Situation) -> str:
    said = clock(outage.heard_at, situation)
    return f"{coded(outage.source)} 从 {said} 起没有消息，订单此刻动没动不知道；要回复请在异常页改成自己的话"


def _case_news(claimed: str, situation: Situation) -> str:
    ended = ending(situation)
    if ended is None and not claimed.endswith(STANDING):
        return "订单又停住了"
    if ended is not None and ended is not Ended.MOVED:
        return f"订单{names.ENDED[ended]}"
    moved = progress(situation)
    return f"订单{moved.words}" if moved else "订单已有变化"
