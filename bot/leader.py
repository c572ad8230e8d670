"""How does exactly one replica do what only one may do? It holds a lease, renews it, and stops when it is gone.

A holder that was paused does not know that its time is over. So whatever it does asks first: what it writes is
refused by the database once the lease has a newer version, and what it sends needs a lease that certainly lasts.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import TypeVar

import structlog

from bot.clock import Clock, steady
from bot.storage.ids import new_id
from bot.storage.leases import Lease
from bot.storage.store import Store, Transaction
from handlers.ports import StoreUnavailableError

LEASE = timedelta(seconds=15)
MARGIN = timedelta(seconds=2)
"""So long before its end a holder lets go: the next one's clock may be ahead."""
RENEW_SECONDS = 4
STEP_BACK_SECONDS = 600
"""Whoever was replaced by somebody outside waits so long before asking for a newer lease."""

Result = TypeVar("Result")

log = structlog.get_logger("leader")


class StepDownError(Exception):
    """Somebody else has taken over; the work must not go on under this lease."""


class LeaseLostError(Exception):
    """The lease is not ours any more."""


class Tenure:
    """The time during which a lease is ours, under one version of it."""

    def __init__(self, store: Store, clock: Clock, lease: Lease, ends_at: float) -> None:
        self._store = store
        self._clock = clock
        self._lease = lease
        self._ends_at = ends_at

    @classmethod
    async def begin(cls, name: str, holder: str, store: Store, clock: Clock) -> "Tenure | None":
        """Take the lease; None while somebody else holds it. Raises StoreUnavailableError."""
        asked_at = steady()
        lease = await _acquire(name, holder, store, clock)
        return cls(store, clock, lease, _end(asked_at)) if lease else None

    @property
    def store(self) -> Store:
        """Where it is kept; what is read there needs no lease."""
        return self._store

    @property
    def version(self) -> int:
        """Greater than that of every holder before."""
        return self._lease.version

    @property
    def left(self) -> float:
        """For how many seconds nobody else can have the lease; 0 when somebody may."""
        return max(self._ends_at - steady(), 0)

    async def renew(self) -> None:
        """Lengthen it. Raises LeaseLostError when somebody has had the lease since, or StoreUnavailableError."""
        asked_at = steady()
        lease = await _acquire(self._lease.name, self._lease.holder, self._store, self._clock)
        if lease is None or lease.version != self.version:
            self._ends_at = asked_at
            raise LeaseLostError(LeaseLostError.__doc__)
        self._ends_at = _end(asked_at)

    async def run(self, name: str, operation: Callable[[Transaction], Awaitable[Result]]) -> Result:
        """`Store.run`, refused once somebody else has taken over: LeaseLostError then, and nothing is written."""

        async def fenced(work: Transaction) -> Result:
            if not await work.leases.is_held(self._lease):
                raise LeaseLostError(LeaseLostError.__doc__)
            return await operation(work)

        return await self._store.run(name, fenced)

    async def end(self) -> None:
        """Give the lease back."""

        async def release(work: Transaction) -> None:
            await work.leases.release(self._lease.name, self._lease.holder)

        with suppress(StoreUnavailableError):
            await self._store.run("lease", release)


Work = Callable[[Tenure], Awaitable[None]]


async def lead(name: str, store: Store, clock: Clock, work: Work) -> None:
    """Do `work` whenever the lease `name` is ours, for ever; again when it has failed.

    StepDownError from it gives the lease away.
    """
    holder = new_id()
    while True:
        tenure = await _begun(name, holder, store, clock)
        if tenure is None:
            await asyncio.sleep(RENEW_SECONDS)
            continue
        log.info("lease.taken", lease=name, version=tenure.version)
        try:
            await _work_while_held(tenure, work)
        except LeaseLostError:
            log.warning("lease.lost", lease=name, version=tenure.version)
        except StepDownError:
            await _step_down(name, tenure)
            holder = new_id()
        except asyncio.CancelledError:
            await tenure.end()
            raise
        except Exception:
            log.exception("lease.work_failed", lease=name, version=tenure.version)
            await tenure.end()
            await asyncio.sleep(RENEW_SECONDS)


async def end_leases(store: Store) -> None:
    """End the leases of holders that died. Only for a process that knows it is alone."""

    async def end(work: Transaction) -> None:
        await work.leases.end_all()

    await store.run("lease", end)


async def _begun(name: str, holder: str, store: Store, clock: Clock) -> Tenure | None:
    try:
        return await Tenure.begin(name, holder, store, clock)
    except StoreUnavailableError:
        return None
    except Exception:
        log.exception("lease.failed", lease=name)
        return None


async def _work_while_held(tenure: Tenure, work: Work) -> None:
    """Work until it ends, or the lease does. Raises LeaseLostError, and what the work raises."""
    task = asyncio.ensure_future(work(tenure))
    try:
        while tenure.left:
            await asyncio.wait({task}, timeout=min(RENEW_SECONDS, tenure.left))
            if task.done():
                return task.result()
            with suppress(StoreUnavailableError, TimeoutError):
                async with asyncio.timeout(tenure.left):
                    await tenure.renew()
        raise LeaseLostError(LeaseLostError.__doc__)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, LeaseLostError, StepDownError):
            await task


async def _step_down(name: str, tenure: Tenure) -> None:
    """Leave it to whoever has taken over. A replica holds the lease now; somebody outside needs none."""
    try:
        await tenure.renew()
    except (LeaseLostError, StoreUnavailableError):
        return
    log.warning("lease.replaced", lease=name, pause_seconds=STEP_BACK_SECONDS)
    await tenure.end()
    await asyncio.sleep(STEP_BACK_SECONDS)


async def _acquire(name: str, holder: str, store: Store, clock: Clock) -> Lease | None:
    async def acquire(work: Transaction) -> Lease | None:
        return await work.leases.acquire(name, holder, clock.now(), LEASE)

    return await store.run("lease", acquire)


def _end(asked_at: float) -> float:
    return asked_at + (LEASE - MARGIN).total_seconds()
