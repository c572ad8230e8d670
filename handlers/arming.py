"""When is an order's next limit up? Set whenever the order changes, and when the rules do."""

from collections.abc import Sequence

from handlers.messages import Due, DueKind
from handlers.ports import Work
from handlers.scribe import Scribe
from handlers.world import World
from rules.anomalies import Anomaly, latest_raised
from rules.deadlines import nearest
from rules.orders import Order


def arm(order: Order, cases: Sequence[Anomaly], scribe: Scribe) -> None:
    """Set the timer of the order's nearest limit; stop it when no clock ticks."""
    book = scribe.world.directory.rules.current
    due_at = nearest(order, book, latest_raised(cases, order, book, scribe.now))
    if due_at is None:
        scribe.stopped.append((order.key, DueKind.LIMIT, ""))
    else:
        scribe.dues.append(Due(order=order.key, kind=DueKind.LIMIT, at=due_at))


async def arm_outdated(work: Work, world: World, limit: int) -> int:
    """Set the timers of up to `limit` orders anew, after the rules have changed; how many there were."""
    book = world.directory.rules.current
    orders = await work.orders.lock(await work.orders.outdated(book.version, limit), skip_locked=True)
    cases = await work.cases.of(orders)
    scribe = Scribe(world, world.now())
    for key, order in orders.items():
        arm(order, cases[key], scribe)
    await work.orders.save(orders.values(), book, arm=True)
    await scribe.flush(work)
    return len(orders)
