"""How does a process keep its place among those that serve from one PostgreSQL? A connection holds a lock for it.

The server forgets the lock with the connection: whoever loses that one takes the lock again over another.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

LOOK_EVERY_SECONDS = 1
PLACE_LOCK = 0x64_69_6E_67_64_61_6F
"""Any number will do that nothing else locks, as long as it is always the same."""

log = structlog.get_logger("places")


class Place:
    """A place that is `shared` with others of its kind, or excludes all others."""

    def __init__(self, connect: Callable[[], Awaitable[Any]], *, shared: bool) -> None:
        self._connect = connect
        self._lock = "pg_try_advisory_lock_shared" if shared else "pg_try_advisory_lock"
        self._connection: Any = None

    async def take(self) -> bool:
        """Take it; False while somebody has it who shares nothing. Raises what the driver does."""
        self._connection = await self._connect()
        taken: bool = await self._connection.fetchval(f"SELECT {self._lock}($1)", PLACE_LOCK)
        if not taken:
            self.leave()
        return taken

    async def keep(self) -> None:
        """Take it again whenever it was lost, for ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            try:
                await self._look()
            except Exception as error:  # noqa: BLE001 -- whatever it is, the place is not ours at the moment
                if self._connection is not None:
                    log.warning("place.lost", error=type(error).__name__)
                self.leave()

    def leave(self) -> None:
        """Let go of it."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def _look(self) -> None:
        if self._connection is not None:
            await self._connection.execute("SELECT")
        elif await self.take():
            log.info("place.taken_again")
        else:
            log.error("place.taken_by_another", mend="let all processes share one Redis, or stop all but one")
