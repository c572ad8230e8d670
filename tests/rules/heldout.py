"""How often is a time kept that was learnt from what was known before? Held against the week after, week by week."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rules.honesty import History, Sample
from rules.promises import Slot
from rules.stages import Stage
from rules.survival import Span
from tests.bot.imports.marketplace import DELIVERED, HANDED_OVER

WEEK, SEEN_FOR = timedelta(days=7), timedelta(days=60)
NEVER = datetime.max.replace(tzinfo=UTC)
Place = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class Case:
    """When an order stood still, where, and how long it took in the end."""

    opened_at: datetime
    place: Place
    took: timedelta


def coverage(cases: Sequence[Case], weeks: Iterable[datetime]) -> tuple[int, int]:
    """Week by week: of the new cases, how many were within the time that was learnt from what was known before."""
    kept = n = 0
    for begin in weeks:
        known = [case for case in cases if begin - SEEN_FOR <= case.opened_at < begin]
        history = History(_as_seen(case, begin) for case in known)
        for case in cases:
            if begin <= case.opened_at < begin + WEEK:
                honest = history.of(Slot.NEWS_BY, Stage.PICKUP, *case.place)
                if honest is not None and honest.within is not None:
                    n += 1
                    kept += case.took <= honest.within
    return kept, n


def _as_seen(case: Case, now: datetime) -> Sample:
    """What was known of it then: an open one has taken as long as it has so far."""
    ended = case.opened_at + case.took < now
    span = Span(length=case.took if ended else now - case.opened_at, ended=ended)
    carrier, warehouse = case.place
    return Sample(slot=Slot.NEWS_BY, stage=Stage.PICKUP, carrier=carrier, warehouse=warehouse, span=span)


def deliveries(orders: Path) -> list[Case]:
    """Of a marketplace's export, from the carrier to the customer; what had not arrived at its end takes for ever."""
    with orders.open(newline="") as file:
        spans = [
            (moment(row[HANDED_OVER]), moment(row[DELIVERED]) if row[DELIVERED] else NEVER)
            for row in csv.DictReader(file)
            if row[HANDED_OVER]
        ]
    return [
        Case(opened_at=since, place=(None, None), took=until - since)
        for since, until in spans
        if until > since
    ]


def moment(text: str) -> datetime:
    """A time of the export."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
