"""Rules are changed on the board: what two people do at once, and what is put down of it."""

import pytest

from bot.storage.documents import versions_of
from bot.storage.store import Store, Transaction
from handlers import rulebooks
from handlers.documents import Added, Origin
from handlers.drafts import Draft
from handlers.rulebooks import RULES, Changed, Newer, Publishing, Unapproved
from handlers.trail import Doer, Way
from tests.contracts.backend import inside, rows
from tests.contracts.builders import NOW, a_draft, in_

WU = Doer(actor="wuyue", way=Way.PAGE)
QIAN = Doer(actor="qian", way=Way.PAGE)


def a_wish(base: int = 1, body: str = '{"max_age": "30h"}', *, applied: bool = False) -> Publishing:
    return Publishing(body=body, base=base, reason="618", applied=applied)


async def a_stored_draft(store: Store) -> Draft:
    """A draft of the one version that there is."""
    draft = a_draft()

    async def begin(work: Transaction) -> None:
        await work.documents.add(RULES, "{}", NOW)
        await rulebooks.begin(work, draft, WU)

    await inside(store, begin)
    return draft


async def deeds(store: Store) -> list[str]:
    found = await rows(store, "SELECT deed FROM audit_trail ORDER BY id")
    return [row["deed"] for row in found]


async def test_a_draft_is_changed_by_one_after_the_other_and_the_second_at_once_is_told(store: Store) -> None:
    seen = await a_stored_draft(store)

    first = await inside(
        store, lambda work: rulebooks.keep(work, seen, "618", '{"a": 1}', WU, in_(minutes=1))
    )
    second = await inside(
        store, lambda work: rulebooks.keep(work, seen, "618", '{"a": 2}', QIAN, in_(minutes=2))
    )

    assert isinstance(first, Draft)
    assert second == Changed(draft=first)
    assert await inside(store, lambda work: work.drafts.find(seen.id)) == first
    assert await inside(store, lambda work: work.drafts.open(RULES)) == [first]
    assert await deeds(store) == ["draft.begun", "draft.changed"]


async def test_what_is_published_is_the_next_version_with_who_and_why(store: Store) -> None:
    draft = await a_stored_draft(store)

    added = await inside(
        store, lambda work: rulebooks.publish(work, draft, a_wish(applied=True), WU, in_(minutes=5))
    )

    assert isinstance(added, Added)
    *_, newest = await versions_of(RULES)
    assert (newest.version, newest.author, newest.reason) == (2, "wuyue", "618")
    assert (newest.origin, newest.applied, newest.created_at) == (Origin.BOARD, True, in_(minutes=5))
    ended = await inside(store, lambda work: work.drafts.find(draft.id))
    assert ended is not None
    assert (ended.published, ended.ended_at) == (2, in_(minutes=5))
    assert await inside(store, lambda work: work.drafts.open(RULES)) == []
    assert await deeds(store) == ["draft.begun", "draft.published", "rules.published"]


async def test_a_draft_of_an_older_version_is_not_published_over_a_newer_one(store: Store) -> None:
    draft = await a_stored_draft(store)
    await inside(store, lambda work: work.documents.add(RULES, '{"max_age": "2d"}', NOW, origin=Origin.BOARD))

    refused = await inside(store, lambda work: rulebooks.publish(work, draft, a_wish(), WU, NOW))

    assert refused == Newer(version=2)
    assert len(await versions_of(RULES)) == 2
    assert await inside(store, lambda work: work.drafts.open(RULES)) == [draft]


async def test_a_draft_that_was_changed_meanwhile_is_not_published(store: Store) -> None:
    seen = await a_stored_draft(store)
    changed = await inside(store, lambda work: rulebooks.keep(work, seen, "618", '{"a": 1}', QIAN, NOW))
    assert isinstance(changed, Draft)

    refused = await inside(store, lambda work: rulebooks.publish(work, seen, a_wish(), WU, NOW))

    assert refused == Changed(draft=changed)
    assert len(await versions_of(RULES)) == 1


OTHER_WORDS = (
    '{"replies": [{"name": "payment", "text": "---\\ntitle: x\\nfacts: [order_no]\\n---\\n{{ order_no }}"}]}'
)


async def test_other_words_wait_for_somebody_else_to_agree_to_this_very_revision(store: Store) -> None:
    seen = await a_stored_draft(store)
    wish = a_wish(body=OTHER_WORDS)

    async def publish(draft: Draft) -> object:
        return await inside(store, lambda work: rulebooks.publish(work, draft, wish, WU, NOW))

    assert await publish(seen) == Unapproved()
    assert await inside(store, lambda work: rulebooks.approve(work, seen, WU, NOW)) == Unapproved()
    agreed = await inside(store, lambda work: rulebooks.approve(work, seen, QIAN, in_(minutes=1)))
    assert isinstance(agreed, Draft)
    assert (agreed.is_approved, agreed.approved_by, agreed.author) == (True, "qian", "wuyue")
    assert await inside(store, lambda work: rulebooks.approve(work, seen, QIAN, NOW)) == Changed(draft=agreed)
    changed = await inside(store, lambda work: rulebooks.keep(work, agreed, "618", "{}", WU, in_(minutes=2)))
    assert isinstance(changed, Draft)
    assert not changed.is_approved
    assert await publish(changed) == Unapproved()
    assert await publish(agreed) == Changed(draft=changed)
    again = await inside(store, lambda work: rulebooks.approve(work, changed, QIAN, in_(minutes=3)))
    assert isinstance(again, Draft)
    assert isinstance(await publish(again), Added)
    assert (await deeds(store)).count("draft.approved") == 2


async def test_a_version_with_other_words_is_restored_without_anybody_agreeing(store: Store) -> None:
    async def two(work: Transaction) -> None:
        await work.documents.add(RULES, OTHER_WORDS, NOW)
        await work.documents.add(RULES, "{}", NOW, origin=Origin.BOARD)

    await inside(store, two)
    back = await inside(store, lambda work: rulebooks.restore(work, a_wish(2, OTHER_WORDS), 1, WU, NOW))
    assert isinstance(back, Added)


async def test_a_dropped_draft_cannot_be_changed(store: Store) -> None:
    seen = await a_stored_draft(store)
    dropped = await inside(store, lambda work: rulebooks.drop(work, seen, WU, in_(minutes=1)))
    assert isinstance(dropped, Draft)

    assert await inside(
        store, lambda work: rulebooks.keep(work, dropped, "618", "{}", WU, in_(minutes=2))
    ) == Changed(draft=dropped)
    assert await inside(store, lambda work: work.drafts.open(RULES)) == []
    assert await deeds(store) == ["draft.begun", "draft.dropped"]


@pytest.mark.parametrize(("base", "restored"), [(2, True), (1, False)])
async def test_an_old_version_is_restored_as_a_new_one_over_the_one_that_was_seen(
    store: Store, base: int, restored: bool
) -> None:
    async def two(work: Transaction) -> None:
        await work.documents.add(RULES, "{}", NOW)
        await work.documents.add(RULES, '{"max_age": "2d"}', NOW, origin=Origin.BOARD)

    await inside(store, two)
    back = await inside(store, lambda work: rulebooks.restore(work, a_wish(base, "{}"), 1, WU, NOW))

    assert isinstance(back, Added if restored else Newer)
    bodies = [document.body for document in await versions_of(RULES)]
    assert bodies == ["{}", '{"max_age": "2d"}', *(["{}"] if restored else [])]


@pytest.mark.parametrize("applied", [True, False])
async def test_cases_that_went_over_come_back_with_what_is_restored(store: Store, applied: bool) -> None:
    async def three(work: Transaction) -> None:
        for number, flag in enumerate((False, applied, False)):
            await work.documents.add(RULES, f'{{"max_age": "{30 + number}h"}}', NOW, applied=flag)

    await inside(store, three)
    await inside(store, lambda work: rulebooks.restore(work, a_wish(3), 1, WU, NOW))

    *_, newest = await versions_of(RULES)
    assert (newest.version, newest.applied) == (4, applied)
