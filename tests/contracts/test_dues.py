"""What becomes due, as `handlers.ports.Dues` promises it."""

import asyncio

from bot.storage.store import Store
from handlers.messages import Due, DueKind
from rules.instants import MILLISECOND
from tests.contracts.backend import inside, meanwhile, undone
from tests.contracts.builders import NOW, a_due, a_key, in_

LATER = in_(hours=1)


async def armed(store: Store, *dues: Due) -> None:
    await inside(store, lambda work: work.dues.arm(dues))


async def taken(store: Store, limit: int = 10) -> list[Due]:
    return await inside(store, lambda work: work.dues.take(LATER, limit))


async def test_what_is_due_is_given_out_once(store: Store) -> None:
    await armed(store, a_due("DB1"))

    assert await taken(store) == [a_due("DB1")]
    assert await taken(store) == []


async def test_a_time_is_passed_strictly_after_it(store: Store) -> None:
    await armed(store, a_due("DB1", NOW))

    assert await inside(store, lambda work: work.dues.take(NOW, 10)) == []
    assert await inside(store, lambda work: work.dues.take(NOW + MILLISECOND, 10)) == [a_due("DB1", NOW)]


async def test_what_is_due_longest_comes_first(store: Store) -> None:
    dues = [a_due(f"DB{minutes}", in_(minutes=minutes)) for minutes in (3, 1, 2)]
    await armed(store, *dues)

    assert await taken(store, 2) == [dues[1], dues[2]]
    assert await taken(store, 2) == [dues[0]]


async def test_setting_a_new_time_replaces_the_old_one(store: Store) -> None:
    await armed(store, a_due("DB1", in_(minutes=1)))
    await armed(store, a_due("DB1", in_(minutes=2)))

    assert await store.next_due() == in_(minutes=2)
    assert await taken(store) == [a_due("DB1", in_(minutes=2))]


async def test_what_was_given_out_can_be_set_anew(store: Store) -> None:
    await armed(store, a_due("DB1"))
    await taken(store)
    await armed(store, a_due("DB1"))

    assert await taken(store) == [a_due("DB1")]


async def test_one_order_waits_for_several_things(store: Store) -> None:
    limit = a_due("DB1", NOW)
    steps = [a_due("DB1", in_(minutes=at), DueKind.LADDER, f"case{at}") for at in (1, 2)]
    await armed(store, limit, *steps)

    await inside(store, lambda work: work.dues.disarm([(a_key("DB1"), DueKind.LADDER, "case1")]))

    assert await taken(store) == [limit, steps[1]]


async def test_what_was_called_off_is_not_due(store: Store) -> None:
    await armed(store, a_due("DB1"), a_due("DB2"))

    await inside(store, lambda work: work.dues.disarm([(a_key("DB1"), DueKind.LIMIT, "")]))
    await inside(store, lambda work: work.dues.disarm([(a_key("unknown"), DueKind.LIMIT, "")]))

    assert await taken(store) == [a_due("DB2")]


async def test_nothing_is_done_for_nothing(store: Store) -> None:
    await armed(store)
    await inside(store, lambda work: work.dues.disarm([]))

    assert await taken(store) == []
    assert await store.next_due() is None


async def test_the_next_time_is_the_nearest_one_that_is_still_to_come(store: Store) -> None:
    await armed(store, a_due("DB1", in_(minutes=1)), a_due("DB2", in_(minutes=2)))
    assert await store.next_due() == in_(minutes=1)

    await inside(store, lambda work: work.dues.take(in_(minutes=1, seconds=1), 10))
    assert await store.next_due() == in_(minutes=2)


async def test_many_claimers_share_nothing_and_leave_nothing(store: Store) -> None:
    numbers = [f"DB{number}" for number in range(60)]
    await armed(store, *(a_due(number) for number in numbers))

    rounds = await asyncio.gather(*(taken(store) for _ in range(10)))

    found = [due.order.order_no for dues in rounds for due in dues]
    found += [due.order.order_no for due in await taken(store, 60)]
    assert sorted(found) == sorted(numbers)


async def test_a_claim_under_way_is_passed_by(postgres_store: Store) -> None:
    await armed(postgres_store, a_due("DB1", NOW), a_due("DB2", in_(minutes=1)))

    async with meanwhile(postgres_store, lambda work: work.dues.take(LATER, 1)) as first:
        assert first == [a_due("DB1", NOW)]
        assert await taken(postgres_store) == [a_due("DB2", in_(minutes=1))]


async def test_a_claim_that_was_taken_back_is_somebody_elses(store: Store) -> None:
    await armed(store, a_due("DB1"))

    assert await undone(store, lambda work: work.dues.take(LATER, 1)) == [a_due("DB1")]

    assert await taken(store) == [a_due("DB1")]
