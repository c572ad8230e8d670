"""What would a rule book have raised about an order? Its history, walked once more by the rules that watch it live.

An event counts from when it was observed, so nothing is known sooner than it was. What people did is taken as it
happened; what follows from events, limits and the ladder is decided anew. Sources that were out are not replayed:
a limit is raised when it is up.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from msgspec.structs import replace

from rules.anomalies import Anomaly, AnomalyId, State, give
from rules.assignment import led_to, team_of
from rules.book import AutomaticAction, LadderAction, LadderStep
from rules.consequences import Consequence, GiveTask, PostCard, PushCard, PushReason, consequences, is_raised
from rules.deeds import Deed, done
from rules.editions import Rules
from rules.events import OrderKey, UserId
from rules.grouping import fronts_of, may_join
from rules.instants import MILLISECOND
from rules.ladder import climbed, next_step, reminded
from rules.orders import Order
from rules.raising import Raising, next_limit, passed, raise_limit, raise_shortage
from rules.record import Record
from rules.retelling import Moment
from rules.roster import Roster
from rules.settling import settle_all
from rules.stages import Kind, Priority, Stage
from rules.standing import present_name
from rules.storms import Front

RosterOf = Callable[[datetime], Roster]
"""The roster as it was then."""


class Occasion(StrEnum):
    """Why people hear of a case."""

    OPENED = "opened"
    """It was opened."""
    AGAIN = "again"
    """A further limit passed, or a new shortage came, while it went on."""
    BACK = "back"
    """It was closed or had ended, and came back."""
    URGENT = "urgent"
    """It became P1 while it went on: a push, and no further card."""


class Alert(Record, frozen=True, kw_only=True):
    """A time that people would have heard of a case."""

    case: AnomalyId
    order: OrderKey
    parcel: str
    stage: Stage
    run: int
    kind: Kind
    due_at: datetime
    """The limit that was passed; of what came back, the latest one before."""
    raised_at: datetime
    occasion: Occasion
    priority: Priority
    lane: str | None = None
    version: int = 1
    """Of the rules that it goes by."""
    silent: bool = False
    """On the board only: noticed too late for a card."""
    group: str | None = None
    """The agents' group whose card it is; None where the rules post none."""
    pushed: UserId | None = None
    """Who gets it in person by the rules, at once."""
    fronts: tuple[Front, ...] = ()
    """Where it may become part of an incident."""
    answered_at: datetime | None = None
    """When nobody waited any more: the customer was reached, or need not be, or the order moved."""
    over_at: datetime | None = None
    """When the order moved, or the case was closed."""
    healed_at: datetime | None = None
    """When the case was closed as one that nobody had touched; None where somebody had, or it goes on."""


class Climb(Record, frozen=True, kw_only=True):
    """A step of a case's ladder; `to` is whom it would lead to first, None where nobody in particular."""

    case: AnomalyId
    order: OrderKey
    at: datetime
    do: LadderAction
    to: UserId | None = None


class Scene(NamedTuple):
    """What was known when people would have heard of a case: what a reply to the customer could have said then."""

    order: Order
    case: Anomaly
    arrived: Mapping[AutomaticAction, datetime]
    """What had been done by itself at earlier alerts of the case; a rehearsal takes it that all of it arrived."""


class Rehearsed(NamedTuple):
    """What would have become of one order; all oldest first."""

    cases: tuple[Anomaly, ...]
    alerts: tuple[Alert, ...]
    scenes: tuple[Scene, ...]
    """One for each alert."""
    climbs: tuple[Climb, ...]


def rehearse(
    key: OrderKey, moments: Iterable[Moment], rules: Rules, roster_of: RosterOf, until: datetime
) -> Rehearsed:
    """Walk an order's history until then; what is up at the end is raised."""
    walk = _Walk(key, rules, roster_of)
    for moment in moments:
        walk.wait(moment.at)
        if moment.order is not None:
            walk.hear(moment.order, moment.at, is_short=moment.is_short)
        walk.see(moment.deeds)
        walk.wait(moment.at)
    walk.wait(until)
    return walk.ended()


class _Note:
    """An alert that is still open to what becomes of its case."""

    def __init__(self, alert: Alert, scene: Scene) -> None:
        self.alert = alert
        self.scene = scene
        self.answered_at: datetime | None = None
        self.over_at: datetime | None = None

    def follow(self, case: Anomaly, now: datetime) -> None:
        if self.answered_at is None and case.state not in {State.OPEN, State.CLAIMED}:
            self.answered_at = now
        if self.over_at is None and (case.ended_at or case.closed_at) is not None:
            self.over_at = now


class _Walk:
    """An order on its way through its history."""

    def __init__(self, key: OrderKey, rules: Rules, roster_of: RosterOf) -> None:
        self.order = Order(key=key)
        self.cases: dict[AnomalyId, Anomaly] = {}
        self._rules = rules
        self._roster_of = roster_of
        self._now: datetime | None = None
        self._limit_at: datetime | None = None
        self._steps_at: dict[AnomalyId, datetime] = {}
        self._notes: dict[AnomalyId, list[_Note]] = {}
        self._arrived: dict[AnomalyId, Mapping[AutomaticAction, datetime]] = {}
        self._climbs: list[Climb] = []

    # --- time ------------------------------------------------------------------

    def wait(self, end: datetime) -> None:
        """Let time pass until then, from one thing that is due to the next; each is up a moment after its time."""
        while (due_at := self._next()) is not None:
            moment = due_at + MILLISECOND if self._now is None else max(due_at + MILLISECOND, self._now)
            if moment > end:
                break
            self._now = moment
            if self._limit_at is not None and self._limit_at < moment:
                self._raise_passed(moment)
            for case, at in list(self._steps_at.items()):
                if at < moment:
                    self._climb(self.cases[case], moment)
        self._now = end

    def _next(self) -> datetime | None:
        if not self._steps_at:
            return self._limit_at
        soonest = min(self._steps_at.values())
        return soonest if self._limit_at is None else min(soonest, self._limit_at)

    def _raise_passed(self, now: datetime) -> None:
        book = self._rules.for_order(self.order.key)
        cases = self._listed()
        for breach in passed(self.order, cases, book, now):
            self._put(raise_limit(breach, self.order, cases, self._rules, now, self._new_id), now)
        self._arm(now)

    def _arm(self, now: datetime) -> None:
        book = self._rules.for_order(self.order.key)
        self._limit_at = next_limit(self.order, self.cases.values(), book, now)

    # --- what came in ------------------------------------------------------------

    def hear(self, order: Order, now: datetime, *, is_short: bool) -> None:
        """The order is this from now on; what follows from it is what follows when events are taken in."""
        self.order = order
        cases = self._listed()
        present = settle_all(cases, order, self._rules.of, now) if cases else []
        for before, after in zip(cases, present, strict=True):
            self._put(Raising(before, after), now)
        if order.shortages:
            raised = raise_shortage(order, present, self._rules, now, self._new_id, is_news=is_short)
            if raised is not None:
                self._put(raised, now)
        self._arm(now)

    def see(self, deeds: Iterable[Deed]) -> None:
        """What people did now, to what goes on in the same place."""
        for deed in deeds:
            case = self._meant(deed)
            if case is not None:
                self._put(Raising(case, done(case, deed)), deed.at)
                self._arm(deed.at)

    def _meant(self, deed: Deed) -> Anomaly | None:
        """The case that a deed is about: what goes on in its place, else what was there last.

        A parcel that nobody had named yet is known by the name it has got since.
        """
        parcel = present_name(deed.parcel, self.order)
        if deed.stage.per_parcel and all(known.name != parcel for known in self.order.parcels):
            parcel = self.order.default_parcel
        place = deed.stage, parcel
        there = [case for case in self.cases.values() if (case.stage, case.parcel) == place]
        return next((one for one in there if one.closed_at is None), there[-1] if there else None)

    # --- what follows ------------------------------------------------------------

    def _climb(self, case: Anomaly, now: datetime) -> None:
        """Take the step that is up, at once: it is never too old.

        Of those whom it may lead to, it is not known who had the fewest cases then.
        """
        book = self._rules.of(case)
        coming = next_step(case, book)
        if coming is None:
            return
        after, to = self._taken(climbed(case, coming, now), coming.step, now)
        self._climbs.append(Climb(case=case.id, order=case.order, at=now, do=coming.step.do, to=to))
        self._keep(after)

    def _taken(self, case: Anomaly, step: LadderStep, now: datetime) -> tuple[Anomaly, UserId | None]:
        if step.do is LadderAction.REMIND_OWNER:
            return reminded(case, now), case.owner
        team = team_of(case.lane, self._rules.of(case), self._roster_of(now))
        able = led_to(step, case.owner, team, case.order.shop, now)
        heir = next(iter(able), None)
        if step.do is LadderAction.PUSH:
            return case, heir
        if heir is None or heir == case.owner:
            return reminded(case, now), case.owner
        return give(case, heir, now), heir

    def _put(self, raising: Raising, now: datetime) -> None:
        """A case was opened or changed: note who hears of it."""
        before, after = raising
        if before == after:
            return
        self._keep(after)
        book = self._rules.of(after)
        decided = consequences(before, after, self.order, book, self._roster_of(now), now)
        occasion = _occasion(before, after, decided)
        if occasion is not None:
            arrived = self._arrived.get(after.id, {})
            note = _Note(self._alert(after, occasion, decided, now), Scene(self.order, after, arrived))
            self._notes.setdefault(after.id, []).append(note)
            self._arrived[after.id] = {**_by_itself(decided, now), **arrived}
        for note in self._notes.get(after.id, ()):
            note.follow(after, now)

    def _keep(self, case: Anomaly) -> None:
        """Remember the case as it is now, and set its ladder."""
        self.cases[case.id] = case
        coming = next_step(case, self._rules.of(case))
        if coming is None:
            self._steps_at.pop(case.id, None)
        else:
            self._steps_at[case.id] = coming.due_at

    def _alert(
        self, case: Anomaly, occasion: Occasion, decided: Sequence[Consequence], now: datetime
    ) -> Alert:
        book = self._rules.of(case)
        pushed = next((one.to for one in decided if isinstance(one, PushCard) and one.why in _BY_RULE), None)
        posted = next((one for one in decided if isinstance(one, PostCard)), None)
        group = book.plan_for(self.order).stages[case.stage].group
        is_told = occasion is not Occasion.URGENT and (posted is not None or pushed is not None)
        return Alert(
            case=case.id,
            order=case.order,
            parcel=case.parcel,
            stage=case.stage,
            run=case.run,
            kind=case.kind,
            due_at=case.due_at,
            raised_at=now,
            occasion=occasion,
            priority=case.priority,
            lane=case.lane,
            version=case.book_version,
            silent=case.silent,
            group=None if posted is None else posted.group,
            pushed=pushed,
            fronts=fronts_of(case, self.order, group, self._rules.current.storm)
            if is_told and may_join(case)
            else (),
        )

    # --- the end -----------------------------------------------------------------

    def ended(self) -> Rehearsed:
        """All of it; parcels are called what they are called now."""
        notes = [note for case in self.cases for note in self._notes.get(case, ())]
        notes.sort(key=lambda note: (note.alert.raised_at, note.alert.case))
        return Rehearsed(
            cases=tuple(self._listed()),
            alerts=tuple([self._in_the_end(note) for note in notes]),
            scenes=tuple([note.scene for note in notes]),
            climbs=tuple(self._climbs),
        )

    def _in_the_end(self, note: _Note) -> Alert:
        """An alert with what became of it."""
        case = self.cases[note.alert.case]
        return replace(
            note.alert,
            parcel=present_name(note.alert.parcel, self.order),
            answered_at=note.answered_at,
            over_at=note.over_at,
            healed_at=case.closed_at if case.self_healed else None,
        )

    def _listed(self) -> list[Anomaly]:
        return list(self.cases.values())

    def _new_id(self) -> str:
        """In the order in which they are opened, as ids are."""
        return f"{self.order.key.shop}/{self.order.key.order_no}/{len(self.cases):04}"


_BY_RULE = frozenset({PushReason.LIMIT, PushReason.PRIORITY})
"""Why somebody gets a case in person that nobody asked them to get."""


def _by_itself(decided: Iterable[Consequence], now: datetime) -> dict[AutomaticAction, datetime]:
    """What is done by itself now, as a reply may tell it."""
    done: dict[AutomaticAction, datetime] = {}
    for one in decided:
        if isinstance(one, GiveTask):
            done[AutomaticAction(one.kind)] = now
        elif isinstance(one, PushCard) and one.why in _BY_RULE:
            done[AutomaticAction.PUSH_DUTY_MANAGER] = now
    return done


def _occasion(before: Anomaly | None, after: Anomaly, decided: Sequence[Consequence]) -> Occasion | None:
    """Why people hear of the case now; None when they do not."""
    if is_raised(before, after):
        return Occasion.OPENED if before is None else Occasion.AGAIN
    if any(isinstance(one, PostCard) for one in decided):
        return Occasion.BACK
    urgent = any(isinstance(one, PushCard) and one.why is PushReason.PRIORITY for one in decided)
    return Occasion.URGENT if urgent else None
