"""Which rules are in force, how did they come about, and what would a draft change? Three pages."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec

from bot.bookfaults import checked
from bot.directory import Directory
from bot.faultwords import Problem
from bot.storage.decisions import decisions_of_rules
from bot.storage.documents import versions_of
from bot.storage.drafts import open_drafts
from bot.storage.experiments import trials_of
from bot.storage.store import Store, Transaction
from bot.storage.watching import unclosed_cases, watched_open
from bot.web.board.queries import NoQuery, Query
from bot.web.board.reply_shape import WordsShown
from bot.web.board.replyforms import FIELDS, placed
from bot.web.board.replypreviews import ReplyPreviews
from bot.web.board.rule_shape import (
    ChangeLine,
    DraftLine,
    FaultLine,
    FindingLine,
    Preview,
    RulesDraft,
    RulesShown,
    VersionDecision,
    VersionLine,
    VersionShown,
    VersionTrial,
)
from bot.web.board.ruleforms import Part, field_of
from bot.web.board.ruletools import TOOLS
from bot.web.board.screens import Asked, MissingError, Screen
from handlers.documents import Document
from handlers.drafts import Draft
from handlers.rulebooks import RULES
from replies.masking import free
from replies.pages.rules import RULES_WORDS
from replies.rulefaults import said
from replies.slipwords import slip_said
from replies.wordlint import Remark, remarks
from replies.words import Language
from rules.assignment import ROLES
from rules.book import Recipient
from rules.bookdiff import differences
from rules.bookfile import RuleBookFile, read_kept
from rules.booklint import Finding, Slip, lint
from rules.bookplain import Plain, sparse, whole
from rules.events import UserId
from rules.foresight import foresee
from rules.rights import Scope

PAGE, VERSION_PAGE, DRAFT_PAGE = "/rules", r"/rules/{version:\d+}", "/rules/drafts/{id}"
MOST_DECISIONS = 20
"""Of those about a version."""
MOST_ORDERS = 2_000
"""So many open orders are looked at for a preview."""
LEFT_BEHIND = frozenset({Slip.UNKNOWN_PERSON, Slip.UNKNOWN_GROUP})
"""What becomes amiss with rules in force because the roster has changed."""
MOST_VERSION = 10
"""Digits of a version that anybody may ask for."""


class DraftQuery(Query, frozen=True, kw_only=True):
    """Which part of a draft; of the lanes, or replies, which one, and of that its text as it is stored."""

    part: Part = Part.OVERVIEW
    lane: Annotated[int, msgspec.Meta(ge=0, le=199)] = 0
    reply: Annotated[int, msgspec.Meta(ge=0, le=99)] = 0
    raw: bool = False

    @property
    def number(self) -> int:
        """That of the lane, or of the reply, that the form is about."""
        return self.reply if self.part is Part.REPLY else self.lane


class RuleFiles:
    """Reads rules and drafts."""

    def __init__(self, store: Store, directory: Directory, previews: ReplyPreviews) -> None:
        self._store = store
        self._directory = directory
        self._previews = previews

    async def rules(self, asked: Asked[NoQuery]) -> RulesShown:
        """The version in force, and all there have been."""
        documents = await versions_of(RULES)
        async with self._store.reading() as connection:
            drafts = await open_drafts(connection, RULES)
        newest = documents[-1]
        book = read_kept(newest.body)
        findings = await self._findings(book, book, asked.now)
        return RulesShown(
            version=_line(newest, asked),
            book=whole(book),
            lanes=_standing(book, asked.now),
            findings=[one for one in findings if one.slip in LEFT_BEHIND],
            versions=[_line(one, asked) for one in reversed(documents)],
            drafts=[
                DraftLine(
                    id=one.id,
                    title=free(one.title),
                    base=one.base,
                    author=one.author,
                    changed_at=asked.local(one.changed_at),
                )
                for one in drafts
            ],
        )

    async def version(self, asked: Asked[NoQuery]) -> VersionShown:
        """One version. Raises MissingError."""
        number = version_in(asked.path)
        async with self._store.reading() as connection:
            documents = Transaction(connection).documents
            document = await documents.find(RULES, number)
            before = await documents.find(RULES, number - 1)
            newest = await documents.newest(RULES)
            trial = (await trials_of(connection, {number})).get(number)
            decisions = await decisions_of_rules(connection, number, MOST_DECISIONS)
        if document is None or newest is None:
            raise MissingError(f"version {number}")
        book = read_kept(document.body)
        earlier = book if before is None else read_kept(before.body)
        return VersionShown(
            version=_line(document, asked),
            newest=newest.version,
            book=whole(book),
            lanes=_standing(book, asked.now),
            changes=_changes(earlier, book),
            experiment=None if trial is None else VersionTrial(id=trial.id, title=free(trial.title)),
            decisions=[VersionDecision(number=one.number, text=free(one.text)) for one in decisions],
        )

    async def draft(self, asked: Asked[DraftQuery]) -> RulesDraft:
        """One draft. Raises MissingError."""
        draft, base, newest = await self._found(asked)
        tree: Plain = json.loads(draft.body)
        book, faults = checked(tree)
        known = read_kept(base.body)
        return RulesDraft(
            id=draft.id,
            title=free(draft.title),
            base=draft.base,
            newest=newest.version,
            author=draft.author,
            created_at=asked.local(draft.created_at),
            changed_at=asked.local(draft.changed_at),
            published=draft.published,
            dropped=draft.ended_at is not None and draft.published is None,
            revision=draft.revision,
            part=asked.query.part,
            lane=_place(asked.query.lane, tree, "lanes"),
            reply=_place(asked.query.reply, tree, "replies"),
            raw=asked.query.raw,
            book=tree,
            faults=[_fault(one, tree) for one in faults],
            findings=[] if book is None else await self._findings(book, known, asked.now),
            changes=[] if book is None else _changes(known, book),
            theirs=[] if newest.version == draft.base else _changes(known, read_kept(newest.body)),
            preview=await self._preview(book, asked),
            words=await self._words(tree, book, known, asked),
            to_approve=book is not None and book.replies != read_kept(newest.body).replies,
            approved_by=draft.approved_by if draft.is_approved else None,
            approved_at=asked.local(draft.approved_at) if draft.is_approved else None,
            people=self._people() if asked.query.part is Part.LANE else {},
            trial=newest.trial is not None,
        )

    def _people(self) -> dict[Recipient, list[UserId]]:
        members = self._directory.roster.members.values()
        return {part: [one.userid for one in members if ROLES[part] in one.roles] for part in Recipient}

    async def _found(self, asked: Asked[DraftQuery]) -> tuple[Draft, Document, Document]:
        """The draft, the version it is based on, and the one in force."""
        async with self._store.reading() as connection:
            work = Transaction(connection)
            draft = await work.drafts.find(asked.path["id"])
            if draft is None or draft.kind != RULES:
                raise MissingError(f"draft {asked.path['id']}")
            base, newest = await work.documents.find(RULES, draft.base), await work.documents.newest(RULES)
        if base is None or newest is None:
            raise MissingError(f"version {draft.base}")
        return draft, base, newest

    async def _findings(self, book: RuleBookFile, known: RuleBookFile, now: datetime) -> list[FindingLine]:
        found = lint(book, self._directory.roster, now, known)
        own = remarks(book, known, await self._shops(book))
        return [
            *(_finding(one, field_of(one.at), one.lane) for one in found),
            *(_finding(one, FIELDS.get(one.slip, field_of(one.at))) for one in own),
        ]

    async def _shops(self, book: RuleBookFile) -> frozenset[str]:
        """The shops that orders or the roster know; asked only where a reply names some."""
        if not any(reply.shops for reply in book.replies):
            return frozenset()
        async with self._store.reading() as connection:
            of_orders = await Transaction(connection).orders.shops()
        return frozenset(of_orders).union(*(one.shops for one in self._directory.roster.members.values()))

    async def _words(
        self, tree: Plain, book: RuleBookFile | None, known: RuleBookFile, asked: Asked[DraftQuery]
    ) -> WordsShown | None:
        """What the reply of the form says, as soon as it is sound itself."""
        replies: list[Any] = tree.get("replies", [])
        number = _place(asked.query.reply, tree, "replies")
        if asked.query.part is not Part.REPLY or number >= len(replies):
            return None
        return await self.words(replies[number], number, book, known, asked)

    async def typed(
        self, draft: Draft, tree: Plain, number: int, asked: Asked[NoQuery]
    ) -> tuple[list[FaultLine], WordsShown | None]:
        """What is wrong with one reply of a draft as it is being typed, and what it says. Raises MissingError."""
        async with self._store.reading() as connection:
            base = await Transaction(connection).documents.find(RULES, draft.base)
        replies: list[Any] = tree.get("replies", [])
        if base is None or number >= len(replies):
            raise MissingError(f"reply {number}")
        book, _ = checked(tree)
        lines = [one for one in faults_of(tree) if tuple(one.at[:2]) == ("replies", number)]
        if lines:
            return lines, None
        return [], await self.words(replies[number], number, book, read_kept(base.body), asked)

    async def words(
        self, reply: Plain, number: int, book: RuleBookFile | None, known: RuleBookFile, asked: Asked[Any]
    ) -> WordsShown | None:
        """What a reply says of real orders, in a draft, or alone in the rules it is based on while that has faults."""
        if not asked.reader.reads(Scope.ANOMALIES):
            return None
        if book is None:
            alone, number = {key: one for key, one in reply.items() if key != "lanes"}, 0
            book, _ = checked({**sparse(known), "replies": [alone]})
        if book is None:
            return None
        rules = self._directory.rules
        return await self._previews.of(
            asked, book.compile(rules.version + 1, rules.current.calendar.days_off), number
        )

    async def _preview(self, book: RuleBookFile | None, asked: Asked[DraftQuery]) -> Preview | None:
        if book is None or asked.query.part is not Part.OVERVIEW:
            return None
        async with self._store.snapshot() as connection:
            watched = await watched_open(connection, MOST_ORDERS + 1)
            cases = await unclosed_cases(connection)
        rules = self._directory.rules
        draft = book.compile(rules.version + 1, rules.current.calendar.days_off)
        found = await asyncio.to_thread(foresee, watched[:MOST_ORDERS], rules, draft, asked.now)
        return Preview(
            orders=found.orders,
            more=len(watched) > MOST_ORDERS,
            concerned=found.concerned,
            late_at_once=found.late_at_once,
            cases=cases,
        )


def the_rules(files: RuleFiles) -> tuple[Screen[Any, Any], ...]:
    """The three pages."""
    return (
        _screen(
            name="rules",
            page=PAGE,
            twin="/api/rules",
            summary="The rules in force, all versions of them, and drafts",
            query=NoQuery,
            shape=RulesShown,
            load=files.rules,
        ),
        _screen(
            name="rules_draft",
            page=DRAFT_PAGE,
            twin="/api/rules/drafts/{id}",
            summary="A draft of the rules: what is wrong with it, and what it would change",
            query=DraftQuery,
            shape=RulesDraft,
            load=files.draft,
            onward=_published,
        ),
        _screen(
            name="rules_version",
            page=VERSION_PAGE,
            twin=r"/api/rules/{version:\d+}",
            summary="One version of the rules, and what was changed with it",
            query=NoQuery,
            shape=VersionShown,
            load=files.version,
        ),
    )


def _screen(**parts: Any) -> Screen[Any, Any]:
    """One of the pages, with what they have in common."""
    return Screen(words=RULES_WORDS, tab="rules", tools=TOOLS, **parts)


def _published(view: RulesDraft) -> str | None:
    """A draft that was published has become a version."""
    return None if view.published is None else f"{PAGE}/{view.published}"


def version_in(path: Mapping[str, str]) -> int:
    """The version that an address names. Raises MissingError."""
    number = path["version"]
    if not number.isascii() or len(number) > MOST_VERSION:
        raise MissingError(f"version {number}")
    return int(number)


def _line(document: Document, asked: Asked[Any]) -> VersionLine:
    return VersionLine(
        version=document.version,
        at=asked.local(document.created_at),
        author=document.author,
        reason=None if document.reason is None else free(document.reason),
        origin=document.origin,
        applied=document.applied,
        trial=document.trial is not None,
    )


def _changes(before: RuleBookFile, after: RuleBookFile) -> list[ChangeLine]:
    return [ChangeLine(at=one.at, before=one.before, after=one.after) for one in differences(before, after)]


def _place(number: int, tree: Plain, key: str) -> int:
    """The number of one of a list, if need be that of the last."""
    return min(number, max(len(tree.get(key, [])) - 1, 0))


def _finding(one: Finding | Remark, field: str, lane: str | None = None) -> FindingLine:
    others = [free(name) for name in one.others]
    return FindingLine(
        slip=one.slip,
        at=one.at,
        field=field,
        lane=None if lane is None else free(lane),
        others=others,
        said={language: slip_said(one.slip, others, language) for language in Language},
        refused=one.refused,
    )


def faults_of(tree: Plain) -> list[FaultLine]:
    """What is wrong with a draft, each at its field."""
    return [_fault(one, tree) for one in checked(tree)[1]]


def _fault(problem: Problem, tree: Plain) -> FaultLine:
    at = (*problem.path, problem.missing) if problem.missing is not None else tuple(problem.path)
    field, message = placed(at, problem.message, tree) or (field_of(at), problem.message)
    return FaultLine(
        at=at,
        field=field,
        said={one: said(message, one) for one in Language},
        suggestion=problem.suggestion,
    )


def _standing(book: RuleBookFile, now: datetime) -> Sequence[str]:
    """How it stands with each lane."""
    found: list[str] = []
    for lane in book.lanes:
        if lane.start is None and lane.end is None:
            found.append("always")
        elif lane.end is not None and lane.end <= now:
            found.append("over")
        else:
            found.append("ahead" if lane.start is not None and lane.start > now else "on")
    return found
