"""What does a letter say? Worded when it is first sent, from the case as it is then."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from handlers.outbox import Letter, LetterKind, Medium, Say, View, draft_of
from handlers.ports import Work
from handlers.situations import situation_of
from handlers.world import World
from replies import notices
from replies.actions import UNDER_WAY
from replies.cards import Face
from replies.drafts import Blocked, Draft, draft
from replies.faces import carrier_reminder, case_card, copy_card, reason_form, stock_task_card
from replies.situation import Situation
from rules.anomalies import State
from rules.book import AutomaticAction
from rules.events import UserId
from rules.instants import from_ms

PRIVATE = frozenset({Medium.APP, Medium.SINGLE})
"""Chats that one member alone reads: their links are that member's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a letter says; `draft` is the reply that its card shows, where it shows one."""

    said: Face | str
    draft: Draft | None = None


async def words_for(letter: Letter, work: Work, world: World, now: datetime) -> Words | None:
    """The words of a letter; None when there is nothing left to say."""
    if letter.kind is LetterKind.DIGEST:
        return await _digest(letter, work, world, now)
    if "text" in letter.content:
        return Words(said=letter.content["text"])
    case = None if letter.case is None else await work.cases.find(letter.case)
    order = None if case is None else await work.orders.find(case.order)
    if case is None or order is None:
        return None
    situation = await situation_of(work, world, case, order, now)
    if letter.medium in PRIVATE:
        situation = replace(situation, link=world.links.personal(case.id, UserId(letter.to), now))
    match letter.kind:
        case LetterKind.CASE_CARD:
            return None if case.closed_at is not None else await _case_words(situation, work, world)
        case LetterKind.TASK_CARD:
            return None if case.ended_at is not None else await _task_words(letter, situation, work)
        case LetterKind.FACE | LetterKind.REFRESH:
            return await _face_words(letter, situation, work, world)
        case _:
            return Words(said=_SAY[Say(letter.content["say"])](situation, letter.content))


async def _case_words(situation: Situation, work: Work, world: World, note: str = "") -> Words:
    """The card of a case: with what was sent while that is what matters, else with what could be."""
    sent_one = situation.last_round in UNDER_WAY or situation.anomaly.state is State.REPLIED
    sent = await _sent(situation, work) if sent_one else None
    text = sent or draft(situation, world.templates)
    return Words(said=case_card(situation, text, note), draft=text if isinstance(text, Draft) else None)


async def _sent(situation: Situation, work: Work) -> Draft | None:
    """The latest message to the customer."""
    letters = await work.outbox.of_case(situation.anomaly.id)
    contents = [letter.content for letter in letters if letter.kind is LetterKind.CUSTOMER]
    return draft_of(contents[-1]) if contents else None


async def _task_words(letter: Letter, situation: Situation, work: Work, note: str = "") -> Words | None:
    contact = UserId(letter.to)
    if letter.content["action"] == AutomaticAction.REMIND_CARRIER:
        return Words(said=carrier_reminder(situation, contact=contact, note=note))
    task = await work.tasks.of_case(situation.anomaly.id)
    if task is None:
        return None
    return Words(said=stock_task_card(situation, assignee=task.owner, due_at=task.due_at, note=note))


async def _face_words(letter: Letter, situation: Situation, work: Work, world: World) -> Words | None:
    note = letter.content.get("note", "")
    match View(letter.content.get("view", View.CASE)):
        case View.CASE:
            return await _case_words(situation, work, world, note)
        case View.REASON_FORM:
            return Words(said=reason_form(situation))
        case View.COPY:
            text = draft(situation, world.templates)
            if isinstance(text, Blocked):
                return Words(said=case_card(situation, text, note))
            return Words(said=copy_card(situation, text, note), draft=text)
        case View.STOCK_TASK:
            return await _task_words(letter, situation, work, note)
        case View.CARRIER_REMINDER:
            return Words(said=carrier_reminder(situation, note=note))


async def _digest(letter: Letter, work: Work, world: World, now: datetime) -> Words | None:
    """The orders that recovered in five minutes, of those whose card the chat had seen."""
    start, end = from_ms(int(letter.content["from"])), from_ms(int(letter.content["to"]))
    cases = await work.cases.recovered(letter.to, start, end)
    orders = {case.order: await work.orders.find(case.order) for case in cases}
    recovered = [
        await situation_of(work, world, case, order, now)
        for case in cases
        if (order := orders[case.order]) is not None
    ]
    return Words(said=notices.recoveries(recovered)) if recovered else None


def _handed_over(situation: Situation, content: Mapping[str, str]) -> str:
    previous = UserId(content["previous"]) if content.get("previous") else None
    return notices.handed_over(situation, UserId(content["to"]), previous)


def _reminder(situation: Situation, content: Mapping[str, str]) -> str:
    del content
    return notices.reminder(situation)


def _pushed(situation: Situation, content: Mapping[str, str]) -> str:
    return notices.pushed(situation, UserId(content["to"]))


def _send_result(situation: Situation, content: Mapping[str, str]) -> str:
    return notices.send_result(situation, content.get("why", ""))


_SAY: Mapping[Say, Callable[[Situation, Mapping[str, str]], str]] = {
    Say.REMINDER: _reminder,
    Say.HANDED_OVER: _handed_over,
    Say.PUSHED: _pushed,
    Say.SEND_RESULT: _send_result,
}
