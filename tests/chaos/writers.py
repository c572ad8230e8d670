"""Twenty-five who write into one SQLite file at once, in a process of their own: python -m tests.chaos.writers."""

import asyncio
import sys
from datetime import UTC, datetime

from bot.signals import Signals
from bot.storage.opening import open_store
from bot.storage.store import Store
from rules.instants import instant

WRITERS = 25


async def write(store: Store, name: str, times: int) -> None:
    for number in range(times):
        now, whom = instant(datetime.now(UTC)), f"{name}-{number}"
        await store.run("test", lambda work, whom=whom, now=now: work.chats.greeted(whom, now))


async def main(url: str, name: str, times: int) -> None:
    async with open_store(url, Signals()) as store, asyncio.TaskGroup() as group:
        for number in range(WRITERS):
            group.create_task(write(store, f"{name}-{number}", times))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
