"""A source falls silent: its orders are held, customers get nothing, and what is real is reported all the same."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from datetime import timedelta, timezone
from typing import Any

import pytest

from bot import feeding
from bot.lookout import LOOK_EVERY
from bot.sandbox.cards import Card
from rules.instants import from_ms, to_ms
from tests.deployment import Deployment
from tests.scenarios.pages import a_reader, own_link
from tests.scenarios.shop import Shop, a_shop

WMS, OTHER = "/wms/hz1", "/wms/sh2"
SHANGHAI = timezone(timedelta(hours=8))
FEEDS = {"feeds": {"/wms": {"heartbeat": "1m", "grace": "10m"}}}


@pytest.fixture
async def shop(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shop]:
    """A shop whose warehouses send a heartbeat each minute, and whose picking is told by them."""
    monkeypatch.setattr(feeding, "WRITE_EVERY_SECONDS", 0.005)
    async with a_shop(deployment, rules=FEEDS) as shop:
        for warehouse, source in (("hz1", WMS), ("sh2", OTHER)):
            for number in range(3):
                await picked(shop, f"{warehouse}-{number}", warehouse, source)
        yield shop


async def picked(shop: Shop, number: str, warehouse: str, source: str) -> None:
    await waits_for_picking(shop, number, warehouse, timedelta(minutes=20))
    await told(shop, source, number, "completed", ago=timedelta(minutes=5))


async def waits_for_picking(shop: Shop, number: str, warehouse: str, since: timedelta) -> None:
    """An order that was confirmed so long ago, as the ERP tells it."""
    await shop.stage(number, "confirm", "completed", ago=since, warehouse=warehouse)
    await shop.created(number, ago=since + timedelta(minutes=9))


async def told(shop: Shop, source: str, number: str, status: str, **parts: Any) -> None:
    """A warehouse tells of picking."""
    event = shop.event("order.stage", number, stage="picking", status=status, **parts)
    assert (await shop.post(event | {"source": source}))["accepted"] == 1


async def beats(shop: Shop, *sources: str) -> None:
    """Some sources say that they live, and it is written down."""
    now = to_ms(shop.clock.now())
    for source in sources:
        assert (await shop.send(shop.event("source.heartbeat", "") | {"source": source}))["accepted"] == 1
    while len(await shop.rows("SELECT source FROM heartbeats WHERE at >= $1", now)) < len(sources):
        await asyncio.sleep(0.005)


async def goes_on(shop: Shop, minutes: float, *alive: str) -> None:
    """Time passes while some sources send their heartbeats; the look-out looks every fifteen seconds."""
    end = shop.clock.now() + timedelta(minutes=minutes)
    while shop.clock.now() < end:
        await beats(shop, *alive)
        await shop.passes(seconds=LOOK_EVERY.total_seconds())
        await asyncio.sleep(0.05)


async def until(shop: Shop, met: Callable[[], Any], *alive: str) -> timedelta:
    """Time passes until something is so; how long it took."""
    start = shop.clock.now()
    while not await met():
        assert shop.clock.now() - start < timedelta(minutes=30), "it never came"
        await goes_on(shop, 0.25, *alive)
    await shop.settled()
    return shop.clock.now() - start


async def outages(shop: Shop) -> list[dict[str, Any]]:
    return [dict(row) for row in await shop.rows("SELECT * FROM outages ORDER BY noticed_at")]


async def held(shop: Shop) -> set[str]:
    rows = await shop.rows("SELECT order_no FROM cases WHERE held_by IS NOT NULL AND closed_at IS NULL")
    return {row["order_no"] for row in rows}


def cards_of(shop: Shop, number: str) -> list[Card]:
    return [card for card in shop.group_cards if number in text_of(card)]


def text_of(card: Card) -> str:
    return card.display("zhangsan").text


async def reads_what_is_held(shop: Shop) -> None:
    """The list of anomalies, and the page of the sources, say until when there is news."""
    (outage,) = await outages(shop)
    heard_at = f"{from_ms(outage['heard_at']).astimezone(SHANGHAI):%H:%M}"
    async with a_reader(shop) as reader:
        await reader.opens(await own_link(shop, "zhangsan"))
        for address, said, as_of in (
            ("/anomalies?held=true&lang=zh", "数据中断，暂缓", f"数据截至 {heard_at}"),
            ("/anomalies?held=true&lang=en", "Held: a source is silent", f"As of {heard_at}"),
        ):
            await reader.opens(address)
            text = re.sub(r"\s+", " ", reader.text)
            assert reader.status == 200
            assert text.count(said) == text.count(as_of) == len(await held(shop))
        await reader.opens("/anomalies?lang=zh")
        assert "REAL-SLOW" in reader.text
        await reader.opens("/?lang=zh")
        (marked,) = re.findall(r'<p class="told bad" role="alert">(.*)</p>', reader.main)
        assert WMS in marked
        assert heard_at in marked
        assert 'href="/sources"' in marked
        await reader.opens("/sources?lang=zh")
        assert f"{len(await held(shop))} 个异常因数据中断暂缓" in reader.text


async def test_a_cut_source_holds_its_orders_and_they_are_reckoned_up_when_it_is_back(shop: Shop) -> None:
    soon = timedelta(minutes=40)
    for number in ("HELD-MOVED", "HELD-STUCK", "HELD-CALLED"):
        await waits_for_picking(shop, number, "hz1", soon)
    await waits_for_picking(shop, "REAL-SLOW", "sh2", soon)
    await goes_on(shop, 1, WMS, OTHER)

    async def noticed() -> bool:
        return bool(await outages(shop))

    took = await until(shop, noticed, OTHER)
    assert took <= timedelta(minutes=3, seconds=30)
    (card,) = cards_of(shop, WMS)
    assert "没有消息" in text_of(card)

    await goes_on(shop, 5, OTHER)
    assert await held(shop) == {"HELD-MOVED", "HELD-STUCK", "HELD-CALLED"}
    assert cards_of(shop, "REAL-SLOW")
    assert not cards_of(shop, "HELD-")
    listed = await shop.anomalies(held="true")
    assert {case["order_no"] for case in listed} == await held(shop)
    assert {case["contact_by"] for case in listed} == {None}, "nobody was told to reach anybody"

    await reads_what_is_held(shop)

    await shop.customer_writes("HELD-CALLED")
    assert await held(shop) == {"HELD-MOVED", "HELD-STUCK"}
    (called,) = cards_of(shop, "HELD-CALLED")
    assert "数据截至" in text_of(called)
    await shop.taps("zhangsan", called, "发送回复")
    assert shop.customer_read == []
    assert any("没有消息" in line for line in shop.group_lines)

    await told(shop, WMS, "HELD-MOVED", "started", ago=timedelta(minutes=6))
    assert await held(shop) == {"HELD-STUCK"}

    async def settled() -> bool:
        return all(outage["settled_at"] for outage in await outages(shop))

    await until(shop, settled, WMS, OTHER)
    assert cards_of(shop, "HELD-STUCK")
    assert not cards_of(shop, "HELD-MOVED")
    found = await outages(shop)
    assert len(found) == 1, found
    (outage,) = found
    assert (outage["held"], outage["healed"], outage["raised"]) == (2, 1, 1)
    assert any("恢复了" in text_of(card) for card in shop.group_cards)
    assert await shop.broken() == []


async def test_a_source_that_has_slowed_down_or_was_never_known_is_not_taken_to_be_out(shop: Shop) -> None:
    """Without a heartbeat and without weeks of history nothing is expected of anybody."""
    await waits_for_picking(shop, "REAL", "hz1", timedelta(minutes=40))
    await goes_on(shop, 7)
    assert await outages(shop) == []
    assert cards_of(shop, "REAL")
