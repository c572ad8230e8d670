"""How busy would a rule book have kept people? The alerts of a rehearsal, counted as people would have met them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from rules.anomalies import AnomalyId
from rules.assignment import team_of
from rules.book import LadderAction, RuleBook
from rules.events import Shop, UserId
from rules.gatherings import Gathered, calls_manager, gather
from rules.incidents import Incident
from rules.pace import CONVERSATION, Rank
from rules.record import Record
from rules.rehearsal import Alert, Climb, Occasion, RosterOf
from rules.roster import Roster
from rules.stages import Priority, Stage

HOURS = 24
HOUR = timedelta(hours=1)
Place = tuple[Shop, str | None]
"""Whose orders: of which shop, in which lane."""


class StageTally(Record, frozen=True, kw_only=True, omit_defaults=False):
    """What one stage gave rise to."""

    cases: int = 0
    alerts: int = 0
    """How often people heard of them; what only the board shows is not counted."""
    healed: int = 0
    """The cases that were closed as ones that nobody had touched."""


class PersonTally(Record, frozen=True, kw_only=True, omit_defaults=False):
    """What one person met with."""

    cards: int = 0
    """Cards in their groups while they were on duty."""
    pushes: int = 0
    """What they got in person: by the rules, or by a ladder."""


class Tally(Record, frozen=True, kw_only=True, omit_defaults=False):
    """What a rule book would have come to."""

    hours: float = 0.0
    """How long the time is that was looked at."""
    cases: int = 0
    alerts: int = 0
    """How often people would have heard of a case; what only the board shows is not counted."""
    silent: int = 0
    """How often only the board would have shown it."""
    healed: int = 0
    """The cases that were closed as ones that nobody had touched."""
    cards: int = 0
    """Cards in groups: of single cases, and of incidents."""
    pushes: int = 0
    """What people got in person, at once."""
    urgent: int = 0
    """Those of them that were P1."""
    climbs: int = 0
    """Steps of ladders."""
    incidents: int = 0
    gathered: int = 0
    """The cases that were part of one."""
    folded: int = 0
    """Cards for which there would have been no room in their minute: a digest tells them."""
    by_hour: tuple[int, ...] = ()
    """Alerts by the hour of the day, from midnight on, by the merchant's clock."""
    busiest: int = 0
    """Alerts in the busiest hour of all."""
    busiest_at: datetime | None = None
    by_stage: Mapping[Stage, StageTally] = {}
    by_person: Mapping[UserId, PersonTally] = {}
    by_step: Mapping[LadderAction, int] = {}

    @property
    def per_hour(self) -> float:
        """Alerts in an hour, on average."""
        return self.alerts / self.hours if self.hours else 0.0


class Played(Record, frozen=True, kw_only=True):
    """All that was rehearsed with one rule book, over all orders."""

    alerts: list[Alert]
    climbs: list[Climb]


class Span(NamedTuple):
    """The time that is looked at, and by whose clock its days have hours."""

    since: datetime
    until: datetime
    zone: tzinfo


def tally(played: Played, book: RuleBook, roster_of: RosterOf, span: Span) -> Tally:
    """Count what was raised within the span; what came before is gathered with it, as it was then."""
    gathered = gather(played.alerts, book, roster_of, span.until)
    return _Count(played, gathered, book, roster_of, span).result()


class _Count:
    """One count."""

    def __init__(
        self, played: Played, gathered: Gathered, book: RuleBook, roster_of: RosterOf, span: Span
    ) -> None:
        since = span.since
        self._gathered = gathered
        self._book = book
        self._roster_of = roster_of
        self._since, self._until, self._zone = span
        self._alerts = {one.case: one for one in reversed(played.alerts)}
        self._within = [one for one in played.alerts if one.raised_at >= since]
        self._told = [one for one in self._within if not one.silent]
        self._climbs = [
            one for one in played.climbs if one.at >= since and not self._is_joined(one.case, one.at)
        ]
        self._agents: dict[tuple[Place, datetime], Sequence[UserId]] = {}

    def result(self) -> Tally:
        cards, pushes = list(self._cards()), list(self._pushes())
        hours = Counter(one.raised_at.replace(minute=0, second=0, microsecond=0) for one in self._told)
        busiest = max(hours.items(), key=lambda one: (one[1], one[0]), default=(None, 0))
        opened = [one for one in self._within if one.occasion is Occasion.OPENED]
        return Tally(
            hours=round((self._until - self._since) / HOUR, 2),
            cases=len(opened),
            alerts=len(self._told),
            silent=len(self._within) - len(self._told),
            healed=sum(one.healed_at is not None for one in opened),
            cards=len(cards),
            pushes=len(pushes),
            urgent=sum(priority is Priority.P1 for _, priority in pushes),
            climbs=len(self._climbs) + len(self._ascents),
            incidents=sum(one.opened_at >= self._since for one in self._gathered.incidents),
            gathered=sum(one.case in self._gathered.joined for one in opened),
            folded=_folded(cards),
            by_hour=self._by_hour(),
            busiest=busiest[1],
            busiest_at=busiest[0],
            by_stage=self._by_stage(opened),
            by_person=self._by_person(cards, pushes),
            by_step=Counter(one.do for one in (*self._climbs, *self._ascents)),
        )

    @property
    def _ascents(self) -> list[Climb]:
        """The steps of incidents' ladders, as steps of the ladders of their first cases."""
        leads = {one.id: one for one in self._gathered.incidents}
        return [
            Climb(
                case=leads[one.incident].lead,
                order=leads[one.incident].order,
                at=one.at,
                do=one.do,
                to=one.to,
            )
            for one in self._gathered.climbs
            if one.at >= self._since
        ]

    def _is_joined(self, case: AnomalyId, at: datetime) -> bool:
        """Whether an incident spoke for the case then."""
        joined = self._gathered.joined.get(case)
        return joined is not None and joined.at <= at

    def _cards(self) -> Iterator[tuple[Place, str, datetime]]:
        """Of which orders, into which group, when; of an incident there is one."""
        for one in self._told:
            if one.group is not None and not self._is_joined(one.case, one.raised_at):
                yield (one.order.shop, one.lane), one.group, one.raised_at
        for incident in self._gathered.incidents:
            if incident.opened_at >= self._since:
                yield self._place(incident), incident.group, incident.opened_at

    def _place(self, incident: Incident) -> Place:
        return incident.order.shop, self._alerts[incident.lead].lane

    def _pushes(self) -> Iterator[tuple[UserId, Priority]]:
        for one in self._told:
            if one.pushed is not None and not self._is_joined(one.case, one.raised_at):
                yield one.pushed, one.priority
        for incident in self._gathered.incidents:
            if incident.opened_at < self._since or not calls_manager(incident, self._alerts):
                continue
            shop, lane = self._place(incident)
            manager = self._team(lane, incident.opened_at).duty_manager(shop, incident.opened_at)
            if manager is not None:
                yield manager, incident.priority

    def _by_hour(self) -> tuple[int, ...]:
        hours = Counter(one.raised_at.astimezone(self._zone).hour for one in self._told)
        return tuple(hours[hour] for hour in range(HOURS))

    def _by_stage(self, opened: Sequence[Alert]) -> dict[Stage, StageTally]:
        cases = Counter(one.stage for one in opened)
        alerts = Counter(one.stage for one in self._told)
        healed = Counter(one.stage for one in opened if one.healed_at is not None)
        return {
            stage: StageTally(cases=cases[stage], alerts=alerts[stage], healed=healed[stage])
            for stage in Stage
            if cases[stage] or alerts[stage]
        }

    def _by_person(
        self, cards: Iterable[tuple[Place, str, datetime]], pushes: Iterable[tuple[UserId, Priority]]
    ) -> dict[UserId, PersonTally]:
        met = Counter(userid for place, _, at in cards for userid in self._on_duty(place, at))
        got = Counter(userid for userid, _ in pushes)
        got += Counter(
            one.to for one in (*self._climbs, *self._ascents) if one.to is not None and one.do in _IN_PERSON
        )
        people = sorted(met.keys() | got.keys(), key=lambda one: (-met[one] - got[one], one))
        return {one: PersonTally(cards=met[one], pushes=got[one]) for one in people}

    def _on_duty(self, place: Place, at: datetime) -> Sequence[UserId]:
        """Shifts change with the minute."""
        minute = at.replace(second=0, microsecond=0)
        key, (shop, lane) = (place, minute), place
        if key not in self._agents:
            self._agents[key] = self._team(lane, minute).agents(shop, minute)
        return self._agents[key]

    def _team(self, lane: str | None, at: datetime) -> Roster:
        return team_of(lane, self._book, self._roster_of(at))


_IN_PERSON = frozenset({LadderAction.PUSH, LadderAction.HAND_OVER})


def _folded(cards: Iterable[tuple[Place, str, datetime]]) -> int:
    """Of the cards of one conversation, those beyond what it takes in a minute."""
    room = CONVERSATION[Rank.ORDINARY].per_minute
    minutes = Counter((group, at.replace(second=0, microsecond=0)) for _, group, at in cards)
    return sum(max(count - room, 0) for count in minutes.values())
