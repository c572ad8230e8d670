"""Who notices that a source is out, and that it is back? One replica, by its lease, with a look every few seconds.

What it decides is written in transactions that are refused once another replica holds the lease. A look starts from
what is stored: a process that dies between two steps leaves the next one to whoever looks next.
"""

from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import timedelta

import structlog

from bot.ground import Ground
from bot.leader import Tenure
from bot.listening import Judged
from bot.storage.outages import held_of, unsettled
from bot.storage.reach import examples, waiting
from bot.storage.store import Transaction
from handlers import outages
from handlers.ports import StoreUnavailableError
from rules.events import Shop
from rules.outages import Outage, Reach, Station, reach_of
from rules.signs import Sign, is_caught_up

LOOK_EVERY = timedelta(seconds=15)
AT_A_TIME = 100
"""So many cases are raised in one transaction."""

log = structlog.get_logger("lookout")


class Lookout:
    """Keeps watch over the sources."""

    def __init__(self, ground: Ground) -> None:
        self._store = ground.store
        self._world = ground.world
        self._clock = ground.clock
        self._listening = ground.listening

    async def keep(self, tenure: Tenure) -> None:
        """Look, for as long as the lease is held."""
        while True:
            with suppress(StoreUnavailableError):  # others say that the database is away
                await self.look(tenure)
            await self._clock.sleep(LOOK_EVERY)

    async def look(self, tenure: Tenure) -> None:
        """One look, and all that follows from it."""
        judged = {one.pulse.source: one for one in await self._listening.look()}
        async with self._store.reading() as connection:
            known = await unsettled(connection)
        under_way = {outage.source: outage for outage in known if outage.ended_at is None}
        for source, one in judged.items():
            if source in under_way:
                await self._follow(under_way[source], one, tenure)
            elif one.judgement.sign is Sign.OUT:
                await self._notice(one, tenure)
        await self._release(tenure)
        await self._settle({source: one.pulse.shops for source, one in judged.items()}, tenure)

    async def _notice(self, one: Judged, tenure: Tenure) -> None:
        """A source is out. Whose news it is, is learned from orders that are under way."""
        source, now = one.pulse.source, self._clock.now()
        async with self._store.survey() as connection:
            reach = reach_of(source, await examples(connection))
            present = await waiting(connection)
        outage = Outage(
            id=self._world.new_id(),
            source=source,
            heard_at=one.judgement.since,
            noticed_at=now,
            expected=round(one.judgement.expected),
            waiting=_dependent(reach, present),
            reach=reach,
        )

        async def notice(work: Transaction) -> bool:
            return await outages.notice(work, self._world, outage, one.pulse.shops)

        if await tenure.run("outage", notice):
            log.warning("source.out", source=source, silent_since=outage.heard_at, waiting=outage.waiting)

    async def _follow(self, outage: Outage, one: Judged, tenure: Tenure) -> None:
        """Whether it is back, silent again, or has caught up."""
        alive_at, now = one.pulse.alive_at, self._clock.now()
        if outage.back_at is None:
            if alive_at > outage.heard_at:
                await tenure.run("outage", lambda work: outages.come_back(work, outage, alive_at))
            return
        if one.judgement.sign is Sign.OUT:
            await tenure.run("outage", lambda work: outages.come_back(work, outage, None))
            return
        rule = self._world.directory.rules.current.feeds.of(outage.source)
        falters = one.judgement.sign is Sign.LATE
        if not falters and is_caught_up(one.pulse, outage.back_at, rule, now):
            await tenure.run("outage", lambda work: outages.end(work, self._world, outage))
            log.info("source.back", source=outage.source, silent_since=outage.heard_at)

    async def _release(self, tenure: Tenure) -> None:
        """Raise what no outage holds any more; other replicas may hold something for one that has just ended."""

        async def release(work: Transaction) -> int:
            return await outages.release(work, self._world, AT_A_TIME)

        async with self._store.reading() as connection:
            under_way = {outage.id for outage in await unsettled(connection) if outage.ended_at is None}
            waits = bool((await held_of(connection)).keys() - under_way)
        while waits and await tenure.run("let_go", release):
            pass

    async def _settle(self, shops: Mapping[str, Collection[Shop]], tenure: Tenure) -> None:
        """Tell of the outages that ended long enough ago that nobody can hold anything for them any more."""
        async with self._store.reading() as connection:
            known = await unsettled(connection)
        for outage in known:
            if outage.ended_at is None or self._clock.now() - outage.ended_at < outages.STRAGGLERS:
                continue

            async def settle(work: Transaction, outage: Outage = outage) -> None:
                await outages.settle(work, self._world, outage, shops.get(outage.source, ()))

            await tenure.run("outage", settle)


def _dependent(reach: Reach, present: Mapping[Station, int]) -> int:
    """How many open orders wait in places whose news comes from the source."""
    total = 0
    for station, orders in present.items():
        theirs = reach.get(station)
        if theirs is None:
            theirs = reach.get(station._replace(warehouse=""), False)
        total += orders if theirs else 0
    return total
