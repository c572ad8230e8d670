"""When is somebody reminded that an order stands still although its customer was reached?"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from rules.anomalies import Anomaly, State
from rules.calendar import Calendar
from rules.instants import instant
from rules.reaching import Needless
from rules.stages import Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class StandstillRules:
    """How patient one is with an order that stands still although its customer was reached."""

    after: timedelta = timedelta(hours=2)
    """So long after the contact, and again after as long, the owner is reminded."""
    urgent: timedelta = timedelta(minutes=30)
    """The same for P1."""
    times: int = 3
    """How often the owner is reminded; as long after that, a lead hears of it, once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextNudge:
    """A reminder that is still to come; `number` counts from 0."""

    number: int
    at: datetime
    to_lead: bool


def next_nudge(anomaly: Anomaly, rules: StandstillRules, calendar: Calendar) -> NextNudge | None:
    """The reminder that comes next; None when the order moves, nobody was reached, or a lead has heard of it."""
    if not _is_soothed(anomaly) or anomaly.nudges > rules.times:
        return None
    urgent = anomaly.priority is Priority.P1
    since = max(anomaly.reached_at or anomaly.waived_at or anomaly.raised_at, anomaly.raised_at)
    wait = (rules.urgent if urgent else rules.after) * (anomaly.nudges + 1)
    snoozed_until = anomaly.snoozed_until or since
    if urgent:
        at = max(instant(since + wait), snoozed_until)
    else:
        at = max(calendar.after_awake(since, wait), calendar.wakes(snoozed_until))
    return NextNudge(number=anomaly.nudges, at=at, to_lead=anomaly.nudges == rules.times)


def stands_still(anomaly: Anomaly) -> bool:
    """Whether the customer was reached a while ago, and the order has not moved since: somebody was reminded of it."""
    return anomaly.nudges > 0 and _is_soothed(anomaly)


def _is_soothed(anomaly: Anomaly) -> bool:
    """Whether the customer is quiet and the trouble goes on; what only the board shows, or was a test, is left alone."""
    left_alone = anomaly.silent or anomaly.held_by is not None or anomaly.waived_why is Needless.TEST
    return anomaly.state is State.REPLIED and not left_alone
