"""Which incidents would there have been? The alerts of all orders, gathered as cases are that are noticed live.

An incident's ladder is climbed as long as one of its customers waits; who had claimed what is not asked.
"""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count, groupby
from typing import NamedTuple

from rules.anomalies import Anomaly, AnomalyId
from rules.assignment import led_to, team_of
from rules.book import LadderAction, RuleBook
from rules.events import UserId
from rules.grouping import Newcomer, group
from rules.incidents import Incident, as_a_case, takes_in
from rules.ladder import next_step
from rules.record import Record
from rules.rehearsal import Alert, RosterOf
from rules.stages import Priority
from rules.storms import Front, IncidentId


class Ascent(Record, frozen=True, kw_only=True):
    """A step of an incident's ladder; `to` is whom it would lead to first, None where nobody in particular."""

    incident: IncidentId
    at: datetime
    do: LadderAction
    to: UserId | None = None


class Joined(NamedTuple):
    """When a case became part of an incident."""

    incident: IncidentId
    at: datetime


class Gathered(NamedTuple):
    """What would have become of alerts that share a cause."""

    incidents: tuple[Incident, ...]
    """As they were in the end, oldest first."""
    joined: Mapping[AnomalyId, Joined]
    climbs: tuple[Ascent, ...]


def gather(alerts: Iterable[Alert], book: RuleBook, roster_of: RosterOf, until: datetime) -> Gathered:
    """Go through the alerts in the order in which they were raised. Those that can be in no incident are passed over."""
    gathering = _Gathering(book, roster_of)
    coming = sorted((one for one in alerts if one.fronts), key=lambda one: (one.raised_at, one.case))
    for now, together in groupby(coming, key=lambda one: one.raised_at):
        gathering.climb(now)
        gathering.take([one for one in together if one.case not in gathering.joined], now)
    gathering.climb(until)
    incidents = sorted(gathering.incidents.values(), key=lambda one: (one.opened_at, one.id))
    return Gathered(tuple(incidents), gathering.joined, tuple(gathering.climbs))


class _Gathering:
    """The alerts on their way into incidents."""

    def __init__(self, book: RuleBook, roster_of: RosterOf) -> None:
        self.incidents: dict[IncidentId, Incident] = {}
        self.joined: dict[AnomalyId, Joined] = {}
        self.climbs: list[Ascent] = []
        self._book = book
        self._roster_of = roster_of
        self._signs: dict[Front, list[Alert]] = {}
        self._taking: dict[Front, IncidentId] = {}
        self._members: dict[IncidentId, list[Alert]] = {}
        self._timers: list[tuple[datetime, IncidentId]] = []
        self._ids = count(1)

    # --- who comes together --------------------------------------------------------

    def take(self, alerts: Sequence[Alert], now: datetime) -> None:
        """What was noticed in one moment, beside what was noticed lately."""
        fronts = {front for one in alerts for front in one.fronts}
        earlier = {front: self._lately(front, now) for front in fronts}
        taking = {front: one for front in fronts if (one := self._open_at(front, now)) is not None}
        found = group(
            [Newcomer(case=_case(one), fronts=one.fronts) for one in alerts],
            earlier={front: [*map(_case, signs)] for front, signs in earlier.items() if front not in taking},
            taking=taking,
            rules=self._book.storm,
            book_version=self._book.version,
            now=now,
            new_id=self._new_id,
        )
        known = {one.case: one for one in (*alerts, *(sign for signs in earlier.values() for sign in signs))}
        for case, incident in found.members.items():
            self.joined[case] = Joined(incident, now)
            self._members.setdefault(incident, []).append(known[case])
        for incident in (*found.opened, *found.grown):
            self._keep(incident, now)
        for one in alerts:
            for front in one.fronts if one.case not in self.joined else ():
                self._signs.setdefault(front, []).append(one)

    def _lately(self, front: Front, now: datetime) -> list[Alert]:
        """What was noticed there within the window and may still join; the rest is forgotten."""
        window = self._book.storm.window
        left = {
            one.case: one
            for one in self._signs.get(front, ())
            if now - one.raised_at <= window and one.case not in self.joined and not is_over(one, now)
        }
        self._signs[front] = list(left.values())
        return self._signs[front]

    def _open_at(self, front: Front, now: datetime) -> Incident | None:
        """The incident there that takes in cases, if there is one; it is over when the trouble of all of them is."""
        id_ = self._taking.get(front)
        if id_ is None or not takes_in(self.incidents[id_], now):
            return None
        return self.incidents[id_] if any(not is_over(one, now) for one in self._members[id_]) else None

    def _keep(self, incident: Incident, now: datetime) -> None:
        """Remember it, and set its timer where a wave begins, or none is set."""
        before = self.incidents.get(incident.id)
        self._taking[incident.front] = incident.id
        self.incidents[incident.id] = incident
        if before is None or incident.wave_at == now or incident.climbs_at is None:
            self._set_timer(incident, now)

    def _new_id(self) -> str:
        return f"incident/{next(self._ids):06}"

    # --- its ladder ------------------------------------------------------------------

    def climb(self, until: datetime) -> None:
        """Take the steps that are up by then."""
        while self._timers and self._timers[0][0] < until:
            at, id_ = heapq.heappop(self._timers)
            if self.incidents[id_].climbs_at == at:
                self._set_timer(self._climbed(self.incidents[id_], at), at)

    def _climbed(self, incident: Incident, now: datetime) -> Incident:
        case = as_a_case(incident, self._waiting(incident, now))
        coming = None if case is None else next_step(case, self._book)
        if case is None or coming is None or coming.due_at > now:
            return incident
        after = replace(incident, priority=case.priority, steps=coming.steps, climbed_at=now)
        team = team_of(self._lane(incident), self._book, self._roster_of(now))
        able = led_to(coming.step, after.owner, team, incident.order.shop, now)
        to = next(iter(able), None) if coming.step.to is not None else None
        self.climbs.append(Ascent(incident=incident.id, at=now, do=coming.step.do, to=to))
        if coming.step.do is LadderAction.HAND_OVER and to is not None and to != after.owner:
            return replace(after, owner=to, claimed_at=now)
        return after

    def _lane(self, incident: Incident) -> str | None:
        return next(one.lane for one in self._members[incident.id] if one.case == incident.lead)

    def _set_timer(self, incident: Incident, now: datetime) -> None:
        case = as_a_case(incident, self._waiting(incident, now))
        coming = None if case is None else next_step(case, self._book)
        at = None if coming is None else max(coming.due_at, now)
        self.incidents[incident.id] = replace(incident, climbs_at=at)
        if at is not None:
            heapq.heappush(self._timers, (at, incident.id))

    def _waiting(self, incident: Incident, now: datetime) -> list[Anomaly]:
        return [
            replace(_case(one), incident=incident.id, joined_at=self.joined[one.case].at)
            for one in self._members.get(incident.id, ())
            if one.answered_at is None or one.answered_at > now
        ]


def is_over(alert: Alert, now: datetime) -> bool:
    """Whether its trouble was over by then."""
    return alert.over_at is not None and alert.over_at <= now


def _case(alert: Alert) -> Anomaly:
    """The case of an alert, as far as its company is concerned."""
    return Anomaly(
        id=alert.case,
        order=alert.order,
        parcel=alert.parcel,
        stage=alert.stage,
        run=alert.run,
        kind=alert.kind,
        since=alert.due_at,
        due_at=alert.due_at,
        opened_at=alert.raised_at,
        raised_at=alert.raised_at,
        priority=alert.priority,
        book_version=alert.version,
    )


def calls_manager(incident: Incident, alerts: Mapping[AnomalyId, Alert]) -> bool:
    """Whether somebody gets its card in person at once."""
    return incident.priority is Priority.P1 or alerts[incident.lead].pushed is not None
