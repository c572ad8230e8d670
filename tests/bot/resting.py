"""When has a loop done all that it can? On a clock that stands still, after a while in which it may run."""

import asyncio


async def rest() -> None:
    """Let everything run that can run while the clock stands still."""
    for _ in range(100):
        await asyncio.sleep(0)
