"""One order stands still, and everything a person does about it: as seen in WeCom, by the clock."""

import time
from datetime import timedelta

import pytest

from tests.outside.bot_socket import GROUP, settle
from tests.outside.shop import LIMIT, MANAGER, PHONE, Shop, event, found

pytestmark = [pytest.mark.processes, pytest.mark.asyncio(loop_scope="module")]


async def test_card_and_push_come_within_a_second_of_the_limit_and_not_before(shop: Shop) -> None:
    limit = time.time() + 1
    await shop.late_payment("OUT-1", since=LIMIT - timedelta(seconds=1))

    for card in (await shop.group_card("OUT-1"), await shop.managers_card("OUT-1")):
        assert 0 < card.at - limit < 1
        assert card.buttons() == ["发送回复", "认领", "升级", "稍后"]


async def test_one_tap_sends_the_very_words_of_the_card(shop: Shop) -> None:
    customer = await shop.late_payment("OUT-2")
    card = await shop.group_card("OUT-2")
    shown = card.draft()

    turn = await shop.wecom.bot.tap(card, "发送回复", "zhangsan")

    assert await settle(turn)
    assert "已提交 · 张三" in card.text()
    assert await shop.received(customer) == [shown]
    await shop.becomes("OUT-2", "replied")


async def test_a_managers_click_is_answered_within_a_second_and_changes_the_card(shop: Shop) -> None:
    customer = await shop.late_payment("OUT-3")
    card = await shop.managers_card("OUT-3")
    shown = card.draft()

    answer = await shop.push(shop.wecom.click(card, "发送回复", MANAGER))

    assert answer.status == 200
    assert answer.seconds < 1
    assert await shop.received(customer) == [shown]
    await found(lambda: card.changed_at, seconds=5)
    assert "王五" in card.text()


async def test_who_is_late_hears_who_was_first_and_nothing_is_sent_twice(shop: Shop) -> None:
    customer = await shop.late_payment("OUT-4")
    card = await shop.group_card("OUT-4")

    taps = [await shop.wecom.bot.tap(card, "发送回复", userid) for userid in ("zhangsan", "lisi", "lisi")]

    assert all([await settle(turn) for turn in taps])
    assert "张三" in card.text("lisi")
    assert len(await shop.received(customer)) == 1


async def test_a_stranger_changes_nothing(shop: Shop) -> None:
    await shop.late_payment("OUT-5")
    card = await shop.group_card("OUT-5")
    before = card.text()

    await shop.wecom.bot.tap(card, "发送回复", "stranger")
    await shop.push(shop.wecom.click(await shop.managers_card("OUT-5"), "发送回复", "stranger"))

    assert "不在值班名单" in (await found(lambda: shop.wecom.ledger.lines("stranger")))[0]
    assert card.text() == card.text("stranger") == before
    await shop.becomes("OUT-5", "open")


async def test_two_taps_say_why_and_with_the_order_moved_the_case_is_closed(shop: Shop) -> None:
    customer = await shop.late_payment("OUT-6")
    card = await shop.group_card("OUT-6")
    await settle(await shop.wecom.bot.tap(card, "发送回复", "zhangsan"))
    await shop.received(customer)
    await shop.report(event("order.stage", "OUT-6", stage="payment", status="completed"))

    assert await settle(await shop.wecom.bot.tap(card, "记录原因", "zhangsan"))
    assert card.buttons("lisi") != card.buttons("zhangsan") == ["提交"]
    assert await settle(await shop.wecom.bot.tap(card, "提交", "zhangsan", "payment_failed"))

    await shop.becomes("OUT-6", "closed")
    assert card.buttons() == []


async def test_a_card_of_the_manager_changes_when_the_order_moves_by_itself(shop: Shop) -> None:
    await shop.late_payment("OUT-7")
    card = await shop.managers_card("OUT-7")

    await shop.report(event("order.stage", "OUT-7", stage="payment", status="completed"))

    await found(lambda: card.changed_at, seconds=5)
    assert card.buttons() == []
    await shop.becomes("OUT-7", "closed")


async def test_an_order_is_told_with_the_phones_in_it_masked(shop: Shop) -> None:
    note = f"联系 {PHONE}，+86 {PHONE[:3]}-{PHONE[3:7]}-{PHONE[7:]}"
    await shop.report(event("order.changed", "OUT-8", operator="李四", note=note))
    lines = shop.wecom.ledger.lines

    for words in ("@盯单 /订单 OUT-8", "@盯单\u2005／order OUT-8"):
        assert await settle(await shop.wecom.bot.speak(words, "zhangsan"))
    await shop.push(shop.wecom.text("lisi", "／订单\u3000OUT-8"))

    for answer in (*lines(GROUP)[-2:], *await found(lambda: lines("lisi"))):
        assert "订单 OUT-8" in answer
        assert answer.count("138****5678") == 2


async def test_a_note_as_long_as_may_be_leaves_room_for_the_answer(shop: Shop) -> None:
    await shop.report(event("order.changed", "OUT-9", note="备注" * 1000))

    await shop.push(shop.wecom.text("wangwu", "/订单 OUT-9"))

    assert "订单 OUT-9" in (await found(lambda: shop.wecom.ledger.lines("wangwu")))[-1]
