"""When a limit is up: open a case for it, or bring the one there is up to date."""

from collections.abc import Sequence

from handlers.arming import arm
from handlers.messages import Due
from handlers.scribe import Scribe
from rules.anomalies import Anomaly, AnomalyId
from rules.deadlines import Deadline, deadlines
from rules.health import outlook
from rules.orders import Order
from rules.settling import breach_again, open_anomaly
from rules.standing import latest_raised


def raise_overdue(due: Due, order: Order, cases: Sequence[Anomaly], scribe: Scribe) -> list[Anomaly]:
    """Raise what is passed by now, and set the clock for what comes next.

    The due row is only a hint: what counts is the order as it is now. Of several limits that a stage has
    passed unseen, the latest is raised. Returns the order's cases as they are then.
    """
    del due
    rules, now = scribe.world.directory.rules, scribe.now
    found = deadlines(order, rules.current, latest_raised(cases, order, rules.current, now), now)
    passed = {(breach.stage, breach.parcel): breach for breach in found if breach.due_at < now}
    changed = {case.id: case for case in (_raise(breach, order, cases, scribe) for breach in passed.values())}
    present = list(({case.id: case for case in cases} | changed).values())
    arm(order, outlook(order, rules.current), present, scribe)
    return present


def _raise(breach: Deadline, order: Order, cases: Sequence[Anomaly], scribe: Scribe) -> Anomaly:
    rules = scribe.world.directory.rules
    place = breach.stage, breach.parcel
    known = next(
        (case for case in cases if case.closed_at is None and (case.stage, case.parcel) == place), None
    )
    if known is None:
        case = open_anomaly(AnomalyId(scribe.world.new_id()), order, breach, rules.current, scribe.now)
    else:
        case = breach_again(known, breach, rules.of(known), scribe.now)
    scribe.change(known, case, order)
    scribe.passed.append(breach.due_at)
    return case
