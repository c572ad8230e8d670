"""One process at a time does what only one may do, and nobody waits for a holder that is known to be dead."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot import leader
from bot.clock import ManualClock, SystemClock
from bot.leader import LEASE, LeaseLostError, StepDownError, Tenure, end_leases, lead
from bot.signals import Signals
from bot.storage.opening import open_store
from bot.storage.store import Store, Transaction
from tests.bot.tenures import a_tenure, taken_over
from tests.databases import sqlite_url

STEPS, HOLDERS = 200, "abcd"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(sqlite_url(tmp_path), Signals()) as store:
        yield store


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


async def greeted(store: Store) -> list[str]:
    """Whom the transactions of this file have greeted."""
    async with store.reading() as connection:
        return [row["id"] for row in await connection.fetch("SELECT id FROM chats ORDER BY id")]


async def greet(tenure: Tenure, clock: ManualClock, whom: str) -> None:
    """Write something that can be found."""
    await tenure.run("test", lambda work: work.chats.greeted(whom, clock.now()))


async def test_a_process_that_is_alone_waits_for_no_lease_of_a_dead_one(store: Store) -> None:
    clock = SystemClock()
    await _die_holding("socket", store, clock)
    assert await Tenure.begin("socket", "next", store, clock) is None

    await end_leases(store)

    assert await Tenure.begin("socket", "next", store, clock) is not None


# --- fencing ---------------------------------------------------------------------


async def test_what_a_holder_writes_after_another_took_over_is_refused(
    store: Store, clock: ManualClock
) -> None:
    paused = await a_tenure(store, clock)
    await greet(paused, clock, "before")
    present = await taken_over(store, clock)

    with pytest.raises(LeaseLostError):
        await greet(paused, clock, "after")

    await greet(present, clock, "by the other one")
    assert await greeted(store) == ["before", "by the other one"]
    assert (paused.version, present.version) == (1, 2)


async def test_what_is_late_and_nobody_has_taken_over_may_still_be_written(
    store: Store, clock: ManualClock
) -> None:
    tenure = await a_tenure(store, clock)
    clock.advance(LEASE * 2)

    await greet(tenure, clock, "late")

    assert await greeted(store) == ["late"]


async def test_who_asks_to_go_on_hears_that_it_is_over_even_if_the_lease_is_free_again(
    store: Store, clock: ManualClock
) -> None:
    paused = await a_tenure(store, clock)
    await taken_over(store, clock)
    clock.advance(LEASE * 2)

    with pytest.raises(LeaseLostError):
        await paused.renew()

    assert paused.left == 0


@pytest.mark.parametrize("seed", range(4))
async def test_no_write_is_older_than_the_one_before_it(store: Store, clock: ManualClock, seed: int) -> None:
    """Any pauses, any order: the versions under which something was written never go back."""
    dice, tenures, written = random.Random(seed), dict[str, Tenure](), list[int]()
    for _ in range(STEPS):
        clock.advance(timedelta(seconds=dice.choice([0, 0, 1, 4, 16])))
        holder = dice.choice(HOLDERS)
        if dice.random() < 0.4 or holder not in tenures:
            begun = await Tenure.begin("test", holder, store, clock)
            tenures.update({holder: begun} if begun else {})
            continue
        try:
            await greet(tenures[holder], clock, "whoever")
            written.append(tenures[holder].version)
        except LeaseLostError:
            del tenures[holder]

    assert written == sorted(written)
    assert len(set(written)) > len(HOLDERS)


# --- who was thrown out ------------------------------------------------------------


async def test_who_was_replaced_by_another_replica_is_ready_to_follow_it(
    store: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever outside threw us out is left alone for long; a replica may die the next moment."""
    monkeypatch.setattr(leader, "RENEW_SECONDS", 0.01)
    tenures = asyncio.Queue[Tenure]()

    async def work(tenure: Tenure) -> None:
        tenures.put_nowait(tenure)
        if tenure.version == 1:
            await taken_over(store, clock)
            raise StepDownError
        await asyncio.Event().wait()

    leading = asyncio.create_task(lead("test", store, clock, work))
    first = await asyncio.wait_for(tenures.get(), 5)
    while first.left:
        await asyncio.sleep(0)
    clock.advance(LEASE * 2)

    again = await asyncio.wait_for(tenures.get(), 5)

    assert again.version == 3
    leading.cancel()
    await asyncio.gather(leading, return_exceptions=True)


async def test_work_that_fails_is_told_and_left_to_whoever_is_next(store: Store, clock: ManualClock) -> None:
    tenures = asyncio.Queue[Tenure]()

    async def work(tenure: Tenure) -> None:
        tenures.put_nowait(tenure)
        raise ValueError("spoilt")

    with capture_logs() as logs:
        leading = asyncio.create_task(lead("test", store, clock, work))
        await asyncio.wait_for(tenures.get(), 5)
        other = await _begun_by_another(store, clock)
        leading.cancel()
        await asyncio.gather(leading, return_exceptions=True)

    assert other.version == 2, "it did not have to wait for the end of the lease"
    assert [entry["event"] for entry in logs[:2]] == ["lease.taken", "lease.work_failed"]


async def test_work_that_failed_is_begun_again(
    store: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leader, "RENEW_SECONDS", 0.01)
    begun = asyncio.Queue[Tenure]()

    async def work(tenure: Tenure) -> None:
        begun.put_nowait(tenure)
        raise ValueError("spoilt")

    leading = asyncio.create_task(lead("test", store, clock, work))
    versions = [(await asyncio.wait_for(begun.get(), 5)).version for _ in range(2)]
    leading.cancel()
    await asyncio.gather(leading, return_exceptions=True)

    assert versions == [1, 1], "nobody else had it in between"


async def test_a_lease_that_cannot_be_asked_for_is_asked_for_again(
    store: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leader, "RENEW_SECONDS", 0.01)
    began, asked = asyncio.Event(), Tenure.begin

    async def fail_once(*name: Any) -> Tenure | None:
        monkeypatch.setattr(Tenure, "begin", asked)
        raise ValueError("spoilt")

    async def work(tenure: Tenure) -> None:
        began.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(Tenure, "begin", fail_once)
    with capture_logs() as logs:
        leading = asyncio.create_task(lead("test", store, clock, work))
        await asyncio.wait_for(began.wait(), 5)
        leading.cancel()
        await asyncio.gather(leading, return_exceptions=True)

    assert [entry["event"] for entry in logs] == ["lease.failed", "lease.taken"]


async def _begun_by_another(store: Store, clock: ManualClock) -> Tenure:
    async with asyncio.timeout(5):
        while (tenure := await Tenure.begin("test", "another", store, clock)) is None:
            await asyncio.sleep(0)
    return tenure


async def _die_holding(name: str, store: Store, clock: SystemClock) -> None:
    async def acquire(work: Transaction) -> None:
        await work.leases.acquire(name, "the dead", clock.now(), timedelta(hours=1))

    await store.run("test", acquire)
