"""What does a team do together on a busy morning? An incident that is half dealt with, a task, and a source that is silent."""

import asyncio
from datetime import timedelta

from rules.instants import to_ms
from tests.scenarios.shop import Shop
from tests.scenarios.storm import a_payment_hangs, numbers, send_all, the_card

GONE = 95018
"""The customer's conversation does not take a message (page 94677)."""
SILENT = "/wms/hz1"
HEARTBEATS = {"feeds": {"/wms": {"heartbeat": "1m"}}}
"""The rules by which the source is missed."""


async def responding_together(shop: Shop) -> None:
    """Of four payments that hang, one message was refused and one order asks its money back; a carrier is being chased."""
    orders = numbers(4)
    for number in orders:
        await a_payment_hangs(shop, number, ago=timedelta(minutes=5, seconds=1))
    await shop.settled()
    await shop.report("order.refund_requested", orders[1], refund_fen=99_800)
    shop.wecom.fault("kf/send_msg", GONE, times=1)
    await shop.taps("zhangsan", the_card(shop), send_all(the_card(shop)))
    ago = timedelta(hours=3, seconds=1)
    await shop.created("DB30", ago=ago, warehouse="hz1", carrier="yuantong", region="浙江")
    packed = {"stage": "packing", "status": "completed", "parcel": "YT0000000000030", "carrier": "yuantong"}
    await shop.post(shop.event("order.stage", "DB30", ago=ago, **packed) | {"source": SILENT})
    await _falls_silent(shop)


async def _falls_silent(shop: Shop) -> None:
    """The source has said that it lives, and then nothing."""
    now = to_ms(shop.clock.now())
    await shop.send(shop.event("source.heartbeat", "") | {"source": SILENT})
    while not await shop.rows("SELECT source FROM heartbeats WHERE at >= $1", now):
        await asyncio.sleep(0.005)
    while not await shop.rows("SELECT id FROM outages"):
        await shop.passes(seconds=30)
