"""What is noted of a message that an employee has in hand, when somebody else was there first."""

from collections.abc import Awaitable, Callable

import pytest

from bot.clock import ManualClock
from bot.directory import load_directory
from bot.ground import make_world
from bot.settings import load
from bot.storage.store import Store, Transaction
from handlers.addressing import address_by
from handlers.delivery import Receipt, settle
from handlers.inquiries import conclude, end_overdue
from handlers.leaving import take_letters
from handlers.outbox import NOT_NEEDED, Letter, LetterKind, Medium, content_of
from handlers.world import World
from replies.drafts import Draft
from rules.anomalies import Ended
from rules.delivery import DeliveryState, Outcome
from rules.editions import Edition
from rules.inquiry import Ending, Found
from tests.contracts.backend import inside, meanwhile, rows
from tests.contracts.builders import BOOK, NOW, a_case, a_letter, an_order, in_

CHEN, EMPLOYEE = "wmChen", "lisi"
DRAFT = Draft(template="words", version="1", text="您好", claims={"case": "picking/1/not_started/moved"})
ORDER = an_order()
CASE = a_case(ended_at=NOW, ended_how=Ended.MOVED)
ASKED_AT = in_(minutes=1)
OVERDUE_AT = in_(hours=26)
YES = Receipt(outcome=Outcome.ACCEPTED, found=Found.SENT)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def world_of(clock: ManualClock) -> Callable[[Store], Awaitable[World]]:
    async def make(store: Store) -> World:
        settings = load({})
        return make_world(settings, clock, store, await load_directory(settings, store, NOW), b"secret")

    return make


@pytest.fixture
async def world(store: Store, world_of: Callable[[Store], Awaitable[World]]) -> World:
    return await world_of(store)


async def taken(store: Store, world: World) -> list[Letter]:
    _, letters = await inside(store, lambda work: take_letters(work, world, [Medium.MASS], 10))
    return letters


async def noted(store: Store, world: World, letter: Letter, receipt: Receipt) -> None:
    await inside(store, lambda work: settle(work, world, [(letter, receipt)]))


async def stored(store: Store, letter: Letter) -> Letter:
    found = await inside(store, lambda work: work.outbox.find(letter.id))
    assert found is not None
    return found


async def said(store: Store) -> int:
    """How many lines were written to people."""
    return len(await rows(store, "SELECT id FROM letters WHERE kind = 'line'"))


async def in_hand(store: Store, world: World) -> Letter:
    """A message by 企业群发 that its employee has yet to confirm."""
    content = {**content_of(DRAFT), "employee": EMPLOYEE, "external_userid": CHEN}
    letter = a_letter(
        address_by(Medium.MASS, CHEN),
        kind=LetterKind.CUSTOMER,
        medium=Medium.MASS,
        case=CASE.id,
        order=ORDER.key,
        content=content,
    )

    async def write(work: Transaction) -> None:
        await work.orders.lock([ORDER.key])
        await work.orders.save([ORDER], Edition(book=BOOK), arm=True)
        await work.cases.save([CASE])
        await work.outbox.post([letter])

    await inside(store, write)
    (ordered,) = await taken(store, world)
    await noted(store, world, ordered, Receipt(outcome=Outcome.HANDED_OVER, remote_id="task-1"))
    message = await stored(store, letter)
    assert message.state is DeliveryState.PENDING
    return message


async def asked(store: Store, world: World, clock: ManualClock) -> Letter:
    """The question about it, on its way."""
    clock.move_to(ASKED_AT)
    (question,) = await taken(store, world)
    assert question.kind is LetterKind.INQUIRY
    return question


async def ended(store: Store, world: World, message: Letter, ending: Ending) -> bool:
    return await inside(store, lambda work: conclude(message, ending, work, world, world.now()))


async def test_an_answer_that_comes_after_the_end_changes_nothing(
    store: Store, world: World, clock: ManualClock
) -> None:
    message = await in_hand(store, world)
    question = await asked(store, world, clock)
    assert await ended(store, world, message, Ending.UNKNOWN)
    before, lines = await stored(store, message), await said(store)

    await noted(store, world, question, YES)

    assert await stored(store, message) == before
    assert (await stored(store, question)).state is DeliveryState.SENT, "nobody asks any more"
    assert await said(store) == lines


async def test_nothing_is_asked_about_a_message_that_has_ended(
    store: Store, world: World, clock: ManualClock
) -> None:
    message = await in_hand(store, world)
    assert await ended(store, world, message, Ending.STOPPED)

    clock.move_to(ASKED_AT)
    assert await taken(store, world) == []

    (question,) = await rows(store, "SELECT state, note FROM letters WHERE kind = 'inquiry'")
    assert (question["state"], question["note"]) == ("failed", NOT_NEEDED)


async def test_of_two_who_ask_the_same_one_s_answer_counts(
    store: Store, world: World, clock: ManualClock
) -> None:
    message = await in_hand(store, world)
    question = await asked(store, world, clock)
    await noted(store, world, question, Receipt(outcome=Outcome.ACCEPTED, found=Found.UNSENT))
    again = await stored(store, question)

    await noted(store, world, question, YES)

    assert await stored(store, message) == message
    assert await stored(store, question) == again
    assert again.due_at > ASKED_AT


async def test_what_has_ended_does_not_end_otherwise(store: Store, world: World) -> None:
    message = await in_hand(store, world)
    assert await ended(store, world, message, Ending.SENT)
    sent = await stored(store, message)
    lines = await said(store)

    assert not await ended(store, world, sent, Ending.WITHDRAWN)
    assert not await ended(store, world, message, Ending.WITHDRAWN), "as it was read before"

    assert await stored(store, message) == sent
    assert await said(store) == lines


async def test_what_waits_too_long_is_given_up_unless_somebody_works_on_its_order(
    postgres_store: Store, world_of: Callable[[Store], Awaitable[World]]
) -> None:
    store = postgres_store
    world = await world_of(store)
    message = await in_hand(store, world)

    async def give_up(work: Transaction) -> None:
        await end_overdue(work, world, OVERDUE_AT)

    async with meanwhile(store, lambda work: work.orders.lock([ORDER.key])):
        await inside(store, give_up)
        assert await stored(store, message) == message

    await inside(store, give_up)
    assert (await stored(store, message)).state is DeliveryState.UNKNOWN
