"""What was decided, and did it help? The log, and each entry with an honest look at before and after."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from bot.directory import Directory
from bot.storage.caselist import CaseFilter
from bot.storage.evidence import Found
from bot.storage.views import Views
from bot.web.board.cells import Column, Word, person, yuan
from bot.web.board.evidence import asked_by, facets_of, typed_of
from bot.web.board.queries import Fault, FaultyQueryError, ListQuery, NoQuery
from bot.web.board.readers import Reader
from bot.web.board.screens import Asked, Export, MissingError, Screen, by_load
from replies.masking import free
from replies.pages.decisions import DECISIONS
from rules import decisions
from rules.decisions import (
    About,
    Comparison,
    Decision,
    DecisionNo,
    Doubt,
    Ending,
    Expected,
    Verdict,
    carried_by,
    compare,
    share_of,
    sides_of,
)
from rules.reasons import Reason
from rules.standing import carrier_of

DECISIONS_PAGE, DECISION_PAGE = "/decisions", "/decisions/{number}"
MOST_VERSIONS = 20
A_DAY = timedelta(days=1)
LOOK_AFTER = timedelta(days=14)
"""When to look back, where nobody says."""


class DecisionQuery(ListQuery, frozen=True, kw_only=True):
    """Where in the list; and what a new entry is to be about, as the page of the evidence names it."""

    cause: Annotated[str, msgspec.Meta(max_length=200)] = ""


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


COLUMNS: tuple[Column[DecisionRow], ...] = (
    Column("number", lambda row: row.number, 8),
    Column("day", lambda row: str(row.day), 12),
    Column("text", lambda row: row.text, 60),
    Column("owner", lambda row: person(row.owner), 12),
    Column("author", lambda row: person(row.author), 12),
    Column("about", lambda row: Word(f"about_{row.about}"), 12),
    Column("cause", lambda row: row.cause, 30),
    Column("version", lambda row: row.rules_version, 10),
    Column("expected", lambda row: Word(f"expected_{row.expected}") if row.expected else None, 24),
    Column("look_on", lambda row: str(row.look_on) if row.look_on else None, 12),
    Column("compensation", lambda row: yuan(row.compensation_fen), 14),
    Column("standing", lambda row: Word(f"standing_{row.standing}"), 12),
    Column("became", lambda row: row.ended_text, 60),
    Column("at", lambda row: row.at, 20),
)


@dataclass(frozen=True, slots=True)
class DecisionFiles:
    """Reads the log."""

    views: Views
    directory: Directory

    async def list(self, asked: Asked[DecisionQuery]) -> DecisionList:
        """The log, newest first."""
        limit, cursor = asked.query.limit, asked.query.cursor
        if cursor is not None and not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 18):
            raise FaultyQueryError(Fault(name="cursor", key="fault_other"))
        asked_by(asked.query.cause)
        found, endings = await self.views.decisions(int(cursor) if cursor else None, limit + 1)
        versions = sorted(self.directory.rules.versions, reverse=True)
        return DecisionList(
            items=[
                _row(one, endings.get(one.number), asked)
                for one in found[:limit]
                if may_see(one, asked.reader)
            ],
            next=str(found[limit - 1].number) if len(found) > limit else None,
            people=list(self.directory.roster.members),
            versions=versions[:MOST_VERSIONS],
            today=asked.now.astimezone(asked.zone).date(),
        )

    async def file(self, asked: Asked[NoQuery]) -> DecisionFile:
        """One entry. Raises MissingError."""
        number = asked.path["number"]
        known = number.isascii() and number.isdecimal() and len(number) < 18
        found = await self.views.decision(DecisionNo(int(number))) if known else None
        if found is None or found[0].ending is Ending.CLOSED or not may_see(found[0], asked.reader):
            raise MissingError(f"decision {free(number)}")
        decision, ending = found
        compared = (
            None if decision.expected is None else await self._compared(decision, decision.expected, asked)
        )
        row = msgspec.structs.asdict(_row(decision, ending, asked))
        return DecisionFile(**row, comparison=compared)

    async def _compared(
        self, decision: Decision, expected: Expected, asked: Asked[NoQuery]
    ) -> ComparisonShown:
        """Reckoned anew with every look, from the cases as they stand, of the reader's shops alone."""
        query = asked_by(decision.cause)
        wanted = CaseFilter(stage=query.stage, shops=asked.reader.shops_within(query.shop))
        facets = facets_of(query)
        spans = sides_of(decision, asked.now)
        before, after = await asyncio.gather(*(
            self.views.evidence(replace(wanted, since=since, until=until), facets)
            for since, until in spans
        ))  # fmt: skip
        sides = [
            _side(found, expected, query.reason, span, asked.now)
            for found, span in zip((before, after), spans, strict=True)
        ]
        others = {one.version for one in (*before.versions, *after.versions)} - {decision.rules_version}
        found = compare(expected, sides[0], sides[1], cut=before.cut or after.cut, other_rules=bool(others))
        over = decision.look_at is not None and decision.look_at <= asked.now
        return _comparison(found, expected, asked, over=over)


def may_see(decision: Decision, reader: Reader) -> bool:
    """Whether it is about no shop that is not the reader's."""
    shop = typed_of(decision.cause).get("shop")
    return reader.shops is None or shop is None or shop in reader.shops


def the_decisions(files: DecisionFiles) -> Screen[DecisionQuery, DecisionList]:
    """The log, with the form for a new entry."""
    return Screen(
        name="decisions",
        page=DECISIONS_PAGE,
        twin="/api/decisions",
        summary="What was decided, by whom, about what, and when to look back, newest first",
        query=DecisionQuery,
        shape=DecisionList,
        load=files.list,
        words=DECISIONS,
        tools={"abouts": tuple(About), "expecteds": tuple(Expected), "typed_of": typed_of, "look_after": LOOK_AFTER,
               "kept": {}, "told": "", "refused": "", "at_fault": ""},
        export=Export(columns=COLUMNS, page=by_load(files.list)),
    )  # fmt: skip


def the_decision(files: DecisionFiles) -> Screen[NoQuery, DecisionFile]:
    """One entry, with before and after, and the form that ends it."""
    return Screen(
        name="decision",
        page=DECISION_PAGE,
        twin="/api/decisions/{number}",
        summary="One decision, with the measure that was expected to move before and after it",
        query=NoQuery,
        shape=DecisionFile,
        load=files.file,
        words=DECISIONS,
        tools={"typed_of": typed_of, "kept": {}, "told": "", "refused": ""},
        tab="decisions",
    )


def _row(decision: Decision, ending: Decision | None, asked: Asked[Any]) -> DecisionRow:
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


def _side(
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


def _comparison(found: Comparison, expected: Expected, asked: Asked[Any], *, over: bool) -> ComparisonShown:
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
