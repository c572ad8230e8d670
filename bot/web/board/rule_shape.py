"""What do the pages about rules show, and their twins answer?"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from bot.web.board.reply_shape import WordsShown
from bot.web.board.ruleforms import Part
from handlers.documents import Origin
from replies.words import Language
from rules.book import Recipient
from rules.events import UserId


class VersionLine(msgspec.Struct, frozen=True, kw_only=True):
    """One version of the rules."""

    version: int
    at: datetime
    author: str | None
    """Whoever has published it; `file:<name>` for a file, None for the defaults."""
    reason: str | None
    origin: Origin
    applied: bool
    """Whether cases that were open then go by it as well."""
    trial: bool
    """Whether another book is tried beside it."""


class DraftLine(msgspec.Struct, frozen=True, kw_only=True):
    """A draft that is not published yet."""

    id: str
    title: str
    base: int
    author: UserId
    changed_at: datetime


class FindingLine(msgspec.Struct, frozen=True, kw_only=True):
    """What the format allows, but can hardly be meant."""

    slip: str
    """A `Slip` of rules/booklint.py, or a `Snag` of replies/wordlint.py."""
    at: Sequence[str | int]
    field: str
    lane: str | None
    others: Sequence[str]
    """The lanes, people, facts or replies that have to do with it."""
    said: dict[Language, str]
    refused: bool


class RulesShown(msgspec.Struct, frozen=True, kw_only=True):
    """The rules in force, and how they came about."""

    version: VersionLine
    book: dict[str, Any]
    """All that holds, as a file has it."""
    lanes: Sequence[str]
    """How it stands with each lane: `always`, `ahead`, `on` or `over`."""
    findings: Sequence[FindingLine]
    """Whom and what it names that the roster has not got any more."""
    versions: Sequence[VersionLine]
    """Newest first."""
    drafts: Sequence[DraftLine]


class ChangeLine(msgspec.Struct, frozen=True, kw_only=True):
    """What holds at a place, before and after; null where nothing stands."""

    at: Sequence[str]
    before: Any
    after: Any


class VersionTrial(msgspec.Struct, frozen=True, kw_only=True):
    """The experiment that a version is a step of."""

    id: str
    title: str


class VersionDecision(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the decision log about a version."""

    number: int
    text: str


class VersionShown(msgspec.Struct, frozen=True, kw_only=True):
    """One version, and what was changed with it."""

    version: VersionLine
    newest: int
    """The version in force."""
    book: dict[str, Any]
    lanes: Sequence[str]
    changes: Sequence[ChangeLine]
    """Against the version before."""
    experiment: VersionTrial | None
    decisions: Sequence[VersionDecision]
    """Newest first."""


class FaultLine(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong at a place of a draft, with the mend."""

    at: Sequence[str | int]
    field: str
    """The field of the form."""
    said: dict[Language, str]
    suggestion: str | None


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What the draft would mean for what is under way."""

    orders: int
    """So many open orders were looked at."""
    more: bool
    """There are others."""
    concerned: int
    late_at_once: int
    cases: int
    """The cases that are not closed."""


class RulesDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A draft: what it says, what is wrong with it, and what it would change."""

    id: str
    title: str
    base: int
    newest: int
    """The version in force."""
    author: UserId
    created_at: datetime
    changed_at: datetime
    published: int | None
    dropped: bool
    revision: int
    part: Part
    lane: int
    """The number of the lane that the form is about."""
    book: dict[str, Any]
    """What was typed, as a file has it."""
    faults: Sequence[FaultLine]
    findings: Sequence[FindingLine]
    changes: Sequence[ChangeLine]
    """Against the version it is based on; empty while there are faults."""
    theirs: Sequence[ChangeLine]
    """What was published meanwhile, against the version it is based on."""
    preview: Preview | None
    """None while there are faults, and beside the overview."""
    reply: int = 0
    """The number of the reply that the form is about."""
    raw: bool = False
    """Whether its text is shown as it is stored."""
    words: WordsShown | None = None
    """What that reply says of real orders; None while it is faulty, beside its form, and for whoever reads no cases."""
    to_approve: bool = False
    """Whether somebody else has to agree to its words before it is published or tried."""
    approved_by: UserId | None = None
    """Who has agreed to it as it is now."""
    approved_at: datetime | None = None
    people: Mapping[Recipient, Sequence[UserId]] = {}
    """Whom a lane can name as what: who has the role. Beside a lane alone."""
    trial: bool = False
    """Whether an experiment goes on, which ends when this is published."""
