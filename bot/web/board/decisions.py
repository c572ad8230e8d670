"""What was decided, and did it help? The log, and each entry with an honest look at before and after."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated

import msgspec

from bot.directory import Directory
from bot.storage.caselist import CaseFilter
from bot.storage.views import Views
from bot.web.board.cells import Column, Word, person, yuan
from bot.web.board.decision_shape import (
    ComparisonShown,
    DecisionFile,
    DecisionList,
    DecisionRow,
    comparison_shown,
    decision_row,
    side_of,
)
from bot.web.board.evidence import asked_by, facets_of, typed_of
from bot.web.board.queries import Fault, FaultyQueryError, ListQuery, NoQuery
from bot.web.board.readers import Reader
from bot.web.board.screens import Asked, Export, MissingError, Screen, by_load
from replies.masking import free
from replies.pages.decisions import DECISIONS
from rules.decisions import About, Decision, DecisionNo, Ending, Expected, compare, sides_of
from rules.reasons import Reason
from rules.stages import Stage
from rules.storms import IncidentId

DECISIONS_PAGE, DECISION_PAGE = "/decisions", "/decisions/{number}"
MOST_VERSIONS = 20
NAMED: Mapping[str, Iterable[str]] = {"reason": Reason, "stage": Stage}
LOOK_AFTER = timedelta(days=14)
"""When to look back, where nobody says."""


class DecisionQuery(ListQuery, frozen=True, kw_only=True):
    """Where in the list; and what a new entry is to be about, as the page of the evidence names it."""

    cause: Annotated[str, msgspec.Meta(max_length=200)] = ""


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
                decision_row(one, endings.get(one.number), asked)
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
        row = msgspec.structs.asdict(decision_row(decision, ending, asked))
        return DecisionFile(**row, comparison=compared)

    async def _compared(
        self, decision: Decision, expected: Expected, asked: Asked[NoQuery]
    ) -> ComparisonShown:
        """Reckoned anew with every look, from the cases as they stand, of the reader's shops alone."""
        query = asked_by(decision.cause)
        wanted = CaseFilter(
            stage=query.stage,
            shops=asked.reader.shops_within(query.shop),
            incident=IncidentId(query.incident) if query.incident else None,
        )
        facets = facets_of(query)
        spans = sides_of(decision, asked.now)
        before, after = await asyncio.gather(*(
            self.views.evidence(replace(wanted, since=since, until=until), facets)
            for since, until in spans
        ))  # fmt: skip
        sides = [
            side_of(found, expected, query.reason, span, asked.now)
            for found, span in zip((before, after), spans, strict=True)
        ]
        others = {one.version for one in (*before.versions, *after.versions)} - {decision.rules_version}
        found = compare(expected, sides[0], sides[1], cut=before.cut or after.cut, other_rules=bool(others))
        over = decision.look_at is not None and decision.look_at <= asked.now
        return comparison_shown(found, expected, asked, over=over)


def parts_of(cause: str) -> list[str]:
    """What a cause is made of; reasons and stages as what they are, to be named in the reader's language."""
    return [
        next((one for one in NAMED.get(name, ()) if one == value), value)
        for name, value in typed_of(cause).items()
    ]


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
        tools={"abouts": tuple(About), "expecteds": tuple(Expected), "typed_of": typed_of, "parts_of": parts_of, "look_after": LOOK_AFTER,
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
        tools={"typed_of": typed_of, "parts_of": parts_of, "kept": {}, "told": "", "refused": ""},
        tab="decisions",
    )
