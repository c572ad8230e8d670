"""What did people get to see? Every card and every line, and every rule that was broken on the way."""

import json
import secrets
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

Json = dict[str, Any]

MOST_IN_A_MINUTE = 30
OK: Json = {"errcode": 0, "errmsg": "ok"}


@dataclass(kw_only=True, slots=True)
class Shown:
    """A card in a chat: as everybody sees it, and as those see it for whom alone it was changed."""

    at: float
    to: str
    """The chat, or the member."""
    task_id: str
    card: Json
    private: dict[str, Json] = field(default_factory=dict[str, Json])
    changed_at: float | None = None

    def change(self, card: Json, only: list[str] | None = None) -> None:
        """Another card in its place."""
        self.changed_at = time.time()
        if only:
            self.private.update(dict.fromkeys(only, card))
        else:
            self.card, self.private = card, {}

    def seen_by(self, userid: str = "") -> Json:
        """The card in front of a member."""
        return self.private.get(userid, self.card)

    def text(self, userid: str = "") -> str:
        """Everything on it."""
        return json.dumps(self.seen_by(userid), ensure_ascii=False)

    def draft(self) -> str:
        """The words for the customer."""
        return self.card["sub_title_text"]

    def buttons(self, userid: str = "") -> list[str]:
        """What a member can press."""
        return list(self._keys(userid))

    def press(self, button: str, userid: str, chosen: str | None) -> tuple[str, dict[str, str]]:
        """What WeCom reports of a press: the button's key, and what each selector stands at."""
        card = self.seen_by(userid)
        selectors = [*card.get("select_list", []), *filter(None, [card.get("button_selection")])]
        stands = {one["question_key"]: chosen or one["selected_id"] for one in selectors}
        return self._keys(userid)[button], stands

    def _keys(self, userid: str) -> dict[str, str]:
        card = self.seen_by(userid)
        buttons = [*card.get("button_list", []), *filter(None, [card.get("submit_button")])]
        return {one["text"]: one["key"] for one in buttons}


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """A line of text in a chat, to a member or to a customer."""

    at: float
    to: str
    text: str


class Ledger:
    """Everything that people saw. `broken` names the rules that were broken; a sound service leaves it empty."""

    def __init__(self) -> None:
        self.cards: list[Shown] = []
        self.said: list[Said] = []
        self.broken: list[str] = []
        self._sent: dict[str, deque[float]] = defaultdict(deque)
        self._count = count(1)

    def new_id(self, prefix: str) -> str:
        """An id that nothing else has."""
        return f"{prefix}-{next(self._count)}-{secrets.token_hex(4)}"

    def card(self, to: str, number: str) -> Shown | None:
        """The newest card about an order in a chat."""
        return next(
            (shown for shown in reversed(self.cards) if shown.to == to and number in shown.text()), None
        )

    def by_task(self, task_id: str) -> Shown | None:
        """The card that was sent under this task_id."""
        return next((shown for shown in self.cards if shown.task_id == task_id), None)

    def lines(self, to: str) -> list[str]:
        """What was said to somebody, oldest first."""
        return [said.text for said in self.said if said.to == to]

    def say(self, to: str, text: str, *, most_bytes: int) -> Json:
        """A line arrives."""
        if not 0 < len(text.encode()) <= most_bytes:
            return self.refuse(45002, f"a text of {len(text.encode())} bytes")
        self.said.append(Said(at=time.time(), to=to, text=text))
        return OK

    def show(self, to: str, card: Json, faults: list[str]) -> Json:
        """A card arrives, if it breaks no rule and its task_id is new."""
        if faults:
            return self.refuse(42045, f"{faults} in {card}")
        if self.by_task(card["task_id"]):
            return error(40058)
        self.cards.append(Shown(at=time.time(), to=to, task_id=card["task_id"], card=card))
        return OK

    def has_room(self, to: str) -> bool:
        """Whether a chat takes another message in this minute; what it does not take is a rule broken."""
        sent, now = self._sent[to], time.time()
        while sent and sent[0] < now - 60:
            sent.popleft()
        sent.append(now)
        if len(sent) > MOST_IN_A_MINUTE:
            self.broken.append(f"more than {MOST_IN_A_MINUTE} messages a minute to {to}")
        return len(sent) <= MOST_IN_A_MINUTE

    def refuse(self, code: int, why: str) -> Json:
        """The answer to what a sound service never sends."""
        self.broken.append(f"{code}: {why}")
        return error(code)

    def texts(self) -> Iterator[str]:
        """All that anybody could read."""
        yield from (said.text for said in self.said)
        yield from (shown.text() for shown in self.cards)


def error(code: int) -> Json:
    """A refusal, in the words that WeCom uses."""
    return {"errcode": code, "errmsg": f"refused, hint: [{secrets.token_hex(8)}], from ip: 192.0.2.1"}
