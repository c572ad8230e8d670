"""Days of a busy shop, with storms planted among what goes wrong on any day."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count

from rules.anomalies import Anomaly, AnomalyId
from rules.events import Attribute, OrderKey, OrderNo
from rules.grouping import CAUSES, Newcomer, Sign, fronts_of, group, is_fresh, may_join, sign_of
from rules.incidents import Incident, takes_in
from rules.orders import Fact, Order
from rules.stages import Stage
from rules.storms import Cause, Front, IncidentId, StormRules
from tests.builders import SHOP, an_anomaly, at

OPENS = at("08:00")
HOURS = 14
NOISE_PER_HOUR = 8
"""Cases of no common cause: that many is a bad day of a shop with thousands of orders."""
VALUES = {
    Attribute.PAYMENT_CHANNEL: (("wechat", 6), ("alipay", 3), ("card", 1)),
    Attribute.WAREHOUSE: (("hz1", 4), ("gz2", 3), ("bj3", 2), ("cd4", 1)),
    Attribute.CARRIER: (("sf", 3), ("yto", 3), ("zto", 2), ("jd", 2)),
    Attribute.REGION: tuple((f"r{number:02}", 1) for number in range(12)),
}
ATTRIBUTES = {
    Cause.PAYMENT_CHANNEL: (Attribute.PAYMENT_CHANNEL,),
    Cause.WAREHOUSE: (Attribute.WAREHOUSE,),
    Cause.CARRIER_AND_REGION: (Attribute.CARRIER, Attribute.REGION),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """A case at the moment at which it is noticed; `storm` is the planted one that it belongs to, if any."""

    at: datetime
    case: Anomaly
    order: Order
    storm: int | None


@dataclass(slots=True)
class Day:
    """What goes wrong on one day, by chance, the same for the same seed."""

    seed: int
    chance: random.Random = field(init=False)
    numbers: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def cases(self) -> list[Noticed]:
        """All of them, oldest first: one to three storms, each with ten bystanders, and noise."""
        found = list(self._noise())
        for storm in range(self.chance.randint(1, 3)):
            found += self._storm(storm)
        return sorted(found, key=lambda one: (one.at, one.case.id))

    def _noise(self) -> Iterator[Noticed]:
        for _ in range(HOURS * NOISE_PER_HOUR):
            when = OPENS + timedelta(seconds=self.chance.uniform(0, HOURS * 3600))
            yield self._case(when, self.chance.choice([*Stage]))

    def _storm(self, storm: int) -> Iterator[Noticed]:
        cause = self.chance.choice([*ATTRIBUTES])
        stage = self.chance.choice([stage for stage in Stage if cause in CAUSES[stage]])
        shared = {attribute: self._value(attribute) for attribute in ATTRIBUTES[cause]}
        begin = OPENS + timedelta(minutes=self.chance.uniform(0, HOURS * 60 - 60))
        for _ in range(self.chance.randint(1, 2)):
            length = timedelta(minutes=self.chance.uniform(0, 12))
            for _ in range(self.chance.randint(5, 30)):
                yield self._case(begin + length * self.chance.random(), stage, storm, shared)
            yield from self._bystanders(begin, stage, shared)
            begin += length + timedelta(minutes=self.chance.uniform(6, 25))

    def _bystanders(self, begin: datetime, stage: Stage, shared: dict[Attribute, str]) -> Iterator[Noticed]:
        """Five of the same stage with another value, five of other stages with the same."""
        for number in range(10):
            when = begin + timedelta(minutes=self.chance.uniform(0, 30))
            if number % 2:
                others = {name: self._value(name, but=value) for name, value in shared.items()}
                yield self._case(when, stage, None, others)
            else:
                elsewhere = self.chance.choice([other for other in Stage if other is not stage])
                yield self._case(when, elsewhere, None, shared)

    def _value(self, attribute: Attribute, but: str | None = None) -> str:
        weighted = [(value, weight) for value, weight in VALUES[attribute] if value != but]
        (value,) = self.chance.choices(*zip(*weighted, strict=True))
        return value

    def _case(
        self,
        when: datetime,
        stage: Stage,
        storm: int | None = None,
        shared: dict[Attribute, str] | None = None,
    ) -> Noticed:
        when = when.replace(microsecond=0)
        values = {attribute: self._value(attribute) for attribute in VALUES} | (shared or {})
        number = f"{next(self.numbers):05}"
        order = Order(
            key=OrderKey(SHOP, OrderNo(number)),
            facts={name: Fact(value=value, source="/erp", at=when) for name, value in values.items()},
        )
        case = replace(an_anomaly(), id=AnomalyId(number), order=order.key, stage=stage, opened_at=when)
        return Noticed(at=when, case=case, order=order, storm=storm)


@dataclass(slots=True)
class Watch:
    """Groups cases as they come, with nothing but a memory."""

    rules: StormRules = field(default_factory=StormRules)
    cases: dict[AnomalyId, Anomaly] = field(default_factory=dict[AnomalyId, Anomaly])
    signs: dict[Front, list[Sign]] = field(default_factory=dict[Front, list[Sign]])
    incidents: dict[IncidentId, Incident] = field(default_factory=dict[IncidentId, Incident])
    ids: Iterator[int] = field(default_factory=count)
    cards: Counter[AnomalyId] = field(default_factory=Counter[AnomalyId])
    """How many cards of its own each case has had."""

    def notice(self, noticed: Sequence[tuple[Anomaly, Order]], now: datetime) -> None:
        """Cases that are noticed in one batch."""
        self.cases |= {case.id: case for case, _ in noticed}
        newcomers = [
            Newcomer(case=case, fronts=fronts_of(case, order, "default", self.rules))
            for case, order in noticed
        ]
        taking = {one.front: one for one in self.incidents.values() if takes_in(one, now)}
        found = group(
            newcomers,
            earlier={front: self._earlier(front, now) for one in newcomers for front in one.fronts},
            taking=taking,
            rules=self.rules,
            book_version=1,
            now=now,
            new_id=lambda: f"i{next(self.ids)}",
        )
        self.incidents |= {one.id: one for one in (*found.opened, *found.grown)}
        for id_, incident in found.members.items():
            self.cases[id_] = replace(self.cases[id_], incident=incident, joined_at=now)
        for one in newcomers:
            if one.case.id not in found.members:
                self.cards[one.case.id] += 1
                for front in one.fronts:
                    self.signs.setdefault(front, []).append(sign_of(one, front, now))

    def _earlier(self, front: Front, now: datetime) -> list[Anomaly]:
        fresh = [self.cases[one.case] for one in self.signs.get(front, ()) if is_fresh(one, self.rules, now)]
        return [case for case in fresh if may_join(case)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How many cases were grouped, and how many of them rightly."""

    planted: int
    """Cases of storms."""
    grouped: int
    """Cases in incidents."""
    right: int
    """Cases in an incident most of whose cases are of the same storm as they."""

    def __add__(self, other: "Score") -> "Score":
        return Score(
            planted=self.planted + other.planted,
            grouped=self.grouped + other.grouped,
            right=self.right + other.right,
        )

    @property
    def precision(self) -> float:
        """Of those in incidents, how many belong there."""
        return self.right / self.grouped

    @property
    def recall(self) -> float:
        """Of those of storms, how many are in the incident of theirs."""
        return self.right / self.planted


def score_of(day: Sequence[Noticed], rules: StormRules | None = None) -> Score:
    """How a day is grouped; what is noticed within one second comes in one batch."""
    watch, storms = Watch(rules or StormRules()), {one.case.id: one.storm for one in day}
    for now in sorted({one.at for one in day}):
        watch.notice([(one.case, one.order) for one in day if one.at == now], now)
    members: dict[IncidentId, Counter[int | None]] = {}
    for case in watch.cases.values():
        if case.incident is not None:
            members.setdefault(case.incident, Counter())[storms[case.id]] += 1
    main = {incident: counts.most_common(1)[0][0] for incident, counts in members.items()}
    return Score(
        planted=sum(storm is not None for storm in storms.values()),
        grouped=sum(counts.total() for counts in members.values()),
        right=sum(counts[main[one]] for one, counts in members.items() if main[one] is not None),
    )
