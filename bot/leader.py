"""How does exactly one replica do what only one may do? It holds a lease, renews it, and stops when it is gone."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from bot.clock import Clock
from bot.storage.ids import new_id
from bot.storage.leases import Lease
from bot.storage.store import Store, Transaction
from handlers.ports import StoreUnavailableError

LEASE = timedelta(seconds=15)
RENEW_SECONDS = 4
STEP_BACK_SECONDS = 600
"""Whoever was replaced by somebody outside waits so long before asking for a newer lease."""

log = structlog.get_logger("leader")


class StepDownError(Exception):
    """Somebody else has taken over; the work must not go on under this lease."""


async def lead(name: str, store: Store, clock: Clock, work: Callable[[], Awaitable[None]]) -> None:
    """Do `work` whenever the lease `name` is ours, for ever. StepDownError from it gives the lease away."""
    holder = new_id()
    while True:
        if await _acquire(name, holder, store, clock.now()) is None:
            await asyncio.sleep(RENEW_SECONDS)
            continue
        log.info("lease.taken", lease=name)
        try:
            await _work_while_held(name, holder, store, clock, work)
        except StepDownError:
            log.warning("lease.replaced", lease=name, pause_seconds=STEP_BACK_SECONDS)
            await _release(name, holder, store)
            await asyncio.sleep(STEP_BACK_SECONDS)
            holder = new_id()
        except asyncio.CancelledError:
            await _release(name, holder, store)
            raise


async def end_leases(store: Store) -> None:
    """End the leases of holders that died. Only for a process that knows it is alone."""

    async def end(work: Transaction) -> None:
        await work.leases.end_all()

    await store.run("lease", end)


async def _work_while_held(
    name: str, holder: str, store: Store, clock: Clock, work: Callable[[], Awaitable[None]]
) -> None:
    task = asyncio.ensure_future(work())
    expires_at = clock.now() + LEASE
    try:
        while expires_at > clock.now():
            await asyncio.wait({task}, timeout=RENEW_SECONDS)
            if task.done():
                return task.result()
            lease = await _acquire(name, holder, store, clock.now())
            expires_at = lease.expires_at if lease else expires_at
        log.warning("lease.lost", lease=name)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, StepDownError):
            await task


async def _acquire(name: str, holder: str, store: Store, now: datetime) -> Lease | None:
    async def acquire(work: Transaction) -> Lease | None:
        return await work.leases.acquire(name, holder, now, LEASE)

    try:
        return await store.run("lease", acquire)
    except StoreUnavailableError:
        return None


async def _release(name: str, holder: str, store: Store) -> None:
    async def release(work: Transaction) -> None:
        await work.leases.release(name, holder)

    with suppress(StoreUnavailableError):
        await store.run("lease", release)
