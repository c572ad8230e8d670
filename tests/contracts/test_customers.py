"""What is counted and noted of customers when several things happen at once, as both databases have it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.clock import ManualClock
from bot.directory import load_directory
from bot.ground import make_world
from bot.settings import load
from bot.storage.store import Store, Transaction
from handlers.addressing import customer_address
from handlers.customers import take_news
from handlers.delivery import Attempt, Receipt, settle
from handlers.leaving import take_letters
from handlers.messages import ConversationMoved, MessageBounced
from handlers.outbox import Letter, LetterKind, Medium, content_of
from handlers.world import World
from replies.drafts import Draft
from rules.anomalies import Anomaly, Ended
from rules.contact import Because
from rules.delivery import DeliveryState, Outcome
from rules.editions import Edition
from tests.contracts.backend import inside
from tests.contracts.builders import BOOK, NOW, a_case, a_letter, an_order, in_

KF, CHEN = "wkAccount", "wmChen"
A_MOMENT = 0.05
"""Seconds in which another transaction gets as far as it can."""
DRAFT = Draft(template="words", version="1", text="您好", claims={"case": "picking/1/not_started/moved"})


@pytest.fixture
async def world(store: Store) -> World:
    settings = load({})
    return make_world(
        settings, ManualClock(NOW), store, await load_directory(settings, store, NOW), b"secret"
    )


def the_case(number: str) -> Anomaly:
    """Of an order that moves again."""
    return a_case(number, id_=f"case-{number}", ended_at=NOW, ended_how=Ended.MOVED)


def a_reply(number: str, **fields: Any) -> Letter:
    """A message to the customer about such an order, ready to go."""
    return a_letter(
        customer_address(KF, CHEN),
        id_=f"letter-{number}",
        kind=LetterKind.CUSTOMER,
        medium=Medium.KF,
        case=f"case-{number}",
        order=an_order(number).key,
        content={**content_of(DRAFT), "open_kfid": KF, "external_userid": CHEN},
        **fields,
    )


async def written(store: Store, *letters: Letter) -> None:
    """The letters, their orders and cases, of a customer who wrote an hour ago."""
    numbers = [letter.id.removeprefix("letter-") for letter in letters]

    async def write(work: Transaction) -> None:
        await work.windows.heard(KF, CHEN, in_(hours=-1))
        await work.orders.lock([an_order(number).key for number in numbers])
        await work.orders.save([an_order(number) for number in numbers], Edition(book=BOOK), arm=True)
        await work.cases.save([the_case(number) for number in numbers])
        await work.outbox.post(letters)

    await inside(store, write)


async def taken(store: Store, world: World) -> list[Letter]:
    _, letters = await inside(store, lambda work: take_letters(work, world, [Medium.KF], 10))
    return letters


async def now_stored(store: Store, letter: Letter) -> Letter:
    found = await inside(store, lambda work: work.outbox.find(letter.id))
    assert found is not None
    return found


async def noted(store: Store, world: World, *attempts: Attempt) -> None:
    await inside(store, lambda work: settle(work, world, attempts))


async def test_two_replies_at_once_do_not_both_get_the_last_place(store: Store, world: World) -> None:
    sent = [
        a_reply(f"S{number}", state=DeliveryState.SENT, attempts=1, attempted_at=in_(minutes=-9), done_at=NOW)
        for number in range(4)
    ]
    one, other = a_reply("R1"), a_reply("R2")
    await written(store, *sent, one, other)

    both = await asyncio.gather(*(taken(store, world) for _ in range(2)))
    (first,) = [letter for letters in both for letter in letters]
    await noted(store, world, (first, Receipt(outcome=Outcome.ACCEPTED)))
    assert await taken(store, world) == []

    after = [await now_stored(store, letter) for letter in (one, other)]
    assert sorted(letter.state for letter in after) == [DeliveryState.FAILED, DeliveryState.SENT]
    assert [letter.note for letter in after if letter.state is DeliveryState.FAILED] == [
        "已连发5条，待顾客回复"
    ]


async def test_one_whose_window_nobody_knows_goes_and_is_judged_by_wecom(store: Store, world: World) -> None:
    stranger = replace(a_reply("R1"), content={**a_reply("R1").content, "external_userid": "wmOther"})
    await written(store, stranger)

    (letter,) = await taken(store, world)

    assert letter.remote_id is not None
    assert letter.remote_id.encode() in (letter.payload or b"")


def bounce_of(letter: Letter) -> MessageBounced:
    return MessageBounced(
        message=str(letter.remote_id),
        why="顾客拒收",
        shut=Because.CUSTOMER_REFUSES,
        open_kfid=KF,
        external_userid=CHEN,
        at=NOW,
    )


@pytest.mark.parametrize("unclear", [False, True])
async def test_a_bounce_may_come_before_the_answer(store: Store, world: World, *, unclear: bool) -> None:
    await written(store, a_reply("R1"))
    (letter,) = await taken(store, world)
    if unclear:
        await noted(store, world, (letter, Receipt(outcome=Outcome.UNCLEAR)))
    bounced = bounce_of(letter)

    for _ in range(2):
        await inside(store, lambda work: take_news(work, world, [bounced, bounced]))
    await noted(store, world, (letter, Receipt(outcome=Outcome.ACCEPTED)))

    after = await now_stored(store, letter)
    assert (after.state, after.note) == (DeliveryState.BOUNCED, "顾客拒收")
    window = await inside(store, lambda work: work.windows.find(KF, CHEN))
    assert window is not None
    assert window.blocked is Because.CUSTOMER_REFUSES
    assert len(await inside(store, lambda work: work.cases.timeline(the_case("R1").id))) == 1


async def test_a_bounce_is_not_lost_that_comes_while_the_answer_is_being_written(
    store: Store, world: World
) -> None:
    await written(store, a_reply("R1"))
    (letter,) = await taken(store, world)
    written_down = asyncio.Event()

    async def write_slowly(work: Transaction) -> None:
        await settle(work, world, [(letter, Receipt(outcome=Outcome.ACCEPTED))])
        written_down.set()
        await asyncio.sleep(A_MOMENT)

    async def hear_of_the_bounce() -> None:
        await written_down.wait()
        await inside(store, lambda work: take_news(work, world, [bounce_of(letter)]))

    await asyncio.gather(inside(store, write_slowly), hear_of_the_bounce())

    assert (await now_stored(store, letter)).state is DeliveryState.BOUNCED


async def test_a_bounce_of_nothing_of_ours_changes_nothing(store: Store, world: World) -> None:
    stray = MessageBounced(
        message="another system's", why="顾客拒收", shut=None, open_kfid=KF, external_userid=CHEN, at=NOW
    )

    assert await inside(store, lambda work: take_news(work, world, [stray])) == set()


async def test_news_is_heard_in_the_order_of_its_telling(store: Store, world: World) -> None:
    await written(store)
    told = [
        ConversationMoved(now=now, open_kfid=KF, external_userid=CHEN, at=NOW + timedelta(seconds=seconds))
        for seconds, now in enumerate((Because.WITH_COLLEAGUE, Because.SESSION_ENDED))
    ]

    await inside(store, lambda work: take_news(work, world, told))

    window = await inside(store, lambda work: work.windows.find(KF, CHEN))
    assert window is not None
    assert window.blocked is Because.SESSION_ENDED
