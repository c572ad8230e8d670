"""What has each source sent? Counted in memory as events are committed, and written down every second.

A process that is killed loses a second of these counts, never an event; the database is not asked for each.
"""

import asyncio
from collections.abc import Iterable, Mapping

import structlog

from bot.storage.feeds import FeedHour, Heard, add_to
from bot.storage.store import Store
from handlers.messages import Reported
from handlers.ports import StoreUnavailableError

WRITE_EVERY_SECONDS = 1

log = structlog.get_logger("feeding")


class Feeding:
    """The counts of this process that are not written down yet."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._heard: dict[FeedHour, Heard] = {}

    def note(self, reports: Iterable[Reported]) -> None:
        """Count events that were new, after their commit."""
        for report in reports:
            add_to(self._heard, report)

    async def run(self) -> None:
        """Write, until cancelled; what is left then as well."""
        try:
            while True:
                await asyncio.sleep(WRITE_EVERY_SECONDS)
                await self._write()
        finally:
            await self._write()

    async def _write(self) -> None:
        heard, self._heard = self._heard, {}
        if not heard:
            return
        try:
            await self._store.run("feeds", lambda work: work.feeds.add(heard))
        except StoreUnavailableError:
            self._take_back(heard)
        except Exception:
            log.exception("feeding.lost", events=sum(one.events for one in heard.values()))

    def _take_back(self, heard: Mapping[FeedHour, Heard]) -> None:
        for hour, one in heard.items():
            self._heard[hour] = self._heard[hour].plus(one) if hour in self._heard else one
