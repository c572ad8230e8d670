"""The process is killed, or asked to go: the next one goes on where it ended, at once."""

import time
from datetime import timedelta
from pathlib import Path

import pytest

from tests.outside.app_api import Call, Fault
from tests.outside.bot_socket import settle
from tests.outside.shop import LIMIT, Shop, a_shop, found

pytestmark = pytest.mark.processes

SEND = "kf/send_msg"


async def a_reply_on_its_way(shop: Shop, number: str, *, seconds: float) -> str:
    """WeCom has taken a reply, and takes its time to say so; the customer."""
    await found(lambda: shop.wecom.bot.is_connected, seconds=20)
    customer = await shop.late_payment(number)
    shop.wecom.app.faults[SEND].append(Fault(delay=seconds))
    await settle(await shop.wecom.bot.tap(await shop.group_card(number), "发送回复", "zhangsan"))
    await shop.received(customer)
    return customer


async def test_after_a_kill_nothing_is_lost_and_nothing_is_doubled(tmp_path: Path) -> None:
    async with a_shop(tmp_path) as shop:
        async with shop.serving() as service:
            customer = await a_reply_on_its_way(shop, "UNDER-WAY", seconds=5)
            await shop.late_payment("IN-BETWEEN", since=LIMIT - timedelta(seconds=1))
            await service.kill()

        async with shop.serving():
            ready = time.time()
            for card in (await shop.group_card("IN-BETWEEN"), await shop.managers_card("IN-BETWEEN")):
                assert card.at - ready < 2
            first, second = await found(lambda: twice(shop.wecom.app.made(SEND)))
            assert first.body == second.body
            await shop.becomes("UNDER-WAY", "replied")
            assert len(await shop.received(customer)) == 1
        assert shop.wecom.ledger.broken == []


async def test_who_is_asked_to_go_finishes_what_is_under_way(tmp_path: Path) -> None:
    async with a_shop(tmp_path) as shop, shop.serving() as service:
        customer = await a_reply_on_its_way(shop, "STOPPED", seconds=2)
        began = time.monotonic()

        assert await service.stop() == 0

        assert time.monotonic() - began < 10
        (call,) = shop.wecom.app.made(SEND)
        assert call.errcode == 0
        assert len(await shop.received(customer)) == 1


def twice(calls: list[Call]) -> list[Call]:
    return calls if len(calls) == 2 else []
