"""What is costly is asked once for all who want to know."""

import asyncio
from datetime import timedelta

import pytest

from bot.clock import ManualClock
from bot.sharing import Shared

SHORTEST = timedelta(seconds=5)


class Oracle:
    """Answers how often it was asked; may be told to wait, or to fail."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.open = asyncio.Event()
        self.open.set()
        self.fails = False

    async def ask(self, question: str) -> int:
        self.asked.append(question)
        await self.open.wait()
        if self.fails:
            raise OSError("away")
        return len(self.asked)


async def test_an_answer_is_good_for_a_while_and_then_asked_again() -> None:
    clock, oracle = ManualClock(), Oracle()
    shared = Shared(oracle.ask, clock, SHORTEST)
    assert [await shared("east"), await shared("east"), await shared("west")] == [1, 1, 2]
    clock.advance(SHORTEST)
    assert await shared("east") == 3


async def test_those_who_ask_meanwhile_get_the_same_answer() -> None:
    oracle = Oracle()
    shared = Shared(oracle.ask, ManualClock(), SHORTEST)
    oracle.open.clear()
    asking = [asyncio.create_task(shared("east")) for _ in range(3)]
    await asyncio.sleep(0)
    oracle.open.set()
    assert await asyncio.gather(*asking) == [1, 1, 1]


async def test_a_failure_is_told_and_the_next_one_asks_again() -> None:
    oracle = Oracle()
    shared = Shared(oracle.ask, ManualClock(), SHORTEST)
    oracle.fails = True
    with pytest.raises(OSError, match="away"):
        await shared("east")
    oracle.fails = False
    assert await shared("east") == 2


async def test_an_answer_that_cost_nothing_is_given_to_nobody_else() -> None:
    oracle = Oracle()
    shared = Shared(oracle.ask, ManualClock(), SHORTEST, keeps=lambda answer: answer > 1)
    assert [await shared("east") for _ in range(3)] == [1, 2, 2]
