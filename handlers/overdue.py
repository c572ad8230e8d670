"""When a limit is up: open a case for it, or bring the one there is up to date."""

from collections.abc import Sequence

from handlers.arming import arm
from handlers.messages import Due
from handlers.scribe import Scribe
from rules.anomalies import Anomaly
from rules.deadlines import Deadline
from rules.health import outlook
from rules.orders import Order
from rules.outages import cut_off, is_waited_for
from rules.raising import passed, raise_limit


def raise_overdue(due: Due, order: Order, cases: Sequence[Anomaly], scribe: Scribe) -> list[Anomaly]:
    """Raise what is passed by now, and set the clock for what comes next.

    The due row is only a hint: what counts is the order as it is now. Of several limits that a stage has
    passed unseen, the latest is raised. Returns the order's cases as they are then.
    """
    del due
    book, now = scribe.world.directory.rules.for_order(order.key), scribe.now
    raised = [_raise(breach, order, cases, scribe) for breach in passed(order, cases, book, now)]
    changed = {case.id: case for case in raised}
    present = list(({case.id: case for case in cases} | changed).values())
    arm(order, outlook(order, book), present, scribe)
    return present


def _raise(breach: Deadline, order: Order, cases: Sequence[Anomaly], scribe: Scribe) -> Anomaly:
    world = scribe.world
    known, case = raise_limit(
        breach,
        order,
        cases,
        world.directory.rules,
        scribe.now,
        world.new_id,
        held_by=_holds(breach, order, scribe),
    )
    scribe.change(known, case, order)
    scribe.passed.append(breach.due_at)
    return case


def _holds(breach: Deadline, order: Order, scribe: Scribe) -> str | None:
    """The outage for which it is not known whether the order stands still; None where it is, or somebody waits."""
    outages = scribe.world.directory.outages
    if not outages or is_waited_for(order, breach.since):
        return None
    events = scribe.known.events.get(order.key, ())
    outage = cut_off(outages, order, events, breach.stage, breach.parcel)
    return None if outage is None else outage.id
