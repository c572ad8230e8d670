"""WeCom says that it is too much, or is away: it is left alone, nothing is lost, and P1 goes first afterwards."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from rules.delivery import Guarantee, Outcome, after_attempt
from tests.deployment import Deployment
from tests.scenarios.shop import Shop, a_shop

NO_LADDER: Mapping[str, Any] = {"ladder": []}
ORDERS = [f"N{number}" for number in range(6)]
TEN_MINUTES = timedelta(minutes=10)


def calls(shop: Shop, path: str) -> int:
    return sum(call.path == path for call in shop.wecom.calls)


def shown(shop: Shop, userid: str = "zhangsan") -> str:
    return "\n".join(card.display(userid).text for card in shop.cards_of(userid))


async def are_late(shop: Shop, *numbers: str) -> None:
    """Confirmed too late: P2, for the agents in person."""
    for number in numbers:
        await shop.stage(number, "payment", "completed", ago=timedelta(minutes=20))
    await shop.passes(seconds=1)


async def payment_hangs(shop: Shop, number: str) -> None:
    """P1."""
    await shop.stage(number, "payment", "started", ago=timedelta(minutes=5))
    await shop.passes(seconds=1)


async def test_what_is_too_much_is_left_alone_for_a_minute_and_p1_goes_first(deployment: Deployment) -> None:
    async with a_shop(deployment, rules=NO_LADDER, bot=False) as shop:
        shop.wecom.fault("message/send", 45009, times=1)
        await are_late(shop, *ORDERS)
        before = calls(shop, "message/send")
        await payment_hangs(shop, "URGENT")
        await shop.passes(seconds=50)

        assert calls(shop, "message/send") == before
        assert shop.cards_of("zhangsan") == []
        await shop.passes(seconds=15)

        first = shop.cards_of("zhangsan")[0].display("zhangsan").text
        assert "URGENT" in first
        assert all(number in shown(shop) for number in (*ORDERS, "URGENT"))
        most = (await shop.rows("SELECT max(attempts) AS most FROM letters"))[0]["most"]
        assert most <= 2


async def test_when_it_goes_on_it_is_left_alone_for_an_hour(deployment: Deployment) -> None:
    async with a_shop(deployment, rules=NO_LADDER, bot=False) as shop:
        shop.wecom.fault("message/send", 45009, times=2)
        await are_late(shop, *ORDERS)
        await shop.passes(minutes=1, seconds=5)
        before = calls(shop, "message/send")
        await shop.passes(minutes=58)

        assert calls(shop, "message/send") == before
        await shop.passes(minutes=2)
        assert all(number in shown(shop) for number in ORDERS)


async def test_one_conversation_that_is_full_closes_no_other(deployment: Deployment) -> None:
    async with a_shop(deployment, rules=NO_LADDER) as shop:
        shop.wecom.fault("aibot_send_msg", 846607, times=1)
        await payment_hangs(shop, "URGENT")
        assert shop.group_cards == []
        assert "URGENT" in shown(shop, "wangwu")

        await shop.passes(seconds=50)
        assert calls(shop, "aibot_send_msg") == 1
        await shop.passes(seconds=15)
        assert "URGENT" in shop.group_cards[-1].display("zhangsan").text


def scheduled_calls(outcome: Outcome, duration: timedelta, shop: Shop) -> int:
    """How often one letter is tried within that time when nobody answers, by the schedule alone."""
    start = now = shop.clock.now()
    attempts = 0
    while now - start < duration:
        attempts += 1
        verdict = after_attempt(outcome, Guarantee.AT_LEAST_ONCE, attempts=attempts, now=now, jitter=0.5)
        assert verdict.due_at is not None
        now = verdict.due_at
    return attempts


@pytest.mark.parametrize("fault", ["5xx", pytest.param(-1, marks=pytest.mark.long)])
async def test_ten_minutes_without_wecom_cost_no_more_calls_than_the_schedule_and_p1_is_first_afterwards(
    deployment: Deployment, fault: str | int
) -> None:
    async with a_shop(deployment, rules=NO_LADDER, bot=False) as shop:
        shop.wecom.fault("message/send", fault)
        await payment_hangs(shop, "URGENT")
        await are_late(shop, *ORDERS)
        letters = (await shop.rows("SELECT count(*) AS count FROM letters"))[0]["count"]
        await shop.passes(seconds=TEN_MINUTES.total_seconds())

        outcome = Outcome.BUSY if fault == -1 else Outcome.UNCLEAR
        most = 1.2 * letters * scheduled_calls(outcome, TEN_MINUTES, shop)
        assert 0 < calls(shop, "message/send") <= most
        shop.wecom.clear_faults()
        await shop.passes(minutes=2)

        cards = [card.display("zhangsan").text for card in shop.cards_of("zhangsan")]
        assert any("URGENT" in text for text in cards[:2])
        assert all(number in shown(shop) for number in ORDERS)
