"""When is an order's next limit up? Set whenever the order changes, and when the rules do."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import chain

from handlers.incident_ladder import ring_anew
from handlers.messages import Due, DueKind
from handlers.ports import Work
from handlers.scribe import Scribe
from handlers.world import World
from rules.anomalies import Anomaly
from rules.deadlines import nearest
from rules.events import OrderKey
from rules.exposures import exposed
from rules.health import Outlook
from rules.ladder import next_step
from rules.orders import Order
from rules.standing import latest_raised
from rules.standstill import next_nudge


def arm(order: Order, outlook: Outlook | None, cases: Sequence[Anomaly], scribe: Scribe) -> None:
    """Set the timer of the order's nearest limit; stop it when no clock ticks.

    As long as none was raised, that is the one which its `outlook` waits for; None when the order is not open.
    """
    book = scribe.world.directory.rules.for_order(order.key)
    raised = latest_raised(cases, order, book, scribe.now)
    due_at = nearest(order, book, raised) if raised else outlook and outlook.late_at
    if due_at is None:
        scribe.stopped.append((order.key, DueKind.LIMIT, ""))
    else:
        scribe.dues.append(Due(order=order.key, kind=DueKind.LIMIT, at=due_at))


async def arm_outdated(work: Work, world: World, limit: int) -> int:
    """Set the timers of up to `limit` orders anew, after the rules have changed; how many there were."""
    outdated = await work.orders.outdated(world.directory.rules.version, limit)
    return await watch(work, world, outdated, anew=True)


async def watch_again(work: Work, world: World, orders: Iterable[Order]) -> None:
    """Set the timers of those orders that are watched already, after they have changed."""
    watched = await work.dues.watched([order.key for order in orders])
    if watched:
        await watch(work, world, watched)


async def watch(work: Work, world: World, keys: Collection[OrderKey], *, anew: bool = False) -> int:
    """Set the timers of orders by the present rules; how many there were. What others hold is left to them.

    With `anew`, those of their cases as well that have gone over to other rules, and of the incidents of these.
    """
    locked = await work.orders.lock(keys, skip_locked=True)
    orders = {key: order for key, order in locked.items() if order.last_position is not None}
    cases = await work.cases.of(orders)
    scribe = Scribe(world, world.now())
    outlooks = await work.orders.save(orders.values(), world.directory.rules.edition, arm=True)
    for key, order in orders.items():
        arm(order, outlooks.get(key), cases[key], scribe)
        for case in cases[key] if anew else ():
            _ring_anew(case, scribe)
    if anew:
        await ring_anew(chain.from_iterable(cases.values()), work, scribe)
    await scribe.flush(work)
    await expose(orders.values(), work, world, scribe.now)
    return len(orders)


def _ring_anew(case: Anomaly, scribe: Scribe) -> None:
    """When its ladder and its reminders go on, by the rules that an open case has gone over to."""
    rules = scribe.world.directory.rules
    if case.closed_at is not None or rules.version_of(case) == case.book_version:
        return
    book = rules.of(case)
    step, nudge = next_step(case, book), next_nudge(case, book.standstill, book.calendar)
    scribe.ring(case, DueKind.LADDER, None if step is None else step.due_at)
    scribe.ring(case, DueKind.STANDSTILL, None if nudge is None else nudge.at)


async def expose(orders: Iterable[Order], work: Work, world: World, now: datetime) -> None:
    """Note the orders whose limits were set that the rules on trial concern, whichever of the two books each goes by."""
    edition = world.directory.rules.edition
    if edition.trial is not None:
        found = (exposed(order, edition, now) for order in orders)
        await work.experiments.expose([one for one in found if one is not None])
