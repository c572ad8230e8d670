"""Our own service, but its watcher looks once a second instead of sleeping until something is due."""

import asyncio
from datetime import datetime

from bot import signals
from bot.cli import main
from bot.clock import Clock

POLL_SECONDS = 1


class Poll(signals.DueSignal):
    """Sleeps for a second, whatever is due."""

    async def sleep_until(self, at: datetime, clock: Clock) -> bool:
        del at, clock
        await asyncio.sleep(POLL_SECONDS)
        return False


if __name__ == "__main__":
    signals.DueSignal = Poll
    main()
