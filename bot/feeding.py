"""What has each source sent, and which say that they live? Counted in memory, and written down every second.

A process that is killed loses a second of these counts, never an event; the database is not asked for each.
"""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime

import structlog

from bot.storage.feeds import FeedHour, Heard, add_to
from bot.storage.store import Store, Transaction
from handlers.messages import Reported
from handlers.ports import StoreUnavailableError
from rules.instants import to_ms

WRITE_EVERY_SECONDS = 1

log = structlog.get_logger("feeding")


class Feeding:
    """The counts of this process that are not written down yet."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._heard: dict[FeedHour, Heard] = {}
        self._beats: dict[str, int] = {}

    def note(self, reports: Iterable[Reported]) -> None:
        """Count events that were new, after their commit."""
        for report in reports:
            add_to(self._heard, report)

    def beat(self, source: str, at: datetime) -> None:
        """A source says that it lives."""
        self._beats[source] = max(to_ms(at), self._beats.get(source, 0))

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
        beats, self._beats = self._beats, {}
        if not (heard or beats):
            return

        async def write(work: Transaction) -> None:
            await work.feeds.add(heard)
            await work.feeds.beat(beats)

        try:
            await self._store.run("feeds", write)
        except StoreUnavailableError:
            self._take_back(heard, beats)
        except Exception:
            log.exception("feeding.lost", events=sum(one.events for one in heard.values()))

    def _take_back(self, heard: Mapping[FeedHour, Heard], beats: Mapping[str, int]) -> None:
        self._beats = {**beats, **self._beats}
        for hour, one in heard.items():
            self._heard[hour] = self._heard[hour].plus(one) if hour in self._heard else one
