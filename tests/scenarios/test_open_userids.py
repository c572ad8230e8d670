"""The bot may be shown encrypted ids: whoever is behind one is recognised, or told that it could not be done."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.callers import AGAIN_AFTER, KEPT
from bot.sandbox.cards import Card
from bot.sandbox.config import Knobs
from tests.deployment import Deployment
from tests.scenarios.shop import PATIENCE_SECONDS, ROSTER, Shop, a_shop

NO = "DB20251222-883"
CONVERT = "batch/openuserid_to_userid"
ENCRYPTED = Knobs(open_userids=True)


@pytest.fixture
async def shop(deployment: Deployment) -> AsyncIterator[Shop]:
    """A shop whose bot is shown encrypted ids."""
    async with a_shop(deployment, knobs=ENCRYPTED) as shop:
        yield shop


async def a_card(shop: Shop) -> Card:
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=5, seconds=1)
    return shop.group_cards[0]


def conversions(shop: Shop) -> int:
    return [call.path for call in shop.wecom.calls].count(CONVERT)


async def owner(shop: Shop) -> str | None:
    return (await shop.anomalies())[0]["owner"]


async def asked(shop: Shop, times: int) -> None:
    """Let time pass until the service has asked so often."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while conversions(shop) < times:
            shop.clock.advance(timedelta(milliseconds=500))
            await asyncio.sleep(0.005)


async def asked_no_more(shop: Shop) -> None:
    """Let time pass until nobody is waited for."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await shop.rows("SELECT id FROM inbox WHERE done_at IS NULL"):
            shop.clock.advance(timedelta(milliseconds=500))
            await asyncio.sleep(0.005)
    await shop.settled()


async def test_a_tap_is_the_member_s_and_answered_on_the_card(shop: Shop) -> None:
    card = await a_card(shop)
    before = conversions(shop)

    await shop.taps("zhangsan", card, "认领")
    await shop.says("zhangsan", "@盯单 /待办")

    assert await owner(shop) == "zhangsan"
    assert "张三" in str(card.face().content)
    assert conversions(shop) == before + 1
    assert [row["userid"] for row in await shop.rows("SELECT userid FROM open_userids")] == ["zhangsan"]


async def test_plain_ids_cost_no_call(deployment: Deployment) -> None:
    async with a_shop(deployment) as shop:
        card = await a_card(shop)
        await shop.taps("zhangsan", card, "认领")
        assert (await owner(shop), conversions(shop)) == ("zhangsan", 0)


async def test_somebody_unknown_is_answered_as_a_stranger_and_asked_about_once(shop: Shop) -> None:
    card = await a_card(shop)
    shop.wecom.fault(CONVERT, "invaliduser")
    before = conversions(shop)

    for _ in range(2):
        await shop.says("qianqi", f"@盯单 /认领 {NO}")
        assert "不在值班名单" in shop.group_lines[-1]
    await shop.taps("qianqi", card, "认领")

    assert (await owner(shop), conversions(shop)) == (None, before + 1)


async def test_an_app_that_may_not_ask_takes_ids_as_they_are(deployment: Deployment) -> None:
    async with a_shop(deployment, knobs=ENCRYPTED) as shop:
        shop.wecom.fault(CONVERT, 48002)
        await a_card(shop)
        await shop.says("zhangsan", f"@盯单 /认领 {NO}")
        assert await owner(shop) is None
        assert "不在值班名单" in shop.group_lines[-1]


@pytest.mark.parametrize("fault", ["5xx", 45009, 60020, -1])
async def test_a_tap_is_kept_until_wecom_tells_who_it_was(shop: Shop, fault: str | int) -> None:
    card = await a_card(shop)
    before = conversions(shop)
    shop.wecom.fault(CONVERT, fault)
    await shop.wecom.click("zhangsan", card.task_id, "认领")
    await asked(shop, before + 2)
    assert await owner(shop) is None

    shop.wecom.clear_faults()
    await asked(shop, conversions(shop) + 1)
    await shop.settled()

    assert await owner(shop) == "zhangsan"


async def test_a_tap_that_nobody_could_be_found_for_in_time_is_answered_so(shop: Shop) -> None:
    card = await a_card(shop)
    before = conversions(shop)
    shop.wecom.fault(CONVERT, "5xx")
    await shop.wecom.click("zhangsan", card.task_id, "认领")
    await shop.wecom.say("lisi", "/P1")
    tapped_at = shop.clock.now()
    while shop.clock.now() < tapped_at + KEPT:
        await asked(shop, conversions(shop) + 1)
    await asked_no_more(shop)

    assert await owner(shop) is None
    assert conversions(shop) <= before + shop.replicas * (KEPT / AGAIN_AFTER + 2)
    assert "查不到您是谁" in shop.group_lines[-1]
    assert "查不到您是谁" in shop.wecom.bot_chat("lisi").texts()[-1]


async def test_what_others_do_goes_on_meanwhile(shop: Shop) -> None:
    card = await a_card(shop)
    await shop.says("lisi", "@盯单 /P1")
    shop.wecom.fault(CONVERT, "5xx")
    await shop.wecom.click("zhangsan", card.task_id, "认领")
    await shop.wecom.click("lisi", card.task_id, "认领")

    async with asyncio.timeout(PATIENCE_SECONDS):
        while await owner(shop) is None:
            await asyncio.sleep(0.005)
    assert await owner(shop) == "lisi"

    shop.wecom.clear_faults()
    await asked(shop, conversions(shop) + 1)
    await shop.settled()
    assert await owner(shop) == "lisi"


async def test_a_roster_of_open_userids_means_the_members_behind_them(shop: Shop, tmp_path: Path) -> None:
    shown = {one["userid"]: shop.wecom.bot_api.open_userid(one["userid"]) for one in ROSTER["members"]}
    shop.wecom.fault("user/get", "invaliduser", userids=list(shown.values()))
    text = json.dumps(dict(ROSTER))
    for userid, open_userid in shown.items():
        text = text.replace(f'"{userid}"', f'"{open_userid}"')
    (tmp_path / "roster.yaml").write_text(text, "utf-8")
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(await shop.rows("SELECT userid FROM open_userids")) < len(shown):
            await shop.passes(seconds=1)
            await asyncio.sleep(0.005)
    await shop.passes(seconds=5)

    card = await a_card(shop)
    (push,) = shop.cards_of("wangwu")
    await shop.taps("zhangsan", card, "认领")
    assert await owner(shop) == "zhangsan"
    await shop.taps("wangwu", push, "升级")
    assert "王五" in str(push.face("wangwu").content)
