"""Cards, tasks, windows and chats, as `handlers.ports` promises them."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.storage.store import Store
from handlers.addressing import customer_address
from handlers.messages import LetterId
from handlers.outbox import Letter, Medium
from rules.anomalies import AnomalyId
from rules.contact import Because, Window
from rules.delivery import DeliveryState
from rules.events import UserId
from rules.tasks import Task, TaskKind, TaskResult
from tests.contracts.backend import inside, value
from tests.contracts.builders import NOW, a_card, a_case, a_letter, a_task, in_

KF, CHEN = "wkAccount", "wmChen"


# --- cards -----------------------------------------------------------------------


async def test_a_card_shows_what_was_put_last(store: Store) -> None:
    card = a_card(a_case())
    changed = replace(card, content={"text": "您好"}, version=2, response_code="c1", code_until=in_(hours=72))

    await inside(store, lambda work: work.cards.put(card))
    assert await inside(store, lambda work: work.cards.find(card.id)) == card

    await inside(store, lambda work: work.cards.put(changed))
    assert await inside(store, lambda work: work.cards.find(card.id)) == changed
    assert await inside(store, lambda work: work.cards.find(LetterId("unknown"))) is None


async def test_a_card_that_was_sent_may_be_changed_once(store: Store) -> None:
    sent, other = a_card(a_case()), a_card(a_case("DB2"))
    await inside(store, lambda work: work.cards.put(sent, other))
    codes = {sent.id: "c1", LetterId("unknown"): "c2"}

    await inside(store, lambda work: work.cards.keep_codes(codes, in_(hours=72)))

    after = await inside(store, lambda work: work.cards.find_all([sent.id, other.id]))
    assert after == {
        sent.id: replace(sent, response_code="c1", code_until=in_(hours=72)),
        other.id: other,
    }


async def test_the_cards_of_a_case_are_listed_oldest_first(store: Store) -> None:
    case = a_case()
    first, second, other = a_card(case), a_card(case), a_card(a_case("DB2"))
    for card in (second, other, first):
        await inside(store, lambda work, card=card: work.cards.put(card))

    assert await inside(store, lambda work: work.cards.of_case(case.id)) == [first, second]


# --- tasks -----------------------------------------------------------------------


async def test_a_case_has_one_task_of_each_kind(store: Store) -> None:
    case = a_case()
    first, other = a_task(case), a_task(case, TaskKind.REMIND_CARRIER)
    again = replace(first, result=TaskResult.SHORT, done_by=UserId("lisi"), done_at=NOW)

    await inside(store, lambda work: work.tasks.save([first, other]))
    await asyncio.gather(*(inside(store, lambda work: work.tasks.save([again])) for _ in range(5)))

    found = await inside(store, lambda work: work.tasks.of_cases([case.id, AnomalyId("unknown")]))
    assert found == {case.id: {TaskKind.RECHECK_STOCK: again, TaskKind.REMIND_CARRIER: other}}


async def test_who_is_to_answer_finds_what_is_not_done_the_longest_waited_for_first(store: Store) -> None:
    newer, older = a_task(a_case()), a_task(a_case("DB2"), given_at=in_(hours=-1))
    done = a_task(a_case("DB3"), result=TaskResult.SHORT, done_at=NOW)
    of_another = a_task(a_case("DB4"), owner=UserId("wangwu"))

    await inside(store, lambda work: work.tasks.save([newer, done, of_another, older]))

    assert await inside(store, lambda work: work.tasks.of_owner(UserId("lisi"))) == [older, newer]


async def test_a_task_is_passed_on_only_by_those_whose_it_is_while_it_is_not_done(store: Store) -> None:
    task, heir = a_task(a_case()), UserId("wangwu")
    done = replace(task, kind=TaskKind.REMIND_CARRIER, result=TaskResult.MOVED, done_at=NOW)
    await inside(store, lambda work: work.tasks.save([task, done]))

    async def pass_on(kind: TaskKind, *whose: str) -> dict[TaskKind, Task]:
        owners = [UserId(one) for one in whose]
        await inside(store, lambda work: work.tasks.pass_on(task.case, kind, owners, heir))
        return (await inside(store, lambda work: work.tasks.of_cases([task.case])))[task.case]

    assert (await pass_on(task.kind, "zhangsan"))[task.kind] == task
    assert (await pass_on(task.kind, "zhangsan", "lisi"))[task.kind] == replace(task, owner=heir)
    assert (await pass_on(done.kind, "lisi"))[done.kind] == done


async def test_nothing_to_write_and_nothing_to_read_is_no_work(store: Store) -> None:
    await inside(store, lambda work: work.tasks.save([]))

    assert await inside(store, lambda work: work.tasks.of_cases([])) == {}
    assert await value(store, "SELECT count(*) FROM tasks") == 0


# --- windows ---------------------------------------------------------------------


async def heard(store: Store, **ago: float) -> None:
    at = NOW - timedelta(**ago)
    await inside(store, lambda work: work.windows.heard(KF, CHEN, at))


async def window(store: Store) -> Window | None:
    return await inside(store, lambda work: work.windows.find(KF, CHEN))


def a_message(state: DeliveryState, *, to: str = customer_address(KF, CHEN), **ago: float) -> Letter:
    """One to the customer, tried so long ago."""
    return a_letter(to, medium=Medium.KF, state=state, attempted_at=NOW - timedelta(**ago))


async def test_nobody_has_a_window_before_they_wrote(store: Store) -> None:
    await heard(store)

    assert await inside(store, lambda work: work.windows.find(KF, "wmOther")) is None
    assert await inside(store, lambda work: work.windows.find("wkOther", CHEN)) is None


async def test_a_later_message_counts_and_an_earlier_one_does_not(store: Store) -> None:
    for hours in (3, 1, 2):
        await heard(store, hours=hours)

    found = await window(store)

    assert found == Window(open_kfid=KF, external_userid=CHEN, last_message_at=in_(hours=-1), sent=0)


@pytest.mark.parametrize(
    "state", [DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.UNKNOWN, DeliveryState.BOUNCED]
)
async def test_what_may_have_arrived_since_counts_against_the_quota(
    store: Store, state: DeliveryState
) -> None:
    await heard(store, hours=1)
    since, before = a_message(state, minutes=59), a_message(state, minutes=61)
    to_another = a_message(state, to=customer_address(KF, "wmOther"), minutes=59)
    await inside(store, lambda work: work.outbox.post([since, before, to_another]))

    found = await window(store)

    assert found is not None
    assert found.sent == 1


async def test_what_has_not_arrived_leaves_the_quota_alone(store: Store) -> None:
    await heard(store, hours=1)
    await inside(store, lambda work: work.outbox.post([a_message(DeliveryState.FAILED, minutes=1)]))

    found = await window(store)

    assert found is not None
    assert (found.sent, found.waiting) == (0, 0)


async def test_what_is_to_go_waits_for_its_place_and_what_may_have_arrived_has_it(store: Store) -> None:
    await heard(store, hours=1)
    busy, unclear = (a_message(DeliveryState.READY, minutes=1) for _ in range(2))
    new = replace(busy, id=LetterId("new"), key="new", attempts=0, attempted_at=None)
    letters = [new, replace(busy, attempts=1), replace(unclear, attempts=1, unclear=True)]
    await inside(store, lambda work: work.outbox.post(letters))

    found = await window(store)

    assert found is not None
    assert (found.sent, found.waiting) == (1, 2)


async def blocked(store: Store, because: Because, *, kfid: str = KF, **ago: float) -> None:
    at = NOW - timedelta(**ago)
    await inside(store, lambda work: work.windows.block(kfid, CHEN, because, at))


async def why_blocked(store: Store) -> Because | None:
    found = await window(store)
    assert found is not None
    return found.blocked


async def test_a_window_is_blocked_until_the_customer_writes_again(store: Store) -> None:
    await heard(store, hours=3)
    await blocked(store, Because.SESSION_ENDED, hours=2)
    await blocked(store, Because.WITH_COLLEAGUE, kfid="wkOther", hours=1)
    assert await why_blocked(store) is Because.SESSION_ENDED

    await heard(store, hours=2.5)
    assert await why_blocked(store) is Because.SESSION_ENDED, "that message came before"

    await heard(store, hours=1)
    assert await why_blocked(store) is None


async def test_an_old_block_is_not_told_anew(store: Store) -> None:
    await heard(store, hours=3)
    await blocked(store, Because.SESSION_ENDED, hours=1)

    await blocked(store, Because.WITH_COLLEAGUE, hours=2)
    assert await why_blocked(store) is Because.SESSION_ENDED

    await heard(store)
    await blocked(store, Because.SESSION_ENDED, hours=1)
    assert await why_blocked(store) is None


async def test_what_happens_within_one_second_has_happened_in_the_order_of_its_telling(store: Store) -> None:
    await heard(store)
    await blocked(store, Because.WITH_COLLEAGUE, milliseconds=-400)
    await blocked(store, Because.SESSION_ENDED)
    assert await why_blocked(store) is Because.SESSION_ENDED

    await heard(store)
    assert await why_blocked(store) is None


# --- chats -----------------------------------------------------------------------


async def test_a_chat_is_remembered_with_its_latest_greeting(store: Store) -> None:
    for hour in (1, 2):
        at = in_(hours=hour)
        await inside(store, lambda work, at=at: work.chats.greeted("wrGroup", at))

    latest = int(in_(hours=2).timestamp() * 1000)
    assert await value(store, "SELECT greeted_at FROM chats WHERE id = 'wrGroup'") == latest
