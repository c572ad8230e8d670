"""What an employee has yet to send on, as `handlers.ports.Outbox` promises to keep it."""

from datetime import timedelta
from typing import Any

from bot.storage.store import Store
from handlers.outbox import CAPPED, WITHDRAWN, Letter, LetterKind, Medium
from handlers.ports import Tally
from rules.anomalies import AnomalyId
from rules.delivery import DeliveryState
from tests.contracts.backend import inside
from tests.contracts.builders import NOW, a_letter, in_

ONE, TWO = AnomalyId("one"), AnomalyId("two")
CHEN, LIN = "mass/wmChen", "mass/wmLin"


def a_message(to: str = CHEN, **fields: Any) -> Letter:
    """A message by 企业群发, ordered just now."""
    parts: dict[str, Any] = {
        "kind": LetterKind.CUSTOMER,
        "medium": Medium.MASS,
        "attempted_at": NOW,
        **fields,
    }
    return a_letter(to, **parts)


def an_inquiry(case: AnomalyId, **fields: Any) -> Letter:
    parts: dict[str, Any] = {
        "kind": LetterKind.INQUIRY,
        "medium": Medium.MASS,
        "case": case,
        "due_at": in_(hours=1),
        **fields,
    }
    return a_letter(CHEN, **parts)


async def posted(store: Store, *letters: Letter) -> None:
    await inside(store, lambda work: work.outbox.post(letters))


async def test_what_waits_beyond_its_time_is_told_the_longest_first(store: Store) -> None:
    late, later = (
        a_message(state=DeliveryState.PENDING, expires_at=in_(minutes=-minutes)) for minutes in (1, 2)
    )
    await posted(
        store,
        late,
        later,
        a_message(state=DeliveryState.PENDING, expires_at=in_(minutes=1)),
        a_message(state=DeliveryState.SENT, expires_at=in_(minutes=-1)),
    )

    overdue = await inside(store, lambda work: work.outbox.overdue(NOW))

    assert [letter.id for letter in overdue] == [later.id, late.id]


async def test_the_inquiries_of_a_case_can_be_brought_forward_and_no_other(store: Store) -> None:
    letters = an_inquiry(ONE), an_inquiry(TWO), an_inquiry(ONE, state=DeliveryState.SENT)
    await posted(store, *letters)

    await inside(store, lambda work: work.outbox.inquire_now([ONE], NOW))

    found = [await inside(store, lambda work, one=one: work.outbox.find(one.id)) for one in letters]
    assert [one.due_at if one else None for one in found] == [NOW, in_(hours=1), in_(hours=1)]


async def test_a_customer_s_messages_are_counted_but_those_that_never_reached_them(store: Store) -> None:
    since = NOW - timedelta(days=3)
    await posted(
        store,
        a_message(state=DeliveryState.SENT),
        a_message(state=DeliveryState.UNKNOWN),
        a_message(state=DeliveryState.PENDING),
        a_message(state=DeliveryState.READY, attempted_at=None),
        a_message(state=DeliveryState.FAILED, note=f"{WITHDRAWN}: 原话已不属实"),
        a_message(state=DeliveryState.SENT, attempted_at=in_(hours=-73)),
        a_message(LIN, state=DeliveryState.FAILED, note=f"{CAPPED}: 已用完"),
        an_inquiry(ONE, attempted_at=NOW),
    )

    tallies = await inside(store, lambda work: work.outbox.tallies({CHEN, LIN, "mass/nobody"}, since))

    assert tallies == {CHEN: Tally(sent=4), LIN: Tally(sent=0, capped=True)}
