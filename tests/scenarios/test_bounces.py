"""WeCom took the reply and reports later that the customer never got it: then nobody was reached."""

from datetime import timedelta

import pytest

from bot.directory import load_directory
from bot.ground import make_world
from bot.sandbox.cards import Card
from bot.secrets import load_secret
from bot.signals import Signals
from bot.storage.opening import data_folder
from bot.storage.store import Store, Transaction
from handlers.delivery import Receipt, settle
from handlers.outbox import Letter, LetterKind
from rules.anomalies import AnomalyId
from rules.delivery import Outcome
from tests.scenarios.shop import Shop

NO = "DB20251222-883"


async def an_answered_payment(shop: Shop, state: str = "replied") -> Card:
    await shop.pays_late(NO)
    (card,) = shop.group_cards
    await shop.taps("zhangsan", card, "发送回复")
    assert (await case(shop))["state"] == state
    return card


async def case(shop: Shop) -> dict[str, object]:
    (only,) = await shop.anomalies()
    return only


async def bounces(shop: Shop, number: int = -1) -> None:
    """A message to the customer, by default the latest, turns out not to have arrived."""
    case_id = AnomalyId(str((await case(shop))["id"]))
    settings, store = shop.settings, Store(shop.database, Signals())
    directory = await load_directory(settings, store, shop.clock.now())
    secret = load_secret(settings, data_folder(settings.database_url))
    world = make_world(settings, shop.clock, store, directory, secret)

    async def report(work: Transaction) -> None:
        letters = await work.outbox.of_case(case_id)
        sent: Letter = [letter for letter in letters if letter.kind is LetterKind.CUSTOMER][number]
        await settle(work, world, [(sent, Receipt(outcome=Outcome.BOUNCE, note="顾客拒收"))])

    await store.run("bounce", report)
    shop.clock.advance(timedelta(seconds=2))  # the service was not called: it looks by itself
    await shop.settled()


async def test_the_case_is_to_be_answered_again_and_the_group_hears_of_it(shop: Shop) -> None:
    card = await an_answered_payment(shop)

    await bounces(shop)

    found = await case(shop)
    assert (found["state"], found["owner"], found["reached_at"]) == ("claimed", "zhangsan", None)
    assert any(NO in line and "没有送到顾客（顾客拒收）" in line for line in shop.group_lines)
    await shop.taps("zhangsan", card, "稍后")
    assert card.face("zhangsan").button_texts[0] == "再次联系"
    assert "未送达" in card.display("zhangsan").text


async def test_a_second_round_reaches_them_after_all(shop: Shop) -> None:
    card = await an_answered_payment(shop)
    await bounces(shop)
    await shop.taps("zhangsan", card, "稍后")

    await shop.taps("zhangsan", card, "再次联系")

    assert len(shop.customer_read) == 2
    assert (await case(shop))["state"] == "replied"


async def test_the_ladder_begins_anew(shop: Shop) -> None:
    await an_answered_payment(shop)
    await shop.passes(minutes=30)
    assert all("截止" not in line for line in shop.group_lines)
    await bounces(shop)

    await shop.passes(minutes=4)

    assert "张三" in shop.group_lines[-1]
    assert "还没联系顾客，还剩 5分" in shop.group_lines[-1]


async def test_a_case_that_was_closed_on_it_is_open_again_with_a_card_of_its_own(shop: Shop) -> None:
    await an_answered_payment(shop)
    await shop.says("zhangsan", f"@盯单 /原因 {NO} 支付失败")
    await shop.stage(NO, "payment", "completed")
    assert (await case(shop))["state"] == "closed"

    await bounces(shop)

    assert (await case(shop))["state"] == "recovered"
    again = shop.group_cards[-1]
    assert len(shop.group_cards) == 2
    assert again.face("zhangsan").button_texts == ("再次联系", "改电话", "已处理")


async def test_a_bounce_that_is_reported_twice_is_told_once(shop: Shop) -> None:
    await an_answered_payment(shop)

    await bounces(shop)
    await bounces(shop)

    assert len([line for line in shop.group_lines if "没有送到顾客" in line]) == 1


@pytest.mark.parametrize("number", [0, 1])
async def test_of_two_messages_one_is_enough_to_have_reached_them(shop: Shop, number: int) -> None:
    card = await an_answered_payment(shop)
    await shop.stage(NO, "payment", "completed")
    await shop.taps("zhangsan", card, "刷新")
    await shop.taps("zhangsan", card, "发送回复")
    assert len(shop.customer_read) == 2

    await bounces(shop, number)

    found = await case(shop)
    assert (found["state"], found["reached_at"] is None) == ("recovered", False)
    await bounces(shop, 1 - number)
    assert (await case(shop))["reached_at"] is None


@pytest.mark.parametrize(
    ("fail_type", "why", "offered"),
    [
        (0, "原因不明", "顾客48小时内来过"),
        (4, "顾客上次来信已超过 48 小时", "顾客超48小时未来信"),
        (5, "客服会话已关闭", "客服会话已结束"),
        (6, "顾客上次来信后的 5 条已用完", "已连发5条，待顾客回复"),
        (10, "顾客拒收", "顾客拒收客服消息"),
        (11, "企业没有成员登录企业微信", "客服账号不能发送"),
    ],
)
async def test_wecom_tells_why_it_bounced_and_the_card_offers_what_is_left(
    shop: Shop, fail_type: int, why: str, offered: str
) -> None:
    shop.wecom.fault("kf/send_msg", "msg_send_fail", times=1, fail_type=fail_type)

    card = await an_answered_payment(shop, "claimed")

    found = await case(shop)
    assert (found["state"], found["owner"], found["reached_at"]) == ("claimed", "zhangsan", None)
    told = [line for line in shop.group_lines if f"没有送到顾客（{why}）" in line]
    assert len(told) == 1
    await shop.taps("zhangsan", card, "稍后")
    assert card.face("zhangsan").button_texts[0] == "再次联系"
    assert offered in card.display("zhangsan").text


async def test_a_message_that_wecom_says_bounced_can_be_sent_once_more(shop: Shop) -> None:
    shop.wecom.fault("kf/send_msg", "msg_send_fail", times=1)
    card = await an_answered_payment(shop, "claimed")
    await shop.taps("zhangsan", card, "稍后")

    await shop.taps("zhangsan", card, "再次联系")

    assert len(shop.customer_read) == 1
    assert (await case(shop))["state"] == "replied"
