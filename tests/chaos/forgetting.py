"""Remove what is personal and old, and die there: python -m tests.chaos.forgetting URL MINUTE [FAILPOINT]."""

import asyncio
import sys
from datetime import timedelta

from bot import failpoints, timetable
from bot.clock import ManualClock
from bot.signals import Signals
from bot.storage.opening import open_store
from tests.bot.tenures import a_tenure
from tests.contracts.builders import NOW

KEPT = timedelta(days=180)
AT_A_TIME = 2


async def forget(url: str, minute: str, failpoint: str | None = None) -> None:
    """Do it as the timetable does, a few orders at a time, so many minutes after NOW."""
    timetable.ORDERS_AT_A_TIME = AT_A_TIME
    clock = ManualClock(NOW + timedelta(minutes=int(minute)))
    async with open_store(url, Signals()) as store:
        tenure = await a_tenure(store, clock, minute)
        failpoints.arm(failpoint)
        await timetable.forget_personal(tenure, clock, KEPT)


if __name__ == "__main__":
    asyncio.run(forget(*sys.argv[1:]))
