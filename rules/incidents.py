"""What is an incident? Many cases with one cause, which are dealt with together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from rules.anomalies import Anomaly, AnomalyId, State
from rules.events import OrderKey, UserId
from rules.stages import Priority, Stage
from rules.storms import Cause, Front, IncidentId, StormRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Many cases with one cause. `version` counts its changes, for fencing."""

    id: IncidentId
    group: str
    """The agents' group that its card is in."""
    stage: Stage
    cause: Cause
    value: str
    """Which channel, warehouse or carrier; of two, joined by `+`."""
    priority: Priority
    """That of the most urgent of its cases."""
    book_version: int
    lead: AnomalyId
    """The case whose coming made an incident of them: its letters and its timer are kept with this one."""
    order: OrderKey
    """The order of that case."""
    size: int
    """How many cases have joined it."""
    opened_at: datetime
    joined_at: datetime
    """When a case became part of it last."""
    locks_at: datetime
    """From then on it takes in no more."""
    raised_at: datetime
    """When it was noticed, or was back after a while of quiet: its ladder counts from here."""
    surge_at: datetime
    """When the present burst of cases began."""
    surge: int
    """How many have come in it."""
    waves: int = 1
    """How many bursts were large enough to be told of."""
    wave_at: datetime
    """When the latest of them was told of."""
    owner: UserId | None = None
    """To whom the ladder gave it."""
    claimed_at: datetime | None = None
    steps: int = 0
    """How many steps of the ladder have been taken."""
    climbed_at: datetime | None = None
    """When the ladder spoke last."""
    reminded_at: datetime | None = None
    """When it reminded whoever has its cases."""
    climbs_at: datetime | None = None
    """When the next one is."""
    approved_by: UserId | None = None
    """Who ordered the messages to the customers, last."""
    approved_at: datetime | None = None
    """What joined later than this waits for another approval."""
    closed_at: datetime | None = None
    version: int = 1

    @property
    def front(self) -> Front:
        """Where it came up."""
        return Front(self.group, self.stage, self.cause, self.value)


def takes_in(incident: Incident, now: datetime) -> bool:
    """Whether cases may still join it."""
    return incident.closed_at is None and now < incident.locks_at


def grown(incident: Incident, cases: Sequence[Anomaly], rules: StormRules, now: datetime) -> Incident:
    """The incident with cases that have just come.

    After more than a window of quiet a burst begins anew. Once as many have come in it as make a storm, within a
    window, it is a wave of its own, for which the ladder begins anew. What has come waits for an approval of its own.
    """
    anew = now - incident.joined_at > rules.window
    surge_at = now if anew else incident.surge_at
    surge = len(cases) if anew else incident.surge + len(cases)
    after = replace(
        incident,
        priority=min(incident.priority, *(case.priority for case in cases)),
        size=incident.size + len(cases),
        joined_at=now,
        surge_at=surge_at,
        surge=surge,
    )
    told = surge_at <= incident.wave_at
    if told or surge < rules.threshold or now - surge_at > rules.window:
        return after
    return replace(after, waves=incident.waves + 1, wave_at=now, raised_at=now, steps=0, climbed_at=None)


def has_doubled(before: int, after: int, threshold: int) -> bool:
    """Whether so many have come that the number of before misleads: twice what makes a storm, four times, and so on."""
    return (after // threshold).bit_length() > (before // threshold).bit_length()


def waiting_of(cases: Iterable[Anomaly]) -> list[Anomaly]:
    """Those of an incident's cases for whose customers it still has to be done."""
    return [one for one in cases if one.in_storm and one.state in {State.OPEN, State.CLAIMED}]


def as_a_case(incident: Incident, cases: Iterable[Anomaly]) -> Anomaly | None:
    """The incident as the ladder sees it: one case, which waits as long as a customer of its cases does.

    While there are cases that nobody has taken or answered it is one of these. Where all for whom the ladder was
    climbed are answered, it begins anew for those who came since. None once everybody has been reached, or waived, or
    has moved on.
    """
    waiting = waiting_of(cases)
    if incident.closed_at is not None or not waiting:
        return None
    forsaken = [one for one in waiting if one.owner is None and one.sent_at is None]
    first = min(forsaken or waiting, key=lambda one: (one.joined_at or one.opened_at, one.id))
    since = first.joined_at or first.opened_at
    anew = incident.climbed_at is not None and since > incident.climbed_at
    reminded = incident.reminded_at is not None and incident.reminded_at >= (first.claimed_at or since)
    return replace(
        first,
        incident=None,
        priority=min(incident.priority, *(one.priority for one in waiting)),
        book_version=incident.book_version,
        raised_at=max(incident.raised_at, since),
        snoozed_until=None,
        steps=0 if anew else incident.steps,
        climbed_at=None if anew else incident.climbed_at,
        reminded_at=incident.reminded_at if reminded else None,
    )
