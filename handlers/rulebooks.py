"""How are rules changed on the board? A draft is begun, changed and published, or dropped; and an old version restored.

Each is one transaction with its line in the audit trail. What somebody else has changed meanwhile is never written
over: it is told instead.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from handlers.documents import Added, Document, Origin
from handlers.drafts import Draft
from handlers.ports import Work
from handlers.trail import AuditEntry, Doer
from rules.bookfile import read_kept
from rules.events import UserId

RULES = "rules"
"""The kind of document that a rule book is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Newer:
    """Somebody else has published meanwhile: the version that is in force now."""

    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Somebody else has changed the draft meanwhile, or ended it: as it is now."""

    draft: Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Unapproved:
    """The draft has other words for customers, and nobody but its author has agreed to them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publishing:
    """What is to become the next version, and why."""

    body: str
    base: int
    """The version in force that its author knows of."""
    reason: str
    applied: bool
    """Whether the cases that are open go by it as well."""


async def begin(work: Work, draft: Draft, by: Doer) -> None:
    """Keep a new draft."""
    await work.drafts.add(draft)
    await work.trail.note([_line(by, "draft.begun", draft, draft.created_at)])


async def keep(
    work: Work, draft: Draft, title: str, body: str, by: Doer, now: datetime, *, base: int | None = None
) -> Draft | Changed:
    """Keep what a draft says now, perhaps on another `base`. `draft` is as its author saw it."""
    after = replace(
        draft,
        title=title,
        body=body,
        base=draft.base if base is None else base,
        author=UserId(by.actor),
        changed_at=now,
        revision=draft.revision + 1,
    )
    return await _written(work, draft, after, _line(by, "draft.changed", after, now))


async def drop(work: Work, draft: Draft, by: Doer, now: datetime) -> Draft | Changed:
    """End a draft without publishing it."""
    after = replace(draft, ended_at=now, changed_at=now, revision=draft.revision + 1)
    return await _written(work, draft, after, _line(by, "draft.dropped", after, now))


async def approve(work: Work, draft: Draft, by: Doer, now: datetime) -> Draft | Changed | Unapproved:
    """Agree to the words in a draft, just as it is; whoever has changed it last may not."""
    if by.actor == draft.author:
        return Unapproved()
    revision = draft.revision + 1
    after = replace(
        draft,
        revision=revision,
        approved_by=UserId(by.actor),
        approved_at=now,
        approved_revision=revision,
    )
    return await _written(work, draft, after, _line(by, "draft.approved", after, now))


async def publish(
    work: Work, draft: Draft, wish: Publishing, by: Doer, now: datetime
) -> Added | Newer | Changed | Unapproved:
    """Make the next version of a draft; unless it was changed meanwhile, or is not based on the version in force.

    Other words for customers need somebody else who has agreed to them.
    """
    newest = await _newest(work, wish)
    if isinstance(newest, Newer):
        return newest
    if needs_approval(newest.body, wish.body) and not draft.is_approved:
        return Unapproved()
    after = replace(
        draft, ended_at=now, changed_at=now, published=newest.version + 1, revision=draft.revision + 1
    )
    written = await _written(work, draft, after, _line(by, "draft.published", after, now))
    if isinstance(written, Changed):
        return written
    return await _add(work, wish, by, now, "rules.published")


async def restore(work: Work, wish: Publishing, of: int, by: Doer, now: datetime) -> Added | Newer:
    """Make what an earlier version said the next one; cases that have gone over since come back to it as well."""
    newest = await _newest(work, wish)
    if isinstance(newest, Newer):
        return newest
    back = replace(wish, applied=wish.applied or await work.documents.applied_since(RULES, of))
    return await _add(work, back, by, now, "rules.restored", of=str(of))


def needs_approval(in_force: str, wanted: str) -> bool:
    """Whether a book has other words for customers than the one in force; bodies of two versions."""
    return read_kept(in_force).replies != read_kept(wanted).replies


async def _newest(work: Work, wish: Publishing) -> Document | Newer:
    """The version in force; Newer when it is not the one that is known of."""
    newest = await work.documents.newest(RULES)
    if newest is None or newest.version != wish.base:
        return Newer(version=0 if newest is None else newest.version)
    return newest


async def _add(work: Work, wish: Publishing, by: Doer, now: datetime, deed: str, **detail: str) -> Added:
    added = await work.documents.add(
        RULES,
        wish.body,
        now,
        author=by.actor,
        reason=wish.reason,
        origin=Origin.BOARD,
        applied=wish.applied,
        follows=wish.base,
    )
    said = {"version": str(added.version), "applied": "yes" if wish.applied else "no", **detail}
    await work.trail.note([by.did(deed, RULES, now, before=added.before, after=added.after, detail=said)])
    return added


async def _written(work: Work, before: Draft, after: Draft, line: AuditEntry) -> Draft | Changed:
    if before.ended_at is None and await work.drafts.update(after):
        await work.trail.note([line])
        return after
    return Changed(draft=await work.drafts.find(before.id) or before)


def _line(by: Doer, deed: str, draft: Draft, at: datetime) -> AuditEntry:
    return by.did(
        deed, draft.id, at, detail={"base": str(draft.base), "published": str(draft.published or "")}
    )
