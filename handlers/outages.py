"""When a source falls silent, and when it is back: who is told, and what becomes of the cases that were held.

A case is held where nothing is known of its order (`handlers/overdue.py`). Each step is a transaction of its own and
starts from what is stored: wherever it dies, the next look goes on from there.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from handlers.addressing import place_of
from handlers.feedwords import BACK, OUT, content_of_outage
from handlers.outbox import LetterKind, Medium
from handlers.ports import Work
from handlers.scribe import Scribe
from handlers.storms import gather
from handlers.world import World
from replies.feeds import stages_of
from rules.anomalies import Anomaly, let_go
from rules.events import Shop
from rules.outages import Outage
from rules.rights import Role
from rules.roster import DEFAULT_GROUP
from rules.stages import Priority

STRAGGLERS = timedelta(seconds=10)
"""So long another replica may still hold cases for an outage that has ended."""


async def notice(work: Work, world: World, outage: Outage, shops: Collection[Shop]) -> bool:
    """A source is out: keep it, and tell people. False when that was known."""
    if any(
        known.source == outage.source and known.ended_at is None for known in await work.outages.unsettled()
    ):
        return False
    await work.outages.save(outage)
    await _tell(outage, OUT, shops, work, world)
    return True


async def come_back(work: Work, outage: Outage, back_at: datetime | None) -> None:
    """A source is heard again since then, or is silent again (None) before it had caught up."""
    await work.outages.save(replace(outage, back_at=back_at, version=outage.version + 1))


async def end(work: Work, world: World, outage: Outage) -> None:
    """What the source had missed has come in: nothing is held for it from now on."""
    await work.outages.save(replace(outage, ended_at=world.now(), version=outage.version + 1))


async def release(work: Work, world: World, limit: int) -> int:
    """Raise up to `limit` of the cases that no outage holds any more, those first whose limits passed first; how many."""
    unsettled = {outage.id: outage for outage in await work.outages.unsettled()}
    held = [case for case in await work.outages.holding(limit) if not _is_held(case, unsettled)]
    if not held:
        return 0
    orders = await work.orders.lock({case.order for case in held})
    present = {case.id: case for cases in (await work.cases.of(orders)).values() for case in cases}
    scribe = Scribe(world, world.now())
    for case in (present[case.id] for case in held):
        if case.held_by is not None and case.ended_at is None:
            after = replace(let_go(case, scribe.now), version=case.version + 1)
            scribe.change(case, after, orders[case.order])
    released = [case.id for case in scribe.cases]
    await gather(work, scribe)
    await scribe.flush(work)
    for id_, outage in unsettled.items():
        raised = sum(present[case].held_by == id_ for case in released)
        if raised:
            after = replace(outage, raised=outage.raised + raised, version=outage.version + 1)
            await work.outages.save(after)
    return len(released)


def _is_held(case: Anomaly, unsettled: Mapping[str, Outage]) -> bool:
    outage = unsettled.get(case.held_by or "")
    return outage is not None and outage.ended_at is None


async def settle(work: Work, world: World, outage: Outage, shops: Collection[Shop]) -> None:
    """Nothing is left of what an outage held: say what became of it."""
    healed = await work.outages.closed_while_held(outage.id)
    after = replace(
        outage,
        held=healed + outage.raised,
        healed=healed,
        settled_at=world.now(),
        version=outage.version + 1,
    )
    await work.outages.save(after)
    await _tell(after, BACK, shops, work, world)


async def _tell(outage: Outage, what: str, shops: Collection[Shop], work: Work, world: World) -> None:
    """One card for each group that it concerns, for the duty managers and for operations."""
    scribe = Scribe(world, world.now())
    content = content_of_outage(outage, what)
    for medium, to in _readers(outage, shops, world):
        scribe.add(
            None,
            key=f"outage:{outage.id}:{what}:{to}",
            kind=LetterKind.FEED_CARD,
            medium=medium,
            to=to,
            priority=Priority.P1 if what == OUT else Priority.P2,
            content=content,
        )
    await scribe.flush(work)


def _readers(outage: Outage, shops: Collection[Shop], world: World) -> list[tuple[Medium, str]]:
    """The groups whose orders wait for its news, and in person the duty managers and those who look after sources."""
    directory, now = world.directory, world.now()
    stages = stages_of(outage)
    groups = [directory.rules.current.default.stages[stage].group for stage in stages] or [DEFAULT_GROUP]
    places = [place_of(world, group) for group in groups]
    members = [
        userid
        for shop in shops
        for userid in (
            directory.roster.duty_manager(shop, now),
            *directory.roster.on_shift(Role.OPERATIONS, shop, now),
        )
        if userid is not None
    ]
    in_person = [(world.surfaces.to_members, str(userid)) for userid in members]
    return list(dict.fromkeys([*(place for place in places if place is not None), *in_person]))
