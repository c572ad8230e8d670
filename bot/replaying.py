"""Which rule books are rehearsed, over which time? Looked up and played, for the command line and for the board."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import Any, cast

from msgspec import Struct

from bot.bookfaults import checked
from bot.directory import ROSTER, RULES
from bot.files import load_rule_book
from bot.rehearsing import Plan, Progress, Score, extent_of, perform
from bot.storage.documents import versions_of
from bot.storage.dutybook import changes_between
from bot.storage.histories import body_of_draft
from bot.storage.staff import known_staff
from bot.storage.store import Store
from handlers.documents import Document
from rules.bookfile import RuleBookFile, read_kept
from rules.calendar import SHANGHAI
from rules.dates import A_DAY, begin_of, end_of
from rules.duty import Change
from rules.events import Shop
from rules.instants import EPOCH, instant
from rules.reports import Report
from rules.roster import Roster
from rules.rosterfile import RosterFile
from rules.staff import Staff

SILENCE = A_DAY
"""So long after the last event history ends: what was never heard of again is raised within it."""


class UnknownBookError(Exception):
    """There is no such rule book, or it is not whole; `known` are the versions that there are."""

    def __init__(self, named: str, known: Sequence[int] = ()) -> None:
        super().__init__(named)
        self.named = named
        self.known = known


class NoHistoryError(Exception):
    """Nothing was observed in that time."""

    def __init__(self, first_at: datetime | None, last_at: datetime | None) -> None:
        super().__init__(first_at, last_at)
        self.first_at = first_at
        self.last_at = last_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A rule book as somebody names it: one of the three, or none for the one in force."""

    file: Path | None = None
    version: int | None = None
    draft: str | None = None

    def __str__(self) -> str:
        if self.file is not None:
            return str(self.file)
        if self.draft is not None:
            return f"draft:{self.draft}"
        return "" if self.version is None else str(self.version)

    @classmethod
    def read(cls, text: str) -> "Named":
        """What `str` wrote, or somebody typed: a number, `draft:` and an id, or a file."""
        if text.startswith("draft:"):
            return cls(draft=text.removeprefix("draft:"))
        if text.isascii() and text.isdecimal():
            return cls(version=int(text))
        return cls(file=Path(text)) if text else cls()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be rehearsed. Days count by the merchant's clock; `until` is the last one."""

    book: Named
    against: Named | None
    """What it is held against; None: nothing."""
    since: date | None = None
    until: date | None = None
    shop: Shop | None = None


async def replay(
    wanted: Wanted,
    url: str,
    store: Store,
    now: datetime,
    progress: Progress,
    *,
    cores: int | None = None,
    nice: int = 0,
) -> Report:
    """Rehearse it. Raises FileError, UnknownBookError, NoHistoryError, StoreUnavailableError."""
    named = [one for one in (wanted.book, wanted.against) if one is not None]
    scores = tuple([await score_of(one, store) for one in named])
    zone = (await asyncio.to_thread(read_kept, scores[0].body)).compile(1, ()).calendar.zone
    begins = None if wanted.since is None else instant(begin_of(wanted.since, zone))
    extent = await extent_of(store, begins, wanted.shop)
    if extent.first_at is None or extent.last_at is None or not extent.orders:
        raise NoHistoryError(extent.first_at, extent.last_at)
    ends = now if wanted.until is None else instant(end_of(wanted.until, zone))
    until = min(ends, now, extent.last_at + SILENCE)
    since = max(begins or extent.first_at, extent.first_at)
    if until <= since:
        raise NoHistoryError(extent.first_at, extent.last_at)
    plan = Plan(
        url=url,
        scores=scores,
        since=since,
        until=until,
        first_at=extent.first_at,
        rosters=await _rosters(store, since, until),
        shop=wanted.shop,
        begins=begins,
    )
    return await perform(plan, store, extent.orders, progress, cores=cores, nice=nice)


async def score_of(named: Named, store: Store) -> Score:
    """The rule book that is meant. Raises FileError, UnknownBookError."""
    if named.file is not None:
        book = await asyncio.to_thread(load_rule_book, named.file)
        return Score(version=0, body=book.model_dump_json(by_alias=True))
    if named.draft is not None:
        async with store.reading() as connection:
            body = await body_of_draft(connection, RULES, named.draft)
        book = None if body is None else (await asyncio.to_thread(checked, json.loads(body)))[0]
        if book is None:
            raise UnknownBookError(f"draft:{named.draft}")
        return Score(version=0, body=book.model_dump_json(by_alias=True))
    stored = {document.version: document.body for document in await versions_of(RULES)}
    if not stored and named.version is None:
        return Score(version=1, body=RuleBookFile().model_dump_json(by_alias=True))
    version = max(stored) if named.version is None else named.version
    if version not in stored:
        raise UnknownBookError(str(version), list(stored))
    return Score(version=version, body=stored[version])


async def _rosters(store: Store, since: datetime, until: datetime) -> tuple[tuple[datetime, Roster], ...]:
    """Every roster there was, from when on; with what was changed about the duty of that time."""
    documents, staff = await versions_of(ROSTER), await known_staff()
    async with store.reading() as connection:
        changes = await changes_between(connection, since, until)
    held = tuple(change for change in changes if change.revoked_at is None)
    return await asyncio.to_thread(_compiled, documents, staff, held)


def _compiled(
    documents: Sequence[Document], staff: Staff, held: tuple[Change, ...]
) -> tuple[tuple[datetime, Roster], ...]:
    found = [
        (document.created_at, RosterFile.model_validate_json(document.body).compile(SHANGHAI, staff))
        for document in documents
    ]
    rosters = tuple((at, replace(roster, changes=(*roster.changes, *held))) for at, roster in found)
    return rosters or ((EPOCH, Roster(members={})),)


def as_json_of(found: Report, zone: tzinfo) -> str:
    """The report for programs, its times with the merchant's offset."""
    return json.dumps(local(found, zone), ensure_ascii=False, indent=2)


def local(found: Report, zone: tzinfo) -> dict[str, Any]:
    """The same as plain data."""

    def plain(value: Any) -> Any:
        match value:
            case datetime():
                return value.astimezone(zone).isoformat()
            case Struct():
                return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
            case Mapping():
                told = cast("Mapping[Any, Any]", value)
                return {str(key): plain(one) for key, one in told.items()}
            case tuple() | list():
                return [plain(one) for one in cast("Sequence[Any]", value)]
            case _:
                return value

    return plain(found)
