"""One process at a time does what only one may do, and nobody waits for a holder that is known to be dead."""

import asyncio
from datetime import timedelta
from pathlib import Path

from bot.clock import SystemClock
from bot.leader import end_leases, lead
from bot.signals import Signals
from bot.storage.opening import open_store
from bot.storage.store import Store, Transaction
from tests.databases import sqlite_url


async def test_a_process_that_is_alone_waits_for_no_lease_of_a_dead_one(tmp_path: Path) -> None:
    clock, leads = SystemClock(), asyncio.Event()

    async def work() -> None:
        leads.set()
        await asyncio.Event().wait()

    async with open_store(sqlite_url(tmp_path), Signals()) as store:
        await _die_holding("socket", store, clock)

        await end_leases(store)

        leading = asyncio.create_task(lead("socket", store, clock, work))
        await asyncio.wait_for(leads.wait(), 1)
        leading.cancel()
        await asyncio.gather(leading, return_exceptions=True)


async def _die_holding(name: str, store: Store, clock: SystemClock) -> None:
    async def acquire(work: Transaction) -> None:
        await work.leases.acquire(name, "the dead", clock.now(), timedelta(hours=1))

    await store.run("test", acquire)
