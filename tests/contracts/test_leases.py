"""What only one may do: leases, each new holder under a greater version."""

import asyncio
from datetime import datetime, timedelta

from bot.storage.leases import Lease
from bot.storage.store import Store
from tests.contracts.backend import inside, meanwhile, undone
from tests.contracts.builders import NOW, in_

SPAN = timedelta(seconds=15)


async def acquired(store: Store, holder: str, at: datetime = NOW, name: str = "socket") -> Lease | None:
    return await inside(store, lambda work: work.leases.acquire(name, holder, at, SPAN))


def a_lease(holder: str, version: int, at: datetime = NOW) -> Lease:
    return Lease(name="socket", holder=holder, version=version, expires_at=at + SPAN)


async def test_the_first_to_ask_holds_it(store: Store) -> None:
    assert await acquired(store, "a") == a_lease("a", 1)
    assert await acquired(store, "b") is None


async def test_its_holder_renews_it_under_the_same_version(store: Store) -> None:
    await acquired(store, "a")

    assert await acquired(store, "a", in_(seconds=10)) == a_lease("a", 1, in_(seconds=10))
    assert await acquired(store, "b", in_(seconds=20)) is None


async def test_after_its_end_it_goes_to_another_under_a_greater_version(store: Store) -> None:
    await acquired(store, "a")

    assert await acquired(store, "b", in_(seconds=15)) is None
    assert await acquired(store, "b", in_(seconds=15, milliseconds=1)) == a_lease(
        "b", 2, in_(seconds=15, milliseconds=1)
    )


async def test_who_lost_it_is_refused_and_comes_back_under_a_greater_version(store: Store) -> None:
    await acquired(store, "a")
    await acquired(store, "b", in_(minutes=1))

    assert await acquired(store, "a", in_(minutes=1, seconds=1)) is None
    back = await acquired(store, "a", in_(minutes=2))
    assert back is not None
    assert back.version == 3


async def test_it_is_held_until_another_one_takes_it(store: Store) -> None:
    lease = await acquired(store, "a")
    assert lease is not None
    assert await inside(store, lambda work: work.leases.is_held(lease))

    await acquired(store, "b", in_(minutes=1))
    assert not await inside(store, lambda work: work.leases.is_held(lease))

    await acquired(store, "a", in_(minutes=2))
    assert not await inside(store, lambda work: work.leases.is_held(lease))


async def test_nobody_takes_it_while_a_transaction_goes_by_it(store: Store) -> None:
    lease = await acquired(store, "a")
    assert lease is not None

    async with meanwhile(store, lambda work: work.leases.is_held(lease)) as is_held:
        taking = asyncio.create_task(acquired(store, "b", in_(minutes=1)))
        done, _ = await asyncio.wait({taking}, timeout=0.2)
        assert is_held
        assert not done

    assert await taking == a_lease("b", 2, in_(minutes=1))


async def test_given_back_it_is_free_at_once(store: Store) -> None:
    await acquired(store, "a")

    await inside(store, lambda work: work.leases.release("socket", "a"))

    assert await acquired(store, "b") == a_lease("b", 2)


async def test_nobody_gives_back_what_another_holds(store: Store) -> None:
    await acquired(store, "a")

    await inside(store, lambda work: work.leases.release("socket", "b"))

    assert await acquired(store, "b") is None


async def test_who_is_alone_takes_all_from_those_who_are_gone(store: Store) -> None:
    await acquired(store, "gone")
    await acquired(store, "gone", name="timetable")

    await inside(store, lambda work: work.leases.end_all())

    assert await acquired(store, "b") == a_lease("b", 2)
    assert await acquired(store, "b", name="timetable") is not None


async def test_leases_of_other_names_are_free(store: Store) -> None:
    await acquired(store, "a")

    assert await acquired(store, "b", name="timetable") is not None


async def test_of_many_who_ask_at_once_one_gets_it(store: Store) -> None:
    for round_ in range(3):
        at = in_(minutes=round_)
        asked = await asyncio.gather(*(acquired(store, f"{round_}-{number}", at) for number in range(8)))
        (held,) = [lease for lease in asked if lease is not None]
        assert held.version == round_ + 1


async def test_what_was_taken_back_was_never_held(store: Store) -> None:
    await undone(store, lambda work: work.leases.acquire("socket", "a", NOW, SPAN))

    assert await acquired(store, "b") == a_lease("b", 1)
