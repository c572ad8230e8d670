"""How are the events of many requests taken in? Together, in groups; each request is answered after the commit."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import structlog

from bot.batching import Batcher
from bot.clock import stopwatch
from bot.feeding import Feeding
from bot.storage.feeds import new_among
from bot.storage.store import Store, Transaction
from handlers.intake import take_in
from handlers.messages import Intake, Reported
from handlers.world import World

LARGEST_GROUP = 500
"""A group is folded in one go, and nothing else is done meanwhile."""
MOST_WAITING = 20_000

log = structlog.get_logger("intake")


class Ingest:
    """The events on their way in."""

    def __init__(self, store: Store, world: World, feeding: Feeding) -> None:
        self._store = store
        self._world = world
        self._feeding = feeding
        self._waiting = Batcher(
            self._write, largest=LARGEST_GROUP, most_waiting=MOST_WAITING, lanes=store.lanes, size=len
        )

    async def take_in(self, reports: Sequence[Reported]) -> list[Intake]:
        """Have the events of a request written. Raises OverloadedError or StoreUnavailableError."""
        return await self._waiting.submit(reports) if reports else []

    def hear(self, sources: Iterable[str], at: datetime) -> None:
        """Sources say that they live."""
        for source in sources:
            self._feeding.beat(source, at)

    async def run(self) -> None:
        """Write what comes in, for ever."""
        await self._waiting.run()

    async def _write(self, requests: Sequence[Sequence[Reported]]) -> list[list[Intake]]:
        together = [report for reports in requests for report in reports]

        async def write(work: Transaction) -> list[Intake]:
            return await take_in(work, self._world, together)

        passed = stopwatch()
        answers = await self._store.run("ingest", write)
        self._feeding.note(new_among(together, answers))
        counts = {f"{answer}": answers.count(answer) for answer in Intake}
        log.info("events.taken", requests=len(requests), **counts, ms=passed())
        each = iter(answers)
        return [[next(each) for _ in reports] for reports in requests]
