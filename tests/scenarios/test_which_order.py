"""Which order does somebody mean who writes a command? By any of its names, and by shop where one is not enough."""

import pytest

from tests.deployment import Deployment
from tests.scenarios.shop import ROSTER, Shop, a_shop

CLAIM, REASON, SNOOZE = "/认领 {}", "/原因 {} 库存不足", "/稍后 {} 10m"


async def an_order_in_two_shops(shop: Shop) -> None:
    for name in ("main", "north"):
        await shop.stage("DB1", "payment", "started", shop=name)
    await shop.passes(minutes=6)


async def owners(shop: Shop) -> dict[str, str | None]:
    return {case["shop"]: case["owner"] for case in await shop.anomalies()}


NAMES = ("YT42", "tracking:YT42", "PAY-7", "main/YT42", "main／PAY-7")


@pytest.mark.parametrize("command", [CLAIM, REASON])
async def test_a_case_is_found_by_any_name_of_its_order(shop: Shop, command: str) -> None:
    await shop.stage("DB1", "packing", "completed", tracking_no="YT42", refs=["PAY-7"])
    await shop.passes(hours=3, seconds=1)

    for who, number in zip(("zhangsan", "zhaoliu", "lisi", "zhangsan", "zhaoliu"), NAMES, strict=True):
        told = len(shop.group_lines)
        await shop.says(who, f"@盯单 {command.format(number)}")
        assert len(shop.group_lines) > told, number
        assert "DB1" in shop.group_lines[-1], number
    assert (await shop.anomalies())[0]["owner"] == "zhangsan"


async def test_an_order_is_told_by_its_bare_tracking_number(shop: Shop) -> None:
    await shop.stage("DB1", "packing", "completed", tracking_no="YT42")

    await shop.says("zhangsan", "@盯单 /订单 YT42")

    assert "订单 DB1 · main" in shop.group_lines[-1]


async def test_an_order_number_goes_before_a_tracking_number_of_the_same_digits(shop: Shop) -> None:
    await shop.stage("42", "payment", "started")
    await shop.stage("DB1", "packing", "completed", tracking_no="42")

    await shop.says("zhangsan", "@盯单 /订单 42")

    assert "订单 42 · main" in shop.group_lines[-1]


@pytest.mark.parametrize("command", ["/订单 {}", CLAIM, REASON, SNOOZE])
async def test_a_number_of_several_shops_is_answered_with_how_to_name_one(shop: Shop, command: str) -> None:
    await an_order_in_two_shops(shop)

    await shop.says("zhangsan", f"@盯单 {command.format('DB1')}")

    assert "main/DB1、north/DB1" in shop.group_lines[-1]
    assert command.split(maxsplit=1)[0] in shop.group_lines[-1]
    assert await owners(shop) == {"main": None, "north": None}


async def test_the_shop_before_the_number_says_which_one_is_meant(shop: Shop) -> None:
    await an_order_in_two_shops(shop)

    await shop.says("zhangsan", "@盯单 /订单 north/DB1")
    assert "订单 DB1 · north" in shop.group_lines[-1]

    await shop.says("zhangsan", "@盯单 /认领 north/DB1")
    assert await owners(shop) == {"main": None, "north": "zhangsan"}

    await shop.says("zhangsan", "@盯单 /认领 south/DB1")
    assert "没有找到" in shop.group_lines[-1]


async def test_only_what_still_needs_somebody_makes_a_number_ambiguous(shop: Shop) -> None:
    await an_order_in_two_shops(shop)
    await shop.stage("DB1", "payment", "completed", shop="main")

    await shop.says("zhangsan", "@盯单 /认领 DB1")

    assert (await owners(shop))["north"] == "zhangsan"


async def test_a_slash_may_be_part_of_a_number(shop: Shop) -> None:
    await shop.stage("2026/42", "payment", "started")

    await shop.says("zhangsan", "@盯单 /订单 2026/42")

    assert "订单 2026/42 · main" in shop.group_lines[-1]


async def test_an_order_without_an_open_case_needs_nothing(shop: Shop) -> None:
    await shop.stage("DB1", "payment", "started", refs=["PAY-7"])

    await shop.says("zhangsan", "@盯单 /认领 PAY-7")

    assert "没有未关闭的异常" in shop.group_lines[-1]


async def test_who_only_looks_on_is_told_that_nothing_was_done(deployment: Deployment) -> None:
    onlooker = {"userid": "xiaomei", "name": "小美", "roles": ["operations"]}
    roster = {**ROSTER, "members": [*ROSTER["members"], onlooker]}
    async with a_shop(deployment, roster=roster) as shop:
        await an_order_in_two_shops(shop)

        await shop.says("xiaomei", "@盯单 /认领 main/DB1")

        assert "没有生效" in shop.group_lines[-1]
        assert await owners(shop) == {"main": None, "north": None}
