"""Which rules and which roster are in force? The files of the settings, kept in versions in the database."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

import structlog
from pydantic import BaseModel

from bot.faults import FileError
from bot.files import load_kept_rule_book, load_roster, load_rule_book
from bot.holidays import days_off
from bot.settings import Settings, SettingsError
from bot.storage.documents import versions_of
from bot.storage.dutybook import known_changes
from bot.storage.staff import known_staff
from bot.storage.store import Store, Transaction
from handlers.documents import Document, Origin
from handlers.experimentbook import Trying
from handlers.rulebooks import RULES
from handlers.trail import NOBODY, Doer, Way
from rules.bookfile import RuleBookFile, read_kept
from rules.dates import A_DAY
from rules.editions import Edition, Rules, Trial
from rules.outages import Outage
from rules.roster import DEFAULT_GROUP, Roster
from rules.rosterfile import RosterFile
from rules.staff import Staff

ROSTER = "roster"
VERSIONS_AT_HAND = 1_000
"""Of the rules, ready for use."""
STILL_TOLD = A_DAY
"""What was over only today is told as well."""

log = structlog.get_logger("directory")
_SETTING = {RULES: "DINGDAN_RULES_FILE", ROSTER: "DINGDAN_ROSTER_FILE"}
_LOAD: Mapping[str, Callable[[Path, datetime], BaseModel]] = {
    RULES: lambda path, _: load_rule_book(path),
    ROSTER: load_roster,
}
_READ_AGAIN: Mapping[str, Callable[[str], BaseModel]] = {
    RULES: read_kept,
    ROSTER: RosterFile.model_validate_json,
}


@dataclass(slots=True)
class Directory:
    """See `handlers.ports.Directory`. Its parts are put in place of each other while the service runs."""

    rules: Rules
    roster: Roster
    written: RosterFile | None = None
    """The roster as the file has it; None where there never was one."""
    staff: Staff = field(default_factory=Staff)
    """What WeCom says of people: the roster above is without who has left."""
    outages: Sequence[Outage] = ()
    """The sources that are out, whichever replica noticed."""

    def silent_sources(self) -> Mapping[str, str]:
        """The same for the operator; empty while all is well."""
        named = ", ".join(outage.source for outage in self.outages)
        return {"sources": f"out: {named}; see /sources"} if named else {}


async def load_directory(settings: Settings, store: Store, now: datetime) -> Directory:
    """Import the files that differ from what is stored, and read the rest. Raises SettingsError.

    The rule book always has a version: the defaults, when no file was ever given.
    """
    faults = await import_files(files_of(settings), store, now)
    if faults:
        raise SettingsError(faults)
    if not await versions_of(RULES):
        await keep(RULES, RuleBookFile().model_dump_json(by_alias=True), NOBODY, store, now)
    return await read_directory(settings, now)


def files_of(settings: Settings) -> dict[str, Path]:
    """The files that the settings name, by what they hold."""
    named = {RULES: settings.rules_file, ROSTER: settings.roster_file}
    return {kind: path for kind, path in named.items() if path is not None}


async def import_files(files: Mapping[str, Path], store: Store, now: datetime) -> list[str]:
    """Store what the files say that have changed since they were last stored. What is faulty is left out, and told."""
    faults: list[str] = []
    for kind, path in files.items():
        try:
            body = _LOAD[kind](path, now).model_dump_json(by_alias=True)
        except FileError as error:
            told = [f"{_SETTING[kind]}: {fault}" for fault in error.faults]
            if kind == RULES and await _is_in_force(path):
                log.warning("rules.accepted_before", faults=told)
            else:
                faults += told
        else:
            await keep(kind, body, Doer(actor=f"file:{path.name}", way=Way.FILE), store, now)
    return faults


async def _is_in_force(path: Path) -> bool:
    """Whether a rule book that is refused now was accepted by a version that asked for less: it goes on watching."""
    try:
        written = load_kept_rule_book(path)
    except FileError:
        return False
    imported = [document for document in await versions_of(RULES) if document.origin is Origin.FILE]
    return bool(imported) and read_kept(imported[-1].body) == written


async def keep(kind: str, body: str, by: Doer, store: Store, now: datetime) -> None:
    """Add a version of the rules or the roster that a file holds, and put down whose doing it was.

    A file that says what it said when it was last stored changes nothing, whatever was published since.
    """

    async def add(work: Transaction) -> None:
        imported = await work.documents.newest(kind, Origin.FILE)
        if imported is not None and _says(kind, imported, body):
            return
        added = await work.documents.add(kind, body, now, author=None if by == NOBODY else by.actor)
        detail = {"version": str(added.version)}
        entry = by.did(f"{kind}.imported", kind, now, before=added.before, after=added.after, detail=detail)
        await work.trail.note([entry])

    await store.run("document", add)


def _says(kind: str, known: Document, body: str) -> bool:
    """Whether a version is what a file holds. Read again: it may have been written before there were all keys."""
    return known.body == body or _READ_AGAIN[kind](known.body).model_dump_json(by_alias=True) == body


async def read_directory(settings: Settings, now: datetime) -> Directory:
    """The newest versions that are stored, in the form that is used."""
    rules, stored, staff = await read_rules(now), await versions_of(ROSTER), await known_staff()
    written = RosterFile.model_validate_json(stored[-1].body) if stored else None
    roster = Roster(members={}) if written is None else written.compile(rules.current.calendar.zone, staff)
    roster = replace(roster, changes=(*roster.changes, *await known_changes(now - STILL_TOLD)))
    return Directory(rules=rules, roster=_with_default_group(roster, settings), written=written, staff=staff)


async def read_rules(now: datetime) -> Rules:
    """The rules that are stored; the defaults, as version 1, when none ever were."""
    holidays = days_off(now.year - 1, now.year + 1)
    versions = {one.version: _edition(one, holidays) for one in await versions_of(RULES)}
    if not versions:
        return Rules.only(RuleBookFile().compile(1, holidays))
    return Rules(edition=versions[max(versions)], versions=versions)


@lru_cache(maxsize=VERSIONS_AT_HAND)
def _edition(document: Document, holidays: frozenset[date]) -> Edition:
    """A version never changes, and all of them are read anew whenever anything has."""
    book = read_kept(document.body).compile(document.version, holidays)
    trial = None if document.trial is None else _trial(document.trial, document.version, holidays)
    return Edition(book=book, trial=trial, applied_at=document.created_at if document.applied else None)


def _trial(kept: str, version: int, holidays: Iterable[date]) -> Trial:
    """What is tried beside a version; it has the number of that."""
    trying = Trying.read(kept)
    book = read_kept(trying.book).compile(version, holidays)
    return Trial(experiment=trying.experiment, split=trying.split, book=book)


def _with_default_group(roster: Roster, settings: Settings) -> Roster:
    chat = settings.aibot.group_chat_id
    groups = {DEFAULT_GROUP: chat, **roster.groups} if chat else roster.groups
    return replace(roster, groups=groups)
