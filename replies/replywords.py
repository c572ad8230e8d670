"""What is each reply called, and each fact in it, and how do people read its text? In either language."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from replies.facts import FACTS
from replies.frontmatter import Parts, parts_of
from replies.labels import label
from replies.masking import free
from replies.pages.times import span
from replies.words import Language, Text
from rules.durations import parse_duration
from rules.promises import Slot
from rules.replynames import CANCELLED, FOLLOW_UP, RECOVERED
from rules.stages import Kind, Stage

DOT = " · "
_OTHERWISE, _RUNNING_OUT = Text("其他情形", "anything else"), Text("说好的时间快到", "a promise runs out")
_APART: Mapping[str, Text] = {
    Kind.STOCK_SHORT: Text("缺货", "Goods short"),
    RECOVERED: Text("又动了", "Moving again"),
    CANCELLED: Text("已取消", "Cancelled"),
}
_IN_ENGLISH: Mapping[str, str] = {
    "order_no": "order number",
    "customer_name": "customer's name",
    "customer_called": "customer asked first",
    "refund_asked": "refund asked for",
    "ordered_at": "ordered at",
    "since": "stands still since",
    "pay_tried_at": "tried to pay at",
    "payment_failed": "payment failed",
    "payment_seen": "payment reference",
    "paid_at": "paid at",
    "payment_asked": "payment being looked for",
    "specialist_told": "specialist on it",
    "short_at": "short since",
    "stock_rechecking": "stock being re-checked",
    "stock_found": "re-check found it",
    "stock_missing": "re-check did not find it",
    "warehouse_asked": "warehouse asked",
    "shipped_at": "left the warehouse at",
    "parcel": "parcel",
    "carrier": "carrier",
    "tracking_no": "tracking number",
    "carrier_reminded": "carrier pressed",
    "carrier_said": "carrier's answer",
    "progress": "latest progress",
    "promised": "what was promised",
    "lately": "progress since then",
    Slot.NEWS_BY: "next news by",
    Slot.DONE_BY: "done by",
    Slot.SHIP_BY: "with the carrier by",
    Slot.DELIVER_BY: "delivered by",
}
_RESTS_ON, _PROMISES = Text("凭：{facts}", "Rests on: {facts}"), Text("答应：{what}", "Promises: {what}")
_IF, _UNLESS = Text("〔有{fact}时：", "[with {fact}: "), Text("〔没有{fact}时：", "[without {fact}: ")
_ELSE, _END = Text("〕〔否则：", "] [else: "), Text("〕", "]")
_COMMA = Text("、", ", ")
_BRACKETS = re.compile(r"\{\{-?\s*(\w+)(.*?)-?\}\}|\{%-?\s*(\w+)\s*(.*?)\s*-?%\}", re.DOTALL)
_ENDS = frozenset({"endif", "endunless", "endcase"})


def called(name: str, language: Language) -> str:
    """What a reply is for, by its name: `物流揽收 · 没有消息`; a name that there is none of as it is."""
    if name in _APART:
        return _APART[name].said(language)
    stage = next((stage for stage in Stage if stage in {name, name.removeprefix(FOLLOW_UP)}), None)
    if stage is not None:
        what = _OTHERWISE if name == stage else _RUNNING_OUT
        return f"{label(stage, language)}{DOT}{what.said(language)}"
    stages = (stage for stage in Stage if name.removeprefix(f"{stage}_") in {*Kind})
    stage = next(stages, None)
    if stage is None:
        return free(name)
    kind = Kind(name.removeprefix(f"{stage}_"))
    return f"{label(stage, language)}{DOT}{label(kind, language)}"


def titled(title: str, language: Language) -> str:
    """A reply of a book, by what tells it from the others: what it is for, then its shops and lanes."""
    name, *whom = title.split(DOT)
    return DOT.join([called(name, language), *map(free, whom)])


def fact_called(name: str, language: Language) -> str:
    """What a fact is called; a name that there is none of as it is."""
    if name not in FACTS:
        return free(name)
    return FACTS[name].label if language is Language.ZH else _IN_ENGLISH[name]


def other_called(text: str, language: Language) -> str:
    """What has to do with something amiss: a fact, a reply, or something else, such as a shop."""
    if text in FACTS:
        return fact_called(text, language)
    return titled(text, language)


def readable(text: str, language: Language) -> str:
    """All that a template says, for people who write none: what it is for, its words, what it rests on and promises."""
    parts = parts_of(text)
    if parts is None:
        return text
    said = [parts.title, _words(parts.body, language)]
    facts = _COMMA.said(language).join(fact_called(one, language) for one in _facts(parts))
    if facts:
        said.append(_RESTS_ON.said(language, facts=facts))
    if parts.promises:
        promised = (
            f"{fact_called(slot, language)} {_length(time, language)}"
            for slot, time in parts.promises.items()
        )
        said.append(_PROMISES.said(language, what=_COMMA.said(language).join(promised)))
    return "\n".join(said)


def reply_said(reply: Mapping[str, Any], language: Language) -> str:
    """A whole reply of a book."""
    return readable(str(reply.get("text", "")), language)


def _facts(parts: Parts) -> list[str]:
    return [one for one in (*parts.facts, *parts.claims, *parts.spare) if one not in {*Slot}]


def _length(text: str, language: Language) -> str:
    try:
        return span(parse_duration(text), language)
    except ValueError:
        return free(text)


def _words(body: str, language: Language) -> str:
    """The words, with facts by what they are called and conditions as a reader says them."""
    lines = (line.strip() for line in body.splitlines())
    return _BRACKETS.sub(_said(language), "".join(lines))


def _said(language: Language) -> Callable[[re.Match[str]], str]:
    def said(found: re.Match[str]) -> str:
        fact, _, tag, rest = found.groups()
        if fact is not None:
            return (
                f"〔{fact_called(fact, language)}〕"
                if language is Language.ZH
                else f"[{fact_called(fact, language)}]"
            )
        if tag in _ENDS:
            return _END.said(language)
        if tag == "else":
            return _ELSE.said(language)
        text = _UNLESS if tag == "unless" else _IF
        opened = text.said(language, fact=_condition(rest, language))
        return opened if tag in {"if", "unless", "case"} else _END.said(language) + opened

    return said


def _condition(text: str, language: Language) -> str:
    return re.sub(r"\w+", lambda word: fact_called(word[0], language), text)
