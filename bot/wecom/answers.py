"""What does an answer of WeCom mean for the thing that was sent?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

from bot.wecom.codes import Upshot, code_of
from handlers.outbox import EXPIRED
from rules.delivery import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What WeCom said to one call. HTTP is 200 for errors too; the code is in the body."""

    code: int
    text: str = ""
    body: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def ok(self) -> bool:
        """Whether the call was accepted."""
        return self.code == 0

    @property
    def upshot(self) -> Upshot:
        """What its code comes to."""
        return code_of(self.code).upshot


class NoAnswerError(Exception):
    """The call may have arrived: no answer came in time, or the connection broke after it was made."""


class NotSentError(Exception):
    """The call has not arrived: there was no connection to make it over."""


def read_answer(call: str, decoded: object) -> Answer:
    """The answer in a decoded body. Raises NoAnswerError for what WeCom did not say: a gateway has no errcode."""
    fields: Mapping[str, Any] = cast(Any, decoded) if isinstance(decoded, dict) else {}
    code: object = fields.get("errcode")
    if not isinstance(code, int):
        raise NoAnswerError(f"{call}: an answer without errcode")
    return Answer(code=code, text=str(fields.get("errmsg", "")), body=fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What an answer comes to; `note` is for the operator."""

    outcome: Outcome
    note: str = ""
    retry_after: timedelta | None = None


MINUTE = timedelta(minutes=1)

UNKNOWN_TRIES = 3
"""How often what agents are to get is tried against a code that nobody knows (the advice of page 90313)."""

_PATIENT = frozenset({Upshot.WAIT, Upshot.OPERATOR, Upshot.CLOSED_CHAT, Upshot.UNKNOWN})
"""Asking again before a minute has passed is of no use."""


def meaning_of(answer: Answer, *, attempts: int, may_wait: bool = True) -> Meaning:
    """What the answer to attempt number `attempts` comes to.

    `may_wait` is whether the letter has the time until the operator has mended the settings.
    """
    note = note_of(answer)
    outcome = _outcome(answer, attempts, may_wait=may_wait)
    if outcome is Outcome.TOO_LATE:
        note = f"{EXPIRED}: {note}"
    pause = MINUTE if outcome in {Outcome.BUSY, Outcome.UNGREETED} and answer.upshot in _PATIENT else None
    return Meaning(outcome=outcome, note="" if answer.ok else note, retry_after=pause)


def note_of(answer: Answer) -> str:
    """The code, and what it says: in our words, or in WeCom's without the address it saw us under."""
    said = code_of(answer.code).said or answer.text.partition(", hint:")[0]
    return f"{answer.code} {said}".strip()


def _outcome(answer: Answer, attempts: int, *, may_wait: bool) -> Outcome:
    if answer.ok or _was_accepted_before(answer, attempts):
        return Outcome.ACCEPTED
    if answer.upshot is Upshot.UNKNOWN:
        return _of_unknown(attempts, may_wait=may_wait)
    if answer.upshot is Upshot.OPERATOR:
        return Outcome.BUSY if may_wait else Outcome.REFUSED
    return _OUTCOMES[answer.upshot]


_OUTCOMES: Mapping[Upshot, Outcome] = {
    Upshot.ACCEPTED_BEFORE: Outcome.REFUSED,  # with the first attempt the key itself is bad
    Upshot.STALE_TOKEN: Outcome.BUSY,
    Upshot.RETRY: Outcome.BUSY,
    Upshot.WAIT: Outcome.BUSY,
    Upshot.CLOSED_CHAT: Outcome.UNGREETED,
    Upshot.TOO_LATE: Outcome.TOO_LATE,
    Upshot.NO_RECIPIENT: Outcome.REFUSED,
    Upshot.REFUSED: Outcome.REFUSED,
}


def _of_unknown(attempts: int, *, may_wait: bool) -> Outcome:
    """Agents get it again a few times; to a customer a repeat may say anything but that it was the first."""
    if may_wait:
        return Outcome.BUSY if attempts < UNKNOWN_TRIES else Outcome.REFUSED
    return Outcome.REFUSED if attempts == 1 else Outcome.UNCLEAR


def _was_accepted_before(answer: Answer, attempts: int) -> bool:
    """A repeat that is refused for its key: the first one had arrived. No code for that is documented."""
    if attempts == 1:
        return False
    words = answer.text.lower().replace("_", "")
    named = any(key in words for key in _KEYS)
    return answer.upshot is Upshot.ACCEPTED_BEFORE or (named and answer.upshot in _MAY_NAME_A_KEY)


_KEYS = ("msgid", "taskid", "responsecode")
"""What may be used once (pages 94677, 90236, 94888)."""
_MAY_NAME_A_KEY = frozenset({Upshot.REFUSED, Upshot.TOO_LATE, Upshot.UNKNOWN})
"""What a repeated key may be called; the other codes say something else, whatever their words."""
