"""WeCom drops silently above 30 a minute: we stay below, the urgent goes first, and nothing is lost."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from rules.pace import CONVERSATION, Rank
from tests.deployment import Deployment
from tests.scenarios.shop import Shop, a_shop

MANY = [f"N{number:03}" for number in range(60)]
CARDS = CONVERSATION[Rank.ORDINARY].per_minute
ANSWERS = CONVERSATION[Rank.ANSWER].per_minute - CARDS


def sent_in_the_last_minute(shop: Shop) -> int:
    since = shop.clock.now() - timedelta(minutes=1)
    pushed = [call for call in shop.wecom.calls if call.path == "aibot_send_msg" and call.at > since]
    return len(pushed)


async def many_are_late(shop: Shop) -> None:
    """Sixty orders are confirmed too late, all at the same moment."""
    for number in MANY:
        await shop.stage(number, "payment", "completed")
    await shop.passes(minutes=20, seconds=1)


NO_LADDER: Mapping[str, Any] = {"ladder": []}


async def test_a_conversation_gets_so_many_cards_a_minute_and_the_rest_in_one(deployment: Deployment) -> None:
    async with a_shop(deployment, rules=NO_LADDER) as shop:
        await many_are_late(shop)
        assert len(shop.group_cards) == CARDS

        await shop.passes(seconds=58)
        assert len(shop.group_cards) == CARDS
        await shop.passes(seconds=3)
        assert len(shop.group_cards) == CARDS + 1
        await shop.passes(minutes=5)

        assert len(shop.group_cards) == CARDS + 1
        assert f"{len(MANY) - CARDS} 单" in shop.group_cards[-1].display("zhangsan").text
        assert shop.wecom.drops == []


async def test_what_is_out_of_date_when_its_turn_comes_holds_up_nothing(deployment: Deployment) -> None:
    async with a_shop(deployment, rules=NO_LADDER) as shop:
        await many_are_late(shop)
        for number in MANY:
            await shop.stage(number, "confirm", "completed")
        await shop.stage("LAST", "payment", "completed", ago=timedelta(minutes=19))

        await shop.passes(minutes=2)

        assert len(shop.group_cards) == CARDS + 1
        assert "LAST" in shop.group_cards[-1].display("zhangsan").text


async def test_what_is_urgent_overtakes_what_waits(deployment: Deployment) -> None:
    async with a_shop(deployment, rules=NO_LADDER) as shop:
        await many_are_late(shop)
        await shop.stage("URGENT", "payment", "started", ago=timedelta(minutes=6))

        await shop.passes(seconds=1)

        assert "URGENT" in shop.group_cards[-1].display("zhangsan").text
        assert len(shop.group_cards) == CARDS + 1


async def test_a_tap_is_answered_though_the_conversation_is_full(deployment: Deployment) -> None:
    async with a_shop(deployment, rules=NO_LADDER) as shop:
        await many_are_late(shop)

        await shop.taps("zhangsan", shop.group_cards[0], "认领")

        assert "已认领" in shop.group_cards[0].display("zhaoliu").text


async def test_where_no_room_is_left_the_tap_is_answered_in_person(deployment: Deployment) -> None:
    async with a_shop(deployment, rules=NO_LADDER) as shop:
        await many_are_late(shop)
        for card in shop.group_cards[:ANSWERS]:
            await shop.taps("zhangsan", card, "认领")
        full = shop.group_cards[ANSWERS]
        number = next(number for number in MANY if number in full.display("zhaoliu").text)

        await shop.taps("zhaoliu", full, "认领")

        assert "待认领" in full.display("zhaoliu").text
        assert any(number in line and "赵六" in line and "认领" in line for line in shop.lines_to("zhaoliu"))
        assert shop.wecom.drops == []


async def test_a_member_is_written_to_at_the_same_pace(deployment: Deployment) -> None:
    rules = {**NO_LADDER, "stages": {"confirm": {"actions": ["post_card", "push_duty_manager"]}}}
    async with a_shop(deployment, rules=rules) as shop:
        await many_are_late(shop)
        pushed = CONVERSATION[Rank.URGENT].per_minute
        assert len(shop.cards_of("wangwu")) == pushed + 1
        assert f"{len(MANY) - pushed} 单" in shop.cards_of("wangwu")[-1].display("wangwu").text

        await shop.passes(minutes=3)

        assert len(shop.cards_of("wangwu")) == pushed + 1
        assert shop.wecom.drops == []
