"""A team without the bot: the group reads by its webhook what happens, the members on duty have the buttons."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.doctor import examine
from bot.sandbox.cards import Card
from bot.sandbox.config import SandboxConfig
from tests.deployment import Deployment
from tests.scenarios.shop import ROSTER, Shop, a_shop

NO = "DB20251222-883"
KEY, RETURNS_KEY = "hook-key-of-the-default-group", "hook-key-of-the-returns-group"
AGENTS = ("zhangsan", "zhaoliu", "lisi")
GROUPS = {"wrDefault": "订单异常处理群", "wrReturns": "售后群"}


def a_corp() -> SandboxConfig:
    return SandboxConfig(groups=GROUPS, webhooks={KEY: "wrDefault", RETURNS_KEY: "wrReturns"})


@pytest.fixture
async def shop(deployment: Deployment) -> AsyncIterator[Shop]:
    async with a_shop(deployment, bot=False, corp=a_corp(), DINGDAN_WEBHOOK__KEY=KEY) as shop:
        yield shop


async def a_late_confirmation(shop: Shop) -> Card:
    """What the members on duty hold."""
    await shop.confirms_late(NO)
    (card,) = shop.cards_of("zhangsan")
    return card


async def test_the_group_reads_what_is_wrong_and_the_members_have_the_buttons(shop: Shop) -> None:
    card = await a_late_confirmation(shop)
    (notice,) = shop.group_cards
    (case,) = await shop.anomalies()

    assert notice.original.card_type == "text_notice"
    shown = notice.display("lisi").text
    assert NO in shown
    assert "带按钮的卡片在张三、赵六、李四手里" in shown
    assert f"/a/{case['id']}" in str(notice.original.content["card_action"])
    assert [shop.cards_of(agent) for agent in AGENTS] == [[card]] * 3
    assert card.face("lisi").button_texts == ("发送回复", "认领", "升级", "稍后")


async def channels(shop: Shop) -> dict[str, str]:
    async with shop.http.get(f"{shop.address}/readyz") as response:
        return (await response.json())["channels"]


async def test_what_somebody_does_and_what_the_ladder_says_is_read_in_the_group(shop: Shop) -> None:
    card = await a_late_confirmation(shop)
    await shop.passes(minutes=3)
    assert "还没人认领" in shop.group_lines[-1]
    assert all(shop.lines_to(agent) == [] for agent in AGENTS), "the group has heard it"

    await shop.taps("zhangsan", card, "认领")
    assert "张三" in shop.group_lines[-1]

    await shop.passes(minutes=4)
    assert "张三，" in shop.group_lines[-1]
    await shop.passes(seconds=90)
    assert "已转给" in shop.group_lines[-1]


async def test_recoveries_are_read_there_as_well(shop: Shop) -> None:
    await a_late_confirmation(shop)
    await shop.stage(NO, "confirm", "completed")

    await shop.passes(minutes=5)

    assert NO in shop.group_lines[-1]
    assert "通过审核" in shop.group_lines[-1]


async def test_a_result_that_failed_is_read_there(shop: Shop) -> None:
    card = await a_late_confirmation(shop)
    shop.wecom.fault("kf/send_msg", 95018)

    await shop.taps("zhangsan", card, "发送回复")

    assert any("没有发出" in line for line in shop.group_lines)


async def test_each_stage_s_group_has_a_webhook_of_its_own_and_else_the_default_one(
    deployment: Deployment, tmp_path: Path
) -> None:
    keys = tmp_path / "webhooks.yaml"
    keys.write_text(f"default: {KEY}\n退货: {RETURNS_KEY}\n", "utf-8")
    rules: dict[str, Any] = {"stages": {"confirm": {"group": "退货"}}, "ladder": []}
    async with a_shop(
        deployment, bot=False, corp=a_corp(), rules=rules, DINGDAN_WEBHOOK__KEYS_FILE=str(keys)
    ) as shop:
        await shop.stage(NO, "payment", "completed")
        await shop.passes(minutes=20, seconds=1)
        await shop.stage("DB2", "payment", "started")
        await shop.passes(minutes=5, seconds=1)

        (returns,) = shop.wecom.group("wrReturns").cards
        assert NO in returns.display("lisi").text
        (default,) = shop.wecom.group("wrDefault").cards
        assert "DB2" in default.display("lisi").text


async def test_a_webhook_that_was_removed_is_told_and_the_members_get_everything(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    async with a_shop(
        deployment, bot=False, corp=a_corp(), DINGDAN_WEBHOOK__KEY="hook-key-that-is-gone"
    ) as shop:
        await a_late_confirmation(shop)
        await shop.passes(minutes=3)

        assert shop.group_cards == []
        assert all(any("还没人认领" in line for line in shop.lines_to(agent)) for agent in AGENTS)
        told = [line for line in shop.lines_to("lisi") if "DINGDAN_WEBHOOK__KEY" in line]
        assert len(told) == 1, "once a day"
        assert len(shop.cards_of("zhangsan")) == 1
        said = [(await channels(shop))["webhook"] for _ in range(2 * shop.replicas)]
        assert any(one.startswith("93000 ") for one in said), "each replica tells what it met"
        found = [str(finding) async for finding in examine(shop.settings, shop.clock.now())]
        assert any("93000" in said and "重新复制它的 Webhook 地址" in said for said in found)
        dump = str(await shop.rows("SELECT * FROM letters"))
    written = capsys.readouterr()
    assert "hook-key-that-is-gone" not in written.out + written.err + dump


async def test_a_burst_waits_for_the_webhook_s_own_pace(deployment: Deployment) -> None:
    async with a_shop(
        deployment, bot=False, corp=a_corp(), rules={"ladder": []}, DINGDAN_WEBHOOK__KEY=KEY
    ) as shop:
        for number in range(30):
            await shop.stage(f"N{number:03}", "payment", "completed")
        await shop.passes(minutes=20, seconds=1)

        refused = [call for call in shop.wecom.calls if call.path == "webhook/send" and call.errcode]
        assert refused == []


async def test_the_start_names_the_groups_and_no_key(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    async with a_shop(deployment, bot=False, corp=a_corp(), DINGDAN_WEBHOOK__KEY=KEY):
        pass
    out = capsys.readouterr().out
    started = next(line for line in out.splitlines() if "service.started" in line)
    assert "webhook='on: default'" in started
    assert KEY not in out


async def test_where_the_bot_is_in_the_group_its_card_is_enough(deployment: Deployment) -> None:
    corp = replace(a_corp(), bot_name="盯单")
    async with a_shop(deployment, corp=corp, roster=ROSTER, DINGDAN_WEBHOOK__KEY=KEY) as shop:
        await shop.stage(NO, "payment", "completed")
        await shop.passes(minutes=20, seconds=1)

        (card,) = shop.group_cards
        assert card.face("zhangsan").button_texts[1:] == ("认领", "升级", "稍后")
        assert shop.cards_of("zhangsan") == []
