"""Rule books and rosters in versions, read through the ORM."""

import asyncio

from bot.signals import Signals
from bot.storage.documents import Document, Origin, newest_versions, versions_of
from bot.storage.opening import open_store
from bot.storage.store import Store, Transaction
from tests.contracts.backend import inside
from tests.contracts.builders import NOW


def a_document(version: int, body: str, kind: str = "rules") -> Document:
    return Document(
        kind=kind,
        version=version,
        body=body,
        created_at=NOW,
        author=None,
        reason=None,
        origin=Origin.FILE,
        trial=None,
    )


async def store_if_new(store: Store, kind: str, body: str) -> bool:
    """Whether it was a new version."""
    return await inside(store, lambda work: work.documents.add_if_new(kind, body, NOW)) is not None


async def test_versions_are_counted_for_each_kind(store: Store) -> None:
    assert await store_if_new(store, "rules", "{}")
    assert await store_if_new(store, "rules", '{"version": 1}')
    assert await store_if_new(store, "roster", "{}")

    assert await versions_of("rules") == [a_document(1, "{}"), a_document(2, '{"version": 1}')]
    assert await versions_of("roster") == [a_document(1, "{}", "roster")]
    assert await versions_of("unknown") == []


async def test_the_newest_version_of_each_kind_is_told(store: Store) -> None:
    for kind, body in (("rules", "a"), ("rules", "b"), ("roster", "a")):
        await store_if_new(store, kind, body)

    async with store.reading() as connection:
        assert await newest_versions(connection) == {"rules": 2, "roster": 1}


async def test_the_same_document_again_is_no_new_version(store: Store) -> None:
    await store_if_new(store, "rules", "{}")

    assert not await store_if_new(store, "rules", "{}")
    assert len(await versions_of("rules")) == 1


async def test_going_back_to_an_old_document_is_a_new_version(store: Store) -> None:
    for body in ("a", "b", "a"):
        assert await store_if_new(store, "rules", body)

    assert [document.body for document in await versions_of("rules")] == ["a", "b", "a"]


async def test_replicas_that_start_together_add_one_version(store: Store) -> None:
    added = await asyncio.gather(*(store_if_new(store, "rules", "{}") for _ in range(5)))

    assert sorted(added) == [False] * 4 + [True]
    assert await versions_of("rules") == [a_document(1, "{}")]


async def test_any_text_comes_back(store: Store) -> None:
    body = '{"name": "张三 🚚 \' \\" \\u0000"}'
    await store_if_new(store, "roster", body)

    assert await versions_of("roster") == [a_document(1, body, "roster")]


# --- traps of the ORM ------------------------------------------------------------


async def test_a_task_that_began_before_the_database_was_opened_can_read(url: str) -> None:
    """A task knows the context it was created in; ours is global."""
    opened = asyncio.Event()

    async def read_later() -> list[Document]:
        await opened.wait()
        return await versions_of("rules")

    early = asyncio.create_task(read_later())
    async with open_store(url, Signals()) as store:
        await store_if_new(store, "rules", "{}")
        opened.set()
        assert await early == [a_document(1, "{}")]


async def test_a_read_within_a_transaction_stays_outside_it(store: Store) -> None:
    """It sees what was committed, and its task does not take over the transaction's connection."""
    await store_if_new(store, "rules", "{}")

    async def read(work: Transaction) -> list[Document]:
        await work.chats.greeted("wrGroup", NOW)
        return await asyncio.create_task(versions_of("rules"))

    assert await inside(store, read) == [a_document(1, "{}")]
