"""Which rules and which roster are in force? The files of the settings, kept in versions in the database."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from bot.files import FileError, load_roster, load_rule_book
from bot.holidays import days_off
from bot.settings import Settings, SettingsError
from bot.storage.documents import store_if_new, versions_of
from handlers.ports import Rules
from rules.bookfile import RuleBookFile
from rules.roster import DEFAULT_GROUP, Roster
from rules.rosterfile import RosterFile

RULES, ROSTER = "rules", "roster"

File = TypeVar("File", RuleBookFile, RosterFile)


@dataclass(slots=True)
class Directory:
    """See `handlers.ports.Directory`."""

    rules: Rules
    roster: Roster


async def load_directory(settings: Settings, now: datetime) -> Directory:
    """Import the files that differ from what is stored, and read the rest. Raises SettingsError."""
    faults: list[str] = []
    book = _read("DINGDAN_RULES_FILE", load_rule_book, settings.rules_file, faults)
    roster = _read("DINGDAN_ROSTER_FILE", load_roster, settings.roster_file, faults)
    if faults:
        raise SettingsError(faults)
    await _import(book, roster, now)
    rules = await _rules(now)
    zone = rules.current.calendar.zone
    return Directory(rules=rules, roster=await _roster(settings, zone))


def _read(variable: str, load: Callable[[Path], File], path: Path | None, faults: list[str]) -> File | None:
    """The file that a setting names; None without one, or with the faults that were found."""
    try:
        return None if path is None else load(path)
    except FileError as error:
        faults += [f"{variable}: {fault}" for fault in error.faults]
        return None


async def _import(book: RuleBookFile | None, roster: RosterFile | None, now: datetime) -> None:
    """The rule book always has a version: the defaults, when no file was ever given."""
    if book is None and not await versions_of(RULES):
        book = RuleBookFile()
    for name, file in ((RULES, book), (ROSTER, roster)):
        if file is not None:
            await store_if_new(name, file.model_dump_json(by_alias=True), now)


async def _rules(now: datetime) -> Rules:
    holidays = days_off(now.year - 1, now.year + 1)
    versions = {
        document.version: RuleBookFile.model_validate_json(document.body).compile(document.version, holidays)
        for document in await versions_of(RULES)
    }
    return Rules(current=versions[max(versions)], versions=versions)


async def _roster(settings: Settings, zone: ZoneInfo) -> Roster:
    stored = await versions_of(ROSTER)
    roster = RosterFile.model_validate_json(stored[-1].body).compile(zone) if stored else Roster(members={})
    chat = settings.aibot.group_chat_id
    groups = {DEFAULT_GROUP: chat, **roster.groups} if chat else roster.groups
    return replace(roster, groups=groups)
