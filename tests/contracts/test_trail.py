"""Who saw and did what is kept as it was noted, found by every question, and never changed."""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace

import asyncpg
import pytest
from hypothesis import given

from bot.storage.connection import Value
from bot.storage.store import Store, Transaction
from bot.storage.trail import TrailFilter, TrailLine
from bot.storage.views import Views
from handlers.trail import AuditEntry, Way, viewed
from rules.anomalies import AnomalyId
from rules.events import Shop
from tests.contracts.backend import inside, rows, undone
from tests.contracts.builders import NOW, a_key, in_
from tests.contracts.strategies import records
from tests.contracts.test_round_trips import whatever_it_holds

CLAIM = AuditEntry(
    at=NOW,
    actor="zhangsan",
    way=Way.CARD,
    deed="claim",
    subject="case1",
    order=a_key("DB1", "east"),
    case=AnomalyId("case1"),
    before="a",
    after="b",
)
LOOK = viewed(
    actor="lisi", way=Way.PAGE, what="order", subject="DB2", at=in_(minutes=1), order=a_key("DB2", "west")
)
IMPORT = AuditEntry(
    at=in_(minutes=2), actor="file:roster.yaml", way=Way.FILE, deed="roster.imported", subject="roster"
)
STORY = (CLAIM, LOOK, IMPORT)


async def note(store: Store, *entries: AuditEntry) -> None:
    await inside(store, lambda work: work.trail.note(entries))


async def found(store: Store, wanted: TrailFilter, limit: int = 10) -> Sequence[TrailLine]:
    return await Views(store).trail(wanted, limit)


@whatever_it_holds
@given(entry=records(AuditEntry))
async def test_a_line_comes_back_as_it_was_noted(store: Store, entry: AuditEntry) -> None:
    async def there_and_back(work: Transaction) -> list[TrailLine]:
        await work.trail.note([entry])
        return await work.trail.lines(TrailFilter(actor=entry.actor), 1)

    (line,) = await undone(store, there_and_back)
    assert line.entry == entry


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (TrailFilter(), [IMPORT, LOOK, CLAIM]),
        (TrailFilter(actor="zhangsan"), [CLAIM]),
        (TrailFilter(deed="viewed.order"), [LOOK]),
        (TrailFilter(order=a_key("DB1", "east")), [CLAIM]),
        (TrailFilter(order=a_key("DB1", "west")), []),
        (TrailFilter(case=AnomalyId("case1")), [CLAIM]),
        (TrailFilter(since=in_(minutes=1)), [IMPORT, LOOK]),
        (TrailFilter(until=in_(minutes=1)), [CLAIM]),
        (TrailFilter(since=in_(minutes=1), until=in_(minutes=2)), [LOOK]),
        (TrailFilter(changes_only=True), [IMPORT, CLAIM]),
        (TrailFilter(shops=frozenset({Shop("east"), Shop("north")})), [CLAIM]),
        (TrailFilter(shops=frozenset()), []),
        (TrailFilter(actor="lisi", deed="viewed.order", shops=frozenset({Shop("west")})), [LOOK]),
    ],
)
async def test_every_question_finds_its_lines_newest_first(
    store: Store, wanted: TrailFilter, expected: list[AuditEntry]
) -> None:
    await note(store, *STORY)

    assert [line.entry for line in await found(store, wanted)] == expected


async def test_pages_follow_each_other_without_a_gap(store: Store) -> None:
    """Lines of one millisecond too, in the order in which they were noted."""
    for number in range(7):
        await note(store, replace(CLAIM, subject=f"case{number}"))

    read, before = list[str](), None
    while page := await found(store, TrailFilter(before=before), 3):
        read += [line.entry.subject for line in page]
        before = page[-1].id

    assert read == [f"case{number}" for number in reversed(range(7))]


@pytest.mark.parametrize("statement", ["UPDATE audit_trail SET actor = 'nobody'", "DELETE FROM audit_trail"])
async def test_no_line_is_ever_changed_or_taken_away(store: Store, statement: str) -> None:
    await note(store, *STORY)

    async with store.reading() as connection:
        with pytest.raises((sqlite3.IntegrityError, asyncpg.RaiseError), match="only added to"):
            await connection.execute(statement)

    assert [line.entry for line in await found(store, TrailFilter())] == [IMPORT, LOOK, CLAIM]


async def test_no_line_is_truncated_away(postgres_store: Store) -> None:
    await note(postgres_store, CLAIM)

    async with postgres_store.reading() as connection:
        with pytest.raises(asyncpg.RaiseError, match="only added to"):
            await connection.execute("TRUNCATE audit_trail")


async def test_what_is_taken_back_was_not_noted(store: Store) -> None:
    await undone(store, lambda work: work.trail.note(STORY))

    assert await found(store, TrailFilter()) == []


async def test_each_column_is_one_of_the_fields_but_for_the_id(store: Store) -> None:
    await note(store, CLAIM)

    (row,) = await rows(store, "SELECT * FROM audit_trail")
    kept: dict[str, Value] = dict(row)
    assert len(str(kept.pop("id"))) == 44
    assert kept == {
        "at": 1772416800000,
        "actor": "zhangsan",
        "way": "card",
        "deed": "claim",
        "subject": "case1",
        "shop": "east",
        "order_no": "DB1",
        "case_id": "case1",
        "card_id": None,
        "before_hash": "a",
        "after_hash": "b",
        "detail": "{}",
    }
