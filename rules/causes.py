"""What do the delays of a week have in common? Shares that jumped, parts that stand out, and what evidence speaks against."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from operator import attrgetter

from rules.anomalies import Anomaly, AnomalyId
from rules.contrast import FALSE_AT_MOST, Contrast, Facts, Part, Side, contrasts
from rules.doubts import Doubt
from rules.events import Attribute, OrderKey
from rules.jumps import Change
from rules.orders import Order
from rules.reasons import Reason, ReasonSource
from rules.sequential import Arm
from rules.shares import DAYS, HOURS
from rules.stages import Stage

NEW_FOR = timedelta(weeks=8)
"""So long a carrier is told apart by the week in which it was first seen."""
MOST_ROWS = 12
"""Of the carriers and of the regions, so many of the most frequent are in a heat map."""
FEW = 20
"""A cell with fewer delays says nothing about the share in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """A case with a reason, and by what its order can be told apart; None is not known."""

    week: str
    """The Monday of the week in which it was noticed, as 2026-03-02."""
    case: AnomalyId
    order: OrderKey
    stage: Stage
    opened_at: datetime
    reason: Reason
    by_people: bool
    carrier: str | None
    region: str | None
    district: str | None
    warehouse: str | None
    sku_class: str | None
    promotion: str | None
    first_seen: str | None
    doubt: Doubt | None

    @property
    def facts(self) -> Facts:
        """Side by side, in the order of `Side`."""
        return _FACTS(self)


_FACTS = attrgetter(*(side.value for side in Side))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A carrier in a region: all delays there, and those of the reason."""

    carrier: str
    region: str
    n: int
    hits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What the week says of one reason."""

    reason: Reason
    change: Change
    contrasts: Sequence[Contrast]
    """The parts that stand out, the most telling first."""
    hours: Sequence[Sequence[int]]
    """Delays by weekday, from Monday, and hour."""
    cells: Sequence[Cell]
    """Of the most frequent carriers and regions, every pair that there was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a week says."""

    n: int
    before: int
    """Delays of the week before."""
    findings: Sequence[Finding]
    """Of every reason, the most frequent first."""
    doubts: Mapping[str, int]
    """How often what speaks against a reason."""
    carriers: Mapping[str, str]
    """In which week each carrier was first seen, as far as is known; empty for those that were always there."""


def delay(case: Anomaly, order: Order, week: date, doubt: Doubt | None) -> Delay | None:
    """What is kept of a case; None while it has no reason. When its carrier was first seen is said by `dated`."""
    if case.reason is None:
        return None
    return Delay(
        week=week.isoformat(),
        case=case.id,
        order=case.order,
        stage=case.stage,
        opened_at=case.opened_at,
        reason=case.reason.reason,
        by_people=case.reason_source is ReasonSource.AGENT,
        carrier=order.parcel_text(case.parcel, Attribute.CARRIER),
        region=order.text(Attribute.REGION),
        district=order.text(Attribute.DISTRICT),
        warehouse=order.text(Attribute.WAREHOUSE),
        sku_class=next((item.klass for item in order.items if item.klass), None),
        promotion=case.lane,
        first_seen=None,
        doubt=doubt,
    )


def seen(known: Mapping[str, str] | None, delays: Iterable[Delay], week: date) -> dict[str, str]:
    """When each carrier was first seen: now, where it was not known before; of the very first week nobody can tell."""
    found = dict(known or {})
    for one in delays:
        if one.carrier is not None:
            found.setdefault(one.carrier, week.isoformat() if known else "")
    return found


def dated(one: Delay, carriers: Mapping[str, str]) -> Delay:
    """The delay with the week in which its carrier was first seen, for as long as that is new."""
    first = carriers.get(one.carrier or "", "")
    if not first or date.fromisoformat(one.week) - date.fromisoformat(first) >= NEW_FOR:
        return one
    return replace(one, first_seen=first)


def findings(
    delays: Sequence[Delay], before: Mapping[Reason, int], carriers: Mapping[str, str], zone: tzinfo
) -> Findings:
    """What a week says; `before` gives how many delays of each reason the week before had."""
    counts = Counter(one.reason for one in delays)
    past = sum(before.values())
    changes = {
        reason: Change(
            now=Arm(n=len(delays), hits=counts[reason]), before=Arm(n=past, hits=before.get(reason, 0))
        )
        for reason in Reason
    }
    named = _named(delays)
    return Findings(
        n=len(delays),
        before=past,
        findings=[
            Finding(
                reason=reason,
                change=changes[reason],
                contrasts=named[reason],
                hours=_hours(delays, reason, zone),
                cells=list(_cells(delays, reason)),
            )
            for reason in sorted(Reason, key=lambda one: -counts[one])
        ],
        doubts=Counter(one.doubt.value for one in delays if one.doubt is not None),
        carriers=carriers,
    )


def _named(delays: Sequence[Delay]) -> dict[Reason, list[Contrast]]:
    """What stands out for each reason, all of them asked together.

    Where one reason is more frequent, all others are rarer, and so more frequent in the rest: what the clearest one
    names is taken away before the others are looked at.
    """
    share, counted = FALSE_AT_MOST / len(Reason), _by_facts(delays)
    found = {reason: contrasts(counted[reason], false_at_most=share) for reason in Reason}
    clearest = sorted((reason for reason in Reason if found[reason]), key=lambda one: found[one][0].chance)
    aside = list[Part]()
    for reason in clearest:
        if aside:
            found[reason] = contrasts(counted[reason], false_at_most=share, aside=aside)
        aside += [one.part for one in found[reason]]
    return found


def _by_facts(delays: Iterable[Delay]) -> dict[Reason, dict[Facts, Arm]]:
    """How many there are of each combination of facts, and how many of them have the reason."""
    hits = Counter((one.facts, one.reason) for one in delays)
    counts = Counter[Facts]()
    for (facts, _), n in hits.items():
        counts[facts] += n
    return {
        reason: {facts: Arm(n=n, hits=hits[facts, reason]) for facts, n in counts.items()}
        for reason in Reason
    }


def _hours(delays: Iterable[Delay], reason: Reason, zone: tzinfo) -> list[list[int]]:
    hours = [[0] * HOURS for _ in range(DAYS)]
    for one in delays:
        if one.reason is reason:
            at = one.opened_at.astimezone(zone)
            hours[at.weekday()][at.hour] += 1
    return hours


def _cells(delays: Sequence[Delay], reason: Reason) -> Iterator[Cell]:
    carriers = _most(one.carrier for one in delays)
    regions = _most(one.region for one in delays)
    all_ = Counter((one.carrier, one.region) for one in delays)
    hits = Counter((one.carrier, one.region) for one in delays if one.reason is reason)
    for carrier in carriers:
        for region in regions:
            if all_[carrier, region]:
                yield Cell(
                    carrier=carrier, region=region, n=all_[carrier, region], hits=hits[carrier, region]
                )


def _most(values: Iterable[str | None]) -> list[str]:
    """The most frequent of those that are known; of equals, by name."""
    counts = Counter(value for value in values if value is not None)
    return sorted(counts, key=lambda value: (-counts[value], value))[:MOST_ROWS]
