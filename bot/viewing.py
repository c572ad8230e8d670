"""How is it put down who looks at what, without slowing pages? Together, in groups; a page goes out after the commit."""

from collections.abc import Sequence

from bot.batching import Batcher
from bot.storage.store import Store, Transaction
from handlers.trail import AuditEntry

LARGEST_GROUP = 500
MOST_WAITING = 10_000


class Viewing:
    """The looks on their way into the audit trail."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting = Batcher(
            self._write, largest=LARGEST_GROUP, most_waiting=MOST_WAITING, lanes=store.lanes
        )

    async def note(self, entry: AuditEntry) -> None:
        """Put it down. Raises OverloadedError or StoreUnavailableError: then nothing may be shown."""
        await self._waiting.submit(entry)

    async def run(self) -> None:
        """Write what comes in, for ever."""
        await self._waiting.run()

    async def _write(self, entries: Sequence[AuditEntry]) -> list[None]:
        async def write(work: Transaction) -> None:
            await work.trail.note(entries)

        await self._store.run("viewed", write)
        return [None] * len(entries)
