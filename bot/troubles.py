"""What keeps a channel from working at the moment? For the operator, who should not have to read the log for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from prometheus_client import Gauge

from bot.wecom.answers import Answer, note_of
from bot.wecom.codes import NO_WEBHOOK, Upshot, remedy

LOGGED_EACH = timedelta(minutes=1)
MINE = frozenset({Upshot.OPERATOR, Upshot.UNKNOWN})
"""What the operator has to see to."""
_SAYS_NOTHING = frozenset({Upshot.RETRY, Upshot.WAIT, Upshot.STALE_TOKEN})
"""It may be said before anything else is looked at, so the trouble need not be over."""
_CHANNELS = {"kf": "kf", "externalcontact": "mass", "webhook": "webhook", "aibot": "aibot"} | dict.fromkeys(
    ("auth", "batch", "department", "tag", "user"), "directory"
)
APP = "app"

log = structlog.get_logger("troubles")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One call that WeCom refuses until somebody has mended something."""

    channel: str
    answer: Answer
    logged_at: datetime

    @property
    def key(self) -> tuple[str, str]:
        return self.channel, str(self.answer.code)

    def __str__(self) -> str:
        return f"{note_of(self.answer)}。{remedy(self.answer.code)}"


class Troubles:
    """The troubles of one process, by call; the next good answer to the same call ends one."""

    def __init__(self, now: Callable[[], datetime], gauge: Gauge) -> None:
        """`gauge` has the labels channel and code, and is 1 while a trouble lasts."""
        self._now = now
        self._gauge = gauge
        self._by_call: dict[str, Trouble] = {}

    def heard(self, call: str, answer: Answer) -> None:
        """Note what WeCom answered to a call, such as `message/send`, `webhook/send/default` or `aibot_subscribe`."""
        if answer.upshot in MINE or answer.code == NO_WEBHOOK:
            self._begins(call, answer)
        elif answer.upshot not in _SAYS_NOTHING and call in self._by_call:
            self._ends(call)

    def shown(self) -> Mapping[str, str]:
        """What keeps each channel that is in trouble, in words; the latest of several."""
        return {trouble.channel: str(trouble) for trouble in self._by_call.values()}

    def _begins(self, call: str, answer: Answer) -> None:
        now, known = self._now(), self._by_call.get(call)
        if known is not None and known.answer.code == answer.code and now - known.logged_at < LOGGED_EACH:
            return
        if known is not None:
            self._ends(call)
        trouble = Trouble(channel=channel_of(call), answer=answer, logged_at=now)
        self._by_call[call] = trouble
        self._gauge.labels(*trouble.key).set(1)
        log.error("channel.trouble", channel=trouble.channel, call=call, code=answer.code, said=str(trouble))

    def _ends(self, call: str) -> None:
        ended = self._by_call.pop(call)
        if all(trouble.key != ended.key for trouble in self._by_call.values()):
            self._gauge.remove(*ended.key)


def channel_of(call: str) -> str:
    """The name by which `/readyz` knows the way that a call takes."""
    return _CHANNELS.get(call.replace("_", "/").partition("/")[0], APP)
