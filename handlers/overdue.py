"""When a limit is up: open a case for it, or bring the one there is up to date."""

from collections.abc import Sequence

from handlers.messages import Due, DueKind
from handlers.scribe import Scribe
from rules.anomalies import Anomaly, AnomalyId, breach_again, latest_raised, open_anomaly
from rules.deadlines import Deadline, deadlines
from rules.orders import Order


def raise_overdue(due: Due, order: Order, cases: Sequence[Anomaly], scribe: Scribe) -> None:
    """Raise what is passed by now, and set the clock for what comes next.

    The due row is only a hint: what counts is the order as it is now.
    """
    del due
    rules, now = scribe.world.directory.rules, scribe.now
    found = deadlines(order, rules.current, latest_raised(cases, order, rules.current, now))
    present = list(cases)
    for breach in _latest_of_each_place(deadline for deadline in found if deadline.due_at < now):
        present.append(_raise(breach, order, cases, scribe))
    raised = latest_raised(present, order, rules.current, now)
    coming = deadlines(order, rules.current, raised)
    if coming:
        scribe.dues.append(Due(order=order.key, kind=DueKind.LIMIT, at=coming[0].due_at))


def _raise(breach: Deadline, order: Order, cases: Sequence[Anomaly], scribe: Scribe) -> Anomaly:
    rules = scribe.world.directory.rules
    place = breach.stage, breach.parcel
    known = next((case for case in cases if case.closed_at is None and (case.stage, case.parcel) == place), None)
    if known is None:
        case = open_anomaly(AnomalyId(scribe.world.new_id()), order, breach, rules.current, scribe.now)
    else:
        case = breach_again(known, breach, rules.of(known), scribe.now)
    scribe.change(known, case, order)
    return case
