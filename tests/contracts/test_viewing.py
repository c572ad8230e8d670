"""Who looks at what is put down in groups, before they see it."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from bot.storage.store import Store
from bot.storage.trail import TrailFilter
from bot.storage.views import Views
from bot.viewing import Viewing
from handlers.trail import AuditEntry, Way, viewed
from tests.contracts.builders import NOW


def a_look(number: int) -> AuditEntry:
    return viewed(
        actor="zhangsan",
        way=Way.PAGE,
        what="order",
        subject=f"DB{number}",
        at=NOW + timedelta(seconds=number),
    )


@asynccontextmanager
async def running(viewing: Viewing) -> AsyncGenerator[None]:
    task = asyncio.create_task(viewing.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def noted(store: Store) -> Sequence[AuditEntry]:
    return [line.entry for line in await Views(store).trail(TrailFilter(), 1000)]


async def test_whoever_sees_a_page_is_on_record_by_then(store: Store) -> None:
    viewing = Viewing(store)
    async with running(viewing):
        await viewing.note(a_look(1))
        assert await noted(store) == [a_look(1)]

        await asyncio.gather(*(viewing.note(a_look(number)) for number in range(2, 300)))
        assert await noted(store) == [a_look(number) for number in reversed(range(1, 300))]
