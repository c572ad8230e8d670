"""What does a letter say? Worded when it is first sent, from the case as it is then."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from handlers.outbox import SHARED_BY, Letter, LetterKind, Medium, Say, View, card_of, draft_of
from handlers.ports import Work
from handlers.situations import Dossier, dossiers_of
from handlers.tasks import askings
from handlers.world import World
from replies import notices
from replies.actions import UNDER_WAY
from replies.cards import Face, Picture
from replies.drafts import Blocked, Draft, draft
from replies.faces import case_card, case_notice, copy_card, phone_card, reason_form
from replies.situation import Situation
from replies.standstill import standstill
from replies.taskfaces import task_card
from rules.anomalies import Anomaly, State
from rules.consequences import PushReason
from rules.events import UserId
from rules.instants import from_ms
from rules.promises import Slot
from rules.tasks import TaskKind

PRIVATE = frozenset({Medium.APP, Medium.SINGLE})
"""Chats that one member alone reads: their links are that member's own, unless several hold the same card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a letter says; `draft` is the reply that its card shows, where it shows one."""

    said: Face | Picture | str
    draft: Draft | None = None


def words_for(letter: Letter, dossier: Dossier | None, world: World, now: datetime) -> Words | None:
    """The words of a letter, a digest aside; None when there is nothing left to say."""
    if "text" in letter.content:
        return Words(said=letter.content["text"])
    if letter.kind is LetterKind.RECALL:
        return Words(said="")
    if dossier is None:
        return None
    if letter.medium in PRIVATE and len(letter.readers) == 1:
        dossier = _for_member(dossier, UserId(letter.to), world, now)
    case = dossier.situation.anomaly
    match letter.kind:
        case LetterKind.CASE_CARD | LetterKind.OVERFLOW:
            if case.closed_at is not None or _is_said_by_incident(letter, case):
                return None
            return _notice_words(dossier) if letter.medium is Medium.WEBHOOK else _case_words(dossier, world)
        case LetterKind.TASK_CARD:
            return None if case.ended_at is not None else _task_words(letter, dossier)
        case LetterKind.FACE | LetterKind.REFRESH:
            return _face_words(letter, dossier, world)
        case _ if letter.content["say"] == Say.PROMISE_NEAR:
            return Words(said=_promise_near(dossier.situation, letter.content, world))
        case _:
            return Words(said=_SAY[Say(letter.content["say"])](dossier.situation, letter.content))


def _is_said_by_incident(letter: Letter, case: Anomaly) -> bool:
    """Whether the incident's card says it in its place; what somebody asked for by name is said all the same."""
    return case.in_storm and letter.content.get("why") != PushReason.ESCALATED


async def digest_words(letter: Letter, work: Work, world: World, now: datetime) -> Words | None:
    """The orders that recovered in five minutes, of those whose card the chat had seen; None without any."""
    start, end = from_ms(int(letter.content["from"])), from_ms(int(letter.content["to"]))
    cases = await work.cases.recovered(letter.to, start, end)
    dossiers = await dossiers_of(work, world, [case.id for case in cases], now)
    recovered = [dossiers[case.id].situation for case in cases if case.id in dossiers]
    return Words(said=notices.recoveries(recovered)) if recovered else None


def _for_member(dossier: Dossier, userid: UserId, world: World, now: datetime) -> Dossier:
    """With a link that is the member's own."""
    link = world.links.personal(dossier.situation.anomaly.id, userid, now)
    return replace(dossier, situation=replace(dossier.situation, link=link))


def _case_words(dossier: Dossier, world: World, note: str = "") -> Words:
    """The card of a case: with what was sent while that is what matters, else with what could be."""
    situation = dossier.situation
    replied = situation.anomaly.state is State.REPLIED and situation.pledge is None
    sent_one = situation.last_round in UNDER_WAY or replied
    sent = _sent(dossier.letters) if sent_one else None
    text = sent or draft(situation, world.templates)
    return Words(said=case_card(situation, text, note), draft=text if isinstance(text, Draft) else None)


def _notice_words(dossier: Dossier) -> Words:
    """For a group in which nothing can be tapped: what is wrong, and who has the card."""
    situation = dossier.situation
    agents = situation.roster.agents(situation.order.key.shop, situation.now)
    return Words(said=case_notice(situation, agents))


def _sent(letters: Sequence[Letter]) -> Draft | None:
    """The latest message to the customer."""
    contents = [letter.content for letter in letters if letter.kind is LetterKind.CUSTOMER]
    return draft_of(contents[-1]) if contents else None


def _task_words(letter: Letter, dossier: Dossier, note: str = "") -> Words | None:
    kind = TaskKind(letter.content["action"])
    task = dossier.situation.tasks.get(kind)
    if task is None:
        return None
    reader = UserId(letter.to) if letter.kind is LetterKind.TASK_CARD else None
    before = askings(dossier.letters, kind, task.given_at, card_of(letter))
    return Words(said=task_card(dossier.situation, task, reader=reader, before=before, note=note))


def _face_words(letter: Letter, dossier: Dossier, world: World) -> Words | None:
    situation, note = dossier.situation, letter.content.get("note", "")
    match View(letter.content.get("view", View.CASE)):
        case View.CASE:
            return _case_words(dossier, world, note)
        case View.REASON_FORM:
            return Words(said=reason_form(situation))
        case View.COPY:
            text = draft(situation, world.templates)
            if isinstance(text, Blocked):
                return Words(said=case_card(situation, text, note))
            return Words(said=copy_card(situation, text, note), draft=text)
        case View.PHONE:
            text = draft(situation, world.templates)
            return Words(said=phone_card(situation, text), draft=text if isinstance(text, Draft) else None)
        case View.TASK:
            return _task_words(letter, dossier, note)


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


def _task_ignored(situation: Situation, content: Mapping[str, str]) -> str:
    return notices.task_ignored(situation, TaskKind(content["task"]), [UserId(content["who"])])


def _promise_near(situation: Situation, content: Mapping[str, str], world: World) -> str:
    """Of a case whose cards have no buttons any more, with the words to be copied."""
    by = datetime.fromisoformat(content["promised_for"])
    text = draft(situation, world.templates) if situation.anomaly.closed_at is not None else None
    words = text.text if isinstance(text, Draft) else ""
    return notices.promise_near(situation, Slot(content["slot"]), by, words)


def _promise_broken(situation: Situation, content: Mapping[str, str]) -> str:
    by, to = datetime.fromisoformat(content["promised_for"]), content["to"]
    return notices.promise_broken(situation, Slot(content["slot"]), by, UserId(to) if to else None)


def _nobody_reached(situation: Situation, content: Mapping[str, str]) -> str:
    return notices.nobody_reached(situation, [UserId(userid) for userid in content["who"].split(SHARED_BY)])


def _standstill(situation: Situation, content: Mapping[str, str]) -> str:
    return standstill(situation, UserId(content["to"]) if content.get("to") else None)


_SAY: Mapping[Say, Callable[[Situation, Mapping[str, str]], str]] = {
    Say.REMINDER: _reminder,
    Say.HANDED_OVER: _handed_over,
    Say.PUSHED: _pushed,
    Say.STANDSTILL: _standstill,
    Say.SEND_RESULT: _send_result,
    Say.TASK_IGNORED: _task_ignored,
    Say.PROMISE_BROKEN: _promise_broken,
    Say.NOBODY_REACHED: _nobody_reached,
}
