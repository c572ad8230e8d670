"""Changes of duty, as `handlers.dutybook.DutyBook` promises them."""

import asyncio
from dataclasses import replace

from bot.storage.dutybook import changes_between, known_changes, trace_of_duty
from bot.storage.store import Store, Transaction
from rules.duty import Change
from tests.contracts.backend import inside
from tests.contracts.builders import NOW, a_change, in_


async def added(store: Store, *changes: Change) -> list[Change]:
    async def add(work: Transaction) -> list[Change]:
        return [await work.duty.add(change) for change in changes]

    return await inside(store, add)


async def revoked(store: Store, change: Change) -> Change:
    gone = replace(change, revoked_by="lisi", revoked_at=NOW)
    await inside(store, lambda work: work.duty.revoke(gone))
    return gone


async def test_what_is_over_or_was_taken_back_is_not_in_force(store: Store) -> None:
    over, gone, holds = await added(
        store, a_change(end=NOW), a_change(), a_change(start=in_(hours=1), end=in_(hours=2))
    )
    await revoked(store, gone)

    assert await inside(store, lambda work: work.duty.in_force(NOW)) == [holds]
    assert list(await known_changes(NOW)) == [holds]
    assert await inside(store, lambda work: work.duty.find(over.number or 0)) == over


async def test_a_week_shows_what_was_taken_back_too(store: Store) -> None:
    before, during, after = await added(
        store,
        a_change(start=in_(hours=-2), end=in_(hours=-1)),
        a_change(start=in_(hours=-2), end=in_(hours=2)),
        a_change(start=in_(hours=1), end=in_(hours=2)),
    )
    gone = await revoked(store, during)

    async with store.reading() as connection:
        assert await changes_between(connection, in_(hours=-1), in_(hours=1)) == [gone]
        assert await changes_between(connection, in_(hours=-3), in_(hours=3)) == [before, gone, after]


async def test_everything_that_is_written_shows_in_the_trace_and_calls_whoever_follows(store: Store) -> None:
    async def trace() -> int:
        async with store.reading() as connection:
            return await trace_of_duty(connection)

    seen = [await trace()]
    (change,) = await added(store, a_change())
    seen.append(await trace())
    await revoked(store, change)
    seen.append(await trace())

    assert len(set(seen)) == 3


async def test_of_two_at_once_the_later_one_knows_of_the_other(store: Store) -> None:
    async def add_unless_there(work: Transaction) -> int | None:
        there = await work.duty.in_force(NOW)
        await asyncio.sleep(0)
        return None if there else (await work.duty.add(a_change())).number

    numbers = await asyncio.gather(*(store.run("duty", add_unless_there) for _ in range(8)))

    assert len([number for number in numbers if number is not None]) == 1
