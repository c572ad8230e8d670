"""Three hundred anomalies in a minute: at most 25 messages in any minute, the rest in digests, P1 at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.sandbox.cards import Card
from bot.sandbox.world import Chat, Speaker
from handlers.ledger import Fate
from tests.deployment import Deployment
from tests.scenarios.shop import EVERY_DAY, ROSTER, Shop, a_shop

MANY = [f"N{number:03}" for number in range(300)]
A_MINUTE = timedelta(minutes=1)
MOST = 25
ALONE: Mapping[str, Any] = {
    "members": [
        {"userid": "zhangsan", "name": "张三", "roles": ["agent"]},
        {"userid": "wangwu", "name": "王五", "roles": ["manager"]},
    ],
    "shifts": [
        {"userid": userid, "days": EVERY_DAY, "from": "00:00", "to": "24:00"}
        for userid in ("zhangsan", "wangwu")
    ],
    "fallback": "wangwu",
}
"""One agent for everything."""
NO_LADDER: Mapping[str, Any] = {"ladder": []}


def busiest_minute(chat: Chat) -> int:
    """How many messages of ours the chat got in the fullest of all minutes."""
    ours = [message.at for message in chat.messages if message.speaker in {Speaker.APP, Speaker.BOT}]
    return max((_within_a_minute(ours, first) for first in ours), default=0)


def _within_a_minute(moments: Sequence[datetime], first: datetime) -> int:
    return sum(first <= moment < first + A_MINUTE for moment in moments)


def text(card: Card, userid: str = "zhangsan") -> str:
    return card.display(userid).text


async def many_are_late_within_a_minute(shop: Shop, numbers: Sequence[str] = MANY) -> None:
    """Confirmed too late, one after the other; the first at the end of the twenty minutes from now."""
    for place, number in enumerate(reversed(numbers)):
        ago = A_MINUTE / len(numbers) * place
        await shop.send(shop.event("order.stage", number, ago=ago, stage="payment", status="completed"))
    await shop.passes(minutes=19, seconds=1)


async def the_minute_passes_and_payment_hangs(shop: Shop, chat: Chat) -> None:
    """Step by step; half-way through a P1 comes."""
    for second in range(62):
        if second == 30:
            await shop.stage("URGENT", "payment", "started", ago=timedelta(minutes=5, seconds=1))
        await shop.passes(seconds=1)
        assert (await the_ledger(shop))["lost"] == 0
        if second == 40:
            assert any("URGENT" in text(card) for card in chat.cards)


async def the_ledger(shop: Shop) -> dict[str, Any]:
    """It balances, whenever one looks."""
    ledger = await shop.ledger()
    told = sum(ledger[fate] for fate in Fate if fate is not Fate.LOST)
    assert ledger["balances"]
    assert ledger["alerts"] == told
    return ledger


@pytest.mark.parametrize("count", [100, pytest.param(len(MANY), marks=pytest.mark.long)])
@pytest.mark.parametrize(
    "in_group", [pytest.param(False, marks=pytest.mark.long), True], ids=["to a member", "in the group"]
)
async def test_hundreds_in_a_minute_are_at_most_25_messages_and_a_digest(
    deployment: Deployment, in_group: bool, count: int
) -> None:
    async with a_shop(
        deployment, rules=NO_LADDER, roster=ROSTER if in_group else ALONE, bot=in_group
    ) as shop:
        chat = shop.wecom.group() if in_group else shop.wecom.member("zhangsan")
        await many_are_late_within_a_minute(shop, MANY[:count])
        await the_minute_passes_and_payment_hangs(shop, chat)
        await shop.passes(minutes=5)

        assert busiest_minute(chat) <= MOST
        assert shop.wecom.drops == []
        singles = [card for card in chat.cards if "单异常" not in text(card)]
        digests = [card for card in chat.cards if "单异常" in text(card)]
        told = sum(int(text(card).split(" 单异常")[0].split()[-1]) for card in digests)
        assert len(singles) + told == count + 1
        assert len(digests) == 1
        ledger = await the_ledger(shop)
        assert (ledger["digested"], ledger["waiting"]) == (told, 0)


async def test_a_digest_of_two_counts_them_and_names_both(deployment: Deployment) -> None:
    async with a_shop(deployment, rules=NO_LADDER) as shop:
        await many_are_late_within_a_minute(shop, MANY[:22])
        await shop.passes(seconds=63)
        digest = text(shop.group_cards[-1])
        assert "2 单异常" in digest
        assert sum(number in digest for number in MANY) == 2


async def test_the_rest_recovered_before_the_digest_left(deployment: Deployment) -> None:
    """What a digest says is what is open when it leaves: of two that were folded, the one that is left, as a card."""
    async with a_shop(deployment, rules=NO_LADDER) as shop:
        for number in MANY[:22]:
            await shop.stage(number, "payment", "completed")
        await shop.passes(minutes=20, seconds=1)
        last, left = (
            number for number in MANY[:22] if not any(number in text(card) for card in shop.group_cards)
        )
        await shop.stage(last, "confirm", "completed")
        await shop.passes(minutes=1, seconds=1)

        assert left in text(shop.group_cards[-1])
        assert "单异常" not in text(shop.group_cards[-1])
        await shop.taps("zhangsan", shop.group_cards[-1], "认领")
        assert "已认领" in text(shop.group_cards[-1], "zhaoliu")


async def test_each_alert_of_a_lost_digest_goes_to_somebody_else(deployment: Deployment) -> None:
    lead = {"userid": "lisi", "name": "李四", "roles": ["lead"]}
    shift = {"userid": "lisi", "days": EVERY_DAY, "from": "00:00", "to": "24:00"}
    roster = {**ALONE, "members": [*ALONE["members"], lead], "shifts": [*ALONE["shifts"], shift]}
    async with a_shop(deployment, rules=NO_LADDER, roster=roster, bot=False) as shop:
        for number in MANY[:22]:
            await shop.stage(number, "payment", "completed")
        await shop.passes(minutes=20, seconds=1)
        assert (await the_ledger(shop))["digested"] == 2
        shop.wecom.fault("message/send", 45002, times=1)
        await shop.passes(minutes=1, seconds=1)

        told = " ".join(text(card, "lisi") for card in shop.cards_of("lisi"))
        shown = " ".join(text(card) for card in shop.cards_of("zhangsan"))
        assert all((number in shown) != (number in told) for number in MANY[:22])
        ledger = await the_ledger(shop)
        assert (ledger["digested"], ledger["escalated"]) == (0, 2)
        assert ledger["shown"] == 22


async def test_a_group_that_an_alert_cannot_be_given_is_stood_in_for_by_the_agents(
    deployment: Deployment,
) -> None:
    async with a_shop(deployment, rules=NO_LADDER) as shop:
        shop.wecom.fault("aibot_send_msg", 45002, times=1)
        await shop.stage("ONE", "payment", "completed", ago=timedelta(minutes=20))
        await shop.passes(seconds=2)

        assert any("ONE" in text(card) for card in shop.cards_of("zhangsan"))
        assert (await the_ledger(shop))["escalated"] == 1


async def test_a_digest_of_nothing_is_not_sent(deployment: Deployment) -> None:
    async with a_shop(deployment, rules=NO_LADDER) as shop:
        for number in MANY[:30]:
            await shop.stage(number, "payment", "completed")
        await shop.passes(minutes=20, seconds=1)
        cards = len(shop.group_cards)
        for number in MANY[:30]:
            await shop.stage(number, "confirm", "completed")
        await shop.passes(minutes=2)

        assert len(shop.group_cards) == cards
