"""Which rules and which roster are in force? The files of the settings, kept in versions in the database."""

from dataclasses import dataclass, replace
from datetime import datetime
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


@dataclass(slots=True)
class Directory:
    """See `handlers.ports.Directory`."""

    rules: Rules
    roster: Roster


async def load_directory(settings: Settings, now: datetime) -> Directory:
    """Import the files that differ from what is stored, and read the rest. Raises SettingsError."""
    faults: list[str] = []
    await _import(settings, now, faults)
    if faults:
        raise SettingsError(faults)
    rules = await _rules(now)
    zone = rules.current.calendar.zone
    return Directory(rules=rules, roster=await _roster(settings, zone))


async def _import(settings: Settings, now: datetime, faults: list[str]) -> None:
    """The rule book always has a version: the defaults, when no file was ever given."""
    try:
        if settings.rules_file is not None:
            book = load_rule_book(settings.rules_file)
            await store_if_new(RULES, book.model_dump_json(by_alias=True), now)
        elif not await versions_of(RULES):
            await store_if_new(RULES, RuleBookFile().model_dump_json(by_alias=True), now)
        if settings.roster_file is not None:
            roster = load_roster(settings.roster_file)
            await store_if_new(ROSTER, roster.model_dump_json(by_alias=True), now)
    except FileError as error:
        faults += [str(fault) for fault in error.faults]


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
