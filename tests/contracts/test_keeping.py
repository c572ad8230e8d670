"""When the time of a promise comes: who is told, whatever has become of the case meanwhile."""

import random
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.storage.store import Store, Transaction
from handlers.delivery import Receipt, settle
from handlers.keeping import keep_promise
from handlers.known import Known
from handlers.messages import DueKind
from handlers.outbox import LetterKind, Medium, Say, content_of
from handlers.promising import move_promises, note_said, stated
from handlers.records import What
from handlers.scribe import Scribe
from handlers.trail import Doer, Way
from handlers.wording import words_for
from replies.drafts import Draft
from rules.anomalies import Anomaly, Ended
from rules.calendar import SHANGHAI
from rules.delivery import DeliveryState, Outcome
from rules.events import UserId
from rules.promises import Promise, Slot
from rules.reasons import Reason, Verdict
from tests.contracts.backend import inside
from tests.contracts.builders import NOW, a_case, a_due, a_key, a_letter, a_promise, an_order, in_
from tests.contracts.promising import Shop

OPEN = a_case(id_="c1", send_round=1, reached_at=NOW, owner=UserId("zhangsan"))
CLOSED = replace(
    OPEN,
    ended_at=in_(hours=1),
    ended_how=Ended.MOVED,
    reason=Verdict(reason=Reason.NOT_PICKED_UP),
    closed_at=in_(hours=1),
)
NO_STORE: Any = None
"""What is due is dealt with from what was read ahead."""
SHIP = a_promise(OPEN, slot=Slot.SHIP_BY)


def rung(promise: Promise, at: datetime, *cases: Anomaly) -> Scribe:
    """What is written when the timer of the promise rings at that time."""
    shop = Shop(NO_STORE, random.Random(1))
    shop.clock.move_to(at)
    order = an_order("DB1")
    known = Known(promises={order.key: [promise]}, events={order.key: []})
    scribe = Scribe(shop.world, at, known=known)
    keep_promise(a_due("DB1", kind=DueKind.PROMISE, ref=promise.ref), order, cases, scribe)
    return scribe


def whats(scribe: Scribe) -> list[What]:
    return [entry.what for entry in scribe.history]


def test_too_early_it_is_only_set_anew() -> None:
    scribe = rung(SHIP, in_(minutes=84), OPEN)
    assert (scribe.letters, scribe.promises) == ([], [])
    assert [due.at for due in scribe.dues] == [SHIP.warn_at]


def test_the_owner_gets_the_card_and_whoever_is_on_shift_where_nobody_owns_it() -> None:
    at = in_(minutes=85)
    (card,) = rung(SHIP, at, OPEN).letters
    assert (card.kind, card.to) == (LetterKind.CASE_CARD, "zhangsan")
    scribe = rung(SHIP, at, replace(OPEN, owner=None))
    assert [(letter.kind, letter.to) for letter in scribe.letters] == [(LetterKind.CASE_CARD, "wangwu")]
    assert whats(scribe) == [What.PROMISE_NEAR]
    assert [due.at for due in scribe.dues] == [SHIP.due_at]


def test_of_a_closed_case_a_line_carries_the_words_to_be_copied() -> None:
    (line,) = rung(SHIP, in_(minutes=85), CLOSED).letters
    assert (line.kind, line.content["say"]) == (LetterKind.LINE, Say.PROMISE_NEAR)
    broken = rung(SHIP, in_(hours=2, seconds=1), CLOSED)
    assert [letter.content["say"] for letter in broken.letters] == [Say.PROMISE_BROKEN]
    assert words_for(line, None, Shop(NO_STORE, random.Random(1)).world, NOW) is None


def test_of_an_order_that_was_merged_its_last_case_is_spoken_of_and_without_one_it_is_put_down() -> None:
    at = in_(minutes=85)
    other = replace(OPEN, id=a_case(id_="c2").id)
    assert [letter.case for letter in rung(SHIP, at, other).letters] == ["c2"]
    alone = rung(SHIP, at)
    assert (alone.letters, whats(alone)) == ([], [What.PROMISE_NEAR])
    assert whats(rung(SHIP, in_(hours=3))) == [What.PROMISE_BROKEN]


def test_what_was_followed_up_is_put_down_and_nobody_is_called() -> None:
    followed = replace(SHIP, followed_by="b")
    near, broken = (rung(followed, in_(minutes=at), OPEN) for at in (85, 121))
    assert (near.letters, whats(near)) == ([], [])
    assert (broken.letters, whats(broken)) == ([], [What.PROMISE_BROKEN])


def test_a_timer_of_what_is_not_there_any_more_does_nothing() -> None:
    scribe = rung(replace(SHIP, broken_at=in_(hours=2)), in_(hours=3), OPEN)
    assert (scribe.letters, scribe.promises, scribe.dues) == ([], [], [])
    shop = Shop(NO_STORE, random.Random(1))
    gone = Scribe(shop.world, NOW)
    assert keep_promise(a_due("DB1", kind=DueKind.PROMISE, ref="x"), an_order("DB1"), [OPEN], gone) == [OPEN]


# --- what becomes of a text ----------------------------------------------------------------

DRAFT = Draft(
    template="confirm",
    version="1",
    text="今天 12:30 前，我们会主动告诉您进展。",
    claims={"case": "", "news_by": in_(hours=2, minutes=30).isoformat()},
)


async def sent(store: Store, letter_id: str, outcome: Outcome) -> list[Promise]:
    """A text has this result; the promises then."""
    shop = Shop(store, random.Random(1))

    async def settles(work: Transaction) -> None:
        await work.orders.lock([OPEN.order])
        letter = await work.outbox.find(a_letter(id_=letter_id).id)
        assert letter is not None
        await settle(work, shop.world, [(letter, Receipt(outcome=outcome))])

    await inside(store, settles)
    return (await inside(store, lambda work: work.promises.of([OPEN.order]))).get(OPEN.order, [])


async def letters(store: Store, *ids: str) -> None:
    """Texts on their way, in a case that is open."""
    posted = [
        a_letter(
            f"sidebar/{one}", id_=one, kind=LetterKind.CUSTOMER, medium=Medium.SIDEBAR, case=OPEN.id, order=OPEN.order,
            content=content_of(DRAFT), state=DeliveryState.SENDING, attempts=1, payload=b"{}",
            attempted_at=in_(minutes=place), lease_until=in_(minutes=9),
        )
        for place, one in enumerate(ids)
    ]  # fmt: skip

    async def fill(work: Transaction) -> None:
        await work.orders.lock([OPEN.order])
        await work.orders.save(
            [an_order("DB1")], Shop(store, random.Random(1)).world.directory.rules.edition, arm=True
        )
        await work.cases.save([OPEN])
        await work.outbox.post(posted)

    await inside(store, fill)


async def test_a_text_that_came_back_promises_nothing_and_what_it_spoke_of_waits_again(store: Store) -> None:
    await letters(store, "first", "second")
    (first,) = await sent(store, "first", Outcome.ACCEPTED)
    assert (first.due_at, first.unsure) == (in_(hours=2, minutes=30), False)
    before, after = await sent(store, "second", Outcome.ACCEPTED)
    assert (before.followed_by, after.told) == ("second", "second")
    assert await sent(store, "second", Outcome.BOUNCE) == [first]


async def test_what_may_have_arrived_is_watched_and_speaks_for_nothing_else(store: Store) -> None:
    await letters(store, "first", "second")
    await sent(store, "first", Outcome.ACCEPTED)
    first, unsure = await sent(store, "second", Outcome.UNCLEAR)
    assert (first.followed_by, unsure.unsure) == (None, True)


async def test_promises_move_with_their_order_and_so_do_their_timers(store: Store) -> None:
    await inside(store, lambda work: work.promises.put([SHIP]))
    scribe = Scribe(Shop(store, random.Random(1)).world, NOW)
    await inside(store, lambda work: move_promises(SHIP.order, a_key("DB7"), scribe, work))
    assert [one.order for one in scribe.dues] == [a_key("DB7")]
    assert scribe.stopped == [(SHIP.order, DueKind.PROMISE, SHIP.ref)]


async def test_somebody_who_speaks_to_the_customer_by_hand_speaks_of_what_was_promised(store: Store) -> None:
    await inside(store, lambda work: work.promises.put([SHIP]))
    shop = Shop(store, random.Random(1))
    scribe = Scribe(shop.world, in_(minutes=5), Doer(actor="zhangsan", way=Way.CARD))
    await inside(store, lambda work: note_said(OPEN, an_order("DB1"), {}, scribe, work))
    (after,) = scribe.promises
    assert after.followed_by == f"done:{OPEN.version}"


def test_of_words_that_were_changed_the_times_count_that_still_stand_in_them() -> None:
    content = {**content_of(DRAFT), "edited_from": DRAFT.text}
    assert stated(content, SHANGHAI) == {Slot.NEWS_BY: in_(hours=2, minutes=30)}
    assert stated({**content, "text": "我们会尽快告诉您。"}, SHANGHAI) == {}
    assert stated({}, SHANGHAI) == {}
