"""What came in: stored once, dealt with once, oldest first."""

import asyncio
from datetime import datetime

from bot.storage.inbox import TRIES, Received
from bot.storage.store import Store, Transaction
from tests.contracts.backend import inside, meanwhile, rows, value
from tests.contracts.builders import NOW, in_


async def put(store: Store, identity: str, body: str = "{}", at: datetime = NOW) -> bool:
    (is_new,) = await inside(store, lambda work: work.inbox.put([received(identity, body, at)]))
    return is_new


def received(identity: str, body: str = "{}", at: datetime = NOW) -> Received:
    return Received(identity=identity, body=body, at=at)


async def handled(store: Store) -> str | None:
    """Deal with the next one; its identity."""

    async def handle(work: Transaction) -> str | None:
        taken = await work.inbox.take()
        if taken is None:
            return None
        await work.inbox.done(taken[0], NOW)
        return taken[0]

    return await inside(store, handle)


async def test_what_came_in_is_there_until_it_is_dealt_with(store: Store) -> None:
    assert await put(store, "click:1", '["CardClicked", {}]')

    for _ in range(2):
        taken = await inside(store, lambda work: work.inbox.take())
        assert taken == ("click:1", '["CardClicked", {}]')

    assert await handled(store) == "click:1"
    assert await handled(store) is None


async def test_what_is_kept_does_not_hold_up_what_came_after_it(store: Store) -> None:
    for number in (1, 2, 3):
        await put(store, f"click:{number}")

    assert await inside(store, lambda work: work.inbox.take(["click:1", "click:2"])) == ("click:3", "{}")
    assert await inside(store, lambda work: work.inbox.take(["click:2", "click:3"])) == ("click:1", "{}")


async def test_a_repeat_changes_nothing_before_or_after(store: Store) -> None:
    assert await put(store, "click:1", "first")
    assert not await put(store, "click:1", "again")
    assert await inside(store, lambda work: work.inbox.take()) == ("click:1", "first")

    await handled(store)
    assert not await put(store, "click:1", "again")
    assert await handled(store) is None


async def test_of_several_that_come_at_once_one_is_new(store: Store) -> None:
    assert sorted(await asyncio.gather(*(put(store, "click:1") for _ in range(6)))) == [False] * 5 + [True]


async def test_several_are_stored_at_once_and_repeats_among_them_too_once(store: Store) -> None:
    await put(store, "known", "stored before")
    batch = [received(*one) for one in (("b", "1"), ("known", "2"), ("a", "3"), ("b", "4"), ("c\0", "5"))]

    assert await inside(store, lambda work: work.inbox.put(batch)) == [True, False, True, False, True]
    assert await inside(store, lambda work: work.inbox.put(batch)) == [False] * 5

    bodies = {row["id"]: row["body"] for row in await rows(store, "SELECT id, body FROM inbox")}
    assert bodies == {"known": "stored before", "b": "1", "a": "3", "c\ufffd": "5"}


async def test_two_processes_with_the_same_repeats_do_not_wait_for_each_other(store: Store) -> None:
    names = [f"click:{number}" for number in range(200)]
    batches = [[received(name) for name in order] for order in (names, names[::-1]) * 3]

    answers = await asyncio.gather(
        *(inside(store, lambda work, batch=batch: work.inbox.put(batch)) for batch in batches)
    )

    assert sum(sum(answer) for answer in answers) == len(names)


async def test_what_came_first_is_dealt_with_first(store: Store) -> None:
    for minute in (2, 1, 3):
        await put(store, f"m{minute}", at=in_(minutes=minute))

    assert [await handled(store) for _ in range(3)] == ["m1", "m2", "m3"]


async def test_what_went_wrong_is_tried_again_and_given_up_in_the_end(store: Store) -> None:
    await put(store, "broken")

    for _ in range(TRIES):
        assert await inside(store, lambda work: work.inbox.take()) == ("broken", "{}")
        await inside(store, lambda work: work.inbox.failed("broken"))

    assert await inside(store, lambda work: work.inbox.take()) is None
    assert await value(store, "SELECT count(*) FROM inbox WHERE done_at IS NULL") == 1


async def test_what_is_being_dealt_with_is_passed_by(postgres_store: Store) -> None:
    await put(postgres_store, "first", at=in_(minutes=-1))
    await put(postgres_store, "second")

    async with meanwhile(postgres_store, lambda work: work.inbox.take()) as taken:
        assert taken == ("first", "{}")
        assert await handled(postgres_store) == "second"
        assert await handled(postgres_store) is None


async def test_only_what_was_dealt_with_long_ago_is_forgotten(store: Store) -> None:
    for identity in ("old", "waiting"):
        await put(store, identity, at=in_(days=-9))
    await put(store, "new")
    await inside(store, lambda work: work.inbox.done("old", in_(days=-8)))
    await inside(store, lambda work: work.inbox.done("new", NOW))

    assert await inside(store, lambda work: work.inbox.forget_before(in_(days=-7), 10)) == 1

    assert await put(store, "old")
    assert not await put(store, "waiting")
    assert not await put(store, "new")
