"""A card turns out to be about nothing, and cannot be changed any more: it is taken back."""

import pytest

from bot.sandbox.cards import Card
from tests.scenarios.shop import Shop

NO = "DB20251222-883"


def recalled(shop: Shop) -> list[bool]:
    """Of the cards in the manager's chat, oldest first, which were taken back."""
    return [message.recalled for message in shop.wecom.member("wangwu").messages if message.card is not None]


def recalls(shop: Shop) -> list[int]:
    return [call.errcode for call in shop.wecom.calls if call.path == "message/recall"]


async def retracts(shop: Shop, event: str) -> None:
    await shop.report("event.retracted", NO, source="/erp", id=event)


async def a_card_that_was_changed_by_itself(shop: Shop) -> Card:
    """The payment was late, came, and turned out not to have come: the right to change the card is used up."""
    await shop.created(NO)
    await shop.passes(seconds=1)
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=5, seconds=1)
    (push,) = shop.cards_of("wangwu")
    await shop.taps("wangwu", push, "认领")
    await shop.stage(NO, "payment", "completed")
    await retracts(shop, "e000003")
    assert recalls(shop) == []
    return push


async def test_a_card_whose_event_was_taken_back_is_taken_back_as_well(shop: Shop) -> None:
    await a_card_that_was_changed_by_itself(shop)

    await retracts(shop, "e000002")

    assert recalls(shop) == [0] * len(recalled(shop))
    assert all(recalled(shop))


async def test_a_card_that_can_still_be_changed_is_changed(shop: Shop) -> None:
    await shop.created(NO)
    await shop.passes(seconds=1)
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=5, seconds=1)
    await shop.taps("wangwu", shop.cards_of("wangwu")[0], "认领")

    await retracts(shop, "e000002")

    assert recalls(shop) == []
    assert "已恢复" in shop.cards_of("wangwu")[0].display("wangwu").text


async def test_after_a_day_nobody_tries(shop: Shop) -> None:
    await a_card_that_was_changed_by_itself(shop)
    await shop.passes(hours=24)
    (first, *_) = shop.cards_of("wangwu")

    await retracts(shop, "e000002")

    assert first.task_id
    assert recalled(shop)[0] is False
    assert set(recalls(shop)) <= {0}


async def test_of_a_card_that_has_not_arrived_yet_nothing_is_taken_back(shop: Shop) -> None:
    await shop.created(NO)
    await shop.passes(seconds=1)
    await shop.stage(NO, "payment", "started")
    shop.wecom.fault("message/send", "5xx")
    await shop.passes(minutes=5, seconds=1)

    await retracts(shop, "e000002")

    assert recalled(shop) == []
    assert recalls(shop) == []


@pytest.mark.parametrize("code", [42052, 40058])
async def test_what_cannot_be_taken_back_is_tried_once_and_missed_by_nobody(shop: Shop, code: int) -> None:
    await a_card_that_was_changed_by_itself(shop)
    shop.wecom.fault("message/recall", code)

    await retracts(shop, "e000002")
    await shop.passes(minutes=5)

    assert recalls(shop) == [code] * len(recalled(shop))
