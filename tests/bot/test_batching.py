"""Many small writes share one commit: each gets its own answer, and only its own fault."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

import pytest

from bot.batching import Batcher, OverloadedError
from handlers.ports import StoreUnavailableError

LARGEST, MOST_WAITING = 4, 10


class Disk:
    """What batches are written to. It can be held up, be away, and choke on an item."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.ready = asyncio.Event()
        self.ready.set()
        self.away = False

    async def write(self, items: Sequence[str]) -> list[str]:
        await self.ready.wait()
        self.batches.append(list(items))
        if self.away:
            raise StoreUnavailableError
        if "poison" in items:
            raise ValueError("poison")
        return [item.upper() for item in items]


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
async def batcher(disk: Disk) -> AsyncIterator[Batcher[str, str]]:
    batcher = Batcher(disk.write, largest=LARGEST, most_waiting=MOST_WAITING)
    running = asyncio.create_task(batcher.run())
    yield batcher
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def submitted(batcher: Batcher[str, str], *items: str) -> list[asyncio.Task[str]]:
    """Submissions under way, in this order."""
    tasks = [asyncio.create_task(batcher.submit(item)) for item in items]
    await asyncio.sleep(0)
    return tasks


async def while_one_is_written(
    batcher: Batcher[str, str], disk: Disk, *items: str
) -> list[asyncio.Task[str]]:
    """Submissions that wait for their turn, because the disk is busy with the first."""
    disk.ready.clear()
    tasks = await submitted(batcher, items[0])
    await asyncio.sleep(0)
    return [*tasks, *await submitted(batcher, *items[1:])]


async def test_one_alone_is_written_at_once(batcher: Batcher[str, str], disk: Disk) -> None:
    assert await batcher.submit("a") == "A"
    assert disk.batches == [["a"]]


async def test_what_comes_during_a_write_goes_together_next(batcher: Batcher[str, str], disk: Disk) -> None:
    tasks = await while_one_is_written(batcher, disk, "a", "b", "c", "d")
    disk.ready.set()

    assert await asyncio.gather(*tasks) == ["A", "B", "C", "D"]
    assert disk.batches == [["a"], ["b", "c", "d"]]


async def test_nobody_is_answered_before_the_write(batcher: Batcher[str, str], disk: Disk) -> None:
    tasks = await while_one_is_written(batcher, disk, "a", "b")
    await asyncio.sleep(0.01)
    assert not any(task.done() for task in tasks)

    disk.ready.set()
    await asyncio.gather(*tasks)


async def test_a_batch_is_no_larger_than_it_may_be(batcher: Batcher[str, str], disk: Disk) -> None:
    tasks = await while_one_is_written(batcher, disk, *"abcdefgh")
    disk.ready.set()
    await asyncio.gather(*tasks)

    assert disk.batches == [["a"], [*"bcde"], [*"fgh"]]


async def test_items_count_for_their_size_and_one_that_is_too_large_goes_alone(disk: Disk) -> None:
    batcher = Batcher(disk.write, largest=LARGEST, most_waiting=MOST_WAITING, size=len)
    running = asyncio.create_task(batcher.run())
    tasks = await while_one_is_written(batcher, disk, "a", "bb", "cc", "d", "eeeee")
    disk.ready.set()
    await asyncio.gather(*tasks)
    running.cancel()

    assert disk.batches == [["a"], ["bb", "cc"], ["d"], ["eeeee"]]


async def test_more_than_may_wait_is_refused_and_the_rest_is_not(
    batcher: Batcher[str, str], disk: Disk
) -> None:
    tasks = await while_one_is_written(batcher, disk, "first", *"abcdefghij")
    with pytest.raises(OverloadedError):
        await batcher.submit("k")

    disk.ready.set()
    assert len(await asyncio.gather(*tasks)) == 11
    assert await batcher.submit("k") == "K"


async def test_one_item_that_cannot_be_written_fails_alone(batcher: Batcher[str, str], disk: Disk) -> None:
    tasks = await while_one_is_written(batcher, disk, "a", "b", "poison", "c")
    disk.ready.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)

    assert [answers[0], answers[1], answers[3]] == ["A", "B", "C"]
    assert isinstance(answers[2], ValueError)
    assert disk.batches == [["a"], ["b", "poison", "c"], ["b"], ["poison"], ["c"]]


async def test_while_the_disk_is_away_all_are_told_and_nothing_is_tried_twice(
    batcher: Batcher[str, str], disk: Disk
) -> None:
    disk.away = True
    tasks = await while_one_is_written(batcher, disk, "a", "b", "c")
    disk.ready.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)

    assert all(isinstance(answer, StoreUnavailableError) for answer in answers)
    assert disk.batches == [["a"], ["b", "c"]]

    disk.away = False
    assert await batcher.submit("d") == "D"


async def test_it_is_idle_when_everything_is_written(batcher: Batcher[str, str], disk: Disk) -> None:
    await batcher.idle()
    tasks = await while_one_is_written(batcher, disk, "a", "b")
    idle = asyncio.create_task(batcher.idle())
    await asyncio.sleep(0.01)
    assert not idle.done()

    disk.ready.set()
    await idle
    assert all(task.done() for task in tasks)


async def test_it_is_not_idle_while_one_of_two_lanes_writes(disk: Disk) -> None:
    batcher = Batcher(disk.write, largest=LARGEST, most_waiting=MOST_WAITING, lanes=2)
    running = asyncio.create_task(batcher.run())
    (task,) = await while_one_is_written(batcher, disk, "a")
    idle = asyncio.create_task(batcher.idle())
    await asyncio.sleep(0.01)
    assert not idle.done()

    disk.ready.set()
    await idle
    assert task.done()
    running.cancel()


@pytest.mark.parametrize("away", [False, True])
async def test_whoever_gives_up_is_written_all_the_same_and_holds_nobody_up(
    batcher: Batcher[str, str], disk: Disk, away: bool
) -> None:
    tasks = await while_one_is_written(batcher, disk, "a", "b", "c")
    tasks[1].cancel()
    await asyncio.gather(tasks[1], return_exceptions=True)
    disk.away = away
    disk.ready.set()
    answers = await asyncio.gather(tasks[0], tasks[2], return_exceptions=True)

    assert disk.batches == [["a"], ["b", "c"]]
    assert answers == ["A", "C"] or away
