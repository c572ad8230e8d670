"""What does kf/sync_msg hand out? A log of three days, read by cursor (wecom.md §9.1)."""

import re
import secrets
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.fields import Node
from bot.sandbox.watch import wire_time
from bot.sandbox.windows import Window
from bot.sandbox.world import World

KEPT = timedelta(days=3)
CURSOR = re.compile(r"([0-9a-f]{8})_(\d+)(e?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    at: datetime
    record: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Position:
    index: int
    emptied: bool
    """Whether the empty page before the messages has been given."""


class KfLog:
    def __init__(self, world: World) -> None:
        self._world = world
        self._epoch = secrets.token_hex(4)
        self._entries: list[_Entry] = []
        self._tokens: deque[tuple[str, datetime]] = deque(maxlen=1000)
        self._without_token = Window(timedelta(minutes=1))

    def add(self, record: dict[str, object]) -> None:
        """Append a message or an event."""
        stamped = {"send_time": wire_time(self._world.watch)} | record
        self._entries.append(_Entry(at=self._world.now(), record=stamped))

    def new_token(self) -> str:
        """The Token of a kf_msg_or_event callback."""
        token = secrets.token_urlsafe(32)
        self._tokens.append((token, self._world.now()))
        return token

    def page(self, request: Node) -> dict[str, object]:
        """Answer one pull. Raises Refused."""
        request.choice("voice_format", range(2))
        limit = request.choice("limit", range(1, 1001), default=1000)
        position = self._position(request)
        self._admit(request)
        fresh = self._fresh(position.index)
        if fresh and self._world.knobs.sync_empty_pages and not position.emptied:
            return self._answer([], self._cursor(position.index, emptied=True), has_more=True)
        page = fresh[:limit]
        index = page[-1][0] + 1 if page else len(self._entries)
        records = [entry.record for _, entry in page]
        has_more = len(fresh) > limit
        return self._answer(records, self._cursor(index, emptied=has_more), has_more=has_more)

    def _position(self, request: Node) -> _Position:
        cursor = request.optional_text("cursor")
        if not cursor:
            return _Position(index=0, emptied=False)
        match = CURSOR.fullmatch(cursor)
        if match is None or match[1] != self._epoch or int(match[2]) > len(self._entries):
            raise Refused(Errcode.BAD_PARAMETER, "cursor is not one of this account")
        return _Position(index=int(match[2]), emptied=bool(match[3]))

    def _admit(self, request: Node) -> None:
        token, now = request.optional_text("token"), self._world.now()
        if not token:
            if not self._without_token.has_room(self._world.knobs.syncs_without_token_per_minute, now):
                raise Refused(Errcode.TOO_OFTEN, "too many pulls without the callback's token")
            self._without_token.take(now)
            return
        life = timedelta(seconds=self._world.knobs.sync_token_seconds)
        if not any(known == token and at + life > now for known, at in self._tokens):
            raise Refused(Errcode.BAD_SYNC_TOKEN, "token is unknown or older than 10 minutes")

    def _fresh(self, index: int) -> list[tuple[int, _Entry]]:
        oldest = self._world.now() - KEPT
        return [
            (place, entry) for place, entry in enumerate(self._entries[index:], index) if entry.at > oldest
        ]

    def _cursor(self, index: int, *, emptied: bool) -> str:
        return f"{self._epoch}_{index}{'e' if emptied else ''}"

    def _answer(self, records: list[dict[str, object]], cursor: str, *, has_more: bool) -> dict[str, object]:
        return {
            "errcode": 0,
            "errmsg": "ok",
            "next_cursor": cursor,
            "has_more": int(has_more),
            "msg_list": records,
        }
