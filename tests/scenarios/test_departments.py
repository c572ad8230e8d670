"""A roster that names departments and tags: whoever WeCom puts there is on it, and whoever it takes away is not."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from bot.sandbox.config import SandboxConfig
from tests.deployment import Deployment
from tests.scenarios.shop import EVERY_DAY, PATIENCE_SECONDS, Shop, a_shop

NO = "DB20251222-883"
SERVICE, NIGHT, STORE = 2, 3, 4
ROSTER: Mapping[str, Any] = {
    "members": [
        {"userid": "wangwu", "name": "王五", "roles": ["manager"]},
        {"department": "客服部", "roles": ["agent"]},
        {"tag": 7, "roles": ["lead"]},
        {"department": "物流部", "roles": ["agent"]},
    ],
    "shifts": [{"department": "客服部", "days": EVERY_DAY}, {"tag": 7, "days": EVERY_DAY}],
    "fallback": "wangwu",
}


def a_corp() -> SandboxConfig:
    """Two people in customer service, one of them on nights, and a lead with a tag."""
    return SandboxConfig(
        departments={SERVICE: "客服部", NIGHT: "夜班", STORE: "仓库"},
        department_parents={NIGHT: SERVICE},
        staff_departments={"zhangsan": (SERVICE,), "zhaoliu": (NIGHT,), "qianqi": (STORE,)},
        tags={7: ("值班组长", frozenset({"lisi"}))},
        names={"zhangsan": "张三", "zhaoliu": "赵六", "lisi": "李四", "wangwu": "王五", "qianqi": "钱七"},
    )


Lines = list[EventDict]


@pytest.fixture
def logs() -> Iterator[Lines]:
    with capture_logs() as lines:
        yield lines


@pytest.fixture
async def shop(logs: Lines, deployment: Deployment) -> AsyncIterator[Shop]:
    """A shop whose roster is filled by WeCom, once it is."""
    async with a_shop(deployment, roster=ROSTER, corp=a_corp()) as shop:
        await on_roster(shop, logs, 4)
        yield shop


async def on_roster(shop: Shop, logs: Lines, members: int) -> None:
    """Let time pass until each replica goes by a team of so many."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while latest(logs)[-shop.replicas :] != [members] * shop.replicas:
            await shop.passes(seconds=1)
            await asyncio.sleep(0.005)


def latest(logs: Lines) -> list[int]:
    return [line["members"] for line in logs if line["event"] == "following.taken_over"]


async def duty(shop: Shop) -> str:
    await shop.says("wangwu", "@盯单 /值班")
    return shop.group_lines[-1]


async def test_everybody_of_a_department_and_below_it_and_with_a_tag_may_act(shop: Shop) -> None:
    said = await duty(shop)
    assert all(name in said for name in ("张三", "赵六", "李四"))
    assert "钱七" not in said

    for userid, may in (("zhangsan", True), ("zhaoliu", True), ("lisi", True), ("qianqi", False)):
        order = f"{NO}-{userid}"
        await shop.stage(order, "payment", "started")
        await shop.passes(minutes=5, seconds=1)
        await shop.says(userid, f"@盯单 /认领 {order}")
        owners = {case["order_no"]: case["owner"] for case in await shop.anomalies()}
        assert (owners[order] == userid) is may, owners


async def test_whoever_moves_in_or_out_is_on_the_roster_or_not_a_minute_later(
    shop: Shop, logs: Lines
) -> None:
    shop.wecom.staff.change("qianqi", departments=[SERVICE])
    await on_roster(shop, logs, 5)
    assert "钱七" in await duty(shop)

    shop.wecom.staff.change("zhangsan", departments=[STORE])
    shop.wecom.staff.change("zhaoliu", status=5)
    await on_roster(shop, logs, 3)
    said = await duty(shop)
    assert not [name for name in ("张三", "赵六") if name in said]
    shop.wecom.staff.tag_users(7, ["zhangsan"], add=True)
    await on_roster(shop, logs, 4)
    assert "张三" in await duty(shop)


async def test_a_department_that_is_not_there_is_told_once_and_means_nobody(shop: Shop, logs: Lines) -> None:
    await shop.passes(minutes=2)
    told = [line["trouble"] for line in logs if line["event"] == "staff.trouble"]
    assert len(told) == len(set(told)) == 1
    assert "'物流部'" in told[0]
    assert "客服部 (2)" in told[0]


@pytest.mark.parametrize("call", ["department/list", "user/simplelist", "tag/list", "tag/get"])
@pytest.mark.parametrize(
    "fault", ["5xx", *(pytest.param(code, marks=pytest.mark.long) for code in (60011, 48002))]
)
async def test_a_wecom_that_does_not_tell_who_is_there_changes_nothing(
    shop: Shop, logs: Lines, call: str, fault: str | int
) -> None:
    shop.wecom.fault(call, fault)
    before = len(latest(logs))
    for _ in range(60):
        await shop.passes(seconds=1)
        await asyncio.sleep(0.003)
    assert len(latest(logs)) == before
    said = await duty(shop)
    assert all(name in said for name in ("张三", "赵六", "李四"))


async def test_what_was_known_is_known_when_the_service_starts_while_wecom_is_away(
    logs: Lines, deployment: Deployment
) -> None:
    corp = a_corp()
    async with a_shop(deployment, roster=ROSTER, corp=corp) as shop:
        await on_roster(shop, logs, 4)
    async with a_shop(deployment, roster=ROSTER, corp=corp) as shop:
        assert "赵六" in await duty(shop)
