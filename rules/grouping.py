"""Which cases belong together? Those of one stage and one cause, noticed within a while of each other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rules.anomalies import Anomaly, AnomalyId
from rules.events import Attribute, OrderKey
from rules.incidents import Incident, grown
from rules.orders import Order
from rules.stages import Kind, Stage
from rules.standing import carrier_of
from rules.storms import Cause, Front, IncidentId, StormRules

_ON_THE_ROAD = frozenset({Cause.CARRIER, Cause.REGION, Cause.CARRIER_AND_REGION})
CAUSES: Mapping[Stage, frozenset[Cause]] = {
    Stage.PAYMENT: frozenset({Cause.PAYMENT_CHANNEL}),
    Stage.CONFIRM: frozenset({Cause.WAREHOUSE}),
    Stage.PICKING: frozenset({Cause.WAREHOUSE}),
    Stage.PACKING: frozenset({Cause.WAREHOUSE}),
    Stage.PICKUP: _ON_THE_ROAD | {Cause.WAREHOUSE},
    Stage.TRANSIT: _ON_THE_ROAD,
}
"""What can make a stage stand still. That parcels on the road were paid by one channel is chance: most were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """A case that was noticed on a front, and has its own card: others may come."""

    group: str
    stage: Stage
    cause: Cause
    value: str
    case: AnomalyId
    order: OrderKey
    at: datetime

    @property
    def front(self) -> Front:
        """Where it was noticed."""
        return Front(self.group, self.stage, self.cause, self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """A case that has just been noticed, and has no card yet."""

    case: Anomaly
    fronts: tuple[Front, ...]
    """What others may share with it, in the order of the rules; may be empty."""


@dataclass(slots=True, kw_only=True)
class Grouping:
    """What becomes of newcomers. Whoever is in no incident is on its own."""

    opened: list[Incident] = field(default_factory=list[Incident])
    grown: list[Incident] = field(default_factory=list[Incident])
    """The incidents that were there, as they are with those that have come."""
    members: dict[AnomalyId, IncidentId] = field(default_factory=dict[AnomalyId, IncidentId])
    """Who joins which, of the newcomers and of those that were noticed before."""


def fronts_of(case: Anomaly, order: Order, group: str, rules: StormRules) -> tuple[Front, ...]:
    """What cases may have in common with this one, in the order of the rules; what is not known is nothing."""
    causes = {Cause.WAREHOUSE} if case.kind is Kind.STOCK_SHORT else CAUSES[case.stage]
    values = {cause: _value(cause, case, order) for cause in rules.by if cause in causes}
    return tuple(Front(group, case.stage, cause, value) for cause, value in values.items() if value)


def _value(cause: Cause, case: Anomaly, order: Order) -> str:
    """Empty while a part of it is not known."""
    parts = {
        Cause.PAYMENT_CHANNEL: (order.text(Attribute.PAYMENT_CHANNEL),),
        Cause.WAREHOUSE: (order.text(Attribute.WAREHOUSE),),
        Cause.CARRIER: (carrier_of(case, order),),
        Cause.REGION: (order.text(Attribute.REGION),),
        Cause.CARRIER_AND_REGION: (carrier_of(case, order), order.text(Attribute.REGION)),
    }[cause]
    known = [_storable(part.strip()) for part in parts if part and part.strip()]
    return "+".join(known) if len(known) == len(parts) else ""


def _storable(value: str) -> str:
    """As every database gives it back."""
    return value.replace("\0", "\ufffd").encode(errors="replace").decode()


def sign_of(newcomer: Newcomer, front: Front, now: datetime) -> Sign:
    """What is remembered of a newcomer that is on its own."""
    return Sign(**front._asdict(), case=newcomer.case.id, order=newcomer.case.order, at=now)


def is_fresh(sign: Sign, rules: StormRules, now: datetime) -> bool:
    """Whether it still counts."""
    return now - sign.at <= rules.window


def may_join(case: Anomaly) -> bool:
    """Whether a case can become part of an incident: of one in its life. Whoever comes back is on its own."""
    over = case.closed_at is not None or case.ended_at is not None
    return not (over or case.silent or case.held_by is not None or case.incident is not None)


def group(
    newcomers: Sequence[Newcomer],
    *,
    earlier: Mapping[Front, Sequence[Anomaly]],
    taking: Mapping[Front, Incident],
    rules: StormRules,
    book_version: int,
    now: datetime,
    new_id: Callable[[], str],
) -> Grouping:
    """Which of the newcomers, and of those noticed `earlier` on the same fronts, belong together.

    Each case is in one incident at most: in one that is `taking` cases in already, else in the largest that there
    would be, else in that of the front which comes first in the rules.
    """
    found = Grouping()
    for front, theirs in _by_front(newcomers, lambda one: [f for f in one.fronts if f in taking][:1]).items():
        found.grown.append(grown(taking[front], [one.case for one in theirs], rules, now))
        found.members |= {one.case.id: taking[front].id for one in theirs}
    while (largest := _largest(newcomers, earlier, found.members, rules)) is not None:
        front, fresh, before = largest
        incident = _open(front, [*before, *fresh], fresh[0], IncidentId(new_id()), rules, book_version, now)
        found.opened.append(incident)
        found.members |= {case.id: incident.id for case in (*before, *fresh)}
    return found


def _by_front(
    newcomers: Sequence[Newcomer], fronts: Callable[[Newcomer], Sequence[Front]]
) -> dict[Front, list[Newcomer]]:
    found: dict[Front, list[Newcomer]] = {}
    for newcomer in newcomers:
        for front in fronts(newcomer):
            found.setdefault(front, []).append(newcomer)
    return found


def _largest(
    newcomers: Sequence[Newcomer],
    earlier: Mapping[Front, Sequence[Anomaly]],
    taken: Mapping[AnomalyId, IncidentId],
    rules: StormRules,
) -> tuple[Front, list[Anomaly], list[Anomaly]] | None:
    """The front on which most cases come together, with those that are new and those that are not; None under the threshold."""
    waiting = [one for one in newcomers if one.case.id not in taken]
    fronts = [
        (front, [one.case for one in theirs], _others(theirs, earlier.get(front, ()), taken))
        for front, theirs in _by_front(waiting, lambda one: one.fronts).items()
    ]
    storms = [one for one in fronts if len(one[1]) + len(one[2]) >= rules.threshold]
    return min(
        storms,
        key=lambda one: (-len(one[1]) - len(one[2]), rules.by.index(one[0].cause), one[0]),
        default=None,
    )


def _others(
    theirs: Sequence[Newcomer], earlier: Sequence[Anomaly], taken: Mapping[AnomalyId, IncidentId]
) -> list[Anomaly]:
    present = {one.case.id for one in theirs} | taken.keys()
    return [case for case in earlier if case.id not in present]


def _open(
    front: Front,
    cases: Sequence[Anomaly],
    lead: Anomaly,
    id_: IncidentId,
    rules: StormRules,
    book_version: int,
    now: datetime,
) -> Incident:
    return Incident(
        **front._asdict(),
        id=id_,
        priority=min(case.priority for case in cases),
        book_version=book_version,
        lead=lead.id,
        order=lead.order,
        size=len(cases),
        opened_at=now,
        joined_at=now,
        locks_at=now + rules.span,
        raised_at=now,
        surge_at=now,
        surge=len(cases),
        wave_at=now,
    )
