"""What would other rules have come to? The rehearsals that were asked for, and what came of each, side by side."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from bot.directory import RULES
from bot.storage.documents import versions_of
from bot.storage.drafts import open_drafts
from bot.storage.rehearsals import Rehearsals, latest
from bot.storage.store import Store
from bot.web.board.queries import NoQuery, Query
from bot.web.board.readers import Reader
from bot.web.board.screens import Asked, MissingError, Screen
from handlers.rehearsals import Rehearsal
from replies import charts
from replies.pages.rehearsals import REHEARSALS
from replies.rehearsal import MOST_FACTS
from replies.replywords import fact_called
from replies.words import Language
from rules.comparisons import Turn
from rules.events import Shop, UserId
from rules.promises import Slot
from rules.reports import FEW, LEAST_DAYS, RehearsalState, Report
from rules.stages import Stage
from rules.tallies import HOURS, PersonTally, StageTally, Tally
from rules.wordings import Replies, WordTurn

REHEARSALS_PAGE, REHEARSAL_PAGE = "/rehearsals", "/rehearsals/{id}"
LISTED = 50
NOTHING_DONE: Mapping[str, Any] = {"told": "", "refused": "", "form": {}, "at_fault": ""}
"""What a page says where no form of it was sent."""
MEASURES = (
    "cases", "alerts", "per_hour", "busiest", "cards", "folded", "pushes", "urgent", "climbs", "incidents",
    "gathered", "healed", "silent",
)  # fmt: skip
"""What the table compares, in this order; a key of the words each."""


class RehearsalQuery(Query, frozen=True, kw_only=True):
    """What the form is filled with to begin with."""

    book: str | None = None
    """The number of a version, or `draft:` and an id."""


class RehearsalRow(msgspec.Struct, frozen=True, kw_only=True):
    """A rehearsal as it stands."""

    id: str
    book: str
    against: str | None
    since: str | None
    until: str | None
    shop: Shop | None
    asked_by: UserId
    asked_at: datetime
    state: RehearsalState
    done: int
    total: int
    begun_at: datetime | None
    ended_at: datetime | None
    ended_by: UserId | None
    why: str | None


class BookChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A rule book that can be rehearsed."""

    book: str
    title: str | None
    """That of a draft; None for a version."""
    in_force: bool


class RehearsalList(msgspec.Struct, frozen=True, kw_only=True):
    """The rehearsals, the latest first, and what there is to rehearse."""

    items: Sequence[RehearsalRow]
    books: Sequence[BookChoice]


class RehearsalView(msgspec.Struct, frozen=True, kw_only=True):
    """A rehearsal, and what came of it."""

    rehearsal: RehearsalRow
    books: Sequence[BookChoice]
    """What its books are called, as far as they are there."""
    report: Report | None


class RehearsalFiles:
    """What the pages of rehearsals show."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def all(self, asked: Asked[RehearsalQuery]) -> RehearsalList:
        """The list, as far as the reader's shops are concerned."""
        async with self._store.reading() as connection:
            found = await latest(connection, LISTED)
        items = [_row(one, asked) for one in found if may_see(one, asked.reader)]
        return RehearsalList(items=items, books=await self.books())

    async def books(self) -> list[BookChoice]:
        """What can be rehearsed: drafts first, then versions, the newest of each first."""
        async with self._store.reading() as connection:
            drafts = await open_drafts(connection, RULES)
        versions = [document.version for document in await versions_of(RULES)][::-1]
        return [
            *(BookChoice(book=f"draft:{one.id}", title=one.title, in_force=False) for one in drafts),
            *(
                BookChoice(book=str(version), title=None, in_force=version == versions[0])
                for version in versions
            ),
        ]

    async def one(self, asked: Asked[NoQuery]) -> RehearsalView:
        """One of them. Raises MissingError."""
        name = asked.path["id"]
        async with self._store.reading() as connection:
            found = await Rehearsals(connection).find(name)
        if found is None or not may_see(found, asked.reader):
            raise MissingError(name)
        report = None if found.result is None else msgspec.json.decode(found.result, type=Report)
        return RehearsalView(rehearsal=_row(found, asked), books=await self.books(), report=report)


def may_see(one: Rehearsal, reader: Reader) -> bool:
    """Whether it is about nothing but shops of the reader's."""
    return reader.shops is None or (one.shop is not None and one.shop in reader.shops)


def _row(one: Rehearsal, asked: Asked[RehearsalQuery] | Asked[NoQuery]) -> RehearsalRow:
    return RehearsalRow(
        id=one.id,
        book=one.book,
        against=one.against,
        since=one.since,
        until=one.until,
        shop=one.shop,
        asked_by=one.asked_by,
        asked_at=asked.local(one.asked_at),
        state=one.state,
        done=one.done,
        total=one.total,
        begun_at=asked.local(one.begun_at),
        ended_at=asked.local(one.ended_at),
        ended_by=one.ended_by,
        why=one.why,
    )


def the_rehearsals(files: RehearsalFiles) -> Screen[RehearsalQuery, RehearsalList]:
    """The list, with the form that asks for another one."""
    return Screen(
        name="rehearsals",
        page=REHEARSALS_PAGE,
        twin="/api/rehearsals",
        summary="The rehearsals of rule books over history, the latest first",
        query=RehearsalQuery,
        shape=RehearsalList,
        load=files.all,
        words=REHEARSALS,
        tools=NOTHING_DONE,
    )


def the_rehearsal(files: RehearsalFiles) -> Screen[NoQuery, RehearsalView]:
    """One rehearsal, with its comparison."""
    return Screen(
        name="rehearsal",
        page=REHEARSAL_PAGE,
        twin="/api/rehearsals/{id}",
        summary="A rehearsal: how it stands, and what came of it",
        query=NoQuery,
        shape=RehearsalView,
        load=files.one,
        words=REHEARSALS,
        tab="rehearsals",
        tools={
            **NOTHING_DONE,
            "measures": MEASURES,
            "value_of": value_of,
            "stages_of": stages_of,
            "people_of": people_of,
            "turns": tuple(Turn),
            "plot": charts.CURVE,
            "canvas": charts.CANVAS,
            "highest_of": highest_of,
            "hours": HOURS,
            "no_stage": StageTally(),
            "no_person": PersonTally(),
            "lasting": lasting,
            "facts_missing": facts_missing,
            "facts_named": facts_named,
            "slots": tuple(Slot),
            "word_turns": tuple(WordTurn),
            "few": FEW,
            "least_days": LEAST_DAYS,
        },
    )


def value_of(tally: Tally, measure: str) -> float:
    """What a tally says of a measure; of what healed, its share."""
    if measure == "per_hour":
        return tally.per_hour
    if measure == "healed":
        return tally.healed / tally.cases if tally.cases else 0.0
    return getattr(tally, measure)


def lasting(seconds: float) -> timedelta:
    """So long."""
    return timedelta(seconds=seconds)


def stages_of(report: Report) -> list[Stage]:
    """The stages that either book raised anything about."""
    return [stage for stage in Stage if any(stage in one.by_stage for one in tallies_of(report))]


def people_of(report: Report) -> list[UserId]:
    """Whoever met with anything, who met with most of it first."""
    return list(dict.fromkeys(who for one in tallies_of(report) for who in one.by_person))


def highest_of(report: Report) -> int:
    """The most alerts of any hour of the day, so that both books are drawn to one scale."""
    return max(charts.LOWEST_TOP, *(count for one in tallies_of(report) for count in one.by_hour))


def facts_missing(replies: Replies) -> list[str]:
    """For want of which facts there were no drafts, those of the rehearsed book first; the most frequent few."""
    tallies = [one for one in (replies.after, replies.before) if one is not None]
    return list(dict.fromkeys(fact for one in tallies for fact in one.missing))[:MOST_FACTS]


def facts_named(facts: Iterable[str], language: Language) -> str:
    """What facts are called."""
    return ("、" if language is Language.ZH else ", ").join(fact_called(fact, language) for fact in facts)


def tallies_of(report: Report) -> list[Tally]:
    """That of the book it is held against, if there is one, then that of the book itself."""
    return [one for one in (report.before, report.after) if one is not None]
