"""Has anything changed since I last looked? Lets tests and pages wait without polling."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Changes:
    """A version number that grows, and those who wait for it."""

    def __init__(self) -> None:
        self.version = 0
        self._waiting: set[asyncio.Future[None]] = set()

    def note(self) -> None:
        """Something has changed."""
        self.version += 1
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
        self._waiting.clear()

    async def after(self, version: int) -> None:
        """Return once the version is past this one."""
        if self.version > version:
            return
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(waiting)
        try:
            await waiting
        finally:
            self._waiting.discard(waiting)

    async def until(self, look: Callable[[], T | None], *, seconds: float = 10) -> T:
        """Look after each change until something true is found. Raises TimeoutError after real `seconds`."""
        async with asyncio.timeout(seconds):
            while True:
                version = self.version
                if found := look():
                    return found
                await self.after(version)
