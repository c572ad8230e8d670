"""Nobody has said hello to the bot yet: the agents get everything in person, and hear what to do about it."""

from collections.abc import AsyncIterator

import pytest

from tests.deployment import Deployment
from tests.scenarios.shop import Shop, a_shop

NO = "DB20251222-883"
OTHER = "DB20251222-884"
AGENTS = ("zhangsan", "zhaoliu", "lisi")


@pytest.fixture
async def ungreeted(deployment: Deployment) -> AsyncIterator[Shop]:
    async with a_shop(deployment, greet=False) as shop:
        yield shop


async def a_late_confirmation(shop: Shop, number: str = NO) -> None:
    await shop.stage(number, "payment", "completed")
    await shop.passes(minutes=20, seconds=1)


def hints(shop: Shop) -> list[str]:
    """What the lead was told to do about the group."""
    return [line for line in shop.lines_to("lisi") if "@机器人 说一句话" in line]


async def test_a_group_in_which_nobody_spoke_is_stood_in_for_by_the_agents(ungreeted: Shop) -> None:
    await a_late_confirmation(ungreeted)

    assert ungreeted.group_cards == []
    (card,) = ungreeted.cards_of("zhangsan")
    assert [ungreeted.cards_of(agent) for agent in AGENTS] == [[card]] * 3
    await ungreeted.taps("zhaoliu", card, "认领")
    assert "赵六 10:20 认领" in card.display("lisi").text


async def test_the_lead_hears_once_a_day_what_to_do_about_it(deployment: Deployment) -> None:
    async with a_shop(deployment, greet=False, rules={"ladder": []}) as shop:
        await a_late_confirmation(shop)
        await a_late_confirmation(shop, OTHER)
        assert hints(shop) == [
            "机器人还不能往群「default」里发消息，卡片先发给了当班的人。请在群「default」里 @机器人 说一句话。"
        ]

        await shop.passes(hours=1)  # the group is tried every minute
        for number in (NO, OTHER):
            await shop.report("order.cancelled", number)
        await shop.passes(hours=11, minutes=30)
        await a_late_confirmation(shop, "BEFORE-MIDNIGHT")
        assert len(hints(shop)) == 1
        await shop.report("order.cancelled", "BEFORE-MIDNIGHT")

        await shop.passes(minutes=10)
        await a_late_confirmation(shop, "AFTER-MIDNIGHT")
        assert len(hints(shop)) == 2


async def test_reminders_are_not_lost_in_a_group_that_takes_none(ungreeted: Shop) -> None:
    await a_late_confirmation(ungreeted)

    await ungreeted.passes(minutes=3)

    assert all(any("还没人认领" in line for line in ungreeted.lines_to(agent)) for agent in AGENTS)
    assert len(hints(ungreeted)) == 1


async def test_as_soon_as_somebody_speaks_the_group_gets_what_still_matters(ungreeted: Shop) -> None:
    await a_late_confirmation(ungreeted)
    await a_late_confirmation(ungreeted, OTHER)
    await ungreeted.stage(NO, "confirm", "completed")
    (taken,) = [card for card in ungreeted.cards_of("lisi") if OTHER in card.display("lisi").text][:1]
    await ungreeted.taps("lisi", taken, "认领")

    await ungreeted.says("zhangsan", "@盯单 大家好")

    (card,) = ungreeted.group_cards
    assert OTHER in card.display("zhangsan").text
    assert "已认领" in card.display("zhangsan").text, "worded as the case is now"
    await ungreeted.taps("zhaoliu", card, "升级")
    (urgent,) = [case for case in await ungreeted.anomalies() if case["priority"] == "P1"]
    assert urgent["order_no"] == OTHER


async def test_who_has_not_spoken_to_the_bot_is_stood_in_for_until_they_do(deployment: Deployment) -> None:
    async with a_shop(deployment, app=False, rules={"ladder": []}) as shop:
        await shop.says("lisi", "你好", to="bot")
        await shop.stage(NO, "payment", "started")
        await shop.passes(minutes=5, seconds=2)

        (stand_in,) = shop.bot_cards_of("lisi")
        assert NO in stand_in.display("lisi").text
        asked = [line for line in shop.group_lines if "还没和机器人单独说过话" in line]
        assert len(asked) == 1
        assert "王五" in asked[0]

        await shop.says("wangwu", "你好", to="bot")
        (own,) = shop.bot_cards_of("wangwu")
        assert NO in own.display("wangwu").text


async def test_where_nobody_has_spoken_to_the_bot_the_group_hears_that_nobody_can_be_reached(
    deployment: Deployment,
) -> None:
    async with a_shop(deployment, app=False, rules={"ladder": []}) as shop:
        await shop.stage(NO, "payment", "started")
        await shop.passes(minutes=5, seconds=5)

        assert any(NO in line and "联系不上" in line for line in shop.group_lines)


async def test_where_there_is_no_group_either_those_who_have_spoken_to_the_bot_get_everything(
    deployment: Deployment,
) -> None:
    async with a_shop(
        deployment, app=False, greet=False, rules={"ladder": []}, DINGDAN_AIBOT__GROUP_CHAT_ID=""
    ) as shop:
        await shop.says("lisi", "你好", to="bot")

        await a_late_confirmation(shop)

        assert shop.bot_cards_of("zhangsan") == []
        assert NO in shop.bot_cards_of("lisi")[-1].display("lisi").text
        assert shop.group_lines == []


async def test_without_a_roster_the_card_waits_until_somebody_speaks(deployment: Deployment) -> None:
    async with a_shop(deployment, greet=False, rules={"ladder": []}, DINGDAN_ROSTER_FILE="") as shop:
        await a_late_confirmation(shop)
        assert shop.group_cards == []
        assert [shop.cards_of(agent) for agent in AGENTS] == [[]] * 3

        await shop.says("zhangsan", "@盯单 大家好")

        (card,) = shop.group_cards
        assert NO in card.display("zhangsan").text
