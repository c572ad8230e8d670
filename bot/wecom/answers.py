"""What does an answer of WeCom mean for the thing that was sent? Error codes of page 90313 and of the bot."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

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

STALE_TOKEN = frozenset({40014, 42001, 41001})
"""The token is wrong or too old: fetch a new one, once."""

BUSY = frozenset({-1, 45033, 846609})
"""Not this time."""

PAUSED = frozenset({45009, 846607})
"""Too often; blocked until the window ends."""

SETTINGS = frozenset({
    40001, 40013, 40056, 40091, 41002, 41004, 43012, 48001, 48002, 48005, 48007, 50001, 50003, 60011, 60020,
    60031, 95004, 95011, 95012, 95017, 95023, 301002, 853000, 2000002,
})  # fmt: skip
"""The operator has to mend something; until then nothing gets through."""

NOT_GREETED = frozenset({93001, 93006, 93008, 93000, 93004})
"""Nobody has spoken to the bot in that chat, or it has been removed from it."""

REFUSED = frozenset({
    40003, 40007, 40008, 40050, 40058, 40063, 40068, 40096, 40201, 42015, 42016, 44004, 45002, 45034, 60021,
    60111, 81013, 82001, 82004, 85002, 95000, 95001, 95002, 95003, 95006, 95007, 95013, 95014, 95015, 95016,
    95018, 95019, 95030, 95031, 93017,
    *range(42017, 42020), *range(42027, 42053),
})  # fmt: skip
"""It will not be taken, now or later."""

TOO_LATE = frozenset({846605})
"""The handle of the tap is no good any more: 5 seconds have passed."""

DUPLICATE_CARD = frozenset({42014})
"""The task_id is not acceptable; for one sent before: it was accepted then."""


REASONS: Mapping[int, str] = {
    40096: "这位顾客的账号不对",
    48002: "应用没有这个接口的权限",
    48007: "微信客服账号没有授权给应用",
    95000: "微信客服账号不对",
    95001: "顾客上次来信后的 5 条已用完",
    95002: "顾客上次来信已超过 48 小时",
    95004: "微信客服账号不存在",
    95013: "与顾客的会话已结束",
    95018: "与顾客的会话由他人接待或已结束",
    95031: "顾客上次来信已超过 48 小时",
}
"""Why a customer cannot be reached, for the agent who tried; other codes are told in WeCom's words."""


def meaning_of(answer: Answer, *, attempts: int, may_wait: bool = True) -> Meaning:
    """What the answer to attempt number `attempts` comes to.

    `may_wait` is whether the letter has the time until the operator has mended the settings.
    """
    note = f"{answer.code} {REASONS.get(answer.code) or answer.text.partition(', hint:')[0]}".strip()
    if answer.ok or _was_accepted_before(answer, attempts):
        return Meaning(outcome=Outcome.ACCEPTED, note="" if answer.ok else note)
    if answer.code in SETTINGS and not may_wait:
        return Meaning(outcome=Outcome.REFUSED, note=note)
    if answer.code in PAUSED | SETTINGS:
        return Meaning(outcome=Outcome.BUSY, note=note, retry_after=MINUTE)
    if answer.code in BUSY | STALE_TOKEN:
        return Meaning(outcome=Outcome.BUSY, note=note)
    if answer.code in NOT_GREETED:
        return Meaning(outcome=Outcome.BUSY, note=f"{note}: 请在群里 @机器人 说一句话", retry_after=MINUTE)
    if answer.code in TOO_LATE:
        return Meaning(outcome=Outcome.TOO_LATE, note=f"{EXPIRED}: {note}")
    if answer.code in REFUSED or attempts == 1:
        return Meaning(outcome=Outcome.REFUSED, note=note)
    return Meaning(outcome=Outcome.UNCLEAR, note=note)


def _was_accepted_before(answer: Answer, attempts: int) -> bool:
    """A repeat that is refused for its key: the first one had arrived. No code for that is documented."""
    if attempts == 1:
        return False
    words = answer.text.lower().replace("_", "")
    named = "msgid" in words or "taskid" in words
    return answer.code in DUPLICATE_CARD or (named and answer.code not in BUSY | PAUSED | SETTINGS)
