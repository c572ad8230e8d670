"""Does the clock of the tests wake whom it should?"""

import asyncio
from datetime import timedelta

from bot.clock import ManualClock, within
from tests.bot.resting import rest

SECOND = timedelta(seconds=1)


async def test_sleepers_wake_when_their_time_has_come_and_not_before() -> None:
    clock = ManualClock()
    sleeper = asyncio.create_task(clock.sleep(2 * SECOND))
    await rest()
    clock.advance(SECOND)
    await rest()
    assert not sleeper.done()

    clock.advance(SECOND)
    await rest()
    assert sleeper.done()


async def test_a_sleep_counts_from_when_it_was_asked_for() -> None:
    clock = ManualClock()
    asked = clock.sleep(SECOND)
    clock.advance(SECOND)

    sleeper = asyncio.create_task(asked)
    await rest()

    assert sleeper.done()


async def test_work_that_outlasts_its_time_is_given_up() -> None:
    clock = ManualClock()
    outcome = asyncio.create_task(within(clock, SECOND, asyncio.Event().wait()))
    await rest()

    clock.advance(SECOND)

    assert await asyncio.wait_for(outcome, 1) is False
