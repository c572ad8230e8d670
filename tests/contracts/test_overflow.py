"""What is folded, into what: once, whole, and by whoever has its reader's turn."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from bot.storage.ids import new_id
from bot.storage.store import Store, Transaction
from handlers.messages import LetterId
from handlers.outbox import Letter, LetterKind, Medium, Overflow, Taken
from handlers.overflow import fold, narrowed, told_by
from handlers.world import World
from rules.anomalies import Ended
from rules.delivery import DeliveryState
from rules.editions import Edition
from rules.pace import CONVERSATION, MINUTE, Rank
from rules.stages import Priority
from tests.contracts.backend import inside, rows, undone
from tests.contracts.builders import BOOK, NOW, a_case, a_letter, an_order, in_

WORLD = cast(World, cast(Any, SimpleNamespace(new_id=lambda: LetterId(new_id()))))
LEASE, ROOM_AT = in_(seconds=60), in_(seconds=40)
ROOM = CONVERSATION[Rank.ORDINARY].per_minute


def an_alert(to: str = "zhangsan", **fields: Any) -> Letter:
    return a_letter(to, kind=LetterKind.CASE_CARD, **fields)


def too_much(*letters: Letter, full: Sequence[str] = ("zhangsan",), room_at: datetime = ROOM_AT) -> Taken:
    return Taken(overflow=[Overflow(letter=one, full=tuple(full), room_at=room_at) for one in letters])


async def folded(store: Store, taken: Taken, now: datetime = NOW) -> None:
    await inside(store, lambda work: fold(work, WORLD, taken, now))


async def stored(store: Store) -> list[Letter]:
    found = await rows(store, "SELECT id FROM letters ORDER BY id")

    async def read(work: Transaction) -> list[Letter]:
        letters = [await work.outbox.find(LetterId(row["id"])) for row in found]
        return [letter for letter in letters if letter is not None]

    return await inside(store, read)


async def digests(store: Store) -> list[Letter]:
    return [letter for letter in await stored(store) if letter.kind is LetterKind.OVERFLOW]


async def test_alerts_of_one_reader_go_into_one_digest_that_leaves_when_there_is_room(store: Store) -> None:
    alerts = [an_alert() for _ in range(3)]
    await inside(store, lambda work: work.outbox.post(alerts))

    await folded(store, too_much(alerts[0]))
    await folded(store, too_much(*alerts[1:], room_at=ROOM_AT + MINUTE), in_(seconds=5))

    (digest,) = await digests(store)
    parts = await inside(store, lambda work: work.outbox.folded_into([digest.id]))
    assert [(part.id, part.state) for part in parts] == [(alert.id, DeliveryState.FOLDED) for alert in alerts]
    assert [part.done_at for part in parts] == [NOW, in_(seconds=5), in_(seconds=5)]
    assert (digest.to, digest.medium, digest.due_at) == ("zhangsan", Medium.APP, ROOM_AT)
    assert digest.priority is Priority.P2


async def test_a_digest_waits_a_minute_at_most(store: Store) -> None:
    alert = an_alert()
    await inside(store, lambda work: work.outbox.post([alert]))

    await folded(store, too_much(alert, room_at=in_(minutes=50)))

    assert [digest.due_at for digest in await digests(store)] == [NOW + MINUTE]


async def test_what_is_urgent_makes_its_digest_urgent(store: Store) -> None:
    ordinary, urgent = an_alert(), an_alert(priority=Priority.P1)
    await inside(store, lambda work: work.outbox.post([ordinary, urgent]))

    await folded(store, too_much(ordinary))
    await folded(store, too_much(urgent), in_(seconds=5))

    (digest,) = await digests(store)
    assert (digest.priority, digest.due_at) == (Priority.P1, in_(seconds=5))


async def test_what_comes_while_a_digest_leaves_goes_into_the_next_one(store: Store) -> None:
    first, second = an_alert(), an_alert()
    await inside(store, lambda work: work.outbox.post([first, second]))
    await folded(store, too_much(first))
    (leaving,) = await digests(store)

    overflow = too_much(second).overflow
    await folded(store, Taken(letters=[leaving], overflow=overflow))

    assert len(await digests(store)) == 2
    assert len(await inside(store, lambda work: work.outbox.folded_into([leaving.id]))) == 1


async def test_of_several_readers_each_that_is_full_has_a_part_of_its_own(store: Store) -> None:
    shared = an_alert("lisi|wangwu|zhangsan", key="card")
    await inside(store, lambda work: work.outbox.post([shared]))

    await folded(store, too_much(shared, full=("lisi", "zhangsan")))

    letters = await stored(store)
    assert {(letter.key, letter.to, letter.state) for letter in letters if letter.is_alert} == {
        ("card", "wangwu", DeliveryState.READY),
        ("card:lisi", "lisi", DeliveryState.FOLDED),
        ("card:zhangsan", "zhangsan", DeliveryState.FOLDED),
    }
    assert {digest.to for digest in await digests(store)} == {"lisi", "zhangsan"}


async def test_where_all_readers_are_full_the_letter_is_the_first_ones(store: Store) -> None:
    shared = an_alert("lisi|zhangsan", key="card")
    await inside(store, lambda work: work.outbox.post([shared]))

    await folded(store, too_much(shared, full=("lisi", "zhangsan")))

    assert {(one.key, one.to, one.state) for one in await stored(store) if one.is_alert} == {
        ("card", "lisi", DeliveryState.FOLDED),
        ("card:zhangsan", "zhangsan", DeliveryState.FOLDED),
    }


async def test_folding_is_all_or_nothing(store: Store) -> None:
    alert = an_alert()
    await inside(store, lambda work: work.outbox.post([alert]))

    ended = await undone(store, lambda work: fold(work, WORLD, too_much(alert), NOW))

    assert [letter.state for letter in ended] == [DeliveryState.FOLDED]
    assert await stored(store) == [alert]


async def test_replicas_side_by_side_fold_each_alert_once_into_one_digest(postgres_store: Store) -> None:
    spent = [a_letter(state=DeliveryState.SENT, attempted_at=NOW, done_at=NOW) for _ in range(ROOM)]
    alerts = [an_alert() for _ in range(60)]
    await inside(postgres_store, lambda work: work.outbox.post([*spent, *alerts]))

    async def take(work: Transaction) -> None:
        taken = await work.outbox.take([Medium.APP], in_(seconds=1), LEASE, 15)
        await fold(work, WORLD, taken, in_(seconds=1))

    await asyncio.gather(*(inside(postgres_store, take) for _ in range(8)))
    await inside(postgres_store, take)

    (digest,) = await digests(postgres_store)
    parts = await inside(postgres_store, lambda work: work.outbox.folded_into([digest.id]))
    assert [part.id for part in parts] == [alert.id for alert in alerts]


async def test_a_digest_says_what_is_open_the_most_urgent_first(store: Store) -> None:
    late, later = a_case("LATE", due_at=in_(minutes=-9)), a_case("LATER", due_at=in_(minutes=-2))
    urgent = a_case("URGENT", priority=Priority.P1, due_at=NOW)
    over = a_case("OVER", ended_at=NOW, ended_how=Ended.MOVED)
    digest = a_letter(kind=LetterKind.OVERFLOW)
    cases = [later, over, late, urgent]

    async def write(work: Transaction) -> None:
        await work.orders.save(
            [an_order(case.order.order_no) for case in cases], Edition(book=BOOK), arm=True
        )
        await work.cases.save(cases)
        parts = [an_alert(case=case.id, state=DeliveryState.FOLDED, folded_into=digest.id) for case in cases]
        await work.outbox.post([digest, *parts])

    await inside(store, write)

    told = await inside(store, lambda work: told_by(work, [digest, a_letter()]))

    assert [case.id for case in told[digest.id].cases] == [urgent.id, late.id, later.id]
    assert narrowed(digest, told) == digest
    assert await inside(store, lambda work: told_by(work, [a_letter()])) == {}


async def test_the_digest_of_one_case_is_about_that_case(store: Store) -> None:
    case, digest = a_case(), a_letter(kind=LetterKind.OVERFLOW, due_at=NOW + timedelta(seconds=1))

    async def write(work: Transaction) -> None:
        await work.orders.save([an_order()], Edition(book=BOOK), arm=True)
        await work.cases.save([case])
        part = an_alert(case=case.id, state=DeliveryState.FOLDED, folded_into=digest.id)
        await work.outbox.post([digest, part, replace(part, id=LetterId(new_id()), key="again")])

    await inside(store, write)

    told = await inside(store, lambda work: told_by(work, [digest]))

    assert narrowed(digest, told) == replace(digest, case=case.id, order=case.order)
