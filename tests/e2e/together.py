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
    await _tells_of_picking(shop)
    ago = timedelta(hours=3, seconds=1)
    await shop.created("DB30", ago=ago, warehouse="hz1", carrier="yuantong", region="浙江")
    packed = {"stage": "packing", "status": "completed", "parcel": "YT0000000000030", "carrier": "yuantong"}
    await shop.post(shop.event("order.stage", "DB30", ago=ago, **packed) | {"source": SILENT})
    await _falls_silent(shop)


async def _tells_of_picking(shop: Shop) -> None:
    """The warehouse's own system tells of picking; of one order it owes an answer, which is late in six minutes."""
    for number in ("DB31", "DB32", "DB33"):
        await shop.stage(number, "confirm", "completed", ago=timedelta(minutes=20), warehouse="hz1")
        await shop.created(number, ago=timedelta(minutes=29))
        picked = shop.event(
            "order.stage", number, ago=timedelta(minutes=5), stage="picking", status="completed"
        )
        await shop.post(picked | {"source": SILENT})
    soon = timedelta(minutes=39)
    await shop.stage("DB34", "confirm", "completed", ago=soon, warehouse="hz1")
    await shop.created("DB34", ago=soon + timedelta(minutes=9))


async def _falls_silent(shop: Shop) -> None:
    """The source has said that it lives, and then nothing."""
    now = to_ms(shop.clock.now())
    await shop.send(shop.event("source.heartbeat", "") | {"source": SILENT})
    while not await shop.rows("SELECT source FROM heartbeats WHERE at >= $1", now):
        await asyncio.sleep(0.005)
    late_at = shop.clock.now() + timedelta(minutes=6, seconds=1)
    while not await _is_missed(shop):
        await shop.passes(seconds=10)
        await asyncio.sleep(0.02)
    await shop.passes(seconds=(late_at - shop.clock.now()).total_seconds())


async def _is_missed(shop: Shop) -> bool:
    """Whether the service itself says so: what becomes late from now on is held."""
    async with shop.http.get(f"{shop.address}/readyz") as answer:
        return f"{SILENT}" in str((await answer.json())["channels"].get("sources"))
