"""Rule books and rosters in versions, read through the ORM."""

import asyncio

from bot.signals import Signals
from bot.storage.documents import newest_versions, versions_of
from bot.storage.opening import open_store
from bot.storage.store import Store, Transaction
from handlers.documents import Added, Document, Origin
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


async def add(store: Store, kind: str, body: str, origin: Origin = Origin.FILE) -> int:
    """The version that it became."""
    added = await inside(store, lambda work: work.documents.add(kind, body, NOW, origin=origin))
    return added.version


async def test_versions_are_counted_for_each_kind(store: Store) -> None:
    assert await add(store, "rules", "{}") == 1
    assert await add(store, "rules", '{"version": 1}') == 2
    assert await add(store, "roster", "{}") == 1

    assert await versions_of("rules") == [a_document(1, "{}"), a_document(2, '{"version": 1}')]
    assert await versions_of("roster") == [a_document(1, "{}", "roster")]
    assert await versions_of("unknown") == []


async def test_the_newest_version_of_each_kind_is_told(store: Store) -> None:
    for kind, body in (("rules", "a"), ("rules", "b"), ("roster", "a")):
        await add(store, kind, body)

    async with store.reading() as connection:
        assert await newest_versions(connection) == {"rules": 2, "roster": 1}


async def test_the_newest_version_is_found_and_so_is_the_newest_that_came_from_a_file(store: Store) -> None:
    await add(store, "rules", "a")
    await add(store, "rules", "b", Origin.BOARD)

    newest = await inside(store, lambda work: work.documents.newest("rules"))
    of_file = await inside(store, lambda work: work.documents.newest("rules", Origin.FILE))
    assert newest is not None
    assert (newest.body, newest.origin) == ("b", Origin.BOARD)
    assert of_file == a_document(1, "a")
    assert await inside(store, lambda work: work.documents.newest("roster")) is None
    assert await inside(store, lambda work: work.documents.find("rules", 1)) == a_document(1, "a")
    assert await inside(store, lambda work: work.documents.find("rules", 3)) is None


async def test_a_version_tells_who_made_it_and_why(store: Store) -> None:
    async def publish(work: Transaction) -> Added:
        await work.documents.add("rules", "a", NOW)
        return await work.documents.add(
            "rules", "b", NOW, author="wu", reason="618", origin=Origin.BOARD, applied=True
        )

    added = await inside(store, publish)
    (first, second) = await versions_of("rules")
    assert added.before != added.after
    assert (first.author, first.reason, first.applied) == (None, None, False)
    assert (second.author, second.reason, second.applied) == ("wu", "618", True)


async def test_two_that_publish_at_once_make_two_versions(store: Store) -> None:
    added = await asyncio.gather(*(add(store, "rules", f"{number}") for number in range(5)))

    assert sorted(added) == [1, 2, 3, 4, 5]


async def test_any_text_comes_back(store: Store) -> None:
    body = '{"name": "张三 🚚 \' \\" \\u0000"}'
    await add(store, "roster", body)

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
        await add(store, "rules", "{}")
        opened.set()
        assert await early == [a_document(1, "{}")]


async def test_a_read_within_a_transaction_stays_outside_it(store: Store) -> None:
    """It sees what was committed, and its task does not take over the transaction's connection."""
    await add(store, "rules", "{}")

    async def read(work: Transaction) -> list[Document]:
        await work.chats.greeted("wrGroup", NOW)
        return await asyncio.create_task(versions_of("rules"))

    assert await inside(store, read) == [a_document(1, "{}")]
