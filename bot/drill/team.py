"""Who answers when no people are there? Scripted agents, who look at the group and tap what they see."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.drillfile import AgentFile, Manner
from bot.sandbox.cards import Card
from bot.sandbox.misuse import Misuse
from bot.sandbox.server import Sandbox

GLANCE_SECONDS = 0.2
ANSWERS = ("发送全部", "发送回复", "已处理")
"""What answers customers, as far as a card shows it; the words in front of what it says of how many."""
EXPLAINS = ("提交", "记录原因")
CLAIMS = ("认领",)
REFRESH = "刷新"
LOOKS_AGAIN_AFTER = timedelta(minutes=2)
DOES = {Manner.REPLY: (ANSWERS, EXPLAINS), Manner.CLAIM: (CLAIMS,)}
"""What an agent does first on every card, and what then."""


class Team:
    """The agents of a drill. Each does one thing at a time, and sees a card only after a while."""

    def __init__(self, agents: Sequence[AgentFile], wecom: Sandbox, clock: Clock) -> None:
        self._agents = agents
        self._wecom = wecom
        self._clock = clock
        self._seen: dict[str, datetime] = {}
        self._refreshed: dict[str, datetime] = {}
        self._done: set[tuple[str, str, int]] = set()

    async def work(self) -> None:
        """For ever."""
        if self._agents:
            await asyncio.gather(*map(self._work, self._agents))

    async def _work(self, agent: AgentFile) -> None:
        while True:
            found = self._next(agent)
            if found is None:
                await asyncio.sleep(GLANCE_SECONDS)
                continue
            card, button = found
            self._done.add((card.task_id, button, card.changes))
            try:
                await self._wecom.click(agent.userid, card.task_id, button)
            except Misuse:
                continue  # somebody else was quicker, or the card shows something else by now
            await self._clock.sleep(agent.each)

    def _next(self, agent: AgentFile) -> tuple[Card, str] | None:
        """The oldest card that has something to tap, once it has been there for so long as it takes to see it."""
        now = self._clock.now()
        chats = (self._wecom.group(), self._wecom.member(agent.userid))
        cards = [card for chat in chats for card in chat.cards]
        seen = [card for card in cards if now - self._seen.setdefault(card.task_id, now) >= agent.sees_after]
        found = ((card, self._button(card, agent, wanted)) for wanted in DOES[agent.does] for card in seen)
        tappable = ((card, button) for card, button in found if button is not None)
        return next(tappable, None) or self._to_be_looked_at_again(seen, agent, now)

    def _to_be_looked_at_again(
        self, cards: Sequence[Card], agent: AgentFile, now: datetime
    ) -> tuple[Card, str] | None:
        """A card in a group shows news only when somebody taps it: with nothing else to do, one of those is."""
        for card in cards if agent.does is Manner.REPLY else ():
            face, last = card.face(agent.userid), self._refreshed.get(card.task_id)
            if REFRESH in face.button_texts and (last is None or now - last >= LOOKS_AGAIN_AFTER):
                self._refreshed[card.task_id] = now
                return card, REFRESH
        return None

    def _button(self, card: Card, agent: AgentFile, wanted: Sequence[str]) -> str | None:
        """What the agent taps on the card: nothing twice while it shows the same."""
        face = card.face(agent.userid)
        shown = () if face.greyed else face.button_texts
        fitting = (text for begin in wanted for text in shown if text.startswith(begin))
        return next((text for text in fitting if (card.task_id, text, card.changes) not in self._done), None)
