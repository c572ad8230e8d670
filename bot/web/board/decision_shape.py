"""What is shown of a decision? The shapes of the log and of an entry with before and after, and how they are filled."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import msgspec

from bot.storage.evidence import Found
from bot.web.board.screens import Asked
from replies.masking import free
from rules import decisions
from rules.dates import A_DAY
from rules.decisions import (
    About,
    Comparison,
    Decision,
    Doubt,
    Ending,
    Expected,
    Verdict,
    carried_by,
    share_of,
)
from rules.reasons import Reason
from rules.standing import carrier_of


class Standing(StrEnum):
    """How it stands with a decision."""

    OPEN = "open"
    """Its look back lies ahead."""
    DUE = "due"
    """It is time to look back."""
    SUPERSEDED = "superseded"
    """Something else was decided in its place."""
    CLOSED = "closed"
    """Somebody has said what came of it."""


class DecisionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A decision."""

    number: int
    at: datetime
    """When it was written down."""
    day: date
    """When it was decided."""
    text: str
    owner: str
    author: str
    about: About
    cause: str
    rules_version: int | None
    expected: Expected | None
    look_on: date | None
    """When to look back."""
    compensation_fen: int | None
    supersedes: int | None
    standing: Standing
    ended_by: int | None
    """The entry that ended it."""
    ended_text: str | None
    """What that one says."""


class DecisionList(msgspec.Struct, frozen=True, kw_only=True):
    """Decisions, newest first."""

    items: Sequence[DecisionRow]
    next: str | None
    people: Sequence[str]
    """Those who can see to something: userids."""
    versions: Sequence[int]
    """Of the rules, the newest first: those to choose from."""
    today: date


class SideShown(msgspec.Struct, frozen=True, kw_only=True):
    """Before, or after."""

    since: datetime
    until: datetime
    cases: int
    part: int
    n: int
    value: float | None
    """From 0 to 1; so are `low` and `high`, between which it lies in 95 of a hundred such ranges."""
    low: float | None
    high: float | None
    carriers: dict[str, int]
    """Cases by carrier."""


class ComparisonShown(msgspec.Struct, frozen=True, kw_only=True):
    """What the two sides tell."""

    expected: Expected
    before: SideShown
    after: SideShown
    points: float | None
    """After less before, in percentage points; it lies between `points_low` and `points_high`."""
    points_low: float | None
    points_high: float | None
    verdict: Verdict
    doubts: Sequence[Doubt]
    over: bool
    """Whether the day of the look back has come."""
    few: int
    """Of fewer cases on a side nothing is said."""


class DecisionFile(DecisionRow, frozen=True, kw_only=True):
    """A decision, and before and after."""

    comparison: ComparisonShown | None
    """None where no measure was expected to move."""


def decision_row(decision: Decision, ending: Decision | None, asked: Asked[Any]) -> DecisionRow:
    return DecisionRow(
        number=decision.number,
        at=asked.local(decision.at),
        day=asked.local(decision.decided_at).date(),
        text=free(decision.text),
        owner=decision.owner,
        author=decision.author,
        about=decision.about,
        cause=free(decision.cause),
        rules_version=decision.rules_version,
        expected=decision.expected,
        look_on=None if decision.look_at is None else (asked.local(decision.look_at) - A_DAY).date(),
        compensation_fen=decision.compensation_fen,
        supersedes=decision.ends,
        standing=_standing(decision, ending, asked.now),
        ended_by=None if ending is None else ending.number,
        ended_text=None if ending is None else free(ending.text),
    )


def _standing(decision: Decision, ending: Decision | None, now: datetime) -> Standing:
    if ending is not None:
        return Standing.SUPERSEDED if ending.ending is Ending.SUPERSEDED else Standing.CLOSED
    return Standing.DUE if decision.look_at is not None and decision.look_at <= now else Standing.OPEN


def side_of(
    found: Found, expected: Expected, reason: Reason | None, span: tuple[datetime, datetime], now: datetime
) -> decisions.Side:
    cases = [hit.case for hit in found.hits]
    return decisions.Side(
        since=span[0],
        until=span[1],
        cases=len(cases),
        share=share_of(expected, cases, reason, now),
        carriers=carried_by(carrier_of(case, order) for case, order in found.hits),
    )


def comparison_shown(
    found: Comparison, expected: Expected, asked: Asked[Any], *, over: bool
) -> ComparisonShown:
    before, after = found.before.share, found.after.share
    points = None if not (before.of and after.of) else after.part / after.of - before.part / before.of
    difference = found.difference
    return ComparisonShown(
        expected=expected,
        before=_side_shown(found.before, asked),
        after=_side_shown(found.after, asked),
        points=_percent(points),
        points_low=None if difference is None else _percent(difference.low),
        points_high=None if difference is None else _percent(difference.high),
        verdict=found.verdict,
        doubts=found.doubts,
        over=over,
        few=decisions.FEW,
    )


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)


def _side_shown(side: decisions.Side, asked: Asked[Any]) -> SideShown:
    part, n = side.share
    between = side.interval
    return SideShown(
        since=asked.local(side.since),
        until=asked.local(side.until),
        cases=side.cases,
        part=part,
        n=n,
        value=round(part / n, 4) if n else None,
        low=None if between is None else round(between.low, 4),
        high=None if between is None else round(between.high, 4),
        carriers={free(name): count for name, count in sorted(side.carriers.items())},
    )
