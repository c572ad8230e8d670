"""Without a group, the agents on duty hold one card together: whoever takes it, all of them see it."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.sandbox.cards import Card
from tests.deployment import Deployment
from tests.scenarios.shop import Shop, a_shop

NO = "DB20251222-883"
AGENTS = ("zhangsan", "zhaoliu", "lisi")


@pytest.fixture
async def shop(deployment: Deployment) -> AsyncIterator[Shop]:
    async with a_shop(deployment, bot=False, rules={"ladder": []}) as shop:
        yield shop


async def a_shared_card(shop: Shop) -> Card:
    """The card of an order that is confirmed too late, as it lies before the agents."""
    await shop.confirms_late(NO)
    (card,) = shop.cards_of("zhangsan")
    return card


def calls(shop: Shop, path: str) -> int:
    return len([call for call in shop.wecom.calls if call.path == path])


async def test_one_message_brings_the_card_to_every_agent_on_duty(shop: Shop) -> None:
    card = await a_shared_card(shop)

    assert [shop.cards_of(agent) for agent in AGENTS] == [[card]] * 3
    assert calls(shop, "message/send") == 1
    assert shop.cards_of("wangwu") == []


async def test_a_tap_changes_it_for_everybody_and_shows_who_took_it(shop: Shop) -> None:
    card = await a_shared_card(shop)

    await shop.taps("zhaoliu", card, "认领")

    for agent in AGENTS:
        assert "赵六 10:20 认领" in card.display(agent).text
        assert card.face(agent).button_texts == ("发送回复", "升级", "稍后", "记录原因")
    assert calls(shop, "message/update_template_card") == 1


async def test_the_form_is_for_whoever_asked_for_it_and_its_result_for_all(shop: Shop) -> None:
    card = await a_shared_card(shop)
    await shop.taps("zhangsan", card, "认领")

    await shop.taps("zhangsan", card, "记录原因")
    assert card.face("zhangsan").button_texts == ("提交",)
    assert "提交" not in card.face("lisi").button_texts

    await shop.taps("zhangsan", card, "提交", reason="packing_delayed")
    for agent in AGENTS:
        assert "张三 10:20 记录：打包延误" in card.display(agent).text


async def test_of_two_who_tap_before_it_has_changed_the_second_alone_is_refused(shop: Shop) -> None:
    card = await a_shared_card(shop)
    shop.wecom.fault("message/update_template_card", -1, times=1)

    await shop.taps("zhangsan", card, "认领")
    assert card.face("zhaoliu").button_texts == ("发送回复", "认领", "升级", "稍后"), "nobody has seen it yet"
    await shop.taps("zhaoliu", card, "认领")

    assert any("已由张三 10:20" in line for line in shop.lines_to("zhaoliu"))
    assert shop.lines_to("lisi") == []
    await shop.passes(seconds=2)
    assert all("张三 10:20 认领" in card.display(agent).text for agent in AGENTS)


async def test_when_the_order_moves_it_changes_for_all_by_itself(shop: Shop) -> None:
    card = await a_shared_card(shop)
    await shop.taps("lisi", card, "认领")

    await shop.stage(NO, "confirm", "completed")

    for agent in AGENTS:
        assert "已恢复" in card.display(agent).text
        assert card.face(agent).button_texts == ("发送回复", "记录原因")


async def test_its_link_is_nobody_s_own_until_the_answer_is_for_one_alone(shop: Shop) -> None:
    card = await a_shared_card(shop)
    (case,) = await shop.anomalies()

    assert f"/a/{case['id']}" in json.dumps(card.face("lisi").content)
    assert "/l/" not in json.dumps(card.face("lisi").content)

    await shop.taps("zhangsan", card, "认领")
    assert "/l/" not in json.dumps(card.face("zhangsan").content)


async def test_many_at_once_keep_the_pace_of_each_of_them(shop: Shop) -> None:
    for number in range(40):
        await shop.stage(f"N{number:03}", "payment", "completed")

    await shop.passes(minutes=20, seconds=1)
    await shop.stage("URGENT", "payment", "started", ago=timedelta(minutes=6))
    await shop.passes(minutes=2)

    minutes = Counter(
        call.at.replace(second=0, microsecond=0) for call in shop.wecom.calls if call.path == "message/send"
    )
    assert max(minutes.values()) <= 28
    assert shop.wecom.drops == []
