"""What shall we tell the customer? A text with the facts that it rests on, or why there is none yet."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from liquid.exceptions import LiquidError

from replies.facts import FACTS, Fact, facts_of, today
from replies.language import Record, render
from replies.library import Template, Templates
from replies.situation import Situation
from replies.standing import case_basis, ending, kind_of
from rules.anomalies import Ended
from rules.promises import Slot
from rules.replynames import CANCELLED, FOLLOW_UP, RECOVERED
from rules.stages import Kind

CASE = "case"
"""The claim of every draft: the case is what it was."""
TODAY = "today"
"""The claim of a draft that names a time as one says it that day."""
ABSENT = ""
"""The basis of a claim that something is not so."""
SHOWN_IN_FULL = 112
"""Characters that a group card shows of its text (智能机器人, sub_title_text, page 101032)."""
_AFTERWARDS = {Ended.MOVED: RECOVERED, Ended.CANCELLED: CANCELLED, Ended.REFUNDED: CANCELLED}
_GOES_ON: Mapping[Slot, frozenset[Ended | None]] = {
    Slot.NEWS_BY: frozenset({None}),
    Slot.DONE_BY: frozenset({None}),
    Slot.SHIP_BY: frozenset({None, Ended.MOVED}),
    Slot.DELIVER_BY: frozenset({None, Ended.MOVED}),
}
"""How the trouble may have ended while what was promised is still to come."""
_WIDE = r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"
_NEEDLESS_SPACE = re.compile(
    rf"(?<={_WIDE}) +(?={_WIDE})|(?<=[，。；：、（）！？]) +| +(?=[，。；：、（）！？])"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A reply. `claims` maps each fact that the text rests on to its basis then; see `replies.guard`."""

    template: str
    version: str
    text: str
    claims: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def promises(self) -> Mapping[Slot, datetime]:
        """What the text promises, and for which time."""
        return {slot: datetime.fromisoformat(self.claims[slot]) for slot in Slot if self.claims.get(slot)}

    @property
    def promised_at(self) -> datetime | None:
        """The nearest time that the text promises something for; None when it promises nothing."""
        return min(self.promises.values(), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """No reply can be drafted. `missing` names the facts, `why` says it to agents."""

    template: str
    version: str
    missing: tuple[str, ...]
    why: str


def draft(situation: Situation, templates: Templates) -> Draft | Blocked:
    """The reply for the case as it stands, in the words of the rule book that the case goes by, else in ours."""
    template = called_for(situation, templates)
    if template is None:
        return Blocked(template="", version="", missing=(), why="订单已并入另一单号，请按新单号跟进")
    facts = facts_of(situation, template.promises, template.names)
    missing = [name for name in template.facts if not _words(facts[name])]
    if missing:
        return _blocked(template, missing)
    try:
        text, record = _fitting(template, {name: _words(fact) for name, fact in facts.items()})
    except LiquidError as error:
        return _at_fault(template, error)
    if record.holes:
        return _blocked(template, record.holes)
    return Draft(
        template=template.name,
        version=template.version,
        text=text,
        claims=_claims(record.claimed, facts, situation),
    )


def called_for(situation: Situation, templates: Templates) -> Template | None:
    """The reply that the case as it stands is answered by; None when its order has become another one."""
    case, ended = situation.anomaly, ending(situation)
    if ended is Ended.MERGED:
        return None
    templates = templates.laid_over(situation.book.replies_for(case.order.shop, case.lane))
    return templates[_name(situation, ended, templates)]


def _fitting(template: Template, words: Mapping[str, str | None]) -> tuple[str, Record]:
    """The text with all that is known; one too long for a card does without what the template can spare.

    Nothing untrue is said for the sake of brevity: what an `else` would deny is kept.
    """
    text, record = _rendered(template, words)
    for name in reversed(template.spare):
        if len(text) <= SHOWN_IN_FULL:
            break
        without = {**words, name: None}
        shorter, its_record = _rendered(template, without)
        if name not in its_record.claimed and not its_record.holes:
            words, text, record = without, shorter, its_record
    return text, record


def _rendered(template: Template, words: Mapping[str, str | None]) -> tuple[str, Record]:
    text, record = render(template.body, words)
    return _tidy(text), record


def _name(situation: Situation, ended: Ended | None, templates: Templates) -> str:
    """The template of what happened since, of the kind of trouble, else of the stage alone."""
    stage, kind = situation.anomaly.stage, kind_of(situation)
    if situation.pledge is not None and ended in _GOES_ON[situation.pledge.slot]:
        return f"{FOLLOW_UP}{stage}"
    if ended is not None:
        return _AFTERWARDS[ended]
    exact = kind if kind is Kind.STOCK_SHORT else f"{stage}_{kind}"
    return exact if exact in templates else stage


def _blocked(template: Template, missing: Iterable[str]) -> Blocked:
    labels = "、".join(FACTS[name].label for name in missing)
    return Blocked(
        template=template.name, version=template.version, missing=tuple(missing), why=f"还缺{labels}"
    )


def _at_fault(template: Template, error: LiquidError) -> Blocked:
    why = f"模板出错：{error.message}"
    return Blocked(template=template.name, version=template.version, missing=(), why=why)


def _claims(
    claimed: Iterable[str], facts: Mapping[str, Fact | None], situation: Situation
) -> Mapping[str, str]:
    claims = {CASE: case_basis(situation)}
    for name in claimed:
        fact = facts[name]
        claims[name] = ABSENT if fact is None else fact.basis
        if fact is not None and fact.dated:
            claims[TODAY] = today(situation)
    return claims


def _words(fact: Fact | None) -> str | None:
    """Blank is as good as unknown."""
    return fact.words.strip() or None if fact else None


def _tidy(text: str) -> str:
    """One paragraph: the lines of a template are its layout, not the customer's."""
    joined = "".join(line.strip() for line in text.splitlines())
    return _NEEDLESS_SPACE.sub("", re.sub(r" +", " ", joined)).strip()
