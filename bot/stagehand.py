"""Who plays the rehearsals that were asked for on the board? One replica, by its lease, one after the other.

Nothing of it is kept until it is done: a process that dies leaves the rehearsal to whoever has the lease next, and
it starts again, though not for ever. Its processes step back behind the service.
"""

import asyncio
import os
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta, tzinfo

import structlog

from bot.ground import Ground
from bot.leader import Tenure
from bot.rehearsing import NICE
from bot.replaying import Named, NoHistoryError, UnknownBookError, Wanted, as_json_of, replay
from bot.storage.store import Transaction
from handlers.ports import StoreUnavailableError
from handlers.rehearsals import Rehearsal
from rules.reports import RehearsalState, Report

LOOK_EVERY = timedelta(seconds=2)
TELL_SECONDS = 1
"""So often it is told how far a rehearsal has come, and found out that it was cancelled."""

log = structlog.get_logger("rehearsals")


class NotWantedError(Exception):
    """Nobody wants the rehearsal any more."""


class Stagehand:
    """Plays what was asked for."""

    def __init__(self, ground: Ground) -> None:
        self._store = ground.store
        self._clock = ground.clock
        self._url = ground.settings.database_url
        self._follower = ground.follower

    async def keep(self, tenure: Tenure) -> None:
        """Play, for as long as the lease is held."""
        while True:
            with suppress(StoreUnavailableError):  # others say that the database is away
                while await self._play_next(tenure):
                    pass
            await self._clock.sleep(LOOK_EVERY)

    async def _play_next(self, tenure: Tenure) -> bool:
        """Play what comes next; whether there was anything."""
        now = self._clock.now()

        async def begin(work: Transaction) -> Rehearsal | None:
            waiting = await work.rehearsals.next()
            if waiting is None:
                return None
            if waiting.is_hopeless:
                begun = waiting.over(RehearsalState.FAILED, now, why="why_interrupted")
            else:
                begun = waiting.begun(now)
            await work.rehearsals.update(begun)
            return begun

        begun = await tenure.run("rehearsal", begin)
        if begun is None:
            return False
        if begun.is_over:
            log.warning("rehearsal.hopeless", id=begun.id, beginnings=begun.beginnings)
            return True
        log.info("rehearsal.begun", id=begun.id)
        with suppress(NotWantedError):
            await self._end(await self._play(begun, tenure), tenure)
        return True

    async def _play(self, begun: Rehearsal, tenure: Tenure) -> Rehearsal:
        """Play it; what became of it. Raises NotWantedError."""
        reached = [(0, 0)]
        playing = replay(
            wanted_of(begun),
            self._url,
            self._store,
            self._clock.now(),
            lambda done, of: reached.append((done, of)),
            cores=max(len(os.sched_getaffinity(0)) - 1, 1),
            nice=NICE,
        )
        task = asyncio.create_task(playing)
        try:
            while not (await asyncio.wait({task}, timeout=TELL_SECONDS))[0]:
                begun = await self._told(begun.at(*reached[-1]), tenure)
        finally:
            task.cancel()
            await asyncio.wait({task})
        done, total = reached[-1]
        return self._outcome(task, replace(begun, done=done, total=total))

    def _outcome(self, task: asyncio.Task[Report], played: Rehearsal) -> Rehearsal:
        """What became of it. Raises StoreUnavailableError: then it is played again."""
        now, failed = self._clock.now(), RehearsalState.FAILED
        try:
            result = as_json_of(task.result(), self._zone())
        except StoreUnavailableError:
            raise
        except UnknownBookError:
            return played.over(failed, now, why="why_no_book")
        except NoHistoryError:
            return played.over(failed, now, why="why_no_history")
        except Exception:
            log.exception("rehearsal.failed", id=played.id)
            return played.over(failed, now, why="why_broken")
        return played.over(RehearsalState.DONE, now, result=result)

    def _zone(self) -> tzinfo:
        """That of the rules in force by now."""
        return self._follower.directory.rules.current.calendar.zone

    async def _told(self, so_far: Rehearsal, tenure: Tenure) -> Rehearsal:
        """Write down how far it has come. Raises NotWantedError."""

        async def tell(work: Transaction) -> bool:
            return await work.rehearsals.update(so_far)

        if not await tenure.run("rehearsal", tell):
            log.info("rehearsal.cancelled", id=so_far.id)
            raise NotWantedError
        return so_far

    async def _end(self, ended: Rehearsal, tenure: Tenure) -> None:
        await self._told(ended, tenure)
        log.info("rehearsal.ended", id=ended.id, state=ended.state.value, why=ended.why)


def wanted_of(asked: Rehearsal) -> Wanted:
    """What is to be played."""
    return Wanted(
        book=Named.read(asked.book),
        against=None if asked.against is None else Named.read(asked.against),
        since=None if asked.since is None else date.fromisoformat(asked.since),
        until=None if asked.until is None else date.fromisoformat(asked.until),
        shop=asked.shop,
    )
