"""What was decided, and did it help? Entries that are never changed, and an honest look at before and after."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from rules.anomalies import Outline
from rules.dates import A_WEEK
from rules.events import UserId
from rules.golden import TEN, Share, within
from rules.intervals import Interval, difference, wilson
from rules.reasons import Reason

DecisionNo = NewType("DecisionNo", int)

FEW = 30
"""Of fewer cases on either side nothing is said."""
OTHER_MIX = 0.2
"""Where so large a part of the cases is carried by others than before, the two sides are not alike."""
LONGEST = timedelta(days=92)
"""On either side of a decision."""


class About(StrEnum):
    """What was decided upon."""

    CAUSE = "cause"
    """A cause, by the filters of its evidence."""
    RULES = "rules"
    """A version of the rules."""
    OTHER = "other"
    """Something else; the words say what."""


class Expected(StrEnum):
    """Which measure is expected to move."""

    REASON_SHARE = "reason_share"
    """The share of the cause's reason, down."""
    HEALED = "healed"
    """The share of cases that heal by themselves, which are false alarms, down."""
    WITHIN_TEN = "within_ten"
    """The share of customers reached within ten minutes, up."""


WANTED_UP = frozenset({Expected.WITHIN_TEN})


class Ending(StrEnum):
    """How a later entry ends an earlier one."""

    SUPERSEDED = "superseded"
    """Something else was decided in its place."""
    CLOSED = "closed"
    """It was carried out, looked back at, or dropped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One entry of the log."""

    number: DecisionNo
    at: datetime
    """When it was written down."""
    author: UserId
    decided_at: datetime
    """The beginning of the day on which it was decided."""
    owner: UserId
    """Who sees to it."""
    text: str
    about: About
    cause: str = ""
    """The filters of the evidence, of a CAUSE."""
    rules_version: int | None = None
    """Of RULES."""
    expected: Expected | None = None
    look_at: datetime | None = None
    """When to look back; none of an entry that only ends another."""
    compensation_fen: int | None = None
    """What was approved for the customers of the cause, all of them together."""
    ends: DecisionNo | None = None
    """The entry that this one ends, and how."""
    ending: Ending | None = None


# --- did it help? ------------------------------------------------------------------------


class Verdict(StrEnum):
    """What the two sides tell."""

    TOO_FEW = "too_few"
    """Not enough data yet."""
    UNCLEAR = "unclear"
    """The difference may be chance."""
    BETTER = "better"
    """It moved the way it was to, and not by chance."""
    WORSE = "worse"
    """It moved the other way, and not by chance."""


class Doubt(StrEnum):
    """Why the difference may have another cause."""

    MIX = "mix"
    """The parcels are carried by others than before."""
    SHORT = "short"
    """Less than a week on either side: other days of the week."""
    OTHER_RULES = "other_rules"
    """Another version of the rules came into force on either side."""
    CUT = "cut"
    """There were more cases than are looked at: only the newest of each side counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """The time before, or after."""

    since: datetime
    until: datetime
    cases: int
    """All that fit, with or without the measure."""
    share: Share
    carriers: Mapping[str, int]
    """How many of its cases each carries; those that nobody named a carrier for are under the empty text."""

    @property
    def interval(self) -> Interval | None:
        """Around its share."""
        return wilson(self.share.part, self.share.of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Before and after."""

    before: Side
    after: Side
    difference: Interval | None
    """Between these lies the true difference of the shares, after less before; None without a case on one side."""
    verdict: Verdict
    doubts: tuple[Doubt, ...]


def sides_of(
    decision: Decision, now: datetime
) -> tuple[tuple[datetime, datetime], tuple[datetime, datetime]]:
    """From when until when is before, and after: equally long, up to the look back or to now."""
    end = min(now, decision.look_at or now)
    length = max(min(end - decision.decided_at, LONGEST), timedelta())
    turn = decision.decided_at
    return (turn - length, turn), (turn, turn + length)


def share_of(expected: Expected, cases: Sequence[Outline], reason: Reason | None, now: datetime) -> Share:
    """The measure, of the cases of one side."""
    match expected:
        case Expected.REASON_SHARE:
            explained = [case for case in cases if case.reason is not None and not case.self_healed]
            hits = sum(case.reason is not None and case.reason.reason is reason for case in explained)
            return Share(hits, len(explained))
        case Expected.HEALED:
            decided = [case for case in cases if case.self_healed or case.touched_at is not None]
            return Share(sum(case.self_healed for case in decided), len(decided))
        case Expected.WITHIN_TEN:
            return within(cases, TEN, now)


def carried_by(carriers: Iterable[str | None]) -> Mapping[str, int]:
    """How many cases each carrier has."""
    return Counter(carrier or "" for carrier in carriers)


def compare(
    expected: Expected, before: Side, after: Side, *, cut: bool = False, other_rules: bool = False
) -> Comparison:
    """What the two sides tell, and what speaks against believing it."""
    moved = difference(*before.share, *after.share)
    doubts = {
        Doubt.MIX: min(before.cases, after.cases) >= FEW
        and _moved(before.carriers, after.carriers) > OTHER_MIX,
        Doubt.SHORT: after.until - after.since < A_WEEK,
        Doubt.OTHER_RULES: other_rules,
        Doubt.CUT: cut,
    }
    return Comparison(
        before=before,
        after=after,
        difference=moved,
        verdict=_verdict(expected, before.share, after.share, moved),
        doubts=tuple(doubt for doubt, holds in doubts.items() if holds),
    )


def _verdict(expected: Expected, before: Share, after: Share, moved: Interval | None) -> Verdict:
    if moved is None or min(before.of, after.of) < FEW:
        return Verdict.TOO_FEW
    if moved.low <= 0 <= moved.high:
        return Verdict.UNCLEAR
    rose = moved.low > 0
    return Verdict.BETTER if rose is (expected in WANTED_UP) else Verdict.WORSE


def _moved(before: Mapping[str, int], after: Mapping[str, int]) -> float:
    """Which part of the cases is carried by others: half the sum of the differences of the shares, 0 to 1."""
    all_before, all_after = sum(before.values()), sum(after.values())
    return (
        sum(
            abs(before.get(name, 0) / all_before - after.get(name, 0) / all_after)
            for name in {*before, *after}
        )
        / 2
    )
