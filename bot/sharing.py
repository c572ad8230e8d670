"""Who asks for what somebody has just been told? They get the same answer: what is costly is asked once for all."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from bot.clock import Clock, stopwatch

Question = TypeVar("Question", bound=Hashable)
Answer = TypeVar("Answer")
TIMES_WHAT_IT_TOOK = 10
"""So much longer than an answer took is it good for: the database spends a tenth of its time on it at most."""


@dataclass(slots=True)
class _Turn(Generic[Answer]):
    """One question: who asks it now, and what was answered last, good until when."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    given: tuple[Answer, datetime] | None = None

    def is_good_at(self, now: datetime) -> bool:
        """Whether there is an answer that is good still."""
        return self.given is not None and now < self.given[1]


class Shared(Generic[Question, Answer]):
    """Answers of `ask`, each good for at least `shortest` on `machine`, which is no clock that a test moves."""

    def __init__(
        self,
        ask: Callable[[Question], Awaitable[Answer]],
        machine: Clock,
        shortest: timedelta,
        keeps: Callable[[Answer], bool] = lambda _: True,
    ) -> None:
        self._ask = ask
        self._keeps = keeps
        """Of what, an answer is good for those who ask later."""
        self._machine = machine
        self._shortest = shortest
        self._turns: dict[Question, _Turn[Answer]] = {}

    async def __call__(self, question: Question) -> Answer:
        """The answer; what `ask` raises, to whoever asked it."""
        self._forget()
        turn = self._turns.setdefault(question, _Turn())
        async with turn.lock:
            if turn.given is None or not turn.is_good_at(self._machine.now()):
                turn.given = await self._answer(question)
            return turn.given[0]

    async def _answer(self, question: Question) -> tuple[Answer, datetime]:
        passed = stopwatch()
        answer = await self._ask(question)
        pause = max(self._shortest, TIMES_WHAT_IT_TOOK * timedelta(milliseconds=passed()))
        return answer, self._machine.now() + (pause if self._keeps(answer) else timedelta())

    def _forget(self) -> None:
        """Drop what nobody asks, and nobody would be answered with any more."""
        now = self._machine.now()
        for question, turn in list(self._turns.items()):
            if not turn.lock.locked() and not turn.is_good_at(now):
                del self._turns[question]
