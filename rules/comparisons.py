"""Which alerts come earlier, later, newly or no more when another rule book is in force?"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from statistics import median

from rules.events import OrderKey
from rules.record import Record
from rules.rehearsal import Alert
from rules.stages import Kind, Stage

SHOWN = 10
"""So many examples of each turn are kept."""


class Turn(StrEnum):
    """What becomes of an alert."""

    NEW = "new"
    """It comes with the other book alone."""
    GONE = "gone"
    """It comes no more."""
    EARLIER = "earlier"
    """It comes sooner."""
    LATER = "later"
    """It comes, but later."""
    SAME = "same"
    """It comes at the same moment."""


class Turned(Record, frozen=True, kw_only=True, omit_defaults=False):
    """What becomes of the first alert about one run of a stage of a parcel; a time is None where it does not come."""

    order: OrderKey
    stage: Stage
    parcel: str
    run: int
    turn: Turn
    kind: Kind
    """Of the alert that comes; of one that comes no more, of that."""
    before: datetime | None
    after: datetime | None
    due_before: datetime | None = None
    due_after: datetime | None = None


class Comparison(Record, frozen=True, kw_only=True, omit_defaults=False):
    """Two rule books over the same history."""

    turns: Mapping[Turn, int]
    by_stage: Mapping[Stage, Mapping[Turn, int]]
    earlier_by: float | None
    """The median, in seconds, of those that come earlier; None of none."""
    later_by: float | None
    examples: tuple[Turned, ...]
    """Some of each turn but SAME, newest first."""


Place = tuple[OrderKey, Stage, str, int]


def compare(before: Iterable[Alert], after: Iterable[Alert], since: datetime) -> Comparison:
    """Hold what one book raises against what another does, from `since` on; what people do not hear of is left out."""
    turned = _turned(_firsts(before), _firsts(after), since)
    by_stage: dict[Stage, Counter[Turn]] = {}
    for one in turned:
        by_stage.setdefault(one.stage, Counter())[one.turn] += 1
    return Comparison(
        turns=_in_full(Counter(one.turn for one in turned)),
        by_stage={stage: _in_full(by_stage[stage]) for stage in Stage if stage in by_stage},
        earlier_by=_median(one for one in turned if one.turn is Turn.EARLIER),
        later_by=_median(one for one in turned if one.turn is Turn.LATER),
        examples=tuple(_examples(turned)),
    )


def _firsts(alerts: Iterable[Alert]) -> dict[Place, Alert]:
    """The first alert of each run of each stage."""
    found: dict[Place, Alert] = {}
    for one in alerts:
        place = one.order, one.stage, one.parcel, one.run
        known = found.get(place)
        if not one.silent and (known is None or one.raised_at < known.raised_at):
            found[place] = one
    return found


def _turned(before: Mapping[Place, Alert], after: Mapping[Place, Alert], since: datetime) -> list[Turned]:
    found: list[Turned] = []
    for place in before.keys() | after.keys():
        was, is_ = before.get(place), after.get(place)
        if any(one is not None and one.raised_at >= since for one in (was, is_)):
            found.append(_turn(place, was, is_))
    return sorted(found, key=lambda one: (one.after or one.before, one.order), reverse=True)


def _turn(place: Place, was: Alert | None, is_: Alert | None) -> Turned:
    order, stage, parcel, run = place
    shown = is_ or was
    return Turned(
        order=order,
        stage=stage,
        parcel=parcel,
        run=run,
        turn=_which(was, is_),
        kind=Kind.NOT_COMPLETED if shown is None else shown.kind,
        before=was and was.raised_at,
        after=is_ and is_.raised_at,
        due_before=was and was.due_at,
        due_after=is_ and is_.due_at,
    )


def _which(was: Alert | None, is_: Alert | None) -> Turn:
    if was is None:
        return Turn.NEW
    if is_ is None:
        return Turn.GONE
    if is_.raised_at == was.raised_at:
        return Turn.SAME
    return Turn.EARLIER if is_.raised_at < was.raised_at else Turn.LATER


def _in_full(turns: Mapping[Turn, int]) -> dict[Turn, int]:
    return {turn: turns.get(turn, 0) for turn in Turn}


def _median(turned: Iterable[Turned]) -> float | None:
    spans = [
        abs((one.after - one.before).total_seconds())
        for one in turned
        if one.after is not None and one.before is not None
    ]
    return median(spans) if spans else None


def _examples(turned: Sequence[Turned]) -> Iterable[Turned]:
    for turn in Turn:
        if turn is not Turn.SAME:
            yield from [one for one in turned if one.turn is turn][:SHOWN]
