"""How does a running service keep to its files? It looks at them every few seconds, and takes over what has changed."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from bot.clock import Clock
from bot.directory import Directory, files_of, import_files, load_directory, read_directory
from bot.settings import Settings
from bot.signals import Signal, Signals
from bot.storage.documents import newest_versions
from bot.storage.dutybook import trace_of_duty
from bot.storage.outages import unsettled
from bot.storage.staff import Trace, trace_of_staff
from bot.storage.store import Store, Transaction
from handlers.arming import arm_outdated
from handlers.ports import StoreUnavailableError
from handlers.world import World
from rules.outages import Outage

LOOK_EVERY = timedelta(seconds=2)
"""Two looks and a change is in force: whoever leaves the roster has no rights a few seconds later."""
ARM_EVERY = timedelta(minutes=1)
"""Another replica may have written limits by the rules of before."""
ARM_BATCH = 500
PAUSE_SECONDS = 1

log = structlog.get_logger("following")


Traces = Mapping[str, tuple[int, ...] | None]
"""Of each file what changes with its content; None for one that is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What rules and roster depend on, at a glance."""

    files: Traces
    versions: Mapping[str, int]
    """What is stored: another replica may have taken over its file before this one."""
    people: tuple[Trace, int] | None
    """What is known of who works here and when; None before the first look."""
    year: int
    """Holidays are known from the year before to the year after."""


class Follower:
    """Keeps the directory to what the files say now. A faulty file changes nothing, and is told once."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        directory: Directory,
        imported: Traces,
        clock: Clock,
        signals: Signals,
    ) -> None:
        self.directory = directory
        self._settings = settings
        self._store = store
        self._clock = clock
        self._signals = signals
        self._seen: _Look | None = None
        self._taken = _Look(files=imported, versions={}, people=None, year=clock.now().year)

    @classmethod
    async def begin(cls, settings: Settings, store: Store, clock: Clock, signals: Signals) -> "Follower":
        """Load the directory. Raises SettingsError."""
        imported = _traces(settings)
        directory = await load_directory(settings, store, clock.now())
        directory.outages = await _outages(store)
        return cls(settings, store, directory, imported, clock, signals)

    async def run(self) -> None:
        """Look, for ever; at once when there is news of who works here, or of the rules."""
        while True:
            news = await self._signals.staff.wait(self._clock, LOOK_EVERY)
            try:
                await (self._hear() if news else self._look())
            except StoreUnavailableError:
                pass  # the next look is near, and others say that the database is away
            except Exception:
                log.exception("following.failed")

    async def _look(self) -> None:
        """Take over what has changed, once it stands still: nobody is in the middle of writing it."""
        self.directory.outages = await _outages(self._store)
        versions, people = await self._stored()
        year = self._clock.now().year
        look = _Look(files=_traces(self._settings), versions=versions, people=people, year=year)
        if look == self._seen and look != self._taken:
            await self._take(look)
        self._seen = look

    async def _take(self, look: _Look) -> None:
        """Import the files that have changed, and no others: they may be older than what is stored."""
        now, before = self._clock.now(), replace(self.directory)
        changed = {
            kind: path
            for kind, path in files_of(self._settings).items()
            if look.files[kind] != self._taken.files[kind]
        }
        for fault in await import_files(changed, self._store, now):
            log.error("following.faulty_file", fault=fault)
        versions, people = await self._stored()
        await self._read(now)
        self._taken = replace(look, versions=versions, people=people)
        self._tell(before)

    async def _hear(self) -> None:
        """Take over what has become known of people, or was published; the files have their own time."""
        before, (_, people) = replace(self.directory), await self._stored()
        await self._read(self._clock.now())
        self._taken = replace(self._taken, people=people)
        self._tell(before)

    async def _read(self, now: datetime) -> None:
        fresh = await read_directory(self._settings, now)
        self.directory.rules, self.directory.roster = fresh.rules, fresh.roster
        self.directory.written, self.directory.staff = fresh.written, fresh.staff

    async def _stored(self) -> tuple[Mapping[str, int], tuple[Trace, int]]:
        async with self._store.reading() as connection:
            people = await trace_of_staff(connection), await trace_of_duty(connection)
            return await newest_versions(connection), people

    def _tell(self, before: Directory) -> None:
        """What has changed, if anything has: who arms limits hears of new rules."""
        version, roster = self.directory.rules.version, self.directory.roster
        if version != before.rules.version:
            self._signals.rules.call()
        if self.directory.written != before.written:
            self._signals.census.call()
        if (version, roster) != (before.rules.version, before.roster):
            log.info("following.taken_over", rules=version, members=len(roster.members))


async def _outages(store: Store) -> tuple[Outage, ...]:
    """The sources that are out, whichever replica noticed."""
    async with store.reading() as connection:
        return tuple(outage for outage in await unsettled(connection) if outage.ended_at is None)


def _traces(settings: Settings) -> Traces:
    return {kind: _trace(path) for kind, path in files_of(settings).items()}


def _trace(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


async def keep_armed(store: Store, world: World, clock: Clock, new_rules: Signal) -> None:
    """After a change of rules, set the limits of the orders that are under way anew; for ever."""

    async def arm(work: Transaction) -> int:
        return await arm_outdated(work, world, ARM_BATCH)

    while True:
        try:
            while await store.run("arm", arm):
                pass
        except StoreUnavailableError:
            await asyncio.sleep(PAUSE_SECONDS)
            continue
        except Exception:
            log.exception("arming.failed")
        await new_rules.wait(clock, ARM_EVERY)
